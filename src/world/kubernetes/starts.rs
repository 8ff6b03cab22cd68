//! Containers whose manifest says what they start.

use crate::discover::role::Role;
use crate::world::image::{self, Overrides, StartWord, Tree};
use crate::world::start::{Purpose, Workload};

use super::model::{Application, Text, reference};
use super::ownership::Builders;
use super::pods::{self, Container};

/// What the containers of production applications start instead of what their images say. Containers that run to
/// their end are left out, and so are those of which a part is not known.
pub fn workloads(tree: Tree<'_>, applications: &[Application], builders: Builders<'_>) -> Vec<Workload> {
    let mut found: Vec<Workload> = Vec::new();
    for application in applications.iter().filter(|a| a.role == Role::Production) {
        for (pod, container) in application.containers().filter(|(pod, _)| !pod.kind.is_once()) {
            let started = started(tree, application, pod, container, builders);
            // Overlays share what their base says.
            found.extend(started.filter(|w| !found.iter().any(|known| known.span == w.span)));
        }
    }
    found
}

fn started(
    tree: Tree<'_>,
    application: &Application,
    pod: &pods::Workload,
    container: &Container,
    builders: Builders<'_>,
) -> Option<Workload> {
    let entrypoint = container.command.set();
    let command = container.arguments.set();
    let said: Vec<&Text> = entrypoint.into_iter().chain(command).flatten().collect();
    let span = said.iter().map(|t| t.span).reduce(image::cover)?;
    span.range?;
    if said.iter().any(|t| t.known().is_none() || t.maybe) {
        return None;
    }
    let words = |list: &Vec<Text>| list.iter().map(word).collect::<Vec<StartWord>>();
    let reference = container.image.as_ref().and_then(reference);
    let dockerfile = reference.as_ref().and_then(|r| builders.dockerfile(r));
    let overrides = Overrides { entrypoint: entrypoint.map(words), command: command.map(words), init: false };
    let built = dockerfile.and_then(|file| image::built_image(tree, file, None, None, &overrides));
    let start = match &built {
        Some(built) => built.start.clone(),
        // Arguments alone mean nothing without the image's own entrypoint.
        None => {
            let mut all = words(entrypoint?);
            all.extend(command.map(words).unwrap_or_default());
            let image = container.image.as_ref().and_then(Text::known);
            image::foreign_start(tree, &application.folder, image, all, pod.shared_processes)
        }
    };
    Some(Workload {
        file: span.file,
        name: container.name.shown(),
        span,
        built,
        start,
        purpose: Purpose::Deployed,
        platform: crate::world::start::Platform::Kubernetes,
    })
}

fn word(text: &Text) -> StartWord {
    let range = text.span.range.unwrap_or_default();
    image::start_word(&text.raw, text.span.file, range)
}
