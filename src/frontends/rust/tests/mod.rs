//! Small sources and what is read from them, as text.

use std::fmt::Write;

use crate::facts::FileFacts;
use crate::facts::artefact::Artefact;
use crate::facts::code::{Call, CallKind, CodeFacts, Scope};
use crate::facts::value::{Value, ValueKind};

use super::extract;

mod cases;
mod hostile;

/// The facts of a file, which must be code.
fn code(facts: &FileFacts) -> CodeFacts {
    match &facts.artefact {
        Artefact::Code(code) => (**code).clone(),
        _ => panic!("no facts: {:?}", facts.problems),
    }
}

/// A value in one line: `req(std::env::var("PORT")) or 8080`.
fn shown(code: &CodeFacts, value: &Value) -> String {
    let list = |parts: &[Value], sign: &str| {
        parts.iter().map(|part| shown(code, part)).collect::<Vec<_>>().join(sign)
    };
    match &value.kind {
        ValueKind::Unknown => "_".into(),
        ValueKind::Text(text) => format!("{text:?}"),
        ValueKind::Integer(number) => number.to_string(),
        ValueKind::Boolean(value) => value.to_string(),
        ValueKind::Call(call) => {
            code.calls.get(*call as usize).map_or("?!".into(), |call| written(code, call))
        }
        ValueKind::Required(inner) => format!("req({})", shown(code, inner)),
        ValueKind::Either(parts) => format!("({})", list(parts, " or ")),
        ValueKind::Join(parts) => format!("({})", list(parts, " + ")),
        ValueKind::Name(name) => format!("@{name}"),
        ValueKind::Parameter(n) => format!("${n}"),
        ValueKind::Field(inner, name) => format!("{}.{name}", shown(code, inner)),
        ValueKind::List(parts) => format!("[{}]", list(parts, ", ")),
        ValueKind::Repeat(inner) => format!("[{}; n]", shown(code, inner)),
        ValueKind::Record(name, parts) => {
            let parts: Vec<String> =
                parts.iter().map(|(key, value)| format!("{key}: {}", shown(code, value))).collect();
            format!("{name}{{{}}}", parts.join(", "))
        }
        ValueKind::Closure(inner) => format!("|| {}", shown(code, inner)),
    }
}

/// A call in one line: name and arguments.
fn written(code: &CodeFacts, call: &Call) -> String {
    let arguments: Vec<String> = call
        .arguments
        .iter()
        .map(|argument| match &argument.name {
            Some(name) => format!("{name}={}", shown(code, &argument.value)),
            None => shown(code, &argument.value),
        })
        .collect();
    format!("{}({})", call.callee, arguments.join(", "))
}

/// The flags of a scope as letters.
fn flags(scope: Scope) -> String {
    let mut out = String::new();
    for (flag, word) in [
        (scope.test, "test"),
        (scope.debug_only, "debug"),
        (scope.not_unix, "not-unix"),
        (scope.conditional, "conditional"),
        (scope.message, "message"),
        (scope.comparison, "comparison"),
        (scope.in_macro, "in-macro"),
    ] {
        if flag {
            let _ = write!(out, " {word}");
        }
    }
    out
}

/// All calls, one a line, with everything that is not the default.
fn calls(text: &str) -> String {
    let facts = extract(text);
    let code = code(&facts);
    let mut out = String::new();
    for call in &code.calls {
        let _ = write!(out, "{}{}", written(&code, call), flags(call.scope));
        if call.kind == CallKind::Assignment {
            out.push_str(" set");
        }
        if call.awaited {
            out.push_str(" awaited");
        }
        if call.in_closure {
            out.push_str(" closure");
        }
        if call.in_select {
            out.push_str(" select");
        }
        if !call.arms.is_empty() {
            let _ = write!(out, " arms={}", call.arms.join("/"));
        }
        if !call.conditions.is_empty() {
            let _ = write!(out, " if={}", call.conditions.join("/"));
        }
        out.push('\n');
    }
    for problem in &facts.problems {
        let _ = writeln!(out, "problem: {}", problem.message);
    }
    out
}

/// Compares the calls of a source with the expected lines.
#[track_caller]
fn check(text: &str, expected: &str) {
    let expected: String = expected.trim().lines().map(|line| format!("{}\n", line.trim())).collect();
    assert_eq!(calls(text), expected, "\n--- source\n{text}");
}

/// Every range lies in the text, on character boundaries.
fn check_ranges(text: &str, code: &CodeFacts) {
    let check = |range: crate::source::ByteRange, what: &str| {
        let fits = text.get(range.start as usize..range.end as usize).is_some();
        assert!(fits, "{what} at {range:?} does not fit the text");
    };
    for call in &code.calls {
        check(call.range, call.callee.as_str());
        check(call.name_range, call.callee.as_str());
        for argument in &call.arguments {
            check(argument.value.range, call.callee.as_str());
        }
    }
    for function in &code.functions {
        check(function.range, &function.name.value);
        check(function.name.range, &function.name.value);
    }
    for literal in &code.url_literals {
        check(literal.text.range, &literal.text.value);
    }
    for import in &code.imports {
        check(import.range, &import.local);
    }
}
