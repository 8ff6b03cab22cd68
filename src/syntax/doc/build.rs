//! Builds a tree from opening, closing and leaf calls, without recursion, and keeps it within its bounds.

use std::collections::HashSet;

use super::{Anchor, Document, Entry, MAX_ANCHORS, MAX_DEPTH, MAX_EXPANDED, Node, NodeValue, Parsed};
use crate::source::ByteRange;

/// A collection that is still open.
struct Frame {
    start: usize,
    tag: Option<String>,
    flow: bool,
    children: Children,
    anchor: Option<usize>,
    /// Size of the tree when this collection was opened, to weigh it when it closes.
    opened_at: usize,
    height: usize,
}

enum Children {
    Items(Vec<Node>),
    Entries(Vec<Entry>, Option<Node>),
}

/// What is known of a finished anchored node.
#[derive(Clone, Copy)]
struct Weight {
    nodes: usize,
    height: usize,
}

/// A tree under construction.
pub(crate) struct Builder {
    /// What is finished.
    pub parsed: Parsed,
    root: Option<Node>,
    stack: Vec<Frame>,
    /// Parallel to `parsed.anchors`; none while the node is open.
    weights: Vec<Option<Weight>>,
    size: usize,
    expanded: usize,
}

/// Which collection to open.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Collection {
    Sequence,
    Mapping,
}

impl Builder {
    pub fn new(parsed: Parsed) -> Self {
        Self { parsed, root: None, stack: Vec::new(), weights: Vec::new(), size: 0, expanded: 0 }
    }

    /// Opens a collection that starts at byte `start`; false, and nothing happens, when that is too deep.
    pub fn open(
        &mut self,
        kind: Collection,
        start: usize,
        flow: bool,
        tag: Option<String>,
        anchor: Option<usize>,
    ) -> bool {
        if self.stack.len() >= MAX_DEPTH {
            return false;
        }
        let children = match kind {
            Collection::Sequence => Children::Items(Vec::new()),
            Collection::Mapping => Children::Entries(Vec::new(), None),
        };
        self.stack.push(Frame { start, tag, flow, children, anchor, opened_at: self.size, height: 1 });
        true
    }

    /// Closes the innermost collection; `end` is the byte behind its closing bracket, if it has one.
    pub fn close(&mut self, end: Option<usize>) {
        let Some(frame) = self.stack.pop() else { return };
        self.size += 1;
        if let Some(weight) = frame.anchor.and_then(|anchor| self.weights.get_mut(anchor)) {
            *weight = Some(Weight { nodes: self.size - frame.opened_at, height: frame.height });
        }
        let height = frame.height;
        let value = match frame.children {
            Children::Items(items) => NodeValue::Sequence(items),
            Children::Entries(mut entries, key) => {
                if let Some(key) = key {
                    let at = ByteRange::at(key.range.end as usize);
                    entries.push(Entry { key, value: Node::null(at) });
                }
                self.report_duplicates(&entries);
                NodeValue::Mapping(entries)
            }
        };
        let range = collection_range(frame.start, end, frame.flow, &value);
        self.place(Node { range, tag: frame.tag, flow: frame.flow, value }, height);
    }

    /// Adds a node without parts.
    pub fn leaf(&mut self, node: Node, anchor: Option<usize>) {
        self.size += 1;
        if let Some(weight) = anchor.and_then(|anchor| self.weights.get_mut(anchor)) {
            *weight = Some(Weight { nodes: 1, height: 0 });
        }
        self.place(node, 0);
    }

    /// Adds an alias; it leads nowhere if following it could not end or would cost too much.
    pub fn alias(&mut self, anchor: Option<usize>, range: ByteRange) {
        let weight = anchor.and_then(|anchor| self.weights.get(anchor)).copied();
        let (target, height) = match weight {
            None => {
                self.parsed.problem("no anchor of this name stands before the alias", range);
                (None, 0)
            }
            Some(None) => {
                self.parsed.problem("the alias stands inside the node it refers to", range);
                (None, 0)
            }
            Some(Some(weight)) => self.weigh(anchor, weight, range),
        };
        self.size += 1;
        self.place(Node::new(range, NodeValue::Alias(target)), height);
    }

