//! `config/insecure-secret-default`: a read of a secret falls back to a literal.

use crate::rules::{Confidence, Factor, Finding, Grade, Level, Need, Rule, Sink, Stage};
use crate::secrets::{ValueClass, classify, is_secret_name};
use crate::world::meaning::{Meaning, MeaningKind};
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "config/insecure-secret-default",
    factor: Factor::Config,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Stable,
    since: "0.1.0",
    needs: &[Need::Source(crate::facts::code::Language::Rust)],
    subject: SubjectKind::Repository,
    page: include_str!("insecure_secret_default.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for placed in view.environment_reads() {
        let (Some(key), Some(default)) = (&placed.read.key, &placed.read.default) else { continue };
        if !is_secret_name(key) || placed.debug_only {
            continue;
        }
        if let Some(finding) = judge(key, default, sink) {
            sink.report(finding.related(placed.read.read_at, "read"));
        }
    }
}

/// A finding when `default` is a literal that a secret named `key` falls back to.
fn judge(key: &str, default: &Meaning, sink: &Sink<'_>) -> Option<Finding> {
    let MeaningKind::Text(text) = &default.kind else { return None };
    let class = classify(key, text);
    // An empty default switches an optional feature off more often than it signs with nothing.
    if matches!(class, ValueClass::Empty | ValueClass::Reference) {
        return None;
    }
    let finding = sink.at(default.span).argument("name", key).secret(default.span);
    let guessable = matches!(class, ValueClass::Weak | ValueClass::Placeholder);
    Some(if guessable { finding.variant("guessable") } else { finding })
}
