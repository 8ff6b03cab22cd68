//! Facts → events: which calls of a file do what, by the tables. Depends on the facts and the tables alone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::concept::Concept;
use super::table::{Row, RowId, Selector, Tables};
use crate::facts::code::{Call, CodeFacts, Scope};
use crate::facts::name::last_segment;
use crate::facts::value::{Value, ValueKind};
use crate::source::ByteRange;

/// Something that code does at a place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// What.
    pub concept: Concept,
    /// The whole call.
    pub range: ByteRange,
    /// The last segment of the called name.
    pub name_range: ByteRange,
    /// Position of the call in the file's facts; none for a parameter type.
    pub call: Option<u32>,
    /// Position of the enclosing function in the file's facts.
    pub function: Option<u32>,
    /// Where it stands.
    pub scope: Scope,
    /// The values that play a role.
    pub roles: BTreeMap<String, Value>,
    /// Constant attributes of the row.
    pub attributes: BTreeMap<String, String>,
    /// The row that matched.
    pub row: RowId,
}

impl Event {
    /// The value that plays `role`.
    pub fn role(&self, role: &str) -> Option<&Value> {
        self.roles.get(role)
    }

    /// The attribute `name` of the row.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }
}

/// The events of one file, in source order.
pub fn resolve(facts: &CodeFacts, tables: &Tables) -> Vec<Event> {
    let mut events = Vec::new();
    for (position, call) in facts.calls.iter().enumerate() {
        let written = call.callee.as_str();
        events.extend(resolve_as(facts, position, written, tables));
        // Of an unresolved name only the last segment is known; few rows ask for no more (`?.persist`).
        if call.callee.is_unresolved() {
            events.extend(resolve_as(facts, position, &format!("?.{}", call.callee.last()), tables));
        }
        // `use salvo::prelude::*;` brings in names that only the library knows.
        if let Some(name) = written.strip_prefix('?').filter(|n| n.starts_with(char::is_uppercase)) {
            for glob in globs(facts) {
                events.extend(resolve_as(facts, position, &format!("{glob}::{name}"), tables));
            }
        }
    }
    for (position, function) in facts.functions.iter().enumerate() {
        for parameter in &function.parameters {
            let path = parameter.type_name.split('<').next().unwrap_or("").trim_start_matches('&').trim();
            let Some(id) = tables.row_for_type(facts.language, path) else { continue };
            let Some(row) = tables.row(id) else { continue };
            events.push(Event {
                concept: row.concept,
                range: function.name.range,
                name_range: function.name.range,
                call: None,
                function: u32::try_from(position).ok(),
                scope: function.scope,
                roles: BTreeMap::new(),
                attributes: row.set.clone(),
                row: id,
            });
        }
    }
    events.sort_by_key(|event| (event.range, event.row));
    events.dedup_by_key(|event| (event.range, event.row, event.call));
    events
}

/// The events of call number `position` of a file when what it calls is named `name`.
pub fn resolve_as(facts: &CodeFacts, position: usize, name: &str, tables: &Tables) -> Vec<Event> {
    let Some(call) = facts.calls.get(position) else { return Vec::new() };
    let mut events = Vec::new();
    for id in tables.rows_for(facts.language, name, last_segment(name)) {
        let Some(row) = tables.row(id) else { continue };
        let applies = row.when.iter().all(|(at, literal)| literal_is(call, at, literal))
            && row.receiver.as_ref().is_none_or(|word| owner(name).ends_with(word.as_str()))
            && (row.imports.is_empty() || row.imports.iter().any(|import| brings_in(facts, import)));
        if applies {
            events.push(event_of(call, position, row, id));
        }
    }
    events
}

/// Paths of the file's glob imports.
pub fn globs(facts: &CodeFacts) -> impl Iterator<Item = &str> {
    let globs = facts.imports.iter().filter(|i| i.local == "*");
    globs.map(|i| i.path.as_str().trim_end_matches('*').trim_end_matches("::"))
}

/// The segment in front of the last one, without `()`.
fn owner(name: &str) -> &str {
    let path = name.rsplit_once(['.', ':']).map_or("", |(path, _)| path);
    let path = path.trim_end_matches([':', '(', ')']);
    path.rsplit(['.', ':', '?']).next().unwrap_or(path)
}

/// Whether a file brings in what `wanted` says; see [`Row::imports`].
fn brings_in(facts: &CodeFacts, wanted: &str) -> bool {
    let names = facts.imports.iter().map(|i| i.path.as_str());
    let called = facts.calls.iter().map(|c| c.callee.as_str()).filter(|n| !n.starts_with('?'));
    if let Some(name) = wanted.strip_prefix("*::") {
        return facts.imports.iter().any(|i| i.path.last() == name);
    }
    match wanted.strip_suffix("::*") {
        Some(path) => names.chain(called).any(|n| {
            let rest = n.trim_start_matches("#[").strip_prefix(path);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        }),
        None => names.into_iter().any(|n| n == wanted),
    }
}

fn event_of(call: &Call, position: usize, row: &Row, id: RowId) -> Event {
    let mut roles = BTreeMap::new();
    for (role, selector) in &row.roles {
        if let Some(value) = select(call, selector) {
            roles.insert(role.clone(), value);
        }
    }
    Event {
        concept: row.concept,
        range: call.range,
        name_range: call.name_range,
        call: u32::try_from(position).ok(),
        function: call.function,
        scope: call.scope,
        roles,
        attributes: row.set.clone(),
        row: id,
    }
}

fn literal_is(call: &Call, at: &str, literal: &str) -> bool {
    let selector = at.parse().map_or_else(|_| Selector::Word(at.to_owned()), Selector::Position);
    match select(call, &selector).map(|value| value.kind) {
        Some(ValueKind::Text(text)) => text == literal,
        Some(ValueKind::Boolean(value)) => literal == if value { "true" } else { "false" },
        Some(ValueKind::Integer(value)) => value.to_string() == literal,
        Some(ValueKind::Name(name)) => name.last() == literal,
        _ => false,
    }
}

/// The argument that `selector` names.
fn select(call: &Call, selector: &Selector) -> Option<Value> {
    match selector {
        Selector::Position(position) => {
            call.arguments.iter().filter(|a| a.name.is_none()).nth(*position).map(|a| a.value.clone())
        }
        Selector::First(all) => all.iter().find_map(|one| select(call, one)),
        Selector::Word(word) => {
            let mut steps = word.split('.');
            let first = steps.next()?;
            let mut value = if first == "receiver" {
                call.receiver.clone()?
            } else if first == "callee" {
                Value::new(call.name_range, ValueKind::Text(call.callee.last().to_owned()))
            } else if let Ok(position) = first.parse::<usize>() {
                select(call, &Selector::Position(position))?
            } else {
                call.arguments.iter().find(|a| a.name.as_deref() == Some(first))?.value.clone()
            };
            for step in steps {
                value = part(&value, step)?;
            }
            Some(value)
        }
    }
}

fn part(value: &Value, name: &str) -> Option<Value> {
    match &value.kind {
        ValueKind::Record(_, parts) => parts.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone()),
        ValueKind::List(parts) => parts.get(name.parse::<usize>().ok()?).cloned(),
        _ => None,
    }
}
