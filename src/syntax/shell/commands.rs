//! The cursor, lists and pipelines.
//!
//! One pass, one cursor. Where text makes no sense the parser records a problem, steps over one character or word
//! and goes on; nesting beyond [`MAX_DEPTH`] ends the reading, because recovering would mean guessing.

use std::collections::BTreeMap;

use super::{Command, CommandKind, Connector, Item, Keyword, MAX_DEPTH, Script, mapping};
use crate::source::{ByteRange, Spanned};
use crate::syntax::problem::Problem;

/// The words and signs that end a list, as a set: an inner list also stops at those of the lists around it, so
/// that a missing `fi` costs one problem and not the rest of the file.
pub(super) type Stops = u16;

pub(super) const THEN: Stops = 1;
pub(super) const ELSE: Stops = 1 << 1;
pub(super) const FI: Stops = 1 << 2;
pub(super) const DO: Stops = 1 << 3;
pub(super) const DONE: Stops = 1 << 4;
pub(super) const ESAC: Stops = 1 << 5;
pub(super) const BRACE: Stops = 1 << 6;
pub(super) const PAREN: Stops = 1 << 7;
pub(super) const ARM: Stops = 1 << 8;

pub(super) struct Parser<'t> {
    pub(super) text: &'t str,
    pub(super) pos: usize,
    pub(super) depth: usize,
    pub(super) problems: Vec<Problem>,
    pub(super) comments: Vec<Spanned<String>>,
    pub(super) pending: Vec<PendingBody>,
    bodies: BTreeMap<u32, Spanned<String>>,
}

/// A here-document whose redirect was read and whose body begins behind the next line end.
pub(super) struct PendingBody {
    pub(super) redirect: u32,
    pub(super) delimiter: String,
    pub(super) strip_tabs: bool,
}

pub(super) fn parse(text: &str, depth: usize) -> Script {
    let mut parser = Parser {
        text,
        pos: 0,
        depth,
        problems: Vec::new(),
        comments: Vec::new(),
        pending: Vec::new(),
        bodies: BTreeMap::new(),
    };
    if text.starts_with('\u{feff}') {
        parser.pos = '\u{feff}'.len_utf8();
    }
    let shebang = parser.shebang();
    let mut items = Vec::new();
    if shebang.as_deref().is_none_or(is_shell) {
        loop {
            items.append(&mut parser.list(0));
            if parser.pos >= text.len() {
                break;
            }
            parser.stray();
        }
        parser.read_bodies();
    }
    let Parser { problems, comments, bodies, .. } = parser;
    let mut script = Script { shebang, items, comments, problems };
    mapping::attach_heredocs(&mut script, bodies);
    script
}

/// True for `/bin/sh -e`, `/usr/bin/env bash`, `/command/with-contenv sh` and their like.
fn is_shell(shebang: &str) -> bool {
    shebang.split_whitespace().any(|word| {
        let name = word.rsplit('/').next().unwrap_or(word);
        matches!(name, "sh" | "bash" | "dash" | "ash" | "ksh" | "zsh" | "busybox" | "mksh")
    })
}

