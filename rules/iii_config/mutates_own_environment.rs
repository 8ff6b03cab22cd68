//! `config/mutates-own-environment`: the process writes its own configuration.

use crate::facts::code::Language;
use crate::knowledge::Concept;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::literal::{Standing, is_developer_path};
use crate::world::variables::is_standard;
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "config/mutates-own-environment",
    factor: Factor::Config,
    also: &[],
    level: Level::Info,
    confidence: Confidence::Medium,
    grade: Grade::C,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust)],
    subject: SubjectKind::Repository,
    page: include_str!("mutates_own_environment.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for event in view.events(Concept::EnvWrite) {
        let Standing::Service(service) = view.world.standing(event.file) else { continue };
        if event.event.scope.debug_only || view.is_test_helper(event) || is_developer_path(&event.file.path, event.file.role) {
            continue;
        }
        let Some(name) = view.role(event, "key").and_then(|k| k.text().map(str::to_owned)) else { continue };
        if !is_standard(&name) {
            sink.report(sink.at(event.span()).service(service).argument("name", name));
        }
    }
}
