//! Every example of every rule page is executed: that rule alone must report exactly the places the page names.
#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

mod support;

use std::collections::BTreeMap;

use twelvelint::page::{Page, examples};
use twelvelint::rules::Rule;

#[test]
fn examples_report_what_the_page_says() {
    let mut failures = Vec::new();
    for rule in Rule::all() {
        let page = Page::parse(rule.page).unwrap_or_else(|error| panic!("{}: {error}", rule.name));
        for example in examples(&page.body) {
            let tree = support::tree_of(&example);
            let found = support::places(&tree, rule);
            let mut wanted: BTreeMap<String, Vec<(usize, String)>> = BTreeMap::new();
            for file in example.files.iter().filter(|f| !f.violates.is_empty()) {
                let said = |at: usize| match file.levels.as_slice() {
                    [only] => Some(only.clone()),
                    several => several.get(at).cloned(),
                };
                let here = found.get(&file.path);
                let seen = |at: usize| here.and_then(|f| f.get(at)).map_or(String::new(), |(_, l)| l.clone());
                // Where the page names no level, any will do.
                let lines = file.violates.iter().enumerate();
                let lines = lines.map(|(at, line)| (*line, said(at).unwrap_or_else(|| seen(at)))).collect();
                wanted.insert(file.path.clone(), lines);
                if file.levels.len() > 1 && file.levels.len() != file.violates.len() {
                    failures.push(format!("{} › {}: a level for each line", rule.name, example.title));
                }
            }
            if found != wanted {
                failures.push(format!(
                    "{} › {}\n  wanted {wanted:?}\n  found  {found:?}",
                    rule.name, example.title
                ));
            }
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn pages_are_complete() {
    let mut failures = Vec::new();
    for rule in Rule::all() {
        let page = Page::parse(rule.page).unwrap_or_else(|error| panic!("{}: {error}", rule.name));
        let mut fail = |what: &str| failures.push(format!("{}: {what}", rule.name));
        for heading in [
            "## What it finds",
            "## Why it matters",
            "## How to mend it",
            "## When to allow it",
            "## Examples",
        ] {
            let text =
                page.body.split(heading).nth(1).and_then(|rest| rest.split("\n## ").next()).unwrap_or("");
            if text.trim().is_empty() {
                fail(&format!("`{heading}` is missing or empty"));
            }
        }
        let all = examples(&page.body);
        if !all.iter().any(|e| e.files.iter().any(|f| !f.violates.is_empty())) {
            fail("no violating example");
        }
        if !all.iter().any(|e| e.files.iter().all(|f| f.violates.is_empty())) {
            fail("no near miss");
        }
        for templates in std::iter::once(&page.en).chain(&page.zh) {
            if templates.message.ends_with('.') || templates.message.starts_with(char::is_uppercase) {
                fail("the message has a capital or a full stop");
            }
        }
        if let Some(zh) = &page.zh {
            let holes = |t: &str| {
                let mut holes: Vec<String> = t
                    .split('{')
                    .skip(1)
                    .filter_map(|p| p.split_once('}'))
                    .map(|(h, _)| h.to_owned())
                    .collect();
                holes.sort();
                holes.dedup();
                holes
            };
            let english: BTreeMap<String, Vec<String>> =
                page.en.all().into_iter().map(|(k, t)| (k, holes(t))).collect();
            let chinese: BTreeMap<String, Vec<String>> =
                zh.all().into_iter().map(|(k, t)| (k, holes(t))).collect();
            for key in english.keys().filter(|k| !chinese.contains_key(*k)) {
                fail(&format!("zh lacks `{key}`"));
            }
            for (key, holes) in chinese {
                if english.get(&key).is_some_and(|e| holes.iter().any(|h| !e.contains(h))) {
                    fail(&format!("zh `{key}` has other holes"));
                }
            }
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}
