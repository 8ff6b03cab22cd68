//! `disposability/ack-before-work`: messages count as done before they are.

use crate::facts::code::Language;
use crate::knowledge::Concept;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::meaning::{Meaning, MeaningKind};
use crate::world::{EventRef, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "disposability/ack-before-work",
    factor: Factor::Disposability,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust), Need::Cargo],
    subject: SubjectKind::File,
    page: include_str!("ack_before_work.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for event in view.events(Concept::Acknowledgement) {
        let Some(option) = view.role(event, "option").filter(says_before) else { continue };
        let exclusive = view.role(event, "exclusive").is_some_and(|e| matches!(e.kind, MeaningKind::Boolean(true)));
        if exclusive || is_for_one_reader(event) || view.is_test_helper(event) {
            continue;
        }
        let Some((id, service)) = view.world.serving_services(event).into_iter().next() else { continue };
        let field = event.event.attribute("field").unwrap_or("");
        let finding = sink
            .at(option.span)
            .service(Some(id))
            .argument("worker", service.name.as_str())
            .argument("option", field);
        sink.report(match (event.event.attribute("mode"), field) {
            (Some("polled"), _) if stores_offsets(event) => continue,
            (Some("polled"), _) => finding.variant("kafka").level(Level::Info),
            (_, "ack_policy") => finding.variant("nats"),
            _ => finding,
        });
    }
}

/// The value that makes delivery count.
fn says_before(option: &Meaning) -> bool {
    match &option.kind {
        MeaningKind::Boolean(value) => *value,
        MeaningKind::Text(text) => text == "true",
        MeaningKind::Constant(name) => name.ends_with("AckPolicy::None"),
        _ => false,
    }
}

/// A queue that only this process reads, and that is gone with it: figures and logs that are fanned out.
fn is_for_one_reader(event: EventRef<'_>) -> bool {
    event.file.facts.calls.iter().any(|call| {
        call.function == event.event.function
            && call.callee.last() == "queue_declare"
            && call.arguments.iter().any(|a| {
                let text = format!("{:?}", a.value.kind);
                text.contains("\"exclusive\"") || text.contains("\"auto_delete\"")
            })
    })
}

/// With offsets that the program stores itself, only finished work is committed.
fn stores_offsets(event: EventRef<'_>) -> bool {
    event.file.facts.calls.iter().any(|call| {
        call.function == event.event.function
            && call.arguments.first().is_some_and(|a| a.value.as_text() == Some("enable.auto.offset.store"))
    })
}
