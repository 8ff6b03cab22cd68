//! Everything that is started: images and the entries of Procfiles, in one shape for the rules.

use std::collections::{BTreeMap, BTreeSet};

use crate::discover::kind::FileKind;
use crate::discover::role::Role;
use crate::facts::artefact::Artefact;
use crate::source::{FileId, Span};

use super::commands::file_name;
use super::compose::{CommandValue, ComposeProject, ComposeService, Mount, MountKind, ServiceRole};
use super::image::{
    self, BuiltImage, Image, Overrides, Position, ProcessTree, SelectedTarget, StartCommand, Tree,
};
use super::services::ServiceId;
use super::units::SystemdUnit;
use super::view::{Need, View};
use super::{Subject, World};

/// An entry of a Procfile.
#[derive(Clone, Debug)]
pub struct ProcfileEntry {
    /// The Procfile.
    pub file: FileId,
    /// The role of its path.
    pub role: Role,
    /// The process type.
    pub name: String,
    /// The command.
    pub span: Span,
    /// What it starts.
    pub start: ProcessTree,
}

/// A service of a compose file that starts something else than its image says.
#[derive(Clone, Debug)]
pub struct Workload {
    /// The compose file with the command.
    pub file: FileId,
    /// The service's name.
    pub name: String,
    /// The command.
    pub span: Span,
    /// The image, when the tree builds it.
    pub built: Option<BuiltImage>,
    /// What it starts.
    pub start: ProcessTree,
    /// What it is for.
    pub purpose: Purpose,
    /// What starts it.
    pub platform: Platform,
}

/// What starts a container with a command of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Platform {
    /// Docker Compose.
    #[default]
    Compose,
    /// Kubernetes.
    Kubernetes,
}

/// What a service of a compose file of production role is for, as far as its entry tells.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    /// Nothing says otherwise: it is deployed.
    #[default]
    Deployed,
    /// Its stage or its environment is called one for development.
    Hinted,
    /// It runs the developer's working copy, or another compose file beside this one is for production.
    WorkingCopy,
    /// Its Dockerfile or its profile is one for development or tests.
    Development,
}

/// What starts something.
#[derive(Clone, Copy, Debug)]
pub enum Origin<'w> {
    /// A container of an image.
    Image(&'w Image, &'w BuiltImage),
    /// An entry of a Procfile.
    Procfile(&'w ProcfileEntry),
    /// A service of a compose file of production role, with a command of its own.
    Workload(&'w Workload),
    /// A unit of systemd.
    Unit(&'w SystemdUnit),
}

/// One start.
#[derive(Clone, Copy, Debug)]
pub struct Start<'w> {
    /// What starts it.
    pub origin: Origin<'w>,
    /// What is started.
    pub tree: &'w ProcessTree,
    /// The service that is started, where it is known.
    pub service: Option<ServiceId>,
}

impl<'w> Start<'w> {
    /// The image, when it is one.
    pub fn image(&self) -> Option<(&'w Image, &'w BuiltImage)> {
        match self.origin {
            Origin::Image(image, built) => Some((image, built)),
            Origin::Procfile(_) | Origin::Workload(_) | Origin::Unit(_) => None,
        }
    }

    /// What was built of the Dockerfile, when a container of it is started.
    pub fn built(&self) -> Option<&'w BuiltImage> {
        match self.origin {
            Origin::Image(_, built) => Some(built),
            Origin::Workload(workload) => workload.built.as_ref(),
            Origin::Procfile(_) | Origin::Unit(_) => None,
        }
    }

    /// True when a container is started: what stops it speaks to its first process alone.
    pub fn is_container(&self) -> bool {
        matches!(self.origin, Origin::Image(..) | Origin::Workload(_))
    }

    /// True when a service of a compose file starts it with a command of its own.
    pub fn is_workload(&self) -> bool {
        matches!(self.origin, Origin::Workload(_))
    }

    /// True when a manifest of Kubernetes starts it with a command of its own.
    pub fn is_kubernetes(&self) -> bool {
        matches!(self.origin, Origin::Workload(workload) if workload.platform == Platform::Kubernetes)
    }

    /// The process type, when a Procfile starts it.
    pub fn process_type(&self) -> Option<&'w str> {
        match self.origin {
            Origin::Procfile(entry) => Some(entry.name.as_str()),
            Origin::Image(..) | Origin::Workload(_) | Origin::Unit(_) => None,
        }
    }

    /// True when what starts it is part of what is shipped.
    pub fn is_production(&self) -> bool {
        match self.origin {
            Origin::Image(image, _) => image.role == Role::Production,
            Origin::Procfile(entry) => entry.role == Role::Production,
            Origin::Workload(workload) => workload.purpose != Purpose::Development,
            Origin::Unit(unit) => unit.role == Role::Production,
        }
    }

    /// The instruction or entry that leads to `command`: where the person who reads the report looks first.
    pub fn place(&self, command: &StartCommand) -> Span {
        match self.origin {
            Origin::Image(..) => command.via.first().copied().unwrap_or(command.span),
            Origin::Procfile(entry) => entry.span,
            Origin::Workload(workload) => workload.span,
            Origin::Unit(unit) => command.via.first().copied().unwrap_or(unit.span),
        }
    }

    /// The unit of systemd, when one starts it.
    pub fn unit(&self) -> Option<&'w SystemdUnit> {
        match self.origin {
            Origin::Unit(unit) => Some(unit),
            _ => None,
        }
    }

    /// True for an entry of a Procfile that runs once per release, or on demand, and for a unit that ends.
    pub fn is_release_step(&self) -> bool {
        self.unit().is_some_and(SystemdUnit::is_job)
            || self.process_type().is_some_and(|name| {
                let name = name.to_ascii_lowercase();
                ["release", "postdeploy", "predeploy"].contains(&name.as_str()) || name.contains("migrat")
            })
    }

    /// Where another file selects the stage that runs.
    pub fn selected_at(&self) -> Option<Span> {
        self.image().and_then(|(_, built)| built.selected_at)
    }

    /// True when the stage is for development by its name.
    pub fn is_development_stage(&self) -> bool {
        let Some((image, built)) = self.image() else { return false };
        image.stages.get(built.target).is_some_and(|s| s.is_development())
    }

    /// What the start is for: that of a compose service, or of the stage.
    pub fn purpose(&self) -> Purpose {
        match self.origin {
            Origin::Workload(workload) => workload.purpose,
            _ if self.is_development_stage() => Purpose::Hinted,
            _ => Purpose::Deployed,
        }
    }

    /// The commands that run for as long as the container, and do so whatever the environment says.
    pub fn mains(&self) -> impl Iterator<Item = &'w StartCommand> {
        self.tree.commands.iter().filter(|c| c.position == Position::Main)
    }
}

