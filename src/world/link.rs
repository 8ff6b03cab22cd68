//! Links the facts of single files into the [`World`].

use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashMap, HashMapExt as _};

use crate::discover::Inventory;
use crate::discover::kind::FileKind;
use crate::discover::role::Role;
use crate::facts::FileFacts;
use crate::facts::artefact::Artefact;
use crate::facts::code::{CodeFacts, Language};
use crate::facts::value::{Value, ValueKind};
use crate::knowledge::resolve::globs;
use crate::knowledge::{Concept, Event, RowId, Tables, resolve_as};
use crate::parallel;
use crate::source::FileId;

use super::code::{CodeFile, CodeWorld, FunctionRef, module_of};
use super::compose::{self, ComposeFile, ComposeProject, EnvFiles, EnvPair};
use super::coverage::{Coverage, Gap};
use super::image::{self, Tree};
use super::image_services::image_services;
use super::migration::OWN_MIGRATIONS;
use super::packages::{self, ManifestFile, Package, PackageId};
use super::reach::CallGraph;
use super::services::rust_services;
use super::{World, kept_running, kubernetes, services, start, units};

/// Links everything. `packages` come from [`link_packages`], `code` from [`link_code`].
pub fn link(
    inventory: Inventory,
    facts: BTreeMap<FileId, FileFacts>,
    packages: Vec<Package>,
    code: LinkedCode,
    gaps: Vec<Gap>,
    tables: &Tables,
    declared: &[DeclaredService],
) -> World {
    let LinkedCode { world: mut code, graph } = code;
    code.finish();
    let mut artefacts: Vec<Artefact> = Vec::new();
    artefacts.resize_with(inventory.files.len(), Artefact::default);
    for (file, facts) in facts {
        if let Some(slot) = artefacts.get_mut(file.0 as usize) {
            *slot = facts.artefact;
        }
    }
    let projects = link_projects(&inventory, &artefacts);
    let tree = Tree { inventory: &inventory, artefacts: &artefacts };
    let images = image::link(tree, &start::selected_targets(tree, &projects));
    let procfile = start::procfile_entries(tree);
    let mut workloads = start::workloads(tree, &projects);
    let applications = kubernetes::link(kubernetes::Files { inventory: &inventory, artefacts: &artefacts });
    let builders = kubernetes::Builders { images: &images, projects: &projects, packages: &packages, tree };
    workloads.extend(kubernetes::workloads(tree, &applications, builders));
    let units = units::units(tree);
    let mut shipped = start::shipped(&images, &procfile);
    shipped.extend(units::started_by_units(&units));
    let mut services = rust_services(&code, &graph, &packages, tables, &shipped);
    let kept = kept_running::kept_running(tree, &projects, &images, &workloads, &units);
    kept_running::declare_kept(&mut services, &kept);
    let of_images = image_services(tree, &images, &projects, &services);
    services.extend(of_images);
    declare(&mut services, declared);
    let pipelines = super::pipeline::link(tree);
    let mut files: BTreeMap<FileKind, usize> = BTreeMap::new();
    for kind in inventory.files.iter().filter(|f| !f.above).filter_map(|f| f.kind) {
        *files.entry(kind).or_default() += 1;
    }
    let coverage = Coverage { gaps, files: files.into_iter().collect() };
    World {
        inventory,
        artefacts,
        code,
        packages,
        projects,
        applications,
        mentions: Vec::new(),
        name_places: BTreeMap::new(),
        variable_table: std::sync::OnceLock::new(),
        duplicates: Vec::new(),
        services,
        images,
        procfile,
        workloads,
        units,
        pipelines,
        coverage,
    }
}

/// The compose files, linked. Files above the checked path are not read.
fn link_projects(inventory: &Inventory, artefacts: &[Artefact]) -> Vec<ComposeProject> {
    let mut files = Vec::new();
    for (at, (found, artefact)) in inventory.files.iter().zip(artefacts).enumerate() {
        let (Artefact::Document(document), Ok(at)) = (artefact, u32::try_from(at)) else { continue };
        if found.kind == Some(FileKind::Compose) && found.role != Role::Vendored {
            files.push(ComposeFile { file: FileId(at), path: &found.path, role: found.role, document });
        }
    }
    compose::link(&files, &RepositoryEnvFiles { inventory, artefacts })
}

/// The files of the `.env` family that were read.
struct RepositoryEnvFiles<'a> {
    inventory: &'a Inventory,
    artefacts: &'a [Artefact],
}

impl EnvFiles for RepositoryEnvFiles<'_> {
    fn file_at(&self, path: &str) -> Option<FileId> {
        let at = self.inventory.files.binary_search_by(|f| f.path.as_str().cmp(path)).ok()?;
        u32::try_from(at).ok().map(FileId)
    }

    fn entries(&self, path: &str) -> Option<Vec<EnvPair>> {
        let file = self.file_at(path)?;
        match self.artefacts.get(file.0 as usize)? {
            Artefact::Dotenv(settings) => Some(EnvPair::of(file, settings)),
            _ => None,
        }
    }
}

