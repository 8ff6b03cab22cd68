//! `parity/runtime-version-skew`: the pipeline tests with another version of a language than the image runs.

use std::collections::BTreeMap;

use crate::discover::role::Role;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::commands::CommandClass;
use crate::world::image_reference::image_reference;
use crate::world::pipeline::{is_known, tool_of};
use crate::world::{SubjectKind, View, World};

/// The rule.
pub static RULE: Rule = Rule {
    name: "parity/runtime-version-skew",
    factor: Factor::DevProdParity,
    also: &[],
    level: Level::Info,
    confidence: Confidence::Medium,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Images, Need::Pipelines],
    subject: SubjectKind::Repository,
    page: include_str!("runtime_version_skew.md"),
    check,
};

/// A version and where it stands.
type Pin = (String, Span);

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some(tested) = tested(view.world) else { return };
    let run = run(view.world);
    for (tool, pins) in &tested {
        let Some(images) = run.get(tool) else { continue };
        // A pipeline that tests any of the versions that run is right about that one.
        let meets = |(version, _): &Pin| images.iter().any(|(other, _)| same(tool, version, other) != Some(false));
        if pins.is_empty() || pins.iter().any(meets) {
            continue;
        }
        let (Some((here, span)), Some((there, image))) = (pins.first(), images.first()) else { continue };
        let interpreted = matches!(tool.as_str(), "node" | "python" | "ruby" | "php");
        let major = |v: &str| v.split('.').next().map(str::to_owned);
        let finding = sink
            .at(*span)
            .argument("tool", name(tool))
            .argument("here", here)
            .argument("there", there)
            .related(*image, "image");
        let level = if interpreted && major(here) != major(there) { Level::Warning } else { Level::Info };
        sink.report(finding.level(level));
    }
}

/// The versions that pipelines set up, by tool; a tool with a version that is not known is left out.
fn tested(world: &World) -> Option<BTreeMap<String, Vec<Pin>>> {
    let mut found: BTreeMap<String, Vec<Pin>> = BTreeMap::new();
    let mut open: Vec<String> = Vec::new();
    // A job that does not test sets a language up for a tool of its own.
    for job in world.pipelines.jobs.iter().filter(|job| job.does(CommandClass::Tests).is_some()) {
        for action in job.actions() {
            let Some(row) = tool_of(action) else { continue };
            let value = row.input.as_deref().and_then(|input| action.input(input));
            match value {
                Some(value) if is_known(&value.value) && value.value.starts_with(|c: char| c.is_ascii_digit()) => {
                    let pin = (value.value.trim().to_owned(), value.span);
                    found.entry(row.tool.clone()).or_default().push(pin);
                }
                _ => open.push(row.tool.clone()),
            }
        }
    }
    found.retain(|tool, _| !open.contains(tool));
    (!found.is_empty()).then_some(found)
}

/// The versions that production images are built on, by tool.
fn run(world: &World) -> BTreeMap<String, Vec<Pin>> {
    let mut found: BTreeMap<String, Vec<Pin>> = BTreeMap::new();
    for image in world.images.iter().filter(|i| i.role == Role::Production) {
        let stages = image.stages.iter().map(|s| (s.base.as_str(), s.from));
        let built = image.targets.iter().filter_map(|t| Some((t.base.as_deref()?, t.base_span)));
        for (base, span) in stages.chain(built) {
            let reference = image_reference(base);
            let Some(tool) = tool_named(reference.basename()) else { continue };
            let version = reference.tag.as_deref().map_or("", |t| t.split('-').next().unwrap_or(t));
            // A base that is not known may be any version.
            found.entry(tool.to_owned()).or_default().push((version.to_owned(), span));
        }
    }
    found
}

fn tool_named(image: &str) -> Option<&'static str> {
    Some(match image {
        "node" => "node",
        "python" => "python",
        "golang" => "go",
        "eclipse-temurin" | "openjdk" | "amazoncorretto" => "java",
        "ruby" => "ruby",
        "php" => "php",
        "bun" => "bun",
        _ => return None,
    })
}

/// Whether two versions are the same as far as both say, and as far as it matters; none when that cannot be told.
fn same(tool: &str, a: &str, b: &str) -> Option<bool> {
    let parts = if matches!(tool, "python" | "go" | "ruby" | "php") { 2 } else { 1 };
    let numbers = |text: &str| -> Vec<u32> {
        text.split('.').take(parts).map_while(|n| n.parse().ok()).collect()
    };
    let (a, b) = (numbers(a), numbers(b));
    if a.is_empty() || b.is_empty() {
        return None;
    }
    Some(a.iter().zip(&b).all(|(x, y)| x == y))
}

fn name(tool: &str) -> &str {
    match tool {
        "node" => "Node.js",
        "python" => "Python",
        "go" => "Go",
        "java" => "Java",
        "ruby" => "Ruby",
        "php" => "PHP",
        "bun" => "Bun",
        other => other,
    }
}
