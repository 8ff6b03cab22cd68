//! Words: quotes, variables, substitutions and arithmetic.

use super::commands::{PAREN, Parser, parse};
use super::{MAX_DEPTH, Script, Variable, Word, mapping};
use crate::source::ByteRange;
use crate::syntax::text_map::TextMap;

/// Longest first: the first that fits is the operator.
const OPERATORS: [&str; 22] = [
    ":-", ":=", ":?", ":+", "##", "%%", "//", "/#", "/%", "^^", ",,", "-", "=", "?", "+", "#", "%", "/", "^",
    ",", "@", ":",
];

/// Longest arithmetic expression that is recognised as such.
const ARITHMETIC_LIMIT: usize = 2000;

impl Parser<'_> {
    /// The word at the cursor, or nothing where none begins.
    pub(super) fn word(&mut self) -> Option<Word> {
        let start = self.pos;
        let mut word = Word::default();
        let mut end = start;
        loop {
            match self.peek() {
                None | Some(b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b')') => break,
                Some(b'\r') if self.line_end() > 0 => break,
                Some(b'\\') if self.continuation() > 0 => {
                    self.pos += self.continuation();
                    continue;
                }
                Some(b'(') if word.text.ends_with(['?', '*', '+', '@', '!']) => self.pattern_group(&mut word),
                Some(b'<' | b'>') if self.byte(1) == Some(b'(') => self.process_substitution(&mut word),
                Some(b'(' | b'<' | b'>') => break,
                Some(_) => self.piece(&mut word, is_bare_special),
            }
            end = self.pos;
        }
        if end == start {
            return None;
        }
        word.range = ByteRange::new(start, end);
        Some(word)
    }

    /// Takes at least one character: a quote, an expansion, or literal text up to the next `special` byte.
    fn piece(&mut self, word: &mut Word, special: fn(u8) -> bool) {
        match self.peek() {
            Some(b'\\') => self.escape(word),
            Some(b'\'') => self.single_quoted(word),
            Some(b'"') => self.double_quoted(word),
            Some(b'$') => self.dollar(word, false),
            Some(b'`') => self.backticks(word, false),
            _ => self.literal(word, special),
        }
    }

    fn literal(&mut self, word: &mut Word, special: fn(u8) -> bool) {
        let start = self.pos;
        self.step();
        let run = self.rest().bytes().take_while(|byte| !special(*byte)).count();
        self.pos += run;
        word.text.push_str(self.text.get(start..self.pos).unwrap_or(""));
    }

    fn escape(&mut self, word: &mut Word) {
        if self.continuation() > 0 {
            self.pos += self.continuation();
            return;
        }
        self.pos += 1;
        word.quoted = true;
        let start = self.pos;
        self.step();
        word.text.push_str(if start == self.pos { "\\" } else { self.slice(start) });
    }

    fn single_quoted(&mut self, word: &mut Word) {
        let start = self.pos;
        self.pos += 1;
        word.quoted = true;
        let rest = self.rest();
        let closing = rest.find('\'');
        let len = closing.unwrap_or(rest.len());
        word.text.push_str(rest.get(..len).unwrap_or(""));
        self.pos += len;
        self.close(closing.is_some(), start);
    }

    /// Steps over the closing quote, or says that it is missing.
    fn close(&mut self, closed: bool, start: usize) {
        if closed {
            self.pos += 1;
        } else {
            let range = self.range_from(start);
            self.problem("quote without end", range);
        }
    }

    fn double_quoted(&mut self, word: &mut Word) {
        let start = self.pos;
        self.pos += 1;
        word.quoted = true;
        loop {
            match self.peek() {
                None | Some(b'"') => break,
                Some(b'$') => self.dollar(word, true),
                Some(b'`') => self.backticks(word, true),
                Some(b'\\') => match self.byte(1) {
                    Some(b'$' | b'`' | b'"' | b'\\') => {
                        self.pos += 1;
                        word.text.push_str(self.rest().get(..1).unwrap_or(""));
                        self.pos += 1;
                    }
                    _ if self.continuation() > 0 => self.pos += self.continuation(),
                    _ => {
                        word.text.push('\\');
                        self.pos += 1;
                    }
                },
                Some(_) => self.literal(word, |byte| matches!(byte, b'"' | b'$' | b'`' | b'\\')),
            }
        }
        self.close(self.peek().is_some(), start);
    }

    /// `$'…'`: the escapes of ANSI C.
    fn ansi_quoted(&mut self, word: &mut Word) {
        let start = self.pos;
        self.pos += 2;
        word.quoted = true;
        loop {
            match self.peek() {
                None | Some(b'\'') => break,
                Some(b'\\') => self.ansi_escape(word),
                Some(_) => self.literal(word, |byte| matches!(byte, b'\'' | b'\\')),
            }
        }
        self.close(self.peek().is_some(), start);
    }

    fn ansi_escape(&mut self, word: &mut Word) {
        self.pos += 1;
        let (skip, radix, digits) = match self.peek() {
            Some(b'x') => (1, 16, 2),
            Some(b'u') => (1, 16, 4),
            Some(b'U') => (1, 16, 8),
            Some(b'0'..=b'7') => (0, 8, 3),
            other => {
                let decoded = match other {
                    Some(b'n') => "\n",
                    Some(b't') => "\t",
                    Some(b'r') => "\r",
                    Some(b'a') => "\u{7}",
                    Some(b'b') => "\u{8}",
                    Some(b'e' | b'E') => "\u{1b}",
                    Some(b'f') => "\u{c}",
                    Some(b'v') => "\u{b}",
                    _ => "",
                };
                let start = self.pos;
                self.step();
                let text = self.slice(start).to_owned();
                word.text.push_str(if decoded.is_empty() { &text } else { decoded });
                return;
            }
        };
        let number = self.rest().get(skip..).unwrap_or("");
        let len = number.bytes().take(digits).take_while(|byte| (*byte as char).is_digit(radix)).count();
        let value = u32::from_str_radix(number.get(..len).unwrap_or(""), radix).ok().and_then(char::from_u32);
        word.text.push(value.unwrap_or('\u{fffd}'));
        self.pos += skip + len;
    }

    fn dollar(&mut self, word: &mut Word, in_quotes: bool) {
        let start = self.pos;
        let mut inner = Word::default();
        match self.byte(1) {
            Some(b'(') if self.byte(2) == Some(b'(') && self.arithmetic_end(self.pos + 1).is_some() => {
                self.pos += 1;
                self.deeper(|p| p.arithmetic(&mut inner));
            }
            Some(b'(') => {
                self.pos += 2;
                let script = self.deeper(|p| p.substitution(start));
                inner.substitutions.push(script);
            }
            Some(b'{') => self.deeper(|p| p.braces(&mut inner)),
            Some(b'\'') if !in_quotes => return self.ansi_quoted(word),
            Some(b'"') if !in_quotes => {
                self.pos += 1;
                return self.double_quoted(word);
            }
            Some(byte) if byte.is_ascii_alphabetic() || byte == b'_' => {
                self.pos += 1;
                let len = self.name_len();
                self.pos += len;
                self.variable(start, start + 1, &mut inner);
            }
            Some(b'0'..=b'9' | b'@' | b'*' | b'#' | b'?' | b'$' | b'!' | b'-') => {
                self.pos += 2;
                self.variable(start, start + 1, &mut inner);
            }
            _ => {
                self.pos += 1;
                word.text.push('$');
                return;
            }
        }
        self.expanded(word, inner, start);
    }

    /// Adds what was read from `start` on as an expansion: its text stays as written.
    fn expanded(&mut self, word: &mut Word, inner: Word, start: usize) {
        word.has_expansion = true;
        word.text.push_str(self.text.get(start..self.pos).unwrap_or(""));
        word.variables.extend(inner.variables);
        word.substitutions.extend(inner.substitutions);
    }

    fn name_len(&self) -> usize {
        self.rest().bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count()
    }

    fn variable(&mut self, start: usize, name: usize, word: &mut Word) {
        let (name, range) = (self.slice(name).to_owned(), self.range_from(start));
        word.variables.push(Variable { name, operator: None, default: None, range });
    }

    fn substitution(&mut self, start: usize) -> Script {
        let items = self.list(PAREN);
        self.gap();
        if self.peek() == Some(b')') {
            self.pos += 1;
        } else {
            let range = self.range_from(start);
            self.problem("`)` is missing", range);
        }
        Script { items, ..Script::default() }
    }

    fn process_substitution(&mut self, word: &mut Word) {
        let start = self.pos;
        self.pos += 2;
        let script = self.deeper(|p| p.substitution(start));
        self.expanded(word, Word { substitutions: vec![script], ..Word::default() }, start);
    }

    /// bash's `@(a|b)`: taken as written.
    fn pattern_group(&mut self, word: &mut Word) {
        let start = self.pos;
        let mut depth = 0usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'(' => depth += 1,
                b')' => depth = depth.saturating_sub(1),
                b'\n' => break,
                _ => {}
            }
            self.step();
            if depth == 0 {
                break;
            }
        }
        word.text.push_str(self.text.get(start..self.pos).unwrap_or(""));
    }

    fn braces(&mut self, word: &mut Word) {
        let start = self.pos;
        self.pos += 2;
        if let (Some(b'#' | b'!'), Some(next)) = (self.byte(0), self.byte(1))
            && (next.is_ascii_alphanumeric() || next == b'_')
        {
            self.pos += 1;
        }
        let name_start = self.pos;
        self.pos += match self.name_len() {
            0 if matches!(self.peek(), Some(b'@' | b'*' | b'#' | b'?' | b'$' | b'!' | b'-')) => 1,
            len => len,
        };
        let name = self.slice(name_start).to_owned();
        if self.peek() == Some(b'[')
            && let Some(len) = self.rest().bytes().take(200).position(|byte| byte == b']')
        {
            self.pos += len + 1;
        }
        let operator =
            OPERATORS.iter().find(|operator| self.at(operator)).map(|operator| (*operator).to_owned());
        self.pos += operator.as_deref().map_or(0, str::len);
        let mut content = Word::default();
        let fits = !name.is_empty() && (operator.is_some() || self.peek() == Some(b'}'));
        loop {
            match self.peek() {
                None | Some(b'}') => break,
                Some(_) => {
                    self.piece(&mut content, |byte| matches!(byte, b'}' | b'\\' | b'\'' | b'"' | b'$' | b'`'))
                }
            }
        }
        let closed = self.peek().is_some();
        self.pos += usize::from(closed);
        let range = self.range_from(start);
        if !closed {
            self.problem("`}` is missing", range);
        } else if !fits {
            self.problem("this expansion cannot be read", range);
        }
        let default = operator.as_ref().map(|_| std::mem::take(&mut content.text));
        word.variables.push(Variable { name, operator, default, range });
        word.variables.extend(content.variables);
        word.substitutions.extend(content.substitutions);
    }

    // ---- arithmetic ----

    /// Where the `))` of the `((` at `from` stands; nothing when the parentheses belong to subshells.
    ///
    /// A flat scan: trying one reading and then the other would double the work at each level of nesting. It
    /// is bounded, because a file full of unbalanced `((` would otherwise be scanned to its end for each.
    fn arithmetic_end(&self, from: usize) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let bytes = bytes.get(..bytes.len().min(from.saturating_add(ARITHMETIC_LIMIT)))?;
        let mut depth = 0usize;
        let mut at = from + 2;
        loop {
            match bytes.get(at)? {
                b'\\' => at += 1,
                b'(' => depth += 1,
                b')' if depth > 0 => depth -= 1,
                b')' => return (bytes.get(at + 1) == Some(&b')')).then_some(at),
                _ => {}
            }
            at += 1;
        }
    }

    /// True when the cursor stands at an arithmetic command `(( … ))`.
    pub(super) fn arithmetic_command(&self) -> bool {
        self.at("((") && self.arithmetic_end(self.pos).is_some()
    }

    /// `(( … ))` as one word, its text as written.
    pub(super) fn arithmetic_word(&mut self) -> Option<Word> {
        let start = self.pos;
        self.arithmetic_end(start)?;
        let mut word = Word::default();
        self.deeper(|p| p.arithmetic(&mut word));
        word.text = self.slice(start).to_owned();
        word.has_expansion = true;
        word.range = self.range_from(start);
        Some(word)
    }

    fn arithmetic(&mut self, word: &mut Word) {
        let Some(end) = self.arithmetic_end(self.pos) else { return };
        self.pos += 2;
        while self.pos < end {
            match self.peek() {
                Some(b'$') => self.dollar(word, true),
                Some(b'`') => self.backticks(word, true),
                _ => self.step(),
            }
        }
        // An unclosed expansion inside may have run over the end.
        if self.pos == end {
            self.pos += 2;
        }
    }

    // ---- backticks ----

    /// The inside is unescaped first and read as a text of its own, as the shell does.
    fn backticks(&mut self, word: &mut Word, in_quotes: bool) {
        let start = self.pos;
        self.pos += 1;
        let (mut inner, mut map) = (String::new(), TextMap::default());
        loop {
            match (self.byte(0), self.byte(1)) {
                (None | Some(b'`'), _) => break,
                (Some(b'\\'), Some(next @ (b'`' | b'\\' | b'$' | b'"'))) if next != b'"' || in_quotes => {
                    self.pos += 1;
                    map.push(inner.len(), self.pos, 1);
                    inner.push(char::from(next));
                    self.pos += 1;
                }
                _ => {
                    let at = self.pos;
                    self.step();
                    let run = self.rest().bytes().take_while(|byte| !matches!(byte, b'`' | b'\\')).count();
                    self.pos += run;
                    map.push(inner.len(), at, self.pos - at);
                    inner.push_str(self.text.get(at..self.pos).unwrap_or(""));
                }
            }
        }
        self.close(self.peek().is_some(), start);
        let mut found = Word::default();
        if self.depth >= MAX_DEPTH {
            let range = self.range_from(start);
            self.problem("nested too deeply; not read", range);
        } else {
            let mut script = parse(&inner, self.depth + 1);
            mapping::remap(&mut script, &map);
            self.problems.append(&mut script.problems);
            self.comments.append(&mut script.comments);
            found.substitutions.push(script);
        }
        self.expanded(word, found, start);
    }

    // ---- [[ ]] ----

    /// The words of `[[ … ]]`, where `<`, `(`, `|` and `&&` are ordinary text.
    pub(super) fn test_words(&mut self, words: &mut Vec<Word>) {
        let opened = self.pos;
        self.pos += 2;
        words.push(Word { range: self.range_from(opened), text: "[[".to_owned(), ..Word::default() });
        loop {
            self.blanks();
            let line_end = self.line_end();
            if line_end > 0
                && words.last().is_some_and(|word| matches!(word.text.as_str(), "&&" | "||" | "[["))
            {
                self.pos += line_end;
                continue;
            }
            if line_end > 0 || matches!(self.peek(), None | Some(b';')) {
                let range = self.range_from(opened);
                self.problem("`]]` is missing", range);
                return;
            }
            if self.at("]]") && self.byte(2).is_none_or(is_bare_special) {
                let start = self.pos;
                self.pos += 2;
                words.push(Word { range: self.range_from(start), text: "]]".to_owned(), ..Word::default() });
                return;
            }
            let start = self.pos;
            let mut word = Word::default();
            while self.peek().is_some_and(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b';')) {
                self.piece(&mut word, |byte| {
                    is_bare_special(byte) && !matches!(byte, b'&' | b'|' | b'<' | b'>' | b'(' | b')')
                });
            }
            if self.pos == start {
                self.step();
                continue;
            }
            word.range = self.range_from(start);
            words.push(word);
        }
    }
}

fn is_bare_special(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\t'
            | b'\n'
            | b'\r'
            | b';'
            | b'&'
            | b'|'
            | b'<'
            | b'>'
            | b'('
            | b')'
            | b'\''
            | b'"'
            | b'\\'
            | b'$'
            | b'`'
    )
}
