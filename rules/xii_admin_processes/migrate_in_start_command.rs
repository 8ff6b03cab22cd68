//! `admin/migrate-in-start-command`: the command that starts the service migrates its database first.

use crate::rules::{Confidence, Factor, Finding, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::commands::CommandClass;
use crate::world::image::{Position, StartCommand};
use crate::world::{Start, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "admin/migrate-in-start-command",
    factor: Factor::AdminProcesses,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::A,
    // Too few hits on the projects it was measured on.
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Images, Need::Node, Need::Procfile, Need::Compose],
    subject: SubjectKind::File,
    page: include_str!("migrate_in_start_command.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for start in view.starts() {
        if let Some(finding) = judge(&start, sink) {
            sink.report(finding);
        }
    }
}

fn judge(start: &Start<'_>, sink: &Sink<'_>) -> Option<Finding> {
    if !start.is_production() || start.is_release_step() {
        return None;
    }
    let commands = &start.tree.commands;
    let (at, command, found) = commands.iter().enumerate().find_map(|(at, command)| {
        let found = command.class(CommandClass::MigratesSchema)?;
        let by_default = command.condition.as_ref().is_none_or(|c| !c.on_arguments && !c.on_failure);
        (by_default && !command.expanded).then_some((at, command, found))
    })?;
    let server = serves(commands, at)?;
    let words = command.words.get(found.program..=found.last)?;
    let span = words.iter().map(|w| w.span).reduce(crate::world::image::cover)?;
    let mut finding = sink
        .at(span)
        .service(start.service)
        .argument("command", command.head(found))
        .argument("server", server.program())
        .because(format!("`{}`: class {:?} of commands.toml", command.line(), found.row.class))
        .related(server.span, "server");
    let place = start.place(command);
    if place.file != span.file {
        finding = finding.related(place, "start");
    }
    let locks = ["flock", "s6-setlock", "setlock"];
    let locked = command.wrappers.iter().any(|w| locks.contains(&w.name.as_str()))
        || commands.get(..at).unwrap_or_default().iter().any(|c| locks.contains(&c.program()));
    // A condition whose branches both migrate is no switch.
    let twin = commands.iter().any(|other| {
        other.span != command.span
            && other.condition == command.condition
            && other.class(CommandClass::MigratesSchema).is_some()
    });
    let switch = command.condition.as_ref().and_then(|c| c.variables.first()).filter(|_| !twin);
    Some(match switch {
        _ if locked => finding.variant("locked").level(Level::Info),
        // A unit is started on one machine at a time.
        _ if start.unit().is_some() => finding.level(Level::Info),
        Some(name) => finding.variant("switched").argument("switch", name.as_str()).level(Level::Info),
        None => finding,
    })
}

/// The program that serves once command number `at` is done.
fn serves(commands: &[StartCommand], at: usize) -> Option<&StartCommand> {
    let lasting = |command: &&StartCommand| {
        let found = command.matches();
        command.position != Position::Helper
            && !found.iter().any(|m| matches!(m.row.class, CommandClass::MigratesSchema | CommandClass::ProcessManager))
            && (found.iter().any(|m| m.row.class.is_long_running())
                || !found.iter().any(|m| matches!(m.row.class, CommandClass::OneShot | CommandClass::BuildsAssets)))
            && !command.expanded
    };
    let behind = commands.get(at + 1..).unwrap_or_default();
    let uwsgi = |command: &&StartCommand| {
        command.position != Position::Helper && command.class(CommandClass::Server).is_some()
    };
    let server = |command: &&StartCommand| lasting(command) && uwsgi(command);
    // uWSGI runs its hooks itself, so it stands before them.
    behind.iter().find(server).or_else(|| commands.iter().find(uwsgi)).or_else(|| behind.iter().find(lasting))
}
