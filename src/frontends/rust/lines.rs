//! Byte offsets of spans.
//!
//! `Span::byte_range` keeps a growing map of every offset it was ever asked for; lines and columns come from a
//! sorted list. On a line of ASCII a column is a byte, so the slow way remains for the other lines only.

use proc_macro2::{LineColumn, Span};

use crate::source::ByteRange;

/// Where the lines of a text start.
pub struct Lines {
    /// First byte of each line, and whether the line is ASCII.
    starts: Vec<(usize, bool)>,
    /// Bytes of the file in front of the text.
    offset: usize,
}

impl Lines {
    pub fn new(content: &str, offset: usize) -> Self {
        let mut starts = Vec::new();
        let mut at = 0;
        for line in content.split_inclusive('\n') {
            starts.push((at, line.is_ascii()));
            at += line.len();
        }
        starts.push((at, true));
        Self { starts, offset }
    }

    /// The bytes of a span in the file.
    pub fn range(&self, span: Span) -> ByteRange {
        let range = match (self.byte(span.start()), self.byte(span.end())) {
            (Some(start), Some(end)) => ByteRange::new(start, end),
            _ => ByteRange::from(span.byte_range()),
        };
        range.shifted(self.offset)
    }

    fn byte(&self, place: LineColumn) -> Option<usize> {
        let (start, is_ascii) = *self.starts.get(place.line.checked_sub(1)?)?;
        is_ascii.then_some(start + place.column)
    }
}
