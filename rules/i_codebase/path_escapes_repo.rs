//! `codebase/path-escapes-repo`: what the build needs lies outside the repository.

use std::collections::BTreeSet;

use crate::discover::role::Role;
use crate::facts::artefact::Artefact;
use crate::facts::manifest::{CargoManifest, NodeManifest};
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::{FileId, Span, Spanned};
use crate::world::packages::{folder_of, join, normalise};
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "codebase/path-escapes-repo",
    factor: Factor::Codebase,
    also: &[],
    level: Level::Error,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Cargo, Need::Node, Need::Compose, Need::Paths],
    subject: SubjectKind::Repository,
    page: include_str!("path_escapes_repo.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let inventory = &view.world.inventory;
    // Without version control nobody knows where the repository ends.
    if inventory.tracked.is_none() {
        return;
    }
    for (at, found) in inventory.files.iter().enumerate() {
        if found.above || found.role != Role::Production {
            continue;
        }
        let Some(id) = u32::try_from(at).ok().map(FileId) else { break };
        let paths = match view.world.artefact(id) {
            Artefact::CargoManifest(manifest) => cargo_paths(manifest),
            Artefact::NodeManifest(manifest) => node_paths(manifest),
            _ => continue,
        };
        for path in paths.into_iter().filter(|p| escapes(folder_of(&found.path), &p.value)) {
            sink.report(sink.at(Span::new(id, path.range)).argument("path", path.value));
        }
    }
    compose(view, sink);
    for (at, link) in inventory.links.iter().enumerate() {
        let role = crate::discover::role::role_of_path(&link.path);
        if link.tracked == Some(true) && role == Role::Production && escapes(folder_of(&link.path), &link.target) {
            let finding = sink.at(Span::whole(view.world.link_file(at))).variant("link");
            sink.report(finding.argument("path", link.target.clone()).argument("link", link.path.clone()));
        }
    }
}

/// Build contexts, `env_file`s and mounted folders of compose projects.
fn compose(view: &View<'_>, sink: &mut Sink<'_>) {
    let mut seen = BTreeSet::new();
    for environment in view.world.projects.iter().flat_map(|p| &p.environments) {
        if !matches!(environment.role, Role::Production | Role::Dev) {
            continue;
        }
        for service in &environment.services {
            let contexts = service.build.iter().map(|b| (&b.context, false));
            let files = service.env_files.iter().map(|f| (&f.path, false));
            let mounts = service.volumes.iter().filter_map(|m| Some((m.source.as_ref()?, true)));
            for (path, mounted) in contexts.chain(files).chain(mounts) {
                let text = path.value.shown();
                let folder = folder_of(view.world.path(path.span.file));
                let home = ["/home/", "/Users/", "~/"].iter().any(|h| text.starts_with(h));
                let local = text.starts_with('.') && escapes(folder, text);
                if !(home || local) || text.contains('$') || !seen.insert(path.span) {
                    continue;
                }
                let variant = if mounted { "mount" } else { "compose" };
                let finding = sink.at(path.span).variant(variant).argument("path", text.to_owned());
                // What only developers start breaks no deploy; in somebody's home lies data more often than source.
                sink.report(match (mounted, home || environment.role == Role::Dev) {
                    (true, true) => finding.level(Level::Info).confidence(Confidence::Medium),
                    (true, false) => finding.level(Level::Warning).confidence(Confidence::Medium),
                    (false, _) if environment.role == Role::Dev => finding.level(Level::Info),
                    (false, _) => finding,
                });
            }
        }
    }
}

/// Paths of dependencies, patches and workspace members; other tables name files for packaging.
fn cargo_paths(manifest: &CargoManifest) -> Vec<Spanned<String>> {
    let dependencies = manifest.dependencies.iter().filter_map(|d| d.path.clone());
    let members = manifest.workspace.iter().flat_map(|w| w.members.iter().cloned());
    dependencies.chain(members).collect()
}

fn node_paths(manifest: &NodeManifest) -> Vec<Spanned<String>> {
    let local = |requirement: &Spanned<String>| {
        let path = ["file:", "link:", "portal:"].iter().find_map(|p| requirement.value.strip_prefix(p))?;
        Some(Spanned::new(path.to_owned(), requirement.range))
    };
    manifest.dependencies.iter().filter_map(|d| local(&d.requirement)).collect()
}

/// True when `path`, relative to `folder`, is outside the root: absolute, or with too many `..`.
fn escapes(folder: &str, path: &str) -> bool {
    let path = path.replace('\\', "/");
    let drive = path.as_bytes().get(1) == Some(&b':');
    if path.starts_with('/') || path.starts_with('~') || drive {
        return true;
    }
    normalise(&join(folder, &path)).is_none()
}
