//! `config/dotenv-committed`: version control knows a `.env` file that holds secrets.

use crate::discover::FoundFile;
use crate::discover::role::Role;
use crate::facts::artefact::Artefact;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::secrets::{ValueClass, classify, is_secret_name};
use crate::source::Span;
use crate::world::literal::is_developer_path;
use crate::world::{Subject, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "config/dotenv-committed",
    factor: Factor::Config,
    also: &[Factor::Codebase],
    level: Level::Error,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Dotenv, Need::Paths],
    subject: SubjectKind::File,
    page: include_str!("dotenv_committed.md"),
    check,
};

/// A setting whose name or value says that it is a secret.
struct Secret {
    name: String,
    span: Span,
    class: ValueClass,
}

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Subject::File(id) = view.subject else { return };
    let Some(file) = view.world.inventory.files.get(id.0 as usize) else { return };
    let Artefact::Dotenv(settings) = view.world.artefact(id) else { return };
    if file.tracked != Some(true) || !is_real(file) {
        return;
    }
    let mut secrets = Vec::new();
    for entry in settings.entries.iter().filter(|e| !is_public(&e.key.value)) {
        let (name, value) = (entry.key.value.as_str(), entry.value.value.as_str());
        let class = classify(name, value);
        let named = is_secret_name(name) && class.is_literal_secret() && !opens_nothing(value);
        if named || matches!(class, ValueClass::Provider | ValueClass::PrivateKey) {
            secrets.push(Secret { name: name.to_owned(), span: Span::new(id, entry.value.range), class });
        }
    }
    // A hash or a word may be a secret too; what is strong says so by itself.
    secrets.sort_by_key(|s| (!s.class.is_strong(), s.span));
    let Some(first) = secrets.first() else { return };
    let (level, variant) = match first.class {
        class if class.is_strong() => (Level::Error, ""),
        _ if names_production(&file.path) => (Level::Warning, "weak"),
        _ => (Level::Info, "weak"),
    };
    let mut finding = sink
        .at(first.span)
        .secret(first.span)
        .level(level)
        .variant(variant)
        .argument("file", file.path.rsplit('/').next().unwrap_or(&file.path))
        .argument("path", file.path.clone())
        .argument("name", first.name.clone());
    if level == Level::Error && (is_developer_path(&file.path, file.role) || names_test(&file.path)) {
        finding = finding.level(Level::Warning).confidence(Confidence::Medium);
    }
    for other in secrets.iter().skip(1).filter(|s| s.class.is_strong() == first.class.is_strong()).take(4) {
        finding = finding.secret(other.span).related(other.span, "other");
    }
    sink.report(finding);
}

/// No sample, and nobody else's.
fn is_real(file: &FoundFile) -> bool {
    let name = file.path.rsplit('/').next().unwrap_or(&file.path);
    let family = name.starts_with(".env") || name.ends_with(".env");
    let own = matches!(file.role, Role::Production | Role::Dev | Role::Ci);
    family && own && !file.above && !names_test(name)
}

fn names_test(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    name.split(['.', '-', '_']).any(|w| matches!(w, "test" | "tests" | "testing" | "e2e" | "ci"))
}

fn names_production(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    name.split(['.', '-', '_']).any(|w| matches!(w, "prod" | "production" | "live" | "staging"))
}

/// Keys that verify and do not sign, and what a browser is given anyway.
fn is_public(name: &str) -> bool {
    let words = crate::secrets::name::words(name);
    words.iter().any(|w| matches!(w.as_str(), "public" | "publishable" | "pub" | "vite"))
}

/// Switches, numbers and paths.
fn opens_nothing(value: &str) -> bool {
    let text = value.trim();
    let lower = text.to_ascii_lowercase();
    text.starts_with(['/', '~']) || text.starts_with("./")
        || matches!(lower.as_str(), "true" | "false" | "yes" | "no" | "none" | "null" | "0" | "1")
}
