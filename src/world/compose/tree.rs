//! A compose file's values, owned, each with the file it is written in: what merging works on.

use crate::source::{ByteRange, FileId, Span};
use crate::syntax::doc::NodeRef;

use super::Located;

/// Most nodes that are kept of one file, aliases written out.
pub(super) const MAX_NODES: usize = 50_000;

/// A value and its place.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tree {
    /// The file it is written in.
    pub file: FileId,
    /// The bytes of the value; of a scalar without quotes if `exact`.
    pub range: ByteRange,
    /// How merging treats it.
    pub tag: Option<Tag>,
    /// What it holds.
    pub value: Value,
}

/// The tags that steer merging.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    /// `!reset`: as if the key had never been there.
    Reset,
    /// `!override`: replaces instead of merging.
    Override,
}

/// What a tree holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// Nothing.
    Null,
    /// A text; `exact` when its bytes in the file are the text itself.
    Scalar { text: String, exact: bool },
    /// Items in order.
    Sequence(Vec<Tree>),
    /// Entries in order.
    Mapping(Vec<Member>),
}

/// An entry of a mapping.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Member {
    /// The key.
    pub key: Located<String>,
    /// The whole entries it was made of, in merge order.
    pub entries: Vec<Span>,
    /// The value.
    pub tree: Tree,
}

impl Tree {
    /// An empty mapping.
    pub(super) fn empty(file: FileId) -> Self {
        Tree { file, range: ByteRange::default(), tag: None, value: Value::Mapping(Vec::new()) }
    }

    /// The tree below `node`; none when `budget` nodes do not suffice.
    pub(super) fn read(node: NodeRef<'_>, file: FileId, budget: &mut usize) -> Option<Self> {
        *budget = budget.checked_sub(1)?;
        let tag = match node.tag() {
            Some("!reset") => Some(Tag::Reset),
            Some("!override") => Some(Tag::Override),
            _ => None,
        };
        let mut range = node.range();
        let value = if node.is_mapping() {
            let mut members = Vec::new();
            for entry in node.entries() {
                let key_range = inner(entry.key_range, entry.key).0;
                members.push(Member {
                    key: Located::new(entry.key.to_owned(), Span::new(file, key_range)),
                    entries: vec![Span::new(file, entry.region())],
                    tree: Tree::read(entry.value, file, budget)?,
                });
            }
            Value::Mapping(members)
        } else if node.is_sequence() {
            let mut items = Vec::new();
            for item in node.items() {
                items.push(Tree::read(item, file, budget)?);
            }
            Value::Sequence(items)
        } else if let Some(text) = node.as_str() {
            let (place, exact) = inner(range, text);
            range = place;
            Value::Scalar { text: text.to_owned(), exact }
        } else {
            Value::Null
        };
        Some(Tree { file, range, tag, value })
    }

    /// Its place.
    pub(super) fn span(&self) -> Span {
        Span::new(self.file, self.range)
    }

    /// The place of bytes `start..end` of a scalar's text; the whole scalar when that is uncertain.
    pub(super) fn part(&self, start: usize, end: usize) -> Span {
        match &self.value {
            Value::Scalar { exact: true, .. } => {
                let from = self.range.start as usize;
                Span::new(self.file, ByteRange::new(from + start, from + end))
            }
            _ => self.span(),
        }
    }

    /// A scalar that holds bytes `start..end` of this one's text.
    pub(super) fn piece(&self, start: usize, end: usize) -> Tree {
        let text = self.text().and_then(|t| t.get(start..end)).unwrap_or("").to_owned();
        let exact = matches!(self.value, Value::Scalar { exact: true, .. });
        let range = self.part(start, end).range.unwrap_or(self.range);
        Tree { file: self.file, range, tag: None, value: Value::Scalar { text, exact } }
    }

    /// The text of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }

    /// The truth value of a scalar, as YAML and Compose write them.
    pub(super) fn truth(&self) -> Option<bool> {
        match self.text()?.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "y" => Some(true),
            "false" | "no" | "off" | "n" => Some(false),
            _ => None,
        }
    }

    /// The items of a sequence.
    pub(super) fn items(&self) -> &[Tree] {
        match &self.value {
            Value::Sequence(items) => items,
            _ => &[],
        }
    }

    /// The entries of a mapping.
    pub(super) fn members(&self) -> &[Member] {
        match &self.value {
            Value::Mapping(members) => members,
            _ => &[],
        }
    }

    /// The entry under `key`.
    pub(super) fn member(&self, key: &str) -> Option<&Member> {
        self.members().iter().find(|m| m.key.value == key)
    }

    /// The value under `key`; none when it is null.
    pub(super) fn get(&self, key: &str) -> Option<&Tree> {
        self.member(key).map(|m| &m.tree).filter(|t| t.value != Value::Null)
    }

    /// Takes the entry under `key` out.
    pub(super) fn take(&mut self, key: &str) -> Option<Member> {
        let Value::Mapping(members) = &mut self.value else { return None };
        let at = members.iter().position(|m| m.key.value == key)?;
        Some(members.remove(at))
    }

    /// How many nodes it has.
    pub(super) fn size(&self) -> usize {
        let inside: usize = match &self.value {
            Value::Sequence(items) => items.iter().map(Tree::size).sum(),
            Value::Mapping(members) => members.iter().map(|m| m.tree.size()).sum(),
            _ => 0,
        };
        inside + 1
    }
}

/// The place of a scalar's text inside its quotes, and whether its bytes are the text itself: they are when the
/// lengths agree, because every escape and every folded line changes the length.
pub(in crate::world) fn inner(range: ByteRange, text: &str) -> (ByteRange, bool) {
    let (start, end) = (range.start as usize, range.end as usize);
    if range.len() == text.len() {
        (range, true)
    } else if range.len() == text.len() + 2 {
        (ByteRange::new(start + 1, end - 1), true)
    } else {
        (range, false)
    }
}
