//! `processes/upload-to-local-disk`: what a request brought is written to a path that outlives the request.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::code::Language;
use crate::facts::value::{Value, ValueKind};
use crate::knowledge::Concept;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::literal::is_developer_path;
use crate::world::meaning::MeaningKind;
use crate::world::{EventRef, FunctionRef, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "processes/upload-to-local-disk",
    factor: Factor::Processes,
    also: &[],
    level: Level::Error,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust)],
    subject: SubjectKind::Service,
    page: include_str!("upload_to_local_disk.md"),
    check,
};

/// A function that is given data of a request.
#[derive(Clone, Copy)]
struct Handler {
    span: Span,
    upload: bool,
    /// It is in another file than the write.
    far: bool,
}

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    if !view.service().is_some_and(|(_, service)| service.kind.is_long_running()) {
        return;
    }
    let handlers = handlers(view);
    let remote = view
        .events(Concept::ConnectionSink)
        .iter()
        .any(|e| e.event.attribute("service") == Some("object-store"));
    for event in view.events(Concept::FileWrite) {
        let Some(handler) = handler_of(view, &handlers, event) else { continue };
        if event.event.scope.debug_only || !writes(event) || is_taken_back(event) {
            continue;
        }
        let Some((path, span)) = event.event.role("path").and_then(|v| prefix(view, event, v, 8)) else { continue };
        if !is_lasting(&path) {
            continue;
        }
        let finding = sink
            .at(span)
            .argument("path", path.clone())
            .related(event.name_span(), "write")
            .related(handler.span, "handler");
        let aside = remote || diagnoses(view, event) || is_developer_path(&event.file.path, event.file.role);
        sink.report(if aside {
            finding.level(Level::Info)
        } else if handler.upload && !handler.far {
            finding
        } else {
            finding.level(Level::Warning).confidence(Confidence::Medium)
        });
    }
}

fn handlers(view: &View<'_>) -> BTreeMap<FunctionRef, Handler> {
    let mut handlers: BTreeMap<FunctionRef, Handler> = BTreeMap::new();
    for event in view.events(Concept::RequestData) {
        let Some(function) = event.function().filter(|_| event.event.call.is_none()) else { continue };
        // A whole request may be asked for other things than its body.
        let upload = event.event.attribute("kind") != Some("request");
        let known = handlers.entry(function).or_insert(Handler { span: event.name_span(), upload, far: false });
        known.upload |= upload;
    }
    handlers
}

/// The handler that `function` is, that calls it from the same file, or that hands it what it writes from another one.
fn handler_of(view: &View<'_>, handlers: &BTreeMap<FunctionRef, Handler>, event: EventRef<'_>) -> Option<Handler> {
    let function = event.function()?;
    if let Some(handler) = handlers.get(&function) {
        return Some(*handler);
    }
    let near = callers(view, function).into_iter().filter(|(caller, _)| caller.file == function.file);
    if let Some(handler) = near.filter_map(|(caller, _)| handlers.get(&caller)).next() {
        return Some(*handler);
    }
    // A storage module: what it writes is a parameter, and some handler of uploads leads to it.
    let given = event.event.role("content").is_some_and(|v| is_given(event, v, 6))
        || view.world.code.function(function).is_some_and(|f| f.parameters.iter().any(|p| is_data(&p.type_name)));
    let mut known = BTreeSet::from([function]);
    let mut queue = vec![function];
    for _ in 0..3 {
        let mut next = Vec::new();
        for (caller, arguments) in queue.iter().flat_map(|f| callers(view, *f)) {
            if !given || arguments == 0 || !known.insert(caller) {
                continue;
            }
            if let Some(handler) = handlers.get(&caller).filter(|h| h.upload) {
                return Some(Handler { far: true, ..*handler });
            }
            next.push(caller);
        }
        queue = next;
    }
    None
}

/// The functions that call `function`, and how many arguments they hand it.
fn callers(view: &View<'_>, function: FunctionRef) -> Vec<(FunctionRef, usize)> {
    let calls = view.world.code.calls_of(function).into_iter();
    calls
        .filter_map(|(at, call)| {
            let call = view.world.code.call(at, call).filter(|c| !c.scope.test)?;
            Some((FunctionRef { file: at, function: call.function? }, call.arguments.len()))
        })
        .collect()
}

