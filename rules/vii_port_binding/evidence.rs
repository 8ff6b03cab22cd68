//! What keeps factor VII: a server of its own, a port from outside, images and manifests that announce it.

use crate::facts::code::Language;
use crate::rules::evidence::{Collector, EvidenceSink};
use crate::rules::Need;
use crate::world::commands::CommandClass;
use crate::world::listen::Part;
use crate::world::{ServiceKind, View};

/// Collects it.
pub static EVIDENCE: Collector = Collector {
    needs: &[Need::Source(Language::Rust), Need::Source(Language::Python), Need::Images, Need::Compose],
    collect,
};

fn collect(view: &View<'_>, sink: &mut EvidenceSink<'_>) {
    let Some((_, service)) = view.service() else { return };
    if !view.is_judged() {
        return;
    }
    if !matches!(service.kind, ServiceKind::Web | ServiceKind::Backing) {
        return sink.not_applicable("no-requests");
    }
    for start in view.server_starts() {
        let framework = start.event.event.attribute("framework").unwrap_or("server");
        sink.keeps("server", start.event.name_span()).argument("framework", framework);
    }
    for endpoint in view.endpoints() {
        match &endpoint.port {
            Part::Configured(Some(variable), _) => {
                sink.keeps("port", endpoint.event.name_span()).argument("variable", variable);
            }
            Part::Configured(None, _) => {
                sink.keeps("port-setting", endpoint.event.name_span());
            }
            Part::Literal(..) | Part::Unknown => {}
        }
    }
    let source = view.has_source();
    for (_, built) in view.images_of_service() {
        let server = built.mains().find(|c| c.class(CommandClass::Server).is_some());
        if let Some(command) = server.filter(|_| !source) {
            sink.keeps("command", command.span).argument("program", command.program());
        }
        for port in &built.expose {
            let shown = port.value.as_deref().unwrap_or("");
            if !shown.is_empty() {
                let evidence =
                    if source { sink.supports("exposed", port.span) } else { sink.keeps("exposed", port.span) };
                evidence.argument("port", shown);
            }
        }
    }
    for run in view.compose_runs() {
        for port in &run.service.ports {
            let target = port.target_raw.as_ref().map_or("", |t| t.value.as_str());
            if !target.is_empty() {
                let evidence =
                    if source { sink.supports("published", port.span) } else { sink.keeps("published", port.span) };
                evidence.argument("port", target).argument("service", &run.service.name.value);
            }
        }
    }
    sink.unknown(if source { "no-listener" } else { "language" });
}
