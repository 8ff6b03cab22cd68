FROM alpine AS a
HEALTHCHECK NONE
FROM alpine
HEALTHCHECK --start-period=5s CMD ["wget", "-qO-", "http://localhost/"]
