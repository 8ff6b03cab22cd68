//! `build/self-modifying-at-run-time`: a running service gets new code for itself.

use crate::facts::code::{Call, Language};
use crate::facts::value::{Value, ValueKind};
use crate::knowledge::Concept;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::view::Reach;
use crate::world::{EventRef, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "build/self-modifying-at-run-time",
    factor: Factor::BuildReleaseRun,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::Medium,
    grade: Grade::B,
    // No hit on the projects it was measured on.
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust)],
    subject: SubjectKind::Service,
    page: include_str!("self_modifying_at_run_time.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    if !view.service().is_some_and(|(_, service)| service.kind.is_long_running()) {
        return;
    }
    let ours = |event: &EventRef<'_>| {
        let scope = event.event.scope;
        !scope.debug_only && !scope.conditional && view.reach(*event) != Reach::OtherCommand && !view.is_test_helper(*event)
    };
    for event in view.events(Concept::SelfUpdate).into_iter().filter(ours) {
        sink.report(sink.at(event.span()).argument("what", event.callee().replace("()", "")));
    }
    for event in view.events(Concept::ProcessSpawn).into_iter().filter(ours) {
        let Some(program) = view.role(event, "program") else { continue };
        let Some(program) = program.text() else { continue };
        let words = arguments(event);
        let installs = match program {
            // A folder of its own is data, not the program.
            "git" => words.first().is_some_and(|w| w == "pull") && !words.iter().any(|w| w == "-C"),
            "pip" | "pip3" | "npm" | "yarn" | "pnpm" | "gem" | "apt-get" | "apt" | "apk" | "dnf" => {
                words.iter().any(|w| matches!(w.as_str(), "install" | "add" | "ci" | "upgrade"))
            }
            "cargo" | "go" => words.first().is_some_and(|w| w == "install"),
            _ => false,
        };
        // Where else it works is unknown.
        let elsewhere = calls_on(event).any(|c| matches!(c.callee.last(), "current_dir"));
        if installs && !elsewhere {
            let shown = words.first().map_or_else(|| program.to_owned(), |w| format!("{program} {w}"));
            sink.report(sink.at(event.span()).argument("what", shown).variant("command"));
        }
    }
}

/// The calls of the chain that the command begins.
fn calls_on<'w>(event: EventRef<'w>) -> impl Iterator<Item = &'w Call> {
    let (start, function) = (event.event.range, event.event.function);
    event.file.facts.calls.iter().filter(move |c| c.function == function && c.range.start == start.start && c.range != start)
}

/// The words that are handed to the program.
fn arguments(event: EventRef<'_>) -> Vec<String> {
    let mut words = Vec::new();
    for call in calls_on(event).filter(|c| matches!(c.callee.last(), "arg" | "args")) {
        words.extend(call.arguments.iter().flat_map(|a| texts(&a.value)));
    }
    words
}

fn texts(value: &Value) -> Vec<String> {
    match &value.kind {
        ValueKind::Text(text) => vec![text.clone()],
        ValueKind::List(parts) => parts.iter().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}
