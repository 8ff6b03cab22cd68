//! Function calls, and how a receiver is named.

use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::{Expr, Token};

use crate::facts::code::{Argument, CallKind};
use crate::facts::name::QName;
use crate::facts::value::{Value, ValueKind};

use super::names::listed;
use super::scopes;
use super::types::TypeRef;
use super::walker::{Seen, Walker};

/// Names of longer chains are cut to their first call and their last method: otherwise a chain of a thousand links
/// would hold a million of them.
const MAX_CALLEE: usize = 300;

impl Walker {
    pub fn function_call(&mut self, call: &syn::ExprCall) -> Seen {
        let mut function = &*call.func;
        while let Expr::Paren(paren) = function {
            function = &paren.expr;
        }
        let close = self.range(call.paren_token.span.close());
        let Expr::Path(path) = function else {
            let target = self.expression(function);
            let position = self.reserve(CallKind::Function, QName::new("?"), target.range);
            let arguments = self.arguments(&call.args);
            let range = target.range.to(close);
            self.fill(position, range, Some(target.value), arguments);
            return Seen::new(range, ValueKind::Call(position));
        };
        let range = self.path_range(&path.path).to(close);
        let callee = self.callee_of_path(path);
        if call.args.len() == 1 && is_wrapper(&callee) {
            let seen = call.args.first().map(|argument| self.expression(argument)).unwrap_or_default();
            let converted = seen.converted || callee.ends_with("::from") || callee.ends_with("into");
            let written = match callee.as_str() {
                "String::from" | "ToString::to_string" => Some(TypeRef::plain("String")),
                _ => seen.written.clone(),
            };
            return Seen { value: seen.value, range, written, converted, never: false };
        }
        let name_range = path.path.segments.last().map_or(range, |segment| self.range(segment.ident.span()));
        let mut scope = self.scope;
        scope.comparison |= scopes::is_pattern_function(&callee);
        let never = callee == "std::process::exit" || callee == "std::process::abort";
        let types = self.turbofish(&path.path);
        let position = self.reserve(CallKind::Function, QName::new(callee), name_range);
        if let Some(call) = self.call_mut(position) {
            call.type_arguments = types;
        }
        let arguments = self.scoped(scope, |w| w.arguments(&call.args));
        self.fill(position, range, None, arguments);
        Seen { never, ..Seen::new(range, ValueKind::Call(position)) }
    }

    fn callee_of_path(&self, path: &syn::ExprPath) -> String {
        if path.qself.is_none()
            && let Some(ident) = path.path.get_ident()
        {
            let name = ident.unraw().to_string();
            // A local variable is called: a closure bound here, or something unknown.
            if let Some(local) = self.local(&name) {
                return match &local.seen.value.kind {
                    ValueKind::Name(function) => function.as_str().to_owned(),
                    _ => format!("?{name}"),
                };
            }
        }
        self.qualified(&path.path, path.qself.as_ref())
    }

    pub fn arguments(&mut self, arguments: &Punctuated<Expr, Token![,]>) -> Vec<Argument> {
        arguments
            .iter()
            .map(|argument| Argument { name: None, value: self.expression(argument).value })
            .collect()
    }

    /// The types written in a path: `Pool::<Postgres>::connect`, `envy::from_env::<Config>`.
    fn turbofish(&self, path: &syn::Path) -> Vec<String> {
        let mut types = Vec::new();
        for segment in &path.segments {
            if let syn::PathArguments::AngleBracketed(generic) = &segment.arguments {
                types.extend(self.generic_types(generic));
            }
        }
        types
    }

    pub fn generic_types(&self, generic: &syn::AngleBracketedGenericArguments) -> Vec<String> {
        generic
            .args
            .iter()
            .filter_map(|argument| match argument {
                syn::GenericArgument::Type(written) => {
                    let ty = self.names.type_ref(written, self.frame, self.self_type.as_ref());
                    Some(ty.to_string())
                }
                _ => None,
            })
            .collect()
    }

    /// What stands in front of a method's name: `tokio::net::TcpListener::bind().`, `self::Server.`, `?.`.
    pub fn receiver_prefix(&self, seen: &Seen) -> String {
        let by_type = seen.written.as_ref().map(TypeRef::method_path).filter(|path| !path.is_empty());
        let by_value = if seen.converted { None } else { self.value_prefix(&seen.value) };
        by_value
            .filter(|name| !name.starts_with('?') || by_type.is_none())
            .or_else(|| by_type.map(|path| format!("{path}.")))
            .unwrap_or_else(|| "?.".to_owned())
    }

    fn value_prefix(&self, value: &Value) -> Option<String> {
        match &value.kind {
            ValueKind::Call(call) => {
                let callee = self.call(*call)?.callee.as_str();
                // In a long chain only its start says what it builds.
                let kept = if callee.len() > MAX_CALLEE { callee.split("()").next()? } else { callee };
                Some(format!("{kept}()."))
            }
            ValueKind::Required(inner) => self.value_prefix(inner),
            ValueKind::Either(parts) => parts.first().and_then(|part| self.value_prefix(part)),
            ValueKind::Name(name) | ValueKind::Record(name, _) => {
                let name = name.as_str();
                // `?x` with a small letter is a local nobody bound here; its name says nothing.
                let is_lost = name.strip_prefix('?').is_some_and(|rest| rest.starts_with(char::is_lowercase));
                (!name.is_empty() && !is_lost).then(|| format!("{name}."))
            }
            ValueKind::Text(_) | ValueKind::Join(_) => Some("str.".to_owned()),
            _ => None,
        }
    }

    /// The call that a function passed by name will be: `.map(Url::parse)`, `.unwrap_or_else(default_port)`.
    pub fn passed_function(&mut self, path: &syn::ExprPath, input: Option<&Seen>) -> Seen {
        let callee = self.callee_of_path(path);
        let range = self.path_range(&path.path);
        if let Some(input) = input
            && is_wrapper(&callee)
        {
            return Seen { converted: true, ..input.clone() };
        }
        let name_range = path.path.segments.last().map_or(range, |segment| self.range(segment.ident.span()));
        let position = self.reserve(CallKind::Function, QName::new(callee), name_range);
        let arguments =
            input.map(|input| Argument { name: None, value: input.value.clone() }).into_iter().collect();
        self.fill(position, range, None, arguments);
        Seen::new(range, ValueKind::Call(position))
    }
}

/// Functions of the language and its standard library that give their argument back in another form.
pub fn is_wrapper(callee: &str) -> bool {
    const NAMES: [&str; 34] = [
        "Box::from",
        "Box::new",
        "Box::pin",
        "Clone::clone",
        "Err",
        "From::from",
        "Into::into",
        "Ok",
        "Some",
        "String::as_str",
        "String::from",
        "String::from_utf8",
        "ToOwned::to_owned",
        "ToString::to_string",
        "std::borrow::Cow::Borrowed",
        "std::borrow::Cow::Owned",
        "std::borrow::Cow::from",
        "std::convert::identity",
        "std::ffi::OsStr::new",
        "std::ffi::OsString::from",
        "std::path::Path::new",
        "std::path::PathBuf::from",
        "std::pin::Pin::new",
        "std::rc::Rc::clone",
        "std::rc::Rc::new",
        "std::str::from_utf8",
        "std::string::String::from",
        "std::sync::Arc::clone",
        "std::sync::Arc::from",
        "std::sync::Arc::new",
        "str::parse",
        "str::to_owned",
        "str::to_string",
        "str::trim",
    ];
    listed(&NAMES, callee)
}
