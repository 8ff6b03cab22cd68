//! `logs/logging-driver-none`: the container's output is thrown away.

use crate::discover::role::Role;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::compose::ServiceRole;
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "logs/logging-driver-none",
    factor: Factor::Logs,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::C,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Compose],
    subject: SubjectKind::Project,
    page: include_str!("logging_driver_none.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some(project) = view.project() else { return };
    for environment in project.environments.iter().filter(|e| e.role == Role::Production) {
        for service in environment.services.iter().filter(|s| s.role == ServiceRole::App) {
            let driver = service.logging.as_ref().and_then(|l| l.driver.as_ref());
            if let Some(driver) = driver.filter(|d| d.value.shown() == "none") {
                sink.report(sink.at(driver.span).argument("service", service.name.value.clone()));
            }
        }
    }
}
