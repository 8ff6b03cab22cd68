//! Control flow: `if`, loops, `case`, groups and functions.

use super::commands::{ARM, BRACE, DO, DONE, ELSE, ESAC, FI, PAREN, Parser, Stops, THEN};
use super::{Compound, Connector, Item, Keyword};
use crate::source::ByteRange;

impl Parser<'_> {
    fn compound(keyword: Keyword) -> Compound {
        Compound { keyword, words: vec![], conditions: vec![], bodies: vec![], has_else: false }
    }

    /// Takes the reserved word or sign that ends a part; a missing one is a problem.
    fn expect(&mut self, word: &str, opened: usize) -> bool {
        self.gap();
        let found = if word == ")" { self.peek() == Some(b')') } else { self.plain_word() == word };
        if found {
            self.pos += word.len();
        } else {
            let range = ByteRange::new(opened, self.pos);
            self.problem(&format!("`{word}` is missing"), range);
        }
        found
    }

    pub(super) fn if_clause(&mut self, stops: Stops) -> Option<Compound> {
        let start = self.pos;
        let mut clause = Self::compound(Keyword::If);
        self.pos += "if".len();
        loop {
            clause.conditions.append(&mut self.list(stops | THEN | ELSE | FI));
            if !self.expect("then", start) {
                break;
            }
            let body = self.list(stops | ELSE | FI);
            clause.bodies.push(body);
            if self.plain_word() != "elif" {
                break;
            }
            self.pos += "elif".len();
        }
        if self.plain_word() == "else" {
            self.pos += "else".len();
            clause.has_else = true;
            let body = self.list(stops | FI);
            clause.bodies.push(body);
        }
        self.expect("fi", start);
        Some(clause)
    }

    pub(super) fn loop_clause(&mut self, keyword: Keyword, stops: Stops) -> Option<Compound> {
        let start = self.pos;
        let mut clause = Self::compound(keyword);
        self.pos += "while".len();
        clause.conditions = self.list(stops | DO | DONE);
        self.do_group(&mut clause, start, stops);
        Some(clause)
    }

    fn do_group(&mut self, clause: &mut Compound, start: usize, stops: Stops) {
        if self.expect("do", start) {
            let body = self.list(stops | DONE);
            clause.bodies.push(body);
            self.expect("done", start);
        }
    }

    pub(super) fn for_clause(&mut self, keyword: usize, stops: Stops) -> Option<Compound> {
        let start = self.pos;
        let mut clause = Self::compound(Keyword::For);
        self.pos += keyword;
        self.blanks();
        if self.at("((") {
            clause.words.extend(self.arithmetic_word());
        } else {
            clause.words.extend(self.word());
            self.gap();
            if self.plain_word() == "in" {
                self.pos += "in".len();
                self.blanks();
                while let Some(word) = self.word() {
                    clause.words.push(word);
                    self.blanks();
                }
            }
        }
        self.blanks();
        if self.peek() == Some(b';') {
            self.pos += 1;
        }
        self.gap();
        if self.plain_word() == "{" {
            self.pos += 1;
            let body = self.list(stops | BRACE);
            clause.bodies.push(body);
            self.expect("}", start);
        } else {
            self.do_group(&mut clause, start, stops);
        }
        Some(clause)
    }

    pub(super) fn case_clause(&mut self, stops: Stops) -> Option<Compound> {
        let start = self.pos;
        let mut clause = Self::compound(Keyword::Case);
        self.pos += "case".len();
        self.blanks();
        clause.words.extend(self.word());
        if !self.expect("in", start) {
            return Some(clause);
        }
        loop {
            self.gap();
            if self.pos >= self.text.len() || self.plain_word() == "esac" {
                break;
            }
            if self.peek() == Some(b'(') {
                self.pos += 1;
                self.blanks();
            }
            while let Some(word) = self.word() {
                clause.words.push(word);
                self.blanks();
                if self.peek() != Some(b'|') {
                    break;
                }
                self.pos += 1;
                self.blanks();
            }
            if self.peek() != Some(b')') {
                let range = ByteRange::new(start, self.pos);
                self.problem("a `case` pattern ends with `)`", range);
                // Whatever stands here is no arm; going on would read its commands as patterns.
                break;
            }
            self.pos += 1;
            let body = self.list(stops | ARM | ESAC);
            clause.bodies.push(body);
            match () {
                () if self.at(";;&") => self.pos += 3,
                () if self.at(";;") || self.at(";&") => self.pos += 2,
                () if self.plain_word() == "esac" => break,
                () => break,
            }
        }
        self.expect("esac", start);
        Some(clause)
    }

    pub(super) fn enclosed(&mut self, keyword: Keyword, stop: Stops, stops: Stops) -> Option<Compound> {
        let start = self.pos.saturating_sub(1);
        let mut clause = Self::compound(keyword);
        let body = self.list(stops | stop);
        clause.bodies.push(body);
        self.expect(if stop == PAREN { ")" } else { "}" }, start);
        Some(clause)
    }

    pub(super) fn function_clause(&mut self, stops: Stops) -> Option<Compound> {
        self.pos += "function".len();
        self.blanks();
        let name = self.word().unwrap_or_default();
        self.blanks();
        if self.peek() == Some(b'(') {
            self.pos += 1;
            self.blanks();
            if self.peek() == Some(b')') {
                self.pos += 1;
            }
        }
        Some(self.function_body(name.text, stops))
    }

    pub(super) fn function_body(&mut self, name: String, stops: Stops) -> Compound {
        self.gap();
        let mut clause = Self::compound(Keyword::Function(name));
        if let Some(command) = self.deeper(|p| p.command(stops)) {
            let range = command.range;
            let item =
                Item { pipeline: vec![command], negated: false, connector_after: Connector::End, range };
            clause.bodies.push(vec![item]);
        }
        clause
    }
}
