//! Code inside macros whose grammar is unknown: what parses is walked, the rest is searched for the shapes of calls.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Block, Expr, Stmt, Token};

use crate::facts::code::{Argument, CallKind};
use crate::facts::name::QName;
use crate::facts::value::ValueKind;
use crate::source::ByteRange;

use super::calls::is_wrapper;
use super::scopes;
use super::walker::{Seen, Walker};

/// Each level of a macro's body may be tried as code once; deeper ones are only searched, so that the work stays
/// in proportion to the size.
const MAX_TRIES: u32 = 6;
/// Bodies that are only searched recurse by bracket; the bound on brackets is 256.
const MAX_SEARCH: u32 = 256;

impl Walker {
    /// Walks tokens of unknown grammar.
    pub fn scan(&mut self, stream: TokenStream) {
        if stream.is_empty() || self.macro_depth > MAX_SEARCH {
            return;
        }
        let mut scope = self.scope;
        scope.in_macro = true;
        self.macro_depth += 1;
        self.scoped(scope, |w| {
            if w.macro_depth > MAX_TRIES || !w.may_parse(&stream) || !w.try_as_code(&stream) {
                w.search(stream);
            }
        });
        self.macro_depth -= 1;
    }

    fn try_as_code(&mut self, stream: &TokenStream) -> bool {
        if let Ok(expressions) = expressions(stream.clone()) {
            for expression in &expressions {
                let _ = self.expression(expression);
            }
            return true;
        }
        if let Ok(statements) = statements(stream.clone()) {
            let range = ByteRange::at(self.offset);
            let _ = self.block_scope(|w| w.statements(&statements, range));
            return true;
        }
        self.try_pieces(stream.clone())
    }

    /// `"key": value, name = value, …`: each piece on its own.
    fn try_pieces(&mut self, stream: TokenStream) -> bool {
        let pieces = split(stream, &[',', ';']);
        if pieces.len() < 2 && pieces.first().is_none_or(|piece| after_key(piece).is_none()) {
            return false;
        }
        for piece in pieces {
            let value = after_key(&piece).unwrap_or(&piece);
            if value.len() < piece.len() {
                let key = piece.get(..piece.len() - value.len()).unwrap_or(&[]);
                self.search(key.iter().cloned().collect());
            }
            let value: TokenStream = value.iter().cloned().collect();
            match syn::parse2::<Expr>(value.clone()) {
                Ok(expression) => {
                    let _ = self.expression(&expression);
                }
                Err(_) => self.search(value),
            }
        }
        true
    }

