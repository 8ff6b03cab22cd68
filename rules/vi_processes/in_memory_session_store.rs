//! `processes/in-memory-session-store`: sessions live in the memory of one process.

use crate::facts::code::Language;
use crate::knowledge::Concept;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "processes/in-memory-session-store",
    factor: Factor::Processes,
    also: &[],
    level: Level::Error,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust)],
    subject: SubjectKind::Service,
    page: include_str!("in_memory_session_store.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    if !view.service().is_some_and(|(_, service)| service.kind.is_long_running()) {
        return;
    }
    for event in view.events(Concept::MemorySessionStore) {
        let scope = event.event.scope;
        if scope.debug_only {
            continue;
        }
        let store = event.callee().rsplit("::").nth(1).unwrap_or("").to_owned();
        let finding = sink.at(event.span()).argument("store", store);
        // Behind a build condition another store may be what ships.
        sink.report(if scope.conditional {
            finding.level(Level::Warning).confidence(Confidence::Medium)
        } else {
            finding
        });
    }
}
