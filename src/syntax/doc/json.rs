//! JSON, read without recursion and with patience: comments and trailing commas are taken silently, other slips
//! (missing commas, single quotes, bare words) are read as meant, with a problem.

use super::build::{Builder, Collection, shown};
use super::scalar::resolve_plain;
use super::{Format, Node, Parsed, ScalarKind, ScalarStyle, too_deep};
use crate::source::{ByteRange, Spanned};

/// Reads `text` as one JSON value. An empty text gives no document.
pub fn parse_json(text: &str) -> Parsed {
    let mut reader =
        Reader { text, at: 0, builder: Builder::new(Parsed::empty(Format::Json)), expect: Expect::Value };
    while let Some(next) = reader.next_char() {
        if !reader.token(next) {
            break;
        }
    }
    reader.finish()
}

/// What may come next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Expect {
    /// A value or, in an object, a key; or the closing bracket.
    Value,
    /// A colon behind a key.
    Colon,
    /// A comma or the closing bracket.
    Comma,
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    builder: Builder,
    expect: Expect,
}

impl Reader<'_> {
    /// Reads one token; false when reading must end.
    fn token(&mut self, next: char) -> bool {
        let at = self.at;
        if next == '/' && self.comment() {
            return true;
        }
        if matches!(next, ',' | ':' | ']' | '}') {
            self.at += 1;
            self.punctuation(next, at);
            return true;
        }
        if self.builder.has_content() && self.builder.innermost().is_none() {
            self.problem("text behind the value", ByteRange::new(at, self.text.len()));
            return false;
        }
        self.before_value(at);
        match next {
            '{' | '[' => return self.open(next, at),
            '"' | '\'' => self.string(next, at),
            _ => self.word(at),
        }
        self.after_node();
        true
    }

    fn finish(mut self) -> Parsed {
        let end = self.text.trim_end().len();
        if self.builder.innermost().is_some() {
            self.problem("a bracket is not closed before the end of the text", ByteRange::at(end));
        }
        if self.builder.has_content() {
            self.builder.finish_document(end);
        }
        self.builder.parsed.sorted()
    }

    /// Skips white space and a byte order mark at the start.
    fn next_char(&mut self) -> Option<char> {
        let rest = self.text.get(self.at..)?;
        let rest = if self.at == 0 { rest.strip_prefix('\u{feff}').unwrap_or(rest) } else { rest };
        let rest = rest.trim_start();
        self.at = self.text.len() - rest.len();
        rest.chars().next()
    }

    fn comment(&mut self) -> bool {
        let rest = self.text.get(self.at..).unwrap_or("");
        let (value, len) = if let Some(body) = rest.strip_prefix("//") {
            let line = body.split('\n').next().unwrap_or("").trim_end();
            (line, 2 + line.len())
        } else if let Some(body) = rest.strip_prefix("/*") {
            match body.find("*/") {
                Some(end) => (body.get(..end).unwrap_or(""), end + 4),
                None => {
                    self.problem("the comment is not closed", ByteRange::new(self.at, self.at + 2));
                    (body, rest.len())
                }
            }
        } else {
            return false;
        };
        let range = ByteRange::new(self.at, self.at + len);
        self.builder.parsed.comments.push(Spanned::new(value.trim().to_owned(), range));
        self.at += len;
        true
    }

    fn punctuation(&mut self, mark: char, at: usize) {
        let range = ByteRange::new(at, at + 1);
        match (mark, self.expect, self.builder.innermost()) {
            (']' | '}', _, Some(open)) => self.close(mark, open, range),
            (',', Expect::Comma, Some(_)) | (':', Expect::Colon, _) => self.expect = Expect::Value,
            (',', _, Some(Collection::Mapping)) if self.builder.pending_key_end().is_some() => {
                self.problem("a key without a value", range);
                self.builder.leaf(Node::null(ByteRange::at(at)), None);
                self.expect = Expect::Value;
            }
            _ => self.problem(format!("`{mark}` does not belong here"), range),
        }
    }

    fn close(&mut self, mark: char, open: Collection, range: ByteRange) {
        let fits = (mark == ']') == (open == Collection::Sequence);
        if !fits {
            self.problem(format!("`{mark}` closes a bracket of the other kind"), range);
        } else if self.builder.pending_key_end().is_some() {
            self.problem("a key without a value", range);
        }
        self.builder.close(Some(range.end as usize));
        self.expect = Expect::Comma;
    }

    fn before_value(&mut self, at: usize) {
        match self.expect {
            Expect::Value => {}
            Expect::Colon => self.problem("a colon is missing before this", ByteRange::at(at)),
            Expect::Comma => self.problem("a comma is missing before this", ByteRange::at(at)),
        }
    }

    fn open(&mut self, bracket: char, at: usize) -> bool {
        let kind = if bracket == '{' { Collection::Mapping } else { Collection::Sequence };
        if self.builder.pending_key_end().is_none() && self.builder.innermost() == Some(Collection::Mapping) {
            self.problem("a key must be a string", ByteRange::new(at, at + 1));
        }
        if !self.builder.open(kind, at, true, None, None) {
            self.problem(too_deep(), ByteRange::at(at));
            return false;
        }
        self.at += 1;
        self.expect = Expect::Value;
        true
    }

    fn after_node(&mut self) {
        let is_key = self.builder.pending_key_end().is_some();
        self.expect = if is_key { Expect::Colon } else { Expect::Comma };
    }

    fn string(&mut self, quote: char, at: usize) {
        let body = self.text.get(at + 1..).unwrap_or("");
        let (len, closed) = string_len(body, quote);
        let (text, sound) = unescape(body.get(..len).unwrap_or(""));
        let range = ByteRange::new(at, at + 1 + len + usize::from(closed));
        let message = match (closed, quote, sound) {
            (false, ..) => Some("the string is not closed on its line"),
            (_, '\'', _) => Some("strings are written with double quotes"),
            (_, _, false) => Some("the string holds an unknown escape"),
            _ => None,
        };
        if let Some(message) = message {
            self.problem(message, range);
        }
        let style = if quote == '"' { ScalarStyle::DoubleQuoted } else { ScalarStyle::SingleQuoted };
        self.at = range.end as usize;
        self.builder.leaf(Node::scalar(range, text, style, ScalarKind::Text), None);
    }

    /// A number, `true`, `false`, `null`, or something that is none of them.
    fn word(&mut self, at: usize) {
        let rest = self.text.get(at..).unwrap_or("");
        let ends = |c: char| c.is_whitespace() || matches!(c, ',' | ':' | '[' | ']' | '{' | '}' | '"' | '\'');
        let first = rest.chars().next().map_or(1, char::len_utf8);
        let len = rest.find(ends).unwrap_or(rest.len()).max(first);
        let range = ByteRange::new(at, at + len);
        let word = range.slice(self.text);
        let number = word.starts_with(|c: char| c.is_ascii_digit() || c == '-');
        let kind = match word {
            "null" => None,
            "true" | "false" => Some(ScalarKind::Boolean),
            _ if number && !word.starts_with("0x") && !word.starts_with("0o") => resolve_plain(word),
            _ => Some(ScalarKind::Text),
        };
        if kind == Some(ScalarKind::Text) {
            self.problem(format!("`{}` is no value", shown(word)), range);
        }
        self.at += len;
        let node = match kind {
            None => Node::null(range),
            Some(kind) => Node::scalar(range, word.to_owned(), ScalarStyle::Plain, kind),
        };
        self.builder.leaf(node, None);
    }

    fn problem(&mut self, message: impl Into<String>, range: ByteRange) {
        self.builder.parsed.problem(message, range);
    }
}

