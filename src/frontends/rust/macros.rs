//! Macro calls: the standard ones as values, `select!` by its branches, everything else by its tokens.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, Pat, Token, Type};

use crate::facts::code::{Argument, CallKind, Function, Scope};
use crate::facts::name::QName;
use crate::facts::value::{Value, ValueKind};
use crate::source::{ByteRange, Spanned};

use super::bounds::MAX_CHAIN;
use super::expressions::call_of;
use super::items::Outer;
use super::names::segments_of;
use super::scopes;
use super::tokens::{after_key, expressions, split};
use super::walker::{Seen, Walker};

impl Walker {
    /// A macro used as an expression, a statement or an item.
    pub fn macro_call(&mut self, call: &syn::Macro) -> Seen {
        let name = self.names.macro_name(&segments_of(&call.path), self.frame);
        let last = name.rsplit("::").next().unwrap_or("").trim_start_matches('?').to_owned();
        let start = self.path_range(&call.path);
        let close = match &call.delimiter {
            syn::MacroDelimiter::Paren(token) => token.span.close(),
            syn::MacroDelimiter::Brace(token) => token.span.close(),
            syn::MacroDelimiter::Bracket(token) => token.span.close(),
        };
        let range = start.to(self.range(close));
        let name_range = call.path.segments.last().map_or(start, |segment| self.range(segment.ident.span()));
        let position = self.reserve(CallKind::Macro, QName::new(format!("{name}!")), name_range);
        self.fill(position, range, None, Vec::new());
        let mut scope = self.scope;
        scope.message |= scopes::is_message_macro(&name);
        scope.comparison |= matches!(last.as_str(), "matches" | "assert_eq" | "assert_ne" | "regex");
        let was_trusted = self.trusted;
        self.trusted |= range.len() < MAX_CHAIN;
        let value = if !self.may_parse(&call.tokens) {
            self.scoped(scope, |w| w.scan(call.tokens.clone()));
            ValueKind::Unknown
        } else {
            self.scoped(scope, |w| w.macro_body(position, &last, call, range))
        };
        self.trusted = was_trusted;
        let never = matches!(last.as_str(), "panic" | "bail" | "todo" | "unimplemented" | "unreachable");
        Seen { never, ..Seen::new(range, value) }
    }

    fn macro_body(&mut self, position: u32, last: &str, call: &syn::Macro, range: ByteRange) -> ValueKind {
        match last {
            "select" | "select_biased" => {
                self.select(call.tokens.clone());
                return ValueKind::Call(position);
            }
            "lazy_static" if self.lazy_static(call.tokens.clone()) => return ValueKind::Unknown,
            "cfg_if" => {
                self.cfg_if(call.tokens.clone());
                return ValueKind::Unknown;
            }
            "macro_rules" => return ValueKind::Unknown,
            "cfg" => {
                if self.reads.is_some() {
                    let text = call.tokens.to_string();
                    self.note_read(text);
                }
                return ValueKind::Call(position);
            }
            "vec" => {
                if let Ok(repeat) = syn::parse2::<Repeated>(call.tokens.clone()) {
                    let part = self.expression(&repeat.part).value;
                    let _ = self.expression(&repeat.count);
                    return ValueKind::Repeat(Box::new(part));
                }
            }
            _ => {}
        }
        let Some(arguments) = self.macro_arguments(call.tokens.clone()) else {
            self.scan(call.tokens.clone());
            return ValueKind::Call(position);
        };
        if matches!(last, "join" | "try_join") {
            for argument in &arguments {
                if let Some(call) = call_of(&argument.value).and_then(|call| self.call_mut(call)) {
                    call.awaited = true;
                }
            }
        }
        let value = match last {
            "format" | "format_args" | "formatcp" | "concatcp" | "concat" => {
                self.put_together(last, &arguments, range)
            }
            "vec" => ValueKind::List(arguments.iter().map(|argument| argument.value.clone()).collect()),
            _ => ValueKind::Call(position),
        };
        if let Some(call) = self.call_mut(position) {
            call.arguments = arguments;
        }
        value
    }

