//! `codebase/duplicated-source-across-services`: several services carry the same source.

use std::collections::BTreeMap;

use crate::discover::is_below;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::duplicates::Duplicate;
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "codebase/duplicated-source-across-services",
    factor: Factor::Codebase,
    also: &[],
    level: Level::Info,
    confidence: Confidence::Medium,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Paths, Need::Images, Need::Compose],
    subject: SubjectKind::Repository,
    page: include_str!("duplicated_source_across_services.md"),
    check,
};

/// Lines of code from which on a copy is more than a helper.
const MANY_LINES: usize = 100;

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let mut groups: BTreeMap<&[String], Vec<&Duplicate>> = BTreeMap::new();
    for duplicate in &view.world.duplicates {
        if belong_together(view, &duplicate.components) {
            groups.entry(&duplicate.components).or_default().push(duplicate);
        }
    }
    for (components, duplicates) in groups {
        let lines: usize = duplicates.iter().map(|d| d.lines).sum();
        let Some((first, rest)) = duplicates.split_first() else { continue };
        let Some((head, twins)) = first.files.split_first() else { continue };
        let path = view.world.path(*head);
        let mut finding = sink
            .at(Span::whole(*head))
            .variant(if rest.is_empty() { language(path) } else { "several" })
            .argument("name", path.rsplit('/').next().unwrap_or(path))
            .argument("more", rest.len().to_string())
            .argument("count", components.len().to_string())
            .argument("lines", lines.to_string());
        for file in twins {
            finding = finding.related(Span::whole(*file), "twin");
        }
        for file in rest.iter().flat_map(|d| &d.files) {
            finding = finding.related(Span::whole(*file), "more");
        }
        let much = lines >= MANY_LINES || components.len() > 2;
        sink.report(if much { finding.level(Level::Warning) } else { finding });
    }
}

/// False for programs that stand beside each other without being one system: each in a compose project of its own.
fn belong_together(view: &View<'_>, components: &[String]) -> bool {
    let projects = |component: &String| -> Vec<usize> {
        let all = view.world.projects.iter().enumerate();
        let builds = all.filter(|(_, project)| {
            let services = project.environments.iter().flat_map(|e| &e.services);
            let mut contexts = services.filter_map(|s| s.build.as_ref()?.context_folder.as_deref());
            is_below(&project.folder, component)
                || contexts.any(|c| is_below(c, component) || !c.is_empty() && is_below(component, c))
        });
        builds.map(|(at, _)| at).collect()
    };
    let mut of_each = components.iter().map(projects);
    let Some(first) = of_each.next() else { return false };
    let shared = |others: Vec<usize>| {
        first.is_empty() && others.is_empty() || others.iter().any(|project| first.contains(project))
    };
    of_each.all(shared)
}

fn language(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("rs") => "rust",
        Some("py") => "python",
        Some("js" | "mjs" | "cjs" | "ts" | "tsx" | "jsx") => "node",
        Some("go") => "go",
        _ => "",
    }
}
