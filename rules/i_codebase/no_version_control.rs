//! `codebase/no-version-control`: nothing says which code was deployed.

use crate::discover::kind::FileKind;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::{FileId, Span};
use crate::world::{SubjectKind, View};

/// The rule. A tree can be handed over without its history, so it is no error that would fail a run.
pub static RULE: Rule = Rule {
    name: "codebase/no-version-control",
    factor: Factor::Codebase,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Paths],
    subject: SubjectKind::Repository,
    page: include_str!("no_version_control.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    if view.world.inventory.version_control != Some(false) || view.world.services.is_empty() {
        return;
    }
    let files = view.world.inventory.files.iter().enumerate().filter(|(_, f)| !f.above);
    // The outermost manifest stands for the tree.
    let rank = |kind: Option<FileKind>| match kind {
        Some(FileKind::CargoManifest | FileKind::PackageJson | FileKind::Requirements) => 0,
        Some(FileKind::Dockerfile | FileKind::Compose | FileKind::Procfile) => 1,
        _ => 2,
    };
    let first = files.min_by_key(|(_, f)| (rank(f.kind), f.path.matches('/').count()));
    let Some(file) = first.and_then(|(at, _)| u32::try_from(at).ok()).map(FileId) else { return };
    sink.report(sink.at(Span::whole(file)));
}
