//! Baselines, diffs and the trace of a finding, as a user meets them.
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
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const MAIN: &str = "fn main() {
    let key = std::env::var(\"JWT_SECRET\").unwrap_or_else(|_| \"secret\".to_string());
    sign(key);
    axum::serve(listener(), app()).await;
}
";
const MANIFEST: &str = "[package]\nname = \"shop\"\nversion = \"0.1.0\"\n\n[dependencies]\naxum = \"0.8\"\n";

fn service() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir_all(folder.path().join("src")).unwrap();
    fs::create_dir_all(folder.path().join(".git")).unwrap();
    fs::write(folder.path().join("Cargo.toml"), MANIFEST).unwrap();
    fs::write(folder.path().join("src/main.rs"), MAIN).unwrap();
    folder
}

fn run(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_twelvelint"))
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn json(folder: &Path, extra: &[&str], input: &str) -> serde_json::Value {
    let mut arguments = vec!["check", "--format", "json"];
    arguments.extend(extra);
    let output = run(folder, &arguments, input);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)))
}

fn rules(report: &serde_json::Value) -> Vec<&str> {
    report["diagnostics"].as_array().unwrap().iter().map(|d| d["rule"].as_str().unwrap()).collect()
}

#[test]
fn a_baseline_hides_what_is_known_and_counts_what_is_gone() {
    let folder = service();
    assert!(rules(&json(folder.path(), &[], "")).contains(&"config/insecure-secret-default"));
    let written = run(folder.path(), &["baseline", "--output", "known.json"], "");
    assert_eq!(written.status.code(), Some(0), "{}", text(&written.stderr));
    let report = json(folder.path(), &["--baseline", "known.json"], "");
    assert_eq!(rules(&report), Vec::<&str>::new());
    assert_eq!(report["summary"]["baseline"]["gone"], 0);
    assert!(report["summary"]["baseline"]["known"].as_u64().unwrap() >= 2);

    // Lines move, and one finding is mended.
    let moved =
        format!("// moved\n\n{}", MAIN.replace(".unwrap_or_else(|_| \"secret\".to_string())", ".unwrap()"));
    fs::write(folder.path().join("src/main.rs"), moved).unwrap();

    let report = json(folder.path(), &["--baseline", "known.json"], "");
    assert_eq!(report["summary"]["baseline"]["gone"], 1);
    let shown = text(&run(folder.path(), &["check", "--baseline", "known.json"], "").stdout);
    assert!(shown.contains("1 entry of the baseline match nothing any more"), "{shown}");
    // A run that cannot see an entry does not call it gone.
    let gone = |extra: &[&str]| {
        let arguments: Vec<&str> = ["--baseline", "known.json"].iter().chain(extra).copied().collect();
        json(folder.path(), &arguments, "")["summary"]["baseline"]["gone"].clone()
    };
    assert_eq!(gone(&["--select", "disposability"]), 0);
    assert_eq!(gone(&["Cargo.toml"]), 0);
    assert_eq!(gone(&["src"]), 0);
}

#[test]
fn what_is_no_baseline_is_misuse() {
    let folder = service();
    fs::write(folder.path().join("known.json"), "{\"version\": 2, \"findings\": []}").unwrap();
    for name in ["known.json", "Cargo.toml", "nowhere.json"] {
        let output = run(folder.path(), &["check", "--baseline", name], "");
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains(name), "{}", text(&output.stderr));
    }
}

#[test]
fn a_diff_keeps_what_its_lines_touch() {
    let folder = service();
    let changed = |path: &str, line: usize| {
        format!(
            "diff --git a/{path} b/{path}\nindex 1..2 100644\n--- a/{path}\n+++ b/{path}\n@@ -{line} +{line} @@\n-old\n+new\n"
        )
    };
    let kept = |diff: &str| {
        let report = json(folder.path(), &["--diff", "-"], diff);
        (
            rules(&report).iter().map(|r| (*r).to_owned()).collect::<Vec<_>>(),
            report["summary"]["unchanged"].clone(),
        )
    };
    let (found, unchanged) = kept(&changed("src/main.rs", 2));
    assert_eq!(found, ["config/insecure-secret-default"]);
    assert!(unchanged.as_u64().unwrap() >= 1);
    assert_eq!(kept(&changed("src/main.rs", 5)).0, Vec::<String>::new());
    assert_eq!(kept("").0, Vec::<String>::new());
    // An absence is new where the file that would have held it goes, or its manifest changes.
    let gone = "diff --git a/Cargo.lock b/Cargo.lock\ndeleted file mode 100644\nindex 1..0\n--- a/Cargo.lock\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n";
    assert_eq!(kept(gone).0, ["dependencies/missing-lockfile"]);
    assert_eq!(kept(&changed("Cargo.toml", 6)).0, ["dependencies/missing-lockfile"]);
    let prose = run(folder.path(), &["check", "--diff", "-"], "no diff\n");
    assert_eq!(prose.status.code(), Some(2));
}

#[test]
fn a_finding_is_traced_to_what_decided_it() {
    let folder = service();
    let report = json(folder.path(), &["--select", "config/insecure-secret-default"], "");
    let fingerprint = report["diagnostics"][0]["fingerprint"].as_str().unwrap();
    let shown = run(folder.path(), &["explain", fingerprint, "."], "");
    let shown = text(&shown.stdout);
    assert!(
        shown.contains("place: src/main.rs:2:") && shown.contains("env-read, by rust/std.toml"),
        "{shown}"
    );
    assert_eq!(run(folder.path(), &["explain", "0123456789abcdef", "."], "").status.code(), Some(2));
}
