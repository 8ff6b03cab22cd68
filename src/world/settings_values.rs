//! What settings files say: each value with the path of keys that leads to it.

use crate::discover::FoundFile;
use crate::discover::kind::FileKind;
use crate::facts::artefact::Artefact;
use crate::source::{FileId, Span};
use crate::syntax::doc::NodeRef;

use super::World;
use super::compose::Located;

/// A value of a settings file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsValue {
    /// The keys that lead to it, joined by dots.
    pub key: String,
    /// The value as text, at its place.
    pub value: Located<String>,
}

/// How deep settings nest at most.
const DEPTH: usize = 16;
/// How many values of one file are looked at.
const LIMIT: usize = 4000;

impl World {
    /// The files of settings of the tree, with their numbers; those above the checked path left out.
    pub fn settings_files(&self) -> impl Iterator<Item = (FileId, &FoundFile)> {
        let all = self.inventory.files.iter().enumerate().filter(|(_, f)| !f.above && is_settings(f.kind));
        all.filter_map(|(at, f)| Some((FileId(u32::try_from(at).ok()?), f)))
    }

    /// The text values of a settings file in source order; of Cargo's configuration those of `[env]`.
    pub fn settings_values(&self, file: FileId) -> Vec<SettingsValue> {
        let mut found = Vec::new();
        match self.artefact(file) {
            Artefact::Document(document) => {
                let cargo = self.inventory.files.get(file.0 as usize).and_then(|f| f.kind)
                    == Some(FileKind::CargoConfig);
                for root in document.roots() {
                    // A manifest of a platform is judged as one.
                    if root.get("apiVersion").is_some() && root.get("kind").is_some() {
                        continue;
                    }
                    match cargo {
                        true => {
                            root.get("env").iter().for_each(|env| cargo_environment(*env, file, &mut found))
                        }
                        false => walk(root, "", file, DEPTH, &mut found),
                    }
                }
            }
            Artefact::Ini(ini) => {
                for entry in ini.sections.iter().flat_map(|s| &s.entries) {
                    let text = entry.value.value.trim_matches(['"', '\'']).to_owned();
                    let value = Located::new(text, Span::new(file, entry.value.range));
                    found.push(SettingsValue { key: entry.key.value.clone(), value });
                }
            }
            _ => {}
        }
        found
    }
}

fn is_settings(kind: Option<FileKind>) -> bool {
    matches!(
        kind,
        Some(
            FileKind::SettingsToml
                | FileKind::SettingsYaml
                | FileKind::SettingsJson
                | FileKind::SettingsLines
                | FileKind::CargoConfig
        )
    )
}

fn cargo_environment(env: NodeRef<'_>, file: FileId, into: &mut Vec<SettingsValue>) {
    for entry in env.entries() {
        let node = entry.value.get("value").unwrap_or(entry.value);
        if let Some(text) = node.as_str() {
            let value = Located::new(text.to_owned(), Span::new(file, node.range()));
            into.push(SettingsValue { key: entry.key.to_owned(), value });
        }
    }
}

fn walk(node: NodeRef<'_>, key: &str, file: FileId, depth: usize, into: &mut Vec<SettingsValue>) {
    let Some(depth) = depth.checked_sub(1).filter(|_| into.len() < LIMIT) else { return };
    if node.is_mapping() {
        for entry in node.entries() {
            let path = if key.is_empty() { entry.key.to_owned() } else { format!("{key}.{}", entry.key) };
            walk(entry.value, &path, file, depth, into);
        }
    } else if node.is_sequence() {
        node.items().for_each(|item| walk(item, key, file, depth, into));
    } else if let Some(text) = node.as_str() {
        let value = Located::new(text.to_owned(), Span::new(file, node.range()));
        into.push(SettingsValue { key: key.to_owned(), value });
    }
}
