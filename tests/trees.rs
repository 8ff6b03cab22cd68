//! Trees on a real disk: ignore files, special files, links, and what the binary asks of the system.
#![cfg(unix)]
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
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const SECRET: &str = "fn main() { sign(std::env::var(\"JWT_SECRET\").unwrap()) }\n";

fn write(folder: &Path, path: &str, text: &str) {
    let full = folder.join(path);
    fs::create_dir_all(full.parent().unwrap()).unwrap();
    fs::write(full, text).unwrap();
}

/// A run that must not last: a named pipe that is opened waits for ever.
fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_twelvelint"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let end = Instant::now() + Duration::from_secs(60);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > end {
            child.kill().unwrap();
            panic!("{arguments:?} does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().unwrap()
}

/// The Rust files that a run reads.
fn found(folder: &Path, path: &str) -> Vec<String> {
    let output = run(folder, &["facts", path]);
    let read: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let files = read["files"].as_array().unwrap().iter().map(|f| f["path"].as_str().unwrap().to_owned());
    files.filter(|path| path.ends_with(".rs")).collect()
}

fn repository() -> TempDir {
    let folder = TempDir::new().unwrap();
    write(folder.path(), ".git/HEAD", "ref: refs/heads/main\n");
    folder
}

#[test]
fn a_nested_file_takes_back_in_what_one_above_ignores() {
    let folder = repository();
    write(folder.path(), ".gitignore", "*.rs\nhidden/\n");
    write(folder.path(), "app/.gitignore", "!kept.rs\n");
    write(folder.path(), "app/kept.rs", SECRET);
    write(folder.path(), "app/lost.rs", SECRET);
    write(folder.path(), "hidden/.gitignore", "!*.rs\n");
    write(folder.path(), "hidden/main.rs", SECRET);
    assert_eq!(found(folder.path(), "."), ["app/kept.rs"]);
    assert_eq!(found(folder.path(), "app"), ["kept.rs"], "as from the root");
    assert_eq!(found(folder.path(), "hidden"), ["main.rs"], "it was asked for by name");
    assert_eq!(found(folder.path(), "app/lost.rs"), ["lost.rs"], "it was asked for by name");
}

#[test]
fn ignore_files_that_are_no_files_are_not_opened() {
    for name in [".gitignore", ".ignore"] {
        for place in ["", "app/"] {
            let folder = repository();
            write(folder.path(), "app/main.rs", SECRET);
            write(folder.path(), "other/.gitignore", "*.rs\n");
            write(folder.path(), "other/main.rs", SECRET);
            let pipe = folder.path().join(format!("{place}{name}"));
            assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
            assert!(found(folder.path(), ".").contains(&"app/main.rs".to_owned()), "{place}{name}");
            assert_eq!(found(folder.path(), "app"), ["main.rs"], "{place}{name}");
        }
    }
    let folder = repository();
    write(folder.path(), "main.rs", SECRET);
    std::os::unix::fs::symlink(".gitignore", folder.path().join(".gitignore")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", folder.path().join(".ignore")).unwrap();
    assert_eq!(found(folder.path(), "."), ["main.rs"]);
}

/// What a run asks of the system, as strace tells it; none where there is no strace.
fn trace(folder: &Path, arguments: &[&str]) -> Option<String> {
    let log = TempDir::new().unwrap();
    let file = log.path().join("trace");
    let traced = Command::new("strace")
        .args(["-f", "-e", "trace=network,process,file", "-o"])
        .arg(&file)
        .arg(env!("CARGO_BIN_EXE_twelvelint"))
        .args(arguments)
        .current_dir(folder)
        .output();
    let output = traced.ok()?;
    // Where tracing is forbidden there is nothing to look at.
    (output.status.code() == Some(0)).then(|| fs::read_to_string(&file).unwrap())
}

#[test]
fn a_run_opens_no_socket_starts_no_program_and_writes_no_file() {
    let folder = repository();
    write(folder.path(), "Cargo.toml", "[package]\nname = \"shop\"\nversion = \"0.1.0\"\n");
    write(folder.path(), "src/main.rs", SECRET);
    write(folder.path(), "Dockerfile", "FROM rust\nRUN curl https://example.com | sh\nCMD [\"shop\"]\n");
    write(folder.path(), ".git/config", "[core]\nfsmonitor = touch /tmp/never\n");
    let Some(trace) = trace(folder.path(), &["check", "--fail-on", "never"]) else { return };
    assert!(trace.contains("src/main.rs"), "the trace shows the run:\n{trace}");
    let calls = |name: &str| trace.lines().filter(|line| line.contains(&format!("{name}("))).count();
    assert_eq!(calls("execve"), 1, "only its own start:\n{trace}");
    for name in ["socket", "connect", "bind", "unlink", "rename", "mkdir", "fork", "execveat"] {
        assert_eq!(calls(name), 0, "{name}:\n{trace}");
    }
    let writes =
        |line: &&str| ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"].iter().any(|mode| line.contains(mode));
    let written: Vec<&str> = trace.lines().filter(writes).collect();
    assert!(written.is_empty(), "{written:?}");
}
