//! Steps of image builds: in which stage a command runs, and what was copied in front of it.

use crate::source::Span;
use crate::syntax::docker::{Body, Dockerfile, Instruction, Transfer};
use crate::syntax::docker_stages::{Stage, chain};

use super::World;
use super::image::{Image, StartCommand};

/// Where a command of an image build runs.
pub struct BuildStep<'w> {
    /// The `RUN` instruction.
    pub instruction: &'w Instruction,
    /// The base of its stage, through the stages it builds on; none when a build argument decides it.
    pub base: Option<String>,
    /// The base in the `FROM` of the root stage.
    pub base_span: Span,
    /// The instructions in front of it, from the root stage on.
    pub before: Vec<&'w Instruction>,
}

impl World {
    /// Where `command`, one of [`super::image::BuiltImage::runs`], runs.
    pub fn build_step<'w>(&'w self, image: &Image, command: &StartCommand) -> Option<BuildStep<'w>> {
        let (file, stages) = self.recipe(image)?;
        let at = command.via.first()?.range?;
        let position = file.instructions.iter().position(|i| i.range.contains(at))?;
        let stage = stages.iter().find(|s| s.instructions.contains(&position))?;
        let root = chain(&stages, stage.index).last().and_then(|at| stages.get(*at))?;
        Some(BuildStep {
            instruction: file.instructions.get(position)?,
            base: root.resolved_base.clone(),
            base_span: Span::new(image.dockerfile, root.base.range),
            before: before(file, &stages, stage, position),
        })
    }
}

/// The instructions of the chain of `stage` in front of instruction number `position`.
fn before<'w>(
    file: &'w Dockerfile,
    stages: &[Stage],
    stage: &Stage,
    position: usize,
) -> Vec<&'w Instruction> {
    let mut order = chain(stages, stage.index);
    order.reverse();
    let mut found = Vec::new();
    for part in order.iter().filter_map(|at| stages.get(*at)) {
        let range = part.instructions.start..part.instructions.end.min(if part.index == stage.index {
            position
        } else {
            usize::MAX
        });
        found.extend(file.instructions.get(range).unwrap_or_default());
    }
    found
}

/// The transfer of a `COPY` or `ADD`.
pub fn transfer(instruction: &Instruction) -> Option<&Transfer> {
    match &instruction.body {
        Body::Copy(transfer) | Body::Add(transfer) => Some(transfer),
        _ => None,
    }
}

/// True when the instruction mounts files of the build context or of another stage.
pub fn mounts_files(instruction: &Instruction) -> bool {
    let mounts = instruction.flags.iter().filter(|f| f.name == "mount");
    mounts.filter_map(|f| f.value.as_deref()).any(|value| {
        // Without a type it is a bind mount.
        value.split(',').any(|part| part == "type=bind")
            || !value.split(',').any(|part| part.starts_with("type="))
    })
}
