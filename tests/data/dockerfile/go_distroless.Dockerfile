FROM golang:1.23 as build
ARG VERSION=dev COMMIT
ENV CGO_ENABLED=0
WORKDIR /go/src
COPY . .
RUN go build -ldflags "-X main.version=${VERSION} -X main.commit=${COMMIT}" -o /bin/app ./cmd/app
FROM gcr.io/distroless/static:nonroot@sha256:0000000000000000000000000000000000000000000000000000000000000000
COPY --from=build /bin/app /app
ENTRYPOINT ["/app"]
