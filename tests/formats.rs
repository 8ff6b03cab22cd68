//! Formats for other programs: what each looks like, and that several come out of one run.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const MAIN: &str = "fn main() {
    let key = std::env::var(\"JWT_SECRET\").unwrap_or_else(|_| \"secret\".to_string());
    sign(key);
    axum::serve(listener(), app()).await;
}
";

fn shop() -> TempDir {
    let folder = TempDir::new().unwrap();
    let files = [
        ("Cargo.toml", "[package]\nname = \"shop\"\nversion = \"0.1.0\"\n"),
        ("Cargo.lock", ""),
        ("src/main.rs", MAIN),
        (".env", "JWT_SECRET=4f8a1c9e2b7d6035\n"),
        ("compose.yaml", "services:\n  web:\n    build: .\n    command: [\n"),
        ("Dockerfile", "FROM rust:latest\nCOPY . .\nRUN cargo build\nCMD cargo run\n"),
    ];
    for (path, text) in files {
        let full = folder.path().join(path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, text).unwrap();
    }
    folder
}

fn check(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_twelvelint"))
        .arg("check")
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn one_run_writes_several_formats() {
    let folder = shop();
    let alone = check(folder.path(), &["--format", "json"]);
    let both = check(
        folder.path(),
        &[
            "--format",
            "json",
            "--output",
            "sarif=out.sarif",
            "--output",
            "json=out.json",
            "--output",
            "text=out.txt",
        ],
    );
    assert_eq!((both.status.code(), &both.stdout), (alone.status.code(), &alone.stdout), "{}", err(&both));
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("out.json").as_bytes(), alone.stdout);
    assert!(read("out.sarif").contains("\"version\": \"2.1.0\""));
    assert!(read("out.txt").contains("config/insecure-secret-default"));
}

#[test]
fn outputs_that_cannot_be_written_are_misuse() {
    let folder = shop();
    let cases: [(&[&str], &str); 6] = [
        (&["--output", "sarif"], "FORMAT=FILE"),
        (&["--output", "sarif="], "the name of the file is missing"),
        (&["--output", "sarif=-"], "`--format` chooses"),
        (&["--output", "sariv=a"], "unknown format `sariv`; known: text, json, sarif"),
        (&["--output", "sarif=a", "--output", "json=./a"], "named twice"),
        (&["--output", "sarif=no/such/folder/a"], "no/such/folder/a"),
    ];
    for (arguments, said) in cases {
        let output = check(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert!(err(&output).contains(said), "{arguments:?}: {}", err(&output));
    }
    assert!(!folder.path().join("a").exists());
}

#[test]
fn outputs_hold_no_colours() {
    let folder = shop();
    check(folder.path(), &["--color", "always", "--output", "text=out.txt"]);
    assert!(!fs::read_to_string(folder.path().join("out.txt")).unwrap().contains('\u{1b}'));
}
