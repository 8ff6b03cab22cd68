//! `admin/isolation-bypass`: an admin command leaves the dependencies that the web process runs with.

use crate::discover::role::Role;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::commands::CommandClass;
use crate::world::image::StartCommand;
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "admin/isolation-bypass",
    factor: Factor::AdminProcesses,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::Medium,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Images, Need::Compose, Need::Procfile, Need::Pipelines],
    subject: SubjectKind::Repository,
    page: include_str!("isolation_bypass.md"),
    check,
};

/// What keeps a program among the dependencies that the application declares.
const ISOLATION: &[&str] = &["bundle", "poetry", "pipenv", "uv"];

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let world = view.world;
    let procfile = world.procfile.iter().filter(|e| e.role == Role::Production).flat_map(|e| &e.start.commands);
    let workloads = world.workloads.iter().flat_map(|w| &w.start.commands);
    let images = world.images.iter().filter(|i| i.role == Role::Production).flat_map(|i| &i.targets);
    let in_images: Vec<&StartCommand> = images.clone().flat_map(|t| &t.start.commands).collect();
    let started: Vec<&StartCommand> = procfile.chain(workloads).collect();
    let web = in_images.iter().chain(&started).find(|c| {
        let serves = c.class(CommandClass::Server).is_some() || c.class(CommandClass::Worker).is_some();
        serves && isolation(c).is_some()
    });
    let Some((web, through)) = web.and_then(|c| Some((*c, isolation(c)?))) else { return };
    // An image whose PATH leads into the environment needs no prefix.
    let mut paths = images.flat_map(|t| &t.env).filter(|(name, _)| name == "PATH" || name == "VIRTUAL_ENV");
    if paths.any(|(_, value)| value.value.as_deref().is_none_or(|v| v.contains("venv") || v.contains("/bin"))) {
        return;
    }
    let in_jobs = world.pipelines.jobs.iter().flat_map(|j| j.commands()).filter(|c| c.in_container || c.remote);
    let admin = in_images.iter().copied().chain(started.iter().copied()).chain(in_jobs.map(|c| &c.command));
    let mut said: Vec<Span> = Vec::new();
    for command in admin.filter(|c| isolation(c).is_none() && is_of(through, c)) {
        let Some(class) = command.class(CommandClass::MigratesSchema) else { continue };
        if said.contains(&command.span) {
            continue;
        }
        said.push(command.span);
        let finding = sink
            .at(command.span)
            .argument("command", command.head(class))
            .argument("through", prefix(through))
            .related(web.span, "web");
        sink.report(finding);
    }
}

/// The tool through which a command runs.
fn isolation(command: &StartCommand) -> Option<&str> {
    command.wrappers.iter().map(|w| w.name.as_str()).find(|name| ISOLATION.contains(name))
}

/// True for a command in the language of the tool, that names no environment of its own.
fn is_of(through: &str, command: &StartCommand) -> bool {
    let first = command.words.first().map_or("", |w| w.text.as_str());
    let ruby = ["rake", "rails", "ruby", "hanami"];
    let python = ["python", "python3", "alembic", "manage.py", "flask", "django-admin", "aerich"];
    match through {
        "bundle" => ruby.contains(&first),
        _ => python.contains(&first),
    }
}

fn prefix(through: &str) -> &'static str {
    match through {
        "bundle" => "bundle exec",
        "poetry" => "poetry run",
        "pipenv" => "pipenv run",
        _ => "uv run",
    }
}
