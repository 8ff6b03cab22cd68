//! `config/credential-in-url`: a URL in the code or in a configuration file holds a password.

use crate::facts::artefact::Artefact;
use crate::facts::code::{Language, UrlLiteral};
use std::collections::BTreeSet;

use crate::discover::FoundFile;
use crate::discover::kind::FileKind;
use crate::discover::role::Role;
use crate::rules::{Confidence, Factor, Finding, Grade, Level, Need, Rule, Sink, Stage};
use crate::secrets::class::CredentialedUrl;
use crate::secrets::{ValueClass, classify, credentialed_url};
use crate::source::{FileId, Span};
use crate::world::literal::{is_developer_path, part_of};
use crate::world::locator::{HostKind, host_kind};
use crate::world::{CodeFile, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "config/credential-in-url",
    factor: Factor::Config,
    also: &[],
    level: Level::Error,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Stable,
    since: "0.1.0",
    needs: &[
        Need::Source(Language::Rust),
        Need::Source(Language::Python),
        Need::Cargo,
        Need::Compose,
        Need::Images,
        Need::Dotenv,
    ],
    subject: SubjectKind::Repository,
    page: include_str!("credential_in_url.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for (_, file) in view.code_files() {
        for found in &file.facts.url_literals {
            if is_template(file, found) {
                continue;
            }
            if let Some((url, weak)) = in_code(found) {
                let span = Span::new(file.file, found.text.range);
                let found = finding(sink, span, &found.text.value, &url);
                sink.report(leveled(found, &url, weak, &file.path, file));
            }
        }
    }
    cargo_settings(view, sink);
    let mut manifests = manifests(view);
    manifests.sort_by_key(|m| m.span);
    manifests.dedup_by_key(|m| m.span);
    let mut folded = BTreeSet::new();
    for manifest in manifests {
        let Some(url) = credentialed_url(&manifest.text).filter(|u| speaks(u, false)) else { continue };
        let local = host_kind(&url.host) == HostKind::Loopback || !url.host.contains('.');
        let development = local && (manifest.development || is_guessable(&url));
        let span = manifest.span;
        let found = finding(sink, span, &manifest.text, &url);
        let found = found.variant(manifest.place).argument("name", manifest.name.clone());
        sink.report(if manifest.place == "image" {
            found
        } else if development {
            // Compose files for development repeat the same password: one finding for each file.
            if !folded.insert(span.file) {
                continue;
            }
            found.level(Level::Info).variant("development")
        } else if local {
            found.level(Level::Warning).confidence(Confidence::Medium)
        } else {
            found
        });
    }
}

/// A value of a manifest.
struct Declared {
    text: String,
    /// The variable.
    name: String,
    span: Span,
    /// What kind of file says it, as the page names the variants of its help. What is part of an `image` changes
    /// with a build only.
    place: &'static str,
    development: bool,
}

/// What compose files, Dockerfiles and tracked `.env` files declare.
fn manifests(view: &View<'_>) -> Vec<Declared> {
    let world = view.world;
    let mut found = Vec::new();
    for environment in world.projects.iter().flat_map(|p| &p.environments) {
        if !matches!(environment.role, Role::Production | Role::Dev) {
            continue;
        }
        for entry in environment.services.iter().flat_map(|s| &s.environment) {
            let Some(raw) = entry.raw.as_ref().filter(|raw| declares(view, raw.span)) else { continue };
            let development = environment.role == Role::Dev;
            let name = entry.name.value.clone();
            found.push(Declared { text: raw.value.clone(), name, span: raw.span, place: "compose", development });
        }
    }
    for image in world.images.iter().filter(|i| i.role == Role::Production) {
        for (name, value) in image.targets.iter().flat_map(|t| &t.env) {
            if let Some(text) = value.value.clone() {
                let (name, span) = (name.clone(), value.span);
                found.push(Declared { text, name, span, place: "image", development: false });
            }
        }
    }
    for (id, file) in production_files(view).filter(|(_, f)| f.tracked != Some(false)) {
        if let Artefact::Dotenv(dotenv) = world.artefact(id) {
            let development = is_developer_path(&file.path, file.role);
            found.extend(dotenv.entries.iter().map(|entry| Declared {
                text: entry.value.value.clone(),
                name: entry.key.value.clone(),
                span: Span::new(id, entry.value.range),
                place: "dotenv",
                development,
            }));
        }
    }
    found
}

