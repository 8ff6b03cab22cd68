//! The world: the facts of all files, linked into packages, images, compose projects and services.
//!
//! Everything here sees the whole repository and calls no front-end. Rules read it through a [`View`].

pub mod address;
pub mod backing;
pub mod baked;
pub mod build_context;
pub mod build_inputs;
pub mod build_steps;
pub mod code;
pub mod code_literals;
pub mod commands;
pub mod compose;
pub mod context_sources;
pub mod coverage;
pub mod declared;
pub mod defaults;
pub mod deployed;
pub mod documented;
pub mod drivers;
pub mod duplicates;
pub mod environment;
pub mod gitignore;
pub mod health;
pub mod image;
pub mod image_layers;
pub mod image_reference;
pub mod image_services;
pub mod kept_running;
pub mod kubernetes;
pub mod link;
pub mod listen;
pub mod literal;
pub mod located;
pub mod locator;
pub mod locks;
pub mod log_config;
pub mod manifest_secrets;
pub mod meaning;
pub mod mentions;
pub mod migration;
pub mod near_names;
pub mod one_off;
pub mod packages;
pub mod peers;
pub mod pipeline;
pub mod port_chain;
pub mod private_address;
pub mod reach;
pub mod records;
pub mod replicas;
pub mod runs;
pub mod served;
pub mod services;
pub mod settings_files;
pub mod settings_values;
pub mod shared_state;
pub mod shipped;
pub mod shutdown;
pub mod spring;
pub mod start;
pub mod started;
pub mod stores;
pub mod switches;
pub mod tools;
pub mod traps;
pub mod units;
pub mod variables;
pub mod view;

use serde::{Deserialize, Serialize};

use crate::discover::Inventory;
use crate::facts::artefact::Artefact;
use crate::source::FileId;

pub use code::{CodeFile, CodeWorld, FunctionRef};
pub use compose::ComposeProject;
pub use coverage::{Coverage, CoverageState};
pub use image::Image;
pub use located::Located;
pub use meaning::{EnvironmentRead, Meaning, MeaningKind};
pub use packages::{Package, PackageId};
pub use services::{Service, ServiceId, ServiceKind};
pub use start::{Origin, ProcfileEntry, Purpose, Start, Workload};
pub use view::{EventRef, View};

/// What a rule judges, one at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubjectKind {
    /// The whole tree, once.
    Repository,
    /// Each runnable target.
    Service,
    /// Each Cargo package.
    Package,
    /// Each Dockerfile.
    Dockerfile,
    /// Each compose project.
    Project,
    /// Each application of Kubernetes: chart, kustomization or folder of manifests.
    Application,
    /// Each file that was read.
    File,
}

/// One subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// The whole tree.
    Repository,
    /// A service.
    Service(ServiceId),
    /// A Cargo package.
    Package(PackageId),
    /// A Dockerfile.
    Dockerfile(FileId),
    /// A compose project, by its position in [`World::projects`].
    Project(usize),
    /// An application of Kubernetes, by its position in [`World::applications`].
    Application(usize),
    /// A file.
    File(FileId),
}

/// All facts of a tree, linked.
#[derive(Debug, Default)]
pub struct World {
    /// Paths, roles and tracked state. The position of a file is its [`FileId`].
    pub inventory: Inventory,
    /// Facts by [`FileId`]; [`Artefact::None`] for files that no front-end reads. Code moves to [`World::code`].
    pub artefacts: Vec<Artefact>,
    /// Source code.
    pub code: CodeWorld,
    /// Cargo packages, sorted by folder.
    pub packages: Vec<Package>,
    /// Compose projects, sorted by folder.
    pub projects: Vec<ComposeProject>,
    /// Applications of Kubernetes, sorted by folder.
    pub applications: Vec<kubernetes::Application>,
    /// Where sources name services of their compose project as hosts.
    pub mentions: Vec<mentions::Mention>,
    /// Source files that several components carry.
    pub duplicates: Vec<duplicates::Duplicate>,
    /// Where names of variables stand of which it matters that they stand nowhere.
    pub name_places: std::collections::BTreeMap<String, Vec<crate::source::Span>>,
    /// The variables by name, computed when they are first asked for.
    pub variable_table: std::sync::OnceLock<std::collections::BTreeMap<String, variables::Variable>>,
    /// Services, Rust binaries first.
    pub services: Vec<Service>,
    /// What the Dockerfiles build, sorted by Dockerfile.
    pub images: Vec<Image>,
    /// The entries of all Procfiles.
    pub procfile: Vec<ProcfileEntry>,
    /// Services of compose files with commands of their own.
    pub workloads: Vec<Workload>,
    /// Units of systemd that start something.
    pub units: Vec<units::SystemdUnit>,
    /// What continuous integration does.
    pub pipelines: pipeline::Pipelines,
    /// What could not be read.
    pub coverage: Coverage,
}

