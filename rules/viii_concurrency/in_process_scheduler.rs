//! `concurrency/in-process-scheduler`: timed jobs run inside the process that serves.

use crate::facts::code::Language;
use crate::knowledge::Concept;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::literal::literal;
use crate::world::reach::chain;
use crate::world::view::Reach;
use crate::world::{EventRef, ServiceKind, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "concurrency/in-process-scheduler",
    factor: Factor::Concurrency,
    also: &[],
    level: Level::Info,
    confidence: Confidence::Medium,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust), Need::Cargo, Need::Images, Need::Compose],
    subject: SubjectKind::Service,
    page: include_str!("in_process_scheduler.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some((_, service)) = view.service().filter(|(_, s)| s.kind == ServiceKind::Web) else { return };
    // One process of all does the work.
    if !view.events(Concept::SharedLock).is_empty() {
        return;
    }
    let starts = view.server_starts();
    let Some(server) = starts.first() else { return };
    let found = view.events(Concept::SchedulerStart).into_iter().find(|event| {
        view.reach(*event) == Reach::Serving && !event.event.scope.debug_only && fixes_its_schedule(view, *event)
    });
    let Some(event) = found else { return };
    let mut finding = sink
        .at(event.name_span())
        .argument("service", service.name.as_str())
        .argument("library", event.event.attribute("library").unwrap_or("scheduler"))
        .related(server.event.name_span(), "server");
    if let Some(switch) = switch(view, event) {
        sink.report(finding.variant("switch").related(switch, "switch"));
        return;
    }
    let deployments = view.deployments();
    let replicas = deployments.iter().flat_map(|d| &d.workloads).filter_map(|w| w.replicas.as_ref()).find(|r| r.value > 1);
    if let Some(replicas) = replicas {
        finding = finding.variant("replicas").level(Level::Warning).argument("replicas", replicas.value.to_string());
        finding = finding.related(replicas.span, "replicas");
    }
    sink.report(finding);
}

/// A parser of schedules is a scheduler when the program itself says what to run when.
fn fixes_its_schedule(view: &View<'_>, event: EventRef<'_>) -> bool {
    event.event.attribute("needs") != Some("literal")
        || view.role(event, "schedule").is_some_and(|schedule| literal(&schedule).is_some())
}

/// A condition on the way from `main` to the scheduler: somebody can switch it off.
fn switch(view: &View<'_>, event: EventRef<'_>) -> Option<Span> {
    let (_, service) = view.service()?;
    let function = event.function()?;
    let code = &view.world.code;
    let steps = chain(&service.serving, function);
    let own = event.event.call.map(|call| (function, call));
    steps.into_iter().chain(own).find_map(|(from, call)| {
        let file = code.files.get(from.file)?;
        let call = file.facts.calls.get(call as usize).filter(|c| !c.conditions.is_empty())?;
        Some(Span::new(file.file, call.name_range))
    })
}
