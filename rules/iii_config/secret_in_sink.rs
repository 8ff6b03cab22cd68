//! `config/secret-in-sink`: a literal is handed to something that signs, encrypts or authenticates.

use crate::facts::code::Language;
use crate::knowledge::Concept;
use crate::rules::{Confidence, Factor, Finding, Grade, Level, Need, Rule, Sink, Stage};
use crate::secrets::name::words;
use crate::secrets::{ValueClass, classify};
use crate::world::literal::{Literal, Standing, is_developer_path, literal};
use crate::world::{EventRef, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "config/secret-in-sink",
    factor: Factor::Config,
    also: &[],
    level: Level::Error,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust), Need::Source(Language::Python)],
    subject: SubjectKind::Repository,
    page: include_str!("secret_in_sink.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for event in view.events(Concept::CredentialSink) {
        let Standing::Service(service) = view.world.standing(event.file) else { continue };
        if event.event.scope.debug_only || is_set_aside(view, event) || view.is_test_helper(event) {
            continue;
        }
        let Some(secret) = view.role(event, "secret").as_ref().and_then(literal) else { continue };
        let strict = matches!(event.event.attribute("use"), Some("signing" | "session" | "encryption"));
        if is_form(view, event, &secret) || verifies_nothing(event) {
            continue;
        }
        if strict && secret.text.is_empty() || !strict && is_no_credential(&secret) {
            continue;
        }
        sink.report(finding(sink, event, &secret).service(service));
    }
}

/// Defaults of settings are judged by another rule, because something may overrule them; functions like
/// `for_testing` serve tests, whatever they are compiled into.
fn is_set_aside(view: &View<'_>, event: EventRef<'_>) -> bool {
    let function = event.function().and_then(|f| view.world.code.function(f));
    function.is_some_and(|f| {
        let words = words(&f.name.value);
        words.first().is_some_and(|w| w == "default")
            || words.iter().any(|w| matches!(w.as_str(), "test" | "tests" | "testing" | "mock" | "fake"))
    })
}

/// The empty half of a basic authentication whose other half is the secret, or an anonymous login.
fn is_form(view: &View<'_>, event: EventRef<'_>, secret: &Literal) -> bool {
    let Some(call) = event.call().filter(|c| c.callee.last() == "basic_auth") else { return false };
    let Some(user) = call.arguments.first().map(|a| view.meaning(event, &a.value)) else { return false };
    match literal(&user) {
        Some(user) => user.text == "anonymous",
        None => matches!(secret.text.as_str(), "x" | "X" | "x-oauth-basic" | "api_token" | "unused" | ""),
    }
}

/// A token is only taken apart: its signature is verified elsewhere.
fn verifies_nothing(event: EventRef<'_>) -> bool {
    event.callee().contains("DecodingKey")
        && event.file.facts.calls.iter().any(|call| {
            call.function == event.event.function
                && call.callee.last() == "insecure_disable_signature_validation"
        })
}

/// A token or password that opens nothing: nothing there, a reference, or one that is meant to be refused.
fn is_no_credential(secret: &Literal) -> bool {
    let text = secret.text.trim();
    let text = text.strip_prefix("Bearer").or_else(|| text.strip_prefix("Basic")).unwrap_or(text).trim();
    let lower = text.to_ascii_lowercase();
    matches!(classify("", text), ValueClass::Empty | ValueClass::Reference)
        || ["invalid", "wrong", "dummy", "fake", "bogus", "unused", "not-a-", "nobody"].iter().any(|w| lower.contains(w))
}

fn finding(sink: &Sink<'_>, event: EventRef<'_>, secret: &Literal) -> Finding {
    let class = classify("", &secret.text);
    let guessable = secret.bytes || matches!(class, ValueClass::Weak | ValueClass::Placeholder);
    let python = event.file.facts.language == Language::Python;
    let finding = sink
        .at(secret.span)
        .argument("sink", event.callee().rsplit([':', '.']).next().unwrap_or(""))
        .secret(secret.span)
        .variant(match (python, guessable) {
            (false, false) => "",
            (false, true) => "guessable",
            (true, false) => "python",
            (true, true) => "python-guessable",
        });
    let finding = if event.name_span() == secret.span { finding } else { finding.related(event.name_span(), "sink") };
    if is_developer_path(&event.file.path, event.file.role) {
        finding.level(Level::Info)
    } else if event.event.scope.conditional {
        // The other side of the build condition may be what ships.
        finding.level(Level::Warning).confidence(Confidence::Medium)
    } else {
        finding
    }
}
