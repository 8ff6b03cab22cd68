//! What manifests say, owned, each value with the place it is written in, whether a file, a template or an overlay
//! brought it.

use crate::source::{ByteRange, FileId, Span};
use crate::syntax::doc::NodeRef;
use crate::world::compose::inner;

use super::helm::{NAMESPACE, RELEASE, Rendered, UNKNOWN};

/// Most nodes that are kept of one document.
pub const MAX_NODES: usize = 20_000;

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    /// Where it is written; the place in `values.yaml` for a value that a template only prints.
    pub span: Span,
    /// The place in the template that brings the value here, when that is another one.
    pub via: Option<Span>,
    /// It stands only under a condition that is not known.
    pub maybe: bool,
    /// What it holds.
    pub value: Value,
}

/// What a tree holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// Something that only a release or a tool decides.
    Unknown,
    /// A text; parts that are not known are placeholders.
    Scalar {
        /// The text, quotes undone.
        text: String,
        /// It is written without quotes: a number or truth value if it looks like one.
        plain: bool,
        /// The bytes at its place are the text itself.
        exact: bool,
    },
    /// Items in order; more of them may stand there when `open`.
    Sequence {
        /// The items.
        items: Vec<Tree>,
        /// There may be more.
        open: bool,
    },
    /// Entries in order; more of them may stand there when `open`.
    Mapping {
        /// The entries.
        members: Vec<Member>,
        /// There may be more.
        open: bool,
    },
}

/// An entry of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The key.
    pub key: String,
    /// Where the key is written.
    pub key_span: Span,
    /// The value.
    pub tree: Tree,
}

/// Where the nodes of a document are written.
#[derive(Clone, Copy)]
pub(super) enum Origin<'a> {
    /// In this file, as they stand.
    File(FileId),
    /// In the templates and values behind a rendered text.
    Rendered(&'a Rendered, FileId),
}

impl Origin<'_> {
    fn place(&self, range: ByteRange, exact: bool) -> (Span, Option<Span>, bool, bool) {
        match self {
            Origin::File(file) => (Span::new(*file, range), None, exact, false),
            Origin::Rendered(rendered, file) => match rendered.source(range) {
                Some(source) => (source.span, source.via, exact && source.exact, source.maybe),
                None => (Span::whole(*file), None, false, false),
            },
        }
    }
}

impl Tree {
    /// The tree below `node`; `budget` bounds the nodes that are kept, the rest is unknown.
    pub(super) fn read(node: NodeRef<'_>, origin: Origin<'_>, budget: &mut usize) -> Tree {
        let (span, via, _, maybe) = origin.place(node.range(), false);
        let at = |value| Tree { span, via, maybe, value };
        let Some(rest) = budget.checked_sub(1) else { return at(Value::Unknown) };
        *budget = rest;
        if node.is_mapping() {
            let mut members = Vec::new();
            let mut open = false;
            for entry in node.entries() {
                if entry.key.contains(UNKNOWN) {
                    open = true;
                    continue;
                }
                let (range, exact) = inner(entry.key_range, entry.key);
                let key_span = origin.place(range, exact).0;
                let tree = Tree::read(entry.value, origin, budget);
                members.push(Member { key: entry.key.to_owned(), key_span, tree });
            }
            if members.is_empty() && open {
                return at(Value::Unknown);
            }
            return at(Value::Mapping { members, open });
        }
        if node.is_sequence() {
            let mut items = Vec::new();
            let mut open = false;
            for item in node.items() {
                match item.as_str() {
                    Some(text) if text.chars().all(|c| c == UNKNOWN) && !text.is_empty() => open = true,
                    _ => items.push(Tree::read(item, origin, budget)),
                }
            }
            if items.is_empty() && open {
                return at(Value::Unknown);
            }
            return at(Value::Sequence { items, open });
        }
        let Some(scalar) = node.as_scalar() else { return at(Value::Null) };
        if !scalar.text.is_empty() && scalar.text.chars().all(|c| c == UNKNOWN) {
            return at(Value::Unknown);
        }
        let (range, exact) = inner(node.range(), &scalar.text);
        let (span, via, exact, maybe) = origin.place(range, exact);
        let plain = scalar.style == crate::syntax::doc::ScalarStyle::Plain;
        Tree { span, via, maybe, value: Value::Scalar { text: scalar.text.clone(), plain, exact } }
    }

    /// The text of a scalar all of which is known.
    pub fn text(&self) -> Option<&str> {
        self.raw().filter(|t| !t.contains([UNKNOWN, RELEASE, NAMESPACE]))
    }

    /// The text of a scalar, placeholders included; of one that is wholly unknown none.
    pub fn raw(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The whole number, if it is one.
    pub fn integer(&self) -> Option<i64> {
        self.text()?.trim().parse().ok()
    }

    /// The truth value, if it is one.
    pub fn truth(&self) -> Option<bool> {
        match self.text()? {
            "true" | "True" | "TRUE" => Some(true),
            "false" | "False" | "FALSE" => Some(false),
            _ => None,
        }
    }

    /// True for what only a release decides, wholly or in part.
    pub fn is_unknown(&self) -> bool {
        match &self.value {
            Value::Unknown => true,
            Value::Scalar { text, .. } => text.contains(UNKNOWN),
            _ => false,
        }
    }

    /// The items of a sequence.
    pub fn items(&self) -> &[Tree] {
        match &self.value {
            Value::Sequence { items, .. } => items,
            _ => &[],
        }
    }

    /// The entries of a mapping.
    pub fn members(&self) -> &[Member] {
        match &self.value {
            Value::Mapping { members, .. } => members,
            _ => &[],
        }
    }

    /// True when there may be more in it than is known.
    pub fn is_open(&self) -> bool {
        match &self.value {
            Value::Unknown => true,
            Value::Sequence { open, .. } | Value::Mapping { open, .. } => *open,
            _ => false,
        }
    }

    /// The entry under `key`.
    pub fn member(&self, key: &str) -> Option<&Member> {
        self.members().iter().find(|m| m.key == key)
    }

    /// The value under `key`; none when it is null.
    pub fn get(&self, key: &str) -> Option<&Tree> {
        self.member(key).map(|m| &m.tree).filter(|t| t.value != Value::Null)
    }

    /// The value under the keys of `path`.
    pub fn at(&self, path: &[&str]) -> Option<&Tree> {
        path.iter().try_fold(self, |tree, key| tree.get(key))
    }

    /// The text under the keys of `path`.
    pub fn text_at(&self, path: &[&str]) -> Option<&str> {
        self.at(path)?.text()
    }

    /// True when nothing can stand under the keys of `path` but what is known to.
    pub fn lacks(&self, path: &[&str]) -> bool {
        let Some((key, rest)) = path.split_first() else { return false };
        match &self.value {
            Value::Unknown => false,
            _ if self.is_open() && self.get(key).is_none() => false,
            _ => match self.get(key) {
                None => true,
                Some(tree) => !rest.is_empty() && tree.lacks(rest),
            },
        }
    }

    /// A scalar of this text at a place where another tool puts it.
    pub(super) fn scalar(text: String, span: Span, via: Option<Span>) -> Tree {
        Tree { span, via, maybe: false, value: Value::Scalar { text, plain: false, exact: false } }
    }
}

/// A text for people: placeholders become words.
pub fn shown(text: &str) -> String {
    text.replace(RELEASE, "RELEASE").replace(NAMESPACE, "NAMESPACE").replace(UNKNOWN, "…")
}
