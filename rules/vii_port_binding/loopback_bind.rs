//! `port-binding/loopback-bind`: a service that runs in a container listens where only the container itself can reach it.

use crate::facts::code::Language;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::deployed::Deployment;
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
    let deployments = view.deployments();
    let Some(image) = deployments.first().map(|d| d.image.dockerfile).or_else(|| view.image_recipe()) else {
        return;
    };
    if deployments.iter().any(Deployment::shares_network) {
        return;
    }
    let published = deployments.iter().find_map(Deployment::published);
    let endpoints = view.endpoints();
    for endpoint in &endpoints {
        // Port 0 asks the system for a free one: a helper of the program itself.
        let free_port = matches!(&endpoint.port, Part::Literal(port, _) if port == "0");
        if free_port || endpoint.helper || endpoint.is_inward(&endpoints) {
            continue;
        }
        let finding = match &endpoint.host {
            Part::Literal(host, span) if is_loopback(host) => {
                let finding = sink.at(*span).argument("host", host);
                if published.is_some() { finding.level(Level::Error).confidence(Confidence::High) } else { finding }
            }
            Part::Configured(Some(key), Some((host, span)))
                if is_loopback(host)
                    && is_left_unset(key, &deployments)
                    && !view.may_be_set_elsewhere(key) =>
            {
                sink.at(*span).argument("host", host).argument("name", key).variant("default")
            }
            _ => continue,
        };
        let finding = finding
            .argument("service", &service.name)
            .related(endpoint.event.name_span(), "bind")
            .because(format!("{} binds a loopback address", endpoint.event.callee()));
        sink.report(match published {
            Some(span) => finding.related(span, "published"),
            None => finding.related(Span::whole(image), "image"),
        });
    }
}

/// True when the images are known, and neither they nor the compose services that run them set `key`.
fn is_left_unset(key: &str, deployments: &[Deployment<'_>]) -> bool {
    !deployments.is_empty() && deployments.iter().all(|d| d.variable(key).is_none() && d.environment_complete())
}
