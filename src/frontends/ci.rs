//! Pipelines of GitHub Actions and GitLab CI, actions, and the task files that they lead to. The tree is kept as it
//! is, because what a job means depends on the files it includes; shell texts are read here, where the text is.

use crate::facts::artefact::{Artefact, ScriptedDocument};
use crate::facts::{FileFacts, allow, collect_allows};
use crate::source::{ByteRange, Spanned};
use crate::syntax::doc::{Node, NodeValue, Parsed, ScalarKind, parse_json, parse_toml, parse_yaml};
use crate::syntax::embedded::scalar_script;
use crate::syntax::recipes::{RecipeFile, parse_just, parse_make};
use crate::syntax::shell::Script;

/// Keys whose text, or list of texts, a shell runs.
const SCRIPT_KEYS: &[&str] = &[
    "run",
    "script",
    "before_script",
    "after_script",
    "command",
    "commands",
    "cmd",
    "cmds",
    "entry",
    "args",
    "install-command",
    "build-command",
    "start",
    "build",
];

/// Reads a YAML, TOML or JSON document with shell texts inside.
pub fn document(text: &str) -> FileFacts {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    let parsed = match start.as_bytes().first() {
        Some(b'{') => parse_json(text),
        Some(b'[') if is_toml(start) => parse_toml(text),
        _ if is_toml(start) => parse_toml(text),
        _ => parse_yaml(text),
    };
    let allows = match text.contains(allow::MARKER) {
        true => {
            let comments: Vec<_> = parsed.comments.iter().map(|c| c.range).collect();
            collect_allows(text, &comments, &parsed.entry_regions())
        }
        false => Vec::new(),
    };
    let mut scripts = Vec::new();
    for document in &parsed.documents {
        collect(text, &parsed, &document.root, false, &mut scripts);
    }
    scripts.sort_by_key(|(range, _)| *range);
    scripts.dedup_by_key(|(range, _)| *range);
    let problems = parsed.problems.clone();
    let scripted = ScriptedDocument { document: parsed, scripts };
    FileFacts { artefact: Artefact::Scripted(Box::new(scripted)), allows, problems }
}

/// TOML is told from YAML by its first line that is no comment: a table header or `key = value`.
fn is_toml(text: &str) -> bool {
    let line = text.lines().map(str::trim).find(|l| !l.is_empty() && !l.starts_with('#')).unwrap_or("");
    let header = line.starts_with('[') && line.split('#').next().unwrap_or("").trim_end().ends_with(']');
    let key = line.split_once('=').map_or("", |(key, _)| key.trim());
    header || (!key.is_empty() && !key.contains([':', ' ', '{']))
}

/// The shell texts at and below `node`; `wanted` when the key above says that this is one.
fn collect(text: &str, doc: &Parsed, node: &Node, wanted: bool, scripts: &mut Vec<(ByteRange, Script)>) {
    match &node.value {
        NodeValue::Scalar(scalar) if wanted && scalar.kind == ScalarKind::Text => {
            scripts.push((node.range, scalar_script(text, scalar, node.range)));
        }
        NodeValue::Sequence(items) => items.iter().for_each(|item| collect(text, doc, item, wanted, scripts)),
        NodeValue::Mapping(entries) => {
            for entry in entries {
                let key = doc.view(&entry.key).as_str().unwrap_or("");
                // Under a script key, `cmd:` of a task leads on; other keys of a mapping are settings.
                let script = SCRIPT_KEYS.contains(&key);
                collect(text, doc, &entry.value, script, scripts);
            }
        }
        _ => {}
    }
}

/// Reads a justfile.
pub fn justfile(text: &str) -> FileFacts {
    recipes(text, parse_just(text))
}

/// Reads a makefile.
pub fn makefile(text: &str) -> FileFacts {
    recipes(text, parse_make(text))
}

fn recipes(text: &str, file: RecipeFile) -> FileFacts {
    let allows = match text.contains(allow::MARKER) {
        true => {
            let inside = file.recipes.iter().flat_map(|r| &r.script.comments);
            let comments: Vec<ByteRange> = file.comments.iter().chain(inside).map(comment_range).collect();
            let mut regions: Vec<ByteRange> = file.recipes.iter().map(|r| r.range).collect();
            regions.extend(file.recipes.iter().flat_map(|r| &r.script.items).map(|item| item.range));
            collect_allows(text, &comments, &regions)
        }
        false => Vec::new(),
    };
    FileFacts { artefact: Artefact::Recipes(Box::new(file)), allows, problems: Vec::new() }
}

fn comment_range(comment: &Spanned<String>) -> ByteRange {
    comment.range
}

#[cfg(test)]
mod tests {
    use super::document;
    use crate::facts::artefact::Artefact;

    #[test]
    fn shell_texts_are_found_by_their_keys() {
        let cases = [
            ("jobs:\n  a:\n    steps:\n    - run: cargo test\n      name: x\n", 1),
            ("a:\n  script:\n  - cargo test\n  - - cargo fmt\n  before_script: echo\n", 3),
            ("[tasks.test]\nrun = [\"cargo test\", \"x\"]\n", 2),
            ("{\"targets\":{\"test\":{\"options\":{\"command\":\"go test\"}}}}", 1),
            ("# c\nmin_version = \"1\"\n[tasks]\na = 1\n", 0),
            ("- not\n- a\n- pipeline\n", 0),
        ];
        for (text, expected) in cases {
            let Artefact::Scripted(found) = document(text).artefact else { panic!("{text}") };
            assert_eq!(found.scripts.len(), expected, "{text}");
            for (range, _) in &found.scripts {
                assert!(found.script(*range).is_some());
            }
        }
    }
}
