//! Facts → events: which calls of a file do what, by the tables. Depends on the facts and the tables alone.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::concept::Concept;
use super::table::{Row, RowId, Selector, Tables};
use crate::facts::code::{Call, CodeFacts, Scope};
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
        // Of an unresolved name only the last segment is known; few rows ask for no more (`?.persist`).
        let unresolved = call.callee.is_unresolved().then(|| format!("?.{}", call.callee.last()));
        let name = unresolved.as_deref().unwrap_or(call.callee.as_str());
        for id in tables.rows_for(facts.language, name, call.callee.last()) {
            let Some(row) = tables.row(id) else { continue };
            if row.when.iter().all(|(at, literal)| literal_is(call, at, literal)) {
                events.push(event_of(call, position, row, id));
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
    events
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
