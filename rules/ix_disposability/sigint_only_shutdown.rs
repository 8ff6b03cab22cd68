//! `disposability/sigint-only-shutdown`: shutdown reacts to Ctrl-C and not to what platforms send.

use crate::facts::code::Language;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::knowledge::Concept;
use crate::world::deployed::Deployment;
use crate::world::shutdown::Drain;
use crate::world::view::Reach;
use crate::world::{ServiceKind, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "disposability/sigint-only-shutdown",
    factor: Factor::Disposability,
    also: &[],
    level: Level::Error,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust), Need::Cargo],
    subject: SubjectKind::Service,
    page: include_str!("sigint_only_shutdown.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some((_, service)) = view.service() else { return };
    if service.kind != ServiceKind::Web {
        return;
    }
    let handlers = view.signal_handlers();
    if handlers.iter().any(|(_, signals)| signals.terminate) {
        return;
    }
    let deployments = view.deployments();
    if deployments.iter().any(|d| d.stop_signal().is_some_and(|s| matches!(s, "SIGINT" | "INT" | "2"))) {
        return;
    }
    if view.may_be_stopped_otherwise() || deployments.iter().any(Deployment::rewrites_signals) {
        return;
    }
    let starts = view.server_starts();
    // A framework that stops on SIGTERM by itself needs no handler of ours, unless its own is switched off.
    let by_itself = starts.iter().any(|s| matches!(s.drain, Drain::Framework));
    if by_itself && view.events(Concept::SignalsDisabled).is_empty() {
        return;
    }
    let first = handlers
        .iter()
        .find(|(event, signals)| signals.interrupt && view.reach(*event) == Reach::Serving && !event.event.scope.debug_only);
    let Some((handler, _)) = first else { return };
    let variant = if handler.event.attribute("feature").is_some() { "feature" } else { "" };
    let mut finding = sink
        .at(handler.name_span())
        .argument("api", handler.callee().trim_start_matches('?'))
        .argument("library", handler.event.attribute("library").unwrap_or(""))
        .argument("feature", handler.event.attribute("feature").unwrap_or(""))
        .variant(variant)
        .because("no handler of SIGTERM");
    if let Some(start) = starts.first() {
        finding = finding.related(start.event.name_span(), "server");
    }
    // Outside a container the terminal's signal may be all that is wanted.
    if deployments.is_empty() && view.image_recipe().is_none() {
        finding = finding.level(Level::Warning);
    }
    sink.report(finding);
}
