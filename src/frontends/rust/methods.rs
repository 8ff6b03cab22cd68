//! Method calls, and the adaptors of the standard library that carry a value on.

use syn::{Expr, ExprMethodCall};

use crate::facts::code::{Argument, CallKind};
use crate::facts::name::QName;
use crate::facts::value::{Value, ValueKind};
use crate::source::ByteRange;

use super::control::either;
use super::expressions::call_of;
use super::names::listed;
use super::scopes;
use super::types::TypeRef;
use super::walker::{Seen, Walker};

/// Adaptors without arguments that leave the value what it is.
const SAME: [&str; 38] = [
    "as_bytes",
    "as_deref",
    "as_deref_mut",
    "as_mut",
    "as_mut_str",
    "as_os_str",
    "as_path",
    "as_ref",
    "as_slice",
    "as_str",
    "borrow",
    "boxed",
    "by_ref",
    "clone",
    "cloned",
    "copied",
    "flatten",
    "into_boxed_str",
    "into_bytes",
    "into_os_string",
    "into_owned",
    "into_string",
    "leak",
    "ok",
    "to_ascii_lowercase",
    "to_ascii_uppercase",
    "to_lowercase",
    "to_owned",
    "to_path_buf",
    "to_str",
    "to_string",
    "to_string_lossy",
    "to_uppercase",
    "to_vec",
    "transpose",
    "trim",
    "trim_end",
    "trim_start",
];
/// Adaptors without arguments that make another type of it.
const CONVERTED: [&str; 6] =
    ["collect_string", "into", "into_inner_str", "parse", "to_socket_addrs", "try_into"];
/// Adaptors whose argument only matters when the value is absent, and gives nothing.
const ERROR_SIDE: [&str; 14] = [
    "change_context",
    "context",
    "filter",
    "inspect",
    "inspect_err",
    "map_err",
    "ok_or",
    "ok_or_else",
    "trim_end_matches",
    "trim_matches",
    "trim_start_matches",
    "with_context",
    "wrap_err",
    "wrap_err_with",
];
/// Methods that give an iterator: what follows sees elements.
const ITERATORS: [&str; 22] = [
    "args",
    "bytes",
    "chars",
    "drain",
    "enumerate",
    "filter",
    "filter_map",
    "flat_map",
    "into_iter",
    "iter",
    "iter_mut",
    "keys",
    "lines",
    "map",
    "rev",
    "rsplit",
    "split",
    "split_whitespace",
    "splitn",
    "values",
    "vars",
    "zip",
];

impl Walker {
    pub fn method_call(&mut self, call: &ExprMethodCall, receiver: Seen) -> Seen {
        let range = receiver.range.to(self.range(call.paren_token.span.close()));
        let name = call.method.to_string();
        if let Some(seen) = self.adaptor(call, &name, &receiver, range) {
            return seen;
        }
        self.plain_method(call, &name, receiver, range)
    }

    fn plain_method(&mut self, call: &ExprMethodCall, name: &str, receiver: Seen, range: ByteRange) -> Seen {
        let callee = QName::new(format!("{}{name}", self.receiver_prefix(&receiver)));
        let name_range = self.range(call.method.span());
        let types = call.turbofish.as_ref().map(|generic| self.generic_types(generic)).unwrap_or_default();
        let position = self.reserve(CallKind::Method, callee, name_range);
        if let Some(call) = self.call_mut(position) {
            call.type_arguments = types;
        }
        let mut scope = self.scope;
        scope.message |= scopes::is_message_method(name);
        scope.comparison |= scopes::is_comparison_method(name);
        let arguments = self.scoped(scope, |w| w.arguments(&call.args));
        self.fill(position, range, Some(receiver.value), arguments);
        Seen::new(range, ValueKind::Call(position))
    }

    /// The value behind an adaptor of the standard library; nothing when the method is none.
    fn adaptor(
        &mut self,
        call: &ExprMethodCall,
        name: &str,
        receiver: &Seen,
        range: ByteRange,
    ) -> Option<Seen> {
        // A method of that name on a type of this file is somebody's own.
        let own_type = receiver.written.as_ref().map(TypeRef::method_path);
        if own_type.is_some_and(|path| path.starts_with("self::"))
            && !matches!(name, "clone" | "as_ref" | "into")
        {
            return None;
        }
        let same = || Seen { range, never: false, ..receiver.clone() };
        let mut arguments = call.args.iter();
        match (arguments.next(), arguments.next(), arguments.next()) {
            (None, _, _) => {
                if name == "unwrap" {
                    return Some(self.require(receiver.clone(), range));
                }
                if name == "unwrap_or_default" {
                    let empty = Value::new(self.range(call.method.span()), ValueKind::Text(String::new()));
                    return Some(self.with_default(receiver, empty, range));
                }
                if listed(&SAME, name) {
                    return Some(same());
                }
                if listed(&CONVERTED, name) {
                    let written = call.turbofish.as_ref().and_then(|generic| match generic.args.first() {
                        Some(syn::GenericArgument::Type(ty)) => {
                            Some(self.names.type_ref(ty, self.frame, self.self_type.as_ref()))
                        }
                        _ => None,
                    });
                    return Some(Seen { written, converted: true, ..same() });
                }
                None
            }
            (Some(argument), None, _) => self.adaptor_with(argument, name, receiver, range),
            (Some(default), Some(function), None) if matches!(name, "map_or" | "map_or_else") => {
                let otherwise = self.passed(default, None);
                let mapped = self.mapped(function, receiver);
                if otherwise.never {
                    return Some(self.require(mapped, range));
                }
                let mapped = Seen { range, ..mapped };
                Some(self.with_default(&mapped, otherwise.value, range))
            }
            _ => None,
        }
    }

