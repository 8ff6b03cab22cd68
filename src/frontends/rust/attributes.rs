//! Attributes as calls: `#[arg(long, env = "PORT")]` is a call of `#[arg]` with named arguments.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Meta, Token};

use crate::facts::code::{Argument, CallKind};
use crate::facts::name::QName;
use crate::facts::value::{Value, ValueKind};

use super::names::segments_of;
use super::scopes;
use super::tokens::split;
use super::walker::Walker;

const MAX_NESTED: u32 = 16;

/// Attributes of the language itself that say nothing about the service.
const SILENT: [&str; 25] = [
    "doc",
    "derive",
    "cfg",
    "cfg_attr",
    "allow",
    "warn",
    "deny",
    "forbid",
    "expect",
    "inline",
    "must_use",
    "cold",
    "path",
    "macro_use",
    "macro_export",
    "repr",
    "non_exhaustive",
    "automatically_derived",
    "rustfmt",
    "clippy",
    "track_caller",
    "no_mangle",
    "feature",
    "recursion_limit",
    "ignore",
];

impl Walker {
    /// The resolved names of derives and of all other attributes, for declarations.
    pub fn attribute_names(&self, attributes: &[Attribute]) -> Vec<QName> {
        let mut names = Vec::new();
        for attribute in attributes {
            let path = attribute.meta.path();
            if path.is_ident("derive") {
                if let Meta::List(list) = &attribute.meta
                    && let Ok(paths) =
                        list.parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated)
                {
                    names.extend(paths.iter().map(|path| self.attribute_name(path)));
                }
            } else if !is_silent(path) {
                names.push(self.attribute_name(path));
            }
        }
        names
    }

    /// An attribute's path; what no import explains stays as written (`arg`, `serde`, `test`).
    fn attribute_name(&self, path: &syn::Path) -> QName {
        QName::new(self.names.resolve(&segments_of(path), self.frame).0.join("::"))
    }

    /// Makes a call of each attribute; `extra` arguments stand in front.
    pub fn attributes(&mut self, attributes: &[Attribute], extra: &[(&str, String)]) {
        for attribute in attributes {
            if !matches!(attribute.style, syn::AttrStyle::Outer) {
                continue;
            }
            let path = attribute.meta.path();
            if path.is_ident("cfg_attr") {
                self.conditional_attributes(attribute, extra);
            } else if !is_silent(path) {
                let range = self.range(attribute.pound_token.span);
                let range = range.to(self.range(attribute.bracket_token.span.close()));
                self.attribute(&attribute.meta, range, extra);
            }
        }
    }

    /// `#[cfg_attr(condition, attribute…)]`.
    fn conditional_attributes(&mut self, attribute: &Attribute, extra: &[(&str, String)]) {
        let Meta::List(list) = &attribute.meta else { return };
        let Ok(parts) = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated) else { return };
        let mut parts = parts.iter();
        let Some(condition) = parts.next() else { return };
        let scope = scopes::joined(self.scope, scopes::predicate_scope(condition, 0));
        let range = self.range(attribute.pound_token.span);
        let range = range.to(self.range(attribute.bracket_token.span.close()));
        self.scoped(scope, |w| {
            for part in parts.filter(|part| !is_silent(part.path())) {
                w.attribute(part, range, extra);
            }
        });
    }

    fn attribute(&mut self, meta: &Meta, range: crate::source::ByteRange, extra: &[(&str, String)]) {
        let path = meta.path();
        let name = self.attribute_name(path);
        let Some(last) = path.segments.last() else { return };
        let name_range = self.range(last.ident.span());
        let mut scope = self.scope;
        scope.message |= scopes::is_message_attribute(name.as_str());
        self.scoped(scope, |w| {
            let call = w.reserve(CallKind::Attribute, QName::new(format!("#[{name}]")), name_range);
            let text = |value: &String| Value::new(name_range, ValueKind::Text(value.clone()));
            let mut arguments: Vec<Argument> = extra
                .iter()
                .map(|(key, value)| Argument { name: Some((*key).to_owned()), value: text(value) })
                .collect();
            match meta {
                Meta::Path(_) => {}
                Meta::NameValue(pair) => {
                    let value = w.expression(&pair.value).value;
                    arguments.push(Argument { name: None, value });
                }
                Meta::List(list) => w.attribute_arguments("", list.tokens.clone(), &mut arguments, 0),
            }
            w.fill(call, range, None, arguments);
        });
    }

    fn attribute_arguments(
        &mut self,
        prefix: &str,
        tokens: TokenStream,
        arguments: &mut Vec<Argument>,
        depth: u32,
    ) {
        if depth > MAX_NESTED || !self.may_parse(&tokens) {
            return;
        }
        for piece in split(tokens, &[',']) {
            let (path, rest) = leading_path(&piece);
            let key = if prefix.is_empty() { path.clone() } else { format!("{prefix}.{path}") };
            let mut scope = self.scope;
            scope.message |= scopes::is_message_key(&key);
            let at = piece.first().map_or_else(Default::default, |tree| self.range(tree.span()));
            match rest {
                [] if !path.is_empty() => {
                    let value = Value::new(at, ValueKind::Boolean(true));
                    arguments.push(Argument { name: Some(key), value });
                }
                [TokenTree::Group(group)]
                    if !path.is_empty() && group.delimiter() == Delimiter::Parenthesis =>
                {
                    let before = arguments.len();
                    self.scoped(scope, |w| {
                        w.attribute_arguments(&key, group.stream(), arguments, depth + 1);
                    });
                    // `env("PORT")`: a single value belongs to the key itself.
                    for argument in arguments.get_mut(before..).unwrap_or(&mut []) {
                        argument.name.get_or_insert_with(|| key.clone());
                    }
                    if arguments.len() == before {
                        let value = Value::new(at, ValueKind::Boolean(true));
                        arguments.push(Argument { name: Some(key), value });
                    }
                }
                [TokenTree::Punct(equals), value @ ..]
                    if !path.is_empty() && equals.as_char() == '=' && !value.is_empty() =>
                {
                    let value = self.scoped(scope, |w| w.piece(value));
                    arguments.push(Argument { name: Some(key), value });
                }
                _ => {
                    let value = self.scoped(scope, |w| w.piece(&piece));
                    arguments.push(Argument { name: None, value });
                }
            }
        }
    }

    /// The value of a run of tokens: an expression, or unknown with its parts scanned.
    fn piece(&mut self, trees: &[TokenTree]) -> Value {
        let stream: TokenStream = trees.iter().cloned().collect();
        let range = trees.iter().fold(None, |range: Option<crate::source::ByteRange>, tree| {
            let own = self.range(tree.span());
            Some(range.map_or(own, |range| range.to(own)))
        });
        match syn::parse2::<Expr>(stream.clone()) {
            Ok(expression) => self.expression(&expression).value,
            Err(_) => {
                self.scan(stream);
                Value::unknown(range.unwrap_or_default())
            }
        }
    }
}

fn is_silent(path: &syn::Path) -> bool {
    let Some(first) = path.segments.first() else { return true };
    (path.segments.len() == 1 || first.ident == "rustfmt" || first.ident == "clippy")
        && SILENT.iter().any(|name| first.ident == name)
}

/// The path at the start of a piece (`value_parser`, `serde::rename`, `type`), and what follows it.
fn leading_path(piece: &[TokenTree]) -> (String, &[TokenTree]) {
    let mut path = String::new();
    let mut at = 0;
    while let Some(TokenTree::Ident(ident)) = piece.get(at) {
        path.push_str(&ident.unraw().to_string());
        at += 1;
        let colons = |n: usize| matches!(piece.get(n), Some(TokenTree::Punct(p)) if p.as_char() == ':');
        if colons(at) && colons(at + 1) && matches!(piece.get(at + 2), Some(TokenTree::Ident(_))) {
            path.push_str("::");
            at += 2;
        } else {
            break;
        }
    }
    (path, piece.get(at..).unwrap_or(&[]))
}
