//! `build/mutable-base-image`: a base whose tag points to something else tomorrow.

use std::collections::BTreeSet;

use crate::discover::role::Role;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::image_reference::image_reference;
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "build/mutable-base-image",
    factor: Factor::BuildReleaseRun,
    also: &[Factor::Dependencies],
    level: Level::Info,
    confidence: Confidence::High,
    grade: Grade::B,
    stage: Stage::Stable,
    since: "0.1.0",
    needs: &[Need::Images],
    subject: SubjectKind::Dockerfile,
    page: include_str!("mutable_base_image.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some(image) = view.image().filter(|i| i.role == Role::Production) else { return };
    let Some((_, stages)) = view.world.recipe(image) else { return };
    let mut seen = BTreeSet::new();
    for stage in stages.iter().filter(|s| s.parent.is_none()) {
        // What a build argument decides is decided outside the file.
        let Some(base) = stage.resolved_base.as_deref().filter(|b| *b != "scratch") else { continue };
        let reference = image_reference(base);
        let fixed = reference.digest.is_some() || reference.tag.as_deref().is_some_and(|tag| tag != "latest");
        if fixed || reference.repository.is_empty() || !seen.insert(base.to_owned()) {
            continue;
        }
        // Its maintainers move the tag with every rebuild, and offer no versions.
        let rolling = reference.repository.contains("distroless/")
            || reference.registry.as_deref().is_some_and(|r| r == "cgr.dev" || r.ends_with(".chainguard.dev"));
        let variant = match (rolling, reference.tag.is_some()) {
            (true, _) => "rolling",
            (false, true) => "latest",
            (false, false) => "",
        };
        let name = base.strip_suffix(":latest").unwrap_or(base);
        sink.report(sink.at(Span::new(image.dockerfile, stage.base.range)).variant(variant).argument("name", name));
    }
}
