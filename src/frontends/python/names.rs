//! What names stand for: imports, own functions and classes, local bindings.

use std::collections::BTreeMap;

use tree_sitter::Node;

use crate::facts::value::{Value, ValueKind};

use super::each_node;
use super::walker::Walker;

/// The names of one function, or of the module.
#[derive(Default)]
pub struct Frame {
    /// What a name is bound to.
    pub bound: BTreeMap<String, Value>,
    /// How often each name is assigned in the frame.
    pub assigned: BTreeMap<String, u32>,
}

impl Frame {
    /// A frame for the body `node`: names that are assigned more than once are never certain.
    pub fn of(node: Node<'_>, text: &str) -> Self {
        let mut frame = Frame::default();
        let mut note = |node: Node<'_>| {
            let name = text.get(node.byte_range()).unwrap_or("");
            *frame.assigned.entry(name.to_owned()).or_default() += 1;
        };
        each_node(node, &mut |inner| {
            let targets = match inner.kind() {
                "function_definition" | "class_definition" | "lambda" if inner.id() != node.id() => {
                    return false;
                }
                "assignment" | "augmented_assignment" | "for_statement" | "for_in_clause" => {
                    inner.child_by_field_name("left")
                }
                "named_expression" => inner.child_by_field_name("name"),
                "as_pattern" => inner.child_by_field_name("alias"),
                "global_statement" | "nonlocal_statement" | "delete_statement" => Some(inner),
                _ => None,
            };
            if let Some(targets) = targets {
                each_node(targets, &mut |target| {
                    if target.kind() == "identifier" {
                        note(target);
                    }
                    !matches!(target.kind(), "attribute" | "subscript" | "call")
                });
            }
            true
        });
        frame
    }

    /// True when `name` is assigned exactly once.
    pub fn is_fixed(&self, name: &str) -> bool {
        self.assigned.get(name) == Some(&1)
    }
}

impl Walker<'_> {
    /// The value that the plain name `name` stands for, if it is certain.
    pub fn lookup(&self, name: &str) -> Option<&Value> {
        for frame in self.frames.iter().rev() {
            if frame.assigned.contains_key(name) {
                return frame.bound.get(name);
            }
            if let Some(value) = frame.bound.get(name) {
                return Some(value);
            }
        }
        None
    }

    /// True when the plain name `name` is a local variable or parameter, certain or not.
    pub fn is_local(&self, name: &str) -> bool {
        self.frames.iter().any(|f| f.assigned.contains_key(name) || f.bound.contains_key(name))
    }

    /// The qualified name of an expression; it begins with `?` when its start is not known.
    pub fn name_of(&self, node: Node<'_>, depth: usize) -> String {
        let Some(depth) = depth.checked_sub(1) else { return "?".into() };
        let field = |name: &str| node.child_by_field_name(name);
        match node.kind() {
            "identifier" => {
                let name = self.text(node);
                if self.is_local(name) {
                    return self.lookup(name).map_or_else(|| "?".into(), |value| self.name_of_value(value));
                }
                match self.imports.get(name) {
                    Some(path) => path.clone(),
                    None if self.own.contains(name) => format!("self.{name}"),
                    None => format!("?{name}"),
                }
            }
            "attribute" => match (field("object"), field("attribute")) {
                (Some(object), Some(attribute)) => {
                    let object = self.name_of(object, depth);
                    // Of `?name.x` nothing is certain but the attribute.
                    let object = if object.starts_with('?') { "?" } else { object.as_str() };
                    format!("{object}.{}", self.text(attribute))
                }
                _ => "?".into(),
            },
            "call" => match field("function") {
                Some(function) => format!("{}()", self.callee(function, depth)),
                None => "?".into(),
            },
            "subscript" => match field("value") {
                Some(value) => format!("{}[]", self.name_of(value, depth)),
                None => "?".into(),
            },
            "parenthesized_expression" | "await" => match node.named_child(0) {
                Some(inner) => self.name_of(inner, depth),
                None => "?".into(),
            },
            "string" | "concatenated_string" => "str".into(),
            _ => "?".into(),
        }
    }

    /// The name under which a call of `function` is known: a value that a call returned is called by `__call__`.
    pub fn callee(&self, function: Node<'_>, depth: usize) -> String {
        let name = self.name_of(function, depth);
        if name.ends_with("()") && function.kind() != "call" { format!("{name}.__call__") } else { name }
    }

    fn name_of_value(&self, value: &Value) -> String {
        match &value.kind {
            ValueKind::Call(call) => match self.facts.calls.get(*call as usize) {
                Some(call) => format!("{}()", call.callee),
                None => "?".into(),
            },
            ValueKind::Required(inner) => self.name_of_value(inner),
            ValueKind::Name(name) => name.as_str().to_owned(),
            ValueKind::Text(_) | ValueKind::Join(_) => "str".into(),
            _ => "?".into(),
        }
    }

    /// Notes an `import` or `from … import …`.
    pub fn import(&mut self, node: Node<'_>) {
        let module = node.child_by_field_name("module_name").map(|n| self.text(n).to_owned());
        let mut cursor = node.walk();
        let names: Vec<Node<'_>> = node.children_by_field_name("name", &mut cursor).collect();
        for name in names {
            let (path, alias) = match name.kind() {
                "aliased_import" => (name.child_by_field_name("name"), name.child_by_field_name("alias")),
                _ => (Some(name), None),
            };
            let Some(path_node) = path else { continue };
            let path = self.text(path_node).to_owned();
            let (local, full) = match (&module, alias) {
                (Some(module), Some(alias)) => (self.text(alias).to_owned(), format!("{module}.{path}")),
                (Some(module), None) => (path.clone(), format!("{module}.{path}")),
                (None, Some(alias)) => (self.text(alias).to_owned(), path.clone()),
                // `import a.b` binds `a`.
                (None, None) => {
                    let first = path.split('.').next().unwrap_or("").to_owned();
                    (first.clone(), first)
                }
            };
            // A relative import says nothing that another file could be matched with.
            let full = if full.starts_with('.') { format!("?{}", path) } else { full };
            self.note_import(local, full, path_node);
        }
        if node.kind() == "import_from_statement" && node.child_by_field_name("name").is_none() {
            self.note_import("*".into(), format!("{}.*", module.unwrap_or_default()), node);
        }
    }
}
