//! The house tests itself: layers, names, pages, sizes. What review finds twice becomes a test here.
#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use twelvelint::factor_page::FactorPage;
use twelvelint::knowledge::{Concept, Tables};
use twelvelint::page::Page;
use twelvelint::rules::{Factor, Rule};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files_below(folder: &str, extension: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut queue = vec![root().join(folder)];
    while let Some(folder) = queue.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() {
                queue.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                let name = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
                found.push((name, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// Code without its comments, doc comments included.
fn code_of(text: &str) -> String {
    text.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n")
}

/// Modules of the crate that a file names.
fn modules_used(text: &str) -> BTreeSet<String> {
    let code = code_of(text);
    let mut used = BTreeSet::new();
    for part in code.split("crate::").skip(1) {
        let end = part.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(part.len());
        if end > 0 {
            used.insert(part[..end].to_owned());
        } else if let Some(list) = part.strip_prefix('{') {
            let list = list.split('}').next().unwrap_or("");
            used.extend(list.split(',').map(|item| item.trim().split("::").next().unwrap_or("").to_owned()));
        }
    }
    used
}

/// Layer → the layers it may name. Arrows point one way.
const LAYERS: &[(&str, &[&str])] = &[
    ("src/source.rs", &[]),
    ("src/syntax/", &["source", "syntax"]),
    ("src/vfs.rs", &[]),
    ("src/parallel.rs", &[]),
    ("src/secrets/", &["secrets"]),
    ("src/discover/", &["discover", "vfs"]),
    ("src/facts/", &["facts", "source", "syntax"]),
    ("src/frontends/", &["frontends", "facts", "syntax", "source", "discover"]),
    ("src/knowledge/", &["knowledge", "facts", "source"]),
    ("src/world/", &["world", "knowledge", "facts", "source", "discover", "secrets", "syntax", "parallel"]),
    ("src/reading.rs", &["discover", "facts", "frontends", "knowledge", "reading", "source", "vfs", "world"]),
    ("src/policy/", &["policy", "rules", "config", "facts", "source", "page"]),
    ("src/factor_page.rs", &["page", "rules"]),
    (
        "src/audit/",
        &[
            "audit",
            "world",
            "rules",
            "source",
            "report",
            "page",
            "factor_page",
            "secrets",
            "facts",
            "discover",
        ],
    ),
    ("rules/", &["rules", "world", "source", "secrets", "knowledge", "facts", "discover"]),
];

#[test]
fn layers_point_one_way() {
    let mut failures = Vec::new();
    for (name, text) in files_below("src", "rs").into_iter().chain(files_below("rules", "rs")) {
        let layer = LAYERS.iter().find(|(prefix, _)| name.starts_with(prefix));
        let Some((_, allowed)) = layer.filter(|_| !name.contains("/tests")) else { continue };
        for used in modules_used(&text) {
            if !allowed.contains(&used.as_str()) {
                failures.push(format!("{name} names `crate::{used}`"));
            }
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn no_front_end_knows_a_concept_a_factor_or_a_table() {
    let slugs: Vec<&str> = Factor::ALL.iter().map(|f| f.slug()).collect();
    for (name, text) in files_below("src/frontends", "rs").into_iter().filter(|(n, _)| !n.contains("tests")) {
        let code = code_of(&text);
        for concept in Concept::ALL {
            assert!(
                !code.contains(&format!("\"{}\"", concept.slug())),
                "{name} names the concept {}",
                concept.slug()
            );
        }
        for slug in &slugs {
            assert!(!code.contains(&format!("\"{slug}/")), "{name} names the factor {slug}");
        }
    }
}

#[test]
fn no_table_names_a_rule_or_a_factor() {
    for (name, text) in files_below("rules/knowledge", "toml") {
        for rule in Rule::all() {
            assert!(!text.contains(rule.name), "{name} names {}", rule.name);
        }
    }
}

#[test]
fn rules_see_no_syntax_tree_and_no_other_rule() {
    for (name, text) in files_below("rules", "rs") {
        let code = code_of(&text);
        for word in [
            "syn::",
            "tree_sitter",
            "crate::syntax",
            "crate::frontends",
            "std::fs",
            "std::env",
            "crate::config",
            "crate::policy",
        ] {
            assert!(!code.contains(word), "{name} names `{word}`");
        }
    }
}

#[test]
fn every_rule_has_its_files_its_name_and_one_list_entry() {
    let mut names = BTreeSet::new();
    for rule in Rule::all() {
        assert!(names.insert(rule.name), "{} is listed twice", rule.name);
        let (slug, slug_name) = rule.name.split_once('/').expect("factor/name");
        assert_eq!(slug, rule.factor.slug(), "{}", rule.name);
        assert!(Page::parse(rule.page).is_ok(), "{}: {:?}", rule.name, Page::parse(rule.page).err());
        let file = format!("{}.rs", slug_name.replace('-', "_"));
        let found = files_below("rules", "rs")
            .into_iter()
            .any(|(n, t)| n.ends_with(&format!("/{file}")) && t.contains(rule.name));
        assert!(found, "{} is not in a file named {file}", rule.name);
        assert!(!rule.since.is_empty());
    }
    // A rule file that no list names can never fire.
    for (name, text) in files_below("rules", "rs") {
        let base = Path::new(&name).file_stem().unwrap().to_string_lossy().into_owned();
        if text.contains("static RULE: Rule") {
            let listed =
                Rule::all().any(|r| r.name.split('/').nth(1).is_some_and(|n| n.replace('-', "_") == base));
            assert!(listed, "{name} is in no list");
        }
    }
}

#[test]
fn rust_holds_no_prose() {
    for (name, text) in files_below("rules", "rs").into_iter().filter(|(n, _)| n != "rules/mod.rs") {
        for line in code_of(&text).lines() {
            for literal in line.split('"').skip(1).step_by(2) {
                assert!(literal.split(' ').count() < 7, "{name}: prose belongs into the page: {literal}");
            }
        }
    }
}

#[test]
fn factors_have_pages() {
    for factor in Factor::ALL {
        let page = FactorPage::parse(factor.page());
        assert!(page.is_ok(), "{}: {:?}", factor.slug(), page.err());
        let body = FactorPage::of(*factor).body;
        assert!(body.len() > 200, "{} has no page", factor.slug());
        assert!(body.to_lowercase().contains("not applicable"), "{}: when is it n/a?", factor.slug());
        assert!(!factor.rules().is_empty(), "{} has no rule", factor.slug());
    }
}

#[test]
fn facts_are_plain_data() {
    fn plain<T: Send + Sync + Clone + serde::Serialize + for<'a> serde::Deserialize<'a> + 'static>() {}
    plain::<twelvelint::facts::FileFacts>();
    plain::<twelvelint::knowledge::Event>();
}

#[test]
fn tables_load_and_every_concept_has_a_row() {
    let languages = [twelvelint::facts::code::Language::Rust, twelvelint::facts::code::Language::Python];
    let tables = Tables::built_in(&languages.into_iter().collect())
        .unwrap_or_else(|e| panic!("{}: {}", e.table, e.message));
    for concept in Concept::ALL {
        assert!(tables.rows().iter().any(|r| r.concept == *concept), "no row for {}", concept.slug());
    }
    for row in tables.rows() {
        assert!(row.proof.is_some(), "{}: {} has no proving snippet", row.table, row.name);
    }
}

#[test]
fn files_are_small() {
    for (name, text) in files_below("src", "rs").into_iter().chain(files_below("rules", "rs")) {
        assert!(text.lines().count() <= 600, "{name} has over 600 lines: split it along a concept");
    }
    assert!(fs::read_to_string(root().join("src/main.rs")).unwrap().lines().count() <= 40);
}

#[test]
fn no_unfinished_marks() {
    let marks = [
        ["TO", "DO"].concat(),
        ["FIX", "ME"].concat(),
        ["todo", "!("].concat(),
        ["unimplemented", "!("].concat(),
    ];
    for (name, text) in files_below("src", "rs").into_iter().chain(files_below("rules", "rs")) {
        for mark in &marks {
            let word = text
                .lines()
                .any(|l| l.contains(mark.as_str()) && !l.contains(&format!("\"{}\"", mark.to_lowercase())));
            assert!(!word, "{name} holds an unfinished mark");
        }
    }
}

#[test]
fn outputs_are_versioned_types_of_their_own() {
    let json = fs::read_to_string(root().join("src/report/json.rs")).unwrap();
    assert!(json.contains("struct ReportV1") && json.contains("struct DiagnosticV1"));
    let report = fs::read_to_string(root().join("src/report/mod.rs")).unwrap();
    assert!(!report.contains("Serialize)]\npub struct Diagnostic"), "the working type is not the contract");
    let audit = fs::read_to_string(root().join("src/report/audit_json.rs")).unwrap();
    assert!(audit.contains("struct AuditV1") && audit.contains("struct FactorV1"));
    for (name, text) in files_below("src/audit", "rs") {
        assert!(!text.contains("Serialize"), "{name}: the working type is not the contract");
    }
}

/// The list of rules is generated; `TWELVELINT_BLESS=1 cargo test --test house` writes it anew.
#[test]
fn the_list_of_rules_is_fresh() {
    let mut text = String::from("# Rules\n\nGenerated from the rules and their pages; do not edit.\n");
    for factor in Factor::ALL {
        text.push_str(&format!("\n## {}. {}\n\n", factor.numeral(), factor.english()));
        text.push_str("| rule | finds | level | grade | stage |\n| --- | --- | --- | --- | --- |\n");
        for rule in factor.rules() {
            let title = Page::parse(rule.page).unwrap().en.title;
            let (level, stage) =
                (format!("{:?}", rule.level).to_lowercase(), format!("{:?}", rule.stage).to_lowercase());
            text.push_str(&format!("| `{}` | {title} | {level} | {:?} | {stage} |\n", rule.name, rule.grade));
        }
    }
    let path = root().join("rules/README.md");
    if std::env::var_os("TWELVELINT_BLESS").is_some() {
        fs::write(&path, &text).unwrap();
    }
    let fresh = fs::read_to_string(&path).unwrap_or_default() == text;
    assert!(fresh, "rules/README.md is stale: TWELVELINT_BLESS=1 cargo test --test house");
}
