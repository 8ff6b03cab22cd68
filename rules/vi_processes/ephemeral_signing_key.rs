//! `processes/ephemeral-signing-key`: every process makes up its own key for cookies, sessions or tokens.

use crate::facts::code::{Call, Language};
use crate::facts::value::ValueKind;
use crate::knowledge::Concept;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::environment::contains_call;
use crate::world::meaning::{Meaning, MeaningKind};
use crate::world::view::Reach;
use crate::world::{EventRef, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "processes/ephemeral-signing-key",
    factor: Factor::Processes,
    also: &[Factor::Config],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::A,
    // One hit on the projects it was measured on.
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust)],
    subject: SubjectKind::Service,
    page: include_str!("ephemeral_signing_key.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    if !view.service().is_some_and(|(_, service)| service.kind.is_long_running()) {
        return;
    }
    for event in view.events(Concept::GeneratedKey) {
        if !is_ours(view, event) || is_kept(view, event) {
            continue;
        }
        let last = event.callee().rsplit("::").take(2).collect::<Vec<_>>();
        let shown = last.iter().rev().copied().collect::<Vec<_>>().join("::");
        let Some(call) = event.call() else { continue };
        let finding = sink.at(event.span()).argument("call", format!("{shown}()"));
        sink.report(if is_fallback(event, call) {
            finding.level(Level::Info).variant("fallback")
        } else if is_per_worker(event, call) {
            finding.level(Level::Error).variant("worker")
        } else {
            finding
        });
    }
    for event in view.events(Concept::CredentialSink) {
        let signs = matches!(event.event.attribute("use"), Some("signing" | "session"));
        if !signs || !is_ours(view, event) || is_kept(view, event) {
            continue;
        }
        let (Some(secret), Some(call)) = (view.role(event, "secret"), event.call()) else { continue };
        let Some(source) = random(&secret, 6) else { continue };
        let finding = sink.at(event.span()).argument("call", source).variant("random");
        sink.report(if is_fallback(event, call) || matches!(secret.kind, MeaningKind::Either(_) | MeaningKind::Environment(_)) {
            finding.level(Level::Info)
        } else {
            finding
        });
    }
}

/// Code of the service itself, not of its tests or of another subcommand that only prints a key.
fn is_ours(view: &View<'_>, event: EventRef<'_>) -> bool {
    let scope = event.event.scope;
    let test = event.function().and_then(|f| view.world.code.function(f)).is_some_and(|f| {
        crate::secrets::name::words(&f.name.value).iter().any(|w| matches!(w.as_str(), "test" | "tests" | "mock" | "fake" | "dummy"))
    });
    !scope.debug_only && !scope.conditional && !test && !view.is_test_helper(event) && view.reach(event) != Reach::OtherCommand
}

/// The function also stores something: the key may be made once and kept.
fn is_kept(view: &View<'_>, event: EventRef<'_>) -> bool {
    let function = event.event.function;
    let here = |f: Option<u32>| function.is_some() && f == function;
    let written = view.events(Concept::FileWrite).into_iter().any(|w| w.at == event.at && here(w.event.function));
    written
        || event.file.facts.calls.iter().filter(|c| here(c.function)).any(|call| {
            let words = crate::secrets::name::words(call.callee.last());
            words.first().is_some_and(|w| {
                matches!(w.as_str(), "save" | "insert" | "store" | "persist" | "write" | "upsert" | "export" | "println" | "print")
            })
        })
}

/// It stands in for a key that was not given: a branch, or the other side of a fallback.
fn is_fallback(event: EventRef<'_>, call: &Call) -> bool {
    let given = call.arms.iter().any(|a| matches!(a.as_str(), "None" | "Err" | "_")) || !call.conditions.is_empty();
    let inside = |value: &crate::facts::value::Value| event.event.call.is_some_and(|n| contains_call(value, n));
    let either = event.file.facts.fallbacks.iter().any(|f| match &f.value.kind {
        ValueKind::Either(parts) => parts.iter().skip(1).any(inside) || f.value.range.contains(call.range),
        _ => false,
    });
    let closure = event.file.facts.calls.iter().any(|c| {
        let alternative = matches!(c.callee.last(), "unwrap_or_else" | "unwrap_or" | "map_or_else" | "map_or" | "or_else" | "unwrap_or_default");
        alternative && c.range != call.range && c.range.contains(call.range) && !c.receiver.as_ref().is_some_and(inside)
    });
    given || either || closure
}

/// Inside the closure that actix runs once for each worker thread.
fn is_per_worker(event: EventRef<'_>, call: &Call) -> bool {
    call.in_closure
        && event.file.facts.calls.iter().any(|outer| {
            outer.callee.as_str().ends_with("HttpServer::new") && outer.range != call.range && outer.range.contains(call.range)
        })
}

/// The call that makes up the bytes of a key.
fn random(meaning: &Meaning, depth: usize) -> Option<String> {
    let depth = depth.checked_sub(1)?;
    match &meaning.kind {
        MeaningKind::Call(name, arguments) => {
            let made = name.starts_with("rand::") || name.starts_with("uuid::Uuid::new_v4") || name.contains("getrandom") || name.starts_with("nanoid::");
            let shown = || name.split("()").next().unwrap_or(name).to_owned();
            made.then(shown).or_else(|| arguments.iter().find_map(|a| random(a, depth)))
        }
        MeaningKind::Join(parts) => parts.iter().find_map(|p| random(p, depth)),
        MeaningKind::Either(parts) => random(parts.last()?, depth),
        MeaningKind::Environment(read) => random(read.default.as_ref()?, depth),
        _ => None,
    }
}
