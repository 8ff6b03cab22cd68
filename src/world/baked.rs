//! What the instructions of a Dockerfile leave behind in an image, for judging what does not belong there.

use crate::source::{ByteRange, FileId, Span};
use crate::syntax::docker::{Body, CommandForm, Dockerfile};
use crate::syntax::docker_stages::{Stage, chain};

use super::World;

/// What left it behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BakedKind {
    /// `ENV`: name and value, quotes removed.
    Environment(String, String),
    /// `ARG` with a default: name and default, quotes removed.
    Argument(String, String),
    /// `ARG` without one.
    OpenArgument(String),
    /// A source of `COPY` or `ADD` from the build context, as written.
    File(String),
    /// A word of a `RUN` command, expansions as written.
    Word(String),
}

/// Something that an instruction leaves behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Baked {
    /// What.
    pub kind: BakedKind,
    /// The value, the file or the word; the name of an open argument.
    pub span: Span,
    /// A stage that ships keeps it; otherwise only the build cache does.
    pub shipped: bool,
    /// Commands follow in the same stage.
    pub commands_follow: bool,
}

impl World {
    /// What the stages of the Dockerfile leave behind, in source order; instructions in front of the first stage
    /// leave nothing.
    pub fn baked(&self, dockerfile: FileId) -> Vec<Baked> {
        let Some((image, (file, stages))) =
            self.image_of(dockerfile).and_then(|i| Some((i, self.recipe(i)?)))
        else {
            return Vec::new();
        };
        let kept: Vec<usize> = image.targets.iter().flat_map(|t| chain(&stages, t.target)).collect();
        let mut found = Vec::new();
        for stage in &stages {
            of_stage(file, stage, dockerfile, kept.contains(&stage.index), &mut found);
        }
        found
    }
}

fn of_stage(file: &Dockerfile, stage: &Stage, id: FileId, shipped: bool, into: &mut Vec<Baked>) {
    let instructions = file.instructions.get(stage.instructions.clone()).unwrap_or_default();
    for (at, instruction) in instructions.iter().enumerate() {
        let mut rest = instructions.get(at + 1..).unwrap_or_default().iter();
        let commands_follow = rest.any(|i| matches!(i.body, Body::Run(_)));
        let mut add = |kind: BakedKind, range: ByteRange| {
            into.push(Baked { kind, span: Span::new(id, range), shipped, commands_follow });
        };
        match &instruction.body {
            Body::Env(settings) => {
                for s in settings {
                    add(BakedKind::Environment(s.name.value.clone(), s.value.value.clone()), s.value.range);
                }
            }
            Body::Arg(arguments) => {
                for a in arguments {
                    match &a.default {
                        Some(d) => add(BakedKind::Argument(a.name.value.clone(), d.value.clone()), d.range),
                        None => add(BakedKind::OpenArgument(a.name.value.clone()), a.name.range),
                    }
                }
            }
            Body::Copy(transfer) | Body::Add(transfer) if instruction.flag("from").is_none() => {
                for source in transfer.sources.iter().filter(|s| !s.value.starts_with("<<")) {
                    add(BakedKind::File(source.value.clone()), source.range);
                }
            }
            Body::Run(form) => words(form, &mut add),
            _ => {}
        }
    }
}

fn words(form: &CommandForm, add: &mut dyn FnMut(BakedKind, ByteRange)) {
    match form {
        CommandForm::Exec { words, .. } => {
            words.iter().for_each(|w| add(BakedKind::Word(w.value.clone()), w.range));
        }
        CommandForm::Shell { script, .. } => {
            crate::syntax::shell::visit_commands(&script.items, &mut |command| {
                let Some(simple) = command.simple() else { return };
                simple.words.iter().for_each(|w| add(BakedKind::Word(w.text.clone()), w.range));
                for (_, word) in &simple.assignments {
                    add(BakedKind::Word(word.text.clone()), word.range);
                }
            });
        }
    }
}
