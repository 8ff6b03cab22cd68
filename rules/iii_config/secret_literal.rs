//! `config/secret-literal`: a private key, a provider's token or a random secret stands in the code base.

use std::collections::BTreeSet;

use crate::discover::kind::FileKind;
use crate::discover::role::Role;
use crate::facts::artefact::Artefact;
use crate::facts::code::Language;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::secrets::name::words;
use crate::secrets::{ValueClass, classify, is_secret_name};
use crate::source::{FileId, Span};
use crate::world::code_literals::{TextLiteral, text_literals};
use crate::world::literal::is_developer_path;
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "config/secret-literal",
    factor: Factor::Config,
    also: &[],
    level: Level::Error,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[
        Need::Source(Language::Rust),
        Need::Source(Language::Python),
        Need::Settings,
        Need::Paths,
    ],
    subject: SubjectKind::Repository,
    page: include_str!("secret_literal.md"),
    check,
};

/// Shorter texts are no secrets that can be told from words.
const SHORTEST: usize = 16;

/// How many providers a file names before it is taken for one that detects tokens.
const DETECTOR: usize = 3;

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    key_files(view, sink);
    for (_, file) in view.code_files() {
        if serves_tests(&file.path) {
            continue;
        }
        let service = view.world.services_of(file).first().map(|(id, _)| *id);
        let mut seen = BTreeSet::new();
        let literals = text_literals(&file.facts, SHORTEST);
        // A file with tokens of many providers is one that looks for them.
        let of_providers = literals.iter().filter(|l| classify("", l.text) == ValueClass::Provider);
        let detector = of_providers.map(|l| provider(l.text)).collect::<BTreeSet<_>>().len() >= DETECTOR;
        for literal in literals {
            let Some(class) = judge(&literal) else { continue };
            let listed = detector && class == ValueClass::Provider;
            if !seen.insert(literal.range) || listed || is_filtered(literal.callee) {
                continue;
            }
            let span = Span::new(file.file, literal.range);
            let finding = sink.at(span).secret(span).service(service);
            let finding = match class {
                ValueClass::PrivateKey => finding.variant("key"),
                ValueClass::Provider => finding.argument("provider", provider(literal.text)),
                _ => finding
                    .variant("random")
                    .argument("name", literal.name)
                    .level(Level::Warning)
                    .confidence(Confidence::Medium),
            };
            let developer = is_developer_path(&file.path, file.role);
            sink.report(if developer { finding.level(Level::Info) } else { finding });
        }
    }
}

/// `test_utils.rs`, `mock_keys.rs`: what is compiled in for tests.
fn serves_tests(path: &str) -> bool {
    path.split(['/', '_', '.', '-']).any(|w| matches!(w, "test" | "tests" | "testing" | "mock" | "mocks" | "fixture" | "fixtures"))
}

/// Tracked files with a private key that no password protects.
fn key_files(view: &View<'_>, sink: &mut Sink<'_>) {
    for (at, file) in view.world.inventory.files.iter().enumerate() {
        if file.kind != Some(FileKind::PrivateKey) || file.above || file.tracked != Some(true) {
            continue;
        }
        let Ok(id) = u32::try_from(at) else { break };
        let Artefact::Line(line) = view.world.artefact(FileId(id)) else { continue };
        if !matches!(file.role, Role::Production | Role::Dev | Role::Ci) {
            continue;
        }
        let span = Span::new(FileId(id), line.range);
        let name = file.path.rsplit('/').next().unwrap_or(&file.path);
        let finding = sink.at(span).argument("name", name).argument("path", &file.path).variant("file");
        sink.report(if is_for_play(&file.path) || file.role != Role::Production {
            finding.level(Level::Info).confidence(Confidence::Medium)
        } else {
            finding
        });
    }
}

/// Certificates that are made for a developer's machine or a demonstration say so in their path.
fn is_for_play(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    lower.split(['/', '.', '-', '_']).any(|w| {
        matches!(w, "dev" | "local" | "localhost" | "test" | "tests" | "demo" | "example" | "dummy" | "fake" | "snakeoil" | "selfsigned" | "mkcert" | "fixtures")
    })
}

fn judge(literal: &TextLiteral<'_>) -> Option<ValueClass> {
    let text = literal.text;
    // Regular expressions, prose and templates speak of secrets.
    let pattern = text.contains(['[', '(', '{', '*', '\\', '…']) || text.contains("...");
    let class = classify(literal.name, text);
    match class {
        ValueClass::PrivateKey => {
            let body = text.lines().filter(|l| l.len() >= 40 && !l.contains(' ')).count();
            (body > 0 || text.starts_with("LS0t")).then_some(class)
        }
        ValueClass::Provider => (!pattern && !literal.aside).then_some(class),
        ValueClass::HighEntropy => {
            let bound = is_secret_name(literal.name) && !is_about(literal.name);
            let shape = text.len() >= 20 && !pattern && !text.contains([' ', '/', ':', '%', '<', '$', '@', ',']);
            (bound && shape && !literal.aside && literal.callee.is_empty()).then_some(class)
        }
        _ => None,
    }
}

/// Names of what is known to everybody: the key of a header, a salt of a protocol, a public key.
fn is_about(name: &str) -> bool {
    words(name).iter().any(|w| {
        matches!(w.as_str(), "public" | "pub" | "header" | "alphabet" | "charset" | "name" | "test" | "example" | "dummy" | "fake" | "mock" | "prefix" | "hash")
    })
}

/// Calls that look for secrets, and do not use one.
fn is_filtered(callee: &str) -> bool {
    let lower = callee.to_ascii_lowercase();
    ["regex", "replace", "starts_with", "contains", "assert", "redact"].iter().any(|w| lower.contains(w))
}

/// The prefix by which a provider marks its tokens.
fn provider(text: &str) -> String {
    text.chars().take(4).collect()
}
