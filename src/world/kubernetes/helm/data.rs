//! Values while a template is evaluated.

use std::rc::Rc;

use super::text::{Piece, Pieces, UNKNOWN, joined};
use crate::source::{FileId, Span};
use crate::syntax::doc::{NodeRef, ScalarKind};
use crate::world::compose::inner;

/// A value and where it is written.
#[derive(Clone, Debug, Default)]
pub(super) struct Datum {
    pub value: Data,
    /// Where a scalar is written.
    pub place: Option<Span>,
    /// The bytes at `place` are the text itself.
    pub exact: bool,
    /// How deep collections are nested in it.
    pub depth: usize,
}

/// A value.
#[derive(Clone, Debug, Default)]
pub(super) enum Data {
    /// Not known before a release is made.
    Unknown,
    #[default]
    Nil,
    Truth(bool),
    /// A number as written.
    Number(String),
    Text(Pieces),
    List(Rc<Vec<Datum>>),
    Map(Rc<Vec<Field>>),
}

/// An entry of a mapping.
#[derive(Clone, Debug)]
pub(super) struct Field {
    pub key: String,
    pub key_place: Option<Span>,
    pub value: Datum,
}

impl Datum {
    pub fn of(value: Data) -> Self {
        let deepest = |depths: &mut dyn Iterator<Item = usize>| depths.max().unwrap_or(0) + 1;
        let depth = match &value {
            Data::List(items) => deepest(&mut items.iter().map(|i| i.depth)),
            Data::Map(fields) => deepest(&mut fields.iter().map(|f| f.value.depth)),
            _ => 0,
        };
        Datum { value, place: None, exact: false, depth }
    }

    pub fn unknown() -> Self {
        Datum::of(Data::Unknown)
    }

    pub fn text(text: impl Into<String>) -> Self {
        Datum::of(Data::Text(vec![Piece::new(text)]))
    }

    pub fn pieces(pieces: Pieces) -> Self {
        Datum::of(Data::Text(pieces))
    }

    pub fn truth(truth: bool) -> Self {
        Datum::of(Data::Truth(truth))
    }

    pub fn number(number: i64) -> Self {
        Datum::of(Data::Number(number.to_string()))
    }

    /// A mapping of own making.
    pub fn map(fields: Vec<(String, Datum)>) -> Self {
        let field = |(key, value)| Field { key, key_place: None, value };
        Datum::of(Data::Map(Rc::new(fields.into_iter().map(field).collect())))
    }

    /// The value of a node of a values file; `budget` bounds how many are kept.
    pub fn read(node: NodeRef<'_>, file: FileId, budget: &mut usize) -> Datum {
        let Some(rest) = budget.checked_sub(1) else { return Datum::unknown() };
        *budget = rest;
        if node.is_mapping() {
            let mut fields = Vec::new();
            for entry in node.entries() {
                fields.push(Field {
                    key: entry.key.to_owned(),
                    key_place: Some(Span::new(file, entry.key_range)),
                    value: Datum::read(entry.value, file, budget),
                });
            }
            return Datum::of(Data::Map(Rc::new(fields)));
        }
        if node.is_sequence() {
            let items = node.items().map(|item| Datum::read(item, file, budget)).collect();
            return Datum::of(Data::List(Rc::new(items)));
        }
        let Some(scalar) = node.as_scalar() else { return Datum::default() };
        let (range, exact) = inner(node.range(), &scalar.text);
        let place = Some(Span::new(file, range));
        let value = match scalar.kind {
            ScalarKind::Boolean => Data::Truth(scalar.text.eq_ignore_ascii_case("true")),
            ScalarKind::Integer | ScalarKind::Float => Data::Number(scalar.text.clone()),
            _ => {
                let text = scalar.text.clone();
                Data::Text(vec![Piece { text, place, exact, via: None, maybe: false }])
            }
        };
        Datum { value, place, exact, depth: 0 }
    }

    /// The value under `key`; nothing for what has no such entry.
    pub fn field(&self, key: &str) -> Datum {
        match &self.value {
            Data::Unknown => Datum::unknown(),
            Data::Map(fields) => {
                let found = fields.iter().rev().find(|f| f.key == key);
                found.map(|f| f.value.clone()).unwrap_or_default()
            }
            Data::Nil => Datum::default(),
            _ => Datum::unknown(),
        }
    }

