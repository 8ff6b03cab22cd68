//! Expressions: what they are made of, and the calls in them.

use tree_sitter::Node;

use crate::facts::code::{Argument, CallKind, Scope};
use crate::facts::name::QName;
use crate::facts::value::{Value, ValueKind};

use super::range_of;
use super::walker::{MAX_NAME, Walker};

/// Methods that leave the value what it is.
const SAME: &[&str] = &["encode", "decode", "strip", "rstrip", "lstrip", "lower", "upper", "copy"];
/// Functions of the language that change the form of their argument.
const FORMS: &[&str] = &["str", "bytes", "bytearray", "int", "bool", "float"];

impl<'a> Walker<'a> {
    /// Walks an expression and gives what it is made of.
    pub fn expression(&mut self, node: Node<'a>) -> Value {
        if !self.descend(node) {
            return Value::unknown(range_of(node));
        }
        let value = self.shallow(node);
        self.ascend();
        value
    }

    fn shallow(&mut self, node: Node<'a>) -> Value {
        let range = range_of(node);
        let kind = match node.kind() {
            "string" => return self.string(node),
            "concatenated_string" => {
                let mut cursor = node.walk();
                let parts: Vec<Value> = node
                    .named_children(&mut cursor)
                    .filter(|c| c.kind() == "string")
                    .map(|c| self.string(c))
                    .collect();
                join(parts)
            }
            "integer" => match self.text(node).replace('_', "").parse() {
                Ok(number) => ValueKind::Integer(number),
                Err(_) => ValueKind::Unknown,
            },
            "true" => ValueKind::Boolean(true),
            "false" => ValueKind::Boolean(false),
            "identifier" => return self.identifier(node),
            "parenthesized_expression" | "keyword_separator" => match node.named_child(0) {
                Some(inner) => return self.expression(inner),
                None => ValueKind::Unknown,
            },
            "await" => {
                self.awaited = true;
                let value = node.named_child(0).map(|inner| self.expression(inner));
                self.awaited = false;
                return value.unwrap_or_default();
            }
            "assignment" => return self.assignment(node),
            "named_expression" => match node.child_by_field_name("value") {
                Some(value) => return self.expression(value),
                None => ValueKind::Unknown,
            },
            "call" => return self.call(node),
            "attribute" => return self.attribute(node),
            "subscript" => return self.subscript(node),
            "boolean_operator" => return self.boolean(node),
            "binary_operator" => return self.binary(node),
            "conditional_expression" => return self.conditional(node),
            "comparison_operator" => {
                let scope = Scope { comparison: true, ..self.scope };
                self.scoped(scope, |w| w.children(node));
                ValueKind::Unknown
            }
            "list" | "tuple" | "expression_list" => {
                let mut cursor = node.walk();
                let items: Vec<Node<'a>> =
                    node.named_children(&mut cursor).filter(|c| c.kind() != "comment").collect();
                ValueKind::List(items.into_iter().map(|item| self.expression(item)).collect())
            }
            "dictionary" => self.dictionary(node),
            "lambda" => {
                let before = std::mem::replace(&mut self.in_closure, true);
                let body = node.child_by_field_name("body").map(|body| self.expression(body));
                self.in_closure = before;
                body.map_or(ValueKind::Unknown, |body| ValueKind::Closure(Box::new(body)))
            }
            "comment" => ValueKind::Unknown,
            _ => {
                self.children(node);
                ValueKind::Unknown
            }
        };
        Value::new(range, kind)
    }

