//! Rendered text that still knows where each part of it is written.

use crate::source::{ByteRange, Span};
use crate::syntax::doc::{Parsed, parse_yaml};

/// Stands for what is not known before a release is made.
pub const UNKNOWN: char = '\u{E000}';

/// Stands for the name of the release: not known, and the same wherever it is used.
pub const RELEASE: char = '\u{E001}';

/// Stands for the namespace of the release.
pub const NAMESPACE: char = '\u{E002}';

/// A text and where it comes from.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Piece {
    /// The text.
    pub text: String,
    /// Where it is written.
    pub place: Option<Span>,
    /// The bytes at `place` are the text itself.
    pub exact: bool,
    /// The action or text of the rendered file itself that brought it here.
    pub via: Option<Span>,
    /// It stands only under a condition that is not known.
    pub maybe: bool,
}

impl Piece {
    pub fn new(text: impl Into<String>) -> Self {
        Piece { text: text.into(), ..Piece::default() }
    }

    /// Bytes `from..to` of it.
    fn part(&self, from: usize, to: usize) -> Piece {
        let text = self.text.get(from..to).unwrap_or("").to_owned();
        let cut = |span: Span| match span.range {
            Some(range) => {
                let start = range.start as usize;
                Span::new(span.file, ByteRange::new(start + from, start + to))
            }
            None => span,
        };
        let place = if self.exact { self.place.map(cut) } else { self.place };
        Piece { text, place, exact: self.exact, via: self.via, maybe: self.maybe }
    }
}

/// A text made of pieces.
pub(super) type Pieces = Vec<Piece>;

/// The whole text.
pub(super) fn joined(pieces: &[Piece]) -> String {
    pieces.iter().map(|p| p.text.as_str()).collect()
}

/// The text with `width` blanks before each line.
pub(super) fn indented(pieces: Pieces, width: usize) -> Pieces {
    let blanks = " ".repeat(width.min(200));
    let mut found = vec![Piece::new(blanks.clone())];
    for piece in pieces {
        let mut from = 0;
        for newline in memchr::memchr_iter(b'\n', piece.text.as_bytes()) {
            found.push(piece.part(from, newline + 1));
            found.push(Piece::new(blanks.clone()));
            from = newline + 1;
        }
        if from < piece.text.len() {
            found.push(piece.part(from, piece.text.len()));
        }
    }
    found
}

/// The text without the white space (or what `drop` accepts) at its ends.
pub(super) fn trimmed(pieces: Pieces, drop: impl Fn(char) -> bool, start: bool, end: bool) -> Pieces {
    let whole = joined(&pieces);
    let from = if start { whole.len() - whole.trim_start_matches(&drop).len() } else { 0 };
    let to = if end { whole.trim_end_matches(&drop).len() } else { whole.len() };
    slice(&pieces, from, to.max(from))
}

/// Bytes `from..to` of the text.
pub(super) fn slice(pieces: &[Piece], from: usize, to: usize) -> Pieces {
    let mut found = Vec::new();
    let mut at = 0;
    for piece in pieces {
        let (start, end) = (from.max(at), to.min(at + piece.text.len()));
        if start < end {
            found.push(piece.part(start - at, end - at));
        }
        at += piece.text.len();
    }
    found
}

/// A rendered file, read as YAML.
#[derive(Debug)]
pub struct Rendered {
    /// What it says.
    pub parsed: Parsed,
    segments: Vec<Segment>,
}

#[derive(Debug)]
struct Segment {
    start: usize,
    end: usize,
    place: Option<Span>,
    exact: bool,
    via: Option<Span>,
    maybe: bool,
}

/// Where a range of a rendered file comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Where it is written: a text of the template, or the value that an action prints.
    pub span: Span,
    /// The place in the template, when that is another one.
    pub via: Option<Span>,
    /// The bytes at `span` are the text itself.
    pub exact: bool,
    /// It stands only under a condition that is not known.
    pub maybe: bool,
}

impl Rendered {
    /// Reads `pieces` as YAML; lines that hold nothing but something unknown are taken for entries or items.
    pub(super) fn new(pieces: Pieces) -> Self {
        let pieces = settled(pieces);
        let mut text = String::new();
        let mut segments = Vec::new();
        for piece in pieces {
            let start = text.len();
            text.push_str(&piece.text);
            let Piece { place, exact, via, maybe, .. } = piece;
            segments.push(Segment { start, end: text.len(), place, exact, via, maybe });
        }
        Rendered { parsed: parse_yaml(&text), segments }
    }