    fn weigh(&mut self, anchor: Option<usize>, weight: Weight, range: ByteRange) -> (Option<usize>, usize) {
        let fits = self.expanded.saturating_add(weight.nodes) <= MAX_EXPANDED;
        if !fits || self.stack.len() + weight.height > MAX_DEPTH {
            self.parsed.problem("the alias stands for too much to be followed", range);
            return (None, 0);
        }
        self.expanded += weight.nodes;
        self.size += weight.nodes;
        (anchor, weight.height)
    }

    /// Notes that the next node is anchored; gives its index, or none when there are too many.
    pub fn anchor(&mut self) -> Option<usize> {
        if self.weights.len() >= MAX_ANCHORS {
            return None;
        }
        let path = self.stack.iter().map(Frame::next_slot).collect();
        let document = self.parsed.documents.len();
        self.parsed.anchors.push(Anchor { name: String::new(), range: ByteRange::at(0), document, path });
        self.weights.push(None);
        Some(self.weights.len() - 1)
    }

    /// Ends the document, closing what is open; `at` is where an empty document stands.
    pub fn finish_document(&mut self, at: usize) {
        while !self.stack.is_empty() {
            self.close(None);
        }
        let root = self.root.take().unwrap_or_else(|| Node::null(ByteRange::at(at)));
        self.parsed.documents.push(Document { root });
    }

    /// The innermost open collection.
    pub fn innermost(&self) -> Option<Collection> {
        self.stack.last().map(|frame| match frame.children {
            Children::Items(_) => Collection::Sequence,
            Children::Entries(..) => Collection::Mapping,
        })
    }

    /// The end of the key whose value comes next.
    pub fn pending_key_end(&self) -> Option<usize> {
        match &self.stack.last()?.children {
            Children::Entries(_, Some(key)) => Some(key.range.end as usize),
            _ => None,
        }
    }

    /// True when a document has its root or an open collection.
    pub fn has_content(&self) -> bool {
        self.root.is_some() || !self.stack.is_empty()
    }

    fn place(&mut self, node: Node, height: usize) {
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node);
            return;
        };
        frame.height = frame.height.max(height + 1);
        match &mut frame.children {
            Children::Items(items) => items.push(node),
            Children::Entries(entries, key) => match key.take() {
                Some(key) => entries.push(Entry { key, value: node }),
                None => *key = Some(node),
            },
        }
    }

    fn report_duplicates(&mut self, entries: &[Entry]) {
        let mut seen = HashSet::with_capacity(entries.len());
        for entry in entries {
            if let NodeValue::Scalar(key) = &entry.key.value
                && !seen.insert(key.text.as_str())
            {
                self.parsed.problem(format!("duplicate key `{}`", shown(&key.text)), entry.key.range);
            }
        }
    }
}

impl Frame {
    fn next_slot(&self) -> u32 {
        let slot = match &self.children {
            Children::Items(items) => items.len(),
            Children::Entries(entries, key) => 2 * entries.len() + usize::from(key.is_some()),
        };
        u32::try_from(slot).unwrap_or(u32::MAX)
    }
}

fn collection_range(start: usize, end: Option<usize>, flow: bool, value: &NodeValue) -> ByteRange {
    let (first, last) = match value {
        NodeValue::Sequence(items) => (None, items.last().map(|item| item.range)),
        NodeValue::Mapping(entries) => {
            let last = entries.last().map(|entry| entry.value.range.to(entry.key.range));
            (entries.first().map(|entry| entry.key.range.start as usize), last)
        }
        _ => (None, None),
    };
    let start = if flow { start } else { first.unwrap_or(start) };
    let end = end.or(last.map(|range| range.end as usize)).unwrap_or(start);
    ByteRange::new(start, end)
}

/// The first characters of `text`, for a message.
pub(crate) fn shown(text: &str) -> &str {
    text.get(..text.floor_char_boundary(60)).unwrap_or(text)
}