/// The value is a parameter, or made of one.
fn is_given(event: EventRef<'_>, value: &Value, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match &value.kind {
        ValueKind::Parameter(_) => true,
        ValueKind::Call(n) => {
            let call = event.file.facts.calls.get(*n as usize);
            call.and_then(|c| c.receiver.as_ref()).is_some_and(|r| is_given(event, r, depth))
        }
        ValueKind::Required(inner) | ValueKind::Field(inner, _) => is_given(event, inner, depth),
        _ => false,
    }
}

/// Types of what was uploaded.
fn is_data(type_name: &str) -> bool {
    let base = type_name.split('<').next().unwrap_or("");
    type_name == "[u8]" || type_name.ends_with("Vec<u8>") || ["Bytes", "BytesMut", "TempFile", "NamedTempFile", "Field"].contains(&base.rsplit("::").next().unwrap_or(""))
}

/// `OpenOptions::…::open` only writes when it says so.
fn writes(event: EventRef<'_>) -> bool {
    let callee = event.callee();
    !callee.ends_with(".open")
        || [".write()", ".append()", ".create()", ".create_new()", ".truncate()"].iter().any(|w| callee.contains(w))
}

/// The function removes the same file again, before it ends: it was a temporary one.
fn is_taken_back(event: EventRef<'_>) -> bool {
    let Some(written) = event.event.role("path").map(|v| shape(v, 8)) else { return false };
    let later = event.call().is_some_and(|c| c.in_closure);
    event.file.facts.calls.iter().any(|call| {
        call.function == event.event.function
            && call.in_closure == later
            && matches!(call.callee.last(), "remove_file" | "remove_dir_all")
            && call.arguments.first().is_some_and(|a| shape(&a.value, 8) == written)
    })
}

/// A path with its uncertain parts left open.
fn shape(value: &Value, depth: usize) -> String {
    let Some(depth) = depth.checked_sub(1) else { return String::new() };
    match &value.kind {
        ValueKind::Text(text) => text.clone(),
        ValueKind::Join(parts) => parts.iter().map(|part| shape(part, depth)).collect(),
        ValueKind::Required(inner) => shape(inner, depth),
        ValueKind::Call(number) => format!("<{number}>"),
        _ => "<>".into(),
    }
}

/// Profiles, dumps and other help for the people who run the service.
fn diagnoses(view: &View<'_>, event: EventRef<'_>) -> bool {
    let name = event.function().and_then(|f| view.world.code.function(f)).map_or("", |f| f.name.value.as_str());
    ["profil", "debug", "pprof", "heap", "flamegraph", "dump"]
        .iter()
        .any(|word| name.contains(word) || event.file.path.contains(word))
}

/// The literal that a path begins with, and where it stands.
fn prefix(view: &View<'_>, event: EventRef<'_>, value: &Value, depth: usize) -> Option<(String, Span)> {
    let depth = depth.checked_sub(1)?;
    match &value.kind {
        ValueKind::Join(parts) => prefix(view, event, parts.first()?, depth),
        ValueKind::Required(inner) => prefix(view, event, inner, depth),
        ValueKind::Call(number) => {
            let call = view.world.code.call(event.at, *number)?;
            match call.callee.last() {
                "join" | "push" | "with_file_name" | "with_extension" => {
                    prefix(view, event, call.receiver.as_ref()?, depth)
                }
                "new" | "from" if call.callee.as_str().contains("Path") => {
                    prefix(view, event, &call.arguments.first()?.value, depth)
                }
                _ => None,
            }
        }
        _ => {
            let meaning = view.meaning(event, value);
            match &meaning.kind {
                MeaningKind::Text(text) if !text.is_empty() => Some((text.clone(), meaning.span)),
                MeaningKind::Join(parts) => {
                    let first = parts.first()?;
                    first.text().filter(|t| !t.is_empty()).map(|t| (t.to_owned(), first.span))
                }
                _ => None,
            }
        }
    }
}

/// False for the folders whose content nobody expects to stay.
fn is_lasting(path: &str) -> bool {
    let volatile = ["/tmp", "/var/tmp", "/dev/", "/proc/", "/run/", "/sys/"];
    let first = path.trim_start_matches("./").split('/').next().unwrap_or("");
    !volatile.iter().any(|v| path.starts_with(v)) && !matches!(first, "tmp" | "temp")
}