impl World {
    /// The path of a file or symbolic link, relative to the root.
    pub fn path(&self, file: FileId) -> &str {
        let at = file.0 as usize;
        match self.inventory.files.get(at) {
            Some(found) => found.path.as_str(),
            None => {
                let link = at.checked_sub(self.inventory.files.len());
                link.and_then(|at| self.inventory.links.get(at)).map_or("", |l| l.path.as_str())
            }
        }
    }

    /// The number of the symbolic link at position `at` of the inventory: links are counted behind the files.
    pub fn link_file(&self, at: usize) -> FileId {
        FileId(u32::try_from(self.inventory.files.len() + at).unwrap_or(u32::MAX))
    }

    /// The services that the source file `file` is built into.
    pub fn services_of(&self, file: &CodeFile) -> Vec<(ServiceId, &Service)> {
        let all = self.services.iter().enumerate();
        all.filter(|(_, s)| self.is_built_into(file, s)).map(|(at, s)| (ServiceId(at), s)).collect()
    }

    /// True when `service` is built from the source file `file`.
    pub fn is_built_into(&self, file: &CodeFile, service: &Service) -> bool {
        match file.package {
            Some(package) => service.packages.contains(&package) && !self.is_other_binary(file, service),
            None => service.package.is_none() && self.is_in_service_folder(file, service),
        }
    }

    /// The number of the file at `path`.
    pub fn file_at(&self, path: &str) -> Option<FileId> {
        let at = self.inventory.files.binary_search_by(|f| f.path.as_str().cmp(path)).ok()?;
        u32::try_from(at).ok().map(FileId)
    }

    /// Each name that a file of the `.env` family sets, with the path of the file.
    pub fn dotenv_names(&self) -> impl Iterator<Item = (&str, &str)> {
        self.inventory.files.iter().zip(&self.artefacts).flat_map(|(file, artefact)| {
            let entries = match artefact {
                Artefact::Dotenv(env) => env.entries.as_slice(),
                _ => &[],
            };
            entries.iter().map(|entry| (file.path.as_str(), entry.key.value.as_str()))
        })
    }

    /// What was read from a file.
    pub fn artefact(&self, file: FileId) -> &Artefact {
        self.artefacts.get(file.0 as usize).unwrap_or(&Artefact::None)
    }

    /// The subjects of one kind.
    pub fn subjects(&self, kind: SubjectKind) -> Vec<Subject> {
        match kind {
            SubjectKind::Repository => vec![Subject::Repository],
            SubjectKind::Service => {
                (0..self.services.len()).map(|at| Subject::Service(ServiceId(at))).collect()
            }
            SubjectKind::Package => {
                let own = self.packages.iter().enumerate().filter(|(_, p)| !p.above);
                own.map(|(at, _)| Subject::Package(PackageId(at))).collect()
            }
            SubjectKind::Project => (0..self.projects.len()).map(Subject::Project).collect(),
            SubjectKind::Application => (0..self.applications.len()).map(Subject::Application).collect(),
            SubjectKind::Dockerfile => {
                self.images.iter().map(|image| Subject::Dockerfile(image.dockerfile)).collect()
            }
            SubjectKind::File => {
                let files =
                    self.inventory.files.iter().enumerate().filter(|(_, f)| f.kind.is_some() && !f.above);
                files
                    .filter_map(|(at, _)| u32::try_from(at).ok())
                    .map(|at| Subject::File(FileId(at)))
                    .collect()
            }
        }
    }

    /// True when `file` belongs to another binary of the same package than `service`.
    pub fn is_other_binary(&self, file: &CodeFile, service: &Service) -> bool {
        let Some((_, binary)) = file.crate_root.split_once('#') else {
            // `src/main.rs` itself belongs to the default binary only.
            let package = file.package.and_then(|p| self.packages.get(p.0));
            let main = package.and_then(|p| p.binaries.iter().find(|b| b.path == file.path));
            return main.is_some_and(|b| {
                Some(&b.name) != service.binary.as_ref() || file.package != service.package
            });
        };
        // `[[bin]]` can give another name than that of the file.
        let package = file.package.and_then(|p| self.packages.get(p.0));
        let target = package
            .and_then(|p| p.binaries.iter().find(|b| code::module_of(&b.path, p).1 == file.crate_root));
        let binary = target.map_or(binary, |b| b.name.as_str());
        file.package != service.package || Some(binary) != service.binary.as_deref()
    }

    /// True when `file` belongs to a service that is no Rust package, by its folder.
    pub fn is_in_service_folder(&self, file: &CodeFile, service: &Service) -> bool {
        crate::discover::is_below(&file.path, &service.folder)
    }
}
