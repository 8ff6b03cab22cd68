//! Every row of every knowledge table is executed: its proof must give an event of the row, its near miss none.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

use std::collections::{BTreeMap, BTreeSet};

use twelvelint::discover::kind::FileKind;
use twelvelint::facts::artefact::Artefact;
use twelvelint::facts::code::Language;
use twelvelint::frontends::extract;
use twelvelint::knowledge::{Event, Row, Tables, resolve};

fn events(language: Language, tables: &Tables, snippet: &str) -> Vec<Event> {
    let kind = match language {
        Language::Rust => FileKind::Rust,
        Language::Python => FileKind::Python,
    };
    match extract(kind, snippet).artefact {
        Artefact::Code(facts) => resolve(&facts, tables),
        _ => Vec::new(),
    }
}

fn of_row(events: Vec<Event>, tables: &Tables, row: &Row) -> Vec<Event> {
    let same = |e: &Event| tables.row(e.row).is_some_and(|r| std::ptr::eq(r, row));
    events.into_iter().filter(same).collect()
}

#[test]
fn rows_find_their_proof_and_not_their_near_miss() {
    let mut failures = Vec::new();
    for language in [Language::Rust, Language::Python] {
        let tables = Tables::built_in(&BTreeSet::from([language]))
            .unwrap_or_else(|e| panic!("{}: {}", e.table, e.message));
        for row in tables.rows() {
            let mut fail = |what: String| failures.push(format!("{} › {}: {what}", row.table, row.name));
            let Some(proof) = &row.proof else {
                fail("no proof".into());
                continue;
            };
            let found = of_row(events(language, &tables, proof), &tables, row);
            match found.first() {
                None => fail(format!("the proof gives no event\n{proof}")),
                Some(event) => {
                    for role in row.roles.keys().filter(|r| !matches!(r.as_str(), "default" | "field")) {
                        if found.iter().all(|e| e.role(role).is_none()) {
                            fail(format!("the proof gives no `{role}`: {:?}", event.roles.keys()));
                        }
                    }
                }
            }
            if let Some(miss) = &row.near_miss
                && !of_row(events(language, &tables, miss), &tables, row).is_empty()
            {
                fail(format!("the near miss gives an event\n{miss}"));
            }
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}

#[test]
fn what_can_be_mistaken_has_a_near_miss() {
    let mut failures = Vec::new();
    for language in [Language::Rust, Language::Python] {
        let tables = Tables::built_in(&BTreeSet::from([language]))
            .unwrap_or_else(|e| panic!("{}: {}", e.table, e.message));
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
