//! From a joined text back to the file: which source bytes a piece of decoded or joined text came from.
//!
//! A shell command inside a Dockerfile has lost its continuations and comment lines, one inside a YAML scalar or
//! a JSON string has lost its escapes. Readers work on the joined text; reports need the file's own bytes.

use serde::{Deserialize, Serialize};

use crate::source::ByteRange;

/// A run of text and the source bytes behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Offset in the joined text.
    pub text: u32,
    /// Length in the joined text.
    pub text_len: u32,
    /// Offset in the source.
    pub source: u32,
    /// Length in the source; differs from `text_len` only where the text was decoded (an escape).
    pub source_len: u32,
}

/// Segments in text order, gapless on the text side.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextMap {
    segments: Vec<Segment>,
}

impl TextMap {
    /// A map for text that stands in the source unchanged, beginning at `source`.
    pub fn at(source: usize, len: usize) -> Self {
        let mut map = Self::default();
        map.push(0, source, len);
        map
    }

    /// Adds `len` bytes copied unchanged: text offset, source offset. Must be called in text order.
    pub fn push(&mut self, text: usize, source: usize, len: usize) {
        let contiguous = self.segments.last().is_some_and(|last| {
            last.text_len == last.source_len
                && (last.text + last.text_len) as usize == text
                && (last.source + last.source_len) as usize == source
        });
        let len = clamp(len);
        match self.segments.last_mut().filter(|_| contiguous) {
            Some(last) => {
                last.text_len = last.text_len.saturating_add(len);
                last.source_len = last.source_len.saturating_add(len);
            }
            None => self.segments.push(Segment {
                text: clamp(text),
                text_len: len,
                source: clamp(source),
                source_len: len,
            }),
        }
    }

    /// Adds a run whose length changed on the way: `text_len` bytes of text stand for `source_len` source bytes.
    pub fn push_decoded(&mut self, text: usize, text_len: usize, source: usize, source_len: usize) {
        self.segments.push(Segment {
            text: clamp(text),
            text_len: clamp(text_len),
            source: clamp(source),
            source_len: clamp(source_len),
        });
    }

    /// The segments, in text order.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// The source bytes behind `range` of the text: from its first to its last byte, with whatever the joining
    /// dropped in between. An empty range stays empty.
    pub fn source_range(&self, range: ByteRange) -> ByteRange {
        let start = self.source_start(range.start);
        if range.is_empty() {
            return ByteRange { start, end: start };
        }
        ByteRange { start, end: self.source_end(range.end).max(start) }
    }

    /// Adds `len` bytes that stand unchanged at `middle` in another joined text, which `outer` leads to its
    /// source: the pieces keep their own places, so nested joins stay byte-true.
    pub fn push_through(&mut self, text: usize, outer: &TextMap, middle: usize, len: usize) {
        let (middle, stop) = (clamp(middle), clamp(middle.saturating_add(len)));
        let first = outer.segments.partition_point(|segment| segment.text + segment.text_len <= middle);
        for segment in outer.segments.iter().skip(first).take_while(|segment| segment.text < stop) {
            let start = segment.text.max(middle);
            let end = (segment.text + segment.text_len).min(stop);
            let at = text + (start - middle) as usize;
            if segment.text_len == segment.source_len {
                let source = segment.source + (start - segment.text);
                self.push(at, source as usize, (end - start) as usize);
            } else {
                let (source, source_len) = (segment.source as usize, segment.source_len as usize);
                self.push_decoded(at, (end - start) as usize, source, source_len);
            }
        }
    }

    fn find(&self, offset: u32) -> Option<&Segment> {
        let behind = self.segments.partition_point(|segment| segment.text <= offset);
        behind.checked_sub(1).and_then(|index| self.segments.get(index)).or(self.segments.first())
    }

    fn source_start(&self, offset: u32) -> u32 {
        let Some(segment) = self.find(offset) else { return 0 };
        let within = offset.saturating_sub(segment.text);
        if within >= segment.text_len || segment.text_len != segment.source_len {
            return match within >= segment.text_len {
                true => segment.source.saturating_add(segment.source_len),
                false => segment.source,
            };
        }
        segment.source.saturating_add(within)
    }

    /// An end belongs to the byte before it, so that a range never reaches over a dropped continuation.
    fn source_end(&self, offset: u32) -> u32 {
        let Some(segment) = self.find(offset.saturating_sub(1)) else { return 0 };
        let within = offset.saturating_sub(segment.text);
        if within >= segment.text_len || segment.text_len != segment.source_len {
            return segment.source.saturating_add(segment.source_len);
        }
        segment.source.saturating_add(within)
    }
}

fn clamp(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}