impl<'w> View<'w> {
    /// The image under judgement, when the subject is a Dockerfile.
    pub fn image(&self) -> Option<&'w Image> {
        let (Subject::Dockerfile(file) | Subject::File(file)) = self.subject else { return None };
        self.world.image_of(file)
    }

    /// What the artefact under judgement starts: the images of a Dockerfile, the entries of a Procfile.
    pub fn starts(&self) -> Vec<Start<'w>> {
        let (Subject::Dockerfile(file) | Subject::File(file)) = self.subject else { return Vec::new() };
        if !self.needs.contains(&Need::Images) {
            return Vec::new();
        }
        let world = self.world;
        let kind = world.inventory.files.get(file.0 as usize).and_then(|f| f.kind);
        if !starts_something(kind) {
            return Vec::new();
        }
        let mut starts = Vec::new();
        for image in world.images.iter().filter(|i| i.dockerfile == file) {
            for built in &image.targets {
                let service = world
                    .started_service(&built.start, &built.program_sources)
                    .or_else(|| world.service_of_image(image.dockerfile));
                starts.push(Start { origin: Origin::Image(image, built), tree: &built.start, service });
            }
        }
        for entry in world.procfile.iter().filter(|e| e.file == file) {
            let service = world.started_service(&entry.start, &[]);
            starts.push(Start { origin: Origin::Procfile(entry), tree: &entry.start, service });
        }
        for workload in world.workloads.iter().filter(|w| w.file == file) {
            let sources = workload.built.as_ref().map_or(&[][..], |b| &b.program_sources);
            let service = world.started_service(&workload.start, sources);
            starts.push(Start { origin: Origin::Workload(workload), tree: &workload.start, service });
        }
        for unit in world.units.iter().filter(|u| u.file == file) {
            let service = world.started_service(&unit.start, &[]);
            starts.push(Start { origin: Origin::Unit(unit), tree: &unit.start, service });
        }
        starts
    }
}

impl World {
    /// The image of a Dockerfile.
    pub fn image_of(&self, dockerfile: FileId) -> Option<&Image> {
        self.images.iter().find(|i| i.dockerfile == dockerfile)
    }

