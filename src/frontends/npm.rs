//! `package.json` (npm's documentation, "package.json").

use crate::facts::FileFacts;
use crate::facts::artefact::Artefact;
use crate::facts::manifest::{NodeDependency, NodeManifest};
use crate::source::Spanned;
use crate::syntax::doc::{NodeRef, parse_json};

/// Reads a `package.json`.
pub fn manifest(text: &str) -> FileFacts {
    let parsed = parse_json(text);
    let manifest = parsed.root().map(read).unwrap_or_default();
    FileFacts {
        artefact: Artefact::NodeManifest(Box::new(manifest)),
        allows: Vec::new(),
        problems: parsed.problems,
    }
}

fn read(root: NodeRef<'_>) -> NodeManifest {
    let spanned = |node: NodeRef<'_>| node.as_str().map(|t| Spanned::new(t.to_owned(), node.range()));
    let text = |key: &str| root.get(key).and_then(|v| v.as_str()).map(str::to_owned);
    let mut manifest = NodeManifest {
        name: root.get("name").and_then(spanned),
        has_binary: root.get("bin").is_some(),
        main: text("main"),
        private: root.get("private").and_then(|v| v.as_bool()).unwrap_or(false),
        package_manager: text("packageManager"),
        ..NodeManifest::default()
    };
    for entry in root.get("scripts").iter().flat_map(NodeRef::entries) {
        if let Some(command) = spanned(entry.value) {
            manifest.scripts.push((Spanned::new(entry.key.to_owned(), entry.key_range), command));
        }
    }
    for (key, development) in
        [("dependencies", false), ("optionalDependencies", false), ("devDependencies", true)]
    {
        let Some(table) = root.entry(key) else { continue };
        if manifest.dependencies_range.is_none() && !table.value.entries().is_empty() {
            manifest.dependencies_range = Some(table.key_range);
        }
        for entry in table.value.entries() {
            if let Some(requirement) = spanned(entry.value) {
                let name = Spanned::new(entry.key.to_owned(), entry.key_range);
                manifest.dependencies.push(NodeDependency { name, requirement, development });
            }
        }
    }
    let workspaces = root.get("workspaces");
    let list = workspaces.and_then(|w| if w.is_mapping() { w.get("packages") } else { Some(w) });
    manifest.workspaces =
        list.iter().flat_map(NodeRef::items).filter_map(|v| v.as_str().map(str::to_owned)).collect();
    manifest
}
