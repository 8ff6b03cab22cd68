//! Which services a finding is about: the one that its rule judged, else those that run what its place belongs to.

use std::collections::BTreeSet;

use crate::discover::is_below;
use crate::discover::kind::FileKind;
use crate::discover::role::Role;
use crate::report::Diagnostic;
use crate::source::{FileId, Span};
use crate::world::compose::ServiceRole;
use crate::world::packages::folder_of;
use crate::world::runs::contains;
use crate::world::{ServiceId, World};

/// The services; none when the finding is about the whole repository.
pub fn services_of(world: &World, diagnostic: &Diagnostic) -> Vec<ServiceId> {
    if let Some(name) = &diagnostic.service {
        return world.services.iter().position(|s| s.name == *name).map(ServiceId).into_iter().collect();
    }
    let Some(place) = &diagnostic.place else { return Vec::new() };
    let span = Span { file: place.id, range: place.range };
    let kind = world.inventory.files.get(place.id.0 as usize).and_then(|f| f.kind);
    let mut found = match kind {
        Some(FileKind::Dockerfile) => of_dockerfile(world, place.id),
        Some(FileKind::Compose) => of_compose(world, span),
        Some(FileKind::Procfile) => {
            let entries = world.procfile.iter().filter(|e| contains(e.span, span) || contains(span, e.span));
            entries.filter_map(|e| world.started_service(&e.start, &[])).collect()
        }
        Some(FileKind::CargoManifest | FileKind::CargoLock) => of_package(world, world.path(place.id)),
        Some(kind) if kind.is_source() => {
            let file = world.code.files.iter().find(|f| f.file == place.id);
            file.map(|f| world.services_of(f).into_iter().map(|(id, _)| id).collect()).unwrap_or_default()
        }
        _ => Vec::new(),
    };
    let own = !matches!(kind, Some(FileKind::Compose | FileKind::Dockerfile));
    if found.is_empty() && own {
        found = of_folder(world, world.path(place.id));
    }
    if found.is_empty() && own {
        found = only_service(world);
    }
    found.sort();
    found.dedup();
    found
}

/// The services that an image of the Dockerfile starts.
fn of_dockerfile(world: &World, file: FileId) -> Vec<ServiceId> {
    world.services_of_image(file)
}

/// Of a place in the entry of an application: what it runs. Of one in the entry of a backing service: what depends on
/// it, else all that the project runs.
fn of_compose(world: &World, span: Span) -> Vec<ServiceId> {
    let mut own = BTreeSet::new();
    let mut dependents = BTreeSet::new();
    let mut project_wide = BTreeSet::new();
    for project in &world.projects {
        for environment in project.environments.iter().filter(|e| e.role != Role::Test) {
            let Some(entry) =
                environment.services.iter().find(|s| s.entries.iter().any(|e| contains(*e, span)))
            else {
                continue;
            };
            if entry.role == ServiceRole::App {
                own.extend(world.services_of_compose(entry));
                continue;
            }
            for app in environment.services.iter().filter(|s| s.role == ServiceRole::App) {
                let names =
                    app.depends_on.iter().map(|d| &d.service).chain(app.links.iter().map(|l| &l.target));
                if names.into_iter().any(|n| n.value == entry.name.value) {
                    dependents.extend(world.services_of_compose(app));
                }
                project_wide.extend(world.services_of_compose(app));
            }
        }
    }
    [own, dependents, project_wide].into_iter().find(|set| !set.is_empty()).into_iter().flatten().collect()
}

/// The services that are built from the package of a manifest, or from any package of its workspace.
fn of_package(world: &World, path: &str) -> Vec<ServiceId> {
    let folder = folder_of(path);
    let services = || world.services.iter().enumerate();
    let own: Vec<ServiceId> = services()
        .filter(|(_, s)| {
            s.packages.iter().any(|p| world.packages.get(p.0).is_some_and(|p| p.folder == folder))
        })
        .map(|(at, _)| ServiceId(at))
        .collect();
    if !own.is_empty() && !path.ends_with("Cargo.lock") {
        return own;
    }
    services()
        .filter(|(_, s)| {
            let package = s.package.and_then(|p| world.packages.get(p.0));
            package.is_some_and(|p| p.workspace_folder == folder)
        })
        .map(|(at, _)| ServiceId(at))
        .collect()
}

/// What is not in the folder of a service can only be about the one that there is.
fn only_service(world: &World) -> Vec<ServiceId> {
    let judged: Vec<ServiceId> = world
        .services
        .iter()
        .enumerate()
        .filter(|(_, s)| s.is_judged())
        .map(|(at, _)| ServiceId(at))
        .collect();
    if judged.len() == 1 { judged } else { Vec::new() }
}

/// The services of the deepest folder around `path` that holds one and is not the root of everything.
fn of_folder(world: &World, path: &str) -> Vec<ServiceId> {
    let around = world.services.iter().filter(|s| is_below(path, &s.folder)).map(|s| s.folder.len()).max();
    let services = world.services.iter().enumerate();
    services
        .filter(|(_, s)| is_below(path, &s.folder) && Some(s.folder.len()) == around && around != Some(0))
        .map(|(at, _)| ServiceId(at))
        .collect()
}
