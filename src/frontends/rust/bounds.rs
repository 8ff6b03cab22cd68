//! Refuses token streams on which the parser would recurse too deeply.
//!
//! syn is a recursive parser, and so are the drop of its trees and our own walk; an overflow of the stack ends the
//! whole process. All depth comes from four shapes, each counted here without recursion: nested delimiters, nested
//! generic arguments, runs of prefix operators or keywords, and long chains (`a + b + …`, `a.b().c()…`, `else if`).

use proc_macro2::{Delimiter, Ident, Span, TokenStream};
use syn::buffer::{Cursor, TokenBuffer};

const MAX_DEPTH: usize = 256;
const MAX_PREFIX: usize = 256;
const MAX_ANGLE: usize = 256;
/// Tokens that may hang on one another, added up over all enclosing statements.
pub const MAX_CHAIN: usize = 20_000;

/// Why and where a stream is refused.
pub struct Excess {
    /// What there is too much of.
    pub message: &'static str,
    /// The first token that is too many.
    pub span: Span,
}

/// A token as far as depth is concerned.
enum Token {
    Word(Ident),
    Sign(char),
    Brackets { is_brace: bool },
    Other,
}

struct Level<'b> {
    rest: Cursor<'b>,
    /// Tokens since the last separator at this level.
    chain: usize,
    prefix: usize,
    angle: usize,
    /// The last token was a brace group: a statement may have ended.
    after_brace: bool,
    /// The last token was a word.
    after_word: bool,
    /// Inside a macro invocation, whose tokens nobody parses as a whole.
    in_macro: bool,
    /// The last tokens were `name !`, or `macro_rules ! name`.
    after_bang: bool,
}

impl<'b> Level<'b> {
    fn new(rest: Cursor<'b>, in_macro: bool) -> Self {
        Self {
            rest,
            chain: 0,
            prefix: 0,
            angle: 0,
            after_brace: false,
            after_word: false,
            in_macro,
            after_bang: false,
        }
    }
}

/// Checks the body of a macro before it is parsed.
pub fn check(stream: &TokenStream) -> Result<(), Excess> {
    check_cursor(TokenBuffer::new2(stream.clone()).begin())
}

/// Checks everything from `start` on.
pub fn check_cursor(start: Cursor<'_>) -> Result<(), Excess> {
    let mut stack = vec![Level::new(start, false)];
    let mut outer = 0;
    while let Some(level) = stack.last_mut() {
        if level.rest.eof() {
            stack.pop();
            outer -= stack.last().map_or(0, |below| below.chain);
            continue;
        }
        let span_at = level.rest;
        let in_macro = level.in_macro || level.after_bang;
        let (token, inside, rest) = read(level.rest);
        level.rest = rest;
        level.step(&token);
        let excess = |message| Err(Excess { message, span: span_at.span() });
        if level.prefix > MAX_PREFIX {
            return excess("more than 256 prefix operators in a row");
        }
        if level.angle > MAX_ANGLE {
            return excess("generic arguments are nested more than 256 deep");
        }
        if !level.in_macro && outer + level.chain > MAX_CHAIN {
            return excess("a statement has more than 20000 tokens");
        }
        if let Some(inside) = inside {
            outer += level.chain;
            if stack.len() > MAX_DEPTH {
                return excess("brackets are nested more than 256 deep");
            }
            stack.push(Level::new(inside, in_macro));
        }
    }
    Ok(())
}

/// The next token, what is inside it, and what follows; at the end of a group nothing follows.
fn read(cursor: Cursor<'_>) -> (Token, Option<Cursor<'_>>, Cursor<'_>) {
    if let Some((word, rest)) = cursor.ident() {
        return (Token::Word(word), None, rest);
    }
    if let Some((sign, rest)) = cursor.punct() {
        return (Token::Sign(sign.as_char()), None, rest);
    }
    if let Some((inside, delimiter, _, rest)) = cursor.any_group() {
        return (Token::Brackets { is_brace: delimiter == Delimiter::Brace }, Some(inside), rest);
    }
    if let Some((_, rest)) = cursor.lifetime() {
        return (Token::Sign('\''), None, rest);
    }
    match cursor.token_tree() {
        Some((_, rest)) => (Token::Other, None, rest),
        // Cannot be: the caller asked for the end before. An empty buffer ends the level.
        None => (Token::Other, None, Cursor::empty()),
    }
}

impl Level<'_> {
    fn step(&mut self, token: &Token) {
        // What stands behind a block goes on with it only by an operator or `else`.
        if self.after_brace {
            let goes_on = match token {
                Token::Sign(sign) => *sign != '#',
                Token::Word(word) => word == "else",
                Token::Brackets { .. } | Token::Other => false,
            };
            if !goes_on {
                self.chain = 0;
                self.angle = 0;
            }
        }
        self.chain += 1;
        let is_bang = self.after_word && matches!(token, Token::Sign('!'));
        self.after_bang = is_bang || (self.after_bang && matches!(token, Token::Word(_)));
        match token {
            Token::Sign(';') => (self.chain, self.prefix, self.angle) = (0, 0, 0),
            Token::Sign(',') => (self.chain, self.prefix) = (0, 0),
            Token::Sign('<') => self.angle += 1,
            Token::Sign('>') => self.angle = self.angle.saturating_sub(1),
            Token::Sign('!' | '-' | '*' | '&' | '|' | '\'') => self.prefix += 1,
            // Only the second word of a run is looked up: most words stand alone.
            Token::Word(word) if (self.prefix > 0 || self.after_word) && is_prefix_word(word) => {
                self.prefix += 1
            }
            _ => self.prefix = 0,
        }
        self.after_brace = matches!(token, Token::Brackets { is_brace: true });
        self.after_word = matches!(token, Token::Word(_));
    }
}

fn is_prefix_word(ident: &Ident) -> bool {
    const WORDS: [&str; 20] = [
        "async", "await", "box", "break", "const", "continue", "dyn", "else", "for", "if", "impl", "in",
        "match", "move", "mut", "ref", "return", "static", "unsafe", "yield",
    ];
    WORDS.iter().any(|word| ident == word)
}
