//! What attributes, macros and methods say about where code stands: tests, debug builds, messages, comparisons.

use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Lit, Meta, Token};

use crate::facts::code::Scope;

use super::names::listed;

const MAX_CFG_DEPTH: u32 = 16;

/// `scope` with what the attributes add.
pub fn with_attributes(scope: Scope, attributes: &[Attribute]) -> Scope {
    let mut scope = scope;
    for attribute in attributes {
        let path = attribute.meta.path();
        let Some(last) = path.segments.last().map(|segment| segment.ident.unraw().to_string()) else {
            continue;
        };
        if last == "cfg" && path.segments.len() == 1 {
            if let Meta::List(list) = &attribute.meta
                && let Ok(predicate) = list.parse_args::<Meta>()
            {
                scope = joined(scope, predicate_scope(&predicate, 0));
            }
        } else if is_test_attribute(&last) {
            scope.test = true;
        }
    }
    scope
}

fn is_test_attribute(last: &str) -> bool {
    const NAMES: [&str; 9] = [
        "bench",
        "fixture",
        "proptest",
        "quickcheck",
        "rstest",
        "test",
        "test_case",
        "test_log",
        "wasm_bindgen_test",
    ];
    listed(&NAMES, last)
}

/// True for the names of modules that hold tests by convention.
pub fn is_test_module(name: &str) -> bool {
    matches!(name, "tests" | "test" | "benches")
}

/// Everything either of the two says.
pub fn joined(a: Scope, b: Scope) -> Scope {
    Scope {
        test: a.test || b.test,
        debug_only: a.debug_only || b.debug_only,
        not_unix: a.not_unix || b.not_unix,
        conditional: a.conditional || b.conditional,
        message: a.message || b.message,
        comparison: a.comparison || b.comparison,
        in_macro: a.in_macro || b.in_macro,
    }
}

/// What a `cfg` predicate says about the code it guards.
pub fn predicate_scope(predicate: &Meta, depth: u32) -> Scope {
    let nothing = Scope::default();
    if depth > MAX_CFG_DEPTH {
        return Scope { conditional: true, ..nothing };
    }
    let name = predicate.path().get_ident().map(|ident| ident.unraw().to_string()).unwrap_or_default();
    let parts = || -> Vec<Meta> {
        match predicate {
            Meta::List(list) => list
                .parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)
                .map(|parts| parts.into_iter().collect())
                .unwrap_or_default(),
            Meta::Path(_) | Meta::NameValue(_) => Vec::new(),
        }
    };
    let text = match predicate {
        Meta::NameValue(pair) => string_of(&pair.value),
        Meta::Path(_) | Meta::List(_) => String::new(),
    };
    match (name.as_str(), text.as_str()) {
        ("test" | "doctest", _) => Scope { test: true, ..nothing },
        ("debug_assertions", _) => Scope { debug_only: true, ..nothing },
        ("windows", _) | ("target_os", "windows" | "wasi") | ("target_family", "windows" | "wasm") => {
            Scope { not_unix: true, ..nothing }
        }
        ("target_arch", "wasm32" | "wasm64") => Scope { not_unix: true, ..nothing },
        ("unix", _) | ("target_family", "unix") | ("target_os", "linux") => nothing,
        ("all", _) => parts().iter().map(|part| predicate_scope(part, depth + 1)).fold(nothing, joined),
        ("any", _) => any_of(&parts(), depth),
        ("not", _) => not_of(&parts(), depth),
        _ => Scope { conditional: true, ..nothing },
    }
}

fn any_of(parts: &[Meta], depth: u32) -> Scope {
    let scopes: Vec<Scope> = parts
        .iter()
        .map(|part| {
            // Behind `any(test, feature = "test-utils")` stands help for tests; the feature alone says less.
            if is_test_feature(part) {
                Scope { test: true, ..Scope::default() }
            } else {
                predicate_scope(part, depth + 1)
            }
        })
        .collect();
    let Some(first) = scopes.first().copied() else { return Scope::default() };
    Scope {
        test: scopes.iter().all(|scope| scope.test),
        // `any(test, debug_assertions)`: never in what is released.
        debug_only: scopes.iter().all(|scope| scope.debug_only || scope.test)
            && scopes.iter().any(|scope| scope.debug_only),
        not_unix: scopes.iter().all(|scope| scope.not_unix),
        conditional: scopes.iter().any(|scope| scope.conditional || *scope != first),
        ..Scope::default()
    }
}

