FROM alpine
LABEL maintainer Jane Doe <jane@example.com>
MAINTAINER Jane Doe <jane@example.com>
