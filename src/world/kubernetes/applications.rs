//! Which files make up which application.

use std::collections::{BTreeMap, BTreeSet};

use crate::discover::is_below;
use crate::discover::kind::FileKind;
use crate::discover::role::Role;
use crate::facts::artefact::Artefact;
use crate::parallel;
use crate::source::FileId;
use crate::syntax::doc::Parsed;
use crate::syntax::helm::Template;
use crate::world::packages::folder_of;

use super::Files;
use super::helm::{self, Chart};
use super::kustomize;
use super::model::{Application, ApplicationKind};
use super::objects::{self, Object};
use super::read::fill;

/// The applications of a tree, sorted by folder.
pub fn link(files: Files<'_>) -> Vec<Application> {
    let of_kind = |kind: FileKind| {
        let all = files.inventory.files.iter().enumerate();
        let found = all.filter(move |(_, f)| f.kind == Some(kind) && !f.above && f.role != Role::Vendored);
        found.filter_map(|(at, f)| Some((FileId(u32::try_from(at).ok()?), f)))
    };
    let mut jobs: Vec<Job> = Vec::new();
    let charts: Vec<String> =
        of_kind(FileKind::HelmChart).map(|(_, f)| folder_of(&f.path).to_owned()).collect();
    jobs.extend(of_kind(FileKind::HelmChart).map(|(file, _)| Job::Chart(file)));
    let kustomizations: Vec<FileId> = of_kind(FileKind::Kustomization).map(|(file, _)| file).collect();
    let mut taken: BTreeSet<FileId> = BTreeSet::new();
    for file in leaves(files, &kustomizations) {
        let built = kustomize::build(&files, file, &mut Vec::new());
        taken.extend(built.files.iter().copied());
        jobs.push(Job::Kustomization(file, built));
    }
    let mut folders: BTreeMap<&str, Vec<FileId>> = BTreeMap::new();
    for (file, found) in of_kind(FileKind::Kubernetes) {
        let in_chart = charts.iter().any(|chart| is_below(&found.path, chart));
        if !taken.contains(&file) && !in_chart {
            folders.entry(folder_of(&found.path)).or_default().push(file);
        }
    }
    for (file, found) in of_kind(FileKind::HelmTemplate) {
        if !charts.iter().any(|chart| is_below(&found.path, chart)) {
            folders.entry(folder_of(&found.path)).or_default().push(file);
        }
    }
    for (folder, list) in folders {
        jobs.extend(alternatives(files, &list).into_iter().map(|list| Job::Folder(folder.to_owned(), list)));
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let mut found: Vec<Application> =
        parallel::map(&jobs, threads, |job| application(files, &charts, job)).into_iter().collect();
    found.retain(|a| {
        !a.workloads.is_empty()
            || !a.services.is_empty()
            || !a.routes.is_empty()
            || !a.configurations.is_empty()
    });
    found.sort_by(|a, b| (&a.folder, &a.label).cmp(&(&b.folder, &b.label)));
    found
}

enum Job {
    Chart(FileId),
    Kustomization(FileId, kustomize::Built),
    Folder(String, Vec<FileId>),
}

/// The kustomizations that no other one takes in; of those that only overlays for development take in also the base.
fn leaves(files: Files<'_>, all: &[FileId]) -> Vec<FileId> {
    let mut taken: BTreeMap<FileId, bool> = BTreeMap::new();
    for file in all {
        let Some(tree) = kustomize::tree_of(&files, *file) else { continue };
        let own = files.inventory.files.get(file.0 as usize).map_or(Role::Production, |f| f.role);
        for path in kustomize::referenced(files.path(*file), &tree) {
            if let Some(inner) = files.kustomization_in(&path).filter(|inner| inner != file) {
                *taken.entry(inner).or_default() |= own == Role::Production;
            }
        }
    }
    let component = |file: &FileId| {
        let tree = kustomize::tree_of(&files, *file);
        tree.is_some_and(|t| t.text_at(&["kind"]) == Some("Component"))
    };
    let leaf = |file: &&FileId| taken.get(*file) != Some(&true) && !component(file);
    all.iter().filter(leaf).copied().collect()
}

/// Kind with namespace, and name.
type ObjectKey = (String, String);

/// The files of a folder in sets that can be applied together: files that describe the same object are alternatives.
fn alternatives(files: Files<'_>, list: &[FileId]) -> Vec<Vec<FileId>> {
    let mut sets: Vec<(BTreeSet<ObjectKey>, Vec<FileId>)> = Vec::new();
    for file in list {
        let own: BTreeSet<ObjectKey> = match files.artefact(*file) {
            Artefact::Document(parsed) => {
                let objects = objects::of_file(*file, parsed).into_iter();
                let namespace =
                    |o: &Object| o.tree.text_at(&["metadata", "namespace"]).unwrap_or("").to_owned();
                objects.map(|o| (format!("{}/{}", o.kind, namespace(&o)), o.name.raw)).collect()
            }
            _ => BTreeSet::new(),
        };
        match sets.iter_mut().find(|(known, _)| known.is_disjoint(&own)) {
            Some((known, set)) => {
                known.extend(own);
                set.push(*file);
            }
            None => sets.push((own, vec![*file])),
        }
    }
    sets.into_iter().map(|(_, set)| set).collect()
}

fn application(files: Files<'_>, charts: &[String], job: &Job) -> Application {
    match job {
        Job::Chart(file) => chart(files, charts, *file),
        Job::Kustomization(file, built) => {
            let folder = folder_of(files.path(*file)).to_owned();
            let mut found = empty(&folder, ApplicationKind::Kustomization, files, Some(*file));
            found.files = built.files.iter().copied().collect();
            found.complete = built.complete;
            fill(&mut found, &built.objects);
            found
        }
        Job::Folder(folder, list) => {
            let mut found = empty(folder, ApplicationKind::Folder, files, None);
            found.files = list.clone();
            let roles = list.iter().filter_map(|f| files.inventory.files.get(f.0 as usize)).map(|f| f.role);
            found.role = roles.min_by_key(|role| *role != Role::Production).unwrap_or_default();
            let mut objects = Vec::new();
            for file in list {
                match files.artefact(*file) {
                    Artefact::Document(parsed) => objects.extend(objects::of_file(*file, parsed)),
                    Artefact::Template(template) => {
                        let (rendered, complete) = rendered(&lone(*file, template));
                        objects.extend(rendered);
                        found.complete &= complete;
                    }
                    _ => found.complete = false,
                }
            }
            fill(&mut found, &objects);
            found
        }
    }
}

fn empty(folder: &str, kind: ApplicationKind, files: Files<'_>, definition: Option<FileId>) -> Application {
    let role = definition.and_then(|file| files.inventory.files.get(file.0 as usize)).map(|f| f.role);
    Application {
        label: folder.rsplit('/').next().unwrap_or(folder).to_owned(),
        folder: folder.to_owned(),
        kind,
        role: role.unwrap_or_default(),
        definition,
        files: definition.into_iter().collect(),
        complete: true,
        workloads: Vec::new(),
        services: Vec::new(),
        routes: Vec::new(),
        configurations: Vec::new(),
        autoscalers: Vec::new(),
        claims: Vec::new(),
    }
}

/// A template that belongs to no chart: nothing that it prints is known.
fn lone(file: FileId, template: &Template) -> Chart<'_> {
    let templates = vec![(file, template)];
    Chart { metadata: None, values: None, parent: None, definitions: templates.clone(), templates }
}

