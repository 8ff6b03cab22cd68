//! Reading a tree with aliases followed and merge keys applied.

use std::collections::HashMap;

use super::{Entry, Format, Node, NodeValue, Parsed, Scalar, ScalarKind, ScalarStyle, scalar};
use crate::source::ByteRange;

/// A node seen through its alias, if it is one.
///
/// All accessors answer "nothing" for a node of another type. Following children without end is impossible: see the
/// bounds in the module's documentation.
#[derive(Clone, Copy, Debug)]
pub struct NodeRef<'a> {
    /// The text it belongs to.
    pub doc: &'a Parsed,
    /// The node with the value; an alias only when that leads nowhere.
    pub node: &'a Node,
    site: &'a Node,
}

/// An entry of a mapping as seen through merge keys.
#[derive(Clone, Copy, Debug)]
pub struct EntryRef<'a> {
    /// The key's text.
    pub key: &'a str,
    /// Where the key is written, quotes included; inside the merged mapping if it was merged.
    pub key_range: ByteRange,
    /// The value.
    pub value: NodeRef<'a>,
    /// True when the entry comes from a merge key.
    pub merged: bool,
}

impl EntryRef<'_> {
    /// From the start of the key to the end of the value as written there.
    pub fn region(&self) -> ByteRange {
        self.key_range.to(self.value.written_at())
    }
}

impl Parsed {
    /// A view of `node`, which must belong to this text.
    pub fn view<'a>(&'a self, node: &'a Node) -> NodeRef<'a> {
        let target = match node.value {
            NodeValue::Alias(Some(anchor)) => self.target(anchor).unwrap_or(node),
            _ => node,
        };
        NodeRef { doc: self, node: target, site: node }
    }

    /// The root of the first document.
    pub fn root(&self) -> Option<NodeRef<'_>> {
        self.roots().next()
    }

    /// The roots of all documents.
    pub fn roots(&self) -> impl Iterator<Item = NodeRef<'_>> {
        self.documents.iter().map(|document| self.view(&document.root))
    }

    /// The anchored node with this index of [`Parsed::anchors`].
    pub fn target(&self, anchor: usize) -> Option<&Node> {
        let anchor = self.anchors.get(anchor)?;
        let mut node = &self.documents.get(anchor.document)?.root;
        for &slot in &anchor.path {
            let slot = slot as usize;
            node = match &node.value {
                NodeValue::Sequence(items) => items.get(slot)?,
                NodeValue::Mapping(entries) if slot.is_multiple_of(2) => &entries.get(slot / 2)?.key,
                NodeValue::Mapping(entries) => &entries.get(slot / 2)?.value,
                _ => return None,
            };
        }
        Some(node)
    }

    /// The ranges of all mapping entries (start of the key to end of the value) and sequence items as written, outer
    /// before inner; in YAML and TOML without the parts of bracketed collections. A TOML table's region starts at its
    /// header.
    pub fn entry_regions(&self) -> Vec<ByteRange> {
        let mut regions = Vec::new();
        for document in &self.documents {
            self.collect_regions(&document.root, &mut regions);
        }
        regions
    }

    fn collect_regions(&self, node: &Node, regions: &mut Vec<ByteRange>) {
        if node.flow && self.format != Format::Json {
            return;
        }
        match &node.value {
            NodeValue::Sequence(items) => {
                for item in items {
                    regions.push(item.range);
                    self.collect_regions(item, regions);
                }
            }
            NodeValue::Mapping(entries) => {
                for entry in entries {
                    regions.push(entry_region(entry));
                    self.collect_regions(&entry.value, regions);
                }
            }
            _ => {}
        }
    }
}

/// From key to value; a TOML key inside a header belongs to the region its value has.
fn entry_region(entry: &Entry) -> ByteRange {
    entry.key.range.to(entry.value.range)
}

fn is_merge_key(key: &Node) -> bool {
    matches!(&key.value, NodeValue::Scalar(Scalar { text, style: ScalarStyle::Plain, .. }) if text == "<<")
}

impl<'a> NodeRef<'a> {
    /// The bytes of the value; for an alias those of the node it refers to.
    pub fn range(&self) -> ByteRange {
        self.node.range
    }

    /// The bytes at the place of use; for an alias those of `*name`.
    pub fn written_at(&self) -> ByteRange {
        self.site.range
    }

