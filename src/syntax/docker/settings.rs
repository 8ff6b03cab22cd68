//! Words of an instruction line: flags, `NAME=value` pairs, and what quotes and escapes make of them.

use super::lines::{Joined, Reader};
use super::{Argument, Flag, Setting};
use crate::source::{ByteRange, Spanned};

/// The blanks that separate an instruction from its arguments, and these from each other.
pub(super) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{b}' | '\u{c}' | '\r')
}

/// Words between blanks from `start` to the end, as written: quotes do not hold them together.
pub(super) fn blank_words(joined: &Joined, start: usize) -> Vec<Spanned<String>> {
    let text = joined.text.get(start..).unwrap_or("");
    let mut at = start;
    let mut words = Vec::new();
    for word in text.split(is_blank) {
        if !word.is_empty() {
            words.push(Spanned::new(word.to_owned(), joined.source(at, at + word.len())));
        }
        at += word.len() + 1;
    }
    words
}

/// Words between blanks, where quotes and the escape character hold blanks together: offset and end.
fn quoted_words(text: &str, start: usize, escape: char) -> Vec<(usize, usize)> {
    let mut words = Vec::new();
    let mut word: Option<usize> = None;
    let mut quote = None;
    let mut characters = text.get(start..).unwrap_or("").char_indices();
    while let Some((at, c)) = characters.next() {
        let at = start + at;
        if quote.is_none() && c.is_whitespace() {
            words.extend(word.take().map(|from| (from, at)));
            continue;
        }
        word = word.or(Some(at));
        if c == escape && quote != Some('\'') {
            characters.next();
        } else if quote == Some(c) {
            quote = None;
        } else if quote.is_none() && (c == '"' || c == '\'') {
            quote = Some(c);
        }
    }
    words.extend(word.map(|from| (from, text.len())));
    words
}

/// Reads flags from `start` on; also gives where the arguments begin.
pub(super) fn flags(joined: &Joined, start: usize, escape: char) -> (Vec<Flag>, usize) {
    let text = joined.text.as_str();
    let skip = |at: usize| {
        let rest = text.get(at..).unwrap_or("");
        at + rest.len() - rest.trim_start().len()
    };
    let mut flags = Vec::new();
    let mut at = skip(start);
    while text.get(at..).is_some_and(|rest| rest.starts_with("--")) {
        let end = quoted_word_end(text, at, escape);
        let written = text.get(at..end).unwrap_or("");
        at = skip(end);
        if written == "--" {
            break;
        }
        let name = written.strip_prefix("--").unwrap_or(written);
        let (name, value) = name.split_once('=').map_or((name, None), |(name, value)| (name, Some(value)));
        let value = value.map(|value| unquote_all(value, escape));
        let range = joined.source(end - written.len(), end);
        flags.push(Flag { name: unquote_all(name, escape), value, range });
    }
    (flags, at)
}

fn quoted_word_end(text: &str, start: usize, escape: char) -> usize {
    let mut quote = None;
    let mut characters = text.get(start..).unwrap_or("").char_indices();
    while let Some((at, c)) = characters.next() {
        if c == escape {
            characters.next();
        } else if quote == Some(c) {
            quote = None;
        } else if quote.is_none() && c.is_whitespace() {
            return start + at;
        } else if quote.is_none() && (c == '"' || c == '\'') {
            quote = Some(c);
        }
    }
    text.len()
}

/// Flags drop every quote, and every escape character but keep what it stands before.
fn unquote_all(written: &str, escape: char) -> String {
    let mut out = String::new();
    let mut quote = None;
    let mut characters = written.chars();
    while let Some(c) = characters.next() {
        if c == escape {
            out.extend(characters.next());
        } else if quote == Some(c) {
            quote = None;
        } else if quote.is_none() && (c == '"' || c == '\'') {
            quote = Some(c);
        } else {
            out.push(c);
        }
    }
    out
}

/// Removes quotes and escapes as BuildKit's word processing does; `$` and what follows it stay.
pub(super) fn unquote(written: &str, escape: char) -> String {
    let mut out = String::new();
    let mut quote = None;
    let mut characters = written.chars().peekable();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some('\''), c) => out.push(c),
            // Inside double quotes only a quote, a dollar and the escape character itself can be escaped.
            (Some(_), c) if c == escape => match characters.next_if(|next| ['"', '$', escape].contains(next))
            {
                Some(next) => out.push(next),
                None => out.push(c),
            },
            (None, c) if c == escape => out.extend(characters.next()),
            (None, '"' | '\'') => quote = Some(c),
            (_, c) => out.push(c),
        }
    }
    out
}

fn pair(joined: &Joined, (start, end): (usize, usize), equals: usize, escape: char) -> Setting {
    let text = joined.text.as_str();
    let name = text.get(start..start + equals).unwrap_or("");
    let raw = text.get(start + equals + 1..end).unwrap_or("");
    Setting {
        name: Spanned::new(unquote(name, escape), joined.source(start, start + equals)),
        value: Spanned::new(unquote(raw, escape), joined.source(end - raw.len(), end)),
        raw: raw.to_owned(),
    }
}

/// `ENV` and `LABEL`: `NAME=value …`, or `NAME value` when the first word has no `=`.
pub(super) fn settings(
    joined: &Joined,
    start: usize,
    keyword: ByteRange,
    reader: &mut Reader<'_>,
) -> Vec<Setting> {
    let escape = reader.file.escape;
    let text = joined.text.trim_end();
    let words = quoted_words(text, start, escape);
    let equals = |(from, to): (usize, usize)| text.get(from..to).and_then(|word| word.find('='));
    match words.first() {
        None => {
            reader.problem("a name and a value are owed here", keyword);
            vec![]
        }
        Some(first) if equals(*first).is_none() => {
            let rest = text.get(start..).unwrap_or("");
            let len = rest.find(is_blank).unwrap_or(rest.len());
            let raw = rest.get(len..).unwrap_or("").trim_start_matches(is_blank);
            let name = Spanned::new(
                unquote(rest.get(..len).unwrap_or(""), escape),
                joined.source(start, start + len),
            );
            if raw.is_empty() {
                reader.problem("a value is owed behind the name", name.range);
            }
            let value = Spanned::new(unquote(raw, escape), joined.source(text.len() - raw.len(), text.len()));
            vec![Setting { name, value, raw: raw.to_owned() }]
        }
        Some(_) => words
            .into_iter()
            .filter_map(|word| match equals(word) {
                Some(equals) => Some(pair(joined, word, equals, escape)),
                None => {
                    reader.problem("`NAME=value` is owed here", joined.source(word.0, word.1));
                    None
                }
            })
            .collect(),
    }
}

/// `ARG`: `NAME` or `NAME=default`, several allowed.
pub(super) fn arguments(joined: &Joined, start: usize, escape: char) -> Vec<Argument> {
    let text = joined.text.trim_end();
    let words = quoted_words(text, start, escape).into_iter();
    words
        .map(|word| {
            let written = text.get(word.0..word.1).unwrap_or("");
            match written.find('=') {
                Some(equals) => {
                    let Setting { name, value, raw } = pair(joined, word, equals, escape);
                    Argument { name, default: Some(value), raw }
                }
                None => {
                    let name = Spanned::new(unquote(written, escape), joined.source(word.0, word.1));
                    Argument { name, default: None, raw: String::new() }
                }
            }
        })
        .collect()
}
