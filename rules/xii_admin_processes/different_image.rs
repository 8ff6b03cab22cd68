//! `admin/different-image`: an administrative task runs on another image than the application.

use crate::discover::role::Role;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::commands::{CommandClass, command_table};
use crate::world::image_reference::ImageReference;
use crate::world::kubernetes::{Application, Container, reference};
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "admin/different-image",
    factor: Factor::AdminProcesses,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Kubernetes, Need::Images],
    subject: SubjectKind::Repository,
    page: include_str!("different_image.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for application in view.applications().into_iter().filter(|a| a.role == Role::Production) {
        for workload in &application.workloads {
            let tasks: Vec<&Container> = match workload.kind.is_once() {
                true => workload.containers.iter().collect(),
                false => workload.init.iter().collect(),
            };
            for task in tasks.into_iter().filter(|t| migrates(t) && !t.maybe) {
                judge(view, application, task, sink);
            }
        }
    }
}

fn judge(view: &View<'_>, application: &Application, task: &Container, sink: &mut Sink<'_>) {
    let Some(text) = &task.image else { return };
    let Some(image) = reference(text) else { return };
    // Only a task of the repository's own image has an application that it can differ from.
    let Some(dockerfile) = view.world.dockerfile_of(task) else { return };
    let apps = application.workloads.iter().filter(|w| !w.kind.is_once()).flat_map(|w| &w.containers);
    let mut same = apps.filter(|c| !c.maybe && view.world.dockerfile_of(c) == Some(dockerfile)).peekable();
    let Some(first) = same.peek().copied() else { return };
    if same.any(|app| app.image.as_ref().is_none_or(|t| reference(t).is_none_or(|r| !differs(&image, &r)))) {
        return;
    }
    let Some(app) = &first.image else { return };
    let finding = sink.at(text.span).argument("task", text.shown()).argument("app", app.shown());
    sink.report(finding.argument("container", task.name.shown()).related(app.span, "app"));
}

/// A digest and a tag may be the same image.
fn differs(task: &ImageReference, app: &ImageReference) -> bool {
    let tag = |r: &ImageReference| r.tag.clone().unwrap_or_else(|| "latest".into());
    match (&task.digest, &app.digest) {
        (Some(a), Some(b)) => a != b,
        (None, None) => tag(task) != tag(app) || task.repository != app.repository,
        _ => false,
    }
}

fn migrates(container: &Container) -> bool {
    let words = container.command.set().into_iter().chain(container.arguments.set()).flatten();
    let words: Vec<&str> = words.filter_map(|w| w.known()).flat_map(str::split_whitespace).collect();
    let table = command_table();
    let starts = (0..words.len()).filter_map(|at| words.get(at..));
    let known = starts.take(200).any(|rest| table.matches(rest).iter().any(|m| m.row.class == CommandClass::MigratesSchema));
    known || words.iter().any(|w| matches!(*w, "migrate" | "migrations" | "db:migrate"))
}
