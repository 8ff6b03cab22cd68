//! `build/no-static-checks`: the pipelines check none of a service's source without running it.

use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::commands::CommandClass;
use crate::world::pipeline::{self, language_name};
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "build/no-static-checks",
    factor: Factor::BuildReleaseRun,
    also: &[],
    level: Level::Info,
    confidence: Confidence::Medium,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Pipelines, Need::Images, Need::Cargo],
    subject: SubjectKind::Repository,
    page: include_str!("no_static_checks.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let world = view.world;
    let hooked = !world.pipelines.hooks.is_empty();
    if hooked || world.pipelines.files.is_empty() || world.pipeline_gap(pipeline::Stage::StaticChecks).is_some() {
        return;
    }
    let (Some(head), missing) = (world.pipeline_head(), world.languages_without(CommandClass::StaticCheck)) else {
        return;
    };
    let Some((first, manifests)) = missing.first_key_value() else { return };
    let names: Vec<&str> = missing.keys().map(|slug| language_name(slug)).collect();
    let mut finding = sink.at(head).argument("languages", names.join(", ")).argument("command", command(first));
    for manifest in manifests.iter().take(3) {
        finding = finding.related(Span::whole(*manifest), "service");
    }
    sink.report(finding);
}

/// What checks the source of a language.
fn command(language: &str) -> &'static str {
    match language {
        "rust" => "cargo clippy --all-targets",
        "javascript" => "npx eslint .",
        "python" => "ruff check .",
        "go" => "go vet ./...",
        "java" => "./mvnw checkstyle:check",
        "ruby" => "bundle exec rubocop",
        "php" => "vendor/bin/phpstan analyse",
        "elixir" => "mix credo",
        _ => "a linter",
    }
}
