//! What the layers of an image hold: the stages it is made of, and what ran in them.

use crate::facts::artefact::Artefact;
use crate::source::{ByteRange, Span};
use crate::syntax::docker::{Body, Dockerfile, Instruction};
use crate::syntax::docker_stages::{Stage, chain, copies_from, find_stage, stages};

use super::World;
use super::backing::{ImageClass, image_kind};
use super::compose::ComposeService;
use super::image::{BuiltImage, Image, StartCommand};
use super::image_reference::image_reference;

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

    /// The paths of `VOLUME` in the layers of `built`, quotes left out of their places.
    pub fn layer_volumes(&self, image: &Image, built: &BuiltImage) -> Vec<(String, Span)> {
        let layers = self.layers(image, built);
        let volumes = layers.into_iter().filter_map(|instruction| match &instruction.body {
            Body::Volume(paths) => Some(paths),
            _ => None,
        });
        let place = |range: ByteRange, value: &str| {
            let quoted = (range.end - range.start) as usize == value.len() + 2;
            if quoted { ByteRange::new(range.start as usize + 1, range.end as usize - 1) } else { range }
        };
        volumes
            .flatten()
            .map(|path| (path.value.clone(), Span::new(image.dockerfile, place(path.range, &path.value))))
            .collect()
    }

    /// The destinations of `COPY` and `ADD` in the layers of `built`, as written, each with its whole instruction.
    pub fn layer_copies<'w>(&'w self, image: &Image, built: &BuiltImage) -> Vec<(&'w str, Span)> {
        let layers = self.layers(image, built).into_iter();
        layers
            .filter_map(|instruction| match &instruction.body {
                Body::Copy(transfer) | Body::Add(transfer) => Some((
                    transfer.destination.value.as_str(),
                    Span::new(image.dockerfile, instruction.range),
                )),
                _ => None,
            })
            .collect()
    }

    /// True when a service is built here on top of somebody else's stateful system or tool (`FROM postgres:16`): what
    /// it keeps is that system's.
    pub fn extends_foreign_program(&self, service: &ComposeService) -> bool {
        let dockerfile = service.build.as_ref().and_then(|build| build.dockerfile.as_deref());
        let image = dockerfile.and_then(|path| self.image_of(self.file_at(path)?));
        let bases =
            image.into_iter().flat_map(|image| &image.targets).filter_map(|built| built.base.as_deref());
        let mut kinds = bases.filter_map(|base| image_kind(&image_reference(base)));
        kinds.any(|kind| matches!(kind.class, ImageClass::Backing | ImageClass::Tool))
    }
}
