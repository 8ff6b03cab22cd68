FROM alpine:3.20
RUN apk add --no-cache \
    curl \
    jq
ENV A=b
CMD ["curl"]
