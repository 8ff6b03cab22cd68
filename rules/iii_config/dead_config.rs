//! `config/dead-config`: a variable is read, its value goes nowhere, and a literal is used instead.

use crate::facts::code::Language;
use crate::knowledge::Concept;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::secrets::is_secret_name;
use crate::secrets::name::words;
use crate::source::Span;
use crate::world::environment::unused_reads;
use crate::world::literal::{Standing, is_developer_path, literal};
use crate::world::meaning::{Meaning, MeaningKind};
use crate::world::{ServiceId, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "config/dead-config",
    factor: Factor::Config,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::Medium,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust)],
    subject: SubjectKind::Repository,
    page: include_str!("dead_config.md"),
    check,
};

/// Where values of one kind end up: a concept and the roles of it.
type Ends = (Concept, &'static [&'static str]);

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for read in unused_reads(view) {
        let Some(file) = view.world.code.files.get(read.at) else { continue };
        let Standing::Service(Some(service)) = view.world.standing(file) else { continue };
        if read.debug_only || is_developer_path(&file.path, file.role) {
            continue;
        }
        let Some(name) = &read.read.key else { continue };
        let Some((concept, roles)) = ends_of(name) else { continue };
        // Another read of the same name may be the one that counts.
        let again = view.environment_reads().iter().filter(|r| r.read.key.as_ref() == Some(name)).count() > 1;
        if again {
            continue;
        }
        let Some(end) = literal_end(view, service, concept, roles) else { continue };
        let finding = sink.at(read.read.read_at).service(Some(service)).argument("name", name);
        let finding = if concept == Concept::CredentialSink { finding.secret(end) } else { finding };
        sink.report(finding.related(end, "literal"));
    }
}

/// Where the value of a variable of this name would end up.
fn ends_of(name: &str) -> Option<Ends> {
    let all = words(name);
    let last = all.last().map(String::as_str).unwrap_or("");
    let listens = all.len() == 1 || all.iter().any(|w| matches!(w.as_str(), "listen" | "bind" | "http" | "server" | "app"));
    match last {
        _ if is_secret_name(name) => Some((Concept::CredentialSink, &["secret"])),
        "port" if listens => Some((Concept::Listen, &["address", "port"])),
        "addr" | "address" | "host" | "bind" if listens => Some((Concept::Listen, &["address", "host"])),
        "url" | "uri" | "dsn" => Some((Concept::ConnectionSink, &["address"])),
        _ => None,
    }
}

/// The only place of that kind in the service, when it is given a literal.
fn literal_end(view: &View<'_>, service: ServiceId, concept: Concept, roles: &[&str]) -> Option<Span> {
    let mut ends = Vec::new();
    for event in view.events(concept) {
        let own = view.world.services_of(event.file).iter().any(|(id, _)| *id == service);
        if !own || event.event.scope.debug_only || view.is_test_helper(event) {
            continue;
        }
        ends.extend(roles.iter().filter_map(|role| view.role(event, role)));
    }
    let fixed = |m: &Meaning| literal(m).is_some() || matches!(m.kind, MeaningKind::Integer(_)) || is_fixed_list(m);
    let all = !ends.is_empty() && ends.iter().all(fixed);
    ends.first().filter(|_| all).map(|m| m.span)
}

/// `([0, 0, 0, 0], 8080)`: an address of numbers.
fn is_fixed_list(meaning: &Meaning) -> bool {
    match &meaning.kind {
        MeaningKind::List(parts) => {
            parts.iter().all(|p| matches!(p.kind, MeaningKind::Integer(_) | MeaningKind::Text(_)) || is_fixed_list(p))
        }
        MeaningKind::Call(_, parts) => !parts.is_empty() && parts.iter().all(|p| matches!(p.kind, MeaningKind::Integer(_) | MeaningKind::Text(_)) || is_fixed_list(p)),
        _ => false,
    }
}
