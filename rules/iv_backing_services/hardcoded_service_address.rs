//! `backing/hardcoded-service-address`: the address of a backing service is fixed in the code that connects to it.

use crate::facts::code::Language;
use crate::facts::value::ValueKind;
use crate::knowledge::Concept;
use crate::rules::{Confidence, Factor, Finding, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::address::{Address, Fixed, address};
use crate::world::literal::{is_developer_path, literal};
use crate::world::locator::{HostKind, Locator, host_kind};
use crate::world::{EventRef, ServiceKind, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "backing/hardcoded-service-address",
    factor: Factor::BackingServices,
    also: &[],
    level: Level::Error,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust)],
    subject: SubjectKind::Service,
    page: include_str!("hardcoded_service_address.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some((_, service)) = view.service() else { return };
    if !service.kind.is_long_running() && service.kind != ServiceKind::Admin {
        return;
    }
    for event in view.events(Concept::ConnectionSink) {
        let kind = event.event.attribute("service").unwrap_or("");
        // HTTP peers are judged by another rule; a SQLite file is no service.
        if matches!(kind, "http" | "sqlite") || event.event.scope.debug_only || has_own_transport(event)
            || view.is_test_helper(event)
        {
            continue;
        }
        let (meaning, bare) = match (view.role(event, "address"), view.role(event, "host")) {
            (Some(meaning), _) => (meaning, admits_bare_host(kind)),
            (None, Some(meaning)) => (meaning, true),
            (None, None) => continue,
        };
        let Some(mut address) = address(&meaning, bare) else { continue };
        if is_no_service(&address.locator, kind) {
            continue;
        }
        if address.fixed == Fixed::Wholly && is_one_of_several(view, event, kind) {
            address.fixed = Fixed::Fallback;
        }
        let found = finding(sink, event, &address, kind);
        let services = view.world.projects.iter().flat_map(|p| &p.environments).flat_map(|e| &e.services);
        let declared = services.map(|s| &s.name).find(|name| name.value == address.locator.host);
        sink.report(match declared {
            Some(name) => found.related(name.span, "declared"),
            None => found,
        });
    }
}

/// Clients of these take a host alone, with or without port.
fn admits_bare_host(kind: &str) -> bool {
    matches!(kind, "zookeeper" | "smtp" | "kafka" | "mqtt" | "nats" | "memcached" | "cassandra" | "etcd" | "neo4j")
}

/// A connector of its own (a Unix socket) makes the written address a dummy.
fn has_own_transport(event: EventRef<'_>) -> bool {
    event.file.facts.calls.iter().any(|call| {
        call.function == event.event.function && call.callee.last().starts_with("connect_with_connector")
    })
}

/// The environment or the arguments decide whether this literal is used: a condition on them, a branch beside which
/// another address is used, a builder that takes another host further down.
fn is_one_of_several(view: &View<'_>, event: EventRef<'_>, kind: &str) -> bool {
    let Some(call) = event.call() else { return false };
    let asked = |c: &String| c.split(' ').any(|w| w.contains("env::") || w.starts_with("env."));
    if call.conditions.iter().any(asked) {
        return true;
    }
    let function = event.event.function;
    let sibling = view.events(Concept::ConnectionSink).into_iter().any(|other| {
        let apart = other.call().is_some_and(|o| o.arms != call.arms || o.conditions != call.conditions);
        let same = other.at == event.at && function.is_some() && other.event.function == function;
        let meaning = || view.role(other, "address").or_else(|| view.role(other, "host"));
        same && apart
            && other.event.attribute("service") == Some(kind)
            && meaning().is_some_and(|m| literal(&m).is_none() && address(&m, true).is_none())
    });
    let overridden = || {
        event.file.facts.calls.iter().any(|later| {
            function.is_some()
                && later.function == function
                && later.name_range.start > event.event.name_range.start
                && matches!(later.callee.last(), "host" | "set_host")
                && later.arguments.first().is_some_and(|a| literal(&view.meaning(event, &a.value)).is_none())
        })
    };
    let builds = event.event.role("host").is_some();
    sibling || builds && overridden()
}

