//! `disposability/no-readiness-probe`: a Service sends requests to pods before they can answer.

use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "disposability/no-readiness-probe",
    factor: Factor::Disposability,
    also: &[],
    level: Level::Info,
    confidence: Confidence::High,
    grade: Grade::C,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Kubernetes, Need::Images],
    subject: SubjectKind::Repository,
    page: include_str!("no_readiness_probe.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for application in view.applications() {
        for workload in application.workloads.iter().filter(|w| w.complete && !w.kind.is_once()) {
            let Some(service) = application.services_of(workload).next() else { continue };
            // A side container answers no Service as long as another one does.
            let certain = |c: &&crate::world::kubernetes::Container| !c.open && !c.maybe && !c.ports.is_empty();
            if workload.containers.iter().any(|c| c.open || c.probes.iter().any(|p| p.kind == "readinessProbe")) {
                continue;
            }
            let own = workload.containers.iter().filter(certain);
            for container in own.filter(|c| view.world.dockerfile_of(c).is_some()) {
                let finding = sink.at(container.name.span).argument("container", container.name.shown());
                sink.report(finding.argument("service", service.name.shown()).related(service.name.span, "service"));
            }
        }
    }
}
