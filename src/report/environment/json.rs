//! The inventory as JSON, version 1.

use serde::Serialize;

use super::Inventory;

#[derive(Serialize)]
struct InventoryV1<'a> {
    version: u32,
    tool: ToolV1,
    root: &'a str,
    variables: Vec<VariableV1<'a>>,
    open: Vec<OpenV1<'a>>,
    gaps: usize,
}

#[derive(Serialize)]
struct ToolV1 {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct VariableV1<'a> {
    name: &'a str,
    requirement: &'a str,
    default: Option<&'a str>,
    secret: bool,
    standard: bool,
    read: Vec<ReadV1<'a>>,
    declared: Vec<DeclaredV1<'a>>,
    documented: Vec<LineV1<'a>>,
}

#[derive(Serialize)]
struct ReadV1<'a> {
    file: &'a str,
    line: usize,
    requirement: &'static str,
    default: Option<&'a str>,
    services: &'a [String],
}

#[derive(Serialize)]
struct DeclaredV1<'a> {
    file: &'a str,
    line: usize,
    by: &'static str,
    workload: Option<&'a str>,
    value: Option<&'a str>,
}

#[derive(Serialize)]
struct OpenV1<'a> {
    prefix: Option<&'a str>,
    file: &'a str,
    line: usize,
}

#[derive(Serialize)]
struct LineV1<'a> {
    file: &'a str,
    line: usize,
}

/// The inventory as one JSON object with a line end.
pub fn render(inventory: &Inventory) -> String {
    let variables = inventory.variables.iter().map(|entry| VariableV1 {
        name: &entry.name,
        requirement: match (entry.requirement, &entry.by_prefix) {
            (Some(requirement), _) => requirement.slug(),
            (None, Some(_)) => "by-prefix",
            (None, None) => "unread",
        },
        default: entry.default.as_deref(),
        secret: entry.secret,
        standard: entry.standard,
        read: entry
            .reads
            .iter()
            .map(|r| ReadV1 {
                file: &r.place.file,
                line: r.place.line,
                requirement: r.requirement.slug(),
                default: r.default.as_deref(),
                services: &r.services,
            })
            .collect(),
        declared: entry
            .declared
            .iter()
            .map(|d| DeclaredV1 {
                file: &d.place.file,
                line: d.place.line,
                by: d.by,
                workload: d.workload.as_deref(),
                value: d.value.as_deref(),
            })
            .collect(),
        documented: entry.documented.iter().map(|l| LineV1 { file: &l.file, line: l.line }).collect(),
    });
    let object = InventoryV1 {
        version: 1,
        tool: ToolV1 { name: "twelvelint", version: env!("CARGO_PKG_VERSION") },
        root: &inventory.root,
        variables: variables.collect(),
        open: inventory
            .open
            .iter()
            .map(|o| OpenV1 { prefix: o.prefix.as_deref(), file: &o.place.file, line: o.place.line })
            .collect(),
        gaps: inventory.gaps,
    };
    let mut text = serde_json::to_string_pretty(&object).unwrap_or_default();
    text.push('\n');
    text
}
