//! `build/no-smoke-test`: an image is published that no job has run.

use crate::discover::role::Role;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::pipeline;
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "build/no-smoke-test",
    factor: Factor::BuildReleaseRun,
    also: &[],
    level: Level::Info,
    confidence: Confidence::Medium,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Pipelines, Need::Images],
    subject: SubjectKind::Repository,
    page: include_str!("no_smoke_test.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let world = view.world;
    if world.pipeline_gap(pipeline::Stage::SmokeTest).is_some() || !world.smoke_tests().is_empty() {
        return;
    }
    let shipped = |image: &pipeline::ImageStep| {
        let role = image.dockerfile.and_then(|file| world.inventory.files.get(file.0 as usize)).map(|f| f.role);
        image.builds && role == Some(Role::Production)
    };
    let steps = world.pipelines.image_steps(world.tree());
    // What goes to a registry beside the job is for a test.
    let local = |s: &pipeline::ImageStep| s.tags.iter().all(|t| t.is_local()) && !s.tags.is_empty();
    let publishes = |job: usize| steps.iter().any(|s| s.job == job && s.publishes && !local(s));
    // One finding for the repository: the remedy is one job.
    let Some(step) = steps.iter().find(|s| shipped(s) && publishes(s.job) && !local(s)) else { return };
    let image = step.tags.first().map(|t| t.text.as_str());
    let mut finding = sink.at(step.span).argument("image", shown(image));
    if let Some(dockerfile) = step.dockerfile {
        finding = finding.related(crate::source::Span::whole(dockerfile), "recipe");
    }
    sink.report(finding);
}

/// An image's name, if it is known.
fn shown(text: Option<&str>) -> String {
    match text.filter(|t| !t.contains(['$', '<'])) {
        None => "the image".to_owned(),
        Some(text) => format!("`{text}`"),
    }
}
