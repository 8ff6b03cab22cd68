//! `port-binding/port-mismatch`: two places that must name the same port do not.

use crate::discover::role::Role;
use crate::facts::code::Language;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::compose::ServiceRole;
use crate::world::kubernetes::{Application, ApplicationKind, Container, Service, VariableValue, Workload};
use crate::world::port_chain::{BoundPort, bound_port};
use crate::world::services::ServiceId;
use crate::world::{Subject, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "port-binding/port-mismatch",
    factor: Factor::PortBinding,
    also: &[],
    level: Level::Error,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust), Need::Cargo, Need::Images, Need::Compose, Need::Kubernetes],
    subject: SubjectKind::Repository,
    page: include_str!("port_mismatch.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for application in view.applications() {
        for service in &application.services {
            of_service(view, application, service, sink);
        }
        for workload in application.workloads.iter().filter(|w| w.complete) {
            of_workload(view, workload, sink);
        }
        routes(application, sink);
    }
    for id in 0..view.world.services.len() {
        let one = View { world: view.world, subject: Subject::Service(ServiceId(id)), needs: view.needs };
        if let Some(bound) = bound_port(&one) {
            of_code(&one, &bound, sink);
        }
    }
}

/// `targetPort` against the ports of the pods that a Service selects.
fn of_service(view: &View<'_>, application: &Application, service: &Service, sink: &mut Sink<'_>) {
    let selected: Vec<&Workload> = application.selected(service).collect();
    if selected.is_empty() {
        return selects_nothing(view, application, service, sink);
    }
    let certain = |w: &&Workload| w.complete && w.containers.iter().all(|c| !c.ports_open && !c.maybe);
    if !selected.iter().all(certain) {
        return;
    }
    for port in &service.ports {
        let Some(target) = port.target.as_ref().or(port.port.as_ref()) else { continue };
        let Some(text) = target.known() else { continue };
        let ports: Vec<_> = selected.iter().flat_map(|w| &w.containers).flat_map(|c| &c.ports).collect();
        let named = text.parse::<u16>().is_err();
        let fits = ports.iter().any(|p| {
            let said = if named { p.name.as_ref() } else { p.number.as_ref() };
            said.is_some_and(|s| s.raw == text || s.known().is_none())
        });
        // A number that no container announces may be bound all the same; among several it is anybody's guess.
        let announced = ports.len() == 1 && selected.iter().all(|w| w.containers.len() == 1);
        if fits || !(named || announced) {
            continue;
        }
        let finding = sink.at(target.span).argument("target", text).argument("service", service.name.shown());
        let finding = ports.iter().fold(finding, |f, p| f.related(p.number.as_ref().map_or(p.span, |n| n.span), "announced"));
        sink.report(match named {
            true => finding.variant("name"),
            false => finding.variant("target").level(Level::Warning).argument("port", ports.first().and_then(|p| p.number.as_ref()).map_or(String::new(), |n| n.shown())),
        });
    }
}

/// A Service that leads nowhere, where the whole of what is applied together is known.
fn selects_nothing(view: &View<'_>, application: &Application, service: &Service, sink: &mut Sink<'_>) {
    let Some(selector) = service.selector.as_ref().filter(|s| !s.open && !s.pairs.is_empty()) else { return };
    if application.kind == ApplicationKind::Chart || !application.complete || application.workloads.is_empty() {
        return;
    }
    let may = |w: &Workload| w.labels.selected_by(selector) != Some(false);
    // A namespace of its own may hold pods that others run.
    if service.namespace.is_some() {
        return;
    }
    let applications = &view.world.applications;
    if applications.iter().flat_map(|a| &a.workloads).any(may) {
        return;
    }
    let Some(span) = selector.span else { return };
    let finding = sink.at(span).variant("selector").level(Level::Info).confidence(Confidence::Medium);
    sink.report(finding.argument("service", service.name.shown()));
}

/// Probes that name a port which is not there, and `PORT` against the announced port.
fn of_workload(view: &View<'_>, workload: &Workload, sink: &mut Sink<'_>) {
    for container in workload.containers.iter().filter(|c| !c.ports_open && !c.maybe) {
        for probe in container.probes.iter().filter(|p| p.own_host) {
            let Some(port) = &probe.port else { continue };
            let Some(name) = port.known().filter(|n| n.parse::<u16>().is_err()) else { continue };
            if !container.ports.iter().any(|p| p.name.as_ref().is_some_and(|n| n.raw == name || n.known().is_none())) {
                let finding = sink.at(port.span).variant("probe").argument("name", name);
                sink.report(finding.argument("probe", &probe.kind).argument("container", container.name.shown()));
            }
        }
        if view.world.dockerfile_of(container).is_some() {
            told_port(container, sink);
        }
    }
}

