//! What keeps factor I: the service is built from this repository, by one recipe, and shares code as packages.

use crate::discover::role::Role;
use crate::rules::evidence::{Collector, EvidenceSink};
use crate::rules::Need;
use crate::source::Span;
use crate::world::{PackageId, View};

/// Collects it.
pub static EVIDENCE: Collector = Collector { needs: &[Need::Paths, Need::Cargo, Need::Images], collect };

fn collect(view: &View<'_>, sink: &mut EvidenceSink<'_>) {
    let Some((_, service)) = view.service() else { return };
    let world = view.world;
    // What is on the disk says nothing about what is in the codebase.
    let versioned = world.inventory.tracked.is_some();
    if !versioned {
        sink.unknown("not-versioned");
    }
    let package = service.package.and_then(|id| world.packages.get(id.0));
    if let Some(package) = package {
        let name = package.manifest.name.as_ref().map(|n| n.range);
        let span = Span { file: package.manifest_file, range: name };
        let evidence = if versioned { sink.keeps("package", span) } else { sink.supports("package", span) };
        evidence.argument("package", &package.name);
    }
    let images = view.images_of_service();
    let mut files: Vec<_> = images.iter().map(|(image, _)| image.dockerfile).collect();
    files.dedup();
    if let (&[file], Some((_, built))) = (files.as_slice(), images.first()) {
        let span = built.entrypoint.or(built.cmd).unwrap_or(Span::whole(file));
        let evidence = if versioned { sink.keeps("image", span) } else { sink.supports("image", span) };
        evidence.argument("dockerfile", world.path(file));
    }
    for (name, id) in package.map(|p| p.local_dependencies.as_slice()).unwrap_or_default() {
        if let Some(shared) = shared_package(view, *id) {
            sink.supports("shared", shared).argument("package", name);
        }
    }
    sink.unknown("nothing-seen");
}

/// The name of a package in its manifest, when programs of several packages are built from it.
fn shared_package(view: &View<'_>, id: PackageId) -> Option<Span> {
    let package = view.world.packages.get(id.0).filter(|p| p.role == Role::Production && !p.above)?;
    let users = view.world.services.iter().filter(|s| s.packages.contains(&id)).filter_map(|s| s.package);
    let users: std::collections::BTreeSet<PackageId> = users.collect();
    let name = package.manifest.name.as_ref()?;
    (users.len() > 1).then(|| Span::new(package.manifest_file, name.range))
}
