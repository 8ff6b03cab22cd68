//! What the layers of an image hold: the stages it is made of, and what ran in them.

use crate::facts::artefact::Artefact;
use crate::source::{ByteRange, Span};
use crate::syntax::docker::{Dockerfile, Instruction};
use crate::syntax::docker_stages::{Stage, chain, copies_from, find_stage, stages};

use super::World;
use super::image::{BuiltImage, Image, StartCommand};

impl World {
    /// The parsed Dockerfile of `image` and its stages.
    pub fn recipe<'w>(&'w self, image: &Image) -> Option<(&'w Dockerfile, Vec<Stage>)> {
        match self.artefact(image.dockerfile) {
            Artefact::Dockerfile(file) => Some((file, stages(file))),
            _ => None,
        }
    }

    /// The instructions of the stages whose layers `built` keeps, from its root to its target. Stages from which it
    /// only copies files are left out.
    pub fn layers<'w>(&'w self, image: &Image, built: &BuiltImage) -> Vec<&'w Instruction> {
        let Some((file, stages)) = self.recipe(image) else { return Vec::new() };
        let mut order = chain(&stages, built.target);
        order.reverse();
        let kept = order.iter().filter_map(|at| stages.get(*at));
        kept.flat_map(|s| file.instructions.get(s.instructions.clone()).unwrap_or_default()).collect()
    }

    /// The base of the file's last stage, when it comes after the target of `built` and copies from it.
    pub fn base_of_last_copy(&self, image: &Image, built: &BuiltImage) -> Option<String> {
        let (file, stages) = self.recipe(image)?;
        let last = stages.len().checked_sub(1).filter(|last| *last > built.target)?;
        let mut from = copies_from(file, &stages, last).into_iter().filter_map(|(_, from)| from);
        from.find(|name| find_stage(&stages, name, last) == Some(built.target))?;
        stages.get(*chain(&stages, last).last()?)?.resolved_base.clone()
    }

    /// The commands of `RUN` whose effects stay in the layers of `built`.
    pub fn layer_commands<'w>(&self, image: &Image, built: &'w BuiltImage) -> Vec<&'w StartCommand> {
        let kept: Vec<ByteRange> = self.layers(image, built).iter().map(|i| i.range).collect();
        let inside = |span: &Span| span.range.is_some_and(|r| kept.iter().any(|k| k.contains(r)));
        built.runs.iter().filter(|c| c.via.first().is_some_and(inside)).collect()
    }
}