/// What the owner of the tree declares about a service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeclaredService {
    /// The service's name.
    pub name: String,
    /// Its folder, relative to the root; any when absent.
    pub folder: Option<String>,
    /// Its kind.
    pub kind: Option<services::ServiceKind>,
}

fn declare(services: &mut [services::Service], declared: &[DeclaredService]) {
    for service in services {
        let found = declared.iter().find(|d| {
            d.name == service.name && d.folder.as_ref().is_none_or(|folder| *folder == service.folder)
        });
        if let Some(kind) = found.and_then(|d| d.kind) {
            service.kind = kind;
            service.kind_reason = services::DECLARED.into();
        }
    }
}

/// The Cargo packages of the manifests among `facts`.
pub fn link_packages(inventory: &Inventory, facts: &BTreeMap<FileId, FileFacts>) -> Vec<Package> {
    let mut manifests = Vec::new();
    for (file, facts) in facts {
        let (Artefact::CargoManifest(manifest), Some(found)) =
            (&facts.artefact, inventory.files.get(file.0 as usize))
        else {
            continue;
        };
        manifests.push(ManifestFile {
            file: *file,
            path: &found.path,
            manifest,
            role: found.role,
            above: found.above,
        });
    }
    let exists = |path: &str| inventory.file(path).is_some();
    let below = |folder: &str| inventory.below(folder).map(|f| f.path.clone()).collect();
    packages::link(&manifests, &exists, &below)
}

/// A source file with its place among the packages.
pub fn code_file(
    inventory: &Inventory,
    packages: &[Package],
    file: FileId,
    facts: CodeFacts,
    events: Vec<Event>,
) -> CodeFile {
    let found = inventory.files.get(file.0 as usize);
    let path = found.map_or_else(String::new, |f| f.path.clone());
    let owner = owner_of(&path, packages).filter(|_| facts.language == Language::Rust);
    let (module, crate_root) = owner.map(|(_, p)| module_of(&path, p)).unwrap_or_default();
    let package_role = owner.map_or(Role::Production, |(_, p)| p.role);
    CodeFile {
        file,
        role: found
            .map_or(Role::Production, |f| if f.role == Role::Production { package_role } else { f.role }),
        path,
        package: owner.map(|(at, _)| PackageId(at)),
        module,
        crate_root,
        test: facts.file_scope.test,
        events,
        facts,
    }
}

/// The package in the nearest folder above `path`; packages are sorted by folder.
fn owner_of<'p>(path: &str, packages: &'p [Package]) -> Option<(usize, &'p Package)> {
    let mut folder = path;
    loop {
        // Two manifests never share a folder; were it so, the last one counts.
        let behind = packages.partition_point(|p| p.folder.as_str() <= folder);
        let found = behind.checked_sub(1).and_then(|at| Some((at, packages.get(at)?)));
        if let Some(found) = found.filter(|(_, p)| p.folder == folder) {
            return Some(found);
        }
        folder = (!folder.is_empty()).then(|| packages::folder_of(folder))?;
    }
}

/// Resolves once more what a file calls under a name of this workspace: re-exports (`use crate::prelude::serve`),
/// glob imports of own modules, and methods of constants (`static M: Migrator`).
fn resolve_across_files(code: &mut CodeWorld, tables: &Tables, jobs: usize) {
    let positions: Vec<usize> = (0..code.files.len()).collect();
    let shared: &CodeWorld = code;
    let found = parallel::map(&positions, jobs, |at| (*at, events_across_files(shared, *at, tables)));
    for (at, events) in found {
        let Some(file) = code.files.get_mut(at) else { continue };
        file.events.extend(events);
        file.events.sort_by_key(|event| (event.range, event.row));
        file.events.dedup_by_key(|event| (event.range, event.row, event.call));
    }
}

/// Events of calls in file `at` that only names of other files make known.
fn events_across_files(code: &CodeWorld, at: usize, tables: &Tables) -> Vec<Event> {
    let mut events = Vec::new();
    let Some(file) = code.files.get(at) else { return events };
    let globs: Vec<String> = globs(&file.facts).filter(|g| is_own(g)).map(|g| code.absolute(at, g)).collect();
    let mut known: HashMap<&str, Vec<String>> = HashMap::new();
    for (position, call) in file.facts.calls.iter().enumerate() {
        let written = call.callee.as_str();
        let names = known.entry(written).or_insert_with(|| code.other_names(at, written, &globs));
        for name in names.iter() {
            events.extend(resolve_as(&file.facts, position, name, tables));
        }
    }
    events
}

/// True for the path of a module of the file's own crate.
fn is_own(path: &str) -> bool {
    path.split("::").next().is_some_and(|first| matches!(first, "crate" | "self" | "super"))
}

