//! The baseline file, version 1: one line for each finding, so that a review of its changes can be read.

use serde::Serialize;

use super::Report;
use super::build::Sources;

#[derive(Serialize)]
struct EntryV1<'a> {
    rule: &'a str,
    file: Option<&'a str>,
    fingerprint: &'a str,
}

/// The findings of `report`, sorted by file and rule. Nothing in it moves with a line number or a wording.
pub fn render(report: &Report, sources: &Sources<'_>) -> String {
    let mut entries: Vec<EntryV1<'_>> = report
        .diagnostics
        .iter()
        .map(|d| EntryV1 {
            rule: &d.rule,
            file: d.place.as_ref().map(|place| sources.path(place.id)),
            fingerprint: &d.fingerprint,
        })
        .collect();
    entries.sort_by_key(|entry| (entry.file, entry.rule, entry.fingerprint));
    let lines: Vec<String> =
        entries.iter().map(|entry| serde_json::to_string(entry).unwrap_or_default()).collect();
    let findings = if lines.is_empty() { String::new() } else { format!("\n  {}\n", lines.join(",\n  ")) };
    format!("{{\"version\": 1, \"findings\": [{findings}]}}\n")
}
