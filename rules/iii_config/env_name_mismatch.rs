//! `config/env-name-mismatch`: a manifest declares one name, the code reads another that looks like it.

use crate::facts::code::Language;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "config/env-name-mismatch",
    factor: Factor::Config,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[
        Need::Source(Language::Rust),
        Need::Source(Language::Python),
        Need::Compose,
        Need::Images,
        Need::Dotenv,
        Need::Procfile,
        Need::Paths,
    ],
    subject: SubjectKind::Repository,
    page: include_str!("env_name_mismatch.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let world = view.world;
    let mut told = Vec::new();
    for near in world.near_names() {
        let (declared, read) = (&near.declaration.name, &near.read);
        // Something that was not understood may read the one or declare the other.
        let apart = |name: &str| {
            let places = world.places_of_name(name, &[declared.span, read.span]);
            places.iter().all(|s| [".md", ".mdx", ".rst", ".adoc"].iter().any(|e| world.path(s.file).ends_with(e)))
        };
        if told.contains(&declared.span) || !apart(&declared.value) || !apart(&read.name) {
            continue;
        }
        told.push(declared.span);
        let finding = sink
            .at(declared.span)
            .service(Some(near.service))
            .argument("declared", &declared.value)
            .argument("read", &read.name)
            .related(read.span, "read");
        sink.report(finding);
    }
}
