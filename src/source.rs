//! Places in source text: byte ranges inside one file, and spans that also name the file.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// A half-open range of byte offsets (0-based) into the text of one file.
///
/// The file is not named: facts about a file stay valid wherever the file is loaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ByteRange {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

impl ByteRange {
    /// The range from `start` to `end`, both clamped to what 32 bits hold; `end` is never before `start`.
    pub fn new(start: usize, end: usize) -> Self {
        let start = u32::try_from(start).unwrap_or(u32::MAX);
        let end = u32::try_from(end).unwrap_or(u32::MAX).max(start);
        Self { start, end }
    }

    /// An empty range at `offset`.
    pub fn at(offset: usize) -> Self {
        Self::new(offset, offset)
    }

    /// Number of bytes covered.
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// True when no byte is covered.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// True when `other` lies within this range.
    pub fn contains(self, other: ByteRange) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The smallest range that covers both.
    pub fn to(self, other: ByteRange) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The same range moved right by `offset` bytes.
    pub fn shifted(self, offset: usize) -> Self {
        Self::new(self.start as usize + offset, self.end as usize + offset)
    }

    /// The bytes of `text` it covers; empty when the range does not fit the text or cuts a character.
    pub fn slice(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or("")
    }
}

impl From<Range<usize>> for ByteRange {
    fn from(range: Range<usize>) -> Self {
        Self::new(range.start, range.end)
    }
}

/// A value and the bytes it was read from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Spanned<T> {
    /// The value, decoded (quotes and escapes removed).
    pub value: T,
    /// Where it stands, quotes included unless the maker says otherwise.
    pub range: ByteRange,
}

impl<T> Spanned<T> {
    /// Pairs a value with its place.
    pub fn new(value: T, range: ByteRange) -> Self {
        Self { value, range }
    }
}

/// Number of a file within one run; meaningless outside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// A place in one file of the run; without a range it means the whole file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// The bytes, or none for the whole file.
    pub range: Option<ByteRange>,
}

impl Span {
    /// A span over `range` in `file`.
    pub fn new(file: FileId, range: ByteRange) -> Self {
        Self { file, range: Some(range) }
    }

    /// A span that means the whole of `file`.
    pub fn whole(file: FileId) -> Self {
        Self { file, range: None }
    }
}
