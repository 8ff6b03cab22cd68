//! What keeps factor V: a stage that builds and one that runs, and a pipeline around them.

use crate::rules::evidence::{Collector, EvidenceSink};
use crate::rules::Need;
use crate::source::Span;
use crate::world::View;

/// Collects it.
pub static EVIDENCE: Collector = Collector { needs: &[Need::Images, Need::Paths], collect };

fn collect(view: &View<'_>, sink: &mut EvidenceSink<'_>) {
    if !view.is_judged() {
        return;
    }
    let world = view.world;
    let images = view.images_of_service();
    for (image, built) in &images {
        if let Some((stage, place)) = image.takes_from(built, world) {
            sink.supports("builder", place).argument("stage", stage);
        }
        if let Some(place) = image.revision_label(world) {
            sink.supports("revision", place);
        }
    }
    let pipelines = view.pipeline_files();
    for file in &pipelines {
        sink.supports("pipeline", Span::whole(*file)).argument("file", world.path(*file));
    }
    if images.is_empty() && pipelines.is_empty() {
        sink.unknown("nothing");
    }
    sink.unknown(if pipelines.is_empty() { "no-pipeline" } else { "pipeline-unread" });
}
