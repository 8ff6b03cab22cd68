//! Compose projects: which compose files belong together, and what they say once merged.
//!
//! Compose files of one folder are one project, together with what they reach by `extends.file` and `include`. How
//! the files of a folder make up environments is told in [`project`]; the merge rules are in [`merge`]. Variables
//! take their values from the `.env` file of the project's folder and never from our own environment.

mod fields;
mod interpolate;
mod load;
mod merge;
mod model;
mod parts;
mod project;
mod read;
#[cfg(test)]
mod tests;
mod tree;

use crate::discover::role::Role;
use crate::source::{FileId, Span, Spanned};
use crate::syntax::doc::Parsed;
use crate::syntax::dotenv::{DotEnv, EnvEntry, Quote};

pub use super::located::Located;
pub use interpolate::Operator;
pub use model::*;
pub use parts::*;
pub use project::{link, referenced_files};
pub(in crate::world) use tree::inner;

/// A compose file that was read.
#[derive(Clone, Copy, Debug)]
pub struct ComposeFile<'a> {
    /// Its number.
    pub file: FileId,
    /// Its path, relative to the root.
    pub path: &'a str,
    /// The role of its path.
    pub role: Role,
    /// What it says.
    pub document: &'a Parsed,
}

/// A line of a `.env` file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvPair {
    /// The variable.
    pub name: Located<String>,
    /// Its value, quotes undone.
    pub value: Located<String>,
    /// The value holds no variables (single quotes).
    pub literal: bool,
}

impl EnvPair {
    /// The settings of a `.env` file in order.
    pub fn of(file: FileId, settings: &DotEnv) -> Vec<EnvPair> {
        let located = |text: &Spanned<String>| Located::new(text.value.clone(), Span::new(file, text.range));
        let pair = |entry: &EnvEntry| EnvPair {
            name: located(&entry.key),
            value: located(&entry.value),
            literal: entry.quote == Quote::Single,
        };
        settings.entries.iter().map(pair).collect()
    }
}

/// The files of the `.env` family in the repository.
pub trait EnvFiles {
    /// The number of the file at `path`, relative to the root.
    fn file_at(&self, path: &str) -> Option<FileId>;
    /// What the file at `path` sets, in order; none when there is no such file or it was not read.
    fn entries(&self, path: &str) -> Option<Vec<EnvPair>>;
}

/// Something that could not be followed, so that the environment is not known completely.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unresolved {
    /// What and why, in lower case, without a full stop.
    pub message: String,
    /// Where it is asked for.
    pub span: Span,
}
