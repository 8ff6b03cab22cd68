//! `dependencies/unpinned-remote-installer`: a build runs whatever a server returns today.

use crate::discover::role::Role;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::image::StartCommand;
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "dependencies/unpinned-remote-installer",
    factor: Factor::Dependencies,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Images, Need::Pipelines],
    subject: SubjectKind::Repository,
    page: include_str!("unpinned_remote_installer.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let world = view.world;
    let images = world.images.iter().filter(|i| i.role == Role::Production);
    let in_images = images.flat_map(|i| &i.targets).flat_map(|t| &t.runs);
    let jobs = world.pipelines.jobs.iter().filter(|job| world.pipelines.is_release(job));
    let in_jobs = jobs.flat_map(|j| j.commands()).filter(|c| !c.in_image).map(|c| &c.command);
    let mut said: Vec<Span> = Vec::new();
    for command in in_images.chain(in_jobs) {
        let Some((url, span)) = piped_to_shell(command) else { continue };
        if said.contains(&span) || is_versioned(url) {
            continue;
        }
        said.push(span);
        let finding = sink.at(span).argument("url", host(url));
        // What rustup installs is decided by the toolchain it is told, and its own protocol is kept stable.
        let rustup = url.contains("rustup");
        sink.report(if rustup { finding.variant("rustup").level(Level::Info) } else { finding });
    }
}

/// The address that a command fetches and hands to a shell.
fn piped_to_shell(command: &StartCommand) -> Option<(&str, Span)> {
    let program = command.words.first().map(|w| w.text.rsplit('/').next().unwrap_or(""))?;
    if !matches!(program, "curl" | "wget") {
        return None;
    }
    let runs = |words: &Vec<crate::world::image::StartWord>| {
        let mut names = words.iter().map(|w| w.text.rsplit('/').next().unwrap_or("")).filter(|w| !w.contains('='));
        let first = names.find(|w| !matches!(*w, "sudo" | "env" | "-E"));
        matches!(first, Some("sh" | "bash" | "zsh" | "dash" | "ash" | "python" | "python3" | "perl" | "ruby" | "node"))
    };
    if !command.piped_into.iter().any(runs) {
        return None;
    }
    // The installer is told the version: `sh -s -- --version 1.2`, `TOOL_VERSION=1.2 sh`.
    let version = |word: &str| word == "--version" || word.split_once('=').is_some_and(|(n, _)| n.ends_with("VERSION"));
    let told = command.piped_into.iter().flatten().any(|w| version(&w.text));
    if told || command.assignments.iter().any(|(name, _)| name.ends_with("_VERSION")) {
        return None;
    }
    // A sum that is compared on the way makes it sure.
    let compared = command.piped_into.iter().any(|words| words.first().is_some_and(|w| w.text.contains("sha256")));
    let url = command.words.iter().find(|w| w.text.contains("://") || w.text.starts_with("sh."))?;
    (!compared).then_some((url.text.as_str(), url.span))
}

/// A version, a commit or a variable in the path names what is fetched.
fn is_versioned(url: &str) -> bool {
    let path = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = path.split_once('/').map_or("", |(_, path)| path);
    let numbered = |part: &str| {
        let part = part.trim_start_matches('v');
        part.starts_with(|c: char| c.is_ascii_digit()) && part.contains('.')
    };
    let commit = |part: &str| part.len() == 40 && part.bytes().all(|b| b.is_ascii_hexdigit());
    path.contains('$') || path.split(['/', '-', '_', '=']).any(|part| numbered(part) || commit(part))
}

/// The address without what could hold a secret.
fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    rest.rsplit_once('@').map_or(rest, |(_, host)| host).to_owned()
}
