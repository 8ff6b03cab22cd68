//! `parity/backing-service-type-skew`: development or tests use another kind of backing service than production.

use crate::discover::role::Role;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::stores::{Store, Stores};
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "parity/backing-service-type-skew",
    factor: Factor::DevProdParity,
    also: &[Factor::BackingServices],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Compose, Need::Dotenv, Need::Pipelines, Need::Cargo, Need::Requirements],
    subject: SubjectKind::Repository,
    page: include_str!("backing_service_type_skew.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let stores = view.world.stores();
    for family in stores.families() {
        let of_family = || stores.all.iter().filter(move |s| s.family == family);
        let production: Vec<&Store> = of_family().filter(|s| s.role == Role::Production).collect();
        // Several kinds in production are variants to choose from, or different services: nothing to compare with.
        let Some(first) = production.first() else { continue };
        if production.iter().any(|s| s.kind != first.kind) || stores.offers_choice(view.world, family) {
            continue;
        }
        for other in of_family().filter(|s| matches!(s.role, Role::Dev | Role::Test | Role::Ci)) {
            if other.kind == first.kind || is_matched(&stores, other, first) {
                continue;
            }
            let finding = sink
                .at(other.span)
                .argument("here", other.kind.clone())
                .argument("production", first.kind.clone())
                .argument("environment", environment(other.role))
                .related(first.span, "production");
            sink.report(match is_near(&other.kind, &first.kind) {
                true => finding.level(Level::Info).variant("near"),
                false if is_embedded(&other.kind) => finding.variant("embedded"),
                false => finding,
            });
        }
    }
}

/// The real kind is used in the same environment too: the other one is a second leg.
fn is_matched(stores: &Stores, other: &Store, production: &Store) -> bool {
    stores.all.iter().any(|s| s.role == other.role && s.kind == production.kind)
}

/// Kinds that speak the same protocol.
fn is_near(one: &str, other: &str) -> bool {
    const GROUPS: &[&[&str]] =
        &[&["redis", "valkey", "keydb", "dragonfly"], &["mysql", "mariadb"], &["elasticsearch", "opensearch"], &["kafka", "redpanda"]];
    GROUPS.iter().any(|group| group.contains(&one) && group.contains(&other))
}

fn is_embedded(kind: &str) -> bool {
    matches!(kind, "sqlite" | "h2" | "hsqldb" | "derby")
}

fn environment(role: Role) -> &'static str {
    match role {
        Role::Dev => "development",
        Role::Ci => "CI",
        _ => "tests",
    }
}