/// Length of the text before the closing quote, or before the end of the line if there is none.
fn string_len(body: &str, quote: char) -> (usize, bool) {
    let mut escaped = false;
    for (at, c) in body.char_indices() {
        match c {
            '\n' | '\r' => return (at, false),
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return (at, true),
            _ => {}
        }
    }
    (body.len(), false)
}

/// The text with its escapes undone, and whether all were known.
fn unescape(raw: &str) -> (String, bool) {
    if !raw.contains('\\') {
        return (raw.to_owned(), true);
    }
    let mut text = String::with_capacity(raw.len());
    let mut sound = true;
    let mut rest = raw;
    while let Some((before, escape)) = rest.split_once('\\') {
        text.push_str(before);
        let mut chars = escape.chars();
        match chars.next() {
            Some('u') => {
                let (c, len) = unicode(escape);
                sound &= c.is_some();
                text.push(c.unwrap_or(char::REPLACEMENT_CHARACTER));
                chars = escape.get(len..).unwrap_or("").chars();
            }
            Some(c) => {
                let plain = simple_escape(c);
                sound &= plain.is_some();
                text.push(plain.unwrap_or(c));
            }
            None => sound = false,
        }
        rest = chars.as_str();
    }
    text.push_str(rest);
    (text, sound)
}

fn simple_escape(c: char) -> Option<char> {
    Some(match c {
        '"' | '\\' | '/' => c,
        'b' => '\u{8}',
        'f' => '\u{c}',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        _ => return None,
    })
}

/// The character of an escape whose text behind the backslash is `uXXXX…`, pairs of surrogates joined, and the length
/// of that text.
fn unicode(escape: &str) -> (Option<char>, usize) {
    let unit = |from: usize| {
        let digits = escape.get(from..from + 4).filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()))?;
        u16::from_str_radix(digits, 16).ok()
    };
    let Some(first) = unit(1) else { return (None, 1) };
    if let Some(c) = char::from_u32(u32::from(first)) {
        return (Some(c), 5);
    }
    let second = escape.get(5..7).filter(|text| *text == "\\u").and_then(|_| unit(7));
    let pair = second.and_then(|second| char::decode_utf16([first, second]).next()?.ok());
    (pair, if pair.is_some() { 11 } else { 5 })
}
