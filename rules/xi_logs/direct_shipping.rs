//! `logs/direct-shipping`: the service chooses where its logs go.

use crate::facts::code::Language;
use crate::knowledge::Concept;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "logs/direct-shipping",
    factor: Factor::Logs,
    also: &[],
    level: Level::Info,
    confidence: Confidence::Medium,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust), Need::Cargo],
    subject: SubjectKind::Service,
    page: include_str!("direct_shipping.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    if !view.service().is_some_and(|(_, service)| service.kind.is_long_running()) {
        return;
    }
    for event in view.events(Concept::LogShipping) {
        if view.is_test_helper(event) || event.event.scope.debug_only {
            continue;
        }
        let destination = event.event.attribute("destination").unwrap_or("a log server");
        sink.report(sink.at(event.name_span()).argument("destination", destination));
    }
}