    /// The tag as written, such as `!reset` or `!!str`.
    pub fn tag(&self) -> Option<&'a str> {
        self.node.tag.as_deref()
    }

    /// True for null, written or absent.
    pub fn is_null(&self) -> bool {
        matches!(self.node.value, NodeValue::Null)
    }

    /// True for a mapping, also an empty one.
    pub fn is_mapping(&self) -> bool {
        matches!(self.node.value, NodeValue::Mapping(_))
    }

    /// True for a sequence, also an empty one.
    pub fn is_sequence(&self) -> bool {
        matches!(self.node.value, NodeValue::Sequence(_))
    }

    /// The scalar.
    pub fn as_scalar(&self) -> Option<&'a Scalar> {
        match &self.node.value {
            NodeValue::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The text of a scalar of any type.
    pub fn as_str(&self) -> Option<&'a str> {
        self.as_scalar().map(|scalar| scalar.text.as_str())
    }

    /// The truth value; a quoted `"true"`, `yes` and `no` are none.
    pub fn as_bool(&self) -> Option<bool> {
        let scalar = self.as_scalar().filter(|scalar| scalar.kind == ScalarKind::Boolean)?;
        Some(scalar.text.eq_ignore_ascii_case("true"))
    }

    /// The whole number, if it is one, unquoted, and fits.
    pub fn as_int(&self) -> Option<i64> {
        let scalar = self.as_scalar().filter(|scalar| scalar.kind == ScalarKind::Integer)?;
        scalar::integer(&scalar.text)
    }

    /// The number, whole or not.
    pub fn as_float(&self) -> Option<f64> {
        let scalar = self.as_scalar()?;
        match scalar.kind {
            ScalarKind::Float => scalar::float(&scalar.text),
            ScalarKind::Integer => scalar::integer(&scalar.text)
                .map(|value| value as f64)
                .or_else(|| scalar::float(&scalar.text)),
            _ => None,
        }
    }

    /// The items of a sequence, each seen through its alias.
    pub fn items(&self) -> impl DoubleEndedIterator<Item = NodeRef<'a>> + ExactSizeIterator + use<'a> {
        let doc = self.doc;
        let items: &'a [Node] = match &self.node.value {
            NodeValue::Sequence(items) => items,
            _ => &[],
        };
        items.iter().map(move |item| doc.view(item))
    }

    /// The value under `key`, merge keys applied; the last one when the key is repeated.
    pub fn get(&self, key: &str) -> Option<NodeRef<'a>> {
        self.entry(key).map(|entry| entry.value)
    }

    /// The value under the keys of `path`, one after the other.
    pub fn get_path(&self, path: &[&str]) -> Option<NodeRef<'a>> {
        path.iter().try_fold(*self, |node, key| node.get(key))
    }

    /// The entry under `key`, as [`NodeRef::get`] finds it.
    pub fn entry(&self, key: &str) -> Option<EntryRef<'a>> {
        let own = self.raw_entries().iter().rev().filter(|entry| !is_merge_key(&entry.key));
        own.filter_map(|entry| self.entry_ref(entry)).find(|entry| entry.key == key).or_else(|| {
            let merged = self.merge_sources().into_iter().find_map(|source| source.entry(key))?;
            Some(EntryRef { merged: true, ..merged })
        })
    }

    /// The entries: the mapping's own in order, then those merged in. Own keys win over merged ones, earlier merged
    /// ones over later; of a repeated key the last value is kept. Keys that are collections are left out; a null key
    /// reads `null`.
    pub fn entries(&self) -> Vec<EntryRef<'a>> {
        let mut entries: Vec<EntryRef<'a>> = Vec::new();
        let mut places: HashMap<&str, usize> = HashMap::new();
        for entry in self.raw_entries().iter().filter(|entry| !is_merge_key(&entry.key)) {
            let Some(entry) = self.entry_ref(entry) else { continue };
            let place = *places.entry(entry.key).or_insert(entries.len());
            match entries.get_mut(place) {
                Some(earlier) => *earlier = entry,
                None => entries.push(entry),
            }
        }
        for merged in self.merge_sources().into_iter().flat_map(|source| source.entries()) {
            if !places.contains_key(merged.key) {
                places.insert(merged.key, entries.len());
                entries.push(EntryRef { merged: true, ..merged });
            }
        }
        entries
    }

    fn raw_entries(&self) -> &'a [Entry] {
        match &self.node.value {
            NodeValue::Mapping(entries) => entries,
            _ => &[],
        }
    }

    fn entry_ref(&self, entry: &'a Entry) -> Option<EntryRef<'a>> {
        let key = match &self.doc.view(&entry.key).node.value {
            NodeValue::Scalar(scalar) => scalar.text.as_str(),
            NodeValue::Null => "null",
            _ => return None,
        };
        let value = self.doc.view(&entry.value);
        Some(EntryRef { key, key_range: entry.key.range, value, merged: false })
    }

    /// The mappings that merge keys name, the one that wins first.
    fn merge_sources(&self) -> Vec<NodeRef<'a>> {
        let mut sources = Vec::new();
        for entry in self.raw_entries().iter().filter(|entry| is_merge_key(&entry.key)) {
            let value = self.doc.view(&entry.value);
            if value.is_mapping() {
                sources.push(value);
            }
            sources.extend(value.items().filter(NodeRef::is_mapping));
        }
        sources
    }
}
