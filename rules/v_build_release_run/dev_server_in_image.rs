//! `build/dev-server-in-image`: the image starts a server that is made for the developer's machine.

use crate::rules::{Confidence, Factor, Finding, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::commands::CommandClass;
use crate::world::image::Position;
use crate::world::{Purpose, Start, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "build/dev-server-in-image",
    factor: Factor::BuildReleaseRun,
    also: &[Factor::DevProdParity],
    level: Level::Error,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Stable,
    since: "0.1.0",
    needs: &[Need::Images, Need::Node, Need::Procfile, Need::Compose],
    subject: SubjectKind::File,
    page: include_str!("dev_server_in_image.md"),
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
    if !start.is_production() {
        return None;
    }
    let runs = start.tree.commands.iter().filter(|c| c.position != Position::Helper && c.is_unconditional());
    let servers = runs.filter_map(|c| Some((c, c.class(CommandClass::DevelopmentServer)?)));
    // The program itself rather than the package script that leads to it.
    let (command, found) = servers.min_by_key(|(c, _)| c.expanded)?;
    let place = start.place(command);
    let mut finding = sink
        .at(place)
        .service(start.service)
        .argument("command", command.head(found))
        .because(format!("`{}` is development-server in commands.toml", command.line()));
    if place != command.span {
        finding = finding.related(command.span, "command");
    }
    if start.is_workload() {
        finding = finding.variant("compose");
    }
    match start.purpose() {
        Purpose::Deployed => {}
        Purpose::Hinted => finding = finding.level(Level::Warning),
        Purpose::WorkingCopy | Purpose::Development => finding = finding.level(Level::Info),
    }
    Some(match start.selected_at() {
        Some(span) => finding.related(span, "target"),
        None => finding,
    })
}
