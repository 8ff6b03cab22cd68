//! `dependencies/missing-lockfile`: an application whose dependencies are not pinned by a tracked lock file.

use std::collections::BTreeSet;

use crate::discover::is_below;
use crate::discover::kind::FileKind;
use crate::discover::role::Role;
use crate::facts::artefact::Artefact;
use crate::facts::manifest::{DependencyKind, NodeManifest};
use crate::rules::{Confidence, Factor, Finding, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::{ByteRange, FileId, Span};
use crate::world::packages::{Package, folder_of, join};
use crate::world::{ServiceKind, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "dependencies/missing-lockfile",
    factor: Factor::Dependencies,
    also: &[],
    level: Level::Error,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Stable,
    since: "0.1.0",
    needs: &[Need::Cargo, Need::Node, Need::Paths],
    subject: SubjectKind::Repository,
    page: include_str!("missing_lockfile.md"),
    check,
};

/// Where a lock file was looked for.
enum Lock {
    Tracked,
    Untracked(FileId),
    Missing,
    Unknown,
}

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    cargo(view, sink);
    node(view, sink);
}

fn cargo(view: &View<'_>, sink: &mut Sink<'_>) {
    let mut done = BTreeSet::new();
    let applications = applications(view);
    for package in &applications {
        if !done.insert(package.workspace_folder.as_str()) {
            continue;
        }
        let path = join(&package.workspace_folder, "Cargo.lock");
        let span = match package.manifest.package_range {
            Some(table) => head(package.manifest_file, table, "[package]"),
            None => Span::whole(package.manifest_file),
        };
        let finding = sink.at(span).argument("name", package.name.clone()).argument("lock", "Cargo.lock");
        let mut siblings = applications.iter().filter(|p| p.workspace_folder == package.workspace_folder);
        let helpers = siblings.all(|p| is_library_with_helpers(view, p));
        let finding = if helpers { finding.level(Level::Info) } else { finding };
        report(view, sink, finding, &path, &["Cargo.lock"]);
    }
}

/// Packages with a program that is shipped or run, and with dependencies from elsewhere.
fn applications<'w>(view: &View<'w>) -> Vec<&'w Package> {
    let runs = |kind: ServiceKind| {
        !matches!(kind, ServiceKind::TestSupport | ServiceKind::BuildTool | ServiceKind::ProcMacro)
    };
    let all = view.world.packages.iter().enumerate();
    let shipped = all.filter(|(at, package)| {
        let own = view.world.services.iter().filter(|s| s.package.is_some_and(|p| p.0 == *at));
        !package.above && package.role == Role::Production && own.into_iter().any(|s| runs(s.kind))
    });
    shipped.map(|(_, package)| package).filter(|p| has_foreign_dependency(view, p)).collect()
}

/// A library whose programs nothing deploys.
fn is_library_with_helpers(view: &View<'_>, package: &Package) -> bool {
    let mut services = view.world.services.iter().filter(|s| {
        s.package.and_then(|p| view.world.packages.get(p.0)).is_some_and(|p| std::ptr::eq(p, package))
    });
    let serves = |roles: &BTreeSet<String>| roles.contains("server") || roles.contains("serverless");
    package.library.is_some()
        && services.all(|s| !s.shipped && !s.kind.is_long_running() && !serves(&s.dependency_roles))
}

fn has_foreign_dependency(view: &View<'_>, package: &Package) -> bool {
    let of_workspace = |key: &str| {
        view.world.packages.iter().any(|p| {
            p.workspace_folder == package.workspace_folder && p.name == key
        })
    };
    package.manifest.dependencies.iter().any(|d| {
        matches!(d.kind, DependencyKind::Normal | DependencyKind::Build)
            && d.path.is_none()
            && !(d.inherited && of_workspace(d.package_name()))
    })
}

