//! `processes/local-lock-singleton`: a lock of one machine keeps a second process out.

use crate::facts::code::Language;
use crate::knowledge::Concept;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::view::Reach;
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "processes/local-lock-singleton",
    factor: Factor::Processes,
    also: &[Factor::Concurrency],
    level: Level::Info,
    confidence: Confidence::Medium,
    grade: Grade::B,
    // Too few hits on the projects it was measured on.
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust)],
    subject: SubjectKind::Service,
    page: include_str!("local_lock_singleton.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    if !view.service().is_some_and(|(_, service)| service.kind.is_long_running()) {
        return;
    }
    for event in view.events(Concept::MachineLock) {
        let scope = event.event.scope;
        // Only what surely runs when the service does; a library may lock files for other reasons.
        if scope.debug_only || scope.not_unix || view.is_test_helper(event) || view.reach(event) != Reach::Serving {
            continue;
        }
        sink.report(sink.at(event.span()).argument("lock", event.name_text()));
    }
}
