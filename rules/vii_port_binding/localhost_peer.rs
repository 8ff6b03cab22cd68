//! `port-binding/localhost-peer`: a compose service is told to reach a sibling on `localhost`.

use crate::discover::role::Role;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::compose::{ComposeEnvironment, ComposeService, ServiceRole};
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "port-binding/localhost-peer",
    factor: Factor::PortBinding,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::Medium,
    grade: Grade::C,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Compose],
    subject: SubjectKind::Project,
    page: include_str!("localhost_peer.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some(project) = view.project() else { return };
    for environment in project.environments.iter().filter(|e| e.role == Role::Production) {
        for service in environment.services.iter().filter(|s| s.role == ServiceRole::App && !shares_network(s)) {
            for entry in service.environment.iter().filter(|e| !is_for_others(&e.name.value)) {
                let Some(port) = entry.value.as_deref().and_then(local_port) else { continue };
                let Some((peer, place)) = server_of(environment, service, port) else { continue };
                let at = entry.raw.as_ref().map_or(entry.name.span, |raw| raw.span);
                let finding = sink
                    .at(at)
                    .argument("service", &service.name.value)
                    .argument("peer", peer)
                    .argument("port", port.to_string())
                    .argument("variable", &entry.name.value);
                sink.report(finding.related(place, "peer"));
            }
        }
    }
}

/// Containers that share a network of another kind share its `localhost` too.
fn shares_network(service: &ComposeService) -> bool {
    service.network_mode.is_some()
}

/// Addresses that are handed to browsers and other outsiders.
fn is_for_others(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "EXTERNAL", "PUBLIC", "ORIGIN", "CORS", "ADVERTISED", "CALLBACK", "REDIRECT", "BASE_URL", "SITE", "FRONTEND",
        "STATSD", "DOMAIN", "STATIC", "CDN", "ASSET", "ALLOWED", "WEB_URL", "APP_URL", "HEALTH", "LISTEN", "BIND", "NEXT_", "VITE_", "REACT_",
    ];
    let name = name.to_ascii_uppercase();
    WORDS.iter().any(|word| name.contains(word))
}

/// The port behind `localhost` or `127.0.0.1`.
fn local_port(value: &str) -> Option<u16> {
    let at = ["localhost:", "127.0.0.1:"].iter().find_map(|host| value.find(host).map(|at| at + host.len()))?;
    let digits: String = value.get(at..)?.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// Another service that listens on `port` inside its container.
fn server_of<'p>(environment: &'p ComposeEnvironment, own: &ComposeService, port: u16) -> Option<(&'p str, Span)> {
    let serves = |s: &ComposeService| {
        s.ports.iter().any(|p| p.target.is_some_and(|t| (t.start..=t.end).contains(&port)))
            || s.role.backing().is_some_and(|kind| kind.port == Some(port))
    };
    let own_port = serves(own) || own.expose.iter().any(|e| e.value.shown() == port.to_string());
    let mut peers = environment.services.iter().filter(|s| s.name.value != own.name.value && serves(s));
    let peer = peers.next().filter(|_| !own_port)?;
    Some((peer.name.value.as_str(), peer.name.span))
}
