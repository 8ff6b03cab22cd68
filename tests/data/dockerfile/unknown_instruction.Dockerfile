FROM alpine
INCLUDE+ common.Dockerfile
USER app
