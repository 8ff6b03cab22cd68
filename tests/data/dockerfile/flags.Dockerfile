FROM --platform=linux/amd64 alpine AS a
COPY --chown=app:app --chmod=644 --link a b c/
ADD --checksum=sha256:abc https://example.com/x.tar.gz /x
RUN --network=none --security=insecure true
