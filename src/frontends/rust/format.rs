//! Format templates: `"{host}:{}"` as the parts it puts together.

use crate::facts::code::Argument;
use crate::facts::name::QName;
use crate::facts::value::{Value, ValueKind};
use crate::source::ByteRange;

use super::walker::{Walker, bounded};

/// A piece of a template.
#[derive(Debug, PartialEq)]
pub enum Piece {
    /// Plain text, braces unescaped.
    Text(String),
    /// `{}`.
    Next,
    /// `{0}`.
    Number(usize),
    /// `{name}`.
    Name(String),
}

/// Cuts a template into its pieces; a template that is not well formed is plain text.
pub fn pieces(template: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut chars = template.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '{' | '}' if chars.peek() == Some(&char) => {
                chars.next();
                text.push(char);
            }
            '{' => {
                let mut hole = String::new();
                let mut closed = false;
                for char in chars.by_ref() {
                    if char == '}' {
                        closed = true;
                        break;
                    }
                    hole.push(char);
                }
                if !closed {
                    return vec![Piece::Text(template.to_owned())];
                }
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                }
                let name = hole.split(':').next().unwrap_or("").trim();
                pieces.push(match name.parse::<usize>() {
                    Ok(number) => Piece::Number(number),
                    Err(_) if name.is_empty() => Piece::Next,
                    Err(_) => Piece::Name(name.to_owned()),
                });
            }
            _ => text.push(char),
        }
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    pieces
}

impl Walker {
    /// The value of a template with its arguments.
    pub fn joined(&self, template: &str, template_range: ByteRange, arguments: &[Argument]) -> ValueKind {
        let mut next = 0;
        let positional: Vec<&Argument> =
            arguments.iter().filter(|argument| argument.name.is_none()).collect();
        let mut parts = Vec::new();
        for piece in pieces(template) {
            let part =
                match piece {
                    Piece::Text(text) => Some(Value::new(template_range, ValueKind::Text(text))),
                    Piece::Next => {
                        next += 1;
                        positional.get(next - 1).map(|argument| argument.value.clone())
                    }
                    Piece::Number(number) => positional.get(number).map(|argument| argument.value.clone()),
                    Piece::Name(name) => {
                        let given = arguments.iter().find(|argument| argument.name.as_ref() == Some(&name));
                        Some(given.map_or_else(
                            || self.captured(&name, template_range),
                            |given| given.value.clone(),
                        ))
                    }
                };
            parts.push(part.unwrap_or_else(|| Value::unknown(template_range)));
        }
        match parts.len() {
            0 => ValueKind::Text(String::new()),
            1 => parts.pop().map(|part| part.kind).unwrap_or_default(),
            _ => bounded(Value::new(template_range, ValueKind::Join(parts))).kind,
        }
    }

    /// `{name}` without an argument of that name: a local or a constant.
    fn captured(&self, name: &str, range: ByteRange) -> Value {
        match self.variable(name) {
            Some(seen) => seen.value,
            None => {
                let name = self.names.path_name(&[name.to_owned()], self.frame);
                Value::new(range, ValueKind::Name(QName::new(name)))
            }
        }
    }
}
