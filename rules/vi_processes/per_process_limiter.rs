//! `processes/per-process-limiter`: every replica counts requests for itself.

use crate::facts::code::Language;
use crate::knowledge::Concept;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::view::Reach;
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "processes/per-process-limiter",
    factor: Factor::Processes,
    also: &[],
    level: Level::Info,
    confidence: Confidence::Medium,
    grade: Grade::B,
    // No hit on the projects it was measured on.
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust), Need::Images, Need::Compose],
    subject: SubjectKind::Service,
    page: include_str!("per_process_limiter.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    // A single process counts right.
    let Some((count, declared)) = view.replicas() else { return };
    for event in view.events(Concept::MemoryRateLimiter) {
        let scope = event.event.scope;
        if scope.debug_only || view.is_test_helper(event) || view.reach(event) == Reach::OtherCommand {
            continue;
        }
        let mut parts = event.callee().rsplit("::").skip(1);
        let limiter = parts.next().unwrap_or("").to_owned();
        sink.report(
            sink.at(event.span())
                .argument("limiter", limiter)
                .argument("count", count.to_string())
                .related(declared, "replicas"),
        );
    }
}
