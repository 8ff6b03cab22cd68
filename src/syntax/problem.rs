//! What a parser could not make sense of: said once, with its place, while the rest of the tree stays usable.

use serde::{Deserialize, Serialize};

use crate::source::ByteRange;

/// One thing a parser stumbled over. It never means that the file was lost: what could be read is in the tree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What is wrong, in lower case and without a full stop.
    pub message: String,
    /// Where, in the coordinates of the tree it came with.
    pub range: ByteRange,
}

impl Problem {
    /// A problem at `range`.
    pub fn new(message: impl Into<String>, range: ByteRange) -> Self {
        Self { message: message.into(), range }
    }
}