    /// Where `range` of the rendered text comes from; none when nothing of it is written anywhere.
    pub fn source(&self, range: ByteRange) -> Option<Source> {
        let (start, end) = (range.start as usize, (range.end as usize).max(range.start as usize + 1));
        let first = self.segments.partition_point(|s| s.end <= start);
        let mut met = self.segments.get(first..).unwrap_or_default().iter().take_while(|s| s.start < end);
        let touched: Vec<&Segment> = met.by_ref().filter(|s| s.place.is_some()).collect();
        let head = touched.first()?;
        let maybe = head.maybe;
        let cut = |segment: &Segment, span: Span| match (segment.exact, span.range) {
            (true, Some(place)) => {
                let from = place.start as usize + start.saturating_sub(segment.start);
                let to = place.start as usize + end.min(segment.end) - segment.start;
                Span::new(span.file, ByteRange::new(from, to.max(from)))
            }
            _ => span,
        };
        let place = head.place?;
        if touched.len() == 1 {
            let span = cut(head, place);
            let via = head.via.filter(|via| via.file != span.file || via.range.is_none());
            return Some(Source { span, via, exact: head.exact, maybe });
        }
        // Several: from the first to the last place in the rendered file itself.
        let outer = |s: &&Segment| -> Option<Span> { s.via.or(s.place.map(|p| cut(s, p))) };
        let spans: Vec<Span> = touched.iter().filter_map(outer).collect();
        let file = spans.first()?.file;
        let ranges = spans.iter().filter(|s| s.file == file).filter_map(|s| s.range);
        let range = ranges.reduce(|a, b| a.to(b))?;
        let via = (touched.len() > 1 && place.file != file).then_some(place);
        Some(Source { span: Span::new(file, range), via, exact: false, maybe })
    }
}

/// Turns lines that hold nothing but [`UNKNOWN`] into an entry or item, by what stands beside them; others of them
/// are left out.
fn settled(pieces: Pieces) -> Pieces {
    let whole = joined(&pieces);
    if !whole.contains(UNKNOWN) {
        return pieces;
    }
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    let mut found = Vec::new();
    let mut at = 0;
    let mut number = 0;
    for (index, line) in lines.iter().enumerate() {
        let end = at + line.len();
        let content = line.trim();
        if !content.is_empty() && content.chars().all(|c| c == UNKNOWN) {
            number += 1;
            let indent = line.len() - line.trim_start().len();
            let blanks = " ".repeat(indent);
            match stands_as(&lines, index, indent) {
                Some(true) => found.push(Piece::new(format!("{blanks}- {UNKNOWN}\n"))),
                Some(false) => found.push(Piece::new(format!("{blanks}{UNKNOWN}{number}: {UNKNOWN}\n"))),
                None => {}
            }
        } else {
            found.extend(slice(&pieces, at, end));
        }
        at = end;
    }
    found
}

/// Whether a line of this indentation is an item (true) or an entry; none when neither fits.
fn stands_as(lines: &[&str], index: usize, indent: usize) -> Option<bool> {
    let bare = |line: &str| {
        let content = line.trim();
        content.is_empty() || content.starts_with('#') || content.chars().all(|c| c == UNKNOWN)
    };
    let width = |line: &str| line.len() - line.trim_start().len();
    let item = |line: &str| line.trim_start().starts_with("- ") || line.trim() == "-";
    let before = lines.get(..index)?.iter().rev().take(400).copied().filter(|l| !bare(l));
    let next = lines.get(index + 1..)?.iter().take(400).copied().find(|l| !bare(l));
    if let Some(next) = next.filter(|n| width(n) == indent) {
        return if next.starts_with("---") { None } else { Some(item(next)) };
    }
    for line in before {
        let own = width(line);
        if line.starts_with("---") {
            break;
        }
        if own == indent {
            return Some(item(line));
        }
        let content = own + if item(line) { 2 } else { 0 };
        if content == indent && item(line) {
            return Some(false);
        }
        if own < indent {
            // The first line below a key, or deeper inside an item: anything else would not be YAML.
            return line.trim_end().ends_with(':').then_some(false);
        }
    }
    (indent == 0).then_some(false)
}
