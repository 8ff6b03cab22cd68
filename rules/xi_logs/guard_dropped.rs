//! `logs/guard-dropped`: the guard of a background log writer is dropped where it is made.

use crate::facts::code::{Discard, Language};
use crate::knowledge::Concept;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::{EventRef, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "logs/guard-dropped",
    factor: Factor::Logs,
    also: &[Factor::Disposability],
    level: Level::Error,
    confidence: Confidence::High,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust), Need::Cargo],
    subject: SubjectKind::Package,
    page: include_str!("guard_dropped.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for event in view.events(Concept::LogGuard) {
        let Some(guard) = discarded_guard(event).filter(|_| !view.is_test_helper(event)) else { continue };
        let finding = sink
            .at(Span::new(event.file.file, guard.range))
            .related(event.name_span(), "writer")
            .because("log-guard: discarded");
        if !guard.named {
            sink.report(finding);
        } else if let Some(function) = set_up_function(view, event) {
            sink.report(finding.variant("named").argument("function", function).level(Level::Warning));
        }
    }
}

/// The pattern for the guard, when nothing keeps what it takes.
fn discarded_guard<'w>(event: EventRef<'w>) -> Option<&'w Discard> {
    let part: u32 = event.event.attribute("part")?.parse().ok()?;
    let call = event.event.call?;
    event.file.facts.discards.iter().find(|d| d.call == call && d.part == part)
}

/// The name of the enclosing function, when it is over long before the program is: not `main`, and nothing is awaited
/// after the writer was made.
fn set_up_function(view: &View<'_>, event: EventRef<'_>) -> Option<String> {
    let function = view.world.code.function(event.function()?)?;
    let calls = &event.file.facts.calls;
    let later = calls.iter().filter(|c| c.function == event.event.function && c.range.start > event.event.range.start);
    let lives_on = function.name.value == "main"
        || later.into_iter().any(|c| c.awaited || c.in_closure || c.callee.as_str().ends_with("block_on"));
    (!lives_on).then(|| function.name.value.clone())
}
