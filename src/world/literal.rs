//! Literals behind values: what a program would use if nobody configured anything.

use crate::source::{ByteRange, Span};

use super::meaning::{Meaning, MeaningKind};
use super::{CodeFile, Service, ServiceId, World};
use crate::discover::role::Role;
use crate::facts::code::Language;

/// A value that is fixed in the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Literal {
    /// Its text; for bytes that are no text, what was written.
    pub text: String,
    /// Where it stands.
    pub span: Span,
    /// It is a run of numbers, not text.
    pub bytes: bool,
}

/// Calls that only change the form of their argument.
const DECODERS: &[&str] =
    &["decode", "from_hex", "from_base64", "decode_to_vec", "b64decode", "encode", "unhexlify"];

/// The literal that `meaning` is, when every part of it is fixed in the code.
pub fn literal(meaning: &Meaning) -> Option<Literal> {
    let found = |text: String, bytes| Some(Literal { text, span: meaning.span, bytes });
    match &meaning.kind {
        MeaningKind::Text(text) => found(text.clone(), false),
        MeaningKind::Repeat(inner) => match inner.kind {
            MeaningKind::Integer(number) => found(format!("{number}, {number}, …"), true),
            _ => None,
        },
        MeaningKind::List(parts) if parts.len() >= 8 => {
            let number = |p: &Meaning| match p.kind {
                MeaningKind::Integer(number) => Some(number.to_string()),
                _ => None,
            };
            let numbers: Option<Vec<String>> = parts.iter().map(number).collect();
            numbers.and_then(|all| found(all.join(", "), true))
        }
        MeaningKind::Join(parts) => {
            let texts: Option<Vec<&str>> = parts.iter().map(Meaning::text).collect();
            texts.and_then(|all| found(all.concat(), false))
        }
        MeaningKind::Call(name, arguments) => {
            let last = name.rsplit([':', '.']).next().unwrap_or(name);
            let decoded =
                DECODERS.contains(&last) || matches!(last, "from" | "try_from") && arguments.len() == 1;
            decoded.then(|| arguments.iter().find_map(literal)).flatten()
        }
        _ => None,
    }
}

/// The bytes of `part` of the text of a literal at `span`; the whole literal when escapes or prefixes make the
/// place of a part uncertain.
pub fn part_of(span: Span, text: &str, part: std::ops::Range<usize>) -> Span {
    match span.range {
        Some(range) if range.len() == text.len() + 2 || range.len() == text.len() => {
            let start = range.start as usize + (range.len() - text.len()) / 2;
            Span::new(span.file, ByteRange::new(start + part.start, start + part.end))
        }
        _ => span,
    }
}

/// What the services say about code that several of them may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// A running service is built from it; the first such one.
    Service(Option<ServiceId>),
    /// Only programs for people, plug-ins or helpers are built from it, or nothing is.
    Elsewhere,
}

impl World {
    /// Whether a service that the platform runs is built from `file`. Where a language has no targets to tell,
    /// production code counts.
    pub fn standing(&self, file: &CodeFile) -> Standing {
        let all = self.services_of(file);
        let runs = |(_, service): &&(ServiceId, &Service)| {
            service.kind.is_long_running() || service.kind == super::ServiceKind::Admin
        };
        match all.iter().find(runs) {
            Some((id, _)) => Standing::Service(Some(*id)),
            None if all.is_empty() && file.facts.language != Language::Rust => Standing::Service(None),
            None => Standing::Elsewhere,
        }
    }
}

/// True for code that only developers run: `_dev_utils`, `dev-tools`, `scripts`, `seed`.
pub fn is_developer_path(path: &str, role: Role) -> bool {
    let developer = |segment: &str| {
        let words: Vec<&str> = segment.split(['_', '-', '.']).filter(|w| !w.is_empty()).collect();
        matches!(words.first(), Some(&("dev" | "scripts" | "seed" | "seeds" | "devtools" | "playground")))
    };
    let script =
        |segment: &str| path.ends_with(".py") && matches!(segment, "tools" | "tool" | "contrib" | "bin");
    role == Role::Dev || path.split('/').any(|segment| developer(segment) || script(segment))
}
