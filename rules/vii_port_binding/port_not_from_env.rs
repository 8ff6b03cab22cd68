//! `port-binding/port-not-from-env`: a server listens on a port that nobody can change from outside.

use crate::facts::code::Language;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::listen::Part;
use crate::world::{ServiceKind, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "port-binding/port-not-from-env",
    factor: Factor::PortBinding,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust), Need::Cargo],
    subject: SubjectKind::Service,
    page: include_str!("port_not_from_env.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some((_, service)) = view.service() else { return };
    if service.kind != ServiceKind::Web || service.dependency_roles.contains("serverless") {
        return;
    }
    let endpoints = view.endpoints();
    for endpoint in &endpoints {
        let Part::Literal(port, span) = &endpoint.port else { continue };
        // Port 0 asks the system for a free one.
        if port == "0" || endpoint.is_inward(&endpoints) {
            continue;
        }
        let mut finding = sink
            .at(*span)
            .argument("service", &service.name)
            .argument("port", port)
            .related(endpoint.event.name_span(), "bind")
            .because(format!("{} binds {port}", endpoint.event.callee()));
        if endpoint.helper {
            finding = finding.level(Level::Info);
        }
        sink.report(finding);
    }
}
