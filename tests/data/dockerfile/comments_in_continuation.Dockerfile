FROM debian:12
RUN apt-get update && \
    # the client only
    apt-get install -y postgresql-client && \
  # and nothing else
    true
CMD ["sleep", "1"]
