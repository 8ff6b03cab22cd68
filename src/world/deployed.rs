//! How a service is deployed: the images that start it, and the compose services that run these images.

use crate::discover::is_below;
use crate::discover::kind::FileKind;
use crate::discover::role::Role;
use crate::facts::artefact::Artefact;
use crate::source::Span;
use crate::syntax::command::Behaviour;
use crate::syntax::docker::{Body, Dockerfile};
use crate::syntax::shell::{Script, visit_commands};

use super::compose::ComposeService;
use super::image::{BuiltImage, Image};
use super::packages::folder_of;
use super::view::View;

/// An image that starts the service under judgement.
#[derive(Clone, Debug)]
pub struct Deployment<'w> {
    /// The Dockerfile.
    pub image: &'w Image,
    /// What is built from it.
    pub built: &'w BuiltImage,
    /// Compose services of production role that build it.
    pub workloads: Vec<&'w ComposeService>,
}

impl<'w> Deployment<'w> {
    /// The value of an environment variable, when the image or one of the compose services sets it: none inside for
    /// a value that the files do not decide.
    pub fn variable(&self, name: &str) -> Option<Option<&'w str>> {
        let said = self.workloads.iter().find_map(|w| w.variable(name)).map(|e| e.value.as_deref());
        let env = self.built.env.iter().find(|(n, _)| n == name);
        said.or_else(|| env.map(|(_, value)| value.value.as_deref()))
    }

    /// False when the container may be given more variables than the files say.
    pub fn environment_complete(&self) -> bool {
        self.workloads.iter().all(|w| w.environment_complete())
    }

    /// True when the program is the container's first process: nothing stands in front of it that stays.
    pub fn is_first_process(&self, program: &str) -> bool {
        let stays = |b: Behaviour| !matches!(b, Behaviour::Exec);
        self.built.start.complete
            && self.built.start.shells.is_empty()
            && self.workloads.iter().all(|w| !w.init.as_ref().is_some_and(|i| i.value))
            && self.built.start.commands.iter().any(|c| {
                c.program() == program && c.via.len() <= 1 && !c.wrappers.iter().any(|w| stays(w.behaviour))
            })
    }

    /// True when something in front of the program turns one signal into another.
    pub fn rewrites_signals(&self) -> bool {
        self.built.start.commands.iter().flat_map(|c| &c.wrappers).any(|w| w.rewrites_signals)
    }

    /// The signal that stops the container, where a file says so.
    pub fn stop_signal(&self) -> Option<&'w str> {
        let said = self.workloads.iter().find_map(|w| w.stop_signal.as_ref()).map(|s| s.value.shown());
        said.or_else(|| self.built.stop_signal.as_ref().and_then(|s| s.value.as_deref()))
    }

    /// Where a port of the container is published or announced.
    pub fn published(&self) -> Option<Span> {
        let port = self.workloads.iter().flat_map(|w| &w.ports).map(|p| p.span).next();
        port.or_else(|| self.built.expose.first().map(|e| e.span))
    }

    /// True when the container has no network of its own.
    pub fn shares_network(&self) -> bool {
        self.workloads.iter().filter_map(|w| w.network_mode.as_ref()).any(|m| {
            let mode = m.value.shown();
            mode == "host" || mode.starts_with("service:") || mode.starts_with("container:")
        })
    }
}

impl<'w> View<'w> {
    /// The images that start the service under judgement.
    pub fn deployments(&self) -> Vec<Deployment<'w>> {
        let Some((id, _)) = self.service() else { return Vec::new() };
        let world = self.world;
        let mut found = Vec::new();
        for image in world.images.iter().filter(|i| i.role == Role::Production) {
            let path = world.path(image.dockerfile);
            for built in &image.targets {
                if world.started_service(&built.start, &built.program_sources) != Some(id) {
                    continue;
                }
                let environments = world.projects.iter().flat_map(|p| &p.environments);
                let workloads = environments
                    .filter(|e| e.role == Role::Production)
                    .flat_map(|e| &e.services)
                    .filter(|s| s.build.as_ref().is_some_and(|b| b.dockerfile.as_deref() == Some(path)))
                    .collect();
                found.push(Deployment { image, built, workloads });
            }
        }
        found
    }
    /// True when something else than Dockerfiles and compose files may set the variable `name`: a platform's file, a
    /// manifest of Kubernetes, a script, or a file of the `.env` family.
    pub fn may_be_set_elsewhere(&self, name: &str) -> bool {
        let files = &self.world.inventory.files;
        files.iter().any(|f| f.kind != Some(FileKind::Compose) && is_platform_file(&f.path))
            || self.world.artefacts.iter().any(|artefact| match artefact {
                Artefact::Dotenv(file) => file.entries.iter().any(|e| e.key.value == name),
                Artefact::Shell(script) => assigns(script, name),
                Artefact::Dockerfile(file) => copies_dotenv(file),
                _ => false,
            })
    }

    /// True when a file at or above the service says that a platform stops it in its own way: fly.io sends SIGINT,
    /// a unit of systemd what it likes.
    pub fn may_be_stopped_otherwise(&self) -> bool {
        let Some((id, service)) = self.service() else { return false };
        self.world.inventory.files.iter().filter(|f| f.role == Role::Production).any(|f| {
            let name = f.path.rsplit('/').next().unwrap_or("");
            is_fly(name) && is_below(&service.folder, folder_of(&f.path))
        }) || self.world.units_of(id).any(|unit| unit.stops_otherwise())
    }
}

fn is_fly(name: &str) -> bool {
    name == "fly.toml" || name.starts_with("fly.") && name.ends_with(".toml")
}

fn is_platform_file(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let name = lower.rsplit('/').next().unwrap_or("");
    let yaml = [".yaml", ".yml", ".tpl", ".jsonnet"].iter().any(|end| name.ends_with(end));
    let words = ["k8s", "kubernetes", "deploy", "helm", "chart", "manifests", "kustomiz"];
    is_fly(name)
        || matches!(name, "render.yaml" | "render.yml")
        || yaml && words.iter().any(|word| lower.contains(word))
}

fn assigns(script: &Script, name: &str) -> bool {
    let mut found = false;
    visit_commands(&script.items, &mut |command| {
        let Some(simple) = command.simple() else { return };
        found |= simple.assignments.iter().any(|(n, _)| n.value == name);
        found |= simple.words.iter().any(|w| w.text.strip_prefix(name).is_some_and(|r| r.starts_with('=')));
    });
    found
}

fn copies_dotenv(file: &Dockerfile) -> bool {
    file.instructions.iter().any(|instruction| match &instruction.body {
        Body::Copy(transfer) | Body::Add(transfer) => {
            let mut names = transfer.sources.iter().filter_map(|s| s.value.rsplit('/').next());
            names.any(|n| n.starts_with(".env"))
        }
        _ => false,
    })
}
