//! `concurrency/undeclared-process-type`: a worker that nothing starts.

use crate::facts::code::Language;
use crate::knowledge::Concept;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::view::Reach;
use crate::world::{ServiceKind, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "concurrency/undeclared-process-type",
    factor: Factor::Concurrency,
    also: &[],
    level: Level::Info,
    confidence: Confidence::Low,
    grade: Grade::C,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust), Need::Cargo, Need::Images, Need::Procfile, Need::Compose],
    subject: SubjectKind::Service,
    page: include_str!("undeclared_process_type.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some((id, service)) = view.service().filter(|(_, s)| s.kind == ServiceKind::Worker && !s.shipped) else { return };
    let world = view.world;
    let by_command = world.workloads.iter().any(|w| world.started_service(&w.start, &[]) == Some(id));
    // Only where other programs of the tree are started by it, the one that is not stands out.
    let others = world.services.iter().any(|s| s.shipped && s.binary.is_some());
    if by_command || !others || !world.images.iter().all(|i| i.targets.iter().all(|t| t.start.complete)) {
        return;
    }
    let consumer = view.events(Concept::QueueConsumer).into_iter().find(|e| view.reach(*e) == Reach::Serving);
    if let Some(consumer) = consumer {
        let finding = sink.at(consumer.name_span()).argument("worker", service.name.as_str());
        sink.report(finding.because("no artefact starts it"));
    }
}
