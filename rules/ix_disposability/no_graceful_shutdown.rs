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
    stage: Stage::Stable,
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
    let drains = |s: &ServerStart<'_>| matches!(s.drain, Drain::Framework | Drain::Asked(_) | Drain::Own);
    let one_drains = starts.iter().any(drains);
    for start in &starts {
        let framework = start.event.event.attribute("framework").unwrap_or("server");
        let finding = sink
            .at(start.event.name_span())
            .argument("api", api_name(start.event.callee()))
            .argument("call", start.event.event.attribute("graceful").unwrap_or(""))
            .because(format!("{framework} does nothing on SIGTERM by itself"));
        match start.drain {
            Drain::Nothing => {
                let variant = match framework {
                    "axum" => "axum",
                    "axum-server" => "axum-server",
                    "tonic" => "tonic",
                    _ => "",
                };
                let finding = finding.variant(variant);
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
