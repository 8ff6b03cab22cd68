//! SARIF: its structure, and what Microsoft's SARIF Multitool says about it.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

const MAIN: &str = "fn main() {
    let key = std::env::var(\"JWT_SECRET\").unwrap_or_else(|_| \"secret\".to_string());
    // twelvelint: allow(config/insecure-secret-default) -- only for the demo
    let demo = std::env::var(\"DEMO_SECRET\").unwrap_or_else(|_| \"secret\".to_string());
    sign(key, demo);
    axum::serve(listener(), app()).await;
}
";

/// A repository with a finding, suppressed ones of both kinds, a gap, and names that need encoding.
fn shop() -> TempDir {
    let folder = TempDir::new().unwrap();
    let files = [
        ("Cargo.toml", "[package]\nname = \"shop\"\nversion = \"0.1.0\"\n"),
        ("Cargo.lock", ""),
        ("src/main.rs", MAIN),
        ("src/bin/odd name [0]#1.rs", MAIN),
        ("src/bin/vendored.rs", MAIN),
        ("compose.yaml", "services:\n  web: [\n"),
        (
            "twelvelint.toml",
            "[[allow]]\nrule = \"config/insecure-secret-default\"\npath = \"src/bin/vendored.rs\"\nreason = \"a copy of another [team](https://example.org)'s\"\n\n[[allow]]\nrule = \"config/insecure-secret-default\"\npath = \"gone.rs\"\nreason = \"was needed\"\n",
        ),
    ];
    for (path, text) in files {
        let full = folder.path().join(path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, text).unwrap();
    }
    folder
}

fn sarif(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_twelvelint"))
        .args(["check", "--format", "sarif"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    assert_ne!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn run_of(text: &str) -> Value {
    serde_json::from_str::<Value>(text).unwrap()["runs"][0].take()
}

#[test]
fn a_small_tree() {
    let folder = shop();
    let text = sarif(folder.path(), &["--select", "config/insecure-secret-default", "--fail-on", "never"]);
    assert!(!text.contains(folder.path().to_str().unwrap()), "an absolute path is in the log");
    let version = format!("\"{}\"", env!("CARGO_PKG_VERSION"));
    insta::assert_snapshot!(text.replace(&version, "\"VERSION\""));
}

#[test]
fn every_result_names_its_rule_and_a_relative_place() {
    let folder = shop();
    let run = run_of(&sarif(folder.path(), &["--pedantic"]));
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert!(results.len() >= 5, "{results:#?}");
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert_eq!(result["locations"].as_array().unwrap().len(), 1);
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uriBaseId"], "%SRCROOT%");
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert!(!uri.starts_with('/') && !uri.contains([':', ' ', '[', '#']), "{uri}");
        for key in ["startLine", "startColumn", "endLine", "endColumn"] {
            assert!(place["region"][key].as_u64().unwrap() >= 1);
        }
        assert!(result["partialFingerprints"]["twelvelint/v1"].as_str().unwrap().len() == 32);
        assert!(result.get("baselineState").is_none());
    }
}

#[test]
fn files_above_the_checked_path_and_what_has_no_place() {
    let folder = shop();
    fs::create_dir(folder.path().join(".git")).unwrap();
    fs::create_dir_all(folder.path().join("api/src")).unwrap();
    fs::write(folder.path().join("api/src/main.rs"), MAIN).unwrap();
    fs::write(folder.path().join("api/Cargo.toml"), "[package]\nname = \"api\"\nversion = \"0.1.0\"\n")
        .unwrap();
    let run = run_of(&sarif(folder.path(), &["api", "--isolated"]));
    let bases = &run["originalUriBaseIds"];
    assert_eq!(bases["%SRCROOT%"]["uri"], "api/");
    assert_eq!(bases["%SRCROOT%"]["uriBaseId"], "%REPOSITORYROOT%");
    assert!(bases["%REPOSITORYROOT%"].get("uri").is_none());
    let uris: Vec<&str> = run["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap())
        .collect();
    assert!(uris.contains(&"src/main.rs"), "{uris:?}");

    let foreign = TempDir::new().unwrap();
    let config = foreign.path().join("other.toml");
    fs::write(
        &config,
        "[[allow]]\nrule = \"config/insecure-secret-default\"\npath = \"gone.rs\"\nreason = \"was needed\"\n",
    )
    .unwrap();
    let run = run_of(&sarif(folder.path(), &["api", "--config", config.to_str().unwrap()]));
    let unused = run["results"].as_array().unwrap().iter().find(|r| r["ruleId"] == "twelvelint/unused-allow");
    let place = &unused.unwrap()["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "Cargo.toml");
    assert_eq!(place["region"]["startLine"], 1);
}

#[test]
fn what_a_baseline_does_not_know_is_new() {
    let folder = shop();
    let run = run_of(&sarif(folder.path(), &["--isolated"]));
    let all = run["results"].as_array().unwrap().len();
    let known = run["results"][0]["partialFingerprints"]["twelvelint/v1"].as_str().unwrap();
    let entry = format!(
        "{{\"version\": 1, \"findings\": [{{\"rule\": {}, \"file\": null, \"fingerprint\": \"{known}\"}}]}}",
        run["results"][0]["ruleId"]
    );
    fs::write(folder.path().join("known.json"), entry).unwrap();
    let run = run_of(&sarif(folder.path(), &["--isolated", "--baseline", "known.json"]));
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), all - 1);
    assert!(results.iter().all(|r| r["baselineState"] == "new"));
}

/// The Multitool's executable, when the environment names one.
fn multitool() -> Option<PathBuf> {
    let path = std::env::var_os("TWELVELINT_SARIF_MULTITOOL").map(PathBuf::from);
    if path.is_none() {
        eprintln!(
            "skipped: TWELVELINT_SARIF_MULTITOOL does not name the SARIF Multitool (.ci/run installs it)"
        );
    }
    path
}

/// Errors and warnings of the Multitool about a log.
fn complaints(multitool: &Path, log: &str) -> Vec<String> {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("log.sarif"), log).unwrap();
    let output = Command::new(multitool)
        .args(["validate", "log.sarif", "--rule-kind", "Sarif;Ghas", "--level", "Error;Warning"])
        .args(["--output", "report.sarif"])
        .current_dir(folder.path())
        .env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1")
        .output()
        .unwrap();
    // Its exit code says nothing: what it found is in its report.
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let report = fs::read_to_string(folder.path().join("report.sarif")).unwrap_or_else(|_| panic!("{said}"));
    let run = run_of(report.trim_start_matches('\u{feff}'));
    assert_eq!(run["invocations"][0]["executionSuccessful"], true, "{said}");
    assert!(said.contains("1 files scanned"), "{said}");
    let heavy = |r: &&Value| r.get("level").is_none_or(|level| level == "error" || level == "warning");
    let results = run["results"].as_array().unwrap();
    results.iter().filter(heavy).map(|r| format!("{} {}", r["ruleId"], r["message"])).collect()
}

#[test]
fn the_multitool_has_no_complaint() {
    let Some(multitool) = multitool() else { return };
    let none: [String; 0] = [];
    let folder = shop();
    assert_eq!(complaints(&multitool, &sarif(folder.path(), &["--pedantic"])), none);
    assert_eq!(complaints(&multitool, &sarif(folder.path(), &["src/bin", "--no-suppressions"])), none);
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/services/ledger");
    assert_eq!(complaints(&multitool, &sarif(&fixture, &["--pedantic"])), none);
    let empty = TempDir::new().unwrap();
    assert_eq!(complaints(&multitool, &sarif(empty.path(), &[])), none);
}

#[test]
fn the_multitool_complains_about_a_log_that_is_wrong() {
    let Some(multitool) = multitool() else { return };
    let folder = shop();
    let log = sarif(folder.path(), &[]).replace("\"uri\": \"src/main.rs\"", "\"uri\": \"src/ma in.rs\"");
    assert!(!complaints(&multitool, &log).is_empty());
}
