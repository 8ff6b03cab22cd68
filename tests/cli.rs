//! The binary as a user meets it: commands, exit codes, config errors, suppressions, and bad input.
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

const SECRET: &str = "fn main() {
    let key = std::env::var(\"JWT_SECRET\").unwrap_or_else(|_| \"secret\".to_string());
    sign(key);
    axum::serve(listener(), app()).await;
}
";
const MANIFEST: &str = "[package]\nname = \"shop\"\nversion = \"0.1.0\"\n";

fn tree(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (path, text) in files {
        let full = folder.path().join(path);
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, text).unwrap();
    }
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_twelvelint"))
        .args(arguments)
        .current_dir(folder)
        .env("COLUMNS", "100")
        .env_remove("NO_COLOR")
        .output()
        .unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn json(folder: &Path, arguments: &[&str]) -> serde_json::Value {
    let mut all = vec!["check", "--format", "json"];
    all.extend(arguments);
    serde_json::from_slice(&run(folder, &all).stdout).unwrap()
}

fn rules(report: &serde_json::Value) -> Vec<String> {
    report["diagnostics"].as_array().unwrap().iter().map(|d| d["rule"].as_str().unwrap().to_owned()).collect()
}

const RULE: &str = "config/insecure-secret-default";

#[test]
fn exit_codes_follow_the_gate() {
    let folder = tree(&[("Cargo.toml", MANIFEST), ("Cargo.lock", ""), ("src/main.rs", SECRET)]);
    let select = ["check", "--select", RULE];
    let code = |extra: &[&str]| {
        let all: Vec<&str> = select.iter().chain(extra).copied().collect();
        run(folder.path(), &all).status.code()
    };
    assert_eq!(code(&[]), Some(0));
    assert_eq!(code(&["--fail-on", "warning"]), Some(1));
    assert_eq!(code(&["--fail-on", "info"]), Some(1));
    assert_eq!(code(&["--fail-on", "never"]), Some(0));
}

