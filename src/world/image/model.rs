//! What the image world is made of.

use crate::discover::role::Role;
use crate::source::{FileId, Span};
use crate::syntax::command::{Behaviour, CommandWord};
use crate::syntax::shell_replacement::ShellFamily;
use crate::syntax::text_map::TextMap;
use crate::world::commands::{CommandClass, CommandMatch, command_table, file_name};

use super::base::SystemShell;

/// A Dockerfile and what is built from it.
#[derive(Clone, Debug)]
pub struct Image {
    /// The Dockerfile.
    pub dockerfile: FileId,
    /// The role of its path.
    pub role: Role,
    /// Its folder, relative to the root.
    pub folder: String,
    /// Its stages.
    pub stages: Vec<ImageStage>,
    /// What is built from it: the last stage, unless other files select targets.
    pub targets: Vec<BuiltImage>,
}

/// A stage.
#[derive(Clone, Debug)]
pub struct ImageStage {
    /// The name behind `AS`.
    pub name: Option<String>,
    /// The base as written.
    pub base: String,
    /// The `FROM` instruction.
    pub from: Span,
}

impl ImageStage {
    /// True when the name says that the stage is for development or tests.
    pub fn is_development(&self) -> bool {
        self.name.as_deref().is_some_and(names_development)
    }
}

/// True when a stage, profile or mode of this name is for development or tests.
pub fn names_development(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.split(['-', '_', '.']).any(|word| {
        ["dev", "develop", "development", "devcontainer", "debug", "local", "test", "tests", "testing", "ci"]
            .contains(&word)
    })
}

/// An image built up to one stage.
#[derive(Clone, Debug)]
pub struct BuiltImage {
    /// The stage, by its position in [`Image::stages`].
    pub target: usize,
    /// Where another file selects the stage.
    pub selected_at: Option<Span>,
    /// The external image it is built on, as far as the file decides it.
    pub base: Option<String>,
    /// The base in the `FROM` of the root stage.
    pub base_span: Span,
    /// What `/bin/sh` is.
    pub shell: Option<SystemShell>,
    /// `ENTRYPOINT`, whole.
    pub entrypoint: Option<Span>,
    /// `CMD`, whole.
    pub cmd: Option<Span>,
    /// `ENV`, sorted by name.
    pub env: Vec<(String, ImageValue)>,
    /// `USER`.
    pub user: Option<ImageValue>,
    /// `WORKDIR`, absolute.
    pub workdir: Option<ImageValue>,
    /// `STOPSIGNAL`.
    pub stop_signal: Option<ImageValue>,
    /// `EXPOSE`, each port.
    pub expose: Vec<ImageValue>,
    /// What the container runs.
    pub start: ProcessTree,
    /// The commands of `RUN` in the stages that the image is made of, `COPY --from` followed.
    pub runs: Vec<StartCommand>,
    /// File names under which the repository builds the started program, when `COPY` renames it.
    pub program_sources: Vec<String>,
}

/// Something an instruction says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageValue {
    /// Its value; none when the file alone does not decide it.
    pub value: Option<String>,
    /// Where it stands.
    pub span: Span,
}

/// What a container, or an entry of a Procfile, runs when it starts.
#[derive(Clone, Debug, Default)]
pub struct ProcessTree {
    /// The commands, in the order in which they start.
    pub commands: Vec<StartCommand>,
    /// Shells that are the container's first process and run a command text.
    pub shells: Vec<ShellInFront>,
    /// Scripts of the repository that are the container's first process and run something as a child.
    pub scripts: Vec<ScriptInFront>,
    /// False when something that runs could not be followed.
    pub complete: bool,
}

/// How a command runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Position {
    /// The container lives as long as it does.
    Main,
    /// It ends before the main command starts.
    Helper,
    /// It runs beside the main command.
    Background,
    /// A process manager of the container starts it.
    Managed,
}

/// Under which condition a command runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// Variables of the environment that the condition reads.
    pub variables: Vec<String>,
    /// The arguments of the script decide.
    pub on_arguments: bool,
    /// It runs when something else failed.
    pub on_failure: bool,
}

/// A word of a command line.
#[derive(Clone, Debug, PartialEq)]
pub struct StartWord {
    /// The word, quotes removed; expansions stay as written.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// Something in it is expanded at run time.
    pub expands: bool,
    pub(super) map: TextMap,
}

impl CommandWord for StartWord {
    fn text(&self) -> &str {
        &self.text
    }
    fn range(&self) -> crate::source::ByteRange {
        self.span.range.unwrap_or_default()
    }
}

