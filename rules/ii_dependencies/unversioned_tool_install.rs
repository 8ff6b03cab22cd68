//! `dependencies/unversioned-tool-install`: a build installs a tool in whichever version is newest.

use crate::discover::role::Role;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::image::{StartCommand, StartWord};
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "dependencies/unversioned-tool-install",
    factor: Factor::Dependencies,
    also: &[],
    level: Level::Info,
    confidence: Confidence::High,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Images, Need::Pipelines],
    subject: SubjectKind::Repository,
    page: include_str!("unversioned_tool_install.md"),
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
        for (word, pinned) in tools(command) {
            if said.contains(&word.span) {
                continue;
            }
            said.push(word.span);
            sink.report(sink.at(word.span).argument("tool", &word.text).argument("pinned", pinned));
        }
    }
}

/// The tools that a command installs without a version, each with what to type instead.
fn tools(command: &StartCommand) -> Vec<(&StartWord, String)> {
    let words: Vec<&StartWord> = command.words.iter().filter(|w| !w.text.starts_with('+')).collect();
    let texts: Vec<&str> = words.iter().map(|w| w.text.as_str()).collect();
    let program = texts.first().map_or("", |p| p.rsplit('/').next().unwrap_or(p));
    let has = |options: &[&str]| {
        texts.iter().any(|w| options.iter().any(|o| w == o || w.strip_prefix(o).is_some_and(|v| v.starts_with('='))))
    };
    let verb = texts.iter().skip(1).position(|w| !w.starts_with('-')).map_or(texts.len(), |at| at + 1);
    let behind = |values: &[&str]| plain(&words, verb + 1, values);
    match (program, texts.get(verb).copied().unwrap_or("")) {
        ("cargo", "install" | "binstall") => {
            if has(&["--path", "--version", "--vers", "--git", "--list"]) {
                return Vec::new();
            }
            let values = ["--root", "--features", "-F", "--target", "--profile", "--bin", "--bins", "--config", "-Z", "-j", "--jobs", "--registry", "--index", "--target-dir"];
            let found = behind(&values).into_iter().filter(|w| !w.text.contains('@'));
            found.map(|w| (w, format!("cargo install {}@<version> --locked", w.text))).collect()
        }
        ("npm" | "pnpm" | "yarn" | "bun", first @ ("install" | "i" | "add" | "global")) => {
            if first != "global" && !has(&["-g", "--global", "--location"]) {
                return Vec::new();
            }
            let values = ["--prefix", "--registry", "--location", "--loglevel"];
            let found = behind(&values).into_iter().filter(|w| {
                let name = w.text.trim_start_matches('@');
                !name.contains('@') && !w.text.starts_with(['.', '/']) && !w.text.contains("://") && !matches!(name, "add" | "install")
            });
            found.map(|w| (w, format!("{program} install --global {}@<version>", w.text))).collect()
        }
        ("go", "install") => {
            let found = behind(&["-ldflags", "-tags"]).into_iter().filter(|w| w.text.ends_with("@latest"));
            found.map(|w| (w, format!("go install {}@<version>", w.text.trim_end_matches("@latest")))).collect()
        }
        ("pip" | "pip3" | "pipx", "install") => {
            if has(&["-r", "--requirement", "-e", "--editable", "-c", "--constraint", "--no-index"]) {
                return Vec::new();
            }
            let values = ["--target", "-t", "--prefix", "--index-url", "-i", "--extra-index-url", "--python", "-f", "--find-links", "--root"];
            let found = behind(&values).into_iter().filter(|w| is_python_package(&w.text));
            found.map(|w| (w, format!("{program} install {}==<version>", w.text))).collect()
        }
        _ => Vec::new(),
    }
}

/// A name alone: no version, path, address or archive. The installer itself is left aside.
fn is_python_package(word: &str) -> bool {
    let name = word.split('[').next().unwrap_or(word);
    !word.contains(['=', '<', '>', '~', '/', '@', '*']) && !name.contains('.') && !matches!(name, "pip" | "setuptools" | "wheel")
}

/// The words from `from` on that are neither options nor their values, and that are known.
fn plain<'w>(words: &[&'w StartWord], from: usize, values: &[&str]) -> Vec<&'w StartWord> {
    let mut found = Vec::new();
    let mut skip = false;
    for word in words.iter().skip(from) {
        if std::mem::take(&mut skip) {
            continue;
        }
        if word.text.starts_with('-') {
            skip = values.contains(&word.text.as_str());
        } else if !word.expands && !word.text.contains(['$', '`']) && !word.text.is_empty() {
            found.push(*word);
        }
    }
    found
}
