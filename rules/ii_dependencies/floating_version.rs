//! `dependencies/floating-version`: a manifest takes whatever version there is.

use crate::discover::role::Role;
use crate::facts::artefact::Artefact;
use crate::facts::manifest::{CargoManifest, DependencyKind, NodeManifest, PythonRequirements};
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::{FileId, Span, Spanned};
use crate::world::locks::NODE_LOCKS;
use crate::world::packages::folder_of;
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "dependencies/floating-version",
    factor: Factor::Dependencies,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::B,
    stage: Stage::Stable,
    since: "0.1.0",
    needs: &[Need::Cargo, Need::Node, Need::Requirements, Need::Images, Need::Paths],
    subject: SubjectKind::File,
    page: include_str!("floating_version.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let crate::world::Subject::File(file) = view.subject else { return };
    let found = view.world.inventory.files.get(file.0 as usize);
    if found.is_none_or(|f| f.above || f.role != Role::Production) {
        return;
    }
    match view.world.artefact(file) {
        Artefact::CargoManifest(manifest) => cargo(view, file, manifest, sink),
        Artefact::NodeManifest(manifest) => node(view, file, manifest, sink),
        Artefact::Requirements(requirements) => pip(view, file, requirements, sink),
        _ => {}
    }
}

fn cargo(view: &View<'_>, file: FileId, manifest: &CargoManifest, sink: &mut Sink<'_>) {
    let lock = view.world.cargo_lock_of(file);
    for dependency in &manifest.dependencies {
        let kinds = [DependencyKind::Normal, DependencyKind::Build, DependencyKind::Workspace];
        let own = dependency.path.is_some() || dependency.git.is_some() || !kinds.contains(&dependency.kind);
        let Some(version) = dependency.version.as_ref().filter(|v| !own && is_open(&v.value)) else { continue };
        let locked = lock.map(|lock| view.world.locked(lock, dependency.package_name())).unwrap_or_default();
        let known = match locked.as_slice() {
            [only] => Some(only.version.clone()),
            _ => None,
        };
        report(sink, file, &dependency.key.value, version, lock, known);
    }
}

fn node(view: &View<'_>, file: FileId, manifest: &NodeManifest, sink: &mut Sink<'_>) {
    let lock = view.world.lock_above(folder_of(view.world.path(file)), NODE_LOCKS);
    for dependency in manifest.dependencies.iter().filter(|d| !d.development) {
        let requirement = &dependency.requirement;
        if is_open(&requirement.value) || is_tag(&requirement.value) {
            report(sink, file, &dependency.name.value, requirement, lock, None);
        }
    }
}

/// Once for each dependency; with a lock file it can only move when somebody moves it.
fn report(
    sink: &mut Sink<'_>,
    file: FileId,
    name: &str,
    version: &Spanned<String>,
    lock: Option<FileId>,
    known: Option<String>,
) {
    let mut finding = sink
        .at(Span::new(file, version.range))
        .argument("name", name)
        .argument("version", version.value.clone());
    if let Some(lock) = lock {
        finding = finding.level(Level::Info).variant("locked").related(Span::whole(lock), "lock");
    }
    sink.report(match known {
        Some(known) => finding.variant("known").argument("known", known),
        None => finding,
    });
}

/// Once for a file: somebody who writes names alone means all of them.
fn pip(view: &View<'_>, file: FileId, requirements: &PythonRequirements, sink: &mut Sink<'_>) {
    let path = view.world.path(file);
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.strip_suffix(".txt").unwrap_or(name);
    let for_developers = |word: &str| matches!(word, "dev" | "test" | "tests" | "testing" | "docs" | "doc" | "lint" | "local" | "ci");
    if requirements.constrained || stem.split(['-', '_', '.']).any(for_developers) {
        return;
    }
    let open = |specifier: &str| specifier.is_empty() || is_open(specifier);
    let mut floating = requirements.requirements.iter().filter(|r| r.location.is_none() && open(&r.specifier));
    let Some(first) = floating.next() else { return };
    let more = floating.count();
    let finding = sink
        .at(Span::new(file, first.range))
        .variant(if more == 0 { "pip" } else { "pip-several" })
        .argument("name", first.name.clone())
        .argument("more", more.to_string())
        .argument("file", name);
    let installed = view.world.images.iter().filter(|i| i.role == Role::Production).find_map(|image| {
        let runs = image.targets.iter().flat_map(|t| &t.runs);
        let reads = |w: &str| w.rsplit('/').next() == Some(name);
        let mut here = runs.filter(|_| crate::discover::is_below(path, &image.folder));
        here.find(|command| command.texts().iter().any(|w| reads(w))).map(|command| command.span)
    });
    sink.report(match installed {
        Some(span) => finding.related(span, "installed"),
        None => finding.level(Level::Info),
    });
}

/// True for requirements without an upper end: `*`, `>=1`, nothing at all.
fn is_open(requirement: &str) -> bool {
    let requirement = requirement.trim();
    let mut lower = false;
    for part in requirement.split([',', ' ']).filter(|p| !p.is_empty()) {
        // `>= 1` is one bound in two words.
        let bound = lower && part.starts_with(|c: char| c.is_ascii_digit());
        lower |= part.starts_with('>');
        if !(part.starts_with('>') || bound || matches!(part, "*" | "x" | "X")) {
            return false;
        }
    }
    true
}

/// Names that the registry moves: `latest`.
fn is_tag(requirement: &str) -> bool {
    matches!(requirement.trim(), "latest" | "next" | "canary" | "beta" | "alpha" | "nightly")
}
