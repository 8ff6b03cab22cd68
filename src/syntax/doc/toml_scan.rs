//! A pass over the tokens of a TOML text for what its parser does not give: comments, and how deep it nests.

use super::MAX_DEPTH;
use crate::source::{ByteRange, Spanned};

/// What the pass found.
pub(crate) struct Scan {
    /// The comments, trimmed, without `#`.
    pub comments: Vec<Spanned<String>>,
    /// Set when the text nests too deeply.
    pub too_deep: Option<TooDeep>,
}

/// Where a text nests too deeply.
pub(crate) struct TooDeep {
    /// Start of the statement: all before it is harmless.
    pub statement: usize,
    /// The byte that opens one level too many.
    pub at: usize,
}

/// Looks through `text` up to the first statement that is too deep.
pub(crate) fn scan(text: &str) -> Scan {
    let mut scanner = Scanner { text, at: 0, levels: Vec::new(), ..Scanner::default() };
    scanner.base.in_key = true;
    scanner.run();
    Scan { comments: scanner.comments, too_deep: scanner.too_deep }
}

/// A bracket, or the statement itself.
#[derive(Default)]
struct Level {
    /// Dots of the key being read or whose value is being read.
    dots: usize,
    in_key: bool,
    table: bool,
}

#[derive(Default)]
struct Scanner<'t> {
    text: &'t str,
    at: usize,
    statement: usize,
    /// Only white space so far in this statement.
    fresh: bool,
    header: bool,
    header_dots: usize,
    base: Level,
    levels: Vec<Level>,
    /// Sum of the dots in `levels`.
    inner_dots: usize,
    comments: Vec<Spanned<String>>,
    too_deep: Option<TooDeep>,
}

impl Scanner<'_> {
    fn run(&mut self) {
        self.fresh = true;
        while let Some(&byte) = self.text.as_bytes().get(self.at) {
            match byte {
                b'#' => self.comment(),
                b'"' | b'\'' => self.at = string_end(self.text, self.at, byte),
                _ => {
                    self.token(byte);
                    self.at += 1;
                }
            }
            self.fresh &= matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0xEF | 0xBB | 0xBF);
            if self.header_dots + self.base.dots + self.inner_dots + self.levels.len() >= MAX_DEPTH {
                self.too_deep = Some(TooDeep { statement: self.statement, at: self.at.saturating_sub(1) });
                return;
            }
        }
    }

    fn token(&mut self, byte: u8) {
        match byte {
            b'\n' if self.levels.is_empty() => self.next_statement(),
            b'[' if self.header || (self.fresh && self.levels.is_empty()) => self.open_header(),
            b'[' | b'{' => self.levels.push(Level { dots: 0, in_key: byte == b'{', table: byte == b'{' }),
            b']' | b'}' => {
                let closed = self.levels.pop();
                self.inner_dots -= closed.map_or(0, |level| level.dots);
            }
            b'=' => self.top().in_key = false,
            b',' => self.next_item(),
            b'.' if self.top().in_key => {
                self.top().dots += 1;
                self.inner_dots += usize::from(!self.levels.is_empty());
            }
            _ => {}
        }
    }

    fn top(&mut self) -> &mut Level {
        self.levels.last_mut().unwrap_or(&mut self.base)
    }

    fn open_header(&mut self) {
        self.header = true;
        self.header_dots = 0;
    }

    fn next_item(&mut self) {
        if let Some(level) = self.levels.last_mut() {
            self.inner_dots -= level.dots;
            level.dots = 0;
            level.in_key = level.table;
        }
    }

    fn next_statement(&mut self) {
        if std::mem::take(&mut self.header) {
            self.header_dots = self.base.dots;
        }
        self.base = Level { dots: 0, in_key: true, table: false };
        self.statement = self.at + 1;
        self.fresh = true;
    }

    fn comment(&mut self) {
        let rest = self.text.get(self.at..).unwrap_or("");
        let line = rest.split('\n').next().unwrap_or("").trim_end();
        let value = line.strip_prefix('#').unwrap_or(line).trim().to_owned();
        let end = self.at + line.len();
        self.comments.push(Spanned::new(value, ByteRange::new(self.at, end)));
        self.at = end.max(self.at + 1);
    }
}

/// The byte behind the string that opens at `start`; a string on one line that is never closed ends with its line.
fn string_end(text: &str, start: usize, quote: u8) -> usize {
    let bytes = text.as_bytes();
    let at = |offset: usize| bytes.get(offset).copied();
    let triple = at(start + 1) == Some(quote) && at(start + 2) == Some(quote);
    let mut end = start + if triple { 3 } else { 1 };
    while let Some(byte) = at(end) {
        match byte {
            b'\\' if quote == b'"' && at(end + 1) != Some(b'\n') => end += 2,
            b'\n' if !triple => return end,
            _ if byte == quote && !triple => return end + 1,
            _ if byte == quote && at(end + 1) == Some(quote) && at(end + 2) == Some(quote) => {
                // Up to two quotes more may belong to the text.
                let more = (3..5).take_while(|more| at(end + more) == Some(quote)).count();
                return end + 3 + more;
            }
            _ => end += 1,
        }
    }
    bytes.len()
}
