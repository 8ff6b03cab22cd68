//! `admin/migrate-on-boot`: the schema is migrated inside the process that serves.

use crate::facts::code::Language;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::switches::Switch;
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "admin/migrate-on-boot",
    factor: Factor::AdminProcesses,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Stable,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust), Need::Cargo],
    subject: SubjectKind::Service,
    page: include_str!("migrate_on_boot.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some((_, service)) = view.service() else { return };
    if !service.kind.is_long_running() {
        return;
    }
    let starts = view.server_starts();
    let workloads = view.deployments().into_iter().flat_map(|d| d.workloads);
    let replicated = workloads.into_iter().any(|w| w.replicas.as_ref().is_some_and(|r| r.value > 1));
    for migration in view.boot_migrations() {
        let level = match migration.switch {
            Switch::Always if replicated && !migration.locks && !migration.own_lock && migration.library.is_some() => Level::Error,
            Switch::Always => Level::Warning,
            Switch::OptOut => Level::Info,
            Switch::OptIn => continue,
        };
        let variant = match (migration.library, migration.locks, migration.switch) {
            (_, _, Switch::OptOut) => "opt-out",
            (_, false, _) if migration.own_lock => "locked",
            (None, _, _) => "own",
            (Some(_), true, _) => "",
            (Some(_), false, _) => "unlocked",
        };
        let confidence = if migration.library.is_some() { Confidence::High } else { Confidence::Medium };
        let mut finding = sink
            .at(migration.span)
            .argument("service", &service.name)
            .argument("runner", migration.library.unwrap_or(&migration.function))
            .variant(variant)
            .level(level)
            .confidence(confidence)
            .because(format!("{} calls from `main`", migration.calls.len()));
        for call in &migration.calls {
            finding = finding.related(*call, "call");
        }
        let main = starts.iter().find(|s| !view.is_helper(s.event)).or(starts.first());
        if let Some(start) = main {
            finding = finding.related(start.event.name_span(), "server");
        }
        sink.report(finding);
    }
}
