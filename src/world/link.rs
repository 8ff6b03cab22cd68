//! Links the facts of single files into the [`World`].

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Config;
use crate::discover::Inventory;
use crate::discover::kind::FileKind;
use crate::discover::role::Role;
use crate::facts::FileFacts;
use crate::facts::artefact::Artefact;
use crate::knowledge::{Concept, Tables, resolve};
use crate::source::FileId;

use super::code::{CodeFile, CodeWorld, FunctionRef, module_of};
use super::compose::{self, ComposeFile, ComposeProject, EnvFiles, EnvPair};
use super::coverage::{Coverage, Gap};
use super::image::{self, Tree};
use super::packages::{self, ManifestFile, Package, PackageId};
use super::reach::CallGraph;
use super::services::rust_services;
use super::{World, services, start};

/// Links everything.
pub fn link(
    inventory: Inventory,
    facts: BTreeMap<FileId, FileFacts>,
    mut code: Vec<CodeFile>,
    gaps: Vec<Gap>,
    tables: &Tables,
    config: &Config,
) -> World {
    let packages = link_packages(&inventory, &facts);
    let mut artefacts: Vec<Artefact> = Vec::new();
    artefacts.resize_with(inventory.files.len(), Artefact::default);
    for (file, facts) in facts {
        if let Some(slot) = artefacts.get_mut(file.0 as usize) {
            *slot = facts.artefact;
        }
    }
    code.sort_by_key(|file| file.file);
    let code = CodeWorld::link(code, &packages);
    let graph = CallGraph::build(&code);
    let projects = link_projects(&inventory, &artefacts);
    let tree = Tree { inventory: &inventory, artefacts: &artefacts };
    let images = image::link(tree, &start::selected_targets(tree, &projects));
    let procfile = start::procfile_entries(tree);
    let workloads = start::workloads(tree, &projects);
    let shipped = start::shipped(&images, &procfile);
    let mut services = rust_services(&code, &graph, &packages, tables, &shipped);
    declare(&mut services, config);
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
        mentions: Vec::new(),
        services,
        images,
        procfile,
        workloads,
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

/// Applies what the config declares about services.
fn declare(services: &mut [services::Service], config: &Config) {
    for service in services {
        let declared = config.services.iter().find(|(name, settings)| {
            **name == service.name
                && settings.root.as_ref().is_none_or(|r| r.trim_matches('/') == service.folder)
        });
        if let Some(kind) = declared.and_then(|(_, settings)| settings.kind) {
            service.kind = kind;
            service.kind_reason = "declared in the config".into();
        }
    }
}

fn link_packages(inventory: &Inventory, facts: &BTreeMap<FileId, FileFacts>) -> Vec<Package> {
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
    let below = |folder: &str| {
        let inside = inventory.files.iter().filter(|f| crate::discover::is_below(&f.path, folder));
        inside.map(|f| f.path.clone()).collect()
    };
    packages::link(&manifests, &exists, &below)
}

fn code_file(
    inventory: &Inventory,
    packages: &[Package],
    file: FileId,
    facts: crate::facts::code::CodeFacts,
    tables: &Tables,
) -> CodeFile {
    let found = inventory.files.get(file.0 as usize);
    let path = found.map_or_else(String::new, |f| f.path.clone());
    let owner = packages
        .iter()
        .enumerate()
        .filter(|(_, p)| crate::discover::is_below(&path, &p.folder))
        .max_by_key(|(_, p)| p.folder.len())
        .filter(|_| facts.language == crate::facts::code::Language::Rust);
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
        events: resolve(&facts, tables),
        facts,
    }
}

/// Concepts whose rules ask how a program gets there.
const REACHED: &[Concept] =
    &[Concept::ServerStart, Concept::SchemaMigration, Concept::LogFile, Concept::SignalHandler];

/// Moves the source files among `facts` to `code`, each with its place among the packages and its events.
pub fn take_code(
    inventory: &Inventory,
    facts: &mut BTreeMap<FileId, FileFacts>,
    tables: &Tables,
    code: &mut Vec<CodeFile>,
) {
    let packages = link_packages(inventory, facts);
    for (file, facts) in facts.iter_mut() {
        match std::mem::take(&mut facts.artefact) {
            Artefact::Code(found) => code.push(code_file(inventory, &packages, *file, *found, tables)),
            other => facts.artefact = other,
        }
    }
}

/// Names of functions that hold something worth reaching and that no parsed code calls: files that mention them
/// may hold the missing link.
pub fn missing_callers(
    inventory: &Inventory,
    facts: &BTreeMap<FileId, FileFacts>,
    files: &mut Vec<CodeFile>,
) -> BTreeSet<String> {
    let packages = link_packages(inventory, facts);
    let code = CodeWorld::link(std::mem::take(files), &packages);
    let graph = CallGraph::build(&code);
    let mut words = BTreeSet::new();
    for (at, file) in code.files.iter().enumerate().filter(|(_, f)| !f.test && f.role == Role::Production) {
        for event in file.events.iter().filter(|e| REACHED.contains(&e.concept) && !e.scope.test) {
            let Some(function) = event.function else { continue };
            collect_roots(&code, &graph, FunctionRef { file: at, function }, &mut words);
        }
    }
    *files = code.into_files();
    words
}

/// The functions from which `target` is reached and that nothing calls, unless they are a `main`.
fn collect_roots(code: &CodeWorld, graph: &CallGraph, target: FunctionRef, words: &mut BTreeSet<String>) {
    let mut seen = BTreeSet::from([target]);
    let mut queue = vec![target];
    while let Some(at) = queue.pop() {
        let callers = graph.callers(at);
        if callers.is_empty()
            && let Some(function) = code.function(at)
            && function.name.value != "main"
        {
            words.insert(function.name.value.clone());
        }
        queue.extend(callers.into_iter().filter(|c| seen.insert(*c)));
    }
}
