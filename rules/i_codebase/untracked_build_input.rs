//! `codebase/untracked-build-input`: a build needs what git ignores.

use crate::discover::kind::FileKind;
use crate::discover::role::Role;
use crate::facts::artefact::Artefact;
use crate::facts::value::ValueKind;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::{FileId, Span};
use crate::world::packages::{folder_of, join, normalise};
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "codebase/untracked-build-input",
    factor: Factor::Codebase,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::Medium,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[
        Need::Paths,
        Need::Cargo,
        Need::Images,
        Need::Compose,
        Need::Source(crate::facts::code::Language::Rust),
    ],
    subject: SubjectKind::Repository,
    page: include_str!("untracked_build_input.md"),
    check,
};

/// A path that a build needs.
struct Input {
    /// As written.
    written: String,
    /// Relative to the root.
    path: String,
    span: Span,
}

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    if view.world.inventory.tracked.is_none() {
        return;
    }
    let mut inputs = cargo(view);
    inputs.extend(images(view));
    inputs.extend(contexts(view));
    inputs.extend(included(view));
    inputs.sort_by_key(|input| input.span);
    inputs.dedup_by_key(|input| input.span);
    for input in inputs {
        if is_product(&input.path) || view.world.is_tracked(&input.path) != Some(false) {
            continue;
        }
        let Some(ignore) = view.world.ignored_at(&input.path) else { continue };
        sink.report(sink.at(input.span).argument("path", input.written).related(ignore, "ignore"));
    }
}

/// Members of workspaces and dependencies by path.
fn cargo(view: &View<'_>) -> Vec<Input> {
    let mut inputs = Vec::new();
    for (at, found) in view.world.inventory.files.iter().enumerate() {
        let Some(file) = u32::try_from(at).ok().map(FileId) else { break };
        let Artefact::CargoManifest(manifest) = view.world.artefact(file) else { continue };
        if found.above || found.role != Role::Production {
            continue;
        }
        let dependencies = manifest.dependencies.iter().filter_map(|d| d.path.as_ref());
        let members = manifest.workspace.iter().flat_map(|w| &w.members);
        for path in dependencies.chain(members).filter(|p| !p.value.contains(['*', '?', '['])) {
            let Some(full) = normalise(&join(folder_of(&found.path), &path.value)) else { continue };
            inputs.push(Input { written: path.value.clone(), path: full, span: Span::new(file, path.range) });
        }
    }
    inputs
}

/// What `COPY` takes from the build context.
fn images(view: &View<'_>) -> Vec<Input> {
    let mut inputs = Vec::new();
    for image in view.world.images.iter().filter(|i| i.role == Role::Production) {
        for source in view.world.context_sources(image) {
            if let Some(path) = source.path {
                inputs.push(Input { written: source.written, path, span: source.span });
            }
        }
    }
    inputs
}

/// Folders that compose files build.
fn contexts(view: &View<'_>) -> Vec<Input> {
    let environments = view.world.projects.iter().flat_map(|p| &p.environments);
    let production = environments.filter(|e| e.role == Role::Production);
    let builds = production.flat_map(|e| &e.services).filter_map(|s| s.build.as_ref());
    let input = |build: &crate::world::compose::Build| {
        let path = build.context_folder.clone()?;
        Some(Input { written: build.context.value.shown().to_owned(), path, span: build.context.span })
    };
    builds.filter_map(input).collect()
}

/// Files that `include_str!` and `include_bytes!` compile in.
fn included(view: &View<'_>) -> Vec<Input> {
    let mut inputs = Vec::new();
    for (_, file) in view.code_files() {
        let package = file.package.and_then(|p| view.world.packages.get(p.0));
        // A build script may write the file first.
        if package.is_none_or(|p| view.world.file_at(&join(&p.folder, "build.rs")).is_some()) {
            continue;
        }
        for call in &file.facts.calls {
            if call.scope.test || !matches!(call.callee.last(), "include_str!" | "include_bytes!" | "include!") {
                continue;
            }
            let Some(argument) = call.arguments.first() else { continue };
            let ValueKind::Text(written) = &argument.value.kind else { continue };
            let Some(path) = normalise(&join(folder_of(&file.path), written)) else { continue };
            let span = Span::new(file.file, argument.value.range);
            inputs.push(Input { written: written.clone(), path, span });
        }
    }
    inputs
}

/// Products of a build that runs before this one, settings that every deploy has for itself, and secrets.
fn is_product(path: &str) -> bool {
    let folders = [
        "target", "dist", "build", "out", "output", "bin", "obj", "node_modules", "vendor", "publish", "artifacts",
        "release", "releases", ".next", "_build", "pkg", "generated", "gen", "static", "public", "coverage",
    ];
    let name = path.rsplit('/').next().unwrap_or(path);
    let built = [".jar", ".war", ".tar", ".gz", ".tgz", ".zip", ".deb", ".rpm", ".apk", ".whl", ".so", ".wasm", ".exe", ".lock"];
    path.is_empty()
        || path.split('/').any(|part| folders.contains(&part.to_ascii_lowercase().as_str()))
        || built.iter().any(|end| name.ends_with(end))
        || crate::discover::kind::kind_of_path(path) == Some(FileKind::Dotenv)
        || name.starts_with(".env")
        || path.contains(['*', '?', '$', '['])
}
