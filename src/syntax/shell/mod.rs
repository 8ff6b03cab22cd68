//! Reads POSIX sh and bash commands into a tree that shows what would be started, and never fails.
//!
//! Made for `sh -c` strings, `RUN` lines and entrypoint scripts: it keeps commands, wrappers, redirects, variables
//! and control flow, and evaluates nothing. Grammar: POSIX.1-2017, *Shell Command Language*, plus the bash forms
//! people write in containers (`[[ ]]`, arrays, `$'…'`, `&>`, `<<<`, `function f {`).

use serde::{Deserialize, Serialize};

use crate::source::{ByteRange, Spanned};
use crate::syntax::problem::Problem;
use crate::syntax::text_map::TextMap;

mod commands;
mod compounds;
mod mapping;
mod simple;
mod words;

#[cfg(test)]
mod tests;

/// How deep compounds and substitutions may nest; deeper text is left unread, with a problem.
pub const MAX_DEPTH: usize = 64;

/// A list of commands: a whole text, or the inside of a substitution.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Script {
    /// What follows `#!` on the first line, trimmed.
    pub shebang: Option<String>,
    /// The commands in order; empty when the shebang names something that is no shell.
    pub items: Vec<Item>,
    /// Comments without `#`, trimmed; those of substitutions are kept in the outermost script.
    pub comments: Vec<Spanned<String>>,
    /// What could not be read; those of substitutions are kept in the outermost script.
    pub problems: Vec<Problem>,
}

/// One pipeline of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Commands joined by `|`, at least one.
    pub pipeline: Vec<Command>,
    /// An odd number of `!` stood before it.
    pub negated: bool,
    /// What stands behind it.
    pub connector_after: Connector,
    /// From the first `!` or word to the last word or redirect.
    pub range: ByteRange,
}

/// What joins a pipeline to the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Connector {
    /// Nothing: the text or the enclosing construct ends.
    End,
    /// `;`
    Semicolon,
    /// A line end. Kept apart from `;` because bash runs a `-c` text line by line.
    Newline,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `&`
    Background,
}

/// A simple or compound command with its redirects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// What it is.
    pub kind: CommandKind,
    /// Redirects in order, those in the middle of a simple command included.
    pub redirects: Vec<Redirect>,
    /// The whole command with its redirects (without here-document bodies).
    pub range: ByteRange,
}

/// Simple or compound.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum CommandKind {
    /// Assignments and words. `[[ … ]]` and `(( … ))` are simple commands too.
    Simple(SimpleCommand),
    /// Control flow.
    Compound(Compound),
}

/// Assignments, then words.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SimpleCommand {
    /// Leading `NAME=value`, with the name (`NAME+=` and `NAME[i]=` give `NAME`).
    pub assignments: Vec<(Spanned<String>, Word)>,
    /// Command name and arguments.
    pub words: Vec<Word>,
}

/// Control flow, or a function definition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compound {
    /// Which kind.
    pub keyword: Keyword,
    /// `for`: the variable, then the values. `case`: the subject, then all patterns. Otherwise empty.
    pub words: Vec<Word>,
    /// Lists whose status decides: of `if` and every `elif` in order, of `while`, of `until`.
    pub conditions: Vec<Item>,
    /// The lists that may run: of each `then`, of `else`, of each `case` arm, of a loop, group or function.
    pub bodies: Vec<Vec<Item>>,
    /// An `if` with `else`: its list is the last body.
    pub has_else: bool,
}

/// The kind of a compound command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Keyword {
    /// `if … then … fi`
    If,
    /// `for`, and bash's `select`
    For,
    /// `while`
    While,
    /// `until`
    Until,
    /// `case`
    Case,
    /// `( … )`
    Subshell,
    /// `{ …; }`
    Group,
    /// `name() …` or `function name …`; the body is a list with one item
    Function(String),
}

/// One word, quotes removed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// The word as written, quotes included.
    pub range: ByteRange,
    /// Quotes removed; expansions stay as written, such as `${PORT:-80}`.
    pub text: String,
    /// Something in it is expanded: a variable, a substitution or arithmetic.
    pub has_expansion: bool,
    /// Something in it was quoted or escaped.
    pub quoted: bool,
    /// Commands of `$(…)`, backticks, `<(…)` and `>(…)`, in order, nested ones inside the outer one.
    pub substitutions: Vec<Script>,
    /// Variables in order; those in defaults and arithmetic follow the one they belong to.
    pub variables: Vec<Variable>,
}

/// A variable that is read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Variable {
    /// `PORT`, or a special one: `@`, `*`, `#`, `?`, `1`.
    pub name: String,
    /// The operator behind the name: `:-`, `-`, `:=`, `:?`, `:+`, `#`, `%%`, `/` …
    pub operator: Option<String>,
    /// What stands behind the operator, quotes removed; present whenever the operator is.
    pub default: Option<String>,
    /// From `$` to the end of the name or the closing brace.
    pub range: ByteRange,
}

/// A redirect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Redirect {
    /// The number before the operator.
    pub fd: Option<u32>,
    /// `>`, `>>`, `>|`, `<`, `<>`, `<&`, `>&`, `&>`, `&>>`, `<<`, `<<-` or `<<<`.
    pub operator: String,
    /// File, descriptor or here-document delimiter.
    pub target: Word,
    /// From the number or operator to the end of the target.
    pub range: ByteRange,
    /// The body of a here-document, leading tabs removed for `<<-`; its range covers the body as written.
    pub heredoc: Option<Spanned<String>>,
}

/// Reads `text`; all ranges are byte offsets into `text`.
pub fn parse_shell(text: &str) -> Script {
    commands::parse(text, 0)
}

/// Reads `text`, which came from a source through `map`; all ranges are byte offsets into that source.
pub fn parse_shell_mapped(text: &str, map: &TextMap) -> Script {
    let mut script = commands::parse(text, 0);
    mapping::remap(&mut script, map);
    script
}

impl SimpleCommand {
    /// The command name, when it is known without expansion.
    pub fn name(&self) -> Option<&str> {
        self.words.first().filter(|word| !word.has_expansion).map(|word| word.text.as_str())
    }
}

impl Command {
    /// The simple command, when it is one.
    pub fn simple(&self) -> Option<&SimpleCommand> {
        match &self.kind {
            CommandKind::Simple(simple) => Some(simple),
            CommandKind::Compound(_) => None,
        }
    }
}

/// Calls `visit` for every command of `items`, outer before inner, those in substitutions included.
pub fn visit_commands<'a>(items: &'a [Item], visit: &mut dyn FnMut(&'a Command)) {
    for command in items.iter().flat_map(|item| &item.pipeline) {
        visit(command);
        let mut words: Vec<&Word> = command.redirects.iter().map(|redirect| &redirect.target).collect();
        match &command.kind {
            CommandKind::Simple(simple) => {
                words.extend(simple.assignments.iter().map(|(_, word)| word));
                words.extend(&simple.words);
            }
            CommandKind::Compound(compound) => {
                words.extend(&compound.words);
                visit_commands(&compound.conditions, visit);
                for body in &compound.bodies {
                    visit_commands(body, visit);
                }
            }
        }
        for script in words.iter().flat_map(|word| &word.substitutions) {
            visit_commands(&script.items, visit);
        }
    }
}
