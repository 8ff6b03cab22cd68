FROM alpine
RUN echo a\\
USER b
