//! `disposability/worker-ignores-sigterm`: a queue consumer has no way to stop.

use crate::facts::code::Language;
use crate::knowledge::Concept;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::view::Reach;
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "disposability/worker-ignores-sigterm",
    factor: Factor::Disposability,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::Medium,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust), Need::Cargo],
    subject: SubjectKind::Service,
    page: include_str!("worker_ignores_sigterm.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some((_, service)) = view.service() else { return };
    if !service.kind.is_long_running() || service.dependency_roles.contains("serverless") {
        return;
    }
    let handled = view.signal_handlers().iter().any(|(_, signals)| signals.terminate);
    // Where requests are served too, the server's stop is the finding.
    if handled || view.may_be_stopped_otherwise() || !view.server_starts().is_empty() {
        return;
    }
    let consumers: Vec<_> = view
        .events(Concept::QueueConsumer)
        .into_iter()
        .filter(|e| view.reach(*e) == Reach::Serving && !e.event.scope.not_unix && !view.is_test_helper(*e))
        .collect();
    if consumers.iter().any(|e| e.event.attribute("stops") == Some("yes")) {
        return;
    }
    let Some(first) = consumers.first() else { return };
    let mut finding = sink
        .at(first.name_span())
        .argument("worker", service.name.as_str())
        .argument("library", first.event.attribute("library").unwrap_or("queue"))
        .because("no handler of SIGTERM");
    if first.event.attribute("library") == Some("apalis") {
        finding = finding.variant("apalis");
    }
    for other in consumers.iter().skip(1) {
        finding = finding.related(other.name_span(), "other");
    }
    if let Some(handler) = view.signal_handlers().first() {
        finding = finding.variant("interrupt").related(handler.0.name_span(), "handler");
    }
    sink.report(finding);
}
