//! Throughput of each front-end on its own fixtures, in bytes a second: `cargo bench`.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use divan::counter::BytesCount;
use twelvelint::discover::kind::FileKind;
use twelvelint::frontends::extract;

fn main() {
    // Extraction recurses within bounds that ask for this much stack.
    std::thread::Builder::new().stack_size(64 * 1024 * 1024).spawn(divan::main).unwrap().join().unwrap();
}

fn repeated(text: &str, bytes: usize) -> String {
    text.repeat(bytes / text.len().max(1) + 1)
}

fn run(bencher: divan::Bencher<'_, '_>, kind: FileKind, text: String) {
    bencher.counter(BytesCount::of_str(&text)).bench(|| extract(kind, &text));
}

#[divan::bench]
fn rust(bencher: divan::Bencher<'_, '_>) {
    run(bencher, FileKind::Rust, repeated(include_str!("../src/world/reach.rs"), 200_000));
}

#[divan::bench]
fn python(bencher: divan::Bencher<'_, '_>) {
    let text = "import os\n\n\ndef connect(host):\n    url = os.getenv(\"DATABASE_URL\") or f\"postgres://{host}/app\"\n    return url\n\n";
    run(bencher, FileKind::Python, repeated(text, 200_000));
}

#[divan::bench]
fn compose(bencher: divan::Bencher<'_, '_>) {
    let text = (0..500).map(|n| format!("  web{n}:\n    image: example/web:{n}\n    environment:\n      PORT: \"80\"\n    ports: [\"80{n}:80\"]\n"));
    run(bencher, FileKind::Compose, format!("services:\n{}", text.collect::<String>()));
}

#[divan::bench]
fn dockerfile(bencher: divan::Bencher<'_, '_>) {
    let text = "FROM rust:1.95 AS build\nWORKDIR /src\nCOPY . .\nRUN apt-get update && apt-get install -y libpq-dev \\\n    && cargo build --release --locked\nFROM debian:trixie-slim\nCOPY --from=build /src/target/release/app /app\nCMD [\"/app\"]\n";
    run(bencher, FileKind::Dockerfile, repeated(text, 100_000));
}

#[divan::bench]
fn shell(bencher: divan::Bencher<'_, '_>) {
    let text = "set -e\nif [ -n \"$DATABASE_URL\" ]; then\n  migrate --url \"$DATABASE_URL\"\nfi\nexec app --port \"${PORT:-8080}\"\n";
    run(bencher, FileKind::Shell, repeated(text, 100_000));
}

#[divan::bench]
fn cargo_lock(bencher: divan::Bencher<'_, '_>) {
    run(bencher, FileKind::CargoLock, include_str!("../Cargo.lock").to_owned());
}
