//! `port-binding/host-network`: a service gives up the port space of its own.

use crate::discover::role::Role;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::compose::ServiceRole;
use crate::world::image::names_development;
use crate::world::kubernetes::WorkloadKind;
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "port-binding/host-network",
    factor: Factor::PortBinding,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::Medium,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Kubernetes, Need::Compose, Need::Images],
    subject: SubjectKind::Repository,
    page: include_str!("host_network.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for application in view.applications() {
        for workload in application.workloads.iter().filter(|w| w.kind != WorkloadKind::DaemonSet) {
            let Some(span) = workload.host_network else { continue };
            let own = workload.containers.iter().any(|c| view.world.dockerfile_of(c).is_some());
            if !own || workload.all_containers().any(|c| c.privileged) {
                continue;
            }
            sink.report(sink.at(span).argument("service", workload.name.shown()).variant("pod"));
        }
    }
    let environments = view.world.projects.iter().flat_map(|p| &p.environments);
    for environment in environments.filter(|e| e.role == Role::Production) {
        for service in environment.services.iter().filter(|s| s.role == ServiceRole::App && !s.privileged) {
            let Some(mode) = service.network_mode.as_ref().filter(|m| m.value.shown() == "host") else { continue };
            let development = names_development(&service.name.value)
                || service.profiles.iter().any(|p| names_development(p.value.shown()));
            if development || view.world.extends_foreign_program(service) {
                continue;
            }
            let finding = sink.at(mode.span).argument("service", &service.name.value);
            sink.report(match service.ports.first() {
                Some(port) => finding
                    .variant("ports")
                    .level(Level::Error)
                    .confidence(Confidence::High)
                    .argument("port", port.raw.shown())
                    .related(port.span, "ports"),
                None => finding,
            });
        }
    }
}
