//! `port-binding/loopback-bind`: a service that runs in a container listens where only the container itself can reach it.

use crate::facts::code::Language;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::listen::{Part, is_loopback};
use crate::world::{ServiceKind, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "port-binding/loopback-bind",
    factor: Factor::PortBinding,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::Medium,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust), Need::Cargo],
    subject: SubjectKind::Service,
    page: include_str!("loopback_bind.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some((_, service)) = view.service() else { return };
    if service.kind != ServiceKind::Web {
        return;
    }
    let Some(image) = view.image_recipe() else { return };
    for endpoint in view.endpoints() {
        let Part::Literal(host, span) = &endpoint.host else { continue };
        // Port 0 asks the system for a free one: a helper of the program itself.
        let free_port = matches!(&endpoint.port, Part::Literal(port, _) if port == "0");
        if !is_loopback(host) || free_port || endpoint.helper {
            continue;
        }
        let finding = sink
            .at(*span)
            .argument("service", &service.name)
            .argument("host", host)
            .related(endpoint.event.name_span(), "bind")
            .related(crate::source::Span::whole(image), "image")
            .because(format!("{} binds {host}", endpoint.event.callee()));
        sink.report(finding);
    }
}
