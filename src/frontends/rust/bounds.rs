//! Refuses token streams on which the parser would recurse too deeply.
//!
//! syn is a recursive parser, and so are the drop of its trees and our own walk; an overflow of the stack ends the
//! whole process. All depth comes from four shapes, each counted here without recursion: nested delimiters, nested
//! generic arguments, runs of prefix operators or keywords, and long chains (`a + b + …`, `a.b().c()…`, `else if`).

use proc_macro2::token_stream::IntoIter;
use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};

const MAX_DEPTH: usize = 256;
const MAX_PREFIX: usize = 256;
const MAX_ANGLE: usize = 256;
/// Tokens that may hang on one another, added up over all enclosing statements.
const MAX_CHAIN: usize = 20_000;

/// Why and where a stream is refused.
pub struct Excess {
    /// What there is too much of.
    pub message: &'static str,
    /// The first token that is too many.
    pub span: Span,
}

struct Level {
    trees: IntoIter,
    /// Tokens since the last separator at this level.
    chain: usize,
    prefix: usize,
    angle: usize,
    /// The last tree was a brace group: a statement may have ended.
    after_brace: bool,
    /// Inside a macro invocation, whose tokens nobody parses as a whole.
    in_macro: bool,
    /// The last tokens were `name !`.
    bang: u8,
}

impl Level {
    fn new(stream: TokenStream, in_macro: bool) -> Self {
        let trees = stream.into_iter();
        Self { trees, chain: 0, prefix: 0, angle: 0, after_brace: false, in_macro, bang: 0 }
    }
}

/// Checks a whole file, or the body of a macro before it is parsed.
pub fn check(stream: &TokenStream) -> Result<(), Excess> {
    let mut stack = vec![Level::new(stream.clone(), false)];
    let mut outer = 0;
    while let Some(level) = stack.last_mut() {
        let Some(tree) = level.trees.next() else {
            stack.pop();
            outer -= stack.last().map_or(0, |below| below.chain);
            continue;
        };
        let macro_body = level.bang == 2;
        level.step(&tree);
        let span = tree.span();
        let excess = |message| Err(Excess { message, span });
        if level.prefix > MAX_PREFIX {
            return excess("more than 256 prefix operators in a row");
        }
        if level.angle > MAX_ANGLE {
            return excess("generic arguments are nested more than 256 deep");
        }
        if !level.in_macro && outer + level.chain > MAX_CHAIN {
            return excess("a statement has more than 20000 tokens");
        }
        if let TokenTree::Group(group) = tree {
            let in_macro = level.in_macro || macro_body;
            outer += level.chain;
            if stack.len() > MAX_DEPTH {
                return excess("brackets are nested more than 256 deep");
            }
            stack.push(Level::new(group.stream(), in_macro));
        }
    }
    Ok(())
}

impl Level {
    fn step(&mut self, tree: &TokenTree) {
        let mut after_brace = false;
        let bang = match (&tree, self.bang) {
            (TokenTree::Ident(_), _) => 1,
            (TokenTree::Punct(punct), 1) if punct.as_char() == '!' => 2,
            // `macro_rules! name { … }`
            (_, _) => 0,
        };
        // What stands behind a block goes on with it only by an operator or `else`.
        if self.after_brace {
            let goes_on = match tree {
                TokenTree::Punct(punct) => punct.as_char() != '#',
                TokenTree::Ident(ident) => ident == "else",
                TokenTree::Group(_) | TokenTree::Literal(_) => false,
            };
            if !goes_on {
                self.chain = 0;
                self.angle = 0;
            }
        }
        self.chain += 1;
        match tree {
            TokenTree::Punct(punct) => match punct.as_char() {
                ';' => (self.chain, self.prefix, self.angle) = (0, 0, 0),
                ',' => (self.chain, self.prefix) = (0, 0),
                '<' => self.angle += 1,
                '>' => self.angle = self.angle.saturating_sub(1),
                '!' | '-' | '*' | '&' | '|' | '\'' => self.prefix += 1,
                _ => self.prefix = 0,
            },
            TokenTree::Ident(ident) if is_prefix_word(ident) => self.prefix += 1,
            TokenTree::Ident(_) | TokenTree::Literal(_) => self.prefix = 0,
            TokenTree::Group(group) => {
                self.prefix = 0;
                after_brace = group.delimiter() == Delimiter::Brace;
            }
        }
        self.after_brace = after_brace;
        self.bang = if self.bang == 2 && matches!(tree, TokenTree::Ident(_)) { 2 } else { bang };
    }
}

fn is_prefix_word(ident: &proc_macro2::Ident) -> bool {
    const WORDS: [&str; 20] = [
        "async", "await", "box", "break", "const", "continue", "dyn", "else", "for", "if", "impl", "in",
        "match", "move", "mut", "ref", "return", "static", "unsafe", "yield",
    ];
    WORDS.iter().any(|word| ident == word)
}