fn node(view: &View<'_>, sink: &mut Sink<'_>) {
    const LOCKS: &[&str] = &[
        "package-lock.json",
        "npm-shrinkwrap.json",
        "yarn.lock",
        "pnpm-lock.yaml",
        "bun.lock",
        "bun.lockb",
    ];
    for (at, found) in view.world.inventory.files.iter().enumerate() {
        let Some(id) = u32::try_from(at).ok().map(FileId) else { break };
        let Artefact::NodeManifest(manifest) = view.world.artefact(id) else { continue };
        let Some(range) = manifest.dependencies_range.filter(|_| !found.above && found.role == Role::Production)
        else {
            continue;
        };
        let folder = folder_of(&found.path);
        let application = is_application(view, manifest, folder);
        if !application && is_library(manifest) || !manifest.dependencies.iter().any(|d| is_foreign(&d.requirement.value)) {
            continue;
        }
        // A workspace keeps one lock file at its root.
        let mut places = vec![folder];
        while let Some(last) = places.last().filter(|f| !f.is_empty()) {
            places.push(folder_of(last));
        }
        let paths: Vec<String> = places.iter().flat_map(|p| LOCKS.iter().map(|l| join(p, l))).collect();
        if paths.iter().any(|p| matches!(lock_at(view, p), Lock::Tracked | Lock::Unknown)) {
            continue;
        }
        let path = paths.iter().find(|p| matches!(lock_at(view, p), Lock::Untracked(_)));
        let path = path.cloned().unwrap_or_else(|| join(folder, "package-lock.json"));
        let name = manifest.name.as_ref().map_or_else(|| found.path.clone(), |n| n.value.clone());
        let finding = sink
            .at(Span::new(id, range))
            .argument("name", name)
            .argument("lock", path.rsplit('/').next().unwrap_or("").to_owned());
        // Tools for the developers of something else do not ship.
        let finding = if application { finding } else { finding.level(Level::Info) };
        report(view, sink, finding, &path, LOCKS);
    }
}

/// Started by a script or an image, or installed as a command.
fn is_application(view: &View<'_>, manifest: &NodeManifest, folder: &str) -> bool {
    let starts = manifest.scripts.iter().any(|(name, _)| name.value == "start");
    let image = view
        .world
        .inventory
        .files
        .iter()
        .any(|f| f.kind == Some(FileKind::Dockerfile) && folder_of(&f.path) == folder && f.role == Role::Production);
    let normal = manifest.dependencies.iter().any(|d| !d.development);
    (starts || image || manifest.has_binary) && normal
}

fn is_library(manifest: &NodeManifest) -> bool {
    !manifest.private && manifest.main.is_some()
}

fn is_foreign(requirement: &str) -> bool {
    !["file:", "link:", "portal:", "workspace:"].iter().any(|p| requirement.starts_with(p))
}

fn lock_at(view: &View<'_>, path: &str) -> Lock {
    let inventory = &view.world.inventory;
    match view.world.file_at(path) {
        Some(id) => match inventory.files.get(id.0 as usize).and_then(|f| f.tracked) {
            Some(false) => Lock::Untracked(id),
            _ => Lock::Tracked,
        },
        None if inventory.tracked.as_ref().is_some_and(|t| t.contains(path)) => Lock::Tracked,
        None if inventory.skips.iter().any(|s| is_below(path, &s.path)) => Lock::Unknown,
        None => Lock::Missing,
    }
}

fn report(view: &View<'_>, sink: &mut Sink<'_>, finding: Finding, path: &str, names: &[&str]) {
    let ignored = ignored_by(view, path, names);
    let finding = finding.looked_for(path);
    let finding = match (lock_at(view, path), ignored) {
        (Lock::Tracked | Lock::Unknown, _) => return,
        (_, Some(line)) => finding.variant("ignored").related(line, "ignore"),
        (Lock::Untracked(file), None) => finding.variant("untracked").related(Span::whole(file), "lock"),
        (Lock::Missing, None) => finding,
    };
    sink.report(finding);
}

/// The line of a `.gitignore` above `path` that names a lock file.
fn ignored_by(view: &View<'_>, path: &str, names: &[&str]) -> Option<Span> {
    let inventory = &view.world.inventory;
    inventory.files.iter().enumerate().rev().find_map(|(at, found)| {
        let id = u32::try_from(at).ok().map(FileId)?;
        let Artefact::Gitignore(patterns) = view.world.artefact(id) else { return None };
        let name = path.rsplit('/').next().unwrap_or(path);
        let names_it = |pattern: &str| {
            let bare = pattern.trim_start_matches("**/").trim_start_matches('/');
            bare == name || names.contains(&bare) || bare == "*.lock" && name.ends_with(".lock") || bare == path
        };
        let hit = patterns.iter().find(|p| names_it(&p.value))?;
        is_below(path, folder_of(&found.path)).then(|| Span::new(id, hit.range))
    })
}

/// The first line of a table: its header.
fn head(file: FileId, table: ByteRange, header: &str) -> Span {
    let end = (table.start as usize + header.len()).min(table.end as usize);
    Span::new(file, ByteRange::new(table.start as usize, end))
}
