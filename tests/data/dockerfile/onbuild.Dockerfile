FROM ruby:3.3
ONBUILD COPY . /app
ONBUILD RUN bundle install
ONBUILD ENTRYPOINT ["bundle", "exec"]
