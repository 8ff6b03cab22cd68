//! Where a service runs: the images that start it, the compose services and Procfile entries that run them. What
//! evidence and the attribution of findings ask.

use crate::discover::role::Role;
use crate::facts::artefact::Artefact;
use crate::source::{FileId, Span};
use crate::syntax::command::Behaviour;
use crate::syntax::docker::{Body, Keyword};

use super::World;
use super::compose::{ComposeEnvironment, ComposeProject, ComposeService, ServiceRole};
use super::image::{BuiltImage, Image, Position, StartCommand};
use super::packages::folder_of;
use super::services::ServiceId;
use super::start::ProcfileEntry;
use super::view::View;

/// A compose service that runs a service of the tree.
#[derive(Clone, Copy, Debug)]
pub struct ComposeRun<'w> {
    /// The project.
    pub project: &'w ComposeProject,
    /// The environment.
    pub environment: &'w ComposeEnvironment,
    /// The service.
    pub service: &'w ComposeService,
}

impl World {
    /// The services that a Dockerfile's images start, in order.
    pub fn services_of_image(&self, dockerfile: FileId) -> Vec<ServiceId> {
        let mut found: Vec<ServiceId> = Vec::new();
        for built in self.images.iter().filter(|i| i.dockerfile == dockerfile).flat_map(|i| &i.targets) {
            found.extend(self.started_service(&built.start, &built.program_sources));
        }
        found.extend(self.service_of_image(dockerfile));
        found.sort();
        found.dedup();
        found
    }

    /// The services of the tree that a compose service runs: that of its own command, else those of its image.
    pub fn services_of_compose(&self, service: &ComposeService) -> Vec<ServiceId> {
        let own = self.workloads.iter().find(|w| service.entries.iter().any(|e| contains(*e, w.span)));
        let started = own.and_then(|workload| {
            let sources = workload.built.as_ref().map_or(&[][..], |b| &b.program_sources);
            self.started_service(&workload.start, sources)
        });
        if let Some(started) = started {
            return vec![started];
        }
        let file = service.build.as_ref().and_then(|b| b.dockerfile.as_deref()).and_then(|p| self.file_at(p));
        file.map(|file| self.services_of_image(file)).unwrap_or_default()
    }
}

impl Image {
    /// The stage of the Dockerfile whose result the image takes, and the instruction that takes it.
    pub fn takes_from<'w>(&'w self, built: &BuiltImage, world: &'w World) -> Option<(&'w str, Span)> {
        let Artefact::Dockerfile(file) = world.artefact(self.dockerfile) else { return None };
        let from = self.stages.get(built.target)?.from.range?;
        file.instructions
            .iter()
            .filter(|i| i.keyword == Keyword::Copy && i.range.start > from.start)
            .find_map(|copy| {
                let stage = copy.flags.iter().find(|f| f.name == "from")?.value.as_deref()?;
                let own = self.stages.iter().take(built.target).enumerate().any(|(at, s)| {
                    s.name.as_deref().is_some_and(|n| n.eq_ignore_ascii_case(stage))
                        || stage == at.to_string()
                });
                own.then(|| (stage, Span::new(self.dockerfile, copy.range)))
            })
    }

    /// Where the image is labelled with the commit it was built from.
    pub fn revision_label(&self, world: &World) -> Option<Span> {
        let Artefact::Dockerfile(file) = world.artefact(self.dockerfile) else { return None };
        let labels = file.instructions.iter().filter_map(|i| match &i.body {
            Body::Label(settings) => Some(settings),
            _ => None,
        });
        let label = labels.flatten().find(|s| s.name.value == "org.opencontainers.image.revision")?;
        Some(Span::new(self.dockerfile, label.name.range))
    }
}

impl StartCommand {
    /// The wrapper in front of the program that hands signals on.
    pub fn forwarder(&self) -> Option<&str> {
        self.wrappers.iter().find(|w| w.behaviour == Behaviour::Forwards).map(|w| w.name.as_str())
    }

    /// True when a wrapper in front of the program keeps signals to itself.
    pub fn is_cut_off(&self) -> bool {
        self.wrappers.iter().any(|w| w.behaviour == Behaviour::Neither)
    }
}

impl BuiltImage {
    /// The commands that the container lives as long as.
    pub fn mains(&self) -> impl Iterator<Item = &StartCommand> {
        self.start.commands.iter().filter(|c| c.position == Position::Main)
    }
}

/// True when `inner` lies in `outer`.
pub fn contains(outer: Span, inner: Span) -> bool {
    outer.file == inner.file
        && match (outer.range, inner.range) {
            (Some(outer), Some(inner)) => outer.contains(inner),
            (None, _) => true,
            (Some(_), None) => false,
        }
}

impl<'w> View<'w> {
    /// True when the subject is a service that is judged by the factors.
    pub fn is_judged(&self) -> bool {
        self.service().is_some_and(|(_, s)| s.is_judged())
    }

    /// The images of production role that start the service.
    pub fn images_of_service(&self) -> Vec<(&'w Image, &'w BuiltImage)> {
        let Some((id, _)) = self.service() else { return Vec::new() };
        let world = self.world;
        let mut found = Vec::new();
        for image in world.images.iter().filter(|i| i.role == Role::Production) {
            for built in &image.targets {
                let started = world.started_service(&built.start, &built.program_sources);
                if started == Some(id) || world.service_of_image(image.dockerfile) == Some(id) {
                    found.push((image, built));
                }
            }
        }
        found
    }

    /// The compose services that run the service, in environments that are not for tests.
    pub fn compose_runs(&self) -> Vec<ComposeRun<'w>> {
        let Some((id, _)) = self.service() else { return Vec::new() };
        let world = self.world;
        let mut found: Vec<ComposeRun<'w>> = Vec::new();
        for project in &world.projects {
            for environment in
                project.environments.iter().filter(|e| matches!(e.role, Role::Production | Role::Dev))
            {
                for service in environment.services.iter().filter(|s| s.role == ServiceRole::App) {
                    if world.services_of_compose(service).contains(&id) {
                        found.push(ComposeRun { project, environment, service });
                    }
                }
            }
        }
        found
    }

    /// The entries of Procfiles that start the service; for a service that is known by its folder, those of the
    /// Procfile beside it.
    pub fn procfile_entries(&self) -> Vec<&'w ProcfileEntry> {
        let Some((id, service)) = self.service() else { return Vec::new() };
        let world = self.world;
        let entries = world.procfile.iter().filter(|e| e.role == Role::Production);
        entries
            .filter(|e| {
                let started = world.started_service(&e.start, &[]);
                started == Some(id) || started.is_none() && folder_of(world.path(e.file)) == service.folder
            })
            .collect()
    }

    /// The folders that hold what the service is built from: its own, and the contexts that compose files build.
    pub fn source_folders(&self) -> Vec<&'w str> {
        let Some((_, service)) = self.service() else { return Vec::new() };
        let mut folders: Vec<&'w str> = vec![service.folder.as_str()];
        for run in self.compose_runs() {
            let context = run.service.build.as_ref().and_then(|b| b.context_folder.as_deref());
            if let Some(context) = context.filter(|c| !folders.contains(c)) {
                folders.push(context);
            }
        }
        folders
    }

    /// True when the source code of the service is in a language of which all that it does is read, not only its
    /// environment and its secrets.
    pub fn has_source(&self) -> bool {
        self.service().is_some_and(|(_, service)| service.package.is_some())
    }
}