    /// The tree, for building images with what workloads add.
    pub fn tree(&self) -> Tree<'_> {
        Tree { inventory: &self.inventory, artefacts: &self.artefacts }
    }

    /// `packageManager` of the `package.json` at `path`.
    pub fn package_manager_at(&self, path: &str) -> Option<&str> {
        self.tree().node_manifest(path)?.1.package_manager.as_deref()
    }

    /// The service that is known by the image of this Dockerfile.
    pub fn service_of_image(&self, dockerfile: FileId) -> Option<ServiceId> {
        self.services.iter().position(|s| s.image == Some(dockerfile)).map(ServiceId)
    }

    /// The service whose binary is started.
    pub fn started_service(&self, start: &ProcessTree, sources: &[String]) -> Option<ServiceId> {
        let names = started_names(start, sources);
        let at = self.services.iter().position(|s| s.binary.as_ref().is_some_and(|b| names.contains(b)))?;
        Some(ServiceId(at))
    }
}

/// The stages that compose files of production role build, by Dockerfile.
pub fn selected_targets(
    tree: Tree<'_>,
    projects: &[ComposeProject],
) -> BTreeMap<FileId, Vec<SelectedTarget>> {
    let mut selected: BTreeMap<FileId, Vec<SelectedTarget>> = BTreeMap::new();
    let environments = projects.iter().flat_map(|p| &p.environments).filter(|e| e.role == Role::Production);
    for build in environments.flat_map(|e| &e.services).filter_map(|s| s.build.as_ref()) {
        let Some(file) = build.dockerfile.as_deref().and_then(|path| tree.file_at(path)) else { continue };
        let target = build.target.as_ref();
        let name = match target.map(|t| t.value.value.clone()) {
            // A target that a variable decides may be any stage.
            Some(None) => continue,
            Some(name) => name,
            None => None,
        };
        let span = target.map_or(build.span, |t| t.span);
        let chosen = SelectedTarget { target: name, context: build.context_folder.clone(), span };
        selected.entry(file).or_default().push(chosen);
    }
    selected
}

/// The own services of compose files of production role that have a command or entrypoint of their own.
pub fn workloads(tree: Tree<'_>, projects: &[ComposeProject]) -> Vec<Workload> {
    let mut found: Vec<Workload> = Vec::new();
    for project in projects {
        for environment in project.environments.iter().filter(|e| e.role == Role::Production) {
            let services = environment.services.iter().filter(|s| s.role == ServiceRole::App);
            for mut workload in services.filter_map(|s| workload(tree, &project.folder, s)) {
                if has_production_file(tree, project, workload.file) {
                    workload.purpose = workload.purpose.max(Purpose::WorkingCopy);
                }
                // The environments of a project share most of their entries.
                if !found.iter().any(|w| w.span == workload.span) {
                    found.push(workload);
                }
            }
        }
    }
    found
}

fn workload(tree: Tree<'_>, folder: &str, service: &ComposeService) -> Option<Workload> {
    let words = |value: &CommandValue| match value {
        CommandValue::Text(text) => {
            image::split_words(text.value.shown(), text.span.file, text.span.range.unwrap_or_default())
        }
        CommandValue::List(items) => items
            .iter()
            .map(|t| image::start_word(t.value.shown(), t.span.file, t.span.range.unwrap_or_default()))
            .collect(),
    };
    let command = service.command.as_ref().map(words).filter(|w| !w.is_empty());
    let entrypoint = service.entrypoint.as_ref().map(words);
    let said = entrypoint.iter().flatten().chain(command.iter().flatten());
    let span = said.map(|w| w.span).reduce(image::cover)?;
    let init = service.init.as_ref().is_some_and(|i| i.value);
    let build = service.build.as_ref();
    let dockerfile = build.and_then(|b| b.dockerfile.as_deref()).and_then(|path| tree.file_at(path));
    let built = dockerfile.and_then(|file| {
        let build = build?;
        let target = build.target.as_ref().map(|t| t.value.shown());
        let overrides = Overrides { entrypoint: entrypoint.clone(), command: command.clone(), init };
        image::built_image(tree, file, target, build.context_folder.as_deref(), &overrides)
    });
    let start = match &built {
        Some(built) => built.start.clone(),
        None => {
            let mut words = entrypoint.unwrap_or_default();
            words.extend(command.unwrap_or_default());
            let image = service.image.as_ref().map(|i| i.value.text.shown());
            image::foreign_start(tree, folder, image, words, init)
        }
    };
    let purpose = purpose_of(tree, service, dockerfile, built.as_ref());
    let platform = Platform::Compose;
    Some(Workload {
        file: span.file,
        name: service.name.value.clone(),
        span,
        built,
        start,
        purpose,
        platform,
    })
}

