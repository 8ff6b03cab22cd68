//! One spanned tree for YAML, TOML and JSON.
//!
//! Reading never fails: what can be read becomes a tree, the rest becomes problems with their places. Offsets are
//! bytes of the text as it was given, byte order mark included. A tree is never deeper than [`MAX_DEPTH`], aliases
//! are kept as references, and [`NodeRef`] follows them: a walk over the whole view visits at most
//! [`MAX_EXPANDED`] nodes beyond those written in the file, whatever the file says.

use serde::{Deserialize, Serialize};

use crate::source::{ByteRange, Spanned};
use crate::syntax::problem::Problem;

mod build;
mod json;
mod scalar;
#[cfg(test)]
mod tests;
mod toml;
mod toml_scan;
mod view;
mod yaml;

pub use json::parse_json;
pub use toml::parse_toml;
pub use view::{EntryRef, NodeRef};
pub use yaml::parse_yaml;

/// Deepest nesting of collections that is kept, counted through aliases; deeper parts are a problem.
pub const MAX_DEPTH: usize = 128;

/// Most nodes that all aliases of one file together may stand for; aliases past that resolve to nothing.
pub const MAX_EXPANDED: usize = 1_000_000;

/// Most anchors of one file that aliases can refer to.
pub const MAX_ANCHORS: usize = 10_000;

/// Most problems recorded for one file; the first ones are kept.
pub const MAX_PROBLEMS: usize = 100;

/// The language a text was read as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Format {
    /// YAML 1.2 with the merge keys of 1.1.
    Yaml,
    /// TOML.
    Toml,
    /// JSON, also with comments and trailing commas.
    Json,
}

/// Everything read from one text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Parsed {
    /// The language it was read as.
    pub format: Format,
    /// The documents in order; exactly one for TOML, at most one for JSON, any number for YAML.
    pub documents: Vec<Document>,
    /// Where aliases lead; indexed by [`NodeValue::Alias`].
    pub anchors: Vec<Anchor>,
    /// The comments in order, trimmed and without their markers; the range covers the markers.
    pub comments: Vec<Spanned<String>>,
    /// What could not be read or is ambiguous, in order of position.
    pub problems: Vec<Problem>,
}

/// One document of a text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// Its only node; null when the document is empty or nothing of it could be read.
    pub root: Node,
}

/// A value and its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// The bytes of the value: with quotes, brackets or block indicator, without anchor and tag, without trailing
    /// white space. A block collection reaches from its first key or dash to the end of its last value; a TOML table
    /// from its header to the last value under that header. An absent value has an empty range where it would stand;
    /// a tag without a value has the range of the tag.
    pub range: ByteRange,
    /// The tag as written (`!reset`, `!!str`), YAML only.
    pub tag: Option<String>,
    /// True for a collection written with brackets.
    pub flow: bool,
    /// What it holds.
    pub value: NodeValue,
}

/// What a node holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum NodeValue {
    /// Null, written or absent.
    Null,
    /// A string, number, truth value or date.
    Scalar(Scalar),
    /// The items in order.
    Sequence(Vec<Node>),
    /// The entries in order of position, merge keys unapplied, duplicates kept.
    Mapping(Vec<Entry>),
    /// A reference to an index of [`Parsed::anchors`]; none if the anchor is unknown, contains the alias itself, or
    /// is too large to be followed.
    Alias(Option<usize>),
}

/// A value without parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scalar {
    /// The text with quotes, escapes and folding undone; of a TOML number without underscores.
    pub text: String,
    /// How it is written.
    pub style: ScalarStyle,
    /// Its type.
    pub kind: ScalarKind,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ScalarStyle {
    /// Without quotes.
    Plain,
    /// In single quotes, one or three.
    SingleQuoted,
    /// In double quotes, one or three.
    DoubleQuoted,
    /// A YAML block with `|`.
    Literal,
    /// A YAML block with `>`.
    Folded,
}

/// The type of a scalar: by the core schema in YAML, by the grammar in TOML and JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ScalarKind {
    /// Text; everything quoted, and `yes`, `no`, `on`, `off`.
    Text,
    /// A whole number, of any size.
    Integer,
    /// A number with a fraction or exponent, infinity, not-a-number.
    Float,
    /// True or false.
    Boolean,
    /// A TOML date, time or both.
    Datetime,
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// The key; in YAML it may be any node.
    pub key: Node,
    /// The value; null when absent.
    pub value: Node,
}

/// The place of a node that aliases may refer to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Anchor {
    /// The name without `&`.
    pub name: String,
    /// The bytes of `&name`.
    pub range: ByteRange,
    document: usize,
    /// From the root: the number of an item, or twice the number of an entry, plus one for its value.
    path: Vec<u32>,
}

impl Node {
    pub(crate) fn null(range: ByteRange) -> Self {
        Self::new(range, NodeValue::Null)
    }

    pub(crate) fn new(range: ByteRange, value: NodeValue) -> Self {
        Self { range, tag: None, flow: false, value }
    }

    pub(crate) fn scalar(range: ByteRange, text: String, style: ScalarStyle, kind: ScalarKind) -> Self {
        Self::new(range, NodeValue::Scalar(Scalar { text, style, kind }))
    }
}

impl Parsed {
    pub(crate) fn empty(format: Format) -> Self {
        Self {
            format,
            documents: Vec::new(),
            anchors: Vec::new(),
            comments: Vec::new(),
            problems: Vec::new(),
        }
    }

    /// Records a problem unless there are too many already.
    pub(crate) fn problem(&mut self, message: impl Into<String>, range: ByteRange) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem::new(message, range));
        }
    }

    pub(crate) fn sorted(mut self) -> Self {
        self.comments.sort_by_key(|comment| comment.range);
        self.problems.sort_by_key(|problem| problem.range);
        self
    }
}

/// `start..end` moved into `text` and onto character boundaries.
pub(crate) fn fit(text: &str, start: usize, end: usize) -> ByteRange {
    ByteRange::new(text.floor_char_boundary(start), text.floor_char_boundary(end))
}

/// The message of a part that is nested too deeply.
pub(crate) fn too_deep() -> String {
    format!("nested deeper than {MAX_DEPTH} levels, the rest is not read")
}