    fn put_together(&self, last: &str, arguments: &[Argument], range: ByteRange) -> ValueKind {
        if last.starts_with("concat") {
            let parts = arguments.iter().map(|argument| argument.value.clone()).collect();
            return ValueKind::Join(parts);
        }
        match arguments.split_first() {
            Some((Argument { name: None, value }, rest)) => match value.as_text() {
                Some(template) => self.joined(template, value.range, rest),
                None => ValueKind::Join(arguments.iter().map(|argument| argument.value.clone()).collect()),
            },
            _ => Value::unknown(range).kind,
        }
    }

    /// Arguments separated by commas, `name = value` and the fields of log macros included.
    fn macro_arguments(&mut self, tokens: TokenStream) -> Option<Vec<Argument>> {
        if let Ok(parsed) = expressions(tokens.clone()) {
            return Some(parsed.iter().map(|argument| self.macro_argument(argument)).collect());
        }
        let pieces = split(tokens, &[',']);
        let parsed: Vec<(Option<String>, Expr)> = pieces
            .iter()
            .map(|piece| {
                let value = after_key(piece).unwrap_or(piece);
                let key = match piece.first() {
                    Some(TokenTree::Ident(ident)) if value.len() < piece.len() => Some(ident.to_string()),
                    _ => None,
                };
                let stream: TokenStream = value.iter().cloned().collect();
                syn::parse2::<Expr>(stream).ok().map(|value| (key, value))
            })
            .collect::<Option<_>>()?;
        let mut arguments = Vec::new();
        for (name, value) in &parsed {
            let mut argument = self.macro_argument(value);
            argument.name = name.clone().or(argument.name);
            arguments.push(argument);
        }
        Some(arguments)
    }

    fn macro_argument(&mut self, argument: &Expr) -> Argument {
        if let Expr::Assign(assign) = argument
            && let Expr::Path(path) = &*assign.left
            && let Some(name) = path.path.get_ident()
        {
            let name = Some(name.unraw().to_string());
            return Argument { name, value: self.expression(&assign.right).value };
        }
        Argument { name: None, value: self.expression(argument).value }
    }

    /// `macro_rules! name { … }`, `lazy_static! { … }`, `thread_local! { … }` and the like among items.
    pub fn item_macro(&mut self, item: &syn::ItemMacro) {
        let Some(ident) = &item.ident else {
            let _ = self.macro_call(&item.mac);
            return;
        };
        // The body runs wherever the macro is used; it is listed as a function of that name.
        let name = format!("{}!", ident.unraw());
        let name_range = self.range(ident.span());
        let position = self.add_function(Function {
            name: Spanned::new(name.clone(), name_range),
            container: self.container_text(),
            range: self.path_range(&item.mac.path).to(name_range),
            parameters: Vec::new(),
            attributes: Vec::new(),
            result: None,
            scope: self.scope,
            is_method: false,
            of_trait: None,
        });
        let outer = Outer::leave(self, position, self.scope, name);
        self.scan(item.mac.tokens.clone());
        outer.come_back(self);
    }

    /// `select! { pattern = future => handler, … }`: all branches stand beside one another.
    fn select(&mut self, tokens: TokenStream) {
        let was_inside = std::mem::replace(&mut self.in_select, true);
        match branches.parse2(tokens.clone()) {
            Ok(branches) => {
                for branch in branches {
                    self.block_scope(|w| {
                        let future = branch.future.as_ref().map(|future| w.expression(future));
                        if let Some(call) = future.as_ref().and_then(|seen| call_of(&seen.value))
                            && let Some(call) = w.call_mut(call)
                        {
                            call.awaited = true;
                        }
                        if let (Some(pattern), Some(future)) = (&branch.pattern, &future) {
                            w.bind_pattern(pattern, future);
                        }
                        if let Some(guard) = &branch.guard {
                            let _ = w.expression(guard);
                        }
                        let _ = w.expression(&branch.handler);
                    });
                }
            }
            Err(_) => self.scan(tokens),
        }
        self.in_select = was_inside;
    }

