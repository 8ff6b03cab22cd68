//! `concurrency/scale-blocker`: a declared number of replicas that cannot start.

use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::compose::{ComposeService, Port};
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "concurrency/scale-blocker",
    factor: Factor::Concurrency,
    also: &[],
    level: Level::Error,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Compose],
    subject: SubjectKind::Project,
    page: include_str!("scale_blocker.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some(project) = view.project() else { return };
    for service in project.environments.iter().flat_map(|e| &e.services) {
        let Some(replicas) = service.replicas.as_ref().filter(|r| r.value > 1) else { continue };
        let mut report = |span: Span, variant: &'static str, detail: &str, confidence: Confidence| {
            let finding = sink
                .at(span)
                .variant(variant)
                .argument("service", &service.name.value)
                .argument("replicas", replicas.value.to_string())
                .argument("detail", detail)
                .confidence(confidence)
                .related(replicas.span, "replicas");
            sink.report(finding);
        };
        if let Some(name) = &service.container_name {
            report(name.span, "name", name.value.shown(), Confidence::High);
        }
        if let Some(mode) = service.network_mode.as_ref().filter(|m| m.value.shown() == "host") {
            // A worker on the host's network asks for no port.
            report(mode.span, "host", "host", Confidence::Medium);
        }
        if may_be_swarm(service) {
            continue;
        }
        for port in service.ports.iter().filter(|p| is_too_narrow(p, replicas.value)) {
            report(port.span, "port", &port.raw.raw, Confidence::High);
        }
    }
}

/// True when the port on the host is fixed and there are fewer of them than replicas.
fn is_too_narrow(port: &Port, replicas: i64) -> bool {
    let count = port.published.map_or(0, |range| i64::from(range.count()));
    port.is_published_fixed() && count > 0 && count < replicas && port.mode.as_deref() != Some("ingress")
}

/// Swarm publishes one port for all replicas. A stack can build nothing, and names no containers.
fn may_be_swarm(service: &ComposeService) -> bool {
    service.deploy_mode.is_some() || service.endpoint_mode.is_some() || !is_compose_only(service)
}

/// True when the service uses keys that a swarm stack refuses or ignores, so that the file is for Compose itself.
fn is_compose_only(service: &ComposeService) -> bool {
    service.build.is_some() || service.container_name.is_some() || !service.links.is_empty()
}
