//! `port-binding/legacy-links`: a compose service finds its peers by `links`.

use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::compose::ComposeService;
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "port-binding/legacy-links",
    factor: Factor::PortBinding,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Compose],
    subject: SubjectKind::Project,
    page: include_str!("legacy_links.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some(project) = view.project() else { return };
    for service in project.environments.iter().flat_map(|e| &e.services) {
        for (links, external) in [(&service.links, false), (&service.external_links, true)] {
            let Some(first) = links.first() else { continue };
            let alias = links.iter().find_map(|l| l.alias.as_ref());
            let variant = match (external, on_default_bridge(service), alias) {
                (true, ..) => "external",
                (_, true, _) => "bridge",
                (_, _, Some(_)) => "alias",
                _ => "",
            };
            let mut finding = sink
                .at(first.target.span)
                .variant(variant)
                .argument("service", &service.name.value)
                .argument("peer", &first.target.value)
                .argument("alias", alias.map_or("", |a| a.value.as_str()));
            for other in links.iter().skip(1) {
                finding = finding.related(other.target.span, "other");
            }
            // A second name on networks that are declared is no discovery.
            let renames = variant == "alias" && !service.networks.is_empty();
            sink.report(if renames { finding.level(Level::Info) } else { finding });
        }
    }
}

/// On the engine's own network no names resolve without links.
fn on_default_bridge(service: &ComposeService) -> bool {
    service.network_mode.as_ref().is_some_and(|m| m.value.shown() == "bridge")
}
