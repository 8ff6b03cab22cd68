//! What keeps factor IV: addresses of backing services that come from the environment, from the variable to the
//! client that connects.

use crate::facts::code::Language;
use crate::knowledge::Concept;
use crate::rules::evidence::{Collector, EvidenceSink};
use crate::rules::Need;
use crate::world::compose::ComposeService;
use crate::world::literal::is_developer_path;
use crate::world::runs::ComposeRun;
use crate::world::view::{EventRef, Reach};
use crate::world::View;

/// Collects it.
pub static EVIDENCE: Collector = Collector {
    needs: &[Need::Source(Language::Rust), Need::Source(Language::Python), Need::Compose, Need::Dotenv],
    collect,
};

fn collect(view: &View<'_>, sink: &mut EvidenceSink<'_>) {
    let Some((_, service)) = view.service() else { return };
    let sinks: Vec<EventRef<'_>> = view
        .events(Concept::ConnectionSink)
        .into_iter()
        .filter(|e| view.reach(*e) != Reach::OtherCommand && !e.event.scope.debug_only && !view.is_test_helper(*e))
        .filter(|e| !is_developer_path(&e.file.path, e.file.role))
        .filter(|e| e.event.attribute("service") != Some("sqlite"))
        .collect();
    let prefix = view.events(Concept::EnvPrefix).into_iter().find(|e| view.reach(*e) != Reach::OtherCommand);
    for event in &sinks {
        let kind = shown(event.event.attribute("service").unwrap_or(""));
        let meanings: Vec<_> = ["address", "host"].iter().filter_map(|role| view.role(*event, role)).collect();
        for meaning in &meanings {
            for read in meaning.environment_reads() {
                let Some(name) = read.key.as_deref() else { continue };
                sink.keeps("connects", event.name_span()).argument("variable", name).argument("service", kind);
                sink.supports("read", read.read_at).argument("variable", name);
            }
        }
        // A setting that any layer may give, the environment among them.
        let is_setting = meanings.iter().any(|m| m.text().is_none()) && event.event.attribute("service") != Some("http");
        if let Some(prefix) = prefix.filter(|_| is_setting) {
            sink.keeps("setting", event.name_span()).argument("service", kind);
            sink.supports("layer", prefix.name_span());
        }
    }
    for read in view.environment_reads() {
        let Some(name) = read.read.key.as_deref().filter(|name| is_locator(name)) else { continue };
        if !read.debug_only && (!sinks.is_empty() || !service.clients.is_empty()) {
            sink.keeps("locator", read.read.read_at).argument("variable", name);
        }
    }
    let runs = view.compose_runs();
    for run in &runs {
        told(run, sink);
    }
    let depends = runs.iter().any(|run| backing(run).next().is_some());
    if sink.is_decided() {
        return;
    }
    // Addresses of other people's services are often fixed with good reason.
    let first = sinks.iter().find(|e| e.event.attribute("service") != Some("http")).or(sinks.first());
    match first {
        Some(event) => {
            let kind = shown(event.event.attribute("service").unwrap_or(""));
            sink.unknown("address").argument("service", kind);
        }
        None if depends => {
            sink.unknown("not-told");
        }
        None if !view.has_source() => {
            sink.unknown("language");
        }
        None => match service.clients.iter().next() {
            Some(client) => {
                sink.unknown("client").argument("client", client);
            }
            None => sink.not_applicable("no-client"),
        },
    }
}

/// What a reader calls a kind of service of the tables.
fn shown(kind: &str) -> &str {
    match kind {
        "http" => "a service over HTTP",
        "grpc" => "a service over gRPC",
        "sql" => "the database",
        "object-store" => "the object store",
        "smtp" => "the mail server",
        "" => "a service",
        other => other,
    }
}

/// True for the name of a variable that says where a backing service is: `DATABASE_URL`, `REDIS_HOST`.
fn is_locator(name: &str) -> bool {
    const PLACES: &[&str] = &["url", "uri", "dsn", "host", "hosts", "addr", "address", "endpoint", "server", "brokers"];
    const SERVICES: &[&str] = &[
        "db", "database", "postgres", "postgresql", "pg", "mysql", "mariadb", "sql", "redis", "valkey", "mongo",
        "mongodb", "amqp", "rabbitmq", "kafka", "nats", "smtp", "mail", "s3", "minio", "elasticsearch", "opensearch",
        "clickhouse", "cassandra", "memcached", "etcd", "cache", "broker", "queue",
    ];
    let words = crate::secrets::name::words(name);
    let has = |list: &[&str]| words.iter().any(|w| list.contains(&w.as_str()));
    // Where the program itself is, is told by names that look alike.
    has(PLACES) && has(SERVICES) && !has(&["listen", "bind", "healthcheck"])
}

/// The backing services that a compose service depends on.
fn backing<'w>(run: &ComposeRun<'w>) -> impl Iterator<Item = &'w ComposeService> {
    let (environment, service) = (run.environment, run.service);
    let names = service.depends_on.iter().map(|d| &d.service).chain(service.links.iter().map(|l| &l.target));
    names.filter_map(|name| environment.service(&name.value)).filter(|s| s.role.backing().is_some())
}

/// The variables of a compose service that say where a backing service of its environment is.
fn told(run: &ComposeRun<'_>, sink: &mut EvidenceSink<'_>) {
    let services = run.environment.services.iter().filter(|s| s.role.backing().is_some());
    for target in services {
        let name = &target.name.value;
        let entry = run.service.environment.iter().find(|entry| {
            let value = entry.value.as_deref().or(entry.raw.as_ref().map(|r| r.value.as_str())).unwrap_or("");
            names_host(value, name)
        });
        if let Some(entry) = entry {
            sink.keeps("told", entry.name.span)
                .argument("service", &run.service.name.value)
                .argument("variable", &entry.name.value)
                .argument("target", name);
        }
    }
}

/// True when `text` holds `host` as a host: alone, behind `@` or `//`, or in front of a port.
fn names_host(text: &str, host: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '-' || c == '.';
    text.match_indices(host).any(|(at, _)| {
        let before = text.get(..at).unwrap_or("");
        let after = text.get(at + host.len()..).unwrap_or("");
        let starts = before.is_empty() || before.ends_with(['@', '/', ',', '=', '(']);
        let ends = after.is_empty() || !after.starts_with(part);
        // `app:app@db/app`: a user or database of the same name is no host.
        let user = before.ends_with('/') && (after.starts_with(':') && after.contains('@') || after.starts_with('@'));
        let path = before.ends_with('/') && !before.ends_with("//");
        starts && ends && !user && !path
    })
}
