//! `parity/environment-branches-adapter`: the code takes another backing service by the name of the environment.

use crate::facts::code::{Call, Language, inverted};
use crate::knowledge::Concept;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::backing::kind_by_slug;
use crate::world::view::EventRef;
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "parity/environment-branches-adapter",
    factor: Factor::DevProdParity,
    also: &[Factor::BackingServices],
    level: Level::Warning,
    confidence: Confidence::Medium,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust), Need::Source(Language::Python)],
    subject: SubjectKind::File,
    page: include_str!("environment_branches_adapter.md"),
    check,
};

/// A client that one branch makes.
struct Adapter<'w> {
    event: EventRef<'w>,
    call: &'w Call,
    kind: &'w str,
    family: &'w str,
}

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let mut adapters = Vec::new();
    for event in view.events(Concept::ConnectionSink) {
        let (Some(call), Some(kind)) = (event.call(), event.event.attribute("service")) else { continue };
        adapters.push(Adapter { event, call, kind, family: family(kind) });
    }
    for event in view.events(Concept::MemorySessionStore) {
        if let Some(call) = event.call() {
            adapters.push(Adapter { event, call, kind: "memory", family: "cache" });
        }
    }
    adapters.sort_by_key(|a| a.event.event.range);
    for (at, here) in adapters.iter().enumerate() {
        for other in adapters.iter().skip(at + 1) {
            let function = here.event.function();
            if here.family.is_empty() || here.family != other.family || here.kind == other.kind {
                continue;
            }
            if function.is_none() || function != other.event.function() || view.is_test_helper(here.event) {
                continue;
            }
            let Some(condition) = parted_by(here.call, other.call) else { continue };
            let finding = sink
                .at(other.event.name_span())
                .argument("name", condition)
                .argument("here", here.kind)
                .argument("there", other.kind)
                .related(here.event.name_span(), "other");
            sink.report(finding);
        }
    }
}

/// What a kind of client is for; empty for protocols that say nothing about it.
fn family(kind: &str) -> &str {
    match kind {
        "sqlite" => "sql",
        "http" | "grpc" => "",
        _ => kind_by_slug(kind).map_or("", |k| k.family.as_str()),
    }
}

/// The name of the environment that parts the two calls: one runs where a condition on it holds, the other where it
/// does not, or each in an arm of its own.
fn parted_by(one: &Call, other: &Call) -> Option<String> {
    for condition in &one.conditions {
        if other.conditions.contains(&inverted(condition)) {
            let plain = condition.strip_prefix("not ").unwrap_or(condition);
            return is_environment(plain).then(|| shown(plain));
        }
    }
    if one.scope.debug_only != other.scope.debug_only {
        return Some("debug_assertions".to_owned());
    }
    let arm = |call: &Call| call.arms.first().map(|a| a.to_ascii_lowercase());
    let (first, second) = (arm(one)?, arm(other)?);
    let named = |arm: &str| ENVIRONMENTS.contains(&arm);
    let parted = first != second && (named(&first) || named(&second)) && [&first, &second].iter().all(|a| named(a) || *a == "_");
    parted.then(|| if named(&first) { first } else { second })
}

const ENVIRONMENTS: &[&str] =
    &["dev", "development", "develop", "local", "test", "testing", "prod", "production", "staging", "live"];

/// True for conditions that ask for the name of the environment, or for a build for debugging.
fn is_environment(condition: &str) -> bool {
    let lower = condition.to_ascii_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|w| !w.is_empty()).collect();
    let asks = ["is_dev", "is_development", "is_local", "is_prod", "is_production", "debug_assertions", "debug", "in_production"];
    let about = words.iter().any(|w| ["env", "profile", "stage", "mode"].iter().any(|part| w.contains(part)));
    words.iter().any(|w| asks.contains(w)) || about && words.iter().any(|w| ENVIRONMENTS.contains(w))
}

/// The last two words are what a reader knows the condition by.
fn shown(condition: &str) -> String {
    let words: Vec<&str> = condition.split(' ').filter(|w| !w.is_empty()).collect();
    let last = words.len().saturating_sub(2);
    words.get(last..).unwrap_or_default().join(" ")
}
