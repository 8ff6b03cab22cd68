//! Services that are known by their image alone: programs in languages whose packages are not linked.

use std::collections::BTreeSet;

use crate::discover::role::Role;

use super::backing::{ImageClass, image_kind};
use super::commands::CommandClass;
use super::compose::{ComposeProject, ServiceRole};
use super::image::{BuiltImage, Image, Tree};
use super::image_reference::image_reference;
use super::services::{Service, ServiceKind};
use super::start::started_names;

/// A service for each production image that starts none of the binaries of `known`; named after the compose service
/// that builds it, else after its folder.
pub fn image_services(
    tree: Tree<'_>,
    images: &[Image],
    projects: &[ComposeProject],
    known: &[Service],
) -> Vec<Service> {
    let binaries: BTreeSet<&str> = known.iter().filter_map(|s| s.binary.as_deref()).collect();
    let mut names: BTreeSet<String> = known.iter().map(|s| s.name.clone()).collect();
    let mut services = Vec::new();
    for image in images.iter().filter(|i| i.role == Role::Production) {
        let starts_known = image.targets.iter().any(|built| {
            started_names(&built.start, &built.program_sources)
                .iter()
                .any(|name| binaries.contains(name.as_str()))
        });
        let Some(built) = image.targets.first().filter(|b| !starts_known && !b.start.commands.is_empty())
        else {
            continue;
        };
        let path = tree.inventory.files.get(image.dockerfile.0 as usize).map_or("", |f| f.path.as_str());
        let wanted = name_of(path, &image.folder, projects);
        let mut name = wanted.clone();
        let mut next = 2;
        while !names.insert(name.clone()) {
            name = format!("{wanted}-{next}");
            next += 1;
        }
        let (kind, kind_reason) = kind_of(built);
        services.push(Service {
            name,
            kind,
            kind_reason,
            folder: image.folder.clone(),
            package: None,
            binary: None,
            image: Some(image.dockerfile),
            entry: None,
            reached: Default::default(),
            serving: Default::default(),
            other_arms: BTreeSet::new(),
            packages: BTreeSet::new(),
            dependency_roles: BTreeSet::new(),
            clients: BTreeSet::new(),
            shipped: true,
        });
    }
    services
}

fn name_of(dockerfile: &str, folder: &str, projects: &[ComposeProject]) -> String {
    let services = projects.iter().flat_map(|p| &p.environments).flat_map(|e| &e.services);
    let builds = |s: &&super::compose::ComposeService| {
        s.role == ServiceRole::App
            && s.build.as_ref().is_some_and(|b| b.dockerfile.as_deref() == Some(dockerfile))
    };
    if let Some(service) = services.into_iter().find(builds) {
        return service.name.value.clone();
    }
    match folder.rsplit('/').next() {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => "app".to_owned(),
    }
}

fn kind_of(built: &BuiltImage) -> (ServiceKind, String) {
    let base = built.base.as_deref().map(image_reference);
    if base.as_ref().and_then(|b| image_kind(b)).is_some_and(|kind| kind.class == ImageClass::Backing) {
        return (ServiceKind::Backing, "its image is built on a backing service".into());
    }
    // What the container lives as long as says what it is; what is managed in it, when that says nothing.
    let known = |c: &&super::image::StartCommand| !c.matches().is_empty();
    let mains: Vec<_> = built.mains().filter(known).collect();
    let all: Vec<_> = if mains.is_empty() { built.start.commands.iter().collect() } else { mains };
    let is = |class: CommandClass| all.iter().any(|c| c.class(class).is_some());
    if is(CommandClass::Worker) {
        (ServiceKind::Worker, "its image starts a worker".into())
    } else if is(CommandClass::Scheduler) || is(CommandClass::Cron) {
        (ServiceKind::Scheduler, "its image starts a scheduler".into())
    } else if is(CommandClass::OneShot) && !is(CommandClass::Server) && !is(CommandClass::Proxy) {
        (ServiceKind::Admin, "its image starts something that ends by itself".into())
    } else {
        (ServiceKind::Web, "its image starts it".into())
    }
}
