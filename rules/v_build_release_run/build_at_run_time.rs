//! `build/build-at-run-time`: what starts the service compiles it, installs for it or fetches it.

use crate::rules::{Factor, Finding, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::commands::CommandClass;
use crate::world::image::{Position, StartCommand};
use crate::world::{Purpose, Start, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "build/build-at-run-time",
    factor: Factor::BuildReleaseRun,
    also: &[],
    level: Level::Error,
    confidence: crate::rules::Confidence::High,
    grade: Grade::A,
    // Too few hits on the projects it was measured on.
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Images, Need::Node, Need::Procfile, Need::Compose],
    subject: SubjectKind::File,
    page: include_str!("build_at_run_time.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for start in view.starts() {
        if let Some(finding) = judge(&start, sink) {
            sink.report(finding);
        }
    }
}

/// The heaviest build step among the commands of a start.
fn judge(start: &Start<'_>, sink: &Sink<'_>) -> Option<Finding> {
    if !start.is_production() || start.is_release_step() {
        return None;
    }
    // The container's own program decides; a worker of a development stage is no better.
    let mut steps: Vec<(Weight, &StartCommand, CommandClass)> = Vec::new();
    for command in start.tree.commands.iter().filter(|c| c.is_unconditional()) {
        steps.extend(weigh(command).map(|(weight, class)| (weight, command, class)));
    }
    let (weight, command, class) = steps.into_iter().min_by_key(|(weight, ..)| *weight)?;
    let found = command.class(class)?;
    let place = start.place(command);
    let mut finding = sink
        .at(place)
        .service(start.service)
        .argument("command", command.head(found))
        .variant(match variant(class) {
            "" if is_typescript(command) => "typescript",
            _ if start.unit().is_some() => "unit",
            "" if start.is_workload() => "compose",
            variant => variant,
        })
        .because(format!("`{}`: class {class:?} of commands.toml", command.line()));
    if place != command.span {
        finding = finding.related(command.span, "command");
    }
    match start.purpose() {
        _ if weight == Weight::Light => finding = finding.level(Level::Info),
        Purpose::Deployed => {}
        Purpose::Hinted => finding = finding.level(Level::Warning),
        Purpose::WorkingCopy | Purpose::Development => finding = finding.level(Level::Info),
    }
    Some(match start.selected_at() {
        Some(span) => finding.related(span, "target"),
        None => finding,
    })
}

/// How much harm a step does: smaller is worse.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    Compiles,
    Other,
    Light,
}

fn weigh(command: &StartCommand) -> Option<(Weight, CommandClass)> {
    use CommandClass::{BuildsAssets, Compiles, FetchesSource, InstallsDependencies};
    let matches = command.matches();
    let rows = matches.iter().filter(|m| {
        matches!(m.row.class, BuildsAssets | Compiles | FetchesSource | InstallsDependencies)
            && !(m.row.class != Compiles && command.position == Position::Background)
    });
    rows.map(|m| match m.row.class {
        _ if m.row.has_note("light") => (Weight::Light, m.row.class),
        Compiles => (Weight::Compiles, Compiles),
        class => (Weight::Other, class),
    })
    .min_by_key(|(weight, _)| *weight)
}

fn is_typescript(command: &StartCommand) -> bool {
    ["ts-node", "tsx", "swc-node"].iter().any(|name| command.program().starts_with(name))
}

fn variant(class: CommandClass) -> &'static str {
    match class {
        CommandClass::InstallsDependencies => "installs",
        CommandClass::BuildsAssets => "assets",
        CommandClass::FetchesSource => "fetches",
        _ => "",
    }
}
