//! Asks each factor's collector about each service, and says which deciding files could not be read.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::discover::is_below;
use crate::discover::kind::FileKind;
use crate::discover::role::Role;
use crate::facts::code::Language;
use crate::rules::evidence::{Collected, EvidenceSink};
use crate::rules::{Factor, Need};
use crate::world::{ServiceId, Subject, View, World};

/// What `factor` says about a service; none when its collector panicked, which costs this one judgement.
pub fn collect(world: &World, service: ServiceId, factor: Factor) -> Option<Collected> {
    let collector = factor.evidence();
    let view = View { world, subject: Subject::Service(service), needs: collector.needs };
    let mut collected = Collected::default();
    let done = catch_unwind(AssertUnwindSafe(|| {
        (collector.collect)(&view, &mut EvidenceSink::new(factor, &mut collected));
    }));
    done.is_ok().then_some(collected)
}

/// The first file of a kind that the collector of `factor` needs, that belongs to the service, and of which a part
/// could not be read: its path and why.
pub fn unread(world: &World, service: ServiceId, factor: Factor) -> Option<(&str, &str)> {
    let needs = factor.evidence().needs;
    let service = world.services.get(service.0)?;
    let folders: Vec<&str> = match service.package {
        Some(_) => service
            .packages
            .iter()
            .filter_map(|p| world.packages.get(p.0))
            .map(|p| p.folder.as_str())
            .collect(),
        None => vec![service.folder.as_str()],
    };
    let gap = world.coverage.gaps.iter().find(|gap| {
        let Some(kind) = gap.kind else { return false };
        let role = gap.file.and_then(|f| world.inventory.files.get(f.0 as usize)).map(|f| f.role);
        let here = folders.iter().any(|folder| is_below(&gap.path, folder));
        let own = kind.is_source() && here;
        let shared = !kind.is_source() && (here || !gap.path.contains('/'));
        role.is_none_or(|r| r == Role::Production) && (own || shared) && is_needed(kind, needs)
    })?;
    Some((&gap.path, &gap.reason))
}

fn is_needed(kind: FileKind, needs: &[Need]) -> bool {
    let need = match kind {
        FileKind::Rust => Need::Source(Language::Rust),
        FileKind::Python => Need::Source(Language::Python),
        FileKind::CargoManifest | FileKind::CargoLock => Need::Cargo,
        FileKind::PackageJson | FileKind::NodeLock => Need::Node,
        FileKind::Dockerfile | FileKind::Shell => Need::Images,
        FileKind::Compose => Need::Compose,
        FileKind::Dotenv => Need::Dotenv,
        FileKind::Procfile => Need::Procfile,
        _ => return false,
    };
    needs.contains(&need)
}
