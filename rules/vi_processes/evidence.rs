//! What keeps factor VI: state in backing services, workloads without volumes, several replicas.

use crate::facts::code::Language;
use crate::knowledge::Concept;
use crate::rules::evidence::{Collector, EvidenceSink};
use crate::rules::Need;
use crate::world::compose::{ComposeService, MountKind};
use crate::world::literal::is_developer_path;
use crate::world::view::Reach;
use crate::world::{ServiceKind, View};

/// Collects it.
pub static EVIDENCE: Collector = Collector {
    needs: &[Need::Source(Language::Rust), Need::Source(Language::Python), Need::Compose],
    collect,
};

/// What keeps the data of others, by the words of the tables.
const STORES: &[&str] = &[
    "postgres", "mysql", "sql", "mongodb", "redis", "memcached", "object-store", "cassandra", "clickhouse", "neo4j",
    "elasticsearch", "etcd",
];

fn collect(view: &View<'_>, sink: &mut EvidenceSink<'_>) {
    let Some((_, service)) = view.service() else { return };
    if service.kind == ServiceKind::Backing {
        return sink.not_applicable("declared");
    }
    if !view.is_judged() {
        return;
    }
    for event in view.events(Concept::ConnectionSink) {
        let store = event.event.attribute("service").filter(|s| STORES.contains(s));
        let counts = view.reach(event) != Reach::OtherCommand
            && !event.event.scope.debug_only
            && !is_developer_path(&event.file.path, event.file.role);
        if let Some(store) = store.filter(|_| counts && !view.is_test_helper(event)) {
            sink.keeps("store", event.name_span()).argument("store", shown(store));
        }
    }
    for run in view.compose_runs() {
        let service = run.service;
        if let Some(replicas) = service.replicas.as_ref().filter(|r| r.value > 1) {
            sink.keeps("replicas", replicas.span)
                .argument("service", &service.name.value)
                .argument("count", replicas.value.to_string());
        }
        if !keeps_files(service) && service.volumes_from.is_empty() {
            sink.keeps("no-volume", service.name.span).argument("service", &service.name.value);
        }
    }
    sink.unknown("nothing-seen");
}

/// What a reader calls a kind of store of the tables.
fn shown(store: &str) -> &str {
    match store {
        "sql" => "a database",
        "object-store" => "an object store",
        other => other,
    }
}

/// True when the service can write to something that outlives its container.
fn keeps_files(service: &ComposeService) -> bool {
    service.volumes.iter().any(|mount| {
        let target = mount.target.value.shown();
        mount.kind != MountKind::Tmpfs && !mount.read_only && !target.ends_with(".sock")
    })
}
