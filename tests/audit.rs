//! `twelvelint audit` as a user meets it: formats, several repositories, exit codes, determinism, bad input.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing
)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const MANIFEST: &str = "[package]\nname = \"shop\"\nversion = \"0.1.0\"\n\n[dependencies]\naxum = \"0.8\"\n";
const MAIN: &str = "#[tokio::main]
async fn main() {
    let port = std::env::var(\"PORT\").expect(\"PORT\");
    let key = std::env::var(\"JWT_SECRET\").unwrap_or_else(|_| \"secret\".to_string());
    sign(key);
    let listener = tokio::net::TcpListener::bind(format!(\"0.0.0.0:{port}\")).await.unwrap();
    axum::serve(listener, app()).await.unwrap();
}
";

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (path, text) in files {
        let full = folder.join(path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, text).unwrap();
    }
}

fn shop() -> TempDir {
    let folder = TempDir::new().unwrap();
    write(folder.path(), &[("Cargo.toml", MANIFEST), ("Cargo.lock", ""), ("src/main.rs", MAIN)]);
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_twelvelint"))
        .args(arguments)
        .current_dir(folder)
        .env("COLUMNS", "100")
        .env("LC_ALL", "C.UTF-8")
        .env_remove("NO_COLOR")
        .output()
        .unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn json(folder: &Path, arguments: &[&str]) -> serde_json::Value {
    let mut all = vec!["audit", "--format", "json"];
    all.extend(arguments);
    serde_json::from_slice(&run(folder, &all).stdout).unwrap()
}

fn verdict<'a>(audit: &'a serde_json::Value, factor: &str) -> &'a serde_json::Value {
    let factors = audit["services"][0]["factors"].as_array().unwrap();
    factors.iter().find(|f| f["factor"] == factor).unwrap()
}

#[test]
fn json_has_what_the_contract_names() {
    let folder = shop();
    let audit = json(folder.path(), &["--label", "build 7"]);
    assert_eq!(audit["version"], 1);
    assert_eq!(audit["label"], "build 7");
    assert_eq!(audit["root"], ".");
    let service = &audit["services"][0];
    assert_eq!(
        (&service["name"], &service["root"], &service["kind"]),
        (&"shop".into(), &".".into(), &"web".into())
    );
    assert_eq!(service["languages"], serde_json::json!(["rust"]));
    assert_eq!(service["factors"].as_array().unwrap().len(), 12);
    assert!(service["network"].is_array() && service["pipeline"].is_array());
    let config = verdict(&audit, "III");
    assert_eq!((&config["slug"], &config["verdict"]), (&"config".into(), &"partial".into()));
    assert_eq!(config["reason"], "1 warning: config/insecure-secret-default");
    assert_eq!(config["evidence"][0]["file"], "src/main.rs");
    let fingerprint = &config["findings"][0];
    let known = audit["diagnostics"].as_array().unwrap();
    assert!(known.iter().any(|d| d["fingerprint"] == *fingerprint), "{fingerprint}");
    assert_eq!(verdict(&audit, "VII")["verdict"], "pass");
    assert_eq!(verdict(&audit, "I")["verdict"], "unknown");
    assert!(verdict(&audit, "I")["reason"].as_str().unwrap().contains("no version control"), "{audit}");
    let whole: Vec<&String> = audit["factors"].as_object().unwrap().keys().collect();
    assert_eq!(whole.len(), 12);
    assert_eq!(audit["factors"]["III"]["verdict"], "partial");
}

#[test]
fn a_gate_is_only_there_when_asked_for() {
    let folder = shop();
    assert_eq!(run(folder.path(), &["audit"]).status.code(), Some(0));
    assert_eq!(run(folder.path(), &["audit", "--fail-on", "warning"]).status.code(), Some(1));
    assert_eq!(run(folder.path(), &["audit", "--fail-on", "error"]).status.code(), Some(0));
    assert_eq!(run(folder.path(), &["audit", "nowhere"]).status.code(), Some(2));
}

#[test]
fn several_repositories_make_one_table() {
    let folder = TempDir::new().unwrap();
    for name in ["one", "two"] {
        let at = folder.path().join(name);
        write(&at, &[("Cargo.toml", MANIFEST), ("Cargo.lock", ""), ("src/main.rs", MAIN)]);
        fs::create_dir_all(at.join(".git")).unwrap();
    }
    fs::create_dir_all(folder.path().join(".hidden")).unwrap();
    let text = out(&run(folder.path(), &["audit", "--each", ".", "--quiet"]));
    let rows: Vec<&str> = text.lines().filter_map(|l| l.split_whitespace().next()).collect();
    assert_eq!(rows.get(1..5), Some(&["one", "shop", "two", "shop"][..]), "{text}");
    let audit = json(folder.path(), &["one", "two"]);
    assert_eq!(audit["version"], 1);
    assert_eq!(audit["repositories"].as_array().unwrap().len(), 2);
    assert_eq!(audit["repositories"][1]["root"], "two");
}

#[test]
fn output_is_the_same_with_one_and_many_threads() {
    let folder = shop();
    for format in ["text", "json", "markdown"] {
        let one = run(folder.path(), &["audit", "--format", format, "--jobs", "1"]);
        let many = run(folder.path(), &["audit", "--format", format, "--jobs", "8"]);
        assert_eq!(out(&one), out(&many), "{format}");
        assert!(!out(&one).is_empty());
    }
}

#[test]
fn the_table_survives_other_terminals() {
    let folder = shop();
    let ascii = Command::new(env!("CARGO_BIN_EXE_twelvelint"))
        .args(["audit"])
        .current_dir(folder.path())
        .env("COLUMNS", "80")
        .env("LC_ALL", "C")
        .output()
        .unwrap();
    let text = out(&ascii);
    assert!(text.is_ascii(), "{text}");
    assert!(text.lines().all(|l| l.len() <= 80), "{text}");
    let colored = out(&run(folder.path(), &["audit", "--color", "always"]));
    assert!(colored.contains("\u{1b}["));
    let plain = out(&run(folder.path(), &["audit"]));
    assert!(!plain.contains('\u{1b}') && plain.lines().all(|l| l.chars().count() <= 100), "{plain}");
}

#[test]
fn an_empty_folder_says_so() {
    let folder = TempDir::new().unwrap();
    let text = out(&run(folder.path(), &["audit"]));
    assert!(text.contains("no service was found"), "{text}");
}
