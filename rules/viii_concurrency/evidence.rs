//! What keeps factor VIII: process types that are started apart, several replicas, workers counted from outside.

use crate::rules::evidence::{Collector, EvidenceSink};
use crate::rules::Need;
use crate::world::View;

/// Collects it.
pub static EVIDENCE: Collector = Collector { needs: &[Need::Compose, Need::Procfile, Need::Images], collect };

fn collect(view: &View<'_>, sink: &mut EvidenceSink<'_>) {
    if !view.is_judged() {
        return;
    }
    let entries = view.procfile_entries();
    let long_running = entries.iter().filter(|e| !is_release(&e.name));
    let types: Vec<_> = long_running.collect();
    if types.len() > 1 {
        for entry in &types {
            sink.keeps("process-type", entry.span).argument("name", &entry.name);
        }
    }
    let runs = view.compose_runs();
    for run in &runs {
        if let Some(replicas) = run.service.replicas.as_ref().filter(|r| r.value > 1) {
            sink.keeps("replicas", replicas.span)
                .argument("service", &run.service.name.value)
                .argument("count", replicas.value.to_string());
        }
        // Services of one environment that are built alike and started differently.
        let dockerfile = |s: &crate::world::compose::ComposeService| s.build.as_ref().and_then(|b| b.dockerfile.clone());
        let own = dockerfile(run.service);
        let other = run.environment.services.iter().find(|other| {
            other.name != run.service.name
                && own.is_some()
                && dockerfile(other) == own
                && (other.command != run.service.command || other.entrypoint != run.service.entrypoint)
        });
        if let Some(other) = other {
            sink.keeps("one-image", run.service.name.span)
                .argument("service", &run.service.name.value)
                .argument("other", &other.name.value);
        }
    }
    let known = !runs.is_empty() || !entries.is_empty();
    sink.unknown(match (known, view.images_of_service().is_empty()) {
        (true, _) => "one-type",
        (false, false) => "image-only",
        (false, true) => "nothing",
    });
}

fn is_release(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "release" || name.contains("migrat")
}
