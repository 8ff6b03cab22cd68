//! YAML: events of `granit-parser` into a tree.

use std::collections::HashMap;

use granit_parser::{
    ErrorKind, Event, Options, Parser, ScalarStyle as Style, ScanError, Span, StructureStyle, Tag,
};

use super::build::{Builder, Collection};
use super::scalar::resolve_plain;
use super::{Format, MAX_DEPTH, Node, Parsed, ScalarKind, ScalarStyle, fit, too_deep};
use crate::source::{ByteRange, Spanned};

/// Reads `text` as a stream of YAML documents. A document with an error keeps what stands before the error; reading
/// resumes at the next `---`.
pub fn parse_yaml(text: &str) -> Parsed {
    let mut reader = Reader::new(text);
    let mut parser = Parser::new_from_str_with_options(text, options());
    while let Some(next) = parser.next_event() {
        let readable = match next {
            Ok((event, span)) => reader.event(event, &span),
            Err(error) => reader.error(&error),
        };
        if !readable {
            reader.end_document(reader.last_end);
            match parser.proceed_next_document() {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    reader.error(&error);
                    break;
                }
            }
        }
    }
    reader.end_document(text.len());
    reader.builder.parsed.sorted()
}

fn options() -> Options {
    let mut options = Options::default();
    options.emit_anchor_events = true;
    options.emit_unresolved_aliases = true;
    // A block at the end of the file ends as written, as the readers of compose and Kubernetes files have it.
    options.block_scalar_eof_without_line_feed = true;
    // Long runs of comments are ordinary in values files; the text itself bounds the buffer.
    options.max_buffered_comment_events = usize::MAX;
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_nesting_limit = MAX_DEPTH;
    options
}

