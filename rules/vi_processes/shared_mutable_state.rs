//! `processes/shared-mutable-state`: handlers keep what their requests bring in the memory of the process.

use crate::facts::code::Language;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::secrets::name::words;
use crate::world::shared_state::SharedCollection;
use crate::world::{ServiceKind, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "processes/shared-mutable-state",
    factor: Factor::Processes,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::Medium,
    grade: Grade::B,
    // Too few hits on the projects it was measured on.
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust), Need::Cargo],
    subject: SubjectKind::Service,
    page: include_str!("shared_mutable_state.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some((_, service)) = view.service().filter(|(_, s)| s.kind == ServiceKind::Web) else { return };
    let stores = view.world.store_drivers(service);
    for found in view.shared_collections() {
        if is_by_nature_local(&found) || !(view.is_domain_value(&found.held) || names_records(&found)) {
            continue;
        }
        let value = found.held.value.rsplit("::").next().unwrap_or("").to_owned();
        let place = match found.state == found.name {
            true => found.state.clone(),
            false => format!("{}.{}", found.state, found.name),
        };
        let finding = sink
            .at(found.declared)
            .argument("place", place)
            .argument("value", value)
            .argument("state", if found.state == found.name { "AppState" } else { &found.state })
            .related(found.written, "write");
        // With a database at hand it may be no more than a copy.
        sink.report(if stores.is_empty() { finding } else { finding.level(Level::Info).variant("copy") });
    }
}

/// Words of what belongs to one process, or may be lost.
const LOCAL: &[&str] = &[
    "cache", "cached", "caches", "registry", "metrics", "metric", "pool", "pools", "inflight", "flight", "limit", "limits",
    "limiter", "limiters", "connection", "connections", "conn", "conns", "client", "clients", "socket", "sockets", "channel",
    "channels", "subscriber", "subscribers", "listeners", "handle", "handles", "lock", "locks", "peers", "senders", "tx",
    "watchers", "waiters", "templates", "stats", "health", "buffer", "memo", "mock", "fake",
];

fn is_by_nature_local(found: &SharedCollection) -> bool {
    let value = found.held.value.rsplit("::").next().unwrap_or("");
    let all = [found.name.as_str(), value, found.state.as_str()];
    let local = |name: &str| words(name).iter().any(|w| LOCAL.contains(&w.as_str()));
    // The state itself may be called a cache, its field is what counts.
    all.iter().take(2).any(|n| local(n)) || words(&found.state).iter().any(|w| matches!(w.as_str(), "cache" | "mock" | "fake" | "metrics"))
}

/// The name says that these are things of the domain, whatever their type.
fn names_records(found: &SharedCollection) -> bool {
    words(&found.name).iter().any(|w| {
        matches!(w.as_str(), "users" | "sessions" | "orders" | "carts" | "accounts" | "todos" | "messages" | "posts" | "db" | "database")
    })
}
