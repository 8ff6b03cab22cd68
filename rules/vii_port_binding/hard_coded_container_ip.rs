//! `port-binding/hard-coded-container-ip`: a consumer reaches its peer by the address of a private network.

use std::net::Ipv4Addr;

use crate::discover::role::Role;
use crate::facts::code::Language;
use crate::knowledge::Concept;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::{FileId, Span};
use crate::world::compose::{ComposeEnvironment, ComposeService, ServiceRole};
use crate::world::literal::{literal, part_of};
use crate::world::private_address::{is_host_of, private_address};
use crate::world::{Subject, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "port-binding/hard-coded-container-ip",
    factor: Factor::PortBinding,
    also: &[],
    level: Level::Error,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Compose, Need::Source(Language::Rust)],
    subject: SubjectKind::File,
    page: include_str!("hard_coded_container_ip.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Subject::File(file) = view.subject else { return };
    let environments = view.world.projects.iter().flat_map(|p| &p.environments);
    for environment in environments.filter(|e| e.role == Role::Production) {
        for service in environment.services.iter().filter(|s| s.role == ServiceRole::App) {
            in_environment(environment, service, file, sink);
        }
    }
    in_code(view, sink);
}

/// Variables of a service of ours.
fn in_environment(environment: &ComposeEnvironment, service: &ComposeService, file: FileId, sink: &mut Sink<'_>) {
    for entry in &service.environment {
        let Some(raw) = entry.raw.as_ref().filter(|raw| raw.span.file == file) else { continue };
        let Some(found) = private_address(&raw.value).filter(|_| !names_no_peer(&entry.name.value)) else { continue };
        let peer = peer_at(environment, found.address).filter(|p| p.0 != service.name.value);
        let in_project = environment.networks.iter().flat_map(|n| &n.subnets).find(|s| is_host_of(found.address, s.value.shown()));
        let finding = sink
            .at(part_of(raw.span, &raw.value, found.at.clone()))
            .argument("consumer", &service.name.value)
            .argument("address", found.address.to_string())
            .argument("variable", &entry.name.value);
        match (peer, in_project) {
            (Some((peer, span)), _) => {
                sink.report(finding.argument("peer", peer).related(span, "address"));
            }
            (None, Some(subnet)) => sink.report(finding.variant("subnet").related(subnet.span, "network")),
            // Outside the project's networks, only what is clearly an address to connect to.
            (None, None) if found.is_endpoint => {
                sink.report(finding.variant("private").level(Level::Warning).confidence(Confidence::Medium));
            }
            (None, None) => {}
        }
    }
}

/// The service with this fixed address, and where it is given.
fn peer_at(environment: &ComposeEnvironment, address: Ipv4Addr) -> Option<(&str, Span)> {
    let shown = address.to_string();
    environment.services.iter().find_map(|service| {
        let fixed = service.networks.iter().filter_map(|n| n.ipv4_address.as_ref());
        let found = fixed.into_iter().find(|a| a.value.shown() == shown)?;
        Some((service.name.value.as_str(), found.span))
    })
}

/// Addresses that are compared, bound, announced or asked for names: not those of a peer.
fn names_no_peer(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "TRUST", "ALLOW", "WHITELIST", "BLOCK", "DENY", "PROXIES", "NO_PROXY", "CIDR", "SUBNET", "NETWORK", "NETMASK",
        "BIND", "LISTEN", "DNS", "NAMESERVER", "ADVERTISE", "EXTERNAL", "PUBLIC", "GATEWAY", "INTERFACE", "EXCLUDE",
        "IGNORE", "NAT", "ORIGIN", "CORS", "RANGE", "POOL", "DEVICE", "RESOLVER",
    ];
    let name = name.to_ascii_uppercase();
    WORDS.iter().any(|word| name.contains(word))
}

/// Requests that the code of a service sends.
fn in_code(view: &View<'_>, sink: &mut Sink<'_>) {
    for event in view.events(Concept::ConnectionSink) {
        if event.event.attribute("service") != Some("http") || event.event.scope.debug_only || view.is_test_helper(event) {
            continue;
        }
        let Some((id, service)) = view.world.serving_services(event).into_iter().next() else { continue };
        let Some(address) = view.role(event, "address") else { continue };
        let Some(text) = literal(&address) else { continue };
        let Some(found) = private_address(&text.text).filter(|f| f.is_endpoint) else { continue };
        let finding = sink
            .at(text.span)
            .service(Some(id))
            .variant("code")
            .argument("consumer", service.name.as_str())
            .argument("address", found.address.to_string());
        sink.report(finding.level(Level::Warning));
    }
}
