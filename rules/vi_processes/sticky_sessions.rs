//! `processes/sticky-sessions`: requests of one user are sent to one process.

use crate::discover::role::Role;
use crate::rules::{Confidence, Factor, Finding, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::backing::{ImageClass, image_kind};
use crate::world::kubernetes::{Application, Service, Text, reference};
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "processes/sticky-sessions",
    factor: Factor::Processes,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Kubernetes, Need::Compose],
    subject: SubjectKind::Repository,
    page: include_str!("sticky_sessions.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for application in view.applications() {
        for service in application.services.iter().filter(|s| !is_backing(application, s)) {
            if let Some((span, value)) = &service.session_affinity
                && value.known() == Some("ClientIP")
            {
                let finding = sink.at(*span).argument("what", "sessionAffinity: ClientIP");
                let words = [service.name.shown()];
                report(finding.argument("service", service.name.shown()), &words, sink);
            }
            for (key, value) in service.annotations.iter().filter(|(k, v)| is_sticky(k, v)) {
                let finding = sink.at(key.span).argument("what", key.shown());
                let words = [service.name.shown(), value.shown()];
                report(finding.argument("service", service.name.shown()).variant("annotation"), &words, sink);
            }
        }
        for route in &application.routes {
            let backends = route.backends.iter().map(|b| b.service.shown());
            let mut words: Vec<String> = backends.chain(route.paths.iter().cloned()).collect();
            words.extend(route.annotations.iter().map(|(k, _)| k.shown()));
            words.push(route.name.shown());
            for (key, _) in route.annotations.iter().filter(|(k, v)| is_sticky(k, v)) {
                let finding = sink.at(key.span).argument("what", key.shown());
                report(finding.argument("service", route.name.shown()).variant("annotation"), &words, sink);
            }
            for (key, span) in &route.affinity {
                let finding = sink.at(*span).argument("what", key.clone());
                report(finding.argument("service", route.name.shown()).variant("route"), &words, sink);
            }
        }
    }
    let environments = view.world.projects.iter().flat_map(|p| &p.environments);
    for environment in environments.filter(|e| e.role == Role::Production) {
        for service in environment.services.iter().filter(|s| s.role.backing().is_none()) {
            for label in &service.labels {
                let value = label.value.as_ref().map_or("", |v| v.value.shown());
                if !is_sticky_label(&label.name.value, value) {
                    continue;
                }
                let finding = sink.at(label.name.span).argument("what", label.name.value.clone());
                let finding = finding.argument("service", service.name.value.clone()).variant("label");
                report(finding, &[service.name.value.clone(), label.name.value.clone()], sink);
            }
        }
    }
}

/// A connection that stays open cannot change its process; pinning it is part of its handshake more often than not.
fn report(finding: Finding, words: &[String], sink: &mut Sink<'_>) {
    let talks = ["websocket", "socket.io", "socketio", "signalr", "mcp"];
    let lower: Vec<String> = words.iter().map(|w| w.to_ascii_lowercase()).collect();
    let open = |w: &String| talks.iter().any(|t| w.contains(t)) || w.split(['/', '-', '_', '.']).any(|p| p == "ws");
    let streaming = lower.iter().any(open);
    sink.report(if streaming { finding.level(Level::Info) } else { finding });
}

/// True when the Service leads to somebody else's stateful system.
fn is_backing(application: &Application, service: &Service) -> bool {
    application.selected(service).flat_map(|w| &w.containers).any(|container| {
        let image = container.image.as_ref().and_then(reference);
        let kind = image.as_ref().and_then(image_kind);
        kind.is_some_and(|k| matches!(k.class, ImageClass::Backing | ImageClass::Tool))
    })
}

fn is_sticky(key: &Text, value: &Text) -> bool {
    let (Some(key), Some(value)) = (key.known(), value.known()) else { return false };
    if key == "alb.ingress.kubernetes.io/target-group-attributes" {
        return value.replace(' ', "").contains("stickiness.enabled=true");
    }
    let (Some((owner, name)), false) = (key.split_once('/'), matches!(value, "" | "false" | "none" | "None")) else {
        return false;
    };
    match name {
        "affinity" => matches!(value, "cookie" | "true") && owner.contains("ingress"),
        "cookie-based-affinity" => owner.starts_with("appgw."),
        "cookie-persistence" | "service.sticky.cookie" | "sticky-cookie-services" => true,
        _ => name.starts_with("service.sticky.cookie."),
    }
}

fn is_sticky_label(key: &str, value: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let part = key.split_once(".loadbalancer.sticky").map(|(_, rest)| rest);
    match part {
        Some("" | ".cookie") => value != "false",
        Some(rest) => rest.starts_with(".cookie.") && value != "false",
        None => key == "traefik.backend.loadbalancer.stickiness" && value != "false",
    }
}
