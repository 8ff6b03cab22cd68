//! What keeps factor IX: a server that drains on SIGTERM, and a start command that lets the signal reach it.

use crate::facts::code::Language;
use crate::rules::evidence::{Collector, EvidenceSink};
use crate::rules::Need;
use crate::world::commands::CommandClass;
use crate::world::image::{BuiltImage, Position};
use crate::world::shutdown::Drain;
use crate::world::view::Reach;
use crate::world::{ServiceKind, View};

/// Collects it.
pub static EVIDENCE: Collector = Collector {
    needs: &[Need::Source(Language::Rust), Need::Source(Language::Python), Need::Cargo, Need::Images, Need::Compose],
    collect,
};

/// Servers that finish what they have on SIGTERM by themselves.
const DRAINING: &[&str] = &["gunicorn", "uvicorn", "hypercorn", "daphne", "puma", "celery", "sidekiq"];

fn collect(view: &View<'_>, sink: &mut EvidenceSink<'_>) {
    let Some((_, service)) = view.service() else { return };
    if !view.is_judged() {
        return;
    }
    if service.kind == ServiceKind::Admin {
        return sink.not_applicable("ends-by-itself");
    }
    if service.dependency_roles.contains("serverless") || service.dependency_roles.contains("wasm") {
        return sink.not_applicable("serverless");
    }
    let starts = view.server_starts();
    let drained = |d: &Drain<'_>| matches!(d, Drain::Framework | Drain::Asked(_) | Drain::Own);
    // One server that is dropped while another drains is not enough.
    let all = !starts.is_empty() && starts.iter().all(|s| drained(&s.drain) || view.is_helper(s.event));
    for start in starts.iter().filter(|s| drained(&s.drain)) {
        let framework = start.event.event.attribute("framework").unwrap_or("server");
        let (kind, span) = match start.drain {
            Drain::Framework => ("framework", start.event.name_span()),
            Drain::Asked(event) => ("asked", event.name_span()),
            Drain::Own | Drain::Aborted(_) | Drain::Nothing => ("own", start.event.name_span()),
        };
        let evidence = if all { sink.keeps(kind, span) } else { sink.supports(kind, span) };
        evidence.argument("framework", framework);
    }
    for (event, signals) in view.signal_handlers() {
        if signals.terminate && view.reach(event) == Reach::Serving {
            // Of a program without a server the handler is all there is to see.
            let decides = starts.is_empty() && !matches!(service.kind, ServiceKind::Web | ServiceKind::Backing);
            let span = event.name_span();
            let evidence = if decides { sink.keeps("handler", span) } else { sink.supports("handler", span) };
            evidence.argument("call", event.callee().rsplit("::").next().unwrap_or(""));
        }
    }
    for (_, built) in view.images_of_service() {
        start_command(built, sink, view.has_source());
    }
    for run in view.compose_runs() {
        if let Some(grace) = &run.service.stop_grace_period {
            sink.supports("grace", grace.span).argument("time", grace.value.shown());
        }
        if let Some(init) = run.service.init.as_ref().filter(|i| i.value) {
            sink.supports("compose-init", init.span);
        }
    }
    sink.unknown(match (view.has_source(), starts.is_empty()) {
        (false, _) => "language",
        (true, true) => "no-server",
        (true, false) => "no-drain",
    });
}

/// How the signal reaches the program.
fn start_command(built: &BuiltImage, sink: &mut EvidenceSink<'_>, source: bool) {
    let stays = built.start.shells.iter().any(|s| s.stays && s.init.is_none());
    if !built.start.complete || stays {
        return;
    }
    let Some(main) = built.start.commands.iter().find(|c| c.position == Position::Main) else { return };
    let place = built.entrypoint.or(built.cmd).unwrap_or(main.span);
    match main.forwarder() {
        _ if main.is_cut_off() => return,
        Some(init) => {
            sink.supports("init", place).argument("init", init).argument("program", main.program());
        }
        None => {
            sink.supports("first", place).argument("program", main.program());
        }
    }
    let server = main.class(CommandClass::Server).is_some() || main.class(CommandClass::Worker).is_some();
    if server && !source && DRAINING.contains(&main.program()) {
        sink.keeps("program", main.span).argument("program", main.program());
    }
}