    /// Finds `path::to::function(…)`, `name!(…)`, `.method(…)` and string literals.
    fn search(&mut self, stream: TokenStream) {
        let trees: Vec<TokenTree> = stream.into_iter().collect();
        let mut at = 0;
        let mut last: Option<Seen> = None;
        while let Some(tree) = trees.get(at) {
            match tree {
                TokenTree::Literal(literal) => {
                    if let Ok(literal) = syn::parse2::<syn::Lit>(TokenTree::Literal(literal.clone()).into()) {
                        last = Some(self.literal(&literal));
                    }
                    at += 1;
                }
                TokenTree::Group(group) => {
                    self.scan(group.stream());
                    last = None;
                    at += 1;
                }
                TokenTree::Ident(_) => {
                    let after_dot = at > 0 && is_punct(trees.get(at - 1), '.');
                    (last, at) = self.named(&trees, at, if after_dot { last } else { None }, after_dot);
                }
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    // `#[attribute]` is no list; `#name` of `quote!` is a variable.
                    let is_attribute = matches!(trees.get(at + 1), Some(TokenTree::Group(_)));
                    at += if is_attribute { 2 } else { 1 };
                    last = None;
                }
                TokenTree::Punct(punct) => {
                    if !matches!(punct.as_char(), '.' | '?') {
                        last = None;
                    }
                    at += 1;
                }
            }
        }
    }

    /// A path at `at` and what follows it; gives what was seen and where to go on.
    fn named(
        &mut self,
        trees: &[TokenTree],
        at: usize,
        receiver: Option<Seen>,
        after_dot: bool,
    ) -> (Option<Seen>, usize) {
        let mut segments = Vec::new();
        let mut next = at;
        let mut start = ByteRange::at(self.offset);
        let mut name = None;
        while let Some(TokenTree::Ident(ident)) = trees.get(next) {
            let own = self.range(ident.span());
            if segments.is_empty() {
                start = own;
            }
            segments.push(ident.unraw().to_string());
            name = Some((ident, own));
            next += 1;
            let more = is_punct(trees.get(next), ':') && is_punct(trees.get(next + 1), ':');
            if after_dot || !more || !matches!(trees.get(next + 2), Some(TokenTree::Ident(_))) {
                break;
            }
            next += 2;
        }
        let Some((ident, name_range)) = name else { return (None, at + 1) };
        // `$name` of a macro's own pattern is nobody's path.
        let is_variable = at > 0 && is_punct(trees.get(at - 1), '$');
        match trees.get(next) {
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
                let range = start.to(self.range(group.span_close()));
                let stream = group.stream();
                if after_dot {
                    let receiver = receiver.unwrap_or_else(|| Seen::unknown(start));
                    let text = ident.to_string();
                    let mut scope = self.scope;
                    scope.message |= scopes::is_message_method(&text);
                    scope.comparison |= scopes::is_comparison_method(&text);
                    let whole = receiver.range.to(range);
                    let seen = self.loose_method(ident, receiver, whole, |w| {
                        w.scoped(scope, |w| w.loose_arguments(stream))
                    });
                    return (Some(seen), next + 1);
                }
                let is_declared = matches!(at.checked_sub(1).and_then(|at| trees.get(at)), Some(TokenTree::Ident(word)) if word == "fn");
                let is_word = is_declared || (segments.len() == 1 && is_keyword(ident));
                if is_word || is_variable {
                    self.scan(stream);
                    return (None, next + 1);
                }
                let callee = self.names.path_name(&segments, self.frame);
                if is_wrapper(&callee) {
                    let mut arguments = self.loose_arguments(stream);
                    let value = arguments.drain(..).next().map(|argument| argument.value);
                    return (value.map(|value| Seen { value, range, ..Seen::default() }), next + 1);
                }
                let callee = QName::new(callee);
                let call = self.reserve(CallKind::Function, callee, name_range);
                let arguments = self.loose_arguments(stream);
                self.fill(call, range, None, arguments);
                (Some(Seen::new(range, ValueKind::Call(call))), next + 1)
            }
            Some(TokenTree::Punct(punct)) if punct.as_char() == '!' && !after_dot => {
                let Some(TokenTree::Group(group)) = trees.get(next + 1) else { return (None, next) };
                let range = start.to(self.range(group.span_close()));
                let callee = self.names.macro_name(&segments, self.frame);
                let mut scope = self.scope;
                scope.message |= scopes::is_message_macro(&callee);
                let stream = group.stream();
                let call = self.reserve(CallKind::Macro, QName::new(format!("{callee}!")), name_range);
                let arguments = self.scoped(scope, |w| w.loose_arguments(stream));
                self.fill(call, range, None, arguments);
                (Some(Seen::new(range, ValueKind::Call(call))), next + 2)
            }
            _ => {
                let seen = match segments.as_slice() {
                    [only] if after_dot && only == "await" => receiver,
                    [only] if !after_dot => self.variable(only).map(|seen| seen.at(start)),
                    _ => None,
                };
                (seen, next)
            }
        }
    }

    fn loose_arguments(&mut self, stream: TokenStream) -> Vec<Argument> {
        if self.macro_depth <= MAX_TRIES
            && self.may_parse(&stream)
            && let Ok(arguments) = expressions(stream.clone())
        {
            self.macro_depth += 1;
            let arguments = self.arguments(&arguments);
            self.macro_depth -= 1;
            return arguments;
        }
        self.scan(stream);
        Vec::new()
    }
}

/// Expressions separated by commas.
pub fn expressions(stream: TokenStream) -> syn::Result<Punctuated<Expr, Token![,]>> {
    Punctuated::<Expr, Token![,]>::parse_terminated.parse2(stream)
}

/// The statements of a block without its braces.
pub fn statements(stream: TokenStream) -> syn::Result<Vec<Stmt>> {
    (|input: ParseStream<'_>| Block::parse_within(input)).parse2(stream)
}

/// Splits tokens at separators that stand outside brackets.
pub fn split(stream: TokenStream, separators: &[char]) -> Vec<Vec<TokenTree>> {
    let mut pieces = Vec::new();
    let mut piece = Vec::new();
    for tree in stream {
        let ends = matches!(&tree, TokenTree::Punct(punct) if separators.contains(&punct.as_char()));
        if ends {
            if !piece.is_empty() {
                pieces.push(std::mem::take(&mut piece));
            }
        } else {
            piece.push(tree);
        }
    }
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces
}

/// What stands behind `key:` or `key =` (and a `%` or `?` of a log field), when the piece starts so.
pub fn after_key(piece: &[TokenTree]) -> Option<&[TokenTree]> {
    let sign =
        piece.iter().position(|tree| matches!(tree, TokenTree::Punct(p) if matches!(p.as_char(), ':' | '=')));
    let start = match sign {
        Some(sign) => {
            let TokenTree::Punct(punct) = piece.get(sign)? else { return None };
            let next = piece.get(sign + 1);
            let doubled = is_punct(next, punct.as_char()) || is_punct(next, '>');
            if doubled || sign == 0 {
                return None;
            }
            sign + 1
        }
        None => 0,
    };
    let skip = usize::from(is_punct(piece.get(start), '%') || is_punct(piece.get(start), '?'));
    let value = piece.get(start + skip..)?;
    (start + skip > 0 && !value.is_empty()).then_some(value)
}

pub fn is_punct(tree: Option<&TokenTree>, sign: char) -> bool {
    matches!(tree, Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
}

fn is_keyword(ident: &proc_macro2::Ident) -> bool {
    const WORDS: [&str; 18] = [
        "if", "match", "while", "for", "in", "return", "let", "fn", "move", "loop", "else", "as", "pub",
        "use", "impl", "where", "mut", "ref",
    ];
    WORDS.iter().any(|word| ident == word)
}
