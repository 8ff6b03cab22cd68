//! `codebase/branch-per-environment`: each environment is deployed from a branch of its own.

use std::collections::BTreeMap;

use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "codebase/branch-per-environment",
    factor: Factor::Codebase,
    also: &[],
    level: Level::Info,
    confidence: Confidence::Low,
    grade: Grade::C,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Pipelines],
    subject: SubjectKind::Repository,
    page: include_str!("branch_per_environment.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let pipelines = &view.world.pipelines;
    // Environment → the one branch it is deployed from.
    let mut found: BTreeMap<&str, (&str, Span)> = BTreeMap::new();
    for job in &pipelines.jobs {
        let Some(environment) = job.environment.as_ref().filter(|e| !e.value.contains('$')) else { continue };
        let Some(workflow) = pipelines.workflow_of(job) else { continue };
        let pushes = workflow.triggers.iter().filter(|t| t.event == "push" && t.tags.is_empty());
        let branches: Vec<&str> = pushes.flat_map(|t| t.branches.iter().map(String::as_str)).collect();
        if let [branch] = branches.as_slice()
            && !branch.contains('*')
        {
            found.entry(&environment.value).or_insert((branch, environment.span));
        }
    }
    let mut all = found.iter();
    let Some((first, (branch, span))) = all.next() else { return };
    if let Some((other, (second, there))) = all.find(|(_, (b, _))| b != branch) {
        let finding = sink
            .at(*span)
            .argument("environment", *first)
            .argument("branch", *branch)
            .argument("other", *other)
            .argument("second", *second)
            .related(*there, "other");
        sink.report(finding);
    }
}
