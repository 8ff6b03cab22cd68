# syntax=docker/dockerfile:1.7
ARG RUST_VERSION=1.84
FROM --platform=$BUILDPLATFORM rust:${RUST_VERSION}-slim AS build
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY src ./src
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --release --locked && \
    cp target/release/orders /orders

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates tini \
 && rm -rf /var/lib/apt/lists/*
COPY --from=build --chown=10001:10001 /orders /usr/local/bin/orders
USER 10001
EXPOSE 8080
ENTRYPOINT ["tini", "--"]
CMD ["orders", "serve"]
