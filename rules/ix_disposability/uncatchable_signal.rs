//! `disposability/uncatchable-signal`: a handler for a signal that no program can catch.

use crate::facts::code::Language;
use crate::facts::value::{Value, ValueKind};
use crate::knowledge::Concept;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::{ByteRange, FileId, Span};
use crate::world::{Subject, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "disposability/uncatchable-signal",
    factor: Factor::Disposability,
    also: &[],
    level: Level::Info,
    confidence: Confidence::High,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust), Need::Images],
    subject: SubjectKind::File,
    page: include_str!("uncatchable_signal.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for event in view.events(Concept::SignalHandler) {
        let Some(value) = event.event.role("signal") else { continue };
        let mut found = Vec::new();
        collect(value, &mut found);
        for (range, signal) in found {
            // A constant of this file may stand elsewhere; the call is where it is used.
            let within = event.event.range.contains(range);
            let span = if within { Span::new(event.file.file, range) } else { event.name_span() };
            let panics = event.callee().contains("signal_hook");
            let variant = if panics { "panics" } else { "" };
            sink.report(sink.at(span).variant(variant).argument("signal", signal).argument("api", event.callee()));
        }
    }
    let Subject::File(file) = view.subject else { return };
    in_script(view, file, sink);
}

/// `trap … KILL` of scripts that are shipped.
fn in_script(view: &View<'_>, file: FileId, sink: &mut Sink<'_>) {
    for (span, written) in view.world.trapped_signals(file) {
        if let Some(signal) = name_of(written) {
            sink.report(sink.at(span).variant("trap").argument("signal", signal).argument("api", "trap"));
        }
    }
}

/// The signals that nothing can catch among the names and numbers of a value, each at its place.
fn collect(value: &Value, found: &mut Vec<(ByteRange, &'static str)>) {
    let name = match &value.kind {
        ValueKind::Name(name) => name_of(name.last().trim_start_matches('?')),
        ValueKind::Integer(number) => name_of(&number.to_string()),
        _ => None,
    };
    found.extend(name.map(|name| (value.range, name)));
    value.parts().into_iter().for_each(|part| collect(part, found));
}

fn name_of(signal: &str) -> Option<&'static str> {
    match signal {
        "SIGKILL" | "KILL" | "9" => Some("SIGKILL"),
        "SIGSTOP" | "STOP" | "19" => Some("SIGSTOP"),
        _ => None,
    }
}
