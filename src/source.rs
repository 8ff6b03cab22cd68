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

/// The texts of a run's files by [`FileId`], each with its path relative to the root.
#[derive(Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
}

#[derive(Debug)]
struct SourceFile {
    path: String,
    text: std::sync::OnceLock<Text>,
}

/// A text with the offsets at which its lines start.
#[derive(Debug)]
pub struct Text {
    /// UTF-8 text of the same length in bytes as the file; bytes that are no UTF-8 are shown as `?`.
    pub text: String,
    line_starts: Vec<u32>,
    /// Characters before each [`BLOCK`] of bytes, so that a line of a megabyte is not counted again for each place.
    characters: Vec<u32>,
}

/// Bytes between two counts of characters.
const BLOCK: usize = 4096;

fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| (**byte as i8) >= -64).count()
}

impl Text {
    /// Indexes the lines of `text`.
    pub fn new(text: String) -> Self {
        let mut line_starts = vec![0];
        for at in memchr::memchr_iter(b'\n', text.as_bytes()) {
            line_starts.push(u32::try_from(at + 1).unwrap_or(u32::MAX));
        }
        let mut counted = 0_u32;
        let characters = text.as_bytes().chunks(BLOCK).map(|block| {
            let before = counted;
            counted = counted.saturating_add(u32::try_from(characters(block)).unwrap_or(u32::MAX));
            before
        });
        let characters = characters.collect();
        Self { text, line_starts, characters }
    }

    /// Characters that begin before byte `offset`.
    fn characters_before(&self, offset: usize) -> usize {
        let block = (offset / BLOCK).min(self.characters.len().saturating_sub(1));
        let counted = self.characters.get(block).copied().unwrap_or(0) as usize;
        counted + characters(self.text.as_bytes().get(block * BLOCK..offset).unwrap_or_default())
    }

    /// Line and column of byte `offset`, both 1-based; the column counts Unicode scalar values. A byte order mark is no
    /// column: editors do not show it.
    pub fn position(&self, offset: u32) -> (usize, usize) {
        let line = self.line_starts.partition_point(|start| *start <= offset).max(1);
        let start = self.line_starts.get(line - 1).copied().unwrap_or(0) as usize;
        let mark = if line == 1 && self.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let end = (offset as usize).min(self.text.len()).max(start + mark);
        (line, self.characters_before(end) - self.characters_before(start + mark) + 1)
    }

    /// The bytes of line `line` (1-based), its end of line left out; empty when there is no such line.
    pub fn line_range(&self, line: usize) -> ByteRange {
        let start = self.line_starts.get(line.wrapping_sub(1)).copied().unwrap_or(0) as usize;
        let end =
            self.line_starts.get(line).map_or(self.text.len(), |next| (*next as usize).saturating_sub(1));
        let text = self.text.get(start..end).unwrap_or("");
        ByteRange::new(start, start + text.strip_suffix('\r').unwrap_or(text).len())
    }

    /// How many lines there are; at least 1.
    pub fn line_count(&self) -> usize {
        self.line_starts.len()
    }
}

/// Decodes file bytes: invalid UTF-8 becomes `?` byte by byte, so that offsets stay those of the file.
///
/// Gives the text and the range of the first invalid byte, if any.
pub fn decode(bytes: Vec<u8>) -> (String, Option<ByteRange>) {
    match String::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let first = error.utf8_error().valid_up_to();
            let mut bytes = error.into_bytes();
            let mut from = 0;
            while let Err(error) = std::str::from_utf8(bytes.get(from..).unwrap_or_default()) {
                from += error.valid_up_to();
                let bad = error.error_len().unwrap_or(bytes.len() - from).max(1);
                for byte in bytes.iter_mut().skip(from).take(bad) {
                    *byte = b'?';
                }
                from += bad;
            }
            (String::from_utf8(bytes).unwrap_or_default(), Some(ByteRange::new(first, first + 1)))
        }
    }
}

impl SourceMap {
    /// Adds a file without its text and gives its number.
    pub fn add(&mut self, path: String) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        self.files.push(SourceFile { path, text: std::sync::OnceLock::new() });
        id
    }

    /// The path of a file, relative to the root; empty for an unknown number.
    pub fn path(&self, file: FileId) -> &str {
        self.files.get(file.0 as usize).map_or("", |f| f.path.as_str())
    }

    /// The text of a file, made by `load` when it is asked for the first time.
    pub fn text(&self, file: FileId, load: impl FnOnce(&str) -> String) -> Option<&Text> {
        let file = self.files.get(file.0 as usize)?;
        Some(file.text.get_or_init(|| Text::new(load(&file.path))))
    }
}

#[cfg(test)]
mod tests {
    use super::{Text, decode};

    #[test]
    fn positions_count_characters() {
        let text = Text::new("a\n中文x\r\nlast".into());
        assert_eq!(text.position(0), (1, 1));
        assert_eq!(text.position(8), (2, 3));
        assert_eq!(text.position(11), (3, 1));
        assert_eq!(text.line_range(2).slice(&text.text), "中文x");
        assert_eq!(text.line_range(3).slice(&text.text), "last");
    }

    #[test]
    fn positions_on_long_lines_and_behind_a_byte_order_mark() {
        let long = Text::new(format!("x\n{}y", "中".repeat(5_000)));
        assert_eq!(long.position(2 + 15_000), (2, 5_001));
        assert_eq!(long.position(2 + 3 * 4_000), (2, 4_001));
        let marked = Text::new("\u{feff}ab\ncd".into());
        assert_eq!(marked.position(0), (1, 1));
        assert_eq!(marked.position(4), (1, 2));
        assert_eq!(marked.position(7), (2, 2));
    }

    #[test]
    fn invalid_bytes_keep_offsets() {
        let (text, bad) = decode(b"ab\xff\xfecd\xe4\xb8".to_vec());
        assert_eq!(text, "ab??cd??");
        assert_eq!(bad.map(|r| r.start), Some(2));
    }
}