fn told_port(container: &Container, sink: &mut Sink<'_>) {
    let Some(variable) = container.variable("PORT") else { return };
    let VariableValue::Literal(value) = &variable.value else { return };
    let Some(told) = value.known().filter(|v| v.parse::<u16>().is_ok()) else { return };
    let numbers: Option<Vec<&str>> = container.ports.iter().map(|p| p.number.as_ref()?.known()).collect();
    let Some(numbers) = numbers.filter(|n| !n.is_empty() && !n.contains(&told)) else { return };
    let Some(first) = container.ports.first().and_then(|p| p.number.as_ref()) else { return };
    let finding = sink.at(first.span).variant("variable").level(Level::Warning).related(value.span, "variable");
    sink.report(finding.argument("port", numbers.join(", ")).argument("told", told).argument("container", container.name.shown()));
}

/// Routes whose Service has no such port.
fn routes(application: &Application, sink: &mut Sink<'_>) {
    for route in &application.routes {
        for backend in &route.backends {
            let Some(service) = application.services.iter().find(|s| s.name.same(&backend.service.raw)) else { continue };
            let Some(port) = &backend.port else { continue };
            let Some(wanted) = port.known() else { continue };
            let named = wanted.parse::<u16>().is_err();
            let known = |p: &crate::world::kubernetes::ServicePort| {
                let said = if named { p.name.as_ref() } else { p.port.as_ref() };
                said.is_some_and(|s| s.raw == wanted || s.known().is_none())
            };
            if service.ports.is_empty() || service.ports.iter().any(known) {
                continue;
            }
            let numbers: Vec<String> = service.ports.iter().filter_map(|p| Some(p.port.as_ref()?.shown())).collect();
            let finding = sink.at(port.span).variant("route").argument("route", format!("{} `{}`", route.kind, route.name.shown()));
            let finding = finding.argument("port", wanted).argument("service", service.name.shown());
            sink.report(finding.argument("ports", numbers.join(", ")).related(service.span, "service"));
        }
    }
}

/// What manifests announce and publish against the port that the code binds.
fn of_code(view: &View<'_>, bound: &BoundPort, sink: &mut Sink<'_>) {
    let level = if bound.fixed { Level::Error } else { Level::Warning };
    for deployment in view.deployments() {
        for own in view.containers_of(deployment.image.dockerfile) {
            let (container, ports) = (own.container, &own.container.ports);
            let Some(port) = bound.port_in(container) else { continue };
            let numbers: Option<Vec<&str>> = ports.iter().map(|p| p.number.as_ref()?.known()).collect();
            let Some(numbers) = numbers.filter(|n| !n.is_empty() && !n.contains(&port.as_str())) else { continue };
            let Some(first) = ports.first().and_then(|p| p.number.as_ref()).filter(|_| !container.ports_open) else { continue };
            let finding = sink.at(first.span).level(level).argument("port", numbers.join(", ")).argument("bound", port);
            sink.report(finding.argument("container", container.name.shown()).related(bound.span, "bound"));
        }
        for service in deployment.workloads.iter().filter(|s| s.role == ServiceRole::App && s.network_mode.is_none()) {
            let Some(port) = bound.port_in_compose(service, &deployment) else { continue };
            let targets: Option<Vec<u16>> = service.ports.iter().map(|p| p.target.filter(|t| t.start == t.end).map(|t| t.start)).collect();
            let Some(targets) = targets.filter(|t| !t.is_empty() && !t.iter().any(|t| t.to_string() == port)) else { continue };
            let Some(first) = service.ports.first() else { continue };
            let said = targets.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
            let finding = sink.at(first.span).variant("published").level(level).argument("port", said).argument("bound", port);
            sink.report(finding.argument("container", service.name.value.clone()).related(bound.span, "bound"));
        }
        let image = (deployment.image.role == Role::Production && bound.fixed).then_some(deployment.built);
        let exposed: Option<Vec<(&str, _)>> = image.and_then(|b| b.expose.iter().map(|e| Some((e.value.as_deref()?, e.span))).collect());
        let number = |text: &str| text.split('/').next().unwrap_or("").to_owned();
        if let Some(exposed) = exposed.filter(|e| !e.is_empty() && !e.iter().any(|(t, _)| number(t) == bound.port || t.contains('-')))
            && let Some((text, span)) = exposed.first()
        {
            let finding = sink.at(*span).variant("expose").level(Level::Warning).argument("port", number(text));
            sink.report(finding.argument("bound", &bound.port).related(bound.span, "bound"));
        }
    }
}
