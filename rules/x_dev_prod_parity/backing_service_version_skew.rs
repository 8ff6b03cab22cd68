//! `parity/backing-service-version-skew`: development or tests run another version of a backing service than
//! production.

use crate::discover::role::Role;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::backing::{ImageClass, ImageKind, image_kind};
use crate::world::compose::{ComposeEnvironment, ComposeProject};
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "parity/backing-service-version-skew",
    factor: Factor::DevProdParity,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Compose, Need::Pipelines],
    subject: SubjectKind::Project,
    page: include_str!("backing_service_version_skew.md"),
    check,
};

/// A backing service with a stated version.
struct Stated<'w> {
    kind: &'w ImageKind,
    version: String,
    span: Span,
}

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some(project) = view.project() else { return };
    let mut production = stated(project, |e| e.role == Role::Production);
    // Beside a file for production, the plain one is the developer's, and the database may be a managed one.
    let for_production = |path: &str| path.rsplit('/').next().is_some_and(|name| name.contains("prod"));
    let files = project.environments.iter().flat_map(|e| &e.files);
    if files.into_iter().any(|file| for_production(view.world.path(*file))) {
        production.retain(|stated| for_production(view.world.path(stated.span.file)));
    }
    let others = stated(project, |e| matches!(e.role, Role::Dev | Role::Test | Role::Ci));
    for other in &others {
        let of_kind: Vec<&Stated<'_>> = production.iter().filter(|p| p.kind.slug == other.kind.slug).collect();
        // A production that runs several versions is in an upgrade, or tells variants apart: nothing to compare.
        let [only] = of_kind.as_slice() else { continue };
        if only.version == other.version || only.span == other.span {
            continue;
        }
        let finding = sink
            .at(other.span)
            .argument("kind", &other.kind.slug)
            .argument("here", &other.version)
            .argument("production", &only.version)
            .related(only.span, "production");
        sink.report(finding);
    }
    of_pipelines(view, project, &production, sink);
}

/// The containers beside the jobs of a pipeline, compared where one project alone tells what production runs. When any
/// job or combination of a matrix runs production's version, the others are extra.
fn of_pipelines(view: &View<'_>, project: &ComposeProject, production: &[Stated<'_>], sink: &mut Sink<'_>) {
    let others = view.world.projects.iter().filter(|p| p.folder != project.folder);
    let elsewhere: Vec<&str> =
        others.flat_map(|p| stated(p, |e| e.role == Role::Production)).map(|s| s.kind.slug.as_str()).collect();
    let services: Vec<_> = view.world.pipelines.jobs.iter().flat_map(|job| &job.services).collect();
    let version = |reference| {
        let kind = image_kind(reference).filter(|k| k.class == ImageClass::Backing)?;
        // Stand-ins for a cloud service run nowhere in production.
        if kind.family == "blob" || kind.slug.ends_with("emulator") || kind.slug == "localstack" {
            return None;
        }
        Some((kind, kind.version_of(reference.tag.as_deref()?)?))
    };
    let mut said = Vec::new();
    for service in &services {
        let [reference] = service.references.as_slice() else { continue };
        let Some((kind, here)) = version(reference) else { continue };
        let of_kind: Vec<&Stated<'_>> = production.iter().filter(|p| p.kind.slug == kind.slug).collect();
        let [only] = of_kind.as_slice() else { continue };
        let tested = services.iter().flat_map(|s| &s.references).filter_map(version);
        let met = tested.into_iter().any(|(k, v)| k.slug == kind.slug && v == only.version);
        if met || elsewhere.contains(&kind.slug.as_str()) || said.contains(&(&kind.slug, here.clone())) {
            continue;
        }
        said.push((&kind.slug, here.clone()));
        let finding = sink
            .at(service.image.span)
            .argument("kind", &kind.slug)
            .argument("here", &here)
            .argument("production", &only.version)
            .related(only.span, "production");
        sink.report(finding);
    }
}

/// The backing services with a stated version in the environments that `wanted` admits, one of each place.
fn stated(project: &ComposeProject, wanted: impl Fn(&ComposeEnvironment) -> bool) -> Vec<Stated<'_>> {
    let mut found: Vec<Stated<'_>> = Vec::new();
    for service in project.environments.iter().filter(|e| wanted(e)).flat_map(|e| &e.services) {
        let (Some(kind), Some(image)) = (service.role.backing(), &service.image) else { continue };
        let tag = service.image_reference().and_then(|r| r.tag.as_deref());
        let Some(version) = tag.and_then(|t| kind.version_of(t)) else { continue };
        if !found.iter().any(|f| f.span == image.span) {
            found.push(Stated { kind, version, span: image.span });
        }
    }
    found.sort_by_key(|f| f.span);
    let mut unique: Vec<Stated<'_>> = Vec::new();
    for one in found {
        if !unique.iter().any(|u| u.kind.slug == one.kind.slug && u.version == one.version) {
            unique.push(one);
        }
    }
    unique
}