fn purpose_of(
    tree: Tree<'_>,
    service: &ComposeService,
    dockerfile: Option<FileId>,
    built: Option<&BuiltImage>,
) -> Purpose {
    let role = dockerfile.and_then(|file| tree.inventory.files.get(file.0 as usize)).map(|f| f.role);
    let mut profiles = service.profiles.iter().map(|p| p.value.shown()).peekable();
    let only_development = profiles.peek().is_some() && profiles.all(image::names_development);
    if matches!(role, Some(Role::Dev | Role::Test)) || only_development {
        return Purpose::Development;
    }
    let said = service.working_dir.as_ref().map(|w| w.value.shown());
    let folder = said.or_else(|| built?.workdir.as_ref()?.value.as_deref());
    let context = service.build.as_ref().and_then(|b| b.context_folder.as_deref());
    // The source over what the image holds.
    let over = |mount: &Mount| {
        let target = mount.target.value.shown().trim_end_matches('/');
        let whole = mount.source.as_ref().is_some_and(|s| matches!(s.value.shown(), "." | "./"));
        let built_from = context.is_some() && mount.source_path.as_deref() == context;
        let home = folder.is_none_or(|f| {
            let f = f.trim_end_matches('/');
            f.strip_prefix(target).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        });
        mount.kind == MountKind::Bind && (whole || built_from) && home
    };
    if service.volumes.iter().any(over) {
        return Purpose::WorkingCopy;
    }
    let target = service.build.as_ref().and_then(|b| b.target.as_ref());
    let mode = ["NODE_ENV", "APP_ENV", "RAILS_ENV", "FLASK_ENV", "ENVIRONMENT"];
    let told = mode.iter().filter_map(|name| service.variable(name)?.value.as_deref());
    let hinted = target.is_some_and(|t| image::names_development(t.value.shown()))
        || told.into_iter().any(image::names_development);
    if hinted { Purpose::Hinted } else { Purpose::Deployed }
}

/// True when another compose file of the project is called one for production, and `file` is not.
fn has_production_file(tree: Tree<'_>, project: &ComposeProject, file: FileId) -> bool {
    let production = |file: FileId| {
        let found = tree.inventory.files.get(file.0 as usize);
        let name = found.map(|f| file_name(&f.path).to_ascii_lowercase()).unwrap_or_default();
        name.split(['.', '-', '_']).any(|word| matches!(word, "prod" | "production"))
    };
    let mut files = project.environments.iter().flat_map(|e| &e.files);
    !production(file) && files.any(|f| production(*f))
}

/// The entries of all Procfiles.
pub fn procfile_entries(tree: Tree<'_>) -> Vec<ProcfileEntry> {
    let mut entries = Vec::new();
    for (at, artefact) in tree.artefacts.iter().enumerate() {
        let (Artefact::Procfile(procfile), Ok(id)) = (artefact, u32::try_from(at)) else { continue };
        let Some(found) = tree.inventory.files.get(at) else { continue };
        let home = found.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (name, command) in &procfile.processes {
            entries.push(ProcfileEntry {
                file: FileId(id),
                role: found.role,
                name: name.value.clone(),
                span: Span::new(FileId(id), command.range),
                start: image::procfile_start(tree, home, FileId(id), command),
            });
        }
    }
    entries
}

/// Names of binaries that images and Procfiles of production role start.
pub fn shipped(images: &[Image], procfile: &[ProcfileEntry]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for image in images.iter().filter(|i| i.role == Role::Production) {
        for built in &image.targets {
            names.extend(started_names(&built.start, &built.program_sources));
        }
    }
    for entry in procfile.iter().filter(|e| e.role == Role::Production) {
        names.extend(started_names(&entry.start, &[]));
    }
    names
}

pub(super) fn started_names(start: &ProcessTree, sources: &[String]) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = sources.iter().cloned().collect();
    for command in start.commands.iter().filter(|c| c.position != Position::Helper) {
        let texts = command.texts();
        let Some(program) = texts.first().map(|p| file_name(p)) else { continue };
        let cargo = program == "cargo" && matches!(texts.get(1), Some(&("run" | "r")));
        let binary = texts.iter().position(|w| *w == "--bin").and_then(|at| texts.get(at + 1)).copied();
        let joined = texts.iter().find_map(|w| w.strip_prefix("--bin="));
        match (cargo, binary.or(joined)) {
            (true, Some(binary)) => names.insert(binary.to_owned()),
            _ => names.insert(program.to_owned()),
        };
    }
    names
}

/// True for files that say what is started.
fn starts_something(kind: Option<FileKind>) -> bool {
    matches!(
        kind,
        Some(
            FileKind::Dockerfile
                | FileKind::Procfile
                | FileKind::Compose
                | FileKind::SystemdUnit
                | FileKind::Kubernetes
                | FileKind::Kustomization
                | FileKind::HelmTemplate
                | FileKind::HelmValues
        )
    )
}
