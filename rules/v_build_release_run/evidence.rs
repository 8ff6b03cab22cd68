//! What keeps factor V: a stage that builds and one that runs, and a pipeline around them.

use crate::rules::evidence::{Collector, EvidenceSink};
use crate::rules::Need;
use crate::world::commands::CommandClass;
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
    let pipelines = &world.pipelines;
    let production = [
        ("static-check", CommandClass::StaticCheck),
        ("tests", CommandClass::Tests),
        ("image-built", CommandClass::BuildsImage),
        ("published", CommandClass::PublishesImage),
        ("smoke-test", CommandClass::SmokeTest),
        ("deployed", CommandClass::Deploys),
    ];
    for (kind, class) in production {
        for job in &pipelines.jobs {
            if let Some(place) = job.does(class) {
                // Tests and images are what a release rests on; the rest helps.
                let decides = matches!(class, CommandClass::Tests | CommandClass::BuildsImage);
                let evidence = if decides { sink.keeps(kind, place) } else { sink.supports(kind, place) };
                evidence.argument("job", &job.title);
            }
        }
    }
    if pipelines.files.is_empty() {
        sink.unknown(if images.is_empty() { "nothing" } else { "no-pipeline" });
    }
    if let Some(file) = pipelines.unread().first()
        && !sink.is_decided()
    {
        sink.unknown("pipeline-unread").argument("system", file.system);
    }
    sink.unknown("no-stage");
}
