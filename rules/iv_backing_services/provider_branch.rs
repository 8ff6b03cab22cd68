//! `backing/provider-branch`: the name of the environment decides which kind of backing service is used.

use crate::facts::code::{Call, Language};
use crate::knowledge::Concept;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::switches::is_for_development;
use crate::world::{EventRef, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "backing/provider-branch",
    factor: Factor::BackingServices,
    also: &[Factor::DevProdParity],
    level: Level::Info,
    confidence: Confidence::Low,
    grade: Grade::B,
    // No hit on the projects it was measured on.
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust)],
    subject: SubjectKind::Service,
    page: include_str!("provider_branch.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    if !view.service().is_some_and(|(_, service)| service.kind.is_long_running()) {
        return;
    }
    let stand_ins = view.events(Concept::LocalStandIn).into_iter().chain(view.events(Concept::MemorySessionStore));
    for event in stand_ins.filter(|e| !view.is_test_helper(*e)) {
        let Some(call) = event.call() else { continue };
        if !is_for_development(call) && !is_not_production(call) && !names_development(call) {
            continue;
        }
        let Some(other) = other_provider(event, call) else { continue };
        let stand_in = event.callee().rsplit("::").nth(1).unwrap_or("").to_owned();
        sink.report(sink.at(event.span()).argument("provider", stand_in).related(other, "other"));
    }
}

/// In the `else` of a comparison with production.
fn is_not_production(call: &Call) -> bool {
    call.conditions.iter().filter_map(|c| c.strip_prefix("not ")).any(|condition| {
        let lower = condition.to_ascii_lowercase();
        let words: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
        words.iter().any(|w| matches!(*w, "prod" | "production" | "is_prod" | "is_production"))
    })
}

/// In the arm of a match over environments. `Local` may be a kind of store.
fn names_development(call: &Call) -> bool {
    call.arms.iter().any(|arm| matches!(arm.as_str(), "Dev" | "Development") )
}

/// The call of the same function that stands on the other side, and makes another thing.
fn other_provider(event: EventRef<'_>, call: &Call) -> Option<crate::source::Span> {
    let made = |name: &str| {
        let last = name.rsplit("::").nth(1).unwrap_or("").to_owned();
        ["S3", "Azure", "GoogleCloud", "Smtp", "Redis", "Postgres", "Store", "Gcs", "Builder"].iter().any(|w| last.contains(w))
    };
    let found = event.file.facts.calls.iter().find(|other| {
        call.function.is_some()
            && other.function == call.function
            && (other.conditions != call.conditions || other.arms != call.arms)
            && other.callee != call.callee
            && made(other.callee.as_str().split("()").next().unwrap_or(""))
    })?;
    Some(crate::source::Span::new(event.file.file, found.name_range))
}
