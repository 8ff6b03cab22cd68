//! `disposability/signals-disabled`: the server's own signal handling is off, and nothing stands in for it.

use crate::facts::code::Language;
use crate::knowledge::Concept;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::view::Reach;
use crate::world::{ServiceKind, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "disposability/signals-disabled",
    factor: Factor::Disposability,
    also: &[],
    level: Level::Error,
    confidence: Confidence::High,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust), Need::Cargo],
    subject: SubjectKind::Service,
    page: include_str!("signals_disabled.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some((_, service)) = view.service() else { return };
    if service.kind != ServiceKind::Web || view.may_be_stopped_otherwise() {
        return;
    }
    // Any handler, and any call that stops a server, may be the replacement.
    if !view.signal_handlers().is_empty() || !view.events(Concept::GracefulShutdown).is_empty() {
        return;
    }
    for event in view.events(Concept::SignalsDisabled) {
        if view.reach(event) != Reach::Serving || event.event.scope.not_unix {
            continue;
        }
        let switched = event.call().is_some_and(|c| !c.conditions.is_empty());
        let finding = sink
            .at(event.name_span())
            .argument("framework", event.event.attribute("framework").unwrap_or("the server"))
            .because("no handler, no stop");
        sink.report(if switched { finding.level(Level::Warning) } else { finding });
    }
}
