//! `processes/sqlite-file-as-primary-store`: the records of a service are in a file beside the process.

use crate::discover::role::Role;
use crate::facts::code::Language;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "processes/sqlite-file-as-primary-store",
    factor: Factor::Processes,
    also: &[Factor::BackingServices],
    level: Level::Warning,
    confidence: Confidence::Medium,
    grade: Grade::B,
    // Too few hits on the projects it was measured on.
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust), Need::Cargo, Need::Images, Need::Compose],
    subject: SubjectKind::Service,
    page: include_str!("sqlite_file_as_primary_store.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some((_, service)) = view.service().filter(|(_, s)| s.kind.is_long_running()) else { return };
    let drivers = view.world.store_drivers(service);
    let (Some(driver), true) = (drivers.get("sqlite"), service.shipped) else { return };
    let Some(file) = told_by_deploy(view).or_else(|| written_in_code(view)) else { return };
    let other = ["postgres", "mysql", "mssql", "mongodb", "cassandra", "dynamodb"].into_iter().find(|k| drivers.contains_key(k));
    let finding = sink.at(file).related(*driver, "driver");
    sink.report(match other {
        Some(kind) => finding.level(Level::Info).variant("selectable").argument("other", kind),
        None => finding,
    });
}

/// A file of SQLite in what the image or a Compose file hands to the service.
fn told_by_deploy(view: &View<'_>) -> Option<Span> {
    let deployments = view.deployments();
    let images = deployments.iter().flat_map(|d| &d.built.env).map(|(_, v)| (v.value.as_deref(), v.span));
    let compose = deployments.iter().flat_map(|d| &d.workloads).flat_map(|w| &w.environment);
    let compose = compose.filter_map(|e| Some((e.value.as_deref(), e.raw.as_ref()?.span)));
    let mut all = compose.chain(images);
    all.find(|(value, _)| value.is_some_and(is_sqlite_file)).map(|(_, span)| span)
}

/// A file of SQLite as a literal of the code that serves.
fn written_in_code(view: &View<'_>) -> Option<Span> {
    view.code_files().filter(|(_, file)| file.role == Role::Production).find_map(|(_, file)| {
        let literals = file.facts.url_literals.iter().filter(|l| !l.scope.test && !l.scope.comparison && !l.scope.debug_only);
        let mut literals = literals.filter(|l| {
            let function = l.function.and_then(|f| file.facts.functions.get(f as usize));
            is_sqlite_file(&l.text.value) && !function.is_some_and(|f| f.scope.test)
        });
        literals.next().map(|l| Span::new(file.file, l.text.range))
    })
}

fn is_sqlite_file(text: &str) -> bool {
    // The default of a derive is code in a text: `DatabaseUrl::from("sqlite://app.db")`.
    let text = text.split('"').find(|part| part.starts_with("sqlite:")).unwrap_or(text);
    let rest = text.strip_prefix("sqlite://").or_else(|| text.strip_prefix("sqlite:"));
    rest.is_some_and(|r| {
        !r.trim_start_matches('/').is_empty()
            && !r.contains(":memory:")
            && !r.contains("mode=memory")
            && !r.contains(' ')
    })
}