/// A redirect.
#[derive(Clone, Debug, PartialEq)]
pub struct StartRedirect {
    /// The number before the operator.
    pub fd: Option<u32>,
    /// The operator, `>>`.
    pub operator: String,
    /// The file.
    pub target: String,
    /// From the number or operator to the end of the target.
    pub span: Span,
}

/// A wrapper in front of a command.
#[derive(Clone, Debug, PartialEq)]
pub struct StartWrapper {
    /// Its name.
    pub name: String,
    /// What it does to signals.
    pub behaviour: Behaviour,
    /// It turns one signal into another.
    pub rewrites_signals: bool,
}

/// A command that runs when a container starts, or while an image is built.
#[derive(Clone, Debug, PartialEq)]
pub struct StartCommand {
    /// Its words, wrappers left out; never empty.
    pub words: Vec<StartWord>,
    /// The wrappers, outermost first.
    pub wrappers: Vec<StartWrapper>,
    /// Names and values of `NAME=value` before it.
    pub assignments: Vec<(String, String)>,
    /// Its redirects, those of enclosing commands included.
    pub redirects: Vec<StartRedirect>,
    /// The commands that read its output.
    pub piped_into: Vec<Vec<StartWord>>,
    /// How it runs.
    pub position: Position,
    /// The conditions it stands under.
    pub condition: Option<Condition>,
    /// What leads to it: the instruction, then lines of scripts. Not the command itself.
    pub via: Vec<Span>,
    /// The whole command.
    pub span: Span,
    /// The folder it runs in, where known.
    pub folder: Option<String>,
    /// The manifest that a command of an image build reads, when it installs or compiles.
    pub manifest: Option<FileId>,
    /// A package script or another command that is followed further stands behind it.
    pub expanded: bool,
}

impl StartCommand {
    /// The file name of its program, runners such as `npx` left out.
    pub fn program(&self) -> &str {
        let words = self.texts();
        let at = command_table().program_of(&words);
        self.words.get(at).map_or("", |w| file_name(&w.text))
    }

    /// Its words.
    pub fn texts(&self) -> Vec<&str> {
        self.words.iter().map(|w| w.text.as_str()).collect()
    }

    /// The rows of the command table that it matches.
    pub fn matches(&self) -> Vec<CommandMatch<'static>> {
        command_table().matches(&self.texts())
    }

    /// The row that gives it `class`.
    pub fn class(&self, class: CommandClass) -> Option<CommandMatch<'static>> {
        self.matches().into_iter().find(|m| m.row.class == class)
    }

    /// The command line, words joined by blanks.
    pub fn line(&self) -> String {
        self.texts().join(" ")
    }

    /// The words up to and including `last`, joined by blanks.
    pub fn head(&self, found: CommandMatch<'_>) -> String {
        let words = self.words.get(found.program..=found.last).unwrap_or(&self.words);
        let texts: Vec<&str> = words.iter().map(|w| w.text.as_str()).collect();
        match texts.split_first() {
            Some((first, rest)) => {
                std::iter::once(file_name(first)).chain(rest.iter().copied()).collect::<Vec<_>>().join(" ")
            }
            None => String::new(),
        }
    }

    /// True when it runs whatever the environment and the arguments say.
    pub fn is_unconditional(&self) -> bool {
        self.condition.as_ref().is_none_or(|c| c.variables.is_empty() && !c.on_arguments && !c.on_failure)
    }
}

/// A shell that is the container's first process.
#[derive(Clone, Debug)]
pub struct ShellInFront {
    /// How it is called: `sh`, `/bin/bash`.
    pub program: String,
    /// Its family; none when the base image is not known.
    pub family: Option<ShellFamily>,
    /// The base image has no shell at all.
    pub missing: bool,
    /// It stays in front of its last command, as far as that is certain.
    pub stays: bool,
    /// The command it stays in front of.
    pub tail: Vec<StartWord>,
    /// The init process in front of it.
    pub init: Option<String>,
    /// The text is one simple command without expansions, redirects and assignments.
    pub is_plain: bool,
    /// The instruction, or the value that holds the command.
    pub span: Span,
}

/// A script that is the container's first process, and stays in front of its last command.
#[derive(Clone, Debug)]
pub struct ScriptInFront {
    /// How it is called.
    pub program: String,
    /// Its last command, as written.
    pub tail: Vec<StartWord>,
    /// The last command, whole.
    pub span: Span,
    /// The arguments the script is given.
    pub arguments: Vec<StartWord>,
    /// The init process in front of it.
    pub init: Option<String>,
    /// What leads to it.
    pub via: Vec<Span>,
}
