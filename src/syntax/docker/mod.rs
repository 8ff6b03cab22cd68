//! Reads a Dockerfile into instructions with byte-true places, and never loses a file to an error.
//!
//! The authority is the Dockerfile reference and BuildKit's behaviour where the reference is silent: a doubled
//! escape character at a line's end continues nothing, comment and blank lines inside a continuation vanish, a
//! JSON array that is not valid JSON is a shell command. Unknown instructions are kept with a problem.
//!
//! All ranges are byte offsets into the text as given, a byte order mark included.

use serde::{Deserialize, Serialize};

use crate::source::{ByteRange, Spanned};
use crate::syntax::problem::Problem;
use crate::syntax::shell::Script;
use crate::syntax::text_map::TextMap;

mod body;
pub mod expand;
mod heredoc;
mod json;
mod lines;
mod settings;

#[cfg(test)]
mod tests;

pub use lines::parse_dockerfile;

/// A whole Dockerfile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dockerfile {
    /// The escape character: `\`, or a backtick after `# escape=`.
    pub escape: char,
    /// The value of `# syntax=`.
    pub syntax: Option<Spanned<String>>,
    /// The value of `# check=`.
    pub check: Option<Spanned<String>>,
    /// The instructions in order.
    pub instructions: Vec<Instruction>,
    /// Comments without `#`, trimmed, in order, those inside continuations and shell texts included; the range
    /// begins at `#`. Parser directives are none.
    pub comments: Vec<Spanned<String>>,
    /// What could not be read as meant; those of shell texts are in their scripts.
    pub problems: Vec<Problem>,
}

/// One instruction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Instruction {
    /// Which one.
    pub keyword: Keyword,
    /// The keyword as written.
    pub keyword_range: ByteRange,
    /// From the keyword to the last character, continuations and here-documents included, without the line end.
    pub range: ByteRange,
    /// `--name=value` before the arguments.
    pub flags: Vec<Flag>,
    /// The arguments.
    pub body: Body,
}

/// The instruction names of the Dockerfile reference, case ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each is named after its instruction")]
pub enum Keyword {
    Add,
    Arg,
    Cmd,
    Copy,
    Entrypoint,
    Env,
    Expose,
    From,
    Healthcheck,
    Label,
    Maintainer,
    Onbuild,
    Run,
    Shell,
    StopSignal,
    User,
    Volume,
    Workdir,
    /// Something else.
    Unknown,
}

/// A flag of an instruction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flag {
    /// Without the dashes, in lower case as written.
    pub name: String,
    /// What stands behind `=`, quotes and escapes removed.
    pub value: Option<String>,
    /// From the dashes to the end of the value.
    pub range: ByteRange,
}

/// The arguments of an instruction.
///
/// A `Spanned<String>` holds the argument as written, continuations joined, quotes and `$NAME` kept;
/// `docker_stages` expands and unquotes. Missing arguments are empty values with an empty range and a problem.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Body {
    /// `FROM image [AS name]`
    From {
        /// The base as written.
        image: Spanned<String>,
        /// The name behind `AS`.
        name: Option<Spanned<String>>,
    },
    /// `RUN`
    Run(CommandForm),
    /// `CMD`
    Cmd(CommandForm),
    /// `ENTRYPOINT`
    Entrypoint(CommandForm),
    /// `SHELL`; anything but the exec form is a problem.
    Shell(CommandForm),
    /// `HEALTHCHECK CMD …`, or nothing for `HEALTHCHECK NONE`.
    Healthcheck(Option<CommandForm>),
    /// `ENV`
    Env(Vec<Setting>),
    /// `LABEL`
    Label(Vec<Setting>),
    /// `ARG`
    Arg(Vec<Argument>),
    /// `COPY`
    Copy(Transfer),
    /// `ADD`
    Add(Transfer),
    /// `EXPOSE`, each port as written.
    Expose(Vec<Spanned<String>>),
    /// `VOLUME`, words or JSON strings.
    Volume(Vec<Spanned<String>>),
    /// `USER`
    User(Spanned<String>),
    /// `WORKDIR`
    Workdir(Spanned<String>),
    /// `STOPSIGNAL`
    StopSignal(Spanned<String>),
    /// `MAINTAINER`
    Maintainer(Spanned<String>),
    /// `ONBUILD` and what it holds back.
    Onbuild(Box<Instruction>),
    /// An unknown instruction, or one whose arguments have no known form.
    Unknown {
        /// The arguments as written, joined.
        text: String,
    },
}

