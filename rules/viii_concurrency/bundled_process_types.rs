//! `concurrency/bundled-process-types`: one container runs several types of processes.

use crate::rules::{Confidence, Factor, Finding, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::commands::CommandClass;
use crate::world::image::{Position, StartCommand};
use crate::world::{Start, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "concurrency/bundled-process-types",
    factor: Factor::Concurrency,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Images, Need::Node, Need::Procfile, Need::Compose],
    subject: SubjectKind::File,
    page: include_str!("bundled_process_types.md"),
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
    let mut programs: Vec<&StartCommand> = Vec::new();
    for command in start.tree.commands.iter().filter(|c| is_own_program(c)) {
        if !programs.iter().any(|known| known.line() == command.line()) {
            programs.push(command);
        }
    }
    let second = programs.get(1)?;
    // Branches of a script are alternatives, not companions.
    if !programs.iter().any(|c| c.position != Position::Main) {
        return None;
    }
    let mut types: Vec<String> = Vec::new();
    let labels: Vec<String> = programs.iter().map(|c| type_of(c, short(c))).collect();
    for (command, label) in programs.iter().zip(&labels) {
        // Two programs of one name differ by what they are told.
        let alone = labels.iter().filter(|l| *l == label).count() == 1;
        let name = if alone { label.clone() } else { type_of(command, with_argument(command)) };
        if !types.contains(&name) {
            types.push(name);
        }
    }
    let mut finding = sink
        .at(second.span)
        .service(start.service)
        .argument("types", types.join(", "))
        .argument("count", programs.len().to_string());
    for other in programs.iter().filter(|c| c.span != second.span) {
        finding = finding.related(other.span, "other");
    }
    let place = start.place(second);
    if place.file != second.span.file {
        finding = finding.related(place, "start");
    }
    let own = programs.iter().filter(|c| c.class(CommandClass::Proxy).is_none()).count();
    Some(if own < 2 { finding.variant("proxy").level(Level::Info) } else { finding })
}

/// A program that runs for ever and is no companion of another one. A database beside it is no process type but a
/// backing service, and another rule's matter.
fn is_own_program(command: &StartCommand) -> bool {
    use CommandClass::{
        BuildsAssets, Compiles, Cron, Datastore, FetchesSource, Helper, InstallsDependencies, MigratesSchema, OneShot, ProcessManager, Tail,
    };
    let found = command.matches();
    let long = found.iter().any(|m| m.row.class.is_long_running());
    // A cron daemon beside a service is a finding of its own.
    let companion = found.iter().any(|m| {
        matches!(
            m.row.class,
            BuildsAssets | Cron | Datastore | FetchesSource | Helper | InstallsDependencies | MigratesSchema | OneShot | ProcessManager | Tail
        ) || (m.row.class == Compiles && !long)
    });
    command.position != Position::Helper
        && (command.is_unconditional() || command.position == Position::Managed)
        && !companion
        && !is_preparation(command)
        && (long || !command.expanded)
}

fn type_of(command: &StartCommand, name: String) -> String {
    use CommandClass::{Cron, DevelopmentServer, Proxy, Scheduler, Server, Worker};
    let classes: Vec<CommandClass> = command.matches().iter().map(|m| m.row.class).collect();
    for (class, title) in [(Worker, "worker"), (Scheduler, "scheduler"), (Cron, "cron"), (Proxy, "proxy")] {
        if classes.contains(&class) {
            return format!("{title} ({name})");
        }
    }
    if classes.contains(&Server) || classes.contains(&DevelopmentServer) {
        return format!("web ({name})");
    }
    name
}

/// The program with its subcommand: the word that its class tells it by, else the first that is no option.
fn with_argument(command: &StartCommand) -> String {
    let found = command.matches().into_iter().find(|m| m.row.class.is_long_running() && m.last > m.program);
    let told = found.and_then(|m| command.words.get(m.last)).map(|w| w.text.as_str());
    let rest = command.words.iter().skip(1).map(|w| w.text.as_str());
    match told.or_else(|| rest.clone().find(|w| !w.starts_with('-'))).or_else(|| rest.clone().next()) {
        Some(argument) => format!("{} {argument}", command.program()),
        None => command.program().to_owned(),
    }
}

/// A preparation that runs beside the start of the service, and ends.
fn is_preparation(command: &StartCommand) -> bool {
    let name = short(command);
    let name = name.rsplit([' ', '/']).next().unwrap_or("");
    command.position == Position::Background
        && ["seed", "init", "warm", "setup", "migrate", "wait"].iter().any(|start| name.starts_with(start))
}

/// The program, and for scripts of an interpreter the script.
fn short(command: &StartCommand) -> String {
    let program = command.program();
    let generic = ["node", "java", "python", "python3", "manage.py", "ruby", "php", "dotnet"];
    let argument = command.words.iter().skip(1).map(|w| w.text.as_str()).find(|w| {
        !w.starts_with('-') && w.rsplit('/').next() != Some(program)
    });
    match argument {
        Some(argument) if generic.contains(&program) => format!("{program} {argument}"),
        _ => program.to_owned(),
    }
}
