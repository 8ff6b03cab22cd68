//! `disposability/unreachable-shutdown`: signals are set up only after the server has stopped.

use crate::facts::code::{Call, Language};
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::{EventRef, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "disposability/unreachable-shutdown",
    factor: Factor::Disposability,
    also: &[],
    level: Level::Error,
    confidence: Confidence::High,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust), Need::Cargo],
    subject: SubjectKind::Service,
    page: include_str!("unreachable_shutdown.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let starts = view.server_starts();
    for (handler, _) in view.signal_handlers() {
        for start in &starts {
            let Some(serve) = waits(start.event) else { continue };
            let same = start.event.at == handler.at
                && handler.event.function.is_some()
                && start.event.event.function == handler.event.function;
            let Some(call) = handler.call().filter(|_| same) else { continue };
            if call.range.start < serve.range.end || !always_runs_first(serve, call) {
                continue;
            }
            let finding = sink
                .at(handler.name_span())
                .argument("api", handler.callee().trim_start_matches('?'))
                .related(Span::new(start.event.file.file, serve.name_range), "serve");
            // A server that drains by itself loses nothing; the line is dead all the same.
            let drains = start.event.event.attribute("drains") == Some("yes");
            sink.report(if drains { finding.variant("dead").level(Level::Info) } else { finding });
            break;
        }
    }
}

/// The awaited call that a server start is, or is part of: the function goes on only when it returns.
fn waits(start: EventRef<'_>) -> Option<&Call> {
    let own = start.call()?;
    let calls = start.file.facts.calls.iter();
    let around = calls.filter(|c| {
        c.awaited && c.function == own.function && c.range.contains(own.range) && !c.in_closure && !c.in_select
    });
    around.min_by_key(|c| c.range.len())
}

/// No branch leads around the server to the handler.
fn always_runs_first(serve: &Call, handler: &Call) -> bool {
    let within = |outer: &[String], inner: &[String]| inner.len() >= outer.len() && inner.ends_with(outer);
    within(&serve.conditions, &handler.conditions) && within(&serve.arms, &handler.arms)
}