    /// Whether it counts as true; none when that is not known.
    pub fn truthy(&self) -> Option<bool> {
        match &self.value {
            Data::Unknown => None,
            Data::Nil => Some(false),
            Data::Truth(truth) => Some(*truth),
            Data::Number(number) => Some(number.parse::<f64>() != Ok(0.0)),
            Data::Text(pieces) => {
                let text = joined(pieces);
                let known = text.chars().any(|c| c != UNKNOWN && !c.is_whitespace());
                (known || !text.contains(UNKNOWN)).then_some(!text.is_empty())
            }
            Data::List(items) => Some(!items.is_empty()),
            Data::Map(fields) => Some(!fields.is_empty()),
        }
    }

    /// The text that printing it gives; none for what has no text.
    pub fn known_text(&self) -> Option<String> {
        let text = match &self.value {
            Data::Nil => String::new(),
            Data::Truth(truth) => truth.to_string(),
            Data::Number(number) => number.clone(),
            Data::Text(pieces) => joined(pieces),
            _ => return None,
        };
        (!text.contains(UNKNOWN)).then_some(text)
    }

    /// What printing it gives.
    pub fn printed(&self) -> Pieces {
        let scalar =
            |text: String| vec![Piece { text, place: self.place, exact: self.exact, ..Piece::default() }];
        match &self.value {
            Data::Nil => Vec::new(),
            Data::Truth(truth) => scalar(truth.to_string()),
            Data::Number(number) => scalar(number.clone()),
            Data::Text(pieces) => pieces.clone(),
            Data::Unknown | Data::List(_) | Data::Map(_) => vec![Piece::new(UNKNOWN.to_string())],
        }
    }

    /// The whole number, if it is one.
    pub fn integer(&self) -> Option<i64> {
        let text = self.known_text()?;
        text.parse::<i64>().ok().or_else(|| {
            let number = text.parse::<f64>().ok().filter(|n| n.is_finite() && n.abs() < 1e15)?;
            Some(number as i64)
        })
    }
}

/// `value` as YAML, every line behind the first indented by `indent`; `budget` bounds the nodes that are written.
pub(super) fn to_yaml(value: &Datum, indent: usize, budget: &mut usize, out: &mut Pieces) {
    let Some(rest) = budget.checked_sub(1).filter(|_| indent < 120) else {
        return out.push(Piece::new(UNKNOWN.to_string()));
    };
    *budget = rest;
    let blanks = " ".repeat(indent);
    match &value.value {
        Data::Map(fields) if fields.is_empty() => out.push(Piece::new("{}")),
        Data::List(items) if items.is_empty() => out.push(Piece::new("[]")),
        Data::Map(fields) => {
            for (at, field) in fields.iter().enumerate() {
                if at > 0 {
                    out.push(Piece::new(format!("\n{blanks}")));
                }
                let text = quoted_if_needed(&field.key);
                out.push(Piece { text, place: field.key_place, ..Piece::default() });
                out.push(Piece::new(":"));
                match &field.value.value {
                    Data::Map(inner) if !inner.is_empty() => {
                        out.push(Piece::new(format!("\n{blanks}  ")));
                        to_yaml(&field.value, indent + 2, budget, out);
                    }
                    Data::List(inner) if !inner.is_empty() => {
                        out.push(Piece::new(format!("\n{blanks}")));
                        to_yaml(&field.value, indent, budget, out);
                    }
                    _ => {
                        out.push(Piece::new(" "));
                        to_yaml(&field.value, indent + 2, budget, out);
                    }
                }
            }
        }
        Data::List(items) => {
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(Piece::new(format!("\n{blanks}")));
                }
                out.push(Piece::new("- "));
                to_yaml(item, indent + 2, budget, out);
            }
        }
        Data::Nil => out.push(Piece::new("null")),
        Data::Text(pieces) => {
            let text = joined(pieces);
            let first = pieces.first();
            let (place, exact) = first.map_or((None, false), |p| (p.place, p.exact && pieces.len() == 1));
            let quoted = quoted_if_needed(&text);
            let exact = exact && quoted == text;
            out.push(Piece { text: quoted, place, exact, via: None, maybe: false });
        }
        _ => out.extend(value.printed()),
    }
}

/// A text as a YAML scalar that reads as this very text.
pub(super) fn quoted_if_needed(text: &str) -> String {
    let plain = !text.is_empty()
        && text.chars().all(|c| {
            c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | UNKNOWN | '\u{E001}' | '\u{E002}')
        })
        && !text.starts_with(['-', '.'])
        && !text.chars().next().is_some_and(|c| c.is_ascii_digit())
        && !["true", "false", "null", "yes", "no", "on", "off"].contains(&text.to_ascii_lowercase().as_str());
    if plain { text.to_owned() } else { in_quotes(text) }
}

/// A text in double quotes.
pub(super) fn in_quotes(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
