//! Cuts a template into texts and actions, and actions into words.

use crate::source::ByteRange;

/// A text or an action.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    /// Text, trim markers of its neighbours applied.
    Text(ByteRange),
    /// What stands between the braces, trim markers left out; and the whole action.
    Action { inner: ByteRange, whole: ByteRange, closed: bool },
}

/// Cuts `text` into pieces; comments are left out.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut trim_left = false;
    while at < text.len() {
        let rest = text.get(at..).unwrap_or("");
        let open = rest.find("{{").map_or(text.len(), |offset| at + offset);
        let body = text.get(open + 2..).unwrap_or("");
        let trims = body.starts_with('-') && body.get(1..2).is_some_and(|c| c.trim().is_empty());
        let mut start = at;
        let mut end = open;
        let between = |from: usize, to: usize| text.get(from..to).unwrap_or("");
        if trim_left {
            let kept = between(start, end).trim_start();
            start = end - kept.len();
        }
        if trims {
            end = start + between(start, end).trim_end().len();
        }
        if start < end {
            found.push(Piece::Text(ByteRange::new(start, end)));
        }
        if open >= text.len() {
            break;
        }
        let from = open + 2 + usize::from(trims);
        let (close, behind, closed) = action_end(text, from);
        let mut inner_end = close;
        trim_left = false;
        if between(from, close).ends_with('-')
            && between(from, close)
                .strip_suffix('-')
                .is_some_and(|s| s.is_empty() || s.ends_with(char::is_whitespace) || s.trim().ends_with("*/"))
        {
            inner_end -= 1;
            trim_left = true;
        }
        let inner = between(from, inner_end);
        if !inner.trim_start().starts_with("/*") {
            let lead = inner.len() - inner.trim_start().len();
            let range = ByteRange::new(from + lead, from + lead + inner.trim().len());
            found.push(Piece::Action { inner: range, whole: ByteRange::new(open, behind), closed });
        }
        at = behind;
    }
    found
}

/// The place of `}}` that ends the action whose content starts at `from`, the place behind it, and whether there is one.
fn action_end(text: &str, from: usize) -> (usize, usize, bool) {
    let rest = text.get(from..).unwrap_or("");
    if rest.trim_start().starts_with("/*") {
        let comment = rest.find("*/").map_or(rest.len(), |at| at + 2);
        let tail = rest.get(comment..).unwrap_or("");
        return match tail.find("}}") {
            Some(at) => (from + comment + at, from + comment + at + 2, true),
            None => (text.len(), text.len(), false),
        };
    }
    let bytes = rest.as_bytes();
    let mut quote = None;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match (quote, byte) {
            (Some(b'"'), b'\\') => at += 1,
            (Some(q), b) if q == *b => quote = None,
            // A quoted text ends with its line; else one stray quote would hide the rest of the file.
            (Some(b'"' | b'\''), b'\n') => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'`' | b'\'') => quote = Some(*byte),
            (None, b'}') if bytes.get(at + 1) == Some(&b'}') => return (from + at, from + at + 2, true),
            _ => {}
        }
        at += 1;
    }
    match rest.find("}}") {
        Some(at) => (from + at, from + at + 2, true),
        None => (text.len(), text.len(), false),
    }
}

/// A word of an action.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A text, its quotes undone.
    Text(String, ByteRange),
    /// A number.
    Number(String, ByteRange),
    /// `name`.
    Word(String),
    /// `.a.b`; empty for the dot alone.
    Field(Vec<String>),
    /// `$x.a.b`.
    Variable(String, Vec<String>),
    /// `(`.
    Open,
    /// `)`, with the fields behind it.
    Close(Vec<String>),
    /// `|`.
    Pipe,
    /// `:=`, which is true, or `=`.
    Assign(bool),
    /// `,`.
    Comma,
}

/// The words of the action content in `range`; none when something in it is no word.
pub(super) fn tokens(text: &str, range: ByteRange) -> Option<Vec<Token>> {
    let source = range.slice(text);
    let base = range.start as usize;
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = source.get(at..).and_then(|r| r.chars().next()) {
        let rest = source.get(at..).unwrap_or("");
        let token = match c {
            c if c.is_whitespace() => {
                at += c.len_utf8();
                continue;
            }
            '(' => (Token::Open, 1),
            ')' => {
                let (fields, length) = fields(rest.get(1..).unwrap_or(""));
                (Token::Close(fields), 1 + length)
            }
            '|' => (Token::Pipe, 1),
            ',' => (Token::Comma, 1),
            ':' if rest.starts_with(":=") => (Token::Assign(true), 2),
            '=' => (Token::Assign(false), 1),
            '"' | '`' | '\'' => {
                let (value, length) = quoted(rest, c)?;
                (Token::Text(value, ByteRange::new(base + at, base + at + length)), length)
            }
            '.' => {
                let (fields, length) = fields(rest);
                (Token::Field(fields), length.max(1))
            }
            '$' => {
                let name = word(rest.get(1..).unwrap_or(""));
                let (fields, length) = fields(rest.get(1 + name.len()..).unwrap_or(""));
                (Token::Variable(name.to_owned(), fields), 1 + name.len() + length)
            }
            c if c.is_ascii_digit() || matches!(c, '-' | '+') => {
                let end = rest
                    .char_indices()
                    .find(|(i, c)| *i > 0 && !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_')))
                    .map_or(rest.len(), |(i, _)| i);
                let number = rest.get(..end).unwrap_or("");
                (Token::Number(number.to_owned(), ByteRange::new(base + at, base + at + end)), end)
            }
            c if c.is_alphabetic() || c == '_' => {
                let name = word(rest);
                (Token::Word(name.to_owned()), name.len())
            }
            _ => return None,
        };
        found.push(token.0);
        at += token.1.max(1);
    }
    Some(found)
}

fn word(text: &str) -> &str {
    let end = text
        .char_indices()
        .find(|(_, c)| !(c.is_alphanumeric() || *c == '_'))
        .map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or("")
}

/// `.a.b` at the start of `text`: the names, and how many bytes they take.
fn fields(text: &str) -> (Vec<String>, usize) {
    let mut names = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).and_then(|r| r.strip_prefix('.')) {
        let name = word(rest);
        if name.is_empty() {
            break;
        }
        names.push(name.to_owned());
        at += 1 + name.len();
    }
    (names, at)
}

/// The text in quotes at the start of `text`, and how many bytes it takes.
fn quoted(text: &str, quote: char) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        match c {
            c if c == quote => return Some((value, at + 1)),
            '\\' if quote != '`' => match characters.next()?.1 {
                'n' => value.push('\n'),
                't' => value.push('\t'),
                'r' => value.push('\r'),
                other => value.push(other),
            },
            c => value.push(c),
        }
    }
    None
}
