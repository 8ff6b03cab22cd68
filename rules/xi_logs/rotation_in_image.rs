//! `logs/rotation-in-image`: the image rotates its own log files.

use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::commands::CommandClass;
use crate::world::image::{BuiltImage, Image};
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "logs/rotation-in-image",
    factor: Factor::Logs,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Images],
    subject: SubjectKind::Dockerfile,
    page: include_str!("rotation_in_image.md"),
    check,
};

/// Programs that rotate log files; packages have the same names.
const ROTATORS: &[&str] = &["logrotate", "cronolog", "multilog", "rotatelogs", "svlogd"];

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for start in view.starts().iter().filter(|s| s.is_production()) {
        let Some((image, built)) = start.image() else { continue };
        let installed = installed(view, image, built);
        let configured = configured(view, image, built);
        let run = start.tree.commands.iter().find_map(|command| {
            let piped = command.piped_into.iter().filter_map(|words| words.first());
            let words = command.words.first().into_iter().chain(piped);
            words.into_iter().find_map(|w| Some((rotator(&w.text)?, w.span)))
        });
        let found = match (installed, configured, run) {
            (_, _, Some((name, span))) => Some((name, span, None)),
            // Bases bring the package and its folder; only both together were meant.
            (Some((name, span)), Some(config), None) => Some((name, span, Some(config))),
            _ => None,
        };
        let Some((name, span, config)) = found else { continue };
        let finding = sink.at(span).argument("tool", name).service(start.service);
        sink.report(match config {
            Some(config) => finding.related(config, "config"),
            None => finding,
        });
    }
}

fn rotator(word: &str) -> Option<&'static str> {
    let name = word.rsplit('/').next().unwrap_or(word);
    let name = name.split(['=', ':']).next().unwrap_or(name);
    ROTATORS.iter().copied().find(|r| *r == name)
}

/// The word of a package manager's command line that installs one.
fn installed(view: &View<'_>, image: &Image, built: &BuiltImage) -> Option<(&'static str, Span)> {
    let commands = view.world.layer_commands(image, built);
    let installs = commands.into_iter().filter(|c| c.class(CommandClass::InstallsDependencies).is_some());
    installs.flat_map(|c| c.words.iter().skip(1)).find_map(|w| Some((rotator(&w.text)?, w.span)))
}

/// A `COPY` of a configuration for one.
fn configured(view: &View<'_>, image: &Image, built: &BuiltImage) -> Option<Span> {
    let copies = view.world.layer_copies(image, built).into_iter();
    let mut configs =
        copies.filter(|(to, _)| to.contains("/logrotate.d") || to.ends_with("logrotate.conf")).map(|(_, at)| at);
    configs.next()
}
