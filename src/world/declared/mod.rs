//! Declarations of environment variables: every place of the repository that gives a variable of an application's
//! environment a value, a sample of one, or at least its name.

mod containers;
mod files;
mod scripts;

use std::collections::BTreeSet;

use crate::discover::role::Role;
use crate::source::{FileId, Span};

use super::compose::{ComposeService, Located};
use super::{ServiceId, World};

pub use scripts::Shown;

/// What declares a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Declarer {
    /// `environment` of a compose service.
    Compose,
    /// A file that `env_file` of a compose service names.
    EnvFile,
    /// `ENV` of a Dockerfile.
    ImageEnvironment,
    /// `ARG` of a Dockerfile: known while the image is built, and not when it runs.
    BuildArgument,
    /// A file of the `.env` family.
    Dotenv,
    /// A sample of one, to be copied and filled in.
    Sample,
    /// `NAME=value` in front of a command of a Procfile.
    Procfile,
    /// An assignment or `export` of a shell script.
    Script,
    /// `[env]` of `.cargo/config.toml`: known to `cargo run` only.
    CargoConfig,
}

impl Declarer {
    /// The name in outputs.
    pub fn slug(self) -> &'static str {
        match self {
            Declarer::Compose => "compose",
            Declarer::EnvFile => "env-file",
            Declarer::ImageEnvironment => "image",
            Declarer::BuildArgument => "build-argument",
            Declarer::Dotenv => "dotenv",
            Declarer::Sample => "sample",
            Declarer::Procfile => "procfile",
            Declarer::Script => "script",
            Declarer::CargoConfig => "cargo-config",
        }
    }

    /// True when a deploy is described by it.
    pub fn is_manifest(self) -> bool {
        matches!(
            self,
            Declarer::Compose | Declarer::EnvFile | Declarer::ImageEnvironment | Declarer::Procfile
        )
    }
}

/// A declaration of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// The variable, at its name.
    pub name: Located<String>,
    /// The value as written, at its place; none when the variable is only passed on.
    pub value: Option<Located<String>>,
    /// What declares it.
    pub declarer: Declarer,
    /// The role of the file, or of the compose environment.
    pub role: Role,
    /// Whether version control knows the file.
    pub tracked: Option<bool>,
    /// The services it is for; none known: it may be for any.
    pub services: BTreeSet<ServiceId>,
    /// The workload it is for, as its manifest calls it.
    pub workload: Option<String>,
}

impl Declaration {
    /// The file that declares it.
    pub fn file(&self) -> FileId {
        self.name.span.file
    }

    /// True when it can be for `service`.
    pub fn is_for(&self, service: ServiceId) -> bool {
        self.services.is_empty() || self.services.contains(&service)
    }
}

/// Names that compose files, scripts and Dockerfiles read themselves, so that a declaration is of use to them.
pub fn read_by_artefacts(world: &World) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for service in world.projects.iter().flat_map(|p| &p.environments).flat_map(|e| &e.services) {
        for entry in &service.environment {
            names.extend(entry.variables.iter().map(|v| v.name.value.clone()));
        }
    }
    scripts::read_by_scripts(world, &mut names);
    names
}

impl World {
    /// All declarations, by file and place. A name that several environments of one compose project share is listed once.
    pub fn declarations(&self) -> Vec<Declaration> {
        let mut found = Vec::new();
        containers::compose(self, &mut found);
        containers::images(self, &mut found);
        files::dotenv(self, &mut found);
        files::cargo_config(self, &mut found);
        scripts::procfiles(self, &mut found);
        scripts::scripts(self, &mut found);
        found.sort_by(|a, b| {
            (a.name.span, a.declarer, &a.workload).cmp(&(b.name.span, b.declarer, &b.workload))
        });
        found.dedup_by(|a, b| a.name.span == b.name.span && a.workload == b.workload);
        found
    }

    /// The service that a compose service runs.
    pub fn service_of_workload(&self, workload: &ComposeService) -> Option<ServiceId> {
        let own = self.workloads.iter().find(|w| workload.entries.iter().any(|e| holds(*e, w.span)));
        if let Some(own) = own {
            let sources = own.built.as_ref().map_or(&[][..], |b| &b.program_sources);
            if let Some(found) = self.started_service(&own.start, sources) {
                return Some(found);
            }
        }
        let path = workload.build.as_ref()?.dockerfile.as_deref()?;
        let image = self.image_of(self.file_at(path)?)?;
        let started = image.targets.iter().find_map(|b| self.started_service(&b.start, &b.program_sources));
        started.or_else(|| self.service_of_image(image.dockerfile))
    }
}

fn holds(outer: Span, inner: Span) -> bool {
    match (outer.range, inner.range) {
        (Some(a), Some(b)) => outer.file == inner.file && a.contains(b),
        _ => false,
    }
}

/// The role and the tracked state of a file.
fn standing_of(world: &World, file: FileId) -> (Role, Option<bool>) {
    world.inventory.files.get(file.0 as usize).map_or((Role::Production, None), |f| (f.role, f.tracked))
}
