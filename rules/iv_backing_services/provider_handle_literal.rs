//! `backing/provider-handle-literal`: a bucket, queue, table or region of a cloud provider is fixed in the code.

use crate::facts::code::Language;
use crate::facts::value::ValueKind;
use crate::knowledge::Concept;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::secrets::name::words;
use crate::world::literal::{is_developer_path, literal};
use crate::world::view::Reach;
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "backing/provider-handle-literal",
    factor: Factor::BackingServices,
    also: &[Factor::Config],
    level: Level::Warning,
    confidence: Confidence::Medium,
    grade: Grade::B,
    // No hit on the projects it was measured on.
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust)],
    subject: SubjectKind::Service,
    page: include_str!("provider_handle_literal.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    if !view.service().is_some_and(|(_, service)| service.kind.is_long_running()) {
        return;
    }
    for event in view.events(Concept::ProviderHandle) {
        let scope = event.event.scope;
        if scope.debug_only || view.is_test_helper(event) || view.reach(event) == Reach::OtherCommand {
            continue;
        }
        let named_default = event.event.roles.values().any(|value| {
            matches!(&value.kind, ValueKind::Name(name) if name.last().starts_with("DEFAULT"))
        });
        // `const DEFAULT_REGION: Region = Region::from_static("us-east-1");`
        let in_default = event.file.facts.constants.iter().any(|c| {
            c.name.value.starts_with("DEFAULT") && c.value.range.contains(event.event.range)
        });
        let named_default = named_default || in_default;
        let Some(handle) = view.role(event, "handle").and_then(|m| literal(&m)).filter(|l| !l.bytes && !named_default) else {
            continue;
        };
        let kind = event.event.attribute("kind").unwrap_or("");
        // The name of a topic is part of a protocol, until it says which deploy it is of.
        if kind == "topic-name" && !names_a_deploy(&handle.text) || is_stand_in(&handle.text) {
            continue;
        }
        let (shown, variable) = match kind {
            "region" => ("region", "AWS_REGION"),
            "bucket" => ("bucket", "BUCKET_NAME"),
            "queue" => ("queue", "QUEUE_URL"),
            "table" => ("table", "TABLE_NAME"),
            "topic" => ("topic", "TOPIC_ARN"),
            _ => ("topic", "TOPIC"),
        };
        let finding = sink
            .at(handle.span)
            .argument("kind", shown)
            .argument("handle", &handle.text)
            .argument("variable", variable)
            .related(event.name_span(), "sink");
        let developer = is_developer_path(&event.file.path, event.file.role);
        sink.report(match kind {
            "region" | "table" => finding.level(Level::Info),
            _ if developer => finding.level(Level::Info),
            _ => finding,
        });
    }
}

/// `orders-prod`.
fn names_a_deploy(text: &str) -> bool {
    words(text).iter().any(|w| matches!(w.as_str(), "prod" | "production" | "staging" | "stage" | "stg" | "dev" | "qa" | "uat"))
}

/// Names of emulators and tests.
fn is_stand_in(text: &str) -> bool {
    let stand_in = |w: &String| matches!(w.as_str(), "test" | "testing" | "example" | "dummy" | "fake" | "mock");
    text.is_empty() || text.contains("localhost") || words(text).iter().any(stand_in)
}
