//! `config/plaintext-secret-in-manifest`: a manifest that is part of the repository holds the value of a secret.

use std::collections::BTreeMap;

use crate::discover::role::Role;
use crate::rules::{Confidence, Factor, Finding, Grade, Level, Need, Rule, Sink, Stage};
use crate::secrets::ValueClass;
use crate::source::FileId;
use crate::world::manifest_secrets::{Holder, ManifestSecret};
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "config/plaintext-secret-in-manifest",
    factor: Factor::Config,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::Medium,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Kubernetes, Need::Compose],
    subject: SubjectKind::Repository,
    page: include_str!("plaintext_secret_in_manifest.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let mut files: BTreeMap<FileId, Vec<ManifestSecret>> = BTreeMap::new();
    for secret in view.manifest_secrets() {
        if !is_untracked(view, secret.span.file) {
            files.entry(secret.span.file).or_default().push(secret);
        }
    }
    for mut found in files.into_values() {
        // One finding for each file, at the value that does most harm.
        found.sort_by_key(|secret| (std::cmp::Reverse(weight(secret)), secret.span));
        found.dedup_by_key(|secret| secret.span);
        let Some((first, rest)) = found.split_first() else { continue };
        let variant = match (first.holder, weight(first)) {
            (Holder::Values, Level::Info) => "values-guessable",
            (Holder::Values, _) => "values",
            (Holder::Secret, Level::Info) => "secret-guessable",
            (Holder::Secret, _) => "secret",
            (Holder::Compose, Level::Info) => "compose-guessable",
            (Holder::Compose, _) => "compose",
            (_, Level::Info) => "guessable",
            _ => "",
        };
        let finding = sink
            .at(first.span)
            .variant(variant)
            .level(weight(first))
            .argument("name", &first.name)
            .argument("owner", &first.owner)
            .because(format!("{:?}: class {:?}", first.holder, first.class));
        let strong = first.class.is_strong();
        let finding = if strong { finding.confidence(Confidence::High) } else { finding };
        let finding = first.via.iter().fold(finding.secret(first.span), |f, via| f.related(*via, "use"));
        sink.report(rest.iter().take(20).fold(finding, other));
    }
}

fn other(finding: Finding, secret: &ManifestSecret) -> Finding {
    finding.related(secret.span, "other").secret(secret.span)
}

/// A value that nobody guesses was made for a deploy; a guessable one is for trying things out more often than not.
fn weight(secret: &ManifestSecret) -> Level {
    match secret.class {
        _ if secret.role != Role::Production => Level::Info,
        class if class.is_strong() => Level::Error,
        ValueClass::Weak => Level::Info,
        _ => Level::Warning,
    }
}

/// True for a file that version control certainly does not know.
fn is_untracked(view: &View<'_>, file: FileId) -> bool {
    let found = view.world.inventory.files.get(file.0 as usize);
    found.is_some_and(|f| f.tracked == Some(false))
}