    fn adaptor_with(
        &mut self,
        argument: &Expr,
        name: &str,
        receiver: &Seen,
        range: ByteRange,
    ) -> Option<Seen> {
        let mut scope = self.scope;
        scope.message |= scopes::is_message_method(name);
        scope.comparison |= scopes::is_comparison_method(name);
        match name {
            "expect" => {
                let _ = self.scoped(scope, |w| w.expression(argument));
                Some(self.require(receiver.clone(), range))
            }
            "unwrap_or" | "or" | "get_or_insert" => {
                let otherwise = self.expression(argument);
                Some(self.with_default(receiver, otherwise.value, range))
            }
            "unwrap_or_else" | "or_else" | "get_or_insert_with" => {
                let otherwise = self.passed(argument, None);
                if otherwise.never {
                    return Some(self.require(receiver.clone(), range));
                }
                Some(self.with_default(receiver, otherwise.value, range))
            }
            "map" | "and_then" if !self.is_iterator(receiver) => {
                let seen = self.mapped(argument, receiver);
                Some(Seen { range, ..seen })
            }
            name if listed(&ERROR_SIDE, name) => {
                // `.filter(…)` and `.inspect(…)` of an iterator pass it on as well.
                let _ = self.scoped(scope, |w| w.passed(argument, Some(&Seen::unknown(range))));
                Some(Seen { range, never: false, ..receiver.clone() })
            }
            _ => None,
        }
    }

    fn with_default(&mut self, receiver: &Seen, otherwise: Value, range: ByteRange) -> Seen {
        let value = either(receiver.value.clone(), otherwise, range);
        self.note_fallback(&value);
        Seen {
            value,
            range,
            written: receiver.written.clone().map(TypeRef::opened),
            converted: receiver.converted,
            never: false,
        }
    }

    /// The result of a function passed as an argument: a closure's body, or a call of a named function.
    fn passed(&mut self, argument: &Expr, input: Option<&Seen>) -> Seen {
        match argument {
            Expr::Closure(closure) => {
                let seen = self.closure(closure, input);
                let never = seen.never;
                match seen.value.kind {
                    ValueKind::Closure(body) => {
                        Seen { value: *body, range: seen.range, never, ..Seen::default() }
                    }
                    _ => Seen { never, ..Seen::unknown(seen.range) },
                }
            }
            Expr::Path(path) if input.is_none_or(|input| !input.is_unknown()) => {
                self.passed_function(path, input)
            }
            _ => self.expression(argument),
        }
    }

    /// The result of `.map(function)` on a value.
    fn mapped(&mut self, function: &Expr, receiver: &Seen) -> Seen {
        let input = Seen { written: receiver.written.clone().map(TypeRef::opened), ..receiver.clone() };
        let seen = self.passed(function, Some(&input));
        let converted = receiver.converted || seen.value.kind == receiver.value.kind;
        Seen { converted, never: false, ..seen }
    }

    fn is_iterator(&self, receiver: &Seen) -> bool {
        let call = call_of(&receiver.value).and_then(|call| self.call(call));
        call.is_some_and(|call| listed(&ITERATORS, call.callee.last()))
    }

    /// Arguments of a method that was only read from tokens.
    pub fn loose_method(
        &mut self,
        name: &proc_macro2::Ident,
        receiver: Seen,
        range: ByteRange,
        walk: impl FnOnce(&mut Self) -> Vec<Argument>,
    ) -> Seen {
        let text = name.to_string();
        if text == "unwrap" || text == "expect" {
            let _ = walk(self);
            return self.require(receiver, range);
        }
        let callee = QName::new(format!("{}{text}", self.receiver_prefix(&receiver)));
        let name_range = self.range(name.span());
        let position = self.reserve(CallKind::Method, callee, name_range);
        let arguments = walk(self);
        self.fill(position, range, Some(receiver.value), arguments);
        Seen::new(range, ValueKind::Call(position))
    }
}
