//! Variables in values: `$X`, `${X}`, `${X:-default}`, `${X-default}`, `${X:?message}`, `${X:+replacement}`, `$$`.

use crate::source::ByteRange;

/// Deepest nesting of braces.
const MAX_DEPTH: usize = 16;

/// Longest text that is made.
const MAX_LENGTH: usize = 64 * 1024;

/// What stands behind a variable's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `-`: a default when the variable is not set.
    Default,
    /// `:-`: a default when the variable is not set or empty.
    DefaultIfEmpty,
    /// `?`: an error when the variable is not set.
    Required,
    /// `:?`: an error when the variable is not set or empty.
    RequiredIfEmpty,
    /// `+`: a replacement when the variable is set.
    Replacement,
    /// `:+`: a replacement when the variable is set and not empty.
    ReplacementIfEmpty,
}

impl Operator {
    /// True for `-` and `:-`.
    pub fn is_default(self) -> bool {
        matches!(self, Operator::Default | Operator::DefaultIfEmpty)
    }

    /// True for `?` and `:?`.
    pub fn is_required(self) -> bool {
        matches!(self, Operator::Required | Operator::RequiredIfEmpty)
    }
}

/// A use of a variable in a text; ranges are bytes of that text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Use {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub range: ByteRange,
    /// What follows the name, and the bytes of its argument.
    pub argument: Option<(Operator, ByteRange)>,
}

/// A text with its variables replaced.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    /// The result; none when a variable has neither value nor default, or the text is malformed.
    pub value: Option<String>,
    /// All variables, outer before inner, also those in defaults that were not needed.
    pub uses: Vec<Use>,
}

/// Replaces the variables of `raw`; `lookup` knows their values.
pub(super) fn interpolate(raw: &str, lookup: &dyn Fn(&str) -> Option<String>) -> Outcome {
    let mut uses = Vec::new();
    let value = replace(raw, 0, 0, lookup, &mut uses);
    Outcome { value, uses }
}

fn replace(
    raw: &str,
    offset: usize,
    depth: usize,
    lookup: &dyn Fn(&str) -> Option<String>,
    uses: &mut Vec<Use>,
) -> Option<String> {
    let mut out = Some(String::new());
    let mut add = |part: Option<&str>| {
        out = match (out.take(), part) {
            (Some(so_far), Some(part)) if so_far.len() + part.len() <= MAX_LENGTH => Some(so_far + part),
            _ => None,
        };
    };
    let mut at = 0;
    while let Some(found) = raw.get(at..).and_then(|rest| rest.find('$')) {
        let dollar = at + found;
        add(raw.get(at..dollar));
        let rest = raw.get(dollar + 1..).unwrap_or("");
        if rest.starts_with('$') {
            add(Some("$"));
            at = dollar + 2;
        } else if let Some(body) = rest.strip_prefix('{') {
            let Some(close) = closing_brace(body).filter(|_| depth < MAX_DEPTH) else {
                add(None);
                return None;
            };
            let body = body.get(..close).unwrap_or("");
            let value = braced(body, offset + dollar + 2, depth, lookup, uses);
            add(value.as_deref());
            at = dollar + 2 + close + 1;
        } else {
            let length = name_length(rest);
            if length == 0 {
                add(None);
            } else {
                let name = rest.get(..length).unwrap_or("").to_owned();
                add(lookup(&name).as_deref());
                let start = offset + dollar + 1;
                uses.push(Use { name, range: ByteRange::new(start, start + length), argument: None });
            }
            at = dollar + 1 + length;
        }
    }
    add(raw.get(at..));
    out
}

/// What stands between `${` and `}`; `offset` is where it starts.
fn braced(
    body: &str,
    offset: usize,
    depth: usize,
    lookup: &dyn Fn(&str) -> Option<String>,
    uses: &mut Vec<Use>,
) -> Option<String> {
    let length = name_length(body);
    let (name, rest) = body.split_at_checked(length).filter(|(name, _)| !name.is_empty())?;
    let operators = [
        (":-", Operator::DefaultIfEmpty),
        ("-", Operator::Default),
        (":?", Operator::RequiredIfEmpty),
        ("?", Operator::Required),
        (":+", Operator::ReplacementIfEmpty),
        ("+", Operator::Replacement),
    ];
    let operator = operators.iter().find(|(sign, _)| rest.starts_with(sign));
    let argument = operator.map(|(sign, operator)| {
        let start = offset + length + sign.len();
        (*operator, ByteRange::new(start, offset + body.len()))
    });
    let range = ByteRange::new(offset, offset + length);
    uses.push(Use { name: name.to_owned(), range, argument });
    let value = lookup(name);
    let Some((sign, operator)) = operator else {
        return if rest.is_empty() { value } else { None };
    };
    let argument = rest.get(sign.len()..).unwrap_or("");
    let argument = replace(argument, offset + length + sign.len(), depth + 1, lookup, uses);
    let full = value.clone().filter(|v| !v.is_empty());
    match operator {
        Operator::Default => value.or(argument),
        Operator::DefaultIfEmpty => full.or(argument),
        Operator::Required => value,
        Operator::RequiredIfEmpty => full,
        Operator::Replacement => value.map_or(Some(String::new()), |_| argument),
        Operator::ReplacementIfEmpty => full.map_or(Some(String::new()), |_| argument),
    }
}

