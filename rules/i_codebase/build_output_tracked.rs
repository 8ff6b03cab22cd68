//! `codebase/build-output-tracked`: products of a build are under version control.

use std::collections::BTreeMap;

use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "codebase/build-output-tracked",
    factor: Factor::Codebase,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Paths],
    subject: SubjectKind::Repository,
    page: include_str!("build_output_tracked.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some(tracked) = &view.world.inventory.tracked else { return };
    // One finding for each product folder, at its first file, with the number of files.
    let mut folders: BTreeMap<String, (&str, usize, String)> = BTreeMap::new();
    for path in tracked {
        if let Some((folder, ignore)) = product(path) {
            folders.entry(folder).or_insert((path, 0, ignore)).1 += 1;
        }
    }
    for (folder, (first, count, ignore)) in folders {
        let Some(file) = view.world.file_at(first) else { continue };
        let finding = sink.at(Span::whole(file));
        sink.report(
            finding
                .argument("folder", folder)
                .argument("count", count.to_string())
                .argument("ignore", ignore)
                .variant(if count == 1 { "one" } else { "" }),
        );
    }
}

/// The folder of build products that `path` belongs to, and the line that would ignore it.
fn product(path: &str) -> Option<(String, String)> {
    let segments: Vec<&str> = path.split('/').collect();
    let name = segments.last()?;
    let up_to = |at: usize| segments.get(..=at).map(|s| s.join("/")).unwrap_or_default();
    for (at, segment) in segments.iter().enumerate().take(segments.len() - 1) {
        let next = segments.get(at + 1).copied().unwrap_or("");
        match *segment {
            "__pycache__" => return Some((up_to(at), "__pycache__/".into())),
            "node_modules" if !is_sample(&segments) => return Some((up_to(at), "node_modules/".into())),
            "target" if matches!(next, "debug" | "release" | ".rustc_info.json" | "CACHEDIR.TAG") => {
                return Some((up_to(at), "/target".into()));
            }
            ".venv" | "venv" if matches!(next, "bin" | "lib" | "pyvenv.cfg" | "Scripts") => {
                return Some((up_to(at), format!("{segment}/")));
            }
            "libs" if at > 0 && segments.get(at - 1) == Some(&"build") && name.ends_with(".jar") => {
                return (!is_sample(&segments)).then(|| (up_to(at), "build/".into()));
            }
            "dist" if next == *name && name.ends_with(".jar") && !is_sample(&segments) => {
                return Some((up_to(at), "dist/".into()));
            }
            _ => {}
        }
    }
    let folder = segments.len().checked_sub(2).map_or_else(|| ".".into(), up_to);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        "pyc" | "pyo" => Some((folder, "*.pyc".into())),
        "class" if !is_sample(&segments) => Some((folder, "*.class".into())),
        _ => None,
    }
}

/// Test data may well be compiled: a scanner of class files needs some.
fn is_sample(segments: &[&str]) -> bool {
    let sample = ["test", "tests", "testdata", "test-data", "fixtures", "fixture", "samples", "resources", "vendor"];
    segments.iter().any(|s| sample.contains(s))
}
