//! `build/no-ci-tests`: the pipelines test none of a service's language.

use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::commands::CommandClass;
use crate::world::pipeline::{self, language_name};
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "build/no-ci-tests",
    factor: Factor::BuildReleaseRun,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::Medium,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Pipelines, Need::Images, Need::Cargo],
    subject: SubjectKind::Repository,
    page: include_str!("no_ci_tests.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let world = view.world;
    if world.pipeline_gap(pipeline::Stage::Tests).is_some() {
        return;
    }
    let (Some(head), missing) = (world.pipeline_head(), world.languages_without(CommandClass::Tests)) else { return };
    let Some((first, _)) = missing.first_key_value() else { return };
    let names: Vec<&str> = missing.keys().map(|slug| language_name(slug)).collect();
    let mut finding = sink.at(head).argument("languages", listed(&names)).argument("command", command(first));
    for manifest in missing.values().flatten().take(6) {
        finding = finding.related(Span::whole(*manifest), "service");
    }
    sink.report(finding);
}

/// `a, b and c`.
fn listed(names: &[&str]) -> String {
    match names {
        [init @ .., last] if !init.is_empty() => format!("{} and {last}", init.join(", ")),
        names => names.join(""),
    }
}

/// What runs the tests of a language.
fn command(language: &str) -> &'static str {
    match language {
        "rust" => "cargo test --locked --workspace",
        "javascript" => "npm test",
        "python" => "pytest",
        "go" => "go test ./...",
        "java" => "./mvnw verify",
        "ruby" => "bundle exec rspec",
        "php" => "vendor/bin/phpunit",
        "elixir" => "mix test",
        _ => "the tests",
    }
}
