//! What keeps factor II: a tracked lock file, image builds that refuse to change it, a fixed toolchain.

use crate::discover::kind::FileKind;
use crate::rules::evidence::{Collector, EvidenceSink};
use crate::rules::Need;
use crate::source::{FileId, Span};
use crate::world::image::StartCommand;
use crate::world::packages::{folder_of, join};
use crate::world::View;

/// Collects it.
pub static EVIDENCE: Collector =
    Collector { needs: &[Need::Cargo, Need::Node, Need::Paths, Need::Images], collect };

/// Manifests with the lock files that go with them, and whether a folder above may hold the lock.
const ECOSYSTEMS: &[(&str, &[&str], bool)] = &[
    ("package.json", &["package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb"], true),
    ("pyproject.toml", &["uv.lock", "poetry.lock", "pdm.lock"], true),
    ("Pipfile", &["Pipfile.lock"], false),
    ("go.mod", &["go.sum"], false),
    ("Gemfile", &["Gemfile.lock"], false),
    ("composer.json", &["composer.lock"], false),
    ("mix.exs", &["mix.lock"], false),
    ("build.gradle", &["gradle.lockfile"], false),
    ("build.gradle.kts", &["gradle.lockfile"], false),
];

fn collect(view: &View<'_>, sink: &mut EvidenceSink<'_>) {
    let Some((_, service)) = view.service() else { return };
    let world = view.world;
    let package = service.package.and_then(|id| world.packages.get(id.0));
    if let Some(package) = package {
        let own = service.packages.iter().filter_map(|id| world.packages.get(id.0));
        let foreign = own.flat_map(|p| &p.manifest.dependencies).any(|d| d.path.is_none());
        if !foreign {
            return sink.not_applicable("no-dependencies");
        }
        lock(view, sink, &join(&package.workspace_folder, "Cargo.lock"));
        for name in ["rust-toolchain.toml", "rust-toolchain"] {
            if let Some(file) = tracked(view, &join(&package.workspace_folder, name)) {
                sink.supports("toolchain", Span::whole(file)).argument("file", world.path(file));
            }
        }
    } else {
        for folder in view.source_folders() {
            other_locks(view, sink, folder);
        }
    }
    for (_, built) in view.images_of_service() {
        for command in built.runs.iter().filter(|c| is_locked(c)) {
            sink.keeps("locked-build", command.span).argument("command", head(command));
        }
    }
    let pinned = world.inventory.tracked.is_some();
    sink.unknown(if pinned { "no-lock" } else { "not-versioned" });
}

fn lock(view: &View<'_>, sink: &mut EvidenceSink<'_>, path: &str) {
    let Some(file) = tracked(view, path) else { return };
    // Without version control a lock file on the disk may be an ignored one.
    let known = view.world.inventory.tracked.is_some();
    let span = Span::whole(file);
    let evidence = if known { sink.keeps("lock", span) } else { sink.supports("lock", span) };
    evidence.argument("lock", path);
}

fn other_locks(view: &View<'_>, sink: &mut EvidenceSink<'_>, folder: &str) {
    for (manifest, locks, above) in ECOSYSTEMS {
        if view.world.file_at(&join(folder, manifest)).is_none() {
            continue;
        }
        let mut places = vec![folder];
        while let Some(last) = places.last().filter(|f| *above && !f.is_empty()) {
            places.push(folder_of(last));
        }
        let mut paths = places.iter().flat_map(|place| locks.iter().map(|lock| join(place, lock)));
        if let Some(path) = paths.find(|path| tracked(view, path).is_some()) {
            lock(view, sink, &path);
        }
    }
}

/// The file at `path`, unless it is known that version control does not know it.
fn tracked(view: &View<'_>, path: &str) -> Option<FileId> {
    let file = view.world.file_at(path)?;
    let found = view.world.inventory.files.get(file.0 as usize)?;
    let real = found.size > 0 || found.kind != Some(FileKind::NodeLock);
    (found.tracked != Some(false) && real).then_some(file)
}

/// True for a command of an image build that fails when the lock file would have to change.
fn is_locked(command: &StartCommand) -> bool {
    let words = command.texts();
    let has = |word: &str| words.contains(&word);
    match command.program() {
        "cargo" => (has("build") || has("install") || has("b") || has("chef")) && (has("--locked") || has("--frozen")),
        "npm" => has("ci"),
        "yarn" => has("--immutable") || has("--frozen-lockfile"),
        "pnpm" | "bun" => has("install") && has("--frozen-lockfile"),
        "pip" | "pip3" => has("--require-hashes"),
        "uv" => has("sync") && (has("--locked") || has("--frozen")),
        "pipenv" => has("--deploy"),
        "bundle" => has("--frozen") || has("--deployment"),
        _ => false,
    }
}

/// The command with its subcommand.
fn head(command: &StartCommand) -> String {
    let words = command.texts();
    let flag = words.iter().find(|w| w.starts_with("--") && (w.contains("lock") || w.contains("froz") || w.contains("hash") || w.contains("immu") || w.contains("deploy")));
    let mut shown: Vec<&str> = vec![command.program()];
    shown.extend(words.get(1..).unwrap_or_default().iter().find(|w| !w.starts_with(['-', '+'])));
    shown.extend(flag);
    shown.join(" ")
}
