//! `build/publish-not-gated`: an image is published without waiting for tests.

use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::commands::CommandClass;
use crate::world::pipeline::{self, Job, Workflow};
use crate::world::{SubjectKind, View, World};

/// The rule.
pub static RULE: Rule = Rule {
    name: "build/publish-not-gated",
    factor: Factor::BuildReleaseRun,
    also: &[],
    level: Level::Info,
    confidence: Confidence::Medium,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Pipelines],
    subject: SubjectKind::Repository,
    page: include_str!("publish_not_gated.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let world = view.world;
    let pipelines = &world.pipelines;
    // Without any tests there is nothing to wait for: that is another finding.
    let Some(tests) = pipelines.jobs.iter().find_map(|j| j.does(CommandClass::Tests)) else { return };
    if world.pipeline_gap(pipeline::Stage::Tests).is_some() {
        return;
    }
    for (at, job) in pipelines.jobs.iter().enumerate() {
        let Some(workflow) = pipelines.workflow_of(job) else { continue };
        let Some(publish) = job.does(CommandClass::PublishesImage) else { continue };
        let waits = pipelines.closure(at).iter().filter_map(|j| pipelines.jobs.get(*j)).any(runs_tests);
        if waits || !starts_on_push(workflow) || is_gated(world, workflow) {
            continue;
        }
        sink.report(sink.at(publish).argument("job", &job.name).related(tests, "tests"));
    }
}

fn runs_tests(job: &Job) -> bool {
    job.does(CommandClass::Tests).is_some()
}

/// True for a workflow that publishes what is pushed to a branch.
fn starts_on_push(workflow: &Workflow) -> bool {
    workflow.triggers.iter().any(|t| t.event == "push" && (t.tags.is_empty() || !t.branches.is_empty()))
        && !workflow.triggers.iter().any(|t| t.event == "release")
}

/// True when tests stand in the way of the same change: a workflow that waits for another, a merge queue, tests of pull
/// requests, or of the same push.
fn is_gated(world: &World, workflow: &Workflow) -> bool {
    let tested_on = |event: &str| {
        let jobs = world.pipelines.jobs.iter().filter(|job| runs_tests(job));
        let of = jobs.filter_map(|job| world.pipelines.workflow_of(job));
        of.into_iter().any(|w| w.triggers.iter().any(|t| t.event == event))
    };
    !workflow.after.is_empty() || ["push", "pull_request", "pull_request_target", "merge_group"].iter().any(|e| tested_on(e))
}