#[test]
fn misuse_is_exit_code_two() {
    let folder = tree(&[("a.txt", "")]);
    let missing = run(folder.path(), &["check", "nowhere"]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(err(&missing).contains("nowhere"), "{}", err(&missing));
    assert_eq!(run(folder.path(), &["check", "--frobnicate"]).status.code(), Some(2));
    let unknown = run(folder.path(), &["check", "--select", "config/secret-in-sync"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(err(&unknown).contains("did you mean `config/"), "{}", err(&unknown));
    assert_eq!(run(folder.path(), &["explain", "nothing"]).status.code(), Some(2));
}

#[test]
fn an_empty_folder_is_no_failure_and_says_so() {
    let folder = TempDir::new().unwrap();
    let output = run(folder.path(), &["check"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(out(&output).contains("nothing to judge"), "{}", out(&output));
}

#[test]
fn config_errors_point_into_the_file() {
    let cases = [
        ("fail_on = \"error\"\n", "twelvelint.toml:1:1", "did you mean `fail-on`?"),
        ("\nselect = [\"config/secret-in-sync\"]\n", "twelvelint.toml:2:11", "did you mean"),
        ("fail-on = 3\n", "twelvelint.toml:1:11", ""),
        ("edition = \"2031\"\n", "twelvelint.toml:1:11", "unknown edition"),
        ("required-version = \">=99\"\n", "twelvelint.toml:1:20", "requires"),
        ("exclude = [\"../x\"]\n", "twelvelint.toml:1:12", "leaves the root"),
        ("knowledge = [\"/etc\"]\n", "twelvelint.toml:1:14", "leaves the root"),
        (
            "[[allow]]\nrule = \"config/insecure-secret-default\"\nreason = \" \"\n",
            "twelvelint.toml:3:10",
            "reason",
        ),
        ("x = [\n", "twelvelint.toml:", ""),
    ];
    for (text, place, hint) in cases {
        let folder = tree(&[("twelvelint.toml", text)]);
        let output = run(folder.path(), &["check"]);
        assert_eq!(output.status.code(), Some(2), "{text}: {}", err(&output));
        assert!(err(&output).contains(place) && err(&output).contains(hint), "{text}: {}", err(&output));
        assert_eq!(run(folder.path(), &["check", "--isolated"]).status.code(), Some(0), "{text}");
    }
}

#[test]
fn suppressions_need_a_reason_and_a_finding() {
    let with = |comment: &str| {
        let text = SECRET.replace("    let key", &format!("    {comment}\n    let key"));
        let folder = tree(&[("Cargo.toml", MANIFEST), ("src/main.rs", &text)]);
        rules(&json(folder.path(), &["--select", "config"]))
    };
    assert_eq!(with("// nothing"), [RULE]);
    assert_eq!(with(&format!("// twelvelint: allow({RULE}) -- a sample program")), Vec::<String>::new());
    assert_eq!(with(&format!("// twelvelint: allow({RULE})")), ["twelvelint/allow-without-reason", RULE]);
    assert_eq!(
        with("// twelvelint: allow(config/nonsense) -- x"),
        ["twelvelint/unknown-rule-in-allow", RULE]
    );
    let unused = with(&format!("// twelvelint: allow({RULE}, config/secret-in-sink) -- x"));
    assert_eq!(unused, ["twelvelint/unused-allow"]);
    // One that covers another statement has no effect here.
    let text = format!("{SECRET}// twelvelint: allow({RULE}) -- too late\nfn sign(_: String) {{}}\n");
    let folder = tree(&[("Cargo.toml", MANIFEST), ("src/main.rs", &text)]);
    assert_eq!(rules(&json(folder.path(), &["--select", "config"])), [RULE, "twelvelint/unused-allow"]);
    let all = json(folder.path(), &["--select", "config", "--no-suppressions"]);
    assert!(rules(&all).contains(&RULE.to_owned()));
}

#[test]
fn config_levels_and_allows_apply() {
    let base = [("Cargo.toml", MANIFEST), ("src/main.rs", SECRET)];
    let with = |config: &str| {
        let mut files = base.to_vec();
        files.push(("twelvelint.toml", config));
        let folder = tree(&files);
        json(folder.path(), &["--select", "config"])
    };
    let severity = |report: &serde_json::Value| report["diagnostics"][0]["severity"].clone();
    assert_eq!(severity(&with(&format!("[rules.\"{RULE}\"]\nlevel = \"error\"\n"))), "error");
    assert!(rules(&with(&format!("[rules.\"{RULE}\"]\nlevel = \"off\"\n"))).is_empty());
    assert!(rules(&with(&format!("ignore = [\"{RULE}\"]\n"))).is_empty());
    assert!(rules(&with("exclude = [\"src\"]\n")).is_empty());
    let allowed = with(&format!("[[allow]]\nrule = \"{RULE}\"\npath = \"src/**\"\nreason = \"a sample\"\n"));
    assert!(rules(&allowed).is_empty());
    assert_eq!(allowed["summary"]["suppressed"], 1);
    let overridden = with(&format!(
        "[[overrides]]\npaths = [\"src/*.rs\"]\n[overrides.rules.\"{RULE}\"]\nlevel = \"info\"\n"
    ));
    assert_eq!(severity(&overridden), "info");
}

#[test]
fn the_json_contract_holds() {
    let folder = tree(&[("Cargo.toml", MANIFEST), ("src/main.rs", SECRET)]);
    let report = json(folder.path(), &["--select", RULE]);
    assert_eq!(report["version"], 1);
    assert_eq!(report["tool"]["name"], "twelvelint");
    assert_eq!(report["edition"], "2011");
    assert_eq!(report["root"], ".");
    let diagnostic = &report["diagnostics"][0];
    assert_eq!(diagnostic["factor"], "III");
    assert_eq!(diagnostic["slug"], "config");
    assert_eq!(diagnostic["file"], "src/main.rs");
    assert_eq!((diagnostic["line"].as_u64(), diagnostic["column"].as_u64()), (Some(2), Some(62)));
    assert_eq!((diagnostic["end_line"].as_u64(), diagnostic["end_column"].as_u64()), (Some(2), Some(70)));
    assert_eq!(diagnostic["url"], "https://12factor.net/config");
    assert_eq!(diagnostic["preview"], false);
    assert!(diagnostic["fix"].is_null());
    assert_eq!(diagnostic["fingerprint"].as_str().unwrap().len(), 32);
    for key in ["rule", "severity", "confidence", "message", "help", "service", "related"] {
        assert!(diagnostic.get(key).is_some(), "{key}");
    }
    for key in ["files", "errors", "warnings", "infos", "suppressed"] {
        assert!(report["summary"][key].is_u64(), "{key}");
    }
    assert!(
        report["coverage"]
            .as_array()
            .unwrap()
            .iter()
            .any(|c| c["kind"] == "rust" && c["state"] == "complete")
    );
}

#[test]
fn fingerprints_survive_moved_lines_and_other_roots() {
    let folder = tree(&[("Cargo.toml", MANIFEST), ("src/main.rs", SECRET)]);
    let moved = tree(&[("Cargo.toml", MANIFEST), ("src/main.rs", &format!("// a new line\n\n{SECRET}"))]);
    let print = |report: &serde_json::Value| report["diagnostics"][0]["fingerprint"].clone();
    let first = print(&json(folder.path(), &["--select", RULE]));
    assert_eq!(first, print(&json(moved.path(), &["--select", RULE])));
    assert_eq!(first, print(&json(folder.path(), &["--select", RULE, "--jobs", "1"])));
}

#[test]
fn output_is_the_same_with_one_and_many_threads() {
    let mut files: Vec<(String, String)> = vec![("Cargo.toml".into(), MANIFEST.into())];
    files.extend((0..40).map(|n| (format!("src/m{n}.rs"), SECRET.replace("main", &format!("f{n}")))));
    let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let folder = tree(&files);
    let one = run(folder.path(), &["check", "--pedantic", "--jobs", "1"]);
    for jobs in ["2", "7"] {
        assert_eq!(out(&one), out(&run(folder.path(), &["check", "--pedantic", "--jobs", jobs])));
    }
}

#[test]
fn paths_below_the_root_see_the_manifests_above() {
    let workspace = "[workspace]\nmembers = [\"app\"]\n";
    let folder = tree(&[
        (".git/HEAD", "ref: refs/heads/main\n"),
        ("Cargo.toml", workspace),
        ("Cargo.lock", "version = 4\n"),
        ("app/Cargo.toml", MANIFEST),
        ("app/src/main.rs", SECRET),
        ("other/src/main.rs", SECRET),
    ]);
    let report = json(folder.path(), &["app", "--select", "config,dependencies"]);
    let files: Vec<&str> =
        report["diagnostics"].as_array().unwrap().iter().filter_map(|d| d["file"].as_str()).collect();
    assert_eq!(files, ["src/main.rs"], "the lock above counts, and what lies beside is not read");
    assert_eq!(report["root"], "app");
}

#[test]
fn bad_input_is_a_finding_and_never_an_end() {
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(100_000), close.repeat(100_000));
    let bomb = {
        let mut text = String::from("a0: &a0 [x, x]\n");
        for n in 1..40 {
            text.push_str(&format!("a{n}: &a{n} [*a{m}, *a{m}, *a{m}, *a{m}]\n", m = n - 1));
        }
        format!("{text}services: *a39\n")
    };
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("src/main.rs", format!("fn main() {{ {} }}", deep("(", ")")).into_bytes()),
        ("src/main.rs", format!("fn main() {{ let x = {}1; }}", "!".repeat(100_000)).into_bytes()),
        ("src/main.rs", format!("fn main() {{ let x = 1{}; }}", " + 1".repeat(60_000)).into_bytes()),
        ("src/main.rs", b"fn main() { let s = \"never closed; }".to_vec()),
        ("src/main.rs", b"fn main() { std::env::var(\"A\xff\xfe\"); }".to_vec()),
        ("src/main.rs", vec![0; 4096]),
        ("app.py", format!("import os\nx = {}\n", deep("[", "]")).into_bytes()),
        (
            "app.py",
            format!(
                "import os\n{}\n",
                (0..2_000).map(|n| format!("{}if os:", " ".repeat(n))).collect::<Vec<_>>().join("\n")
            )
            .into_bytes(),
        ),
        ("Cargo.toml", format!("x = {}", deep("[", "]")).into_bytes()),
        ("Cargo.toml", b"[package\nname = ".to_vec()),
        ("package.json", deep("{\"a\":", "}").into_bytes()),
        ("compose.yaml", deep("[", "]").into_bytes()),
        ("compose.yaml", bomb.into_bytes()),
        ("compose.yaml", b"services:\n  web:\n    image: \"never closed\n".to_vec()),
        ("compose.yaml", b"services: &a\n  web: *a\n".to_vec()),
        ("Dockerfile", format!("FROM a\nRUN {}\n", deep("$(", ")")).into_bytes()),
        ("Dockerfile", b"FROM a\nRUN <<EOF\nnever closed\n".to_vec()),
        ("Dockerfile", b"FROM a\nCMD [\"never closed\n".to_vec()),
        (".env", b"A=\"never closed\nB=2\n".to_vec()),
        ("entrypoint.sh", format!("#!/bin/sh\n{}", "if true; then ".repeat(50_000)).into_bytes()),
        ("Procfile", "web: ".repeat(100_000).into_bytes()),
    ];
    for (name, bytes) in cases {
        let folder = tree(&[]);
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &bytes).unwrap();
        fs::create_dir_all(folder.path().join("good/src")).unwrap();
        fs::write(folder.path().join("good/Cargo.toml"), MANIFEST).unwrap();
        fs::write(folder.path().join("good/src/main.rs"), SECRET).unwrap();
        let output = run(folder.path(), &["check", "--format", "json", "--select", "config"]);
        let head = String::from_utf8_lossy(&bytes[..bytes.len().min(40)]).into_owned();
        assert_eq!(output.status.code(), Some(0), "{name} {head}: {}", err(&output));
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(rules(&report).contains(&RULE.to_owned()), "{name} {head}: the good file is still judged");
        assert!(!rules(&report).contains(&"twelvelint/internal-error".to_owned()), "{name} {head}");
    }
}

#[cfg(unix)]
#[test]
fn links_are_never_followed() {
    let outside = tree(&[("secret.rs", SECRET)]);
    let folder = tree(&[("Cargo.toml", MANIFEST)]);
    std::os::unix::fs::symlink(outside.path(), folder.path().join("src")).unwrap();
    std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.path().join("Dockerfile")).unwrap();
    let report = json(folder.path(), &["--select", RULE]);
    assert!(rules(&report).is_empty());
    assert_eq!(report["summary"]["files"], 1);
}

#[test]
fn large_files_are_a_gap_and_gate_only_when_asked() {
    let folder = tree(&[("Cargo.toml", MANIFEST)]);
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/main.rs"), format!("{SECRET}// {}\n", "x".repeat(1_100_000))).unwrap();
    let report = json(folder.path(), &["--select", RULE]);
    let coverage = report["coverage"].as_array().unwrap();
    assert!(coverage.iter().any(|c| c["kind"] == "rust" && c["state"] == "partial"), "{coverage:?}");
    assert_eq!(run(folder.path(), &["check", "--select", RULE]).status.code(), Some(0));
    assert_eq!(run(folder.path(), &["check", "--select", RULE, "--require-complete"]).status.code(), Some(3));
}

#[test]
fn nothing_a_file_says_reaches_the_terminal_raw() {
    let text = SECRET
        .replace("sign(key)", "sign(key) /* \u{1b}[31m \u{202e} */")
        .replace("let key", "/* \u{1b}]0;x\u{7} */ let key");
    let folder = tree(&[("Cargo.toml", MANIFEST), ("src/main.rs", &text)]);
    for arguments in
        [vec!["check", "--color", "never"], vec!["check", "--color", "never", "--pedantic", "--verbose"]]
    {
        let shown = out(&run(folder.path(), &arguments));
        assert!(
            !shown.contains('\u{1b}') && !shown.contains('\u{7}') && !shown.contains('\u{202e}'),
            "{shown}"
        );
    }
}

#[test]
fn secrets_are_masked_everywhere() {
    let secret = "zT7pQ2mX9vK4wR8n";
    let text = SECRET.replace("\"secret\"", &format!("{secret:?}"));
    let folder = tree(&[
        ("Cargo.toml", MANIFEST),
        ("src/main.rs", &text),
        (".env", &format!("JWT_SECRET={secret}\n")),
    ]);
    let commands: [&[&str]; 5] = [
        &["check"],
        &["check", "--pedantic", "--verbose"],
        &["check", "--format", "json", "--pedantic"],
        &["facts", "."],
        &["check", "--color", "always"],
    ];
    for arguments in commands {
        let shown = out(&run(folder.path(), arguments));
        assert!(!shown.contains(secret), "{arguments:?} shows the secret:\n{shown}");
    }
}

#[test]
fn explain_and_rules_print_pages() {
    let folder = TempDir::new().unwrap();
    let rule = out(&run(folder.path(), &["explain", RULE]));
    assert!(rule.contains("## Why it matters"), "{rule}");
    for factor in ["III", "config", "Config"] {
        assert!(out(&run(folder.path(), &["explain", factor])).contains(RULE));
    }
    let listed = out(&run(folder.path(), &["rules"]));
    assert!(listed.contains("XII. Admin processes") && listed.contains(RULE));
    let object: serde_json::Value =
        serde_json::from_slice(&run(folder.path(), &["rules", "--format", "json"]).stdout).unwrap();
    assert!(object["rules"].as_array().unwrap().iter().any(|r| r["name"] == RULE));
}

#[test]
fn former_names_of_rules_still_work() {
    let old = "parity/dev-server-in-image";
    let new = "build/dev-server-in-image";
    let image = "FROM python:3.12\nCMD [\"flask\", \"run\"]\n";
    let with = |image: &str, config: &str, arguments: &[&str]| {
        let folder = tree(&[("Dockerfile", image), ("twelvelint.toml", config)]);
        json(folder.path(), arguments)
    };
    assert_eq!(rules(&with(image, "", &["--select", old])), [new]);
    assert!(rules(&with(image, "", &["--select", new, "--ignore", old])).is_empty());
    assert!(rules(&with(image, &format!("ignore = [\"{old}\"]\n"), &["--select", new])).is_empty());
    let level = with(image, &format!("[rules.\"{old}\"]\nlevel = \"info\"\n"), &["--select", new]);
    assert_eq!(level["diagnostics"][0]["severity"], "info");
    let listed = format!("[[allow]]\nrule = \"{old}\"\nreason = \"a sample\"\n");
    assert!(rules(&with(image, &listed, &["--select", new])).is_empty());
    let comment = image.replace("CMD", &format!("# twelvelint: allow({old}) -- a sample\nCMD"));
    assert!(rules(&with(&comment, "", &["--select", new])).is_empty());
    let folder = TempDir::new().unwrap();
    for (old, new) in [(old, new), ("disposability/work-at-start", "build/build-at-run-time")] {
        let page = out(&run(folder.path(), &["explain", old]));
        assert!(page.starts_with(&format!("`{old}` is called `{new}` now.")), "{page}");
    }
}

#[test]
fn user_tables_teach_a_library() {
    let table = "library = \"vault-lite\"\n[[row]]\nname = \"vault_lite::read\"\nconcept = \"env-read\"\nroles = { key = 0 }\nset = { missing = \"none\" }\n";
    let source = SECRET.replace("std::env::var", "vault_lite::read");
    let with = |config: &str, table: &str| {
        let folder = tree(&[
            ("Cargo.toml", MANIFEST),
            ("src/main.rs", &source),
            ("twelvelint.toml", config),
            ("tables/rust/vault_lite.toml", table),
        ]);
        run(folder.path(), &["check", "--format", "json", "--select", RULE])
    };
    let silent: serde_json::Value = serde_json::from_slice(&with("", table).stdout).unwrap();
    assert!(rules(&silent).is_empty());
    let taught: serde_json::Value =
        serde_json::from_slice(&with("knowledge = [\"tables\"]\n", table).stdout).unwrap();
    assert_eq!(rules(&taught), [RULE]);
    let broken = with("knowledge = [\"tables\"]\n", "library = 3\n");
    assert_eq!(broken.status.code(), Some(2));
    assert!(err(&broken).contains("tables/rust/vault_lite.toml:1"), "{}", err(&broken));
    assert_eq!(with("knowledge = [\"nowhere\"]\n", table).status.code(), Some(2));
}

#[test]
fn a_subfolder_is_judged_with_the_manifest_above_it() {
    let folder = tree(&[("Cargo.toml", MANIFEST), ("Cargo.lock", ""), ("src/main.rs", SECRET)]);
    fs::create_dir(folder.path().join(".git")).unwrap();
    assert_eq!(rules(&json(folder.path(), &["src"])), rules(&json(folder.path(), &["."])));
    assert!(rules(&json(folder.path(), &["src"])).contains(&RULE.to_owned()));
}
