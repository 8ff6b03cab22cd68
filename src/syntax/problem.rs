//! What a parser could not read.

use serde::{Deserialize, Serialize};

use crate::source::ByteRange;

/// A part of a file that could not be read; reading went on behind it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What is wrong, in lower case, without a full stop.
    pub message: String,
    /// The bytes that were not understood.
    pub range: ByteRange,
}

impl Problem {
    /// A problem at `range`.
    pub fn new(message: impl Into<String>, range: ByteRange) -> Self {
        Self { message: message.into(), range }
    }
}
