//! What compose files and Dockerfiles declare.

use std::collections::BTreeSet;

use crate::facts::artefact::Artefact;
use crate::source::{FileId, Span};
use crate::syntax::docker::{Body, Instruction};
use crate::world::compose::{EntrySource, Located, ServiceRole};
use crate::world::{ServiceId, World};

use super::{Declaration, Declarer, standing_of};

/// `environment` and `env_file` of our own services.
pub(super) fn compose(world: &World, into: &mut Vec<Declaration>) {
    for environment in world.projects.iter().flat_map(|p| &p.environments) {
        for service in environment.services.iter().filter(|s| s.role == ServiceRole::App) {
            let services: BTreeSet<ServiceId> = world.service_of_workload(service).into_iter().collect();
            for entry in &service.environment {
                let (_, tracked) = standing_of(world, entry.name.span.file);
                into.push(Declaration {
                    name: entry.name.clone(),
                    value: entry.raw.clone(),
                    declarer: match entry.source {
                        EntrySource::Compose => Declarer::Compose,
                        EntrySource::EnvFile(_) => Declarer::EnvFile,
                    },
                    role: environment.role,
                    tracked,
                    services: services.clone(),
                    workload: Some(service.name.value.clone()),
                });
            }
        }
    }
}

/// `ENV` and `ARG` of Dockerfiles, also of stages that are not shipped.
pub(super) fn images(world: &World, into: &mut Vec<Declaration>) {
    for (at, artefact) in world.artefacts.iter().enumerate() {
        let (Artefact::Dockerfile(file), Ok(id)) = (artefact, u32::try_from(at)) else { continue };
        let id = FileId(id);
        let services = started_by(world, id);
        for instruction in &file.instructions {
            declared(instruction, id, &mut |name, value, declarer| {
                let (role, tracked) = standing_of(world, id);
                into.push(Declaration {
                    name,
                    value,
                    declarer,
                    role,
                    tracked,
                    services: services.clone(),
                    workload: None,
                });
            });
        }
    }
}

/// The services that images of the Dockerfile start.
fn started_by(world: &World, dockerfile: FileId) -> BTreeSet<ServiceId> {
    let Some(image) = world.image_of(dockerfile) else { return BTreeSet::new() };
    let started = image.targets.iter().filter_map(|b| world.started_service(&b.start, &b.program_sources));
    let mut services: BTreeSet<ServiceId> = started.collect();
    services.extend(world.service_of_image(dockerfile));
    services
}

fn declared(
    instruction: &Instruction,
    file: FileId,
    see: &mut dyn FnMut(Located<String>, Option<Located<String>>, Declarer),
) {
    match &instruction.body {
        Body::Env(settings) => {
            for setting in settings {
                let name = Located::new(setting.name.value.clone(), Span::new(file, setting.name.range));
                let value = Located::new(setting.value.value.clone(), Span::new(file, setting.value.range));
                see(name, Some(value), Declarer::ImageEnvironment);
            }
        }
        Body::Arg(arguments) => {
            for argument in arguments {
                let name = Located::new(argument.name.value.clone(), Span::new(file, argument.name.range));
                let default = argument.default.as_ref();
                let value = default.map(|d| Located::new(d.value.clone(), Span::new(file, d.range)));
                see(name, value, Declarer::BuildArgument);
            }
        }
        _ => {}
    }
}