    fn children(&mut self, node: Node<'a>) {
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            self.expression(child);
        }
    }

    fn identifier(&mut self, node: Node<'a>) -> Value {
        let name = self.text(node);
        if self.is_local(name) {
            return self.lookup(name).cloned().unwrap_or_else(|| Value::unknown(range_of(node)));
        }
        Value::new(range_of(node), ValueKind::Name(QName::new(self.name_of(node, MAX_NAME))))
    }

    fn string(&mut self, node: Node<'a>) -> Value {
        let range = range_of(node);
        let prefix = node.child(0).map_or("", |start| self.text(start)).to_ascii_lowercase();
        let raw = prefix.contains('r');
        let mut parts: Vec<Value> = Vec::new();
        let mut written = String::new();
        let mut holes = false;
        let mut cursor = node.walk();
        for part in node.named_children(&mut cursor) {
            match part.kind() {
                "string_content" => {
                    let text = if raw { self.text(part).to_owned() } else { unescape(self.text(part)) };
                    written.push_str(&text);
                    parts.push(Value::new(range_of(part), ValueKind::Text(text)));
                }
                "interpolation" => {
                    holes = true;
                    written.push_str(self.text(part));
                    let value = part.child_by_field_name("expression").map(|e| self.expression(e));
                    parts.push(value.unwrap_or_else(|| Value::unknown(range_of(part))));
                }
                _ => {}
            }
        }
        self.note_url(&written, range, holes);
        if holes {
            Value::new(range, ValueKind::Join(parts))
        } else {
            Value::new(range, ValueKind::Text(written))
        }
    }

    fn dictionary(&mut self, node: Node<'a>) -> ValueKind {
        let mut entries = Vec::new();
        let mut cursor = node.walk();
        for pair in node.named_children(&mut cursor).filter(|c| c.kind() == "pair") {
            let (Some(key), Some(value)) =
                (pair.child_by_field_name("key"), pair.child_by_field_name("value"))
            else {
                continue;
            };
            let key = self.expression(key);
            let value = self.expression(value);
            if let Some(key) = key.as_text() {
                entries.push((key.to_owned(), value));
            }
        }
        ValueKind::Record(QName::default(), entries)
    }

    fn attribute(&mut self, node: Node<'a>) -> Value {
        let name = self.name_of(node, MAX_NAME);
        if let Some(object) = node.child_by_field_name("object")
            && !matches!(object.kind(), "identifier")
        {
            self.expression(object);
        }
        let kind = if name.starts_with('?') { ValueKind::Unknown } else { ValueKind::Name(QName::new(name)) };
        Value::new(range_of(node), kind)
    }

    /// `base["key"]` is a call of `base[]` that fails when there is no such key.
    fn subscript(&mut self, node: Node<'a>) -> Value {
        let range = range_of(node);
        let (Some(base), Some(key)) =
            (node.child_by_field_name("value"), node.child_by_field_name("subscript"))
        else {
            return Value::unknown(range);
        };
        let callee = self.name_of(base, MAX_NAME);
        let named = !callee.starts_with('?') && matches!(key.kind(), "string" | "identifier");
        if !named {
            self.children(node);
            return Value::unknown(range);
        }
        let position = self.reserve(CallKind::Function, format!("{callee}[]"), base, node);
        let value = self.expression(key);
        self.fill(position, None, vec![Argument { name: None, value }]);
        Value::new(range, ValueKind::Required(Box::new(Value::new(range, ValueKind::Call(position)))))
    }

    fn boolean(&mut self, node: Node<'a>) -> Value {
        let range = range_of(node);
        let operator = node.child_by_field_name("operator").map_or("", |o| self.text(o));
        let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right"))
        else {
            return Value::unknown(range);
        };
        let left = self.expression(left);
        let right = self.expression(right);
        if operator != "or" {
            return Value::unknown(range);
        }
        let mut parts = match left.kind {
            ValueKind::Either(parts) => parts,
            _ => vec![left],
        };
        parts.push(right);
        let value = Value::new(range, ValueKind::Either(parts));
        self.note_fallback(&value);
        value
    }

    fn binary(&mut self, node: Node<'a>) -> Value {
        let range = range_of(node);
        let operator = node.child_by_field_name("operator").map_or("", |o| self.text(o));
        let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right"))
        else {
            return Value::unknown(range);
        };
        let left = self.expression(left);
        let right = self.expression(right);
        let textual = |v: &Value| matches!(v.kind, ValueKind::Text(_) | ValueKind::Join(_));
        if operator == "+" && (textual(&left) || textual(&right)) {
            return Value::new(range, join(vec![left, right]));
        }
        Value::unknown(range)
    }

    /// `x if x else y` is `x or y`.
    fn conditional(&mut self, node: Node<'a>) -> Value {
        let range = range_of(node);
        let mut cursor = node.walk();
        let parts: Vec<Node<'a>> =
            node.named_children(&mut cursor).filter(|c| c.kind() != "comment").collect();
        let [then, test, otherwise] = parts.as_slice() else {
            self.children(node);
            return Value::unknown(range);
        };
        let same = self.text(*then) == self.text(*test);
        let then = self.expression(*then);
        let scope = Scope { comparison: true, ..self.scope };
        self.scoped(scope, |w| w.expression(*test));
        let otherwise = self.expression(*otherwise);
        if !same {
            return Value::unknown(range);
        }
        let value = Value::new(range, ValueKind::Either(vec![then, otherwise]));
        self.note_fallback(&value);
        value
    }

    fn call(&mut self, node: Node<'a>) -> Value {
        let range = range_of(node);
        let Some(function) = node.child_by_field_name("function") else { return Value::unknown(range) };
        let list = node.child_by_field_name("arguments");
        let callee = self.callee(function, MAX_NAME);
        let last = callee.rsplit('.').next().unwrap_or("").trim_start_matches('?').to_owned();
        let object =
            (function.kind() == "attribute").then(|| function.child_by_field_name("object")).flatten();
        // `jwt.encode` is a function of a module, not a method of a text.
        let of_module = |o: &Node<'_>| {
            o.kind() == "identifier"
                && !self.is_local(self.text(*o))
                && self.imports.contains_key(self.text(*o))
        };
        if let Some(object) = object.filter(|o| SAME.contains(&last.as_str()) && !of_module(o)) {
            let value = self.expression(object);
            let _ = list.map(|list| self.arguments(list));
            return Value { range: value.range, ..value };
        }
        if object.is_none() && callee == format!("?{last}") && FORMS.contains(&last.as_str()) {
            let arguments = list.map(|list| self.arguments(list)).unwrap_or_default();
            return arguments.into_iter().next().map_or(Value::unknown(range), |a| a.value);
        }
        let name = function.child_by_field_name("attribute").unwrap_or(function);
        let kind = if object.is_some() { CallKind::Method } else { CallKind::Function };
        let awaited = std::mem::take(&mut self.awaited);
        let receiver = object.map(|object| self.expression(object));
        self.awaited = awaited;
        let position = self.reserve(kind, callee.clone(), name, node);
        let scope = Scope {
            message: self.scope.message || is_message(&callee, &last),
            comparison: self.scope.comparison || is_comparison(&last),
            ..self.scope
        };
        let arguments = self.scoped(scope, |w| list.map(|list| w.arguments(list)).unwrap_or_default());
        self.fill(position, receiver, arguments);
        Value::new(range, ValueKind::Call(position))
    }

    fn arguments(&mut self, list: Node<'a>) -> Vec<Argument> {
        let mut arguments = Vec::new();
        let mut cursor = list.walk();
        let parts: Vec<Node<'a>> = list.named_children(&mut cursor).collect();
        for part in parts {
            match part.kind() {
                "comment" => {}
                "keyword_argument" => {
                    let name = part.child_by_field_name("name").map(|n| self.text(n).to_owned());
                    let value =
                        part.child_by_field_name("value").map(|v| self.expression(v)).unwrap_or_default();
                    arguments.push(Argument { name, value });
                }
                _ => {
                    let value = self.expression(part);
                    arguments.push(Argument { name: None, value });
                }
            }
        }
        arguments
    }
}

/// Parts of a text put together: one literal when all of them are.
fn join(parts: Vec<Value>) -> ValueKind {
    let texts: Option<Vec<&str>> = parts.iter().map(Value::as_text).collect();
    match texts {
        Some(texts) => ValueKind::Text(texts.concat()),
        None => ValueKind::Join(parts),
    }
}

fn unescape(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match characters.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('\n') | None => {}
            Some(other @ ('\\' | '\'' | '"')) => out.push(other),
            Some(other) => {
                out.push('\\');
                out.push(other);
            }
        }
    }
    out
}

/// Calls whose arguments are text for people.
fn is_message(callee: &str, last: &str) -> bool {
    let first = callee.split('.').next().unwrap_or("");
    matches!(first, "logging" | "structlog" | "loguru" | "warnings" | "click")
        || callee == "?print"
        || matches!(
            last,
            "debug" | "info" | "warning" | "error" | "exception" | "critical" | "warn" | "add_argument"
        )
}

fn is_comparison(last: &str) -> bool {
    matches!(
        last,
        "startswith" | "endswith" | "find" | "index" | "match" | "fullmatch" | "search" | "compile"
    )
}
