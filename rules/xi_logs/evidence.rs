//! What keeps factor XI: a logger on the standard streams.

use crate::facts::code::Language;
use crate::knowledge::Concept;
use crate::rules::evidence::{Collector, EvidenceSink};
use crate::rules::Need;
use crate::world::view::Reach;
use crate::world::View;

/// Collects it.
pub static EVIDENCE: Collector = Collector {
    needs: &[Need::Source(Language::Rust), Need::Source(Language::Python), Need::Images],
    collect,
};

fn collect(view: &View<'_>, sink: &mut EvidenceSink<'_>) {
    if !view.is_judged() {
        return;
    }
    for event in view.events(Concept::LogStream) {
        if view.reach(event) == Reach::Serving && !event.event.scope.debug_only {
            let library = event.event.attribute("library").unwrap_or("");
            sink.keeps("stream", event.name_span()).argument("library", library);
        }
    }
    for (_, built) in view.images_of_service() {
        for command in built.mains() {
            let words = command.texts();
            let pairs = words.iter().zip(words.iter().skip(1).map(Some).chain([None]));
            for (word, next) in pairs {
                let option = ["--access-logfile", "--log-file", "--error-logfile", "--access-log"]
                    .iter()
                    .find(|o| word.strip_prefix(**o).is_some_and(|rest| rest == "=-") || (word == *o && next == Some(&"-")));
                if let Some(option) = option {
                    sink.keeps("option", command.span)
                        .argument("option", *option)
                        .argument("program", command.program());
                }
            }
        }
        for command in built.runs.iter().filter(|c| c.program() == "ln") {
            let words = command.texts();
            if let Some(stream) = words.iter().find(|w| matches!(**w, "/dev/stdout" | "/dev/stderr")) {
                sink.keeps("link", command.span).argument("stream", *stream);
            }
        }
    }
    sink.unknown(if view.has_source() { "no-logger" } else { "language" });
}
