//! Every row of every built-in table finds its proving snippet and passes over its near miss, through the real
//! front-end: a row that can never match, or that matches what only looks alike, does not get in.
#![allow(clippy::panic, clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use twelvelint::discover::kind::FileKind;
use twelvelint::facts::artefact::Artefact;
use twelvelint::facts::code::Language;
use twelvelint::frontends;
use twelvelint::knowledge::{Event, Row, Tables, resolve};

const LANGUAGES: &[(Language, FileKind)] = &[(Language::Rust, FileKind::Rust)];

fn tables(language: Language) -> Tables {
    Tables::built_in(&BTreeSet::from([language])).unwrap_or_else(|e| panic!("{}: {}", e.table, e.message))
}

/// The events of `snippet` that come from `row`.
fn events(tables: &Tables, row: &Row, kind: FileKind, snippet: &str) -> Vec<Event> {
    let facts = frontends::extract(kind, snippet);
    assert!(facts.problems.is_empty(), "{}: {}: {:?}", row.table, row.name, facts.problems);
    let Artefact::Code(code) = facts.artefact else { panic!("{}: {}: no code", row.table, row.name) };
    let of_row = |event: &Event| {
        tables.row(event.row).is_some_and(|found| {
            found.table == row.table && found.name == row.name && found.concept == row.concept
        })
    };
    resolve(&code, tables).into_iter().filter(of_row).collect()
}

#[test]
fn each_row_finds_its_proof() {
    let mut failures = Vec::new();
    for (language, kind) in LANGUAGES {
        let tables = tables(*language);
        for row in tables.rows() {
            let Some(proof) = &row.proof else {
                failures.push(format!("{}: {}: no proof", row.table, row.name));
                continue;
            };
            if events(&tables, row, *kind, proof).is_empty() {
                failures.push(format!("{}: {}: the proof is not found", row.table, row.name));
            }
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn no_row_finds_its_near_miss() {
    let mut failures = Vec::new();
    for (language, kind) in LANGUAGES {
        let tables = tables(*language);
        for row in tables.rows() {
            let Some(snippet) = &row.near_miss else { continue };
            if !events(&tables, row, *kind, snippet).is_empty() {
                failures.push(format!("{}: {}: the near miss is found", row.table, row.name));
            }
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn what_can_be_mistaken_has_a_near_miss() {
    let mut failures = Vec::new();
    for (language, _) in LANGUAGES {
        let tables = tables(*language);
        let mut concepts: BTreeMap<&str, bool> = BTreeMap::new();
        let mut last_names: BTreeMap<String, (BTreeSet<&str>, bool)> = BTreeMap::new();
        for row in tables.rows() {
            let has = row.near_miss.is_some();
            *concepts.entry(row.concept.slug()).or_default() |= has;
            if row.name.starts_with('*') && !has {
                failures.push(format!("{}: {}: an open name without near miss", row.table, row.name));
            }
            let patterns = twelvelint::knowledge::pattern::Pattern::parse(&row.name).unwrap();
            for pattern in patterns {
                let entry = last_names.entry(pattern.last_segment().to_owned()).or_default();
                entry.0.insert(row.table.as_str());
                entry.1 |= has;
            }
        }
        failures.extend(concepts.iter().filter(|(_, has)| !**has).map(|(c, _)| format!("{c}: no near miss")));
        let shared = last_names.iter().filter(|(_, (tables, has))| tables.len() > 1 && !has);
        failures.extend(shared.map(|(name, _)| format!("`{name}` is in several tables: no near miss")));
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}