fn rendered(chart: &Chart<'_>) -> (Vec<Object>, bool) {
    let mut found = Vec::new();
    let mut complete = true;
    for file in helm::render(chart) {
        complete &= objects::is_complete(&file);
        found.extend(objects::of_rendered(&file));
    }
    (found, complete)
}

fn chart(files: Files<'_>, charts: &[String], file: FileId) -> Application {
    let folder = folder_of(files.path(file)).to_owned();
    let mut found = empty(&folder, ApplicationKind::Chart, files, Some(file));
    let document = |name: &str, folder: &str| -> Option<(FileId, &Parsed)> {
        let path = if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
        let file = files.file_at(&path)?;
        match files.artefact(file) {
            Artefact::Document(parsed) => Some((file, parsed.as_ref())),
            _ => None,
        }
    };
    let metadata = match files.artefact(file) {
        Artefact::Document(parsed) => Some((file, parsed.as_ref())),
        _ => None,
    };
    let name = metadata.and_then(|(_, p)| p.root()?.get("name")?.as_str());
    if let Some(name) = name {
        found.label = name.to_owned();
    }
    // The chart around this one, `parent/charts/this`, sets values for it under its name.
    let around =
        folder.rsplit_once("/charts/").map(|(parent, _)| parent).filter(|p| charts.iter().any(|c| c == p));
    let parent = around.and_then(|p| document("values.yaml", p));
    let own_name = name.map_or_else(|| found.label.clone(), str::to_owned);
    // A subchart's folder lies below the folder of its parent.
    let nearest = |path: &str| charts.iter().filter(|c| is_below(path, c)).max_by_key(|c| c.len());
    let mut definitions = Vec::new();
    let mut templates = Vec::new();
    for (at, inside) in files.inventory.files.iter().enumerate() {
        let Ok(id) = u32::try_from(at).map(FileId) else { continue };
        let Artefact::Template(template) = files.artefact(id) else { continue };
        let outermost = around.unwrap_or(&folder);
        if is_below(&inside.path, outermost) {
            definitions.push((id, template.as_ref()));
        }
        let name = inside.path.rsplit('/').next().unwrap_or("");
        let manifest = name.ends_with(".yaml") || name.ends_with(".yml");
        if nearest(&inside.path) == Some(&folder) && manifest && !name.starts_with('_') {
            if inside.role == found.role || found.role != Role::Production {
                templates.push((id, template.as_ref()));
            }
            found.files.push(id);
        }
    }
    let chart = Chart {
        metadata,
        values: document("values.yaml", &folder),
        parent: parent.map(|(file, parsed)| (file, parsed, own_name)),
        definitions,
        templates,
    };
    found.files.extend(chart.values.map(|(file, _)| file));
    let (objects, complete) = rendered(&chart);
    found.complete = complete;
    fill(&mut found, &objects);
    found
}
