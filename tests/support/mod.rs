//! What integration tests share: trees in memory, and runs of single rules on them.
#![allow(dead_code)]

use std::collections::BTreeMap;

use globset::GlobSet;
use twelvelint::config::Config;
use twelvelint::engine::{self, Analysis, Request};
use twelvelint::page::Example;
use twelvelint::policy::selection::Selection;
use twelvelint::report::Report;
use twelvelint::report::build::{Input, Sources, build};
use twelvelint::rules::Rule;
use twelvelint::vfs::MemFs;

/// The tree of an example: everything is tracked unless the page says otherwise.
pub fn tree_of(example: &Example) -> MemFs {
    let mut tree = MemFs::new();
    for file in &example.files {
        match &file.link {
            Some(target) => tree.add_link(file.path.clone(), target.clone()),
            None => tree.add(file.path.clone(), file.text.clone()),
        }
    }
    if example.files.iter().any(|f| f.unversioned) {
        return tree;
    }
    let tracked = example.files.iter().filter(|f| !f.untracked).map(|f| f.path.clone()).collect();
    tree.set_tracked(tracked);
    tree
}

/// What a tree says.
pub fn analyse(tree: &MemFs, config: &Config) -> Analysis {
    let request = Request {
        vfs: tree,
        starts: vec![String::new()],
        config,
        config_folder: "",
        exclude: GlobSet::empty(),
        tracked: tree.tracked().map(<[String]>::to_vec),
        jobs: 1,
    };
    engine::analyse(&request).unwrap_or_else(|error| panic!("{}: {}", error.table, error.message))
}

/// The report of the rules in `selection` on a tree.
pub fn report(tree: &MemFs, selection: &Selection, config: &Config) -> Report {
    let analysis = analyse(tree, config);
    let (findings, broken) = engine::judge(&analysis.world, selection.rules(), 1);
    assert!(broken.is_empty(), "a rule panicked: {broken:?}");
    let sources = Sources::new(tree, &analysis);
    let input = Input {
        analysis: &analysis,
        selection,
        config,
        config_folder: "",
        base: "",
        root: ".",
        no_suppressions: false,
    };
    build(&input, &sources, findings, &broken)
}

/// Lines and levels of the findings of `rule` alone, by file.
pub fn places(tree: &MemFs, rule: &'static Rule) -> BTreeMap<String, Vec<(usize, String)>> {
    let report = report(tree, &Selection::only(rule), &Config::default());
    let mut places: BTreeMap<String, Vec<(usize, String)>> = BTreeMap::new();
    for diagnostic in report.diagnostics.iter().filter(|d| d.rule == rule.name) {
        let unfilled = |text: &str| {
            text.contains('{')
                && text.split('{').skip(1).any(|p| {
                    p.split('}').next().is_some_and(|h| {
                        !h.is_empty() && h.chars().all(|c| c.is_ascii_lowercase() || c == '_')
                    })
                })
        };
        assert!(
            !unfilled(&diagnostic.message),
            "{}: a hole is not filled: {}",
            rule.name,
            diagnostic.message
        );
        let (file, line) = diagnostic.place.as_ref().map_or((String::new(), 0), |p| (p.file.clone(), p.line));
        let level = format!("{:?}", diagnostic.level).to_lowercase();
        places.entry(file).or_default().push((line, level));
    }
    places
}
