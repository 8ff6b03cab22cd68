//! `logs/file-appender`: the service opens and manages its own log file.

use crate::facts::code::Language;
use crate::facts::value::{Value, ValueKind};
use crate::knowledge::Concept;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::literal::{is_developer_path, literal};
use crate::world::{EventRef, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "logs/file-appender",
    factor: Factor::Logs,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust)],
    subject: SubjectKind::Service,
    page: include_str!("file_appender.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    if !view.service().is_some_and(|(_, service)| service.kind.is_long_running()) {
        return;
    }
    for event in view.events(Concept::LogFile) {
        let scope = event.event.scope;
        if scope.debug_only || scope.not_unix {
            continue;
        }
        let (span, path) = if event.event.attribute("writer") == Some("given") {
            let Some(value) = event.event.role("path") else { continue };
            let Some((span, path)) = file_in(view, event, value, 8) else { continue };
            (span, path)
        } else {
            (event.span(), folder_and_name(view, event))
        };
        if path.as_deref().is_some_and(is_stream) || view.is_test_helper(event) {
            continue;
        }
        let finding = sink.at(span);
        let finding = match &path {
            Some(path) => finding.argument("path", path.clone()),
            None => finding.variant("unnamed"),
        };
        let finding = if span == event.span() { finding } else { finding.related(event.name_span(), "logger") };
        let aside = is_opt_in(event) || is_data(view, event, path.as_deref());
        let developer = is_developer_path(&event.file.path, event.file.role);
        sink.report(if aside || developer || scope.conditional {
            finding.level(Level::Info).confidence(Confidence::Medium)
        } else {
            finding
        });
    }
}

/// The file that a writer is made of: a call that opens one, through wrappers.
fn file_in(view: &View<'_>, event: EventRef<'_>, value: &Value, depth: usize) -> Option<(Span, Option<String>)> {
    let depth = depth.checked_sub(1)?;
    if let ValueKind::Call(number) = &value.kind {
        if let Some(write) = view.world.code.event_of_call(event.at, *number, Concept::FileWrite) {
            let span = Span::new(event.file.file, write.range);
            let path = write.role("path").map(|p| view.meaning(event, p));
            return Some((span, path.as_ref().and_then(literal).map(|l| l.text)));
        }
        let call = view.world.code.call(event.at, *number)?;
        return call
            .arguments
            .iter()
            .map(|a| &a.value)
            .chain(&call.receiver)
            .find_map(|inner| file_in(view, event, inner, depth));
    }
    value.parts().into_iter().find_map(|part| file_in(view, event, part, depth))
}

/// The standard streams under their names in the file system.
fn is_stream(path: &str) -> bool {
    let mut parts = path.trim_start_matches('/').split('/');
    let descriptor = matches!((parts.next(), parts.next(), parts.next()), (Some("proc"), Some(_), Some("fd")));
    matches!(path, "/dev/stdout" | "/dev/stderr")
        || path.starts_with("/dev/fd/")
        || path.starts_with("/proc/") && descriptor
}

fn folder_and_name(view: &View<'_>, event: EventRef<'_>) -> Option<String> {
    let text = |role: &str| view.role(event, role).as_ref().and_then(literal).map(|l| l.text);
    match (text("folder"), text("path")) {
        (Some(folder), Some(name)) => Some(format!("{}/{name}", folder.trim_end_matches('/'))),
        (Some(one), None) | (None, Some(one)) => Some(one),
        (None, None) => None,
    }
}

/// Only some configuration leads here: a match arm, an `if`.
fn is_opt_in(event: EventRef<'_>) -> bool {
    event.call().is_some_and(|call| !call.arms.is_empty() || !call.conditions.is_empty())
}

/// Files that are data of the service, not its event stream.
fn is_data(view: &View<'_>, event: EventRef<'_>, path: Option<&str>) -> bool {
    let function = event.function().and_then(|f| view.world.code.function(f)).map_or("", |f| f.name.value.as_str());
    [path.unwrap_or(""), function]
        .iter()
        .any(|name| crate::secrets::name::words(name).iter().any(|w| matches!(w.as_str(), "audit" | "wal" | "journal" | "replay")))
}
