//! `admin/http-trigger`: a request can migrate the database.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::code::Language;
use crate::knowledge::Concept;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::{FunctionRef, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "admin/http-trigger",
    factor: Factor::AdminProcesses,
    also: &[],
    level: Level::Info,
    confidence: Confidence::Medium,
    grade: Grade::C,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust), Need::Cargo],
    subject: SubjectKind::Service,
    page: include_str!("http_trigger.md"),
    check,
};

/// Calls that are followed upwards.
const DEEPEST: usize = 6;

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let mut handlers: BTreeMap<FunctionRef, Span> = BTreeMap::new();
    for event in view.events(Concept::RequestData) {
        if let Some(function) = event.function().filter(|_| event.event.call.is_none()) {
            handlers.entry(function).or_insert(event.name_span());
        }
    }
    for concept in [Concept::SchemaMigration, Concept::SchemaSync] {
        for event in view.events(concept) {
            let Some(function) = event.function() else { continue };
            let Some(handler) = handler_above(view, &handlers, function) else { continue };
            sink.report(sink.at(event.name_span()).related(handler, "handler"));
        }
    }
}

/// The handler that `function` is, or from which calls lead to it.
fn handler_above(
    view: &View<'_>,
    handlers: &BTreeMap<FunctionRef, Span>,
    function: FunctionRef,
) -> Option<Span> {
    let mut seen = BTreeSet::from([function]);
    let mut level = vec![function];
    for _ in 0..DEEPEST {
        if let Some(found) = level.iter().find_map(|f| handlers.get(f)) {
            return Some(*found);
        }
        let calls = level.iter().flat_map(|f| view.world.code.calls_of(*f));
        let callers = calls.filter_map(|(at, call)| {
            let call = view.world.code.call(at, call)?;
            Some(FunctionRef { file: at, function: call.function.filter(|_| !call.scope.test)? })
        });
        level = callers.filter(|caller| seen.insert(*caller)).collect();
    }
    None
}
