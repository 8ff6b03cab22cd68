//! What the config and the command line change: findings about ourselves, unused entries, files on standard input.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing
)]

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const RULE: &str = "config/insecure-secret-default";
const MANIFEST: &str = "[package]\nname = \"shop\"\nversion = \"0.1.0\"\n";
const SECRET: &str = "fn main() {
    let key = std::env::var(\"JWT_SECRET\").unwrap_or_else(|_| \"secret\".to_string());
    sign(key);
    axum::serve(listener(), app()).await;
}
";

fn tree(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (path, text) in files {
        let full = folder.path().join(path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, text).unwrap();
    }
    folder
}

fn run_with(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_twelvelint"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The program may end without reading.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    run_with(folder, arguments, "")
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn diagnostics(output: &Output) -> Vec<serde_json::Value> {
    let report: serde_json::Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", err(output)));
    report["diagnostics"].as_array().unwrap().clone()
}

fn check(folder: &Path, arguments: &[&str]) -> Vec<serde_json::Value> {
    let mut all = vec!["check", "--format", "json", "--select", RULE];
    all.extend(arguments);
    diagnostics(&run(folder, &all))
}

fn names(diagnostics: &[serde_json::Value]) -> Vec<&str> {
    diagnostics.iter().map(|d| d["rule"].as_str().unwrap()).collect()
}

#[test]
fn findings_about_ourselves_are_silenced_where_the_config_says_so() {
    let broken = format!("{SECRET}\n// twelvelint: allow({RULE})\nfn 1() {{}}\n");
    let with = |config: &str, arguments: &[&str]| {
        let files = [("Cargo.toml", MANIFEST), ("src/main.rs", &broken), ("twelvelint.toml", config)];
        let folder = tree(&files);
        let found = check(folder.path(), arguments);
        let ours = found.into_iter().filter(|d| d["rule"].as_str().unwrap().starts_with("twelvelint/"));
        ours.map(|d| format!("{} {}", d["rule"].as_str().unwrap(), d["severity"].as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    let both = with("", &[]);
    assert!(both.contains(&"twelvelint/unparsed-file info".to_owned()), "{both:?}");
    assert!(both.contains(&"twelvelint/allow-without-reason warning".to_owned()), "{both:?}");
    let left = |name: &str| both.iter().filter(|b| !b.contains(name)).cloned().collect::<Vec<_>>();
    assert_eq!(with("", &["--ignore", "twelvelint/unparsed-file"]), left("unparsed"));
    assert_eq!(with("ignore = [\"twelvelint/unparsed-file\"]\n", &[]), left("unparsed"));
    let off = "[rules.\"twelvelint/allow-without-reason\"]\nlevel = \"off\"\n";
    assert_eq!(with(off, &[]), left("allow-without"));
    let error = with("[rules.\"twelvelint/unparsed-file\"]\nlevel = \"error\"\n", &[]);
    assert!(error.contains(&"twelvelint/unparsed-file error".to_owned()), "{error:?}");
    let below = "[[overrides]]\npaths = [\"./src\"]\nignore = [\"twelvelint/unparsed-file\"]\n";
    assert_eq!(with(below, &[]), left("unparsed"));
}

#[test]
fn names_of_findings_about_ourselves_are_refused_where_they_would_do_nothing() {
    let folder = tree(&[("a.txt", "")]);
    let refused = run(folder.path(), &["check", "--select", "twelvelint/unused-allow"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(err(&refused).contains("always reported"), "{}", err(&refused));
    for (config, hint) in [
        ("select = [\"twelvelint/unused-allow\"]\n", "always reported"),
        ("ignore = [\"twelvelint/unused-alow\"]\n", "did you mean `twelvelint/unused-allow`?"),
        ("[[allow]]\nrule = \"twelvelint/unparsed-file\"\nreason = \"old\"\n", "level = \"off\""),
        ("[services.shop]\nroot = \"../x\"\n", "leaves the root"),
    ] {
        let folder = tree(&[("twelvelint.toml", config)]);
        let output = run(folder.path(), &["check"]);
        assert_eq!(output.status.code(), Some(2), "{config}");
        assert!(err(&output).contains(hint), "{config}: {}", err(&output));
    }
}

#[test]
fn an_entry_of_the_config_that_matches_nothing_is_reported_at_its_line() {
    let entry =
        |path: &str| format!("\n[[allow]]\nrule = \"{RULE}\"\npath = \"{path}\"\nreason = \"a sample\"\n");
    let with = |config: &str, arguments: &[&str]| {
        let folder = tree(&[("Cargo.toml", MANIFEST), ("src/main.rs", SECRET), ("twelvelint.toml", config)]);
        check(folder.path(), arguments)
    };
    assert!(with(&entry("src/**"), &[]).is_empty());
    for config in [entry("other/**"), format!("\u{feff}{}", entry("other/**"))] {
        let found = with(&config, &[]);
        let unused = found.iter().find(|d| d["rule"] == "twelvelint/unused-allow").unwrap();
        assert_eq!((unused["file"].as_str(), unused["line"].as_u64()), (Some("twelvelint.toml"), Some(3)));
        assert_eq!((unused["column"].as_u64(), unused["end_column"].as_u64()), (Some(8), Some(40)));
    }
    let not_run = with(&entry("other/**"), &["--ignore", RULE]);
    assert!(not_run.is_empty(), "its rule did not run: {not_run:?}");
}

#[test]
fn fingerprints_of_findings_about_ourselves_depend_on_the_root_and_not_on_the_wording() {
    let comment = "// twelvelint: allow(config/insecure-secret-default)\n";
    let text = format!("{comment}{comment}{SECRET}");
    let folder = tree(&[
        (".git/HEAD", "ref: refs/heads/main\n"),
        ("app/Cargo.toml", MANIFEST),
        ("app/src/main.rs", &text),
    ]);
    let prints = |path: &str| {
        let found = check(folder.path(), &[path]);
        let ours = found.iter().filter(|d| d["rule"] == "twelvelint/allow-without-reason");
        ours.map(|d| d["fingerprint"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let root = prints(".");
    assert_eq!(root.len(), 2);
    assert_ne!(root[0], root[1], "the ordinal tells equal ones apart");
    assert_eq!(root, prints("app"));
}

#[test]
fn globs_are_written_as_people_write_them() {
    for (folder_name, exclude) in [("app", "./src"), ("app", "./src/"), ("a[b]c", "src/*.rs"), ("app", ".")] {
        let place = |path: &str| format!("{folder_name}/{path}");
        let folder = tree(&[
            (".git/HEAD", "ref: refs/heads/main\n"),
            (&place("Cargo.toml"), MANIFEST),
            (&place("src/main.rs"), SECRET),
            (&place("twelvelint.toml"), &format!("exclude = [\"{exclude}\"]\n")),
        ]);
        let found = check(folder.path(), &[folder_name]);
        assert!(!names(&found).contains(&RULE), "{folder_name} {exclude}");
    }
}

#[cfg(unix)]
#[test]
fn configs_that_cannot_be_used_are_named_with_the_reason() {
    let folder = tree(&[("real.toml", "fail-on = \"never\"\n")]);
    std::os::unix::fs::symlink("real.toml", folder.path().join("twelvelint.toml")).unwrap();
    let linked = run(folder.path(), &["check"]);
    assert_eq!(linked.status.code(), Some(2));
    assert!(err(&linked).contains("--config real.toml"), "{}", err(&linked));
    assert_eq!(run(folder.path(), &["check", "--config", "real.toml"]).status.code(), Some(0));
    let long = format!("fail-on = \"never\"\n{}", "# long\n".repeat(200_000));
    let folder = tree(&[("twelvelint.toml", &long)]);
    for arguments in [&["check"][..], &["check", "--config", "twelvelint.toml"]] {
        let output = run(folder.path(), arguments);
        assert_eq!(output.status.code(), Some(2));
        assert!(err(&output).contains("larger than 1024 KiB"), "{}", err(&output));
    }
    let marked = tree(&[("twelvelint.toml", "\u{feff}fail_on = \"never\"\n")]);
    let output = run(marked.path(), &["check"]);
    assert!(err(&output).contains("twelvelint.toml:1:1: "), "{}", err(&output));
}

#[test]
fn the_settings_in_force_are_shown_whole() {
    let config = format!(
        "fail-on = \"warning\"\nknowledge = [\"tables\"]\n[rules.\"{RULE}\"]\nlevel = \"off\"\n\
         [[overrides]]\npaths = [\"a/**\"]\nignore = [\"config\"]\n\
         [[allow]]\nrule = \"{RULE}\"\npath = \"b\"\nreason = \"a sample\"\n[services.shop]\nkind = \"web\"\nroot = \"shop\"\n"
    );
    let folder = tree(&[("own.toml", &config), ("a.txt", "")]);
    let arguments = ["check", "--config", "own.toml", "--show-config", "--ignore", "logs"];
    let shown = String::from_utf8(run(folder.path(), &arguments).stdout).unwrap();
    for line in [
        "config: own.toml",
        "fail-on: warning (own.toml)",
        "ignore: logs (--ignore)",
        "knowledge: tables (own.toml)",
        "rules.\"config/insecure-secret-default\".level: off (own.toml)",
        "overrides (a/**).ignore: config (own.toml)",
        "allow: config/insecure-secret-default, path b: a sample (own.toml)",
        "services.shop.kind: web (own.toml)",
        "services.shop.root: shop (own.toml)",
        "language: en (default)",
    ] {
        assert!(shown.lines().any(|l| l == line), "{line}\n{shown}");
    }
    fs::write(folder.path().join("own.toml"), "fail-on = \"never\"\n").unwrap();
    let text = String::from_utf8(run(folder.path(), &["check", "--config", "own.toml"]).stdout).unwrap();
    assert!(text.contains("narrowed by own.toml"), "{text}");
}

#[test]
fn a_file_on_standard_input_takes_the_place_of_the_one_on_the_disk() {
    let folder = tree(&[
        ("Cargo.toml", MANIFEST),
        ("src/main.rs", "mod key;\nfn main() { key::key(); axum::serve(listener(), app()).await; }\n"),
        ("src/key.rs", "pub fn key() {}\n"),
        (".env.example", ""),
    ]);
    let key = "pub fn key() { sign(std::env::var(\"JWT_SECRET\").unwrap_or(\"secret\".into())) }\n";
    let arguments = ["check", "--format", "json", "--select", RULE, "--stdin-filename", "src/key.rs"];
    let found = diagnostics(&run_with(folder.path(), &arguments, key));
    assert_eq!(names(&found), [RULE]);
    assert_eq!(found[0]["file"], "src/key.rs");
    let elsewhere = diagnostics(&run_with(
        folder.path(),
        &["check", "--format", "json", "--select", RULE, "--stdin-filename", "src/new.rs"],
        "// nothing\n",
    ));
    assert!(elsewhere.is_empty(), "only that file's findings: {elsewhere:?}");
    let outside = run(folder.path(), &["check", "--stdin-filename", "../other.rs"]);
    assert_eq!(outside.status.code(), Some(2));
    assert_eq!(fs::read_to_string(folder.path().join("src/key.rs")).unwrap(), "pub fn key() {}\n");
}

#[test]
fn paths_of_two_repositories_are_refused_with_what_to_type() {
    let folder = tree(&[("a/.git/HEAD", "ref: x\n"), ("b/.git/HEAD", "ref: x\n")]);
    let output = run(folder.path(), &["check", "a", "b"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("`twelvelint check a`, then `twelvelint check b`"), "{}", err(&output));
}

#[test]
fn a_suppression_of_a_python_file_may_stand_behind_its_docstring() {
    let text = "\"\"\"The app.\"\"\"\n# twelvelint: allow-file(config) -- a sample\nimport os\n";
    let folder = tree(&[("app.py", &text.replace("allow-file(config)", &format!("allow-file({RULE})")))]);
    let found = check(folder.path(), &[]);
    assert_eq!(names(&found), ["twelvelint/unused-allow"], "it is understood: {found:?}");
}

#[test]
fn thousands_of_findings_on_one_line_are_bearable() {
    let reads = "a(std::env::var(\"JWT_SECRET\").unwrap_or(\"secret\".into()));".repeat(2_000);
    let text = format!("fn main() {{ {reads} axum::serve(listener(), app()).await; }}\n");
    let folder = tree(&[("Cargo.toml", MANIFEST), ("src/main.rs", &text)]);
    let start = std::time::Instant::now();
    let output = run(folder.path(), &["check", "--select", RULE]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("2000 warnings"));
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}
