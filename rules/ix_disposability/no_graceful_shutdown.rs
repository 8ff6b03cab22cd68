//! `disposability/no-graceful-shutdown`: a server start has no drain on stop.

use crate::facts::code::Language;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::shutdown::{Drain, ServerStart};
use crate::world::{ServiceKind, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "disposability/no-graceful-shutdown",
    factor: Factor::Disposability,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust), Need::Cargo],
    subject: SubjectKind::Service,
    page: include_str!("no_graceful_shutdown.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some((_, service)) = view.service() else { return };
    if service.kind != ServiceKind::Web {
        return;
    }
    // The platform of such a program owns signals and sockets.
    if service.dependency_roles.contains("serverless") || service.dependency_roles.contains("wasm") {
        return;
    }
    let starts = view.server_starts();
    let program = service.binary.as_deref().unwrap_or("");
    let deployments = view.deployments();
    let first = !deployments.is_empty() && deployments.iter().all(|d| d.is_first_process(program));
    let deployed = deployments.iter().any(|d| !d.workloads.is_empty());
    let drains = |s: &ServerStart<'_>| matches!(s.drain, Drain::Framework | Drain::Asked(_) | Drain::Own);
    let one_drains = starts.iter().any(drains);
    for start in &starts {
        let framework = start.event.event.attribute("framework").unwrap_or("server");
        let finding = sink
            .at(start.event.name_span())
            .argument("api", api_name(start.event.callee()))
            .argument("call", start.event.event.attribute("graceful").unwrap_or(""))
            .because(format!("server-start of {framework}: no drain"));
        match start.drain {
            Drain::Nothing => {
                let variant = match (framework, first) {
                    ("axum", false) => "axum",
                    ("axum", true) => "axum-first",
                    ("axum-server", false) => "axum-server",
                    ("axum-server", true) => "axum-server-first",
                    ("tonic", false) => "tonic",
                    ("tonic", true) => "tonic-first",
                    (_, true) => "first",
                    _ => "",
                };
                let level = if first && deployed { Level::Error } else { Level::Warning };
                let mut finding = finding.variant(variant).level(level);
                if let Some(place) = deployments.first().and_then(|d| d.built.entrypoint.or(d.built.cmd)) {
                    finding = finding.related(place, "image");
                }
                // A listener for metrics beside a server that drains holds no work worth waiting for.
                let helper = one_drains || view.is_helper(start.event);
                sink.report(if helper { finding.level(Level::Info) } else { finding });
            }
            Drain::Aborted(handler) => sink.report(
                finding.variant("aborted").level(Level::Info).related(handler.name_span(), "signal"),
            ),
            Drain::Framework | Drain::Asked(_) | Drain::Own => {}
        }
    }
}

/// The call as people write it: calls of a chain without their path.
fn api_name(callee: &str) -> String {
    let chain: Vec<&str> = callee.split("()").collect();
    match chain.as_slice() {
        [first, .., last] => format!("{first}(..)..{last}").replace("....", "..").replace("...", ".."),
        _ => callee.to_owned(),
    }
}