/// False for values that a compose file takes from another kind of file: they are judged where they stand.
fn declares(view: &View<'_>, span: Span) -> bool {
    view.world.inventory.files.get(span.file.0 as usize).is_some_and(|f| f.kind == Some(FileKind::Compose))
}

fn production_files<'w>(view: &View<'w>) -> impl Iterator<Item = (FileId, &'w FoundFile)> {
    let all = view.world.inventory.files.iter().enumerate();
    all.filter(|(_, f)| !f.above && f.role == Role::Production)
        .filter_map(|(at, f)| Some((FileId(u32::try_from(at).ok()?), f)))
}

/// The `[env]` table of `.cargo/config.toml`, which only `cargo run` and build scripts see.
fn cargo_settings(view: &View<'_>, sink: &mut Sink<'_>) {
    for (id, _) in production_files(view).filter(|(_, f)| f.kind == Some(FileKind::CargoConfig)) {
        let Artefact::Document(document) = view.world.artefact(id) else { continue };
        for node in document.root().iter().flat_map(|root| root.get("env")).flat_map(|env| env.entries()) {
            let value = node.value.get("value").unwrap_or(node.value);
            let Some(text) = value.as_str() else { continue };
            let Some(url) = credentialed_url(text).filter(|u| speaks(u, false)) else { continue };
            let finding = finding(sink, Span::new(id, value.range()), text, &url).variant("cargo");
            let finding = finding.argument("name", node.key);
            sink.report(finding.level(Level::Warning).confidence(Confidence::Medium));
        }
    }
}

/// The credentials of a literal that is neither a test's nor prose nor a pattern; and whether anybody guesses them.
fn in_code(literal: &UrlLiteral) -> Option<(CredentialedUrl, bool)> {
    let scope = literal.scope;
    if scope.test || scope.comparison || scope.message || scope.debug_only {
        return None;
    }
    if literal.text.value.trim().contains(char::is_whitespace) {
        return None;
    }
    let url = credentialed_url(&literal.text.value).filter(|u| speaks(u, literal.template))?;
    let weak = is_guessable(&url);
    Some((url, weak))
}

/// A literal in which `replace` fills something in.
fn is_template(file: &CodeFile, found: &UrlLiteral) -> bool {
    let range = found.text.range;
    file.facts.calls.iter().any(|call| {
        call.callee.last() == "replace" && call.receiver.as_ref().is_some_and(|r| r.range == range)
    })
}

/// `PASSWORD`, `DB_PASSWORD`, `__PASSWORD__`: the name of what belongs here.
fn is_stand_in(password: &str) -> bool {
    let capital = |c: char| c.is_ascii_uppercase() || c == '_';
    password.chars().all(capital) && crate::secrets::is_secret_name(password.trim_matches('_'))
}

fn is_guessable(url: &CredentialedUrl) -> bool {
    let class = classify("password", &url.password);
    matches!(class, ValueClass::Weak | ValueClass::Placeholder) || url.password == url.user
}

/// False where the user or the password is filled in later, or the host exists in documents only.
fn speaks(url: &CredentialedUrl, template: bool) -> bool {
    let hole = |text: &str| text.contains(['{', '}', '<', '>', '$', '%', '*']) || text.contains("...");
    let filled = template && (hole(&url.user) || hole(&url.password));
    let sample = ["user", "username", "<user>"].contains(&url.user.as_str())
        && ["pass", "password", "pw", "pwd", "passwd"].contains(&url.password.as_str());
    !filled
        && !is_stand_in(&url.password)
        && !hole(&url.password)
        && classify("password", &url.password) != ValueClass::Reference
        && host_kind(&url.host) != HostKind::Documentation
        && !url.host.contains(['{', '<', '$'])
        && !url.host.is_empty()
        && !(sample && ["host", "hostname", "server", "proxy"].contains(&url.host.as_str()))
}

fn leveled(finding: Finding, url: &CredentialedUrl, weak: bool, path: &str, file: &CodeFile) -> Finding {
    let developer = is_developer_path(path, file.role);
    let local = host_kind(&url.host) == HostKind::Loopback || !url.host.contains('.');
    if local && (developer || weak) { finding.level(Level::Info).variant("development") } else { finding }
}

/// A finding on the whole URL, so that a stronger rule about another part of it takes precedence.
fn finding(sink: &Sink<'_>, span: Span, text: &str, url: &CredentialedUrl) -> Finding {
    sink.at(span)
        .argument("scheme", url.scheme.clone())
        .argument("host", url.host.clone())
        .secret(part_of(span, text, url.password_at.clone()))
}
