//! What could be seen, by service and kind of fact. Absence is reported only where coverage is complete.

use serde::{Deserialize, Serialize};

use crate::discover::kind::FileKind;
use crate::source::{ByteRange, FileId};

/// How much of a kind of file was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CoverageState {
    /// All of it. A source file without a trigger word counts as read.
    Complete,
    /// Some of it.
    Partial,
    /// Nothing.
    None,
}

/// A part of the tree that could not be read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// The path, relative to the root.
    pub path: String,
    /// The file, when it has a number.
    pub file: Option<FileId>,
    /// What would have read it.
    pub kind: Option<FileKind>,
    /// The bytes that were not understood, when the file was read at all.
    pub range: Option<ByteRange>,
    /// Why, in words.
    pub reason: String,
    /// The fault is ours: a front-end broke on it.
    pub internal: bool,
}

/// Coverage of a run.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// All gaps, sorted.
    pub gaps: Vec<Gap>,
    /// Numbers of files found, by kind, sorted.
    pub files: Vec<(FileKind, usize)>,
}

impl Coverage {
    /// How much of `kind` was read below `folder` (empty for everywhere).
    pub fn state(&self, kind: FileKind, folder: &str) -> CoverageState {
        let gap = self
            .gaps
            .iter()
            .any(|gap| gap.kind == Some(kind) && crate::discover::is_below(&gap.path, folder));
        if gap { CoverageState::Partial } else { CoverageState::Complete }
    }

    /// True when every file of `kind` below `folder` was read whole.
    pub fn is_complete(&self, kind: FileKind, folder: &str) -> bool {
        self.state(kind, folder) == CoverageState::Complete
    }
}