fn is_test_feature(part: &Meta) -> bool {
    match part {
        Meta::NameValue(pair) => pair.path.is_ident("feature") && string_of(&pair.value).contains("test"),
        Meta::Path(_) | Meta::List(_) => false,
    }
}

fn not_of(parts: &[Meta], depth: u32) -> Scope {
    let nothing = Scope::default();
    let Some(part) = parts.first() else { return nothing };
    let name = part.path().get_ident().map(|ident| ident.unraw().to_string()).unwrap_or_default();
    if name == "unix" {
        return Scope { not_unix: true, ..nothing };
    }
    if name == "not"
        && let Meta::List(list) = part
        && let Ok(inner) = list.parse_args::<Meta>()
    {
        return predicate_scope(&inner, depth + 1);
    }
    let inner = predicate_scope(part, depth + 1);
    // `not(test)`, `not(debug_assertions)`, `not(windows)` are what production is built with.
    Scope { conditional: inner.conditional, ..nothing }
}

fn string_of(value: &Expr) -> String {
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => text.value(),
            _ => String::new(),
        },
        _ => String::new(),
    }
}

/// True for a macro whose arguments end up in a log line, an error or a panic. `name` is resolved, without `!`.
pub fn is_message_macro(name: &str) -> bool {
    let last = name.rsplit("::").next().unwrap_or("").trim_start_matches('?');
    let first = name.split("::").next().unwrap_or("");
    if matches!(first, "tracing" | "log" | "slog" | "defmt") {
        return true;
    }
    const NAMES: [&str; 29] = [
        "anyhow",
        "assert",
        "assert_eq",
        "assert_ne",
        "bail",
        "compile_error",
        "dbg",
        "debug",
        "debug_assert",
        "debug_assert_eq",
        "debug_assert_ne",
        "ensure",
        "ensure_whatever",
        "eprint",
        "eprintln",
        "error",
        "event",
        "eyre",
        "fatal",
        "info",
        "panic",
        "print",
        "println",
        "todo",
        "trace",
        "unimplemented",
        "unreachable",
        "warn",
        "whatever",
    ];
    listed(&NAMES, last)
}

/// True for a method whose arguments are text for people.
pub fn is_message_method(name: &str) -> bool {
    const NAMES: [&str; 13] = [
        "about",
        "after_help",
        "attach_printable",
        "before_help",
        "context",
        "expect",
        "expect_err",
        "help",
        "long_about",
        "long_help",
        "with_context",
        "wrap_err",
        "wrap_err_with",
    ];
    listed(&NAMES, name)
}

/// True for a method that looks for its argument in its receiver.
pub fn is_comparison_method(name: &str) -> bool {
    const NAMES: [&str; 22] = [
        "contains",
        "ends_with",
        "eq",
        "eq_ignore_ascii_case",
        "find",
        "is_match",
        "matches",
        "ne",
        "rfind",
        "rsplit",
        "rsplit_once",
        "rsplitn",
        "split",
        "split_once",
        "split_terminator",
        "splitn",
        "starts_with",
        "strip_prefix",
        "strip_suffix",
        "trim_end_matches",
        "trim_matches",
        "trim_start_matches",
    ];
    listed(&NAMES, name)
}

/// True for a function whose argument is a pattern.
pub fn is_pattern_function(name: &str) -> bool {
    name.ends_with("Regex::new")
        || name.ends_with("RegexBuilder::new")
        || name.ends_with("RegexSet::new")
        || name == "regex!"
}

/// True for an attribute whose literals document the code.
pub fn is_message_attribute(name: &str) -> bool {
    let first = name.split("::").next().unwrap_or("");
    let last = name.rsplit("::").next().unwrap_or("");
    matches!(first, "utoipa" | "schemars" | "doku" | "okapi" | "rocket_okapi")
        || matches!(
            last,
            "doc" | "schema" | "openapi" | "example" | "into_params" | "deprecated" | "error" | "diagnostic"
        )
}

/// True for an argument of an attribute that is text for people.
pub fn is_message_key(key: &str) -> bool {
    let last = key.rsplit('.').next().unwrap_or("");
    matches!(
        last,
        "help"
            | "about"
            | "long_about"
            | "long_help"
            | "after_help"
            | "before_help"
            | "description"
            | "example"
    )
}