/// Names under which this workspace re-exports something that the tables know: files that mention them may use it.
fn re_exported(code: &CodeWorld, tables: &Tables) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    for file in code.files.iter().filter(|f| !f.test && f.role == Role::Production) {
        for import in file.facts.imports.iter().filter(|i| i.exported && i.local != "*" && !i.scope.test) {
            let rows = tables.rows_for(file.facts.language, import.path.as_str(), import.path.last());
            let reached = |id: &RowId| tables.row(*id).is_some_and(|r| REACHED.contains(&r.concept));
            if rows.iter().any(reached) {
                words.insert(import.local.clone());
            }
        }
    }
    words
}

/// Concepts whose rules ask how a program gets there.
const REACHED: &[Concept] = &[
    Concept::ServerStart,
    Concept::SchemaMigration,
    Concept::LogFile,
    Concept::SignalHandler,
    Concept::QueueConsumer,
    Concept::SchedulerStart,
];

/// Source files linked among themselves, and which function calls which.
pub struct LinkedCode {
    /// The files and their symbols.
    pub world: CodeWorld,
    /// The calls between them.
    pub graph: CallGraph,
}

/// Links the source files among themselves, on `jobs` threads.
pub fn link_code(mut files: Vec<CodeFile>, packages: &[Package], tables: &Tables, jobs: usize) -> LinkedCode {
    files.sort_by_key(|file| file.file);
    let mut world = CodeWorld::link(files, packages, jobs);
    resolve_across_files(&mut world, tables, jobs);
    world.find_helpers();
    let graph = CallGraph::build(&world, jobs);
    LinkedCode { world, graph }
}

/// Names of functions that hold something worth reaching and that no parsed code calls: files that mention them
/// may hold the missing link.
pub fn missing_callers(code: &LinkedCode, tables: &Tables) -> BTreeSet<String> {
    let LinkedCode { world: code, graph } = code;
    let mut words = re_exported(code, tables);
    let mut targets = BTreeSet::new();
    for (at, file) in code.files.iter().enumerate().filter(|(_, f)| !f.test && f.role == Role::Production) {
        for event in file.events.iter().filter(|e| REACHED.contains(&e.concept) && !e.scope.test) {
            targets.extend(event.function.map(|function| FunctionRef { file: at, function }));
        }
        for event in file.events.iter().filter(|e| !e.scope.test) {
            event.roles.values().for_each(|value| collect_constants(code, at, value, &mut words));
        }
        for fallback in file.facts.fallbacks.iter().filter(|f| !f.scope.test) {
            collect_constants(code, at, &fallback.value, &mut words);
        }
        // The program's own migrations use no library that a table could know.
        let calls = file.facts.calls.iter().filter(|c| !c.scope.test);
        for call in calls.filter(|c| OWN_MIGRATIONS.contains(&c.callee.last())) {
            if !call.callee.is_unresolved() && code.functions_named(at, call.callee.as_str()).is_empty() {
                words.insert(format!("fn {}", call.callee.last()));
            }
        }
    }
    words.extend(code.helper_names().map(str::to_owned));
    collect_roots(code, graph, targets, &mut words);
    words
}

/// Constants of this workspace in `value` whose file was not parsed.
fn collect_constants(code: &CodeWorld, at: usize, value: &Value, words: &mut BTreeSet<String>) {
    if let ValueKind::Name(name) = &value.kind
        && name.last().chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        && code.is_of_this_tree(at, name.as_str())
        && code.constant(at, name.as_str()).is_none()
    {
        words.extend(["const", "static"].map(|keyword| format!("{keyword} {}", name.last())));
    }
    value.parts().into_iter().for_each(|part| collect_constants(code, at, part, words));
}

/// The functions from which one of `targets` is reached and that nothing calls, unless they are a `main`.
fn collect_roots(
    code: &CodeWorld,
    graph: &CallGraph,
    targets: BTreeSet<FunctionRef>,
    words: &mut BTreeSet<String>,
) {
    let mut queue: Vec<FunctionRef> = targets.iter().copied().collect();
    let mut seen = targets;
    while let Some(at) = queue.pop() {
        let callers = graph.callers(at);
        if callers.is_empty()
            && let Some(function) = code.function(at)
            && function.name.value != "main"
        {
            // Whoever calls it names it, or, where every type has one of that name, its type.
            let name = function.name.value.as_str();
            let owner = function.container.rsplit("::").next().unwrap_or("");
            let common =
                matches!(name, "new" | "default" | "from" | "init" | "run" | "start" | "connect" | "create");
            if owner.is_empty() || !common || function.is_method {
                words.insert(name.to_owned());
            }
            words.extend([owner].iter().filter(|o| o.len() > 3).map(|o| (*o).to_owned()));
            words.extend(function.of_trait.iter().map(|t| t.last().to_owned()));
        }
        queue.extend(callers.iter().copied().filter(|c| seen.insert(*c)));
    }
}