fn is_no_service(locator: &Locator, kind: &str) -> bool {
    let public_api = kind == "grpc" && locator.scheme == "https" && locator.host.contains('.');
    public_api
        || matches!(locator.scheme.as_str(), "sqlite" | "file" | "ram" | "memory" | "mem" | "unix")
        || host_kind(&locator.host) == HostKind::Documentation
        || ["mock", "dummy", "unused"].iter().any(|w| locator.host.to_ascii_lowercase().contains(w))
}

fn finding(sink: &Sink<'_>, event: EventRef<'_>, address: &Address, kind: &str) -> Finding {
    let local = host_kind(&address.locator.host) == HostKind::Loopback;
    let (level, variant) = match address.fixed {
        Fixed::Wholly => (Level::Error, ""),
        Fixed::Host => (Level::Warning, "template"),
        Fixed::Fallback if local => (Level::Info, "fallback"),
        Fixed::Fallback => (Level::Warning, "fallback"),
    };
    let named_default = event.event.roles.values().any(
        |value| matches!(&value.kind, ValueKind::Name(name) if name.last().starts_with("DEFAULT")),
    );
    let developer = is_developer_path(&event.file.path, event.file.role);
    let mut finding = sink
        .at(address.span)
        .argument("host", address.locator.host.clone())
        .argument("kind", shown(kind))
        .argument("variable", variable(kind))
        .variant(variant)
        .level(if developer || named_default { Level::Info } else { level })
        .related(event.name_span(), "sink");
    if address.locator.password.is_some() {
        finding = finding.secret(address.text_span);
    }
    if event.event.scope.conditional && level == Level::Error {
        finding = finding.level(Level::Warning).confidence(Confidence::Medium);
    }
    finding
}

/// The kind of service as people write it.
fn shown(kind: &str) -> &'static str {
    match kind {
        "postgres" => "PostgreSQL",
        "mysql" => "MySQL",
        "sql" => "database",
        "redis" => "Redis",
        "mongodb" => "MongoDB",
        "amqp" => "AMQP broker",
        "kafka" => "Kafka",
        "nats" => "NATS",
        "mqtt" => "MQTT broker",
        "smtp" => "mail server",
        "grpc" => "gRPC service",
        "elasticsearch" => "Elasticsearch",
        "object-store" => "object store",
        "memcached" => "Memcached",
        "ldap" => "LDAP server",
        "mssql" => "SQL Server",
        "clickhouse" => "ClickHouse",
        "cassandra" => "Cassandra",
        "neo4j" => "Neo4j",
        "influxdb" => "InfluxDB",
        "surrealdb" => "SurrealDB",
        "qdrant" => "Qdrant",
        "meilisearch" => "Meilisearch",
        "etcd" => "etcd",
        "pulsar" => "Pulsar",
        _ => "backing service",
    }
}

/// The variable that people give the address in.
fn variable(kind: &str) -> &'static str {
    match kind {
        "redis" => "REDIS_URL",
        "mongodb" => "MONGODB_URL",
        "amqp" => "AMQP_URL",
        "kafka" => "KAFKA_BROKERS",
        "nats" => "NATS_URL",
        "mqtt" => "MQTT_URL",
        "smtp" => "SMTP_URL",
        "grpc" => "UPSTREAM_URL",
        "elasticsearch" => "ELASTICSEARCH_URL",
        "object-store" => "S3_ENDPOINT",
        "memcached" => "MEMCACHED_URL",
        "ldap" => "LDAP_URL",
        "qdrant" => "QDRANT_URL",
        "meilisearch" => "MEILISEARCH_URL",
        "influxdb" => "INFLUXDB_URL",
        "etcd" => "ETCD_ENDPOINTS",
        "cassandra" => "CASSANDRA_NODES",
        "neo4j" => "NEO4J_URL",
        "clickhouse" => "CLICKHOUSE_URL",
        "pulsar" => "PULSAR_URL",
        "zookeeper" => "ZOOKEEPER_HOSTS",
        _ => "DATABASE_URL",
    }
}
