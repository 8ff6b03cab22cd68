//! TOML: the recovering parser of `toml` into a tree.

use std::ops::Range;

use toml::Spanned as TomlSpanned;
use toml::de::{DeTable, DeValue};

use super::toml_scan::scan;
use super::{
    Document, Entry, Format, Node, NodeValue, Parsed, ScalarKind, ScalarStyle, build::shown, fit, too_deep,
};
use crate::source::ByteRange;

/// Reads `text` as TOML. Values that are missing or wrong are null or text, with a problem; a statement that nests
/// too deeply ends the reading.
pub fn parse_toml(text: &str) -> Parsed {
    let mut parsed = Parsed::empty(Format::Toml);
    let scan = scan(text);
    parsed.comments = scan.comments;
    let mut readable = text;
    if let Some(limit) = scan.too_deep {
        readable = text.get(..limit.statement).unwrap_or("");
        parsed.problem(too_deep(), fit(text, limit.at, limit.at));
    }
    let (table, errors) = DeTable::parse_recoverable(readable);
    for error in errors {
        let range = error.span().unwrap_or(0..0);
        parsed.problem(shown(error.message()), fit(text, range.start, range.end));
    }
    let (entries, extent) = Converter { text }.entries(table.into_inner());
    let range = extent.whole.unwrap_or_default();
    parsed.documents.push(Document { root: Node::new(range, NodeValue::Mapping(entries)) });
    parsed.sorted()
}

/// Which bytes the entries of a table cover.
#[derive(Default)]
struct Extent {
    /// All entries.
    whole: Option<ByteRange>,
    /// The entries that have no header of their own.
    body: Option<ByteRange>,
}

impl Extent {
    fn add(&mut self, range: ByteRange, in_body: bool) {
        let cover = |known: Option<ByteRange>| Some(known.map_or(range, |known| known.to(range)));
        self.whole = cover(self.whole);
        if in_body {
            self.body = cover(self.body);
        }
    }
}

/// A node, and whether it stands in the body of the table around it rather than under a header of its own.
struct Converted {
    node: Node,
    in_body: bool,
}

struct Converter<'t> {
    text: &'t str,
}

impl Converter<'_> {
    fn entries(&self, table: DeTable<'_>) -> (Vec<Entry>, Extent) {
        let mut extent = Extent::default();
        let mut entries: Vec<Entry> = Vec::with_capacity(table.len());
        for (key, value) in table {
            let range = self.range(key.span());
            let style = self.quoting(range);
            let key = Node::scalar(range, key.into_inner().into_owned(), style, ScalarKind::Text);
            let value = self.value(value, ByteRange::at(range.end as usize));
            extent.add(range.to(value.node.range), value.in_body);
            entries.push(Entry { key, value: value.node });
        }
        entries.sort_by_key(|entry| entry.key.range);
        (entries, extent)
    }

    /// Converts a value; `absent` is where it stands if there is none.
    fn value(&self, value: TomlSpanned<DeValue<'_>>, absent: ByteRange) -> Converted {
        let range = self.range(value.span());
        let node = match value.into_inner() {
            DeValue::Table(table) => return self.table(table, range),
            DeValue::Array(array) => {
                let items = array.into_iter().map(|item| self.value(item, range).node).collect();
                return self.array(items, range);
            }
            _ if range.is_empty() => Node::null(if range.end == 0 { absent } else { range }),
            DeValue::String(text) => self.leaf(range, text.into_owned(), ScalarKind::Text),
            DeValue::Integer(number) => self.leaf(range, number.to_string(), ScalarKind::Integer),
            DeValue::Float(number) => self.leaf(range, number.as_str().to_owned(), ScalarKind::Float),
            DeValue::Datetime(_) => self.leaf(range, range.slice(self.text).to_owned(), ScalarKind::Datetime),
            DeValue::Boolean(_) => {
                // After an error the parser guesses a truth value from the first letter.
                let text = range.slice(self.text);
                let known = matches!(text, "true" | "false");
                let kind = if known { ScalarKind::Boolean } else { ScalarKind::Text };
                self.leaf(range, text.to_owned(), kind)
            }
        };
        Converted { node, in_body: true }
    }

    /// A table in braces, under a header, or implied by a dotted key.
    fn table(&self, table: DeTable<'_>, range: ByteRange) -> Converted {
        let written = range.slice(self.text);
        let inline = written.starts_with('{');
        let header = written.starts_with('[');
        let (entries, extent) = self.entries(table);
        let in_body = inline || (!header && extent.body.is_some());
        let covered = match (inline, header) {
            (true, _) => range,
            (_, true) => extent.body.map_or(range, |body| range.to(body)),
            _ => extent.whole.unwrap_or(range),
        };
        let node = Node { range: covered, tag: None, flow: inline, value: NodeValue::Mapping(entries) };
        Converted { node, in_body }
    }

    /// An array in brackets, or one of tables: then the place of its first header is also the array's.
    fn array(&self, items: Vec<Node>, range: ByteRange) -> Converted {
        let of_tables = items.first().is_some_and(|item| item.range.start == range.start);
        let covered = match items.last() {
            Some(last) if of_tables => range.to(last.range),
            _ => range,
        };
        let node = Node { range: covered, tag: None, flow: !of_tables, value: NodeValue::Sequence(items) };
        Converted { node, in_body: !of_tables }
    }

    fn leaf(&self, range: ByteRange, text: String, kind: ScalarKind) -> Node {
        Node::scalar(range, text, self.quoting(range), kind)
    }

    fn quoting(&self, range: ByteRange) -> ScalarStyle {
        match range.slice(self.text).as_bytes().first() {
            Some(b'"') => ScalarStyle::DoubleQuoted,
            Some(b'\'') => ScalarStyle::SingleQuoted,
            _ => ScalarStyle::Plain,
        }
    }

    fn range(&self, range: Range<usize>) -> ByteRange {
        fit(self.text, range.start, range.end)
    }
}
