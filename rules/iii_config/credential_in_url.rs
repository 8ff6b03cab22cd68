//! `config/credential-in-url`: a URL in the code or in a configuration file holds a password.

use crate::facts::artefact::Artefact;
use crate::facts::code::{Language, UrlLiteral};
use crate::discover::kind::FileKind;
use crate::discover::role::Role;
use crate::rules::{Confidence, Factor, Finding, Grade, Level, Need, Rule, Sink, Stage};
use crate::secrets::class::CredentialedUrl;
use crate::secrets::{ValueClass, classify, credentialed_url};
use crate::source::Span;
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
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust), Need::Source(Language::Python), Need::Cargo],
    subject: SubjectKind::Repository,
    page: include_str!("credential_in_url.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for (_, file) in view.code_files() {
        for found in &file.facts.url_literals {
            if let Some((url, weak)) = in_code(found) {
                let span = part_of(Span::new(file.file, found.text.range), &found.text.value, url.password_at.clone());
                sink.report(leveled(finding(sink, span, &url), &url, weak, &file.path, file));
            }
        }
    }
    for (at, found) in view.world.inventory.files.iter().enumerate() {
        if found.above || found.role != Role::Production || found.kind != Some(FileKind::CargoConfig) {
            continue;
        }
        let Some(id) = u32::try_from(at).ok().map(crate::source::FileId) else { break };
        if let Artefact::Document(document) = view.world.artefact(id) {
            for node in document.root().iter().flat_map(|root| root.get("env")).flat_map(|env| env.entries()) {
                let value = node.value.get("value").unwrap_or(node.value);
                let Some(text) = value.as_str() else { continue };
                let Some(url) = credentialed_url(text).filter(|u| speaks(u, false)) else { continue };
                let span = part_of(Span::new(id, value.range()), text, url.password_at.clone());
                let finding = finding(sink, span, &url);
                // Cargo sets these for `cargo run` and build scripts on a developer's machine only.
                sink.report(finding.level(Level::Warning).confidence(Confidence::Medium));
            }
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
    let class = classify("password", &url.password);
    let weak = matches!(class, ValueClass::Weak | ValueClass::Placeholder) || url.password == url.user;
    Some((url, weak))
}

/// False where the user or the password is filled in later, or the host exists in documents only.
fn speaks(url: &CredentialedUrl, template: bool) -> bool {
    let hole = |text: &str| text.contains(['{', '}', '<', '>', '$', '%', '*']) || text.contains("...");
    let filled = template && (hole(&url.user) || hole(&url.password));
    let sample = ["user", "username", "<user>"].contains(&url.user.as_str())
        && ["pass", "password", "pw", "pwd", "passwd"].contains(&url.password.as_str());
    !filled
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

fn finding(sink: &Sink<'_>, span: Span, url: &CredentialedUrl) -> Finding {
    sink.at(span)
        .argument("scheme", url.scheme.clone())
        .argument("user", url.user.clone())
        .argument("host", url.host.clone())
        .secret(span)
}
