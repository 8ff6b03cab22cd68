//! `processes/in-memory-session-store`: sessions live in the memory of one process.

use crate::facts::code::Language;
use crate::knowledge::Concept;
use crate::secrets::name::words;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::facts::value::ValueKind;
use crate::world::{EventRef, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "processes/in-memory-session-store",
    factor: Factor::Processes,
    also: &[],
    level: Level::Error,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust)],
    subject: SubjectKind::Service,
    page: include_str!("in_memory_session_store.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    if !view.service().is_some_and(|(_, service)| service.kind.is_long_running()) {
        return;
    }
    for event in view.events(Concept::MemorySessionStore) {
        let scope = event.event.scope;
        if scope.debug_only || view.is_test_helper(event) || is_cache(event) {
            continue;
        }
        let store = event.callee().rsplit("::").nth(1).unwrap_or("").to_owned();
        let finding = sink.at(event.span()).argument("store", store);
        let finding = match serves_a_login_only(view) {
            true => finding.level(Level::Warning).variant("login"),
            false => finding,
        };
        // Behind a build condition another store may be what ships.
        sink.report(if is_chosen(event) {
            finding.level(Level::Info)
        } else if scope.conditional {
            finding.level(Level::Warning).confidence(Confidence::Medium)
        } else {
            finding
        });
    }
}

/// Everything that the service puts into sessions is for the seconds of a login redirect: state, nonce, verifier.
fn serves_a_login_only(view: &View<'_>) -> bool {
    let mut keys = Vec::new();
    for (at, file) in view.code_files() {
        for call in file.facts.calls.iter().filter(|c| !c.scope.test) {
            let callee = call.callee.as_str();
            let session = callee.ends_with("Session.insert") || callee.ends_with("Session.insert_value") || callee.ends_with("Session.set");
            let Some(key) = call.arguments.first().filter(|_| session) else { continue };
            let meaning = view.world.code.meaning(at, call.function, &key.value);
            match meaning.text() {
                Some(text) => keys.push(words(text)),
                // What cannot be read may be a user.
                None => return false,
            }
        }
    }
    let login = ["csrf", "oauth", "oauth2", "oidc", "pkce", "nonce", "verifier", "state", "redirect"];
    !keys.is_empty() && keys.iter().all(|key| key.iter().any(|w| login.contains(&w.as_str())))
}

/// The first argument of a caching store: the second one keeps the sessions.
fn is_cache(event: EventRef<'_>) -> bool {
    event.file.facts.calls.iter().any(|call| {
        let first = call.arguments.first().map(|a| &a.value);
        call.callee.as_str().ends_with("CachingSessionStore::new")
            && first.is_some_and(|value| match &value.kind {
                ValueKind::Call(number) => Some(*number) == event.event.call,
                _ => value.range == event.event.range,
            })
    })
}

/// Something selects this store: a branch, beside which the function may make another one.
fn is_chosen(event: EventRef<'_>) -> bool {
    let Some(own) = event.call() else { return false };
    let branch = !own.arms.is_empty() || !own.conditions.is_empty();
    let store = |name: &str| name.rsplit("::").nth(1).unwrap_or("").to_owned();
    let mine = store(own.callee.as_str());
    let other = event.file.facts.calls.iter().any(|call| {
        let name = call.callee.as_str();
        let made = store(name);
        own.function.is_some()
            && call.function == own.function
            && name.contains("session")
            && (made.ends_with("Store") || made.ends_with("Storage"))
            && made != mine
            && made != "CachingSessionStore"
    });
    branch || other
}
