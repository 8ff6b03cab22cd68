//! What was read from a file, by kind of artefact.

use serde::{Deserialize, Serialize};

use super::code::CodeFacts;

/// The facts of one file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Artefact {
    /// Nothing was read: the file holds no trigger word, or could not be parsed at all.
    #[default]
    None,
    /// Source code.
    Code(Box<CodeFacts>),
}