/// A command in one of its two forms.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum CommandForm {
    /// Run by a shell.
    Shell {
        /// The command, continuations joined, comments dropped, without here-document bodies.
        text: String,
        /// From `text` to the file.
        map: TextMap,
        /// The command read as POSIX shell, here-documents included, with ranges in the file. A lone
        /// `RUN <<EOF` gives the commands of its body. Its problems are not in the Dockerfile's list, because
        /// the shell may be PowerShell; its comments are.
        script: Script,
        /// Here-documents in order (`RUN` only).
        heredocs: Vec<Heredoc>,
    },
    /// Run as it is: a JSON array of strings.
    Exec {
        /// The strings, decoded; each range includes the quotes.
        words: Vec<Spanned<String>>,
        /// For each word the way from its decoded text to the file, for reading `["sh", "-c", "…"]`.
        maps: Vec<TextMap>,
    },
}

/// `NAME=value` of `ENV` or `LABEL`, or the old `NAME value`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// The name, quotes removed.
    pub name: Spanned<String>,
    /// The value, quotes and escapes removed, `$NAME` kept; the range includes quotes.
    pub value: Spanned<String>,
    /// The value as written, joined: what expansion needs, because quotes decide about `$`.
    pub raw: String,
}

/// `NAME` or `NAME=default` of `ARG`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Argument {
    /// The name.
    pub name: Spanned<String>,
    /// The default, quotes and escapes removed, `$NAME` kept; the range includes quotes.
    pub default: Option<Spanned<String>>,
    /// The default as written, joined; empty without one.
    pub raw: String,
}

/// What `COPY` or `ADD` moves where.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transfer {
    /// Sources as written; a here-document is listed as `<<EOF`.
    pub sources: Vec<Spanned<String>>,
    /// The last argument.
    pub destination: Spanned<String>,
    /// Here-documents in order.
    pub heredocs: Vec<Heredoc>,
}

/// A here-document of `RUN`, `COPY` or `ADD`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Heredoc {
    /// The delimiter, quotes removed.
    pub name: Spanned<String>,
    /// Variables in it are expanded: the delimiter was not quoted.
    pub expand: bool,
    /// `<<-`: leading tabs are removed, in `content` too.
    pub strip_tabs: bool,
    /// The lines between; the range covers them as written, without the closing delimiter.
    pub content: Spanned<String>,
}

impl Keyword {
    /// The keyword of `word`, case ignored.
    pub fn from_word(word: &str) -> Self {
        match word.to_ascii_uppercase().as_str() {
            "ADD" => Self::Add,
            "ARG" => Self::Arg,
            "CMD" => Self::Cmd,
            "COPY" => Self::Copy,
            "ENTRYPOINT" => Self::Entrypoint,
            "ENV" => Self::Env,
            "EXPOSE" => Self::Expose,
            "FROM" => Self::From,
            "HEALTHCHECK" => Self::Healthcheck,
            "LABEL" => Self::Label,
            "MAINTAINER" => Self::Maintainer,
            "ONBUILD" => Self::Onbuild,
            "RUN" => Self::Run,
            "SHELL" => Self::Shell,
            "STOPSIGNAL" => Self::StopSignal,
            "USER" => Self::User,
            "VOLUME" => Self::Volume,
            "WORKDIR" => Self::Workdir,
            _ => Self::Unknown,
        }
    }
}

impl Instruction {
    /// The flag called `name`.
    pub fn flag(&self, name: &str) -> Option<&Flag> {
        self.flags.iter().find(|flag| flag.name == name)
    }
}
