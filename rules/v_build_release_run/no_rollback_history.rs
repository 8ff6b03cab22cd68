//! `build/no-rollback-history`: the platform is told to forget every release but the one that runs.

use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "build/no-rollback-history",
    factor: Factor::BuildReleaseRun,
    also: &[],
    level: Level::Info,
    confidence: Confidence::High,
    grade: Grade::C,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Kubernetes],
    subject: SubjectKind::Repository,
    page: include_str!("no_rollback_history.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for application in view.applications() {
        for workload in &application.workloads {
            let Some(history) = workload.history.filter(|h| h.value == 0) else { continue };
            sink.report(sink.at(history.span).argument("service", workload.name.shown()));
        }
    }
}