impl Parser<'_> {
    // ---- cursor ----

    pub(super) fn peek(&self) -> Option<u8> {
        self.byte(0)
    }

    pub(super) fn byte(&self, ahead: usize) -> Option<u8> {
        self.text.as_bytes().get(self.pos + ahead).copied()
    }

    pub(super) fn rest(&self) -> &str {
        self.text.get(self.pos..).unwrap_or("")
    }

    pub(super) fn at(&self, prefix: &str) -> bool {
        self.rest().starts_with(prefix)
    }

    /// Steps over one character, whatever its length.
    pub(super) fn step(&mut self) {
        self.pos += self.rest().chars().next().map_or(0, char::len_utf8);
    }

    pub(super) fn slice(&self, start: usize) -> &str {
        self.text.get(start..self.pos).unwrap_or("")
    }

    pub(super) fn range_from(&self, start: usize) -> ByteRange {
        ByteRange::new(start, self.pos)
    }

    pub(super) fn problem(&mut self, message: &str, range: ByteRange) {
        self.problems.push(Problem::new(message, range));
    }

    /// Runs `inner` one level deeper; at the limit everything left is skipped instead.
    pub(super) fn deeper<T: Default>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth >= MAX_DEPTH {
            let range = ByteRange::new(self.pos, self.text.len());
            self.problem("nested too deeply; the rest is not read", range);
            self.pos = self.text.len();
            return T::default();
        }
        self.depth += 1;
        let value = inner(self);
        self.depth -= 1;
        value
    }

    /// Length of a line end here: `\n` or `\r\n`.
    pub(super) fn line_end(&self) -> usize {
        match (self.byte(0), self.byte(1)) {
            (Some(b'\n'), _) => 1,
            (Some(b'\r'), Some(b'\n')) => 2,
            (Some(b'\r'), None) => 1,
            _ => 0,
        }
    }

    /// Length of a continuation here: a backslash and a line end.
    pub(super) fn continuation(&self) -> usize {
        match (self.byte(0), self.byte(1), self.byte(2)) {
            (Some(b'\\'), Some(b'\n'), _) => 2,
            (Some(b'\\'), Some(b'\r'), Some(b'\n')) => 3,
            _ => 0,
        }
    }

    pub(super) fn blanks(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t') => self.pos += 1,
                Some(b'\\') if self.continuation() > 0 => self.pos += self.continuation(),
                _ => return,
            }
        }
    }

    /// Takes a line end and the here-document bodies that follow it.
    fn newline(&mut self) -> bool {
        let len = self.line_end();
        self.pos += len;
        if len > 0 && !self.pending.is_empty() {
            self.read_bodies();
        }
        len > 0
    }

    fn comment(&mut self) -> bool {
        if self.peek() != Some(b'#') {
            return false;
        }
        let start = self.pos;
        let len = self.rest().find('\n').unwrap_or(self.rest().len());
        self.pos += self.rest().get(..len).unwrap_or("").trim_end_matches('\r').len();
        let value = self.slice(start).trim_start_matches('#').trim().to_owned();
        let range = self.range_from(start);
        self.comments.push(Spanned::new(value, range));
        true
    }

    /// Blanks, comments and line ends.
    pub(super) fn gap(&mut self) {
        loop {
            self.blanks();
            if !self.comment() && !self.newline() {
                return;
            }
        }
    }

    fn shebang(&mut self) -> Option<String> {
        if !self.at("#!") {
            return None;
        }
        let line = self.rest().lines().next().unwrap_or("");
        let (len, value) = (line.len(), line.get(2..).unwrap_or("").trim().to_owned());
        self.pos += len;
        Some(value)
    }

    fn read_bodies(&mut self) {
        for pending in std::mem::take(&mut self.pending) {
            let start = self.pos;
            let mut end = start;
            let mut value = String::new();
            let mut closed = false;
            while let Some(line) = self.rest().split_inclusive('\n').next() {
                let len = line.len();
                let bare = line.trim_end_matches(['\r', '\n']);
                let kept = if pending.strip_tabs { line.trim_start_matches('\t') } else { line };
                closed = kept.trim_end_matches(['\r', '\n']) == pending.delimiter
                    // In a substitution the delimiter may be followed by its closing parenthesis.
                    || (bare.ends_with(')') && bare.trim_end_matches(')').trim() == pending.delimiter);
                if closed {
                    let text = bare.trim_end_matches(')');
                    self.pos += if bare == text { len } else { text.len() };
                    break;
                }
                value.push_str(kept);
                self.pos += len;
                end = self.pos;
            }
            if !closed {
                let range = ByteRange::new(start, end);
                self.problem("here-document without its closing delimiter", range);
            }
            self.bodies.insert(pending.redirect, Spanned::new(value, ByteRange::new(start, end)));
        }
    }

    /// At the top, a closing word or sign has nothing to close: it is reported and stepped over.
    fn stray(&mut self) {
        let start = self.pos;
        match (self.peek(), self.plain_word().len()) {
            (Some(b')' | b';'), _) => self.pos += 1,
            (_, len) if len > 0 => self.pos += len,
            _ => self.step(),
        }
        let range = self.range_from(start);
        self.problem("closes nothing", range);
    }

    // ---- lists ----

    /// Reads items up to one of `stops` or the end; the stop itself is left.
    pub(super) fn list(&mut self, stops: Stops) -> Vec<Item> {
        let mut items: Vec<Item> = Vec::new();
        loop {
            self.gap();
            if self.pos >= self.text.len() || self.stop() != 0 && (self.stop() & stops != 0 || stops == 0) {
                return items;
            }
            if self.stop() != 0 {
                self.stray();
                continue;
            }
            if let Some(sign @ (b';' | b'&' | b'|')) = self.peek() {
                let start = self.pos;
                while self.peek() == Some(sign) {
                    self.pos += 1;
                }
                let range = self.range_from(start);
                self.problem("a command is missing here", range);
                continue;
            }
            let before = self.pos;
            let item = self.item(stops);
            if self.pos == before {
                self.stray();
            }
            items.extend(item);
        }
    }

    /// The stop at the cursor, or 0.
    fn stop(&self) -> Stops {
        match (self.byte(0), self.byte(1)) {
            (Some(b')'), _) => return PAREN,
            (Some(b';'), Some(b';' | b'&')) => return ARM,
            _ => {}
        }
        match self.plain_word() {
            "then" => THEN,
            "else" | "elif" => ELSE,
            "fi" => FI,
            "do" => DO,
            "done" => DONE,
            "esac" => ESAC,
            "}" => BRACE,
            _ => 0,
        }
    }

    /// The word at the cursor when it could be reserved: unquoted, lower case, bounded.
    pub(super) fn plain_word(&self) -> &str {
        let rest = self.rest();
        if let Some(b'{' | b'}' | b'!') = self.peek() {
            return match self.byte(1) {
                None
                | Some(b' ' | b'\t' | b'\n' | b'\r' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>') => {
                    rest.get(..1).unwrap_or("")
                }
                _ => "",
            };
        }
        // No reserved word is longer than eight letters: looking no further keeps long words linear.
        let len = rest.bytes().take(9).take_while(u8::is_ascii_lowercase).count();
        match self.byte(len) {
            None | Some(b' ' | b'\t' | b'\n' | b'\r' | b';' | b'&' | b'|' | b'(' | b')' | b'<' | b'>') => {
                rest.get(..len).unwrap_or("")
            }
            Some(b'\\') => rest
                .get(..len)
                .filter(|_| self.text.as_bytes().get(self.pos + len + 1) == Some(&b'\n'))
                .unwrap_or(""),
            _ => "",
        }
    }

    fn item(&mut self, stops: Stops) -> Option<Item> {
        let start = self.pos;
        let mut negated = false;
        while self.plain_word() == "!" {
            negated = !negated;
            self.pos += 1;
            self.blanks();
        }
        let mut pipeline = Vec::new();
        loop {
            if let Some(command) = self.command(stops) {
                pipeline.push(command);
            } else {
                let range = ByteRange::at(self.pos);
                self.problem("a command is missing here", range);
            }
            self.blanks();
            if self.peek() != Some(b'|') || self.byte(1) == Some(b'|') {
                break;
            }
            self.pos += if self.byte(1) == Some(b'&') { 2 } else { 1 };
            self.gap();
        }
        let end = pipeline.last().map_or(self.pos, |command: &Command| command.range.end as usize);
        let connector_after = self.connector();
        if pipeline.is_empty() {
            return None;
        }
        Some(Item { pipeline, negated, connector_after, range: ByteRange::new(start, end) })
    }

    fn connector(&mut self) -> Connector {
        self.blanks();
        self.comment();
        if self.newline() {
            return Connector::Newline;
        }
        let (connector, len) = match (self.byte(0), self.byte(1)) {
            (Some(b'&'), Some(b'&')) => (Connector::And, 2),
            (Some(b'|'), Some(b'|')) => (Connector::Or, 2),
            (Some(b'&'), _) => (Connector::Background, 1),
            (Some(b';'), Some(b';' | b'&')) => (Connector::End, 0),
            (Some(b';'), _) => (Connector::Semicolon, 1),
            _ => (Connector::End, 0),
        };
        self.pos += len;
        connector
    }

    // ---- commands ----

    pub(super) fn command(&mut self, stops: Stops) -> Option<Command> {
        let start = self.pos;
        let word = self.plain_word().to_owned();
        let compound = match word.as_str() {
            "if" => Some(self.deeper(|p| p.if_clause(stops))),
            "while" => Some(self.deeper(|p| p.loop_clause(Keyword::While, stops))),
            "until" => Some(self.deeper(|p| p.loop_clause(Keyword::Until, stops))),
            "for" | "select" => Some(self.deeper(|p| p.for_clause(word.len(), stops))),
            "case" => Some(self.deeper(|p| p.case_clause(stops))),
            "function" => Some(self.deeper(|p| p.function_clause(stops))),
            "{" => Some(self.deeper(|p| {
                p.pos += 1;
                p.enclosed(Keyword::Group, BRACE, stops)
            })),
            _ if self.peek() == Some(b'(') && !self.arithmetic_command() => Some(self.deeper(|p| {
                p.pos += 1;
                p.enclosed(Keyword::Subshell, PAREN, stops)
            })),
            _ => None,
        };
        let Some(compound) = compound else { return self.simple(start, stops) };
        let mut redirects = Vec::new();
        let mut end = self.pos;
        loop {
            self.blanks();
            let Some(redirect) = self.redirect() else { break };
            end = self.pos;
            redirects.push(redirect);
        }
        self.pos = end;
        // A compound that hit the depth limit is empty: there is nothing to show for it.
        let compound = compound?;
        Some(Command { kind: CommandKind::Compound(compound), redirects, range: ByteRange::new(start, end) })
    }
}
