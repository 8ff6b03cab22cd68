//! `concurrency/daemonize`: a process puts itself in the background.

use crate::facts::code::Language;
use crate::knowledge::Concept;
use crate::rules::{Confidence, Factor, Finding, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::commands::CommandClass;
use crate::world::image::{Position, StartCommand};
use crate::world::view::EventRef;
use crate::world::{Purpose, Start, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "concurrency/daemonize",
    factor: Factor::Concurrency,
    also: &[],
    level: Level::Error,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Images, Need::Node, Need::Procfile, Need::Compose, Need::Source(Language::Rust), Need::Cargo],
    subject: SubjectKind::File,
    page: include_str!("daemonize.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for start in view.starts() {
        if let Some(finding) = forking(&start, sink) {
            // One cause: whatever the command line says, the unit expects it.
            sink.report(finding);
            continue;
        }
        if !start.is_production() || start.is_release_step() || start.purpose() > Purpose::Hinted {
            continue;
        }
        for command in start.tree.commands.iter().filter(|c| c.is_unconditional()) {
            if let Some(finding) = detached(&start, command, sink) {
                sink.report(finding);
                break;
            }
        }
    }
    in_code(view, sink);
}

/// `Type=forking`: systemd waits until the program has gone to the background.
fn forking(start: &Start<'_>, sink: &Sink<'_>) -> Option<Finding> {
    let unit = start.unit().filter(|_| start.is_production())?;
    let kind = unit.kind.as_ref().filter(|k| k.value == "forking")?;
    let program = start.mains().next().map_or("", StartCommand::program);
    let finding = sink.at(kind.span).service(start.service).variant("forking").argument("program", program);
    let finding = finding.argument("command", "").argument("flag", "").related(unit.span, "start");
    // Somebody else's program may know no better.
    Some(if start.service.is_some() { finding } else { finding.level(Level::Warning) })
}

/// A command that leaves the foreground.
fn detached(start: &Start<'_>, command: &StartCommand, sink: &Sink<'_>) -> Option<Finding> {
    let (variant, flag) = match command.class(CommandClass::Daemonizes) {
        Some(_) if is_companion(command) => return None,
        Some(found) => {
            let flag = command.words.get(found.last).map_or("", |w| w.text.as_str());
            let variant = match command.program() {
                "pm2" | "forever" => "pm2",
                "service" | "start-stop-daemon" => "service",
                "celery" => "celery",
                "apachectl" | "apache2ctl" | "catalina.sh" | "zkServer.sh" => "start",
                _ => "",
            };
            (variant, flag)
        }
        None if is_left_behind(start, command) => ("left", ""),
        None => (proxy_in_background(start, command)?, ""),
    };
    let mut finding = sink
        .at(command.span)
        .service(start.service)
        .variant(variant)
        .argument("command", shown(command))
        .argument("program", command.program())
        .argument("flag", flag);
    let place = start.place(command);
    if place != command.span {
        finding = finding.related(place, "start");
    }
    Some(if start.purpose() == Purpose::Hinted { finding.level(Level::Warning) } else { finding })
}

/// `app & tail -f /dev/null`: what keeps the container alive is not the service.
fn is_left_behind(start: &Start<'_>, command: &StartCommand) -> bool {
    let long = |c: &StartCommand| c.matches().iter().any(|m| m.row.class.is_long_running());
    let mut mains = start.mains().peekable();
    command.position == Position::Background
        && long(command)
        && mains.peek().is_some()
        && mains.all(|c| c.class(CommandClass::Tail).is_some())
}

/// nginx and supervisord go to the background unless they are told not to, so that what stands behind them runs.
fn proxy_in_background(start: &Start<'_>, command: &StartCommand) -> Option<&'static str> {
    let told = command.words.iter().skip(1).any(|w| {
        let text = w.text.as_str();
        text.contains("daemon off") || ["-n", "--nodaemon", "-t", "-T", "-v", "-V", "-s"].contains(&text)
    });
    let followed = start.mains().any(|c| c.span != command.span);
    if told || !followed || command.position != Position::Helper {
        return None;
    }
    match command.program() {
        "nginx" | "openresty" => Some("nginx"),
        "supervisord" => Some("supervisord"),
        _ => None,
    }
}

/// Small servers beside the main one: no process type of the service.
fn is_companion(command: &StartCommand) -> bool {
    let companions = ["ssh", "sshd", "cron", "crond", "rsyslog", "syslog", "dbus", "avahi-daemon", "ntp"];
    command.program() == "service" && command.words.iter().any(|w| companions.contains(&w.text.as_str()))
}

/// The program and the words that matter.
fn shown(command: &StartCommand) -> String {
    let mut texts = command.texts();
    if let Some(first) = texts.first_mut() {
        *first = crate::world::commands::file_name(first);
    }
    let words = texts.iter().take(3).copied().collect::<Vec<_>>().join(" ");
    match command.class(CommandClass::Daemonizes) {
        Some(found) if found.last > 2 => format!("{words} … {}", texts.get(found.last).unwrap_or(&"")),
        _ => words,
    }
}

/// Calls that detach the process, in the code that serves.
fn in_code(view: &View<'_>, sink: &mut Sink<'_>) {
    let events = view.events(Concept::Daemonizes);
    for event in &events {
        let step = event.event.attribute("step");
        let whole = step == Some("all") || step == Some("session") && forks_too(*event, &events);
        // The halves are also how a child process is given a session of its own.
        let Some(call) = event.call().filter(|c| whole && !c.in_closure && !c.scope.test) else { continue };
        let Some((id, service)) = view.world.serving_services(*event).into_iter().next() else { continue };
        let finding = sink
            .at(event.name_span())
            .service(Some(id))
            .argument("program", service.name.as_str())
            .argument("command", event.callee());
        let switched = !call.conditions.is_empty() || !call.arms.is_empty();
        let level = if switched { Level::Info } else { Level::Warning };
        sink.report(finding.variant("code").level(level));
    }
}

fn forks_too(event: EventRef<'_>, all: &[EventRef<'_>]) -> bool {
    all.iter().any(|e| {
        e.at == event.at && e.event.function == event.event.function && e.event.attribute("step") == Some("fork")
    })
}
