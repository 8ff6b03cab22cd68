//! What keeps factor X: the same backing service in the same version, and the same Dockerfile, in every environment.

use std::collections::BTreeMap;

use crate::discover::role::Role;
use crate::facts::code::Language;
use crate::knowledge::Concept;
use crate::rules::evidence::{Collector, EvidenceSink};
use crate::rules::Need;
use crate::source::Span;
use crate::world::backing::image_kind;
use crate::world::compose::ComposeService;
use crate::world::View;

/// Collects it.
pub static EVIDENCE: Collector = Collector {
    needs: &[Need::Source(Language::Rust), Need::Source(Language::Python), Need::Compose],
    collect,
};

fn collect(view: &View<'_>, sink: &mut EvidenceSink<'_>) {
    let Some((_, service)) = view.service() else { return };
    if !view.is_judged() {
        return;
    }
    let runs = view.compose_runs();
    let mut projects: Vec<&str> = Vec::new();
    let mut backing = false;
    for run in &runs {
        if projects.contains(&run.project.folder.as_str()) {
            continue;
        }
        projects.push(&run.project.folder);
        let mut seen: BTreeMap<&str, Vec<(String, &ComposeService, &str)>> = BTreeMap::new();
        // By service and place of its image: the version, and the environments that take it from there.
        let mut shared: BTreeMap<&str, BTreeMap<Span, (String, Vec<&str>)>> = BTreeMap::new();
        for environment in run.project.environments.iter().filter(|e| e.role != Role::Test) {
            for service in &environment.services {
                let Some(kind) = service.role.backing() else { continue };
                backing = true;
                let Some(image) = &service.image else { continue };
                let version = service
                    .image_reference()
                    .and_then(|r| r.tag.as_deref())
                    .and_then(|tag| kind.version_of(tag));
                if let Some(version) = version {
                    let name = service.name.value.as_str();
                    let same = shared.entry(name).or_default();
                    let entry = same.entry(image.span).or_insert_with(|| (version.clone(), Vec::new()));
                    entry.1.push(environment.label.as_str());
                    let known = seen.entry(name).or_default();
                    // Environments that share an entry of a file say the same thing once.
                    if !known.iter().any(|(_, s, _)| s.image.as_ref().map(|i| i.span) == Some(image.span)) {
                        known.push((version, service, environment.label.as_str()));
                    }
                }
            }
        }
        for (name, entries) in &shared {
            for (span, (version, labels)) in entries {
                if labels.len() > 1 {
                    sink.keeps("one-entry", *span)
                        .argument("service", *name)
                        .argument("version", version)
                        .argument("count", labels.len().to_string());
                }
            }
        }
        for places in seen.values().filter(|places| places.len() > 1) {
            let same = places.iter().all(|(version, ..)| places.first().is_some_and(|(first, ..)| first == version));
            for (version, service, label) in places.iter().filter(|_| same) {
                let Some(image) = &service.image else { continue };
                sink.keeps("same-version", image.span)
                    .argument("service", &service.name.value)
                    .argument("version", version)
                    .argument("environment", *label);
            }
        }
        one_dockerfile(view, run.project, sink);
        in_pipeline(view, run.project, sink);
    }
    let connects = !view.events(Concept::ConnectionSink).is_empty() || !service.clients.is_empty();
    if !backing && !connects && view.has_source() {
        return sink.not_applicable("no-backing");
    }
    sink.unknown(if runs.is_empty() { "no-environment" } else { "one-environment" });
}

/// Service containers of the pipeline in the versions of the project.
fn in_pipeline(view: &View<'_>, project: &crate::world::ComposeProject, sink: &mut EvidenceSink<'_>) {
    let own: Vec<(&str, String)> = project
        .environments
        .iter()
        .flat_map(|e| &e.services)
        .filter_map(|service| {
            let kind = service.role.backing()?;
            Some((kind.slug.as_str(), kind.version_of(service.image_reference()?.tag.as_deref()?)?))
        })
        .collect();
    for container in view.world.pipelines.jobs.iter().flat_map(|j| &j.services) {
        for reference in &container.references {
            let Some(kind) = image_kind(reference) else { continue };
            let Some(version) = reference.tag.as_deref().and_then(|tag| kind.version_of(tag)) else { continue };
            let mut same = own.iter().filter(|(slug, _)| *slug == kind.slug).peekable();
            if same.peek().is_some() && same.all(|(_, other)| *other == version) {
                sink.keeps("tested", container.image.span)
                    .argument("kind", &kind.slug)
                    .argument("version", version);
            }
        }
    }
}

/// One Dockerfile that several environments of a project build.
fn one_dockerfile(view: &View<'_>, project: &crate::world::ComposeProject, sink: &mut EvidenceSink<'_>) {
    let mut builds: BTreeMap<&str, Vec<Span>> = BTreeMap::new();
    for run in view.compose_runs().iter().filter(|r| r.project.folder == project.folder) {
        let Some(build) = &run.service.build else { continue };
        let Some(dockerfile) = build.dockerfile.as_deref() else { continue };
        let spans = builds.entry(dockerfile).or_default();
        if !spans.contains(&build.span) {
            spans.push(build.span);
        }
    }
    let mut files = builds.iter();
    if let (Some((dockerfile, spans)), None) = (files.next(), files.next())
        && spans.len() > 1
    {
        for span in spans {
            sink.supports("one-dockerfile", *span).argument("dockerfile", *dockerfile);
        }
    }
}
