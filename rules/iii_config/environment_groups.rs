//! `config/environment-groups`: deploys are batched into named environments.

use crate::discover::role::Role;
use crate::facts::code::Language;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::baked::BakedKind;
use crate::world::settings_files::{SettingsPath, names_group};
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "config/environment-groups",
    factor: Factor::Config,
    also: &[],
    level: Level::Info,
    confidence: Confidence::Medium,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust), Need::Images, Need::Paths],
    subject: SubjectKind::Repository,
    page: include_str!("environment_groups.md"),
    check,
};

/// Variables that name a group. Those that frameworks use to optimise (`NODE_ENV`, `RAILS_ENV`) are none of ours.
const SELECTORS: &[&str] = &[
    "APP_ENV",
    "APP_ENVIRONMENT",
    "APP_PROFILE",
    "RUN_MODE",
    "RUN_ENV",
    "RUST_ENV",
    "ENVIRONMENT",
    "ROCKET_PROFILE",
    "SPRING_PROFILES_ACTIVE",
    "QUARKUS_PROFILE",
    "MICRONAUT_ENVIRONMENTS",
];

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let world = view.world;
    for source in view.settings_sources() {
        let SettingsPath::Chosen(before, read) = &source.path else { continue };
        let Some(variable) = &read.key else { continue };
        let service = source.service.and_then(|id| world.services.get(id.0));
        let files = world.group_files(service.map_or("", |s| s.folder.as_str()), before);
        if files.is_empty() {
            continue;
        }
        let mut groups: Vec<&str> = files.iter().map(|(group, _)| group.as_str()).collect();
        groups.sort_unstable();
        groups.dedup();
        let deployed = |g: &&&str| !matches!(**g, "development" | "dev" | "local");
        let several = groups.iter().filter(deployed).count() >= 2;
        let mut finding = sink
            .at(source.path_at)
            .service(source.service)
            .argument("variable", variable)
            .argument("groups", groups.join(", "))
            .level(if several { Level::Warning } else { Level::Info });
        for (_, file) in files.iter().take(4) {
            finding = finding.related(Span::whole(*file), "group");
        }
        sink.report(finding);
    }
    for image in world.images.iter().filter(|i| i.role == Role::Production) {
        for baked in world.baked(image.dockerfile).into_iter().filter(|b| b.shipped) {
            let BakedKind::Environment(name, value) = &baked.kind else { continue };
            if SELECTORS.contains(&name.as_str()) && value.split(',').any(|v| names_group(v.trim())) {
                let finding = sink.at(baked.span).service(world.service_of_image(image.dockerfile));
                sink.report(finding.argument("variable", name).argument("groups", value).variant("baked"));
            }
        }
    }
}
