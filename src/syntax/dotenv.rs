//! The `.env` family: `NAME=value` lines with quotes, comments and the habits of several tools.
//!
//! Reads what dotenv (Ruby, Node, Python), docker compose and systemd agree on, and is tolerant where they differ:
//! `NAME = value` and a missing `=` are read, the latter with a problem. Nothing is expanded.

use serde::{Deserialize, Serialize};

use super::problem::Problem;
use crate::source::{ByteRange, Spanned};

#[cfg(test)]
mod tests;

/// A `.env` file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DotEnv {
    /// The settings in order; a name may stand more than once.
    pub entries: Vec<EnvEntry>,
    /// Comments without `#`, trimmed, those behind values included.
    pub comments: Vec<Spanned<String>>,
    /// Lines that could not be read as meant.
    pub problems: Vec<Problem>,
}

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvEntry {
    /// The name.
    pub key: Spanned<String>,
    /// The value, quotes and (in double quotes) escapes removed; `$NAME` stays. The range is inside the quotes.
    pub value: Spanned<String>,
    /// The quotes it stood in.
    pub quote: Quote,
    /// `export` stood before it.
    pub exported: bool,
    /// From the name, or `export`, to the end of the value with its closing quote.
    pub range: ByteRange,
}

/// How a value is quoted; in single quotes nothing is expanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Quote {
    /// No quotes.
    None,
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// `` `…` ``, which the Node tool knows.
    Backtick,
}

/// Reads the file; ranges are byte offsets into `text`.
pub fn parse_dotenv(text: &str) -> DotEnv {
    let pos = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut reader = Reader { text, pos, file: DotEnv::default() };
    while reader.pos < text.len() {
        reader.line();
    }
    reader.file
}

struct Reader<'t> {
    text: &'t str,
    pos: usize,
    file: DotEnv,
}

impl<'t> Reader<'t> {
    /// The rest of the line at the cursor, without its end.
    fn rest_of_line(&self) -> &'t str {
        let rest = self.text.get(self.pos..).unwrap_or("");
        rest.split('\n').next().unwrap_or("").trim_end_matches('\r')
    }

    fn skip_line(&mut self) {
        let rest = self.text.get(self.pos..).unwrap_or("");
        self.pos += rest.find('\n').map_or(rest.len(), |len| len + 1);
    }

    fn blanks(&mut self) {
        let rest = self.rest_of_line();
        self.pos += rest.len() - rest.trim_start_matches([' ', '\t']).len();
    }

    fn problem(&mut self, message: &str, range: ByteRange) {
        self.file.problems.push(Problem::new(message, range));
    }

    /// Takes a comment that begins at the cursor.
    fn comment(&mut self) {
        let line = self.rest_of_line().trim_end();
        if let Some(comment) = line.strip_prefix('#') {
            let range = ByteRange::new(self.pos, self.pos + line.len());
            let value = comment.trim_start_matches('#').trim().to_owned();
            self.file.comments.push(Spanned::new(value, range));
        }
    }

    fn line(&mut self) {
        self.blanks();
        let line = self.rest_of_line();
        if line.trim().is_empty() || line.starts_with('#') {
            self.comment();
            return self.skip_line();
        }
        let start = self.pos;
        let after_export = line.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t']));
        if after_export.is_some() {
            self.pos += "export".len();
            self.blanks();
        }
        let line = self.rest_of_line();
        let name = line.split('=').next().unwrap_or("");
        // Without `=` a comment is none of the name.
        let name =
            if name.len() == line.len() { name.split(" #").next().unwrap_or("") } else { name }.trim_end();
        let key = Spanned::new(name.to_owned(), ByteRange::new(self.pos, self.pos + name.len()));
        if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-')) {
            let range = ByteRange::new(start, self.pos + line.trim_end().len());
            self.problem("this is no `NAME=value`", range);
            return self.skip_line();
        }
        self.pos += name.len();
        self.blanks();
        if !self.rest_of_line().starts_with('=') {
            // `export NAME` and compose's bare `NAME` pass a variable through: a name without a value of its own.
            if after_export.is_none() {
                self.problem("`=` is missing", key.range);
            }
            self.comment();
            return self.skip_line();
        }
        self.pos += 1;
        self.blanks();
        let (value, quote) = self.value();
        let range = ByteRange::new(start, self.pos);
        let exported = after_export.is_some();
        self.file.entries.push(EnvEntry { key, value, quote, exported, range });
        self.blanks();
        self.comment();
        let rest = self.rest_of_line();
        if quote != Quote::None && !rest.trim().is_empty() && !rest.starts_with('#') {
            let range = ByteRange::new(self.pos, self.pos + rest.trim_end().len());
            self.problem("text behind the closing quote", range);
        }
        self.skip_line();
    }

    fn value(&mut self) -> (Spanned<String>, Quote) {
        let quote = match self.rest_of_line().chars().next() {
            Some('\'') => Quote::Single,
            Some('"') => Quote::Double,
            Some('`') => Quote::Backtick,
            _ => return (self.plain(), Quote::None),
        };
        match self.quoted(quote) {
            Some(value) => (value, quote),
            None => {
                let range = ByteRange::new(self.pos, self.pos + self.rest_of_line().trim_end().len());
                self.problem("quote without end", range);
                (self.plain(), Quote::None)
            }
        }
    }

    /// Up to the line's end or a `#` behind a blank, trimmed.
    fn plain(&mut self) -> Spanned<String> {
        let line = self.rest_of_line();
        let comment = line
            .char_indices()
            .zip(line.chars().skip(1))
            .find(|((_, c), next)| c.is_whitespace() && *next == '#');
        let len = if line.starts_with('#') { 0 } else { comment.map_or(line.len(), |((at, _), _)| at) };
        let value = line.get(..len).unwrap_or("").trim_end();
        let range = ByteRange::new(self.pos, self.pos + value.len());
        self.pos += value.len();
        Spanned::new(value.to_owned(), range)
    }

    /// A quoted value, over several lines if need be; nothing when the quote is never closed.
    ///
    /// The search is bounded by [`LONGEST`]: an unclosed quote must not be searched for through the whole file,
    /// line after line.
    fn quoted(&mut self, quote: Quote) -> Option<Spanned<String>> {
        let sign = match quote {
            Quote::Single => '\'',
            Quote::Backtick => '`',
            _ => '"',
        };
        let start = self.pos + 1;
        let mut value = String::new();
        let mut characters = self.text.get(start..)?.char_indices();
        while let Some((at, c)) = characters.next() {
            match c {
                _ if c == sign => {
                    self.pos = start + at + 1;
                    return Some(Spanned::new(value, ByteRange::new(start, start + at)));
                }
                '\\' if quote == Quote::Double => match characters.next()?.1 {
                    'n' => value.push('\n'),
                    'r' => value.push('\r'),
                    't' => value.push('\t'),
                    c @ ('"' | '\\' | '$') => value.push(c),
                    c => value.extend(['\\', c]),
                },
                _ if at > LONGEST => return None,
                c => value.push(c),
            }
        }
        None
    }
}

/// Longest quoted value: private keys are far shorter, and an unclosed quote is searched no further.
const LONGEST: usize = 32 * 1024;