/// Where the brace closes that was opened before `body`.
fn closing_brace(body: &str) -> Option<usize> {
    let mut open = 0usize;
    let bytes = body.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'{' if at > 0 && bytes.get(at - 1) == Some(&b'$') => open += 1,
            b'}' if open == 0 => return Some(at),
            b'}' => open -= 1,
            _ => {}
        }
    }
    None
}

fn name_length(text: &str) -> usize {
    let word = |(at, b): (usize, &u8)| *b == b'_' || b.is_ascii_alphabetic() || at > 0 && b.is_ascii_digit();
    text.as_bytes().iter().enumerate().take_while(|pair| word((pair.0, pair.1))).count()
}

/// The pieces of `raw` between `separator`s that stand outside braces and brackets, as bytes of `raw`.
pub(super) fn split_outside(raw: &str, separator: u8) -> Vec<(usize, usize)> {
    let mut pieces = Vec::new();
    let (mut open, mut start) = (0usize, 0);
    for (at, byte) in raw.as_bytes().iter().enumerate() {
        match byte {
            b'{' | b'[' => open += 1,
            b'}' | b']' => open = open.saturating_sub(1),
            _ if *byte == separator && open == 0 => {
                pieces.push((start, at));
                start = at + 1;
            }
            _ => {}
        }
    }
    pieces.push((start, raw.len()));
    pieces
}

#[cfg(test)]
mod tests {
    use super::{interpolate, split_outside};

    fn known(name: &str) -> Option<String> {
        match name {
            "SET" => Some("value".into()),
            "EMPTY" => Some(String::new()),
            _ => None,
        }
    }

    #[test]
    fn forms() {
        let cases = [
            ("plain", Some("plain")),
            ("$SET", Some("value")),
            ("a-${SET}-b", Some("a-value-b")),
            ("$UNSET", None),
            ("${UNSET}", None),
            ("${UNSET:-d}", Some("d")),
            ("${UNSET-d}", Some("d")),
            ("${EMPTY:-d}", Some("d")),
            ("${EMPTY-d}", Some("")),
            ("${UNSET:-}", Some("")),
            ("${SET:?must be set}", Some("value")),
            ("${UNSET:?must be set}", None),
            ("${EMPTY:?must be set}", None),
            ("${EMPTY?must be set}", Some("")),
            ("${SET:+r}", Some("r")),
            ("${EMPTY:+r}", Some("")),
            ("${EMPTY+r}", Some("r")),
            ("${UNSET:+r}", Some("")),
            ("$$SET", Some("$SET")),
            ("$${SET}", Some("${SET}")),
            ("${UNSET:-${SET}}", Some("value")),
            ("${UNSET:-${OTHER:-x}/y}", Some("x/y")),
            ("${UNSET:-${OTHER}}", None),
            ("postgres://u:${PW:-p$$w}@db", Some("postgres://u:p$w@db")),
            ("${unclosed", None),
            ("$(date)", None),
            ("${SET!x}", None),
            ("$", None),
            ("中${UNSET:-文}", Some("中文")),
        ];
        for (raw, value) in cases {
            assert_eq!(interpolate(raw, &known).value.as_deref(), value, "{raw}");
        }
        let deep = format!("{}x{}", "${A:-".repeat(500), "}".repeat(500));
        assert_eq!(interpolate(&deep, &known).value, None);
    }

    #[test]
    fn defaults_have_places() {
        let raw = "x${A:-${B:-in ner}}$C";
        let uses = interpolate(raw, &known).uses;
        let seen: Vec<_> = uses
            .iter()
            .map(|u| (u.name.as_str(), u.range.slice(raw), u.argument.map(|(_, r)| r.slice(raw))))
            .collect();
        let wanted = [("A", "A", Some("${B:-in ner}")), ("B", "B", Some("in ner")), ("C", "C", None)];
        assert_eq!(seen, wanted);
    }

    #[test]
    fn splitting_minds_braces() {
        let parts = |raw: &'static str| -> Vec<&str> {
            split_outside(raw, b':').into_iter().filter_map(|(a, b)| raw.get(a..b)).collect()
        };
        assert_eq!(parts("${A:-1}:80"), ["${A:-1}", "80"]);
        assert_eq!(parts("[::1]:80:81"), ["[::1]", "80", "81"]);
        assert_eq!(parts("80"), ["80"]);
    }
}
