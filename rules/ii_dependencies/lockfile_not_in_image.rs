//! `dependencies/lockfile-not-in-image`: the lock file is there, and the image build cannot see it.

use std::collections::BTreeSet;

use globset::Glob;

use crate::discover::is_below;
use crate::discover::role::Role;
use crate::facts::artefact::Artefact;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::{FileId, Span};
use crate::world::build_steps::{mounts_files, transfer};
use crate::world::image::{Image, StartCommand, cover};
use crate::world::locks::NODE_LOCKS;
use crate::world::packages::{folder_of, join, normalise};
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "dependencies/lockfile-not-in-image",
    factor: Factor::Dependencies,
    also: &[],
    level: Level::Error,
    confidence: Confidence::High,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Images, Need::Cargo, Need::Node, Need::Compose, Need::Paths],
    subject: SubjectKind::Dockerfile,
    page: include_str!("lockfile_not_in_image.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some(image) = view.image().filter(|i| i.role == Role::Production) else { return };
    let mut seen = BTreeSet::new();
    for command in image.targets.iter().flat_map(|t| &t.runs) {
        let Some(lock) = lock_of(view, command) else { continue };
        if seen.insert(lock) {
            judge(view, image, command, lock, sink);
        }
    }
}

fn judge(view: &View<'_>, image: &Image, command: &StartCommand, lock: FileId, sink: &mut Sink<'_>) {
    let Some(step) = view.world.build_step(image, command) else { return };
    if mounts_files(step.instruction) {
        return;
    }
    let path = view.world.path(lock);
    let manifest = command.manifest.map_or("", |file| view.world.path(file));
    let contexts = view.world.likely_contexts(image.dockerfile);
    // Another folder than the one that was judged would see other files.
    let [context] = contexts.as_slice() else { return };
    let mut brings_manifest = None;
    let mut brings_lock = false;
    for instruction in &step.before {
        let Some(transfer) = transfer(instruction) else { continue };
        // What another stage or an address gives is not known.
        if instruction.flag("from").is_some() || transfer.sources.iter().any(|s| s.value.contains(['$', ':'])) {
            return;
        }
        for source in &transfer.sources {
            brings_lock |= covers(context, &source.value, path);
            if covers(context, &source.value, manifest) {
                brings_manifest.get_or_insert(source.range);
            }
        }
    }
    let Some(range) = brings_manifest else { return };
    let name = path.rsplit('/').next().unwrap_or(path);
    let runs = command.words.iter().map(|w| w.span).reduce(cover).unwrap_or(command.span);
    let finding = sink
        .at(Span::new(image.dockerfile, range))
        .argument("lock", name)
        .argument("manifest", manifest.rsplit('/').next().unwrap_or(manifest))
        .argument("command", command.texts().into_iter().take(3).collect::<Vec<_>>().join(" "))
        .related(runs, "run");
    if !brings_lock {
        sink.report(finding.related(Span::whole(lock), "lock"));
        return;
    }
    if let Some(pattern) = ignored(view, image, context, path) {
        let mut moved = finding.variant("ignored").related(Span::whole(lock), "lock");
        moved.primary = pattern;
        sink.report(moved);
    }
}

/// The tracked lock file that the command resolves with, beside its manifest or at the root of its workspace.
fn lock_of(view: &View<'_>, command: &StartCommand) -> Option<FileId> {
    let manifest = command.manifest?;
    let texts = command.texts();
    let first = texts.iter().skip(1).find(|w| !w.starts_with('-')).copied().unwrap_or("");
    let names: &[&str] = match (command.program(), first) {
        // cargo-chef's recipe carries the lock file.
        ("cargo", "build" | "b" | "install" | "run" | "test" | "rustc") => return view.world.cargo_lock_of(manifest),
        ("npm", "install" | "i" | "ci" | "clean-install") => &["package-lock.json", "npm-shrinkwrap.json"],
        ("yarn", "" | "install") => &["yarn.lock"],
        ("pnpm", "install" | "i") => &["pnpm-lock.yaml"],
        ("bun", "install" | "i") => &["bun.lock", "bun.lockb"],
        ("go", "build" | "install" | "mod") => &["go.sum"],
        ("uv", "sync") => &["uv.lock"],
        ("poetry", "install") => &["poetry.lock"],
        _ => return None,
    };
    debug_assert!(names.iter().all(|n| NODE_LOCKS.contains(n) || n.ends_with(".lock") || n.ends_with(".sum")));
    let beside = |name: &&str| view.world.file_at(&join(folder_of(view.world.path(manifest)), name));
    let found = names.iter().find_map(beside)?;
    let tracked = view.world.inventory.files.get(found.0 as usize).and_then(|f| f.tracked);
    (tracked == Some(true)).then_some(found)
}

/// True when `source`, seen from the build context, is the file at `path`, a folder above it, or a pattern for one.
fn covers(context: &str, source: &str, path: &str) -> bool {
    let written = source.trim_matches(['"', '\'']).trim_start_matches('/');
    let Some(full) = normalise(&join(context, written)) else { return false };
    if full.contains(['*', '?', '[']) {
        let above = std::iter::successors(Some(path), |p| p.rsplit_once('/').map(|(parent, _)| parent));
        let Ok(glob) = Glob::new(&full) else { return true };
        let matcher = glob.compile_matcher();
        return above.into_iter().any(|p| matcher.is_match(p));
    }
    is_below(path, &full)
}

/// The line of the ignore file that keeps `path` out of the build context.
fn ignored(view: &View<'_>, image: &Image, context: &str, path: &str) -> Option<Span> {
    let own = format!("{}.dockerignore", view.world.path(image.dockerfile));
    let shared = join(context, ".dockerignore");
    let file = [own, shared].into_iter().find_map(|p| view.world.file_at(&p))?;
    let Artefact::Dockerignore(ignore) = view.world.artefact(file) else { return None };
    let inner = path.strip_prefix(context).unwrap_or(path).trim_start_matches('/');
    if !ignore.is_ignored(inner) {
        return None;
    }
    let name = inner.rsplit('/').next().unwrap_or(inner);
    let names = |pattern: &str| pattern == inner || pattern.ends_with(name) || pattern.contains('*');
    let line = ignore.patterns.iter().rev().find(|p| !p.negated && names(&p.pattern.value));
    let line = line.or_else(|| ignore.patterns.iter().rev().find(|p| !p.negated && is_below(inner, &p.pattern.value)))?;
    Some(Span::new(file, line.pattern.range))
}
