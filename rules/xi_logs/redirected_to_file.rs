//! `logs/redirected-to-file`: the command that starts the service sends its output to a file, or to nowhere.

use crate::rules::{Confidence, Factor, Finding, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::commands::CommandClass;
use crate::world::image::{Position, StartCommand};
use crate::world::{Start, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "logs/redirected-to-file",
    factor: Factor::Logs,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::A,
    // Few of the projects it was measured on do it at all.
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Images, Need::Procfile, Need::Compose],
    subject: SubjectKind::File,
    page: include_str!("redirected_to_file.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for start in view.starts().iter().filter(|s| s.is_production() && !s.is_release_step()) {
        for command in start.tree.commands.iter().filter(|c| c.position != Position::Helper) {
            if !short_lived(command)
                && let Some(finding) = judge(start, command, sink)
            {
                sink.report(finding);
            }
        }
    }
}

fn judge(start: &Start<'_>, command: &StartCommand, sink: &Sink<'_>) -> Option<Finding> {
    let finding = |at, target: &str| {
        let finding = sink.at(at).service(start.service).argument("target", target);
        let finding = finding.argument("command", command.program());
        let place = start.place(command);
        if place.file == command.span.file { finding } else { finding.related(place, "start") }
    };
    let built = start.built();
    let made = start.tree.commands.iter().chain(built.into_iter().flat_map(|b| &b.runs));
    let streams: Vec<&str> = made.flat_map(streams_made_by).collect();
    let is_stream = |target: &str| is_stream(target) || streams.contains(&target);
    for redirect in &command.redirects {
        if !redirect.operator.contains('>') || redirect.operator == "<>" || is_stream(&redirect.target) {
            continue;
        }
        let found = finding(redirect.span, &redirect.target);
        let nowhere = redirect.target == "/dev/null";
        return Some(if nowhere { found.variant("nowhere").level(Level::Error) } else { found });
    }
    let tee = command.piped_into.iter().find(|words| words.first().is_some_and(|w| w.text.ends_with("tee")))?;
    let file = tee.iter().skip(1).find(|w| !w.text.starts_with('-') && !is_stream(&w.text))?;
    Some(finding(file.span, &file.text).variant("tee"))
}

/// Pipes, and links to the container's own streams.
fn streams_made_by(command: &StartCommand) -> Vec<&str> {
    let texts = command.texts();
    let plain: Vec<&str> = texts.iter().skip(1).copied().filter(|w| !w.starts_with('-')).collect();
    match (command.program(), plain.as_slice()) {
        ("mkfifo", _) => plain,
        ("ln", [stream, link]) if is_stream(stream) => vec![*link],
        _ => Vec::new(),
    }
}

/// The container's own streams, a copied descriptor, or something that only the run decides.
fn is_stream(target: &str) -> bool {
    target.starts_with("/dev/std")
        || target.starts_with("/dev/fd/")
        || target.starts_with("/dev/tty")
        || target == "/dev/console"
        || target.starts_with("/proc/")
        || target.starts_with('$')
        || target.starts_with('>')
        || target.is_empty()
        || target.chars().all(|c| c.is_ascii_digit() || c == '-')
}

fn short_lived(command: &StartCommand) -> bool {
    use CommandClass::{OneShot, ProcessManager, Tail};
    let found = command.matches();
    found.iter().any(|m| matches!(m.row.class, OneShot | Tail | ProcessManager))
        && !found.iter().any(|m| m.row.class.is_long_running())
}
