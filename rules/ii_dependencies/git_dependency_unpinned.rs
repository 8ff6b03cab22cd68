//! `dependencies/git-dependency-unpinned`: a dependency follows a branch of somebody's repository.

use crate::discover::role::Role;
use crate::facts::artefact::Artefact;
use crate::facts::manifest::{CargoManifest, DependencyKind, NodeManifest, PythonRequirements};
use crate::rules::{Confidence, Factor, Finding, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::{FileId, Span};
use crate::world::locks::NODE_LOCKS;
use crate::world::packages::folder_of;
use crate::world::{Subject, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "dependencies/git-dependency-unpinned",
    factor: Factor::Dependencies,
    also: &[],
    level: Level::Error,
    confidence: Confidence::High,
    grade: Grade::B,
    stage: Stage::Stable,
    since: "0.1.0",
    needs: &[Need::Cargo, Need::Node, Need::Requirements, Need::Paths],
    subject: SubjectKind::File,
    page: include_str!("git_dependency_unpinned.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Subject::File(file) = view.subject else { return };
    let found = view.world.inventory.files.get(file.0 as usize);
    if found.is_none_or(|f| f.above || f.role != Role::Production) {
        return;
    }
    match view.world.artefact(file) {
        Artefact::CargoManifest(manifest) => cargo(view, file, manifest, sink),
        Artefact::NodeManifest(manifest) => node(view, file, manifest, sink),
        Artefact::Requirements(requirements) => pip(file, requirements, sink),
        _ => {}
    }
}

fn cargo(view: &View<'_>, file: FileId, manifest: &CargoManifest, sink: &mut Sink<'_>) {
    let lock = view.world.cargo_lock_of(file);
    for dependency in manifest.dependencies.iter().filter(|d| !d.pinned && d.kind != DependencyKind::Development) {
        let Some(git) = &dependency.git else { continue };
        let locked = lock.map(|lock| view.world.locked(lock, dependency.package_name())).unwrap_or_default();
        let commit = locked.iter().find_map(|p| p.commit.as_deref()).and_then(|c| c.get(..12));
        let branch = dependency.branch.as_ref();
        let place = branch.unwrap_or(git).range;
        let finding = sink.at(Span::new(file, place)).argument("name", dependency.key.value.clone());
        let finding = said(finding, branch.map(|b| b.value.as_str()), lock);
        // Whoever uses a library locks it.
        let package = view.world.packages.iter().find(|p| p.manifest_file == file);
        let library = lock.is_none() && package.is_some_and(|p| p.binaries.is_empty());
        let finding = if library { finding.level(Level::Warning) } else { finding };
        sink.report(match commit {
            Some(commit) => finding.argument("pin", format!("rev = \"{commit}\"")),
            None => finding.argument("pin", "rev = \"…\""),
        });
    }
}

fn node(view: &View<'_>, file: FileId, manifest: &NodeManifest, sink: &mut Sink<'_>) {
    let lock = view.world.lock_above(folder_of(view.world.path(file)), NODE_LOCKS);
    for dependency in manifest.dependencies.iter().filter(|d| !d.development) {
        let requirement = dependency.requirement.value.as_str();
        let Some(branch) = moving_reference(requirement) else { continue };
        let finding = sink.at(Span::new(file, dependency.requirement.range));
        let finding = finding.argument("name", dependency.name.value.clone()).argument("pin", "#<commit>");
        sink.report(said(finding, branch, lock));
    }
}

fn pip(file: FileId, requirements: &PythonRequirements, sink: &mut Sink<'_>) {
    for requirement in &requirements.requirements {
        let Some(location) = requirement.location.as_ref().filter(|l| l.value.starts_with("git+")) else { continue };
        let path = location.value.split('#').next().unwrap_or("");
        let path = path.split_once("://").map_or(path, |(_, rest)| rest);
        let path = path.split_once('/').map_or("", |(_, path)| path);
        let branch = match path.rsplit_once('@') {
            Some((_, reference)) if !is_branch(reference) => continue,
            Some((_, reference)) => Some(reference),
            None => None,
        };
        let name = if requirement.name.is_empty() { path } else { &requirement.name };
        let finding = sink.at(Span::new(file, requirement.range));
        let finding = finding.argument("name", name).argument("pin", "@<commit>");
        sink.report(said(finding, branch, None));
    }
}

/// Completes a finding: which branch is followed, and the lock file that holds it still for now.
fn said(finding: Finding, branch: Option<&str>, lock: Option<FileId>) -> Finding {
    let variant = match (branch, lock) {
        (Some(_), Some(_)) => "branch-locked",
        (Some(_), None) => "branch",
        (None, Some(_)) => "locked",
        (None, None) => "",
    };
    let finding = finding.variant(variant).argument("branch", branch.unwrap_or(""));
    match lock {
        Some(lock) => finding.level(Level::Info).related(Span::whole(lock), "lock"),
        None => finding,
    }
}

/// The branch that an npm requirement follows, where it is a git repository without a commit or tag: none inside for
/// the default branch.
fn moving_reference(requirement: &str) -> Option<Option<&str>> {
    let (location, reference) = match requirement.split_once('#') {
        Some((location, reference)) => (location, Some(reference)),
        None => (requirement, None),
    };
    let named = ["git+", "git://", "github:", "gitlab:", "bitbucket:", "git@"].iter().any(|p| location.starts_with(p));
    let hosted = location.starts_with("https://") && location.ends_with(".git");
    // `owner/name` is short for GitHub; a scope, a path and an alias have other signs.
    let short = location.split('/').count() == 2 && !location.contains([':', '@', '.', '~', '\\']);
    if !(named || hosted || short) {
        return None;
    }
    match reference {
        None => Some(None),
        Some(reference) if is_branch(reference) => Some(Some(reference)),
        Some(_) => None,
    }
}

/// Names that are branches everywhere; what else a reference can be is not certain.
fn is_branch(reference: &str) -> bool {
    matches!(reference, "main" | "master" | "develop" | "development" | "dev" | "trunk" | "next" | "HEAD" | "stable")
}
