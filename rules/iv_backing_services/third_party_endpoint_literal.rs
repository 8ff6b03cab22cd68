//! `backing/third-party-endpoint-literal`: the address of somebody else's service is compiled in.

use std::collections::BTreeSet;

use crate::facts::code::Language;
use crate::knowledge::Concept;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::address::{Fixed, address};
use crate::world::locator::{HostKind, host_kind};
use crate::world::view::Reach;
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "backing/third-party-endpoint-literal",
    factor: Factor::BackingServices,
    also: &[],
    level: Level::Info,
    confidence: Confidence::Medium,
    grade: Grade::C,
    // A matter of taste: it never gates.
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust), Need::Compose],
    subject: SubjectKind::Service,
    page: include_str!("third_party_endpoint_literal.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    if !view.service().is_some_and(|(_, service)| service.kind.is_long_running()) {
        return;
    }
    let mut seen = BTreeSet::new();
    for event in view.events(Concept::ConnectionSink) {
        if event.event.attribute("service") != Some("http")
            || event.event.scope.debug_only
            || view.is_test_helper(event)
            || view.reach(event) == Reach::OtherCommand
        {
            continue;
        }
        let Some(found) = view.role(event, "address").and_then(|m| address(&m, false)) else { continue };
        let host = found.locator.host.as_str();
        let public = host.contains('.') && host_kind(host) == HostKind::Remote && view.world.peer(host).is_none();
        let web = matches!(found.locator.scheme.as_str(), "http" | "https");
        // One for each host says enough.
        if !public || !web || found.fixed == Fixed::Fallback || !seen.insert(host.to_owned()) {
            continue;
        }
        sink.report(sink.at(found.span).argument("host", host).related(event.name_span(), "sink"));
    }
}
