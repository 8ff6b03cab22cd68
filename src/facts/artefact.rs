//! What was read from a file, by kind of artefact.

use serde::{Deserialize, Serialize};

use super::code::CodeFacts;
use super::manifest::{CargoManifest, LockedPackage, NodeManifest};
use crate::syntax::doc::Parsed;

/// The facts of one file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Artefact {
    /// Nothing was read: the file holds no trigger word, or could not be parsed at all.
    #[default]
    None,
    /// Source code.
    Code(Box<CodeFacts>),
    /// `Cargo.toml`.
    CargoManifest(Box<CargoManifest>),
    /// `Cargo.lock`.
    CargoLock(Vec<LockedPackage>),
    /// `package.json`.
    NodeManifest(Box<NodeManifest>),
    /// A YAML, TOML or JSON document that is kept as a tree: compose files, tool configurations.
    Document(Box<Parsed>),
}
