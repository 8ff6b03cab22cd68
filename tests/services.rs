//! Whole services below `fixtures/services`, audited as a reader sees them.
//! `INSTA_UPDATE=always cargo test --test services` writes the snapshots anew; read the difference.
#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing
)]

mod support;

use std::path::{Path, PathBuf};

use twelvelint::audit;
use twelvelint::config::Config;
use twelvelint::policy::selection::Selection;
use twelvelint::report::build::{Input, Sources, build};
use twelvelint::report::{audit_markdown, audit_text};
use twelvelint::vfs::MemFs;

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() { files_below(&entry.path(), found) } else { found.push(entry.path()) }
    }
}

/// A fixture as a tree in which everything is tracked.
fn tree(name: &str) -> MemFs {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/services").join(name);
    let mut files = Vec::new();
    files_below(&root, &mut files);
    files.sort();
    let mut tree = MemFs::new();
    let mut tracked = Vec::new();
    for file in files {
        let path = file.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
        tree.add(path.clone(), std::fs::read_to_string(&file).unwrap());
        tracked.push(path);
    }
    tree.set_tracked(tracked);
    tree
}

fn audited(name: &str) -> audit::Audit {
    let tree = tree(name);
    let config = Config::default();
    let analysis = support::analyse(&tree, &config);
    let selection = Selection::new(&[], &[], &config, false);
    let (findings, broken) = twelvelint::engine::judge(&analysis.world, selection.rules(), 1);
    let sources = Sources::new(&tree, &analysis);
    let input = Input {
        analysis: &analysis,
        selection: &selection,
        config: &config,
        config_folder: "",
        base: "",
        root: name,
        no_suppressions: false,
    };
    let report = build(&input, &sources, findings, &broken);
    audit::build(&input, &sources, report, None)
}

#[test]
fn a_small_service_as_text() {
    let style = audit_text::Style { color: false, unicode: true, width: 100, quiet: false, verbose: false };
    insta::assert_snapshot!(audit_text::render(&[audited("ledger")], style));
}

#[test]
fn a_small_service_as_markdown() {
    insta::assert_snapshot!(audit_markdown::render(&[audited("ledger")], false));
}