struct Reader<'t> {
    text: &'t str,
    builder: Builder,
    /// The parser's anchor numbers to indices of `Parsed::anchors`.
    anchors: HashMap<usize, usize>,
    in_document: bool,
    /// End of the last node or marker.
    last_end: usize,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Self {
        let builder = Builder::new(Parsed::empty(Format::Yaml));
        Self { text, builder, anchors: HashMap::new(), in_document: false, last_end: 0 }
    }

    /// Takes one event in; false when the rest of the document must be skipped.
    fn event(&mut self, event: Event<'_>, span: &Span) -> bool {
        let range = self.range(span);
        match event {
            Event::DocumentStart(..) => {
                self.in_document = true;
                self.last_end = range.end as usize;
            }
            Event::DocumentEnd => self.end_document(self.last_end),
            Event::Comment(text, _) => {
                self.builder.parsed.comments.push(Spanned::new(text.trim().to_owned(), range));
            }
            Event::Anchor(id, name) => self.name_anchor(id, &name, range),
            Event::Alias(id) => {
                self.builder.alias(self.anchors.get(&id).copied(), range);
                self.last_end = range.end as usize;
            }
            Event::UnresolvedAlias(_) => {
                self.builder.alias(None, range);
                self.last_end = range.end as usize;
            }
            Event::Scalar(text, style, id, tag) => {
                let anchor = self.anchor(id);
                let node = self.scalar(text.into_owned(), style, tag.as_deref(), range, span);
                self.last_end = node.range.end as usize;
                self.builder.leaf(node, anchor);
            }
            Event::SequenceStart(style, id, tag) => {
                let flow = style == StructureStyle::Flow;
                let start = if flow { range.start as usize } else { self.dash(range.start as usize) };
                return self.open(Collection::Sequence, start, flow, tag.as_deref(), id);
            }
            Event::MappingStart(style, id, tag) => {
                let flow = style == StructureStyle::Flow;
                return self.open(Collection::Mapping, range.start as usize, flow, tag.as_deref(), id);
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(range),
            _ => {}
        }
        true
    }

    /// Records an error; always false.
    fn error(&mut self, error: &ScanError) -> bool {
        let offset = error.marker().byte_offset().unwrap_or(self.last_end);
        let message = match error.kind() {
            ErrorKind::RecursionLimitExceeded => too_deep(),
            _ => error.info(),
        };
        self.builder.parsed.problem(message, fit(self.text, offset, offset));
        false
    }

    fn end_document(&mut self, at: usize) {
        if std::mem::take(&mut self.in_document) {
            let at = fit(self.text, at, at).start as usize;
            self.builder.finish_document(at);
        }
    }

    fn open(&mut self, kind: Collection, start: usize, flow: bool, tag: Option<&Tag>, id: usize) -> bool {
        let anchor = self.anchor(id);
        let opened = self.builder.open(kind, start, flow, tag.map(Tag::original), anchor);
        if !opened {
            self.builder.parsed.problem(too_deep(), ByteRange::at(start));
        }
        opened
    }

    fn close(&mut self, range: ByteRange) {
        // An empty end marks a block, or a single pair inside brackets: both end with their last value.
        let end = (!range.is_empty()).then_some(range.end as usize);
        self.builder.close(end);
        self.last_end = end.unwrap_or(self.last_end);
    }

    fn anchor(&mut self, id: usize) -> Option<usize> {
        if id == 0 {
            return None;
        }
        let anchor = self.builder.anchor()?;
        self.anchors.insert(id, anchor);
        Some(anchor)
    }

    fn name_anchor(&mut self, id: usize, name: &str, range: ByteRange) {
        let anchors = &mut self.builder.parsed.anchors;
        if let Some(anchor) = self.anchors.get(&id).and_then(|index| anchors.get_mut(*index)) {
            anchor.name = name.to_owned();
            anchor.range = range;
        }
    }

    fn scalar(&self, text: String, style: Style, tag: Option<&Tag>, range: ByteRange, span: &Span) -> Node {
        let kind = match (style, tag) {
            // The parser writes `~` for a value that is not there.
            (Style::Plain, _) if range.is_empty() => resolve("", Style::Plain, tag),
            _ => resolve(&text, style, tag),
        };
        let range = match style {
            _ if range.is_empty() => self.absent(range, span),
            Style::Plain => trimmed(self.text, range),
            Style::Literal | Style::Folded => self.block(range, span),
            Style::SingleQuoted | Style::DoubleQuoted => range,
        };
        let mut node = match kind {
            None => Node::null(range),
            Some(kind) => Node::scalar(range, text, own_style(style), kind),
        };
        node.tag = tag.map(Tag::original);
        node
    }

    /// Where an empty scalar stands: its tag if it has one, otherwise behind the colon it belongs to.
    fn absent(&self, range: ByteRange, span: &Span) -> ByteRange {
        if let Some(tag) = span.tag_span() {
            return self.range(&tag);
        }
        let start = range.start as usize;
        let Some(key_end) = self.builder.pending_key_end() else { return range };
        let behind = self.text.get(key_end.max(start)..).unwrap_or("");
        let blank = behind.len() - behind.trim_start_matches([' ', '\t']).len();
        match behind.as_bytes().get(blank) {
            Some(b':') => ByteRange::at(key_end.max(start) + blank + 1),
            _ => range,
        }
    }

    /// From the indicator `|` or `>` to the end of the content.
    fn block(&self, content: ByteRange, span: &Span) -> ByteRange {
        let end = trimmed(self.text, content).end as usize;
        let before = self.text.get(..content.start as usize).unwrap_or("").trim_end();
        let line = before.rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let tag_end = span.tag_span().map_or(0, |tag| self.range(&tag).end as usize);
        let from = line.max(self.last_end).max(tag_end);
        let header = before.get(from..).unwrap_or("");
        let start = header.char_indices().find(|&(at, c)| {
            let rest = header.get(at + 1..).unwrap_or("");
            let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-'));
            matches!(c, '|' | '>') && (rest.is_empty() || rest.starts_with([' ', '\t']))
        });
        match start {
            Some((at, _)) => ByteRange::new(from + at, end.max(before.len())),
            None => ByteRange::new(content.start as usize, end),
        }
    }

    /// The dash of the first item of a block sequence whose event stands at `start`.
    fn dash(&self, start: usize) -> usize {
        let at = self.text.get(start..).unwrap_or("");
        if at.starts_with('-') && !at.starts_with("---") {
            return start;
        }
        let before = self.text.get(..start).unwrap_or("").trim_end();
        if before.ends_with('-') && before.len() > self.last_end { before.len() - 1 } else { start }
    }

    fn range(&self, span: &Span) -> ByteRange {
        let range = span.byte_range().unwrap_or(self.last_end..self.last_end);
        fit(self.text, range.start, range.end)
    }
}

/// The type of a scalar, or none for null.
fn resolve(text: &str, style: Style, tag: Option<&Tag>) -> Option<ScalarKind> {
    let typed =
        |tag: &Tag| ["int", "float", "bool", "null"].iter().any(|name| tag.is_yaml_core_schema_tag(name));
    let plain = style == Style::Plain;
    match tag {
        None if plain => resolve_plain(text),
        Some(tag) if typed(tag) || (plain && is_local(tag)) => resolve_plain(text),
        _ => Some(ScalarKind::Text),
    }
}

/// True for tags that say nothing about the type of a scalar, such as `!reset`; a bare `!` makes it text.
fn is_local(tag: &Tag) -> bool {
    !tag.is_yaml_core_schema() && tag.original() != "!"
}

fn own_style(style: Style) -> ScalarStyle {
    match style {
        Style::Plain => ScalarStyle::Plain,
        Style::SingleQuoted => ScalarStyle::SingleQuoted,
        Style::DoubleQuoted => ScalarStyle::DoubleQuoted,
        Style::Literal => ScalarStyle::Literal,
        Style::Folded => ScalarStyle::Folded,
    }
}

fn trimmed(text: &str, range: ByteRange) -> ByteRange {
    let start = range.start as usize;
    ByteRange::new(start, start + range.slice(text).trim_end().len())
}
