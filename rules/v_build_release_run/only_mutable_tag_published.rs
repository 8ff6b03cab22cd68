//! `build/only-mutable-tag-published`: an image is published under moving tags alone.

use std::collections::BTreeMap;

use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::pipeline::{ImageStep, ImageTag};
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "build/only-mutable-tag-published",
    factor: Factor::BuildReleaseRun,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Pipelines],
    subject: SubjectKind::Repository,
    page: include_str!("only_mutable_tag_published.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let world = view.world;
    let steps = world.pipelines.image_steps(world.tree());
    // A name that some step publishes in a way that is not known whole proves nothing.
    let mut by_name: BTreeMap<&str, Vec<(&ImageStep, &ImageTag)>> = BTreeMap::new();
    let publishing: Vec<&ImageStep> = steps.iter().filter(|s| s.publishes).collect();
    let open = publishing.iter().any(|s| !s.complete && s.tags.is_empty());
    for step in &publishing {
        for tag in &step.tags {
            by_name.entry(&tag.repository).or_default().push((step, tag));
        }
    }
    for (name, tags) in by_name {
        let local = tags.iter().all(|(_, tag)| tag.is_local());
        let nothing = name.is_empty() || name.starts_with("${") && !name.contains('/');
        let sure = tags.iter().all(|(step, tag)| step.complete && tag.immutable == Some(false));
        if local || nothing || !sure || open {
            continue;
        }
        let Some((_, first)) = tags.first() else { continue };
        let shown = first.tag.as_deref().unwrap_or("latest");
        let repository = name.rsplit('/').next().unwrap_or(name);
        let mut finding = sink.at(first.span).argument("image", repository).argument("tag", shown);
        for (_, tag) in tags.iter().skip(1).take(3).filter(|(_, t)| t.span != first.span) {
            finding = finding.related(tag.span, "other");
        }
        sink.report(finding);
    }
}