    /// `cfg_if! { if #[cfg(condition)] { … } else { … } }`: each branch under its condition.
    fn cfg_if(&mut self, tokens: TokenStream) {
        let mut condition = Scope { conditional: true, ..Scope::default() };
        for tree in tokens {
            let TokenTree::Group(group) = tree else { continue };
            if group.delimiter() == Delimiter::Brace {
                let scope = scopes::joined(self.scope, condition);
                self.scoped(scope, |w| w.scan(group.stream()));
                condition = Scope { conditional: true, ..Scope::default() };
            } else if let Ok(syn::Meta::List(list)) = syn::parse2::<syn::Meta>(group.stream())
                && let Ok(predicate) = list.parse_args::<syn::Meta>()
            {
                condition = scopes::predicate_scope(&predicate, 0);
            }
        }
    }

    /// `lazy_static! { static ref NAME: Type = value; … }`.
    fn lazy_static(&mut self, tokens: TokenStream) -> bool {
        let Ok(statics) = lazy_statics.parse2(tokens) else { return false };
        for item in &statics {
            self.under(&item.attributes, |w| w.constant(&item.ident, Some(&item.written), &item.value));
        }
        true
    }
}

struct Repeated {
    part: Expr,
    count: Expr,
}

impl syn::parse::Parse for Repeated {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let part = input.parse()?;
        input.parse::<Token![;]>()?;
        Ok(Self { part, count: input.parse()? })
    }
}

struct Branch {
    pattern: Option<Pat>,
    future: Option<Expr>,
    guard: Option<Expr>,
    handler: Expr,
}

fn branches(input: ParseStream<'_>) -> syn::Result<Vec<Branch>> {
    let mut branches = Vec::new();
    let ahead = input.fork();
    if ahead.parse::<syn::Ident>().is_ok_and(|word| word == "biased") && ahead.parse::<Token![;]>().is_ok() {
        input.advance_to(&ahead);
    }
    while !input.is_empty() {
        let mut branch = if input.peek(Token![else]) {
            input.parse::<Token![else]>()?;
            Branch { pattern: None, future: None, guard: None, handler: empty() }
        } else if input.peek(syn::Ident) && input.peek2(Token![=>]) {
            // `complete => …`, `default => …`.
            input.call(syn::Ident::parse_any)?;
            Branch { pattern: None, future: None, guard: None, handler: empty() }
        } else {
            let pattern = Pat::parse_multi_with_leading_vert(input)?;
            input.parse::<Token![=]>()?;
            let future: Expr = input.parse()?;
            let guard = if input.peek(Token![,]) && input.peek2(Token![if]) {
                input.parse::<Token![,]>()?;
                input.parse::<Token![if]>()?;
                Some(input.parse()?)
            } else {
                None
            };
            Branch { pattern: Some(pattern), future: Some(future), guard, handler: empty() }
        };
        input.parse::<Token![=>]>()?;
        branch.handler =
            if input.peek(syn::token::Brace) { Expr::Block(input.parse()?) } else { input.parse()? };
        if input.peek(Token![,]) {
            input.parse::<Token![,]>()?;
        }
        branches.push(branch);
    }
    Ok(branches)
}

fn empty() -> Expr {
    Expr::Verbatim(TokenStream::new())
}

struct LazyStatic {
    attributes: Vec<syn::Attribute>,
    ident: syn::Ident,
    written: Type,
    value: Expr,
}

fn lazy_statics(input: ParseStream<'_>) -> syn::Result<Vec<LazyStatic>> {
    let mut statics = Vec::new();
    while !input.is_empty() {
        let attributes = input.call(syn::Attribute::parse_outer)?;
        input.parse::<syn::Visibility>()?;
        input.parse::<Token![static]>()?;
        input.parse::<Token![ref]>()?;
        let ident = input.parse()?;
        input.parse::<Token![:]>()?;
        let written = input.parse()?;
        input.parse::<Token![=]>()?;
        let value = input.parse()?;
        input.parse::<Token![;]>()?;
        statics.push(LazyStatic { attributes, ident, written, value });
    }
    Ok(statics)
}
