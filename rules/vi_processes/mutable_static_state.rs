//! `processes/mutable-static-state`: a static collects what is lost when the process ends.

use crate::facts::code::Language;
use crate::facts::value::{Value, ValueKind};
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::secrets::name::words;
use crate::source::Span;
use crate::world::shared_state::{guarded_static, is_open};
use crate::world::{CodeFile, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "processes/mutable-static-state",
    factor: Factor::Processes,
    also: &[],
    level: Level::Info,
    confidence: Confidence::Low,
    grade: Grade::C,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust)],
    subject: SubjectKind::Service,
    page: include_str!("mutable_static_state.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    if !view.service().is_some_and(|(_, service)| service.kind.is_long_running()) {
        return;
    }
    for (_, file) in view.code_files() {
        for constant in file.facts.constants.iter().filter(|c| !c.scope.test && !c.scope.debug_only) {
            if !matters(&constant.name.value) {
                continue;
            }
            let Some((collection, value)) = guarded_static(constant) else { continue };
            // Sets and counts say what is under way; they hold no work.
            let number = ["u64", "i64", "u32", "i32", "usize", "bool", "f64"].contains(&value.as_str());
            if collection.ends_with("Set") || value.starts_with('(') || number {
                continue;
            }
            let Some(write) = write_of(file, &constant.name.value) else { continue };
            sink.report(
                sink.at(Span::new(file.file, constant.name.range))
                    .argument("name", &constant.name.value)
                    .argument("collection", collection)
                    .related(write, "write"),
            );
        }
    }
}

/// Names of what somebody waits for; caches, pools and registries are filled again.
fn matters(name: &str) -> bool {
    let words = words(name);
    let has = |list: &[&str]| words.iter().any(|w| list.contains(&w.as_str()));
    let waited = [
        "queue", "queued", "pending", "batch", "batches", "backlog", "outbox", "sessions", "users", "orders", "carts", "jobs", "todos",
        "usage", "quota", "unsent", "unsaved", "dirty",
    ];
    let local = ["cache", "cached", "registry", "metrics", "pool", "inflight", "lock", "locks", "client", "clients", "limit", "limits", "handles", "senders", "processing"];
    has(&waited) && !has(&local)
}

/// Where the file puts something into the static.
fn write_of(file: &CodeFile, name: &str) -> Option<Span> {
    let of_static = |value: &Value| leads_to(file, value, name, 8);
    let insert = |last: &str| matches!(last, "insert" | "push" | "push_back" | "entry" | "extend" | "append");
    let guards = file.facts.calls.iter().filter(|c| {
        matches!(c.callee.last(), "lock" | "write" | "lock_owned" | "write_owned") && c.receiver.as_ref().is_some_and(of_static)
    });
    let functions: Vec<Option<u32>> = guards.map(|c| c.function).collect();
    let found = file.facts.calls.iter().find(|c| {
        insert(c.callee.last())
            && !c.scope.test
            && (c.receiver.as_ref().is_some_and(of_static)
                || functions.contains(&c.function) && c.receiver.as_ref().is_none_or(|r| is_open(file, r, 6)))
    })?;
    Some(Span::new(file.file, found.range))
}

fn leads_to(file: &CodeFile, value: &Value, name: &str, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match &value.kind {
        ValueKind::Name(own) => own.last() == name,
        ValueKind::Call(n) => {
            let receiver = file.facts.calls.get(*n as usize).and_then(|c| c.receiver.as_ref());
            receiver.is_some_and(|r| leads_to(file, r, name, depth))
        }
        ValueKind::Required(inner) | ValueKind::Field(inner, _) => leads_to(file, inner, name, depth),
        _ => false,
    }
}
