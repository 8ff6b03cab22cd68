//! `disposability/grace-period-too-short`: the platform kills a server before it has drained.

use crate::discover::role::Role;
use crate::facts::code::Language;
use crate::facts::value::ValueKind;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::kubernetes::{OwnContainer, Setting};
use crate::world::shutdown::{Drain, ServerStart};
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "disposability/grace-period-too-short",
    factor: Factor::Disposability,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust), Need::Cargo, Need::Images, Need::Compose, Need::Kubernetes],
    subject: SubjectKind::Service,
    page: include_str!("grace_period_too_short.md"),
    check,
};

/// How long a server drains.
struct Wait {
    seconds: i64,
    /// Where the code says so; without it the framework does.
    said: Option<Span>,
    framework: String,
    start: Span,
}

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some(wait) = view.server_starts().iter().find_map(|start| wait_of(view, start)) else { return };
    for deployment in view.deployments() {
        for own in view.containers_of(deployment.image.dockerfile) {
            of_pod(&own, &wait, sink);
        }
        for service in &deployment.workloads {
            let Some(said) = &service.stop_grace_period else { continue };
            let Some(grace) = seconds(said.value.shown()).filter(|grace| *grace < wait.seconds) else { continue };
            let finding = sink.at(said.span).variant("compose").argument("service", service.name.value.clone());
            report(finding, grace, 0, &wait, sink);
        }
    }
}

fn of_pod(own: &OwnContainer<'_>, wait: &Wait, sink: &mut Sink<'_>) {
    if own.application.role != Role::Production || !own.workload.complete {
        return;
    }
    let stop = own.container.pre_stop.as_ref();
    let sleeps = stop.and_then(|s| s.sleep).unwrap_or(0);
    let (grace, at) = match own.workload.grace {
        Setting::Set(number) => (number.value, Some(number.span)),
        // What the platform grants when nothing is said.
        Setting::Absent => (30, stop.map(|s| s.span).or(wait.said)),
        Setting::Unknown => return,
    };
    let Some(at) = at.filter(|_| wait.seconds + sleeps > grace) else { return };
    let mut finding = sink.at(at).argument("service", own.workload.name.shown());
    if sleeps > 0 {
        finding = finding.variant("sleep");
        if let Some(stop) = stop.filter(|s| s.span != at) {
            finding = finding.related(stop.span, "sleep");
        }
    }
    let both = wait.said.is_some() && own.workload.grace.set().is_some();
    let finding = if both { finding } else { finding.level(Level::Info) };
    report(finding, grace, sleeps, wait, sink);
}

fn report(finding: crate::rules::Finding, grace: i64, sleeps: i64, wait: &Wait, sink: &mut Sink<'_>) {
    let place = wait.said.unwrap_or(wait.start);
    let mut finding = finding
        .argument("grace", grace.to_string())
        .argument("drain", wait.seconds.to_string())
        .argument("sleep", sleeps.to_string())
        .argument("enough", (wait.seconds + sleeps + 5).to_string())
        .argument("framework", &wait.framework)
        .because(format!("{} drains for {} s", wait.framework, wait.seconds));
    if wait.said.is_none() {
        finding = finding.level(Level::Info);
    }
    if finding.primary != place {
        finding = finding.related(place, "drain");
    }
    sink.report(finding);
}

/// How long a server that drains by itself waits for requests in flight.
fn wait_of(view: &View<'_>, start: &ServerStart<'_>) -> Option<Wait> {
    if !matches!(start.drain, Drain::Framework) {
        return None;
    }
    let framework = start.event.event.attribute("framework")?;
    let default = match framework {
        "actix-web" | "actix-server" | "ntex" => 30,
        "rocket" => 5,
        _ => return None,
    };
    let asked = |call: &crate::facts::code::Call| {
        call.callee.last() == "shutdown_timeout" && call.function == start.event.event.function && !call.scope.test
    };
    let calls = view.code_files().find(|(at, _)| *at == start.event.at).map(|(_, file)| (file.file, &file.facts.calls));
    let found = calls.and_then(|(file, calls)| Some((file, calls.iter().find(|c| asked(c))?)));
    let (seconds, said) = match found {
        None => (default, None),
        Some((file, call)) => match call.arguments.first().map(|a| &a.value.kind) {
            Some(ValueKind::Integer(seconds)) => (*seconds, Some(Span::new(file, call.range))),
            _ => return None,
        },
    };
    let said = said.map(|span| found.map_or(span, |(file, call)| Span::new(file, call.name_range)));
    Some(Wait { seconds, said, framework: framework.to_owned(), start: start.event.name_span() })
}

/// Seconds of a duration as Compose writes it: `90s`, `1m30s`.
fn seconds(text: &str) -> Option<i64> {
    let mut total = 0;
    let mut number = String::new();
    for c in text.trim().chars() {
        match c {
            '0'..='9' => number.push(c),
            'h' | 'm' | 's' => {
                let count: i64 = number.parse().ok()?;
                total += count.checked_mul(match c {
                    'h' => 3600,
                    'm' => 60,
                    _ => 1,
                })?;
                number.clear();
            }
            _ => return None,
        }
    }
    number.is_empty().then_some(total)
}
