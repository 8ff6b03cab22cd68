//! Simple commands: assignments, words, redirects; and the function definitions that begin like one.

use super::commands::{Parser, PendingBody, Stops};
use super::{Command, CommandKind, Redirect, SimpleCommand, Word};
use crate::source::{ByteRange, Spanned};

impl Parser<'_> {
    pub(super) fn simple(&mut self, start: usize, stops: Stops) -> Option<Command> {
        let mut simple = SimpleCommand::default();
        let mut redirects = Vec::new();
        let mut end = start;
        if self.plain_word().is_empty() && self.at("[[") && matches!(self.byte(2), Some(b' ' | b'\t' | b'\n'))
        {
            self.test_words(&mut simple.words);
            end = self.pos;
        } else if self.at("((") {
            simple.words.extend(self.arithmetic_word());
            end = self.pos;
        }
        loop {
            self.blanks();
            if self.peek() == Some(b'#') || self.line_end() > 0 {
                break;
            }
            if let Some(redirect) = self.redirect() {
                redirects.push(redirect);
            } else if let Some(assignment) = self.assignment(simple.words.is_empty()) {
                simple.assignments.push(assignment);
            } else if self.peek() == Some(b'(') {
                match self.function_definition(start, &simple) {
                    Some(name) => {
                        let clause = self.deeper(|p| Some(p.function_body(name, stops)))?;
                        let range = self.range_from(start);
                        return Some(Command { kind: CommandKind::Compound(clause), redirects, range });
                    }
                    None => {
                        let at = self.pos;
                        self.pos += 1;
                        let range = self.range_from(at);
                        self.problem("`(` does not fit here", range);
                    }
                }
            } else if let Some(word) = self.array_argument().or_else(|| self.word()) {
                simple.words.push(word);
            } else {
                break;
            }
            end = self.pos;
        }
        if end == start {
            return None;
        }
        self.pos = end;
        Some(Command { kind: CommandKind::Simple(simple), redirects, range: ByteRange::new(start, end) })
    }

    /// `name()` at the cursor: takes the parentheses and gives the name.
    fn function_definition(&mut self, start: usize, simple: &SimpleCommand) -> Option<String> {
        let [name] = simple.words.as_slice() else { return None };
        if !simple.assignments.is_empty() || name.quoted || name.range.start as usize != start {
            return None;
        }
        let inside = self.rest().get(1..)?;
        let blanks = inside.len() - inside.trim_start_matches([' ', '\t']).len();
        (self.byte(1 + blanks) == Some(b')')).then(|| {
            self.pos += blanks + 2;
            name.text.clone()
        })
    }

    pub(super) fn redirect(&mut self) -> Option<Redirect> {
        let start = self.pos;
        let digits = self.rest().bytes().take_while(u8::is_ascii_digit).take(9).count();
        let rest = self.rest().get(digits..).unwrap_or("");
        let operator = ["&>>", "&>", "<<<", "<<-", "<<", "<&", "<>", "<", ">>", ">&", ">|", ">"]
            .into_iter()
            .find(|operator| rest.starts_with(operator))?;
        let process_substitution =
            matches!(operator, "<" | ">") && rest.get(1..).is_some_and(|r| r.starts_with('('));
        if digits > 0 && operator.starts_with('&') || process_substitution && digits == 0 {
            return None;
        }
        let fd = self.rest().get(..digits).and_then(|number| number.parse().ok());
        self.pos += digits + operator.len();
        let end = self.pos;
        self.blanks();
        let target = self.word().unwrap_or_else(|| {
            self.pos = end;
            let range = ByteRange::new(start, end);
            self.problem("a redirect needs a target", range);
            Word { range: ByteRange::at(end), ..Word::default() }
        });
        let range = self.range_from(start);
        if matches!(operator, "<<" | "<<-") && !target.range.is_empty() {
            let strip_tabs = operator == "<<-";
            self.pending.push(PendingBody {
                redirect: range.start,
                delimiter: target.text.clone(),
                strip_tabs,
            });
        }
        Some(Redirect { fd, operator: operator.to_owned(), target, range, heredoc: None })
    }

    /// `NAME=`, `NAME+=`, `NAME[…]=`: only before the first word.
    fn assignment(&mut self, allowed: bool) -> Option<(Spanned<String>, Word)> {
        if !allowed {
            return None;
        }
        let bytes = self.rest().as_bytes();
        let name = bytes.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        if name == 0 || bytes.first().is_some_and(u8::is_ascii_digit) {
            return None;
        }
        let mut len = name;
        if bytes.get(len) == Some(&b'[') {
            // Bounded: a subscript is short, and an endless one must not be searched again and again.
            len += bytes.iter().skip(len).take(200).position(|b| *b == b']')? + 1;
        }
        if bytes.get(len) == Some(&b'+') {
            len += 1;
        }
        if bytes.get(len) != Some(&b'=') {
            return None;
        }
        let range = ByteRange::new(self.pos, self.pos + name);
        let name = Spanned::new(range.slice(self.text).to_owned(), range);
        self.pos += len + 1;
        let at = self.pos;
        let value = match self.peek() {
            Some(b'(') => self.array(),
            _ => self.word().unwrap_or_else(|| Word { range: ByteRange::at(at), ..Word::default() }),
        };
        Some((name, value))
    }

    /// `NAME=( … )` as an argument: `declare -a NAME=(…)`, `local NAME=(…)`.
    fn array_argument(&mut self) -> Option<Word> {
        let start = self.pos;
        let name = self.rest().bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        if name == 0 || !self.rest().get(name..)?.starts_with("=(") {
            return None;
        }
        self.pos += name + 1;
        let mut word = self.array();
        word.text = self.slice(start).to_owned();
        word.range = self.range_from(start);
        Some(word)
    }

    /// `( … )` behind `=`: one word whose text is as written.
    fn array(&mut self) -> Word {
        let start = self.pos;
        let mut array = Word::default();
        self.pos += 1;
        loop {
            self.gap();
            match self.word() {
                Some(word) => {
                    array.has_expansion |= word.has_expansion;
                    array.quoted |= word.quoted;
                    array.substitutions.extend(word.substitutions);
                    array.variables.extend(word.variables);
                }
                None if self.peek() == Some(b')') => {
                    self.pos += 1;
                    break;
                }
                None => {
                    let range = self.range_from(start);
                    self.problem("`)` is missing", range);
                    break;
                }
            }
        }
        array.text = self.slice(start).to_owned();
        array.range = self.range_from(start);
        array
    }
}
