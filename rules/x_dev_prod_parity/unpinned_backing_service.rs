//! `parity/unpinned-backing-service`: a backing service without a version.

use std::collections::BTreeSet;

use crate::discover::role::Role;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::backing::{ImageClass, ImageKind, VersionPart, image_kind};
use crate::world::compose::{ComposeProject, ComposeService};
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "parity/unpinned-backing-service",
    factor: Factor::DevProdParity,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Stable,
    since: "0.1.0",
    needs: &[Need::Compose, Need::Pipelines],
    subject: SubjectKind::Repository,
    page: include_str!("unpinned_backing_service.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for project in &view.world.projects {
        of_project(project, sink);
    }
    of_pipelines(view, sink);
}

fn of_project(project: &ComposeProject, sink: &mut Sink<'_>) {
    for environment in &project.environments {
        if !matches!(environment.role, Role::Production | Role::Dev | Role::Test | Role::Ci) {
            continue;
        }
        for service in &environment.services {
            let (Some(kind), Some(image)) = (service.role.backing(), &service.image) else { continue };
            let Some(reference) = image.value.reference.as_ref().filter(|_| service.build.is_none()) else { continue };
            if reference.digest.is_some() || !is_moving(reference.tag.as_deref()) {
                continue;
            }
            let known = known_version(project, kind);
            let overridable = !image.value.text.variables.is_empty();
            let stand_in = kind.family == "blob" || kind.slug.ends_with("emulator");
            let finding = sink
                .at(image.span)
                .argument("kind", &kind.slug)
                .argument("tag", reference.tag.as_deref().unwrap_or("latest"))
                .argument("name", name_without_tag(service))
                .argument("version", known.as_deref().unwrap_or("<version>"))
                .variant(match (&known, reference.tag.is_some()) {
                    (Some(_), true) => "moving-known",
                    (Some(_), false) => "known",
                    (None, true) => "moving",
                    (None, false) => "",
                });
            sink.report(if overridable || stand_in { finding.level(Level::Info) } else { finding });
        }
    }
}

/// The containers beside the jobs of a pipeline. One finding for a kind in a file: its jobs repeat each other.
fn of_pipelines(view: &View<'_>, sink: &mut Sink<'_>) {
    let mut said = BTreeSet::new();
    let services = view.world.pipelines.jobs.iter().flat_map(|job| &job.services);
    for service in services {
        let Some(kind) = service.references.iter().find_map(image_kind) else { continue };
        if kind.class != ImageClass::Backing || kind.version == VersionPart::None {
            continue;
        }
        // A combination of the matrix that names a version makes the moving tag an extra leg.
        let moving = service.references.iter().all(|r| r.digest.is_none() && is_moving(r.tag.as_deref()));
        if !moving || !said.insert((service.image.span.file, kind.slug.as_str())) {
            continue;
        }
        let known: BTreeSet<String> =
            view.world.projects.iter().filter_map(|project| known_version(project, kind)).collect();
        let known = known.first().filter(|_| known.len() == 1);
        let tag = service.references.first().and_then(|r| r.tag.as_deref());
        let name = service.image.value.split(':').next().unwrap_or(&service.image.value);
        let finding = sink
            .at(service.image.span)
            .argument("kind", &kind.slug)
            .argument("tag", tag.unwrap_or("latest"))
            .argument("name", name)
            .argument("version", known.map_or("<version>", String::as_str))
            .variant(match (known, tag.is_some()) {
                (Some(_), true) => "moving-known",
                (Some(_), false) => "known",
                (None, true) => "moving",
                (None, false) => "",
            });
        sink.report(finding);
    }
}

/// Tags that point to another version tomorrow.
fn is_moving(tag: Option<&str>) -> bool {
    tag.is_none_or(|tag| {
        matches!(tag, "latest" | "alpine" | "stable" | "slim" | "edge" | "main" | "master" | "nightly" | "dev" | "develop" | "lts")
            || (tag.starts_with("latest-") && !tag.contains(|c: char| c.is_ascii_digit()))
    })
}

/// The image's name as written, tag left out.
fn name_without_tag(service: &ComposeService) -> String {
    let shown = service.image.as_ref().map_or("", |i| i.value.text.shown());
    let slash = shown.rfind('/').map_or(0, |at| at + 1);
    let colon = shown.get(slash..).and_then(|last| last.find(':')).map_or(shown.len(), |at| slash + at);
    shown.get(..colon).unwrap_or(shown).to_owned()
}

/// The one version of `kind` that the project names elsewhere.
fn known_version(project: &ComposeProject, kind: &ImageKind) -> Option<String> {
    let mut versions = BTreeSet::new();
    for service in project.environments.iter().flat_map(|e| &e.services) {
        if service.role.backing().is_some_and(|k| k.slug == kind.slug) {
            let tag = service.image_reference().and_then(|r| r.tag.as_deref());
            versions.extend(tag.and_then(|t| kind.version_of(t)));
        }
    }
    if versions.len() == 1 { versions.pop_first() } else { None }
}
