//! The objects of manifests: which documents are any, and lists of them.

use crate::source::FileId;
use crate::syntax::doc::Parsed;

use super::helm::{RenderedFile, UNKNOWN};
use super::model::Text;
use super::tree::{MAX_NODES, Origin, Tree};

/// Most objects of one file.
const MAX_OBJECTS: usize = 2_000;

/// An object: a document with `apiVersion` and `kind`, or an item of a List.
#[derive(Clone, Debug)]
pub(super) struct Object {
    /// `kind`.
    pub kind: String,
    /// `metadata.name`.
    pub name: Text,
    /// The file it is in.
    pub file: FileId,
    /// All of it.
    pub tree: Tree,
    /// False when a part of its file could not be evaluated.
    pub complete: bool,
    /// A tool makes it out of files that are not read.
    pub generated_elsewhere: bool,
}

/// The objects of a manifest.
pub(super) fn of_file(file: FileId, parsed: &Parsed) -> Vec<Object> {
    of_documents(file, parsed, Origin::File(file), parsed.problems.is_empty())
}

/// The objects of a rendered template.
pub(super) fn of_rendered(found: &RenderedFile) -> Vec<Object> {
    let parsed = &found.rendered.parsed;
    of_documents(found.file, parsed, Origin::Rendered(&found.rendered, found.file), is_complete(found))
}

/// False when a part of the template could not be rendered or read.
pub(super) fn is_complete(found: &RenderedFile) -> bool {
    let serious = |message: &str| !message.starts_with("duplicate key");
    found.complete && !found.rendered.parsed.problems.iter().any(|p| serious(&p.message))
}

fn of_documents(file: FileId, parsed: &Parsed, origin: Origin<'_>, complete: bool) -> Vec<Object> {
    let mut found = Vec::new();
    for root in parsed.roots() {
        if root.get("kind").is_none() {
            continue;
        }
        let tree = Tree::read(root, origin, &mut MAX_NODES.clone());
        collect(file, tree, complete, &mut found, 0);
    }
    found
}

fn collect(file: FileId, tree: Tree, complete: bool, found: &mut Vec<Object>, depth: usize) {
    let Some(kind) = tree.text_at(&["kind"]).map(str::to_owned) else { return };
    if found.len() >= MAX_OBJECTS || depth > 4 {
        return;
    }
    if kind == "List" || kind.ends_with("List") && tree.get("items").is_some() {
        for item in tree.get("items").map(Tree::items).unwrap_or_default() {
            collect(file, item.clone(), complete, found, depth + 1);
        }
        return;
    }
    let metadata = tree.get("metadata");
    let named = metadata.and_then(|m| m.get("name").or_else(|| m.get("generateName"))).and_then(Text::of);
    let name = named.unwrap_or_else(|| Text {
        raw: UNKNOWN.to_string(),
        span: tree.get("kind").map_or(tree.span, |k| k.span),
        via: None,
        maybe: false,
    });
    found.push(Object { kind, name, file, tree, complete, generated_elsewhere: false });
}
