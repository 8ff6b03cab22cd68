//! Every example of every factor page is executed: the factor's evidence must stand on exactly the lines that the page
//! names, each kind of evidence must be seen at least once, and both languages must say the same.
#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use twelvelint::audit::collect::collect;
use twelvelint::config::Config;
use twelvelint::factor_page::{FactorPage, roles};
use twelvelint::page::examples;
use twelvelint::rules::Factor;
use twelvelint::world::ServiceId;

/// Lines by file, and the keys of templates that were used.
type Seen = (BTreeMap<String, Vec<usize>>, BTreeSet<String>, BTreeSet<String>);

fn seen(factor: Factor, example: &twelvelint::page::Example) -> Seen {
    let tree = support::tree_of(example);
    let analysis = support::analyse(&tree, &Config::default());
    let world = &analysis.world;
    let (mut lines, mut kinds, mut reasons) =
        (BTreeMap::<String, Vec<usize>>::new(), BTreeSet::new(), BTreeSet::new());
    for id in (0..world.services.len()).map(ServiceId).filter(|id| world.services[id.0].is_judged()) {
        let collected = collect(world, id, factor).expect("the collector does not fail");
        for evidence in &collected.evidence {
            let path = world.path(evidence.span.file);
            let text = example.files.iter().find(|f| f.path == path).map_or("", |f| f.text.as_str());
            let start = evidence.span.range.map_or(0, |r| r.start as usize);
            let line = text.as_bytes()[..start.min(text.len())].iter().filter(|b| **b == b'\n').count() + 1;
            lines.entry(path.to_owned()).or_default().push(line);
            kinds.insert(evidence.kind.to_owned());
            let words = FactorPage::of(factor).en.evidence(evidence);
            assert!(!words.contains('{'), "{}: a hole is not filled: {words}", factor.slug());
        }
        if !collected.evidence.iter().any(|e| !e.supporting) {
            let page = FactorPage::of(factor);
            match (&collected.not_applicable, &collected.unknown) {
                (Some(reason), _) => {
                    assert!(
                        page.en.not_applicable.contains_key(reason.key),
                        "{}: {}",
                        factor.slug(),
                        reason.key
                    );
                    reasons.insert(reason.key.to_owned());
                }
                (None, Some(reason)) => {
                    let words = page.en.why_unknown(reason);
                    assert!(page.en.unknown.contains_key(reason.key), "{}: {}", factor.slug(), reason.key);
                    assert!(!words.contains('{'), "{}: a hole is not filled: {words}", factor.slug());
                    reasons.insert(reason.key.to_owned());
                }
                (None, None) => {
                    panic!("{} › {}: nothing decides, and no reason", factor.slug(), example.title)
                }
            }
        }
    }
    for places in lines.values_mut() {
        places.sort_unstable();
        places.dedup();
    }
    (lines, kinds, reasons)
}

#[test]
fn examples_show_what_keeps_a_factor() {
    let mut failures = Vec::new();
    for factor in Factor::ALL {
        let page = FactorPage::parse(factor.page()).unwrap_or_else(|e| panic!("{}: {e}", factor.slug()));
        let (mut kinds, mut undecided) = (BTreeSet::new(), BTreeSet::new());
        for example in examples(&page.body) {
            let (found, some, reasons) = seen(*factor, &example);
            let wanted: BTreeMap<String, Vec<usize>> = example
                .files
                .iter()
                .filter(|f| !f.keeps.is_empty())
                .map(|f| (f.path.clone(), f.keeps.clone()))
                .collect();
            if found != wanted {
                failures.push(format!(
                    "{} › {}\n  wanted {wanted:?}\n  found  {found:?} {some:?} {reasons:?}",
                    factor.slug(),
                    example.title
                ));
            }
            kinds.extend(some);
            undecided.extend(reasons);
        }
        for kind in page.en.keeps.keys().filter(|k| !kinds.contains(*k)) {
            failures.push(format!("{}: no example shows `{kind}`", factor.slug()));
        }
        for kind in kinds.iter().filter(|k| !page.en.keeps.contains_key(*k)) {
            failures.push(format!("{}: `{kind}` has no words", factor.slug()));
        }
        if undecided.is_empty() {
            failures.push(format!("{}: no example in which nothing decides", factor.slug()));
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

fn holes(template: &str) -> BTreeSet<&str> {
    template.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(hole, _)| hole).collect()
}

fn same(what: &str, en: &BTreeMap<String, String>, zh: &BTreeMap<String, String>) {
    assert_eq!(en.keys().collect::<Vec<_>>(), zh.keys().collect::<Vec<_>>(), "{what}");
    for (key, text) in en {
        assert_eq!(holes(text), holes(&zh[key]), "{what}: `{key}` has other holes");
        assert!(!text.ends_with('.') && !text.trim().is_empty(), "{what}: `{key}`: no full stop: {text}");
    }
}

#[test]
fn both_languages_say_the_same() {
    for factor in Factor::ALL {
        let page = FactorPage::of(*factor);
        assert!(!page.en.keeps.is_empty() && !page.en.unknown.is_empty(), "{}", factor.slug());
        same(factor.slug(), &page.en.keeps, &page.zh.keeps);
        same(factor.slug(), &page.en.unknown, &page.zh.unknown);
        same(factor.slug(), &page.en.not_applicable, &page.zh.not_applicable);
    }
    same("roles.toml", &roles().en, &roles().zh);
    for kind in ["cli", "desktop", "library", "proc-macro", "build-tool", "backing", "test-support"] {
        assert!(roles().en.contains_key(kind), "{kind}");
    }
}

/// A reason that no code gives would never be read.
#[test]
fn every_reason_is_given_somewhere() {
    for factor in Factor::ALL {
        let page = FactorPage::of(*factor);
        let folder = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/rules"))
            .unwrap()
            .flatten()
            .find(|entry| {
                let text = std::fs::read_to_string(entry.path().join("factor.md"));
                text.is_ok_and(|text| text == factor.page())
            });
        let code = std::fs::read_to_string(folder.unwrap().path().join("evidence.rs")).unwrap();
        for key in page.en.unknown.keys().chain(page.en.not_applicable.keys()).chain(page.en.keeps.keys()) {
            assert!(code.contains(&format!("\"{key}\"")), "{}: `{key}` is given nowhere", factor.slug());
        }
    }
}
