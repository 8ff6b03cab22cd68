//! `concurrency/pid-file`: a process writes its number to a file.

use crate::facts::code::Language;
use crate::knowledge::Concept;
use crate::rules::{Confidence, Factor, Finding, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::image::{Position, StartCommand, StartWord, cover};
use crate::world::{Purpose, Start, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "concurrency/pid-file",
    factor: Factor::Concurrency,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Images, Need::Node, Need::Procfile, Need::Compose, Need::Source(Language::Rust), Need::Cargo],
    subject: SubjectKind::File,
    page: include_str!("pid_file.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for start in view.starts() {
        // A unit that forks needs the file, and the forking is the finding.
        let unit = start.unit().filter(|u| u.kind.as_ref().is_none_or(|k| k.value != "forking"));
        if let Some(file) = unit.and_then(|u| u.pid_file.as_ref()).filter(|_| start.is_production()) {
            let finding = sink.at(file.span).service(start.service).variant("unit");
            sink.report(finding.argument("program", "").argument("option", "PIDFile"));
        }
        if !start.is_production() || start.purpose() > Purpose::Hinted {
            continue;
        }
        for command in &start.tree.commands {
            if let Some(finding) = judge(view, &start, command, sink) {
                sink.report(finding);
            }
        }
    }
    for event in view.events(Concept::PidFile) {
        if let Some((id, service)) = view.world.serving_services(event).into_iter().next() {
            let finding = sink.at(event.name_span()).service(Some(id)).variant("code");
            sink.report(finding.argument("program", service.name.as_str()).argument("option", event.callee()));
        }
    }
}

fn judge(view: &View<'_>, start: &Start<'_>, command: &StartCommand, sink: &Sink<'_>) -> Option<Finding> {
    let own = start.service.and_then(|id| view.world.services.get(id.0)).and_then(|s| s.binary.as_deref());
    let (span, option, variant) = match command.program() {
        "rm" => (stale(command)?, "rm", "stale"),
        _ if command.position == Position::Helper => return None,
        "gunicorn" => with_value(command, &["-p", "--pid"])?,
        "celery" | "uwsgi" | "puma" => with_value(command, &["--pidfile", "--safe-pidfile", "--pidfile2"])?,
        "rails" => with_value(command, &["-P", "--pid"])?,
        program if own == Some(program) => with_value(command, &["--pid-file", "--pidfile", "--pid_file"])?,
        _ => return None,
    };
    let mut finding = sink
        .at(span)
        .service(start.service)
        .variant(variant)
        .argument("program", command.program())
        .argument("option", option);
    let place = start.place(command);
    if place.file != span.file {
        finding = finding.related(place, "start");
    }
    Some(if variant == "stale" { finding.level(Level::Info) } else { finding })
}

/// The option and its file; an empty one, or a device, is the way to have none.
fn with_value(command: &StartCommand, options: &[&'static str]) -> Option<(Span, &'static str, &'static str)> {
    for (at, word) in command.words.iter().enumerate() {
        let Some(option) = options.iter().find(|o| is_option(word, o)) else { continue };
        let (value, span) = match word.text.split_once('=') {
            Some((_, value)) => (value, word.span),
            None => {
                let next = command.words.get(at + 1)?;
                (next.text.as_str(), cover(word.span, next.span))
            }
        };
        let none = value.is_empty() || value.starts_with("/dev/") || value.starts_with('-');
        return (!none).then_some((span, *option, ""));
    }
    None
}

fn is_option(word: &StartWord, option: &str) -> bool {
    let name = word.text.split('=').next().unwrap_or(&word.text);
    name == option
}

/// `rm -f tmp/pids/server.pid`: what is left of a process that was killed.
fn stale(command: &StartCommand) -> Option<Span> {
    let file = command.words.iter().skip(1).find(|w| w.text.ends_with(".pid"))?;
    Some(file.span)
}
