//! Syntactic values: what an expression is made of, seen inside one file through immutable bindings.
//!
//! No branch is decided and no loop is run; whatever is not certain is [`ValueKind::Unknown`], which never accuses.

use serde::{Deserialize, Serialize};

use crate::source::ByteRange;

use super::name::QName;

/// An expression and what it is made of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Value {
    /// Where the expression stands. For a value reached through a binding: where the bound expression stands.
    pub range: ByteRange,
    /// What it is made of.
    pub kind: ValueKind,
}

/// The parts of an expression.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum ValueKind {
    /// Not certain.
    #[default]
    Unknown,
    /// A string, byte string or character literal, decoded; invalid UTF-8 becomes U+FFFD.
    Text(String),
    /// An integer literal.
    Integer(i64),
    /// A boolean literal.
    Boolean(bool),
    /// What call number `n` of the file's [`super::code::CodeFacts::calls`] returns.
    Call(u32),
    /// The inner value, and the process or function fails where it is absent (`unwrap`, `expect`, `?`, `os.environ[k]`).
    Required(Box<Value>),
    /// The first of these that is present: a value and its fallbacks, in order (`unwrap_or`, `||`, `or`).
    Either(Vec<Value>),
    /// Text put together from these, in order (`format!`, `+`, f-strings).
    Join(Vec<Value>),
    /// A constant, static, function, enum variant or unit struct, by its resolved name.
    Name(QName),
    /// Parameter number `n` (0-based, `self` not counted) of the enclosing function.
    Parameter(u32),
    /// A named part of a value (`config.port`, `self.addr`); tuple parts are named by their number.
    Field(Box<Value>, String),
    /// An array, tuple or list.
    List(Vec<Value>),
    /// One value repeated (`[0; 64]`).
    Repeat(Box<Value>),
    /// A struct literal or mapping with literal keys: type (empty when it has none) and parts.
    Record(QName, Vec<(String, Value)>),
    /// A function written in place, by its result.
    Closure(Box<Value>),
}

impl Value {
    /// A value of the given kind at `range`.
    pub fn new(range: ByteRange, kind: ValueKind) -> Self {
        Self { range, kind }
    }

    /// A value of which nothing is known, at `range`.
    pub fn unknown(range: ByteRange) -> Self {
        Self { range, kind: ValueKind::Unknown }
    }

    /// The text, when the value is a plain literal.
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            ValueKind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The direct parts of a composite value.
    pub fn parts(&self) -> Vec<&Value> {
        match &self.kind {
            ValueKind::Required(inner)
            | ValueKind::Field(inner, _)
            | ValueKind::Repeat(inner)
            | ValueKind::Closure(inner) => vec![inner],
            ValueKind::Either(parts) | ValueKind::Join(parts) | ValueKind::List(parts) => {
                parts.iter().collect()
            }
            ValueKind::Record(_, parts) => parts.iter().map(|(_, value)| value).collect(),
            ValueKind::Unknown
            | ValueKind::Text(_)
            | ValueKind::Integer(_)
            | ValueKind::Boolean(_)
            | ValueKind::Call(_)
            | ValueKind::Name(_)
            | ValueKind::Parameter(_) => Vec::new(),
        }
    }
}
