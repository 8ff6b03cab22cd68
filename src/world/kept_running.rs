//! Programs that an artefact keeps running, whatever their dependencies look like.

use std::collections::BTreeSet;

use super::compose::{ComposeProject, ComposeService};
use super::image::{Image, Tree};
use super::services::{Service, ServiceKind};
use super::start::{Workload, started_names};
use super::units::{SystemdUnit, started_by_units};

/// Names of the programs that units, and compose services that are started again when they end, keep running.
pub fn kept_running(
    tree: Tree<'_>,
    projects: &[ComposeProject],
    images: &[Image],
    workloads: &[Workload],
    units: &[SystemdUnit],
) -> BTreeSet<String> {
    let mut names = started_by_units(units);
    let all = projects.iter().flat_map(|p| &p.environments).flat_map(|e| &e.services);
    for service in all.filter(|s| is_restarted(s)) {
        let own = workloads.iter().filter(|w| service.entries.iter().any(|e| contains(*e, w.span)));
        let mut commands = own.peekable();
        if commands.peek().is_some() {
            names.extend(commands.flat_map(|w| started_names(&w.start, &[])));
            continue;
        }
        let path = service.build.as_ref().and_then(|b| b.dockerfile.as_deref());
        let Some(dockerfile) = path.and_then(|path| tree.file_at(path)) else { continue };
        let built = images.iter().filter(|i| i.dockerfile == dockerfile).flat_map(|i| &i.targets);
        names.extend(built.flat_map(|b| started_names(&b.start, &b.program_sources)));
    }
    names
}

/// A program that looks like a tool for people, and is kept running, is a worker.
pub fn declare_kept(services: &mut [Service], kept: &BTreeSet<String>) {
    for service in services.iter_mut().filter(|s| s.kind == ServiceKind::Cli) {
        if service.binary.as_ref().is_some_and(|b| kept.contains(b)) {
            service.kind = ServiceKind::Worker;
            service.kind_reason = "an artefact keeps it running, and it starts no server".into();
        }
    }
}

fn is_restarted(service: &ComposeService) -> bool {
    service.restart.as_ref().is_some_and(|r| matches!(r.value.shown(), "always" | "unless-stopped"))
}

fn contains(outer: crate::source::Span, inner: crate::source::Span) -> bool {
    match (outer.range, inner.range) {
        (Some(a), Some(b)) => outer.file == inner.file && a.contains(b),
        _ => false,
    }
}
