//! `concurrency/cron-in-web-container`: a cron daemon runs beside the service.

use crate::rules::{Confidence, Factor, Finding, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::commands::{CommandClass, ends_by_itself};
use crate::world::image::{Position, StartCommand};
use crate::world::{Purpose, Start, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "concurrency/cron-in-web-container",
    factor: Factor::Concurrency,
    also: &[],
    level: Level::Error,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Images, Need::Node, Need::Procfile, Need::Compose],
    subject: SubjectKind::File,
    page: include_str!("cron_in_web_container.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for start in view.starts() {
        if !start.is_production() || start.purpose() > Purpose::Hinted {
            continue;
        }
        if let Some(finding) = judge(&start, sink) {
            sink.report(finding);
        }
    }
}

fn judge(start: &Start<'_>, sink: &Sink<'_>) -> Option<Finding> {
    let cron = start.tree.commands.iter().find(|c| is_cron(c) && c.is_unconditional())?;
    let service = start.tree.commands.iter().find(|c| is_service(c))?;
    // Two branches of a script, or one program after another.
    let alternatives = cron.position == Position::Main && service.position == Position::Main;
    let asked = |m: crate::world::commands::CommandMatch<'_>| m.last > m.program;
    if alternatives && cron.class(CommandClass::Cron).is_none_or(|m| !asked(m)) {
        return None;
    }
    let mut finding = sink
        .at(cron.span)
        .service(start.service)
        .argument("cron", cron.program())
        .argument("service", service.program())
        .related(service.span, "service");
    let place = start.place(cron);
    if place.file != cron.span.file {
        finding = finding.related(place, "start");
    }
    Some(match start.purpose() {
        Purpose::Hinted => finding.level(Level::Warning),
        _ => finding,
    })
}

fn is_cron(command: &StartCommand) -> bool {
    let only_checks = command.words.iter().any(|w| ["-test", "-V", "--version"].contains(&w.text.as_str()));
    command.class(CommandClass::Cron).is_some() && !only_checks
}

/// Something that runs for ever beside it: not the log that is followed, not the manager of both.
fn is_service(command: &StartCommand) -> bool {
    use CommandClass::{Compiles, Helper, ProcessManager, Tail};
    let found = command.matches();
    let companion = found.iter().any(|m| matches!(m.row.class, Helper | ProcessManager | Tail))
        || found.iter().any(|m| m.row.class == Compiles && !command.expanded);
    command.position != Position::Helper
        && !is_cron(command)
        && !companion
        && !command.expanded
        && command.is_unconditional()
        && !ends_by_itself(&command.texts())
}
