//! `backing/peer-service-host-literal`: the address of another service of this tree is compiled in.

use crate::facts::code::Language;
use crate::facts::value::ValueKind;
use crate::knowledge::Concept;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::address::{Fixed, address};
use crate::world::literal::is_developer_path;
use crate::world::view::Reach;
use crate::world::{ServiceKind, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "backing/peer-service-host-literal",
    factor: Factor::BackingServices,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::Medium,
    grade: Grade::B,
    // Too few hits on the projects it was measured on.
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust), Need::Compose],
    subject: SubjectKind::Service,
    page: include_str!("peer_service_host_literal.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some((_, service)) = view.service() else { return };
    if !service.kind.is_long_running() && service.kind != ServiceKind::Admin {
        return;
    }
    for event in view.events(Concept::ConnectionSink) {
        // What is no HTTP is a backing service, and another rule's matter.
        if event.event.attribute("service") != Some("http")
            || event.event.scope.debug_only
            || view.is_test_helper(event)
            || view.reach(event) == Reach::OtherCommand
        {
            continue;
        }
        let Some(found) = view.role(event, "address").and_then(|m| address(&m, false)) else { continue };
        let Some(declared) = view.world.peer(&found.locator.host) else { continue };
        let host = found.locator.host.as_str();
        let variable = format!("{}_URL", host.split('.').next().unwrap_or(host).to_ascii_uppercase().replace('-', "_"));
        let named_default = event.event.roles.values().any(|value| {
            matches!(&value.kind, ValueKind::Name(name) if name.last().starts_with("DEFAULT"))
        });
        let finding = sink
            .at(found.span)
            .argument("host", host)
            .argument("variable", variable)
            .related(event.name_span(), "sink")
            .related(declared, "declared");
        let finding = match found.fixed {
            Fixed::Fallback => finding.variant("fallback"),
            Fixed::Wholly | Fixed::Host => finding,
        };
        let developer = is_developer_path(&event.file.path, event.file.role);
        sink.report(if developer || named_default { finding.level(Level::Info) } else { finding });
    }
}
