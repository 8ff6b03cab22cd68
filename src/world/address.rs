//! Addresses of services in values: written out, put together around a fixed host, or used when nothing is configured.

use crate::source::Span;

use super::literal::{literal, part_of};
use super::locator::{Locator, locator};
use super::meaning::{Meaning, MeaningKind};

/// How fixed an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fixed {
    /// Nothing can change it.
    Wholly,
    /// Only user, password or name are filled in.
    Host,
    /// Something is asked first.
    Fallback,
}

/// An address that the code writes out.
#[derive(Clone, Debug)]
pub struct Address {
    /// Where it leads.
    pub locator: Locator,
    /// The host in the literal.
    pub span: Span,
    /// The literal.
    pub text_span: Span,
    /// How fixed it is.
    pub fixed: Fixed,
}

/// The address that a value is, or falls back to. `bare` admits a host without a scheme.
pub fn address(meaning: &Meaning, bare: bool) -> Option<Address> {
    match &meaning.kind {
        MeaningKind::Environment(read) => fallback(read.default.as_ref()?, bare),
        MeaningKind::Either(parts) => fallback(parts.last()?, bare),
        MeaningKind::Join(parts) => joined(parts),
        MeaningKind::Call(name, arguments) => {
            let last = name.rsplit([':', '.']).next().unwrap_or(name);
            let made = matches!(last, "parse" | "from_str" | "try_from" | "from" | "new" | "Url");
            arguments.first().filter(|_| made).and_then(|argument| address(argument, bare))
        }
        MeaningKind::List(parts) => parts.iter().find_map(|part| address(part, bare)),
        _ => {
            let found = literal(meaning).filter(|l| !l.bytes)?;
            let locator = locator(found.text.trim(), bare)?;
            let span = part_of(found.span, &found.text, locator.host_at.clone());
            Some(Address { locator, span, text_span: found.span, fixed: Fixed::Wholly })
        }
    }
}

fn fallback(default: &Meaning, bare: bool) -> Option<Address> {
    Some(Address { fixed: Fixed::Fallback, ..address(default, bare)? })
}

/// A template whose host is written out, whatever else is filled in.
fn joined(parts: &[Meaning]) -> Option<Address> {
    let mut text = String::new();
    let mut literals = Vec::new();
    for part in parts {
        let start = text.len();
        match part.text() {
            Some(written) => {
                text.push_str(written);
                literals.push((start..text.len(), part.span));
            }
            None => text.push_str("hole"),
        }
    }
    let locator = locator(&text, false)?;
    let at = &locator.host_at;
    let (_, span) =
        literals.iter().find(|(range, _)| range.start <= at.start && at.end <= range.end)?.clone();
    // The host must end inside the literal too: what is glued to it may belong to it.
    let ends =
        text.get(at.end..).is_some_and(|rest| rest.starts_with([':', '/', ' ', ')', ';']) || rest.is_empty());
    let inside = literals.iter().any(|(range, _)| range.contains(&at.end)) || at.end == text.len();
    let fixed = if literals.len() == parts.len() { Fixed::Wholly } else { Fixed::Host };
    (ends && inside).then_some(Address { locator, span, text_span: span, fixed })
}
