//! `build/deploys-mutable-tag`: a manifest runs the repository's own image by a tag that moves.

use std::collections::BTreeMap;

use crate::discover::role::Role;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::{FileId, Span};
use crate::world::compose::ComposeService;
use crate::world::image_reference::ImageReference;
use crate::world::kubernetes::{ApplicationKind, reference};
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "build/deploys-mutable-tag",
    factor: Factor::BuildReleaseRun,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Stable,
    since: "0.1.0",
    needs: &[Need::Kubernetes, Need::Compose, Need::Images],
    subject: SubjectKind::Repository,
    page: include_str!("deploys_mutable_tag.md"),
    check,
};

/// An image that is run by a tag that moves.
struct Moving {
    image: ImageReference,
    span: Span,
    via: Option<Span>,
    platform: &'static str,
}

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let mut files: BTreeMap<FileId, Vec<Moving>> = BTreeMap::new();
    for found in of_manifests(view).into_iter().chain(of_compose(view)) {
        files.entry(found.span.file).or_default().push(found);
    }
    for mut found in files.into_values() {
        found.sort_by_key(|m| m.span);
        found.dedup_by_key(|m| m.span);
        let Some((first, rest)) = found.split_first() else { continue };
        let variant = match (first.platform, first.image.tag.is_some()) {
            ("compose", true) => "compose",
            ("compose", false) => "compose-untagged",
            ("chart", true) => "chart",
            ("chart", false) => "chart-untagged",
            (_, true) => "",
            (_, false) => "untagged",
        };
        let name = match &first.image.registry {
            Some(registry) => format!("{registry}/{}", first.image.repository),
            None => first.image.repository.clone(),
        };
        let mut finding = sink
            .at(first.span)
            .variant(variant)
            .argument("image", short(&first.image))
            .argument("name", name)
            .argument("tag", first.image.tag.as_deref().unwrap_or("latest"));
        if let Some(via) = first.via {
            finding = finding.related(via, "use");
        }
        sink.report(rest.iter().take(20).fold(finding, |f, other| f.related(other.span, "other")));
    }
}

/// The last part of the name, and the tag: registries and owners are in the line that is shown.
fn short(image: &ImageReference) -> String {
    match &image.tag {
        Some(tag) => format!("{}:{tag}", image.basename()),
        None => image.basename().to_owned(),
    }
}

fn of_manifests(view: &View<'_>) -> Vec<Moving> {
    let mut found = Vec::new();
    for application in view.applications() {
        for (_, container) in application.workloads.iter().flat_map(|w| w.all_containers().map(move |c| (w, c))) {
            let Some(text) = container.image.as_ref().filter(|_| !container.maybe) else { continue };
            let Some(image) = reference(text).filter(|image| moves(image) && names_a_registry(image)) else {
                continue;
            };
            if view.world.dockerfile_of(container).is_none() {
                continue;
            }
            let chart = application.kind == ApplicationKind::Chart;
            let platform = if chart { "chart" } else { "manifest" };
            found.push(Moving { image, span: text.span, via: text.via, platform });
        }
    }
    found
}

/// `acme/web`; a name alone stands for what the developer's tools put in its place (skaffold, kind).
fn names_a_registry(image: &ImageReference) -> bool {
    image.registry.as_deref().is_some_and(|r| !r.starts_with("localhost")) || image.repository.contains('/')
}

fn of_compose(view: &View<'_>) -> Vec<Moving> {
    let mut found = Vec::new();
    let environments = view.world.projects.iter().flat_map(|p| &p.environments);
    for environment in environments.filter(|e| e.role == Role::Production) {
        for service in environment.services.iter().filter(|s| s.build.is_none()) {
            found.extend(of_service(view, service));
        }
    }
    found
}

fn of_service(view: &View<'_>, service: &ComposeService) -> Option<Moving> {
    let named = service.image.as_ref()?;
    let image = named.value.reference.clone().filter(|image| moves(image) && names_a_registry(image))?;
    let builders = view.world.builders();
    builders.is_own(&image).then_some(Moving {
        image,
        span: named.span,
        via: None,
        platform: "compose",
    })
}

fn moves(image: &ImageReference) -> bool {
    let branches = ["latest", "main", "master", "dev", "develop", "stable", "edge", "nightly", "head", "staging", "prod", "production", "release"];
    let tag = image.tag.as_deref().unwrap_or("latest").to_ascii_lowercase();
    image.digest.is_none() && branches.contains(&tag.as_str()) && !is_placeholder(image)
}

/// `your-registry/web`: what a reader is to fill in.
fn is_placeholder(image: &ImageReference) -> bool {
    let registry = image.registry.as_deref().unwrap_or("");
    let first = image.repository.split('/').next().unwrap_or("");
    let words = |text: &str| text.split(['-', '_', '.']).any(|w| ["your", "my", "example", "todo", "changeme", "username", "user", "placeholder"].contains(&w));
    words(&registry.to_ascii_lowercase()) || words(&first.to_ascii_lowercase())
}
