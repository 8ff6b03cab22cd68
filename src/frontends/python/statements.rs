//! Statements: assignments, definitions, conditions.

use tree_sitter::Node;

use crate::facts::code::{
    Argument, CallKind, Constant, Function, Parameter, Scope, TypeDeclaration, inverted,
};
use crate::facts::name::QName;
use crate::facts::value::{Value, ValueKind};
use crate::source::Spanned;

use super::names::Frame;
use super::walker::{Later, MAX_NAME, Walker};
use super::{each_node, range_of};

impl<'a> Walker<'a> {
    /// Walks the statements of a module, block or clause.
    pub fn block(&mut self, node: Node<'a>) {
        let mut cursor = node.walk();
        for statement in node.named_children(&mut cursor) {
            self.statement(statement);
        }
    }

    fn statement(&mut self, node: Node<'a>) {
        if !self.descend(node) {
            return;
        }
        match node.kind() {
            "comment" => {}
            "import_statement" | "import_from_statement" => self.import(node),
            "function_definition" | "class_definition" => self.postpone(node),
            "decorated_definition" => self.decorated(node),
            "if_statement" => self.condition(node),
            "expression_statement" => {
                let mut cursor = node.walk();
                for part in node.named_children(&mut cursor) {
                    // A string by itself is documentation.
                    if !matches!(part.kind(), "string" | "concatenated_string") {
                        self.expression(part);
                    }
                }
            }
            "return_statement" => {
                let value = match node.named_child(0) {
                    Some(value) => self.expression(value),
                    None => Value::unknown(range_of(node)),
                };
                self.returns.push(value);
            }
            "raise_statement" | "assert_statement" => {
                let scope = Scope { message: true, ..self.scope };
                self.scoped(scope, |w| w.parts(node));
            }
            kind if is_compound(kind) => self.parts(node),
            _ => {
                self.expression(node);
            }
        }
        self.ascend();
    }

    /// Walks the children of a node: blocks as statements, everything else as expressions.
    fn parts(&mut self, node: Node<'a>) {
        let mut cursor = node.walk();
        for part in node.named_children(&mut cursor) {
            if part.kind() == "block" || is_compound(part.kind()) || part.kind().ends_with("_clause") {
                self.block_or_parts(part);
            } else {
                self.expression(part);
            }
        }
    }

    fn block_or_parts(&mut self, node: Node<'a>) {
        if node.kind() == "block" {
            self.block(node);
        } else if self.descend(node) {
            self.parts(node);
            self.ascend();
        }
    }

    fn condition(&mut self, node: Node<'a>) {
        let Some(test) = node.child_by_field_name("condition") else { return self.parts(node) };
        let parts: Vec<String> = conjuncts(test).into_iter().map(|part| self.condition_part(part)).collect();
        let checks_types = |word: &str| word == "TYPE_CHECKING" || word.ends_with(".TYPE_CHECKING");
        if parts.iter().any(|part| part.split(' ').any(checks_types)) {
            return;
        }
        let scope = Scope { comparison: true, ..self.scope };
        self.scoped(scope, |w| w.expression(test));
        let fails = match parts.as_slice() {
            [only] => inverted(only),
            several => {
                let plain: Vec<&str> = several.iter().map(|p| p.strip_prefix("not ").unwrap_or(p)).collect();
                inverted(&plain.join(" "))
            }
        };
        if let Some(then) = node.child_by_field_name("consequence") {
            let debug = matches!(parts.as_slice(), [only] if is_debug(only));
            let scope = Scope { debug_only: self.scope.debug_only || debug, ..self.scope };
            self.scoped(scope, |w| w.under(&parts, |w| w.block(then)));
        }
        let debug = is_debug(&fails);
        let mut cursor = node.walk();
        let others: Vec<Node<'a>> = node.children_by_field_name("alternative", &mut cursor).collect();
        for other in others {
            let scope = Scope { debug_only: self.scope.debug_only || debug, ..self.scope };
            self.scoped(scope, |w| {
                w.under(std::slice::from_ref(&fails), |w| {
                    if other.kind() == "elif_clause" {
                        w.condition(other);
                    } else if let Some(body) = other.child_by_field_name("body") {
                        w.block(body);
                    }
                });
            });
        }
    }

    /// Names and literals of a part of a condition, separated by blanks; behind `not ` when it must not hold.
    fn condition_part(&self, part: Node<'_>) -> String {
        let (inner, negated) = without_negation(part);
        let read = self.read_in(inner);
        if negated { inverted(&read) } else { read }
    }

    fn read_in(&self, test: Node<'_>) -> String {
        let mut read = Vec::new();
        each_node(test, &mut |node| match node.kind() {
            "identifier" | "attribute" => {
                let name = self.name_of(node, MAX_NAME);
                read.push(if name.starts_with('?') { self.text(node).to_owned() } else { name });
                false
            }
            "string_content" => {
                read.push(self.text(node).to_owned());
                false
            }
            "integer" | "true" | "false" => {
                read.push(self.text(node).to_owned());
                false
            }
            _ => true,
        });
        read.truncate(32);
        read.join(" ")
    }

    fn decorated(&mut self, node: Node<'a>) {
        let mut cursor = node.walk();
        for part in node.named_children(&mut cursor) {
            if part.kind() == "decorator"
                && let Some(inner) = part.named_child(0)
            {
                self.expression(inner);
            }
        }
        if let Some(definition) = node.child_by_field_name("definition") {
            self.postpone(definition);
        }
    }

    /// A function's body runs later, when the module's names are complete; a class body runs now.
    fn postpone(&mut self, node: Node<'a>) {
        let later = Later {
            node,
            container: self.container.clone(),
            scope: self.scope,
            conditions: self.conditions.clone(),
            in_class: self.in_class,
        };
        if node.kind() == "class_definition" { self.class(later) } else { self.later.push_back(later) }
    }

    fn class(&mut self, later: Later<'a>) {
        let node = later.node;
        let Some(name) = node.child_by_field_name("name") else { return };
        let own = self.text(name).to_owned();
        let mut bases = Vec::new();
        if let Some(list) = node.child_by_field_name("superclasses") {
            let mut cursor = list.walk();
            bases = list.named_children(&mut cursor).map(|b| self.name_of(b, MAX_NAME)).collect();
        }
        let test = own.starts_with("Test") || bases.iter().any(|b| b.ends_with("TestCase"));
        let scope = Scope { test: later.scope.test || test, ..later.scope };
        self.facts.types.push(TypeDeclaration {
            name: Spanned::new(own.clone(), range_of(name)),
            attributes: bases.into_iter().map(QName::new).collect(),
            fields: Vec::new(),
            field_types: Vec::new(),
            scope,
        });
        let before = std::mem::replace(&mut self.in_class, true);
        self.container.push(own);
        if let Some(body) = node.child_by_field_name("body") {
            self.scoped(scope, |w| w.block(body));
        }
        self.container.pop();
        self.in_class = before;
    }

    /// Walks the body of a function that was put aside.
    pub fn body(&mut self, later: Later<'a>) {
        let node = later.node;
        let (Some(name), Some(body)) = (node.child_by_field_name("name"), node.child_by_field_name("body"))
        else {
            return;
        };
        let own = self.text(name).to_owned();
        let whole = node.parent().filter(|p| p.kind() == "decorated_definition").unwrap_or(node);
        let decorators = self.decorators(whole);
        // `@overload` only writes down types; the function itself comes after it.
        if decorators.iter().any(|d| d.as_str().trim_start_matches('?').ends_with("overload")) {
            return;
        }
        let test = own.starts_with("test_") || decorators.iter().any(|d| d.as_str().ends_with("fixture"));
        let scope = Scope { test: later.scope.test || test, ..later.scope };
        let mut frame = Frame::of(body, self.source());
        let parameters = self.parameters(node, later.in_class, &mut frame);
        let position = u32::try_from(self.facts.functions.len()).unwrap_or(u32::MAX);
        self.facts.functions.push(Function {
            name: Spanned::new(own.clone(), range_of(name)),
            container: later.container.join("."),
            range: range_of(whole),
            parameters,
            attributes: decorators,
            result: None,
            scope,
            is_method: later.in_class,
            of_trait: None,
        });
        self.container = later.container;
        self.container.push(own);
        self.conditions = later.conditions;
        self.in_class = false;
        self.function = Some(position);
        self.returns.clear();
        self.frames.truncate(1);
        self.frames.push(frame);
        self.scoped(scope, |w| w.block(body));
        if let [only] = self.returns.as_slice()
            && only.kind != ValueKind::Unknown
            && let Some(function) = self.facts.functions.get_mut(position as usize)
        {
            function.result = Some(only.clone());
        }
        self.frames.truncate(1);
        self.function = None;
        self.conditions.clear();
        self.container.clear();
    }

    fn decorators(&self, whole: Node<'_>) -> Vec<QName> {
        let mut names = Vec::new();
        let mut cursor = whole.walk();
        for part in whole.named_children(&mut cursor).filter(|p| p.kind() == "decorator") {
            if let Some(inner) = part.named_child(0) {
                names.push(QName::new(self.name_of(inner, MAX_NAME).trim_end_matches("()")));
            }
        }
        names
    }

    fn parameters(&self, node: Node<'_>, method: bool, frame: &mut Frame) -> Vec<Parameter> {
        let mut found = Vec::new();
        let Some(list) = node.child_by_field_name("parameters") else { return found };
        let mut cursor = list.walk();
        for (at, part) in list.named_children(&mut cursor).filter(|p| p.kind() != "comment").enumerate() {
            let name = match part.kind() {
                "identifier" => Some(part),
                "typed_parameter" => part.named_child(0),
                _ => part.child_by_field_name("name"),
            };
            let name = name.map_or("", |n| self.text(n));
            if at == 0 && method && matches!(name, "self" | "cls") {
                frame.assigned.insert(name.to_owned(), 2);
                continue;
            }
            let type_name = part.child_by_field_name("type").map_or("", |t| self.text(t)).to_owned();
            let position = u32::try_from(found.len()).unwrap_or(u32::MAX);
            if !frame.assigned.contains_key(name) {
                let value = Value::new(range_of(part), ValueKind::Parameter(position));
                frame.bound.insert(name.to_owned(), value);
            }
            found.push(Parameter { name: name.to_owned(), type_name });
        }
        found
    }

    /// `target = value`, also chained and annotated.
    pub fn assignment(&mut self, node: Node<'a>) -> Value {
        let (Some(left), Some(right)) = (node.child_by_field_name("left"), node.child_by_field_name("right"))
        else {
            return Value::unknown(range_of(node));
        };
        let field = |n: Node<'a>, name: &str| n.child_by_field_name(name);
        match left.kind() {
            "attribute" => {
                let callee = self.name_of(left, MAX_NAME);
                let name = field(left, "attribute").unwrap_or(left);
                let position = self.reserve(CallKind::Assignment, callee, name, node);
                let value = self.expression(right);
                self.fill(position, None, vec![Argument { name: None, value: value.clone() }]);
                value
            }
            "subscript" => {
                let base = field(left, "value").unwrap_or(left);
                let callee = format!("{}[]", self.name_of(base, MAX_NAME));
                let position = self.reserve(CallKind::Assignment, callee, left, node);
                let key = field(left, "subscript").map(|key| self.expression(key)).unwrap_or_default();
                let value = self.expression(right);
                let argument = |value| Argument { name: None, value };
                self.fill(position, None, vec![argument(key), argument(value.clone())]);
                value
            }
            "identifier" => self.named_assignment(node, left, right),
            _ => self.expression(right),
        }
    }

    fn named_assignment(&mut self, node: Node<'a>, left: Node<'a>, right: Node<'a>) -> Value {
        let name = self.text(left).to_owned();
        let at_top = self.function.is_none();
        let constant = at_top && is_constant(&name);
        let position = constant.then(|| self.reserve(CallKind::Assignment, name.clone(), left, node));
        let value = self.expression(right);
        if let Some(position) = position {
            self.fill(position, None, vec![Argument { name: None, value: value.clone() }]);
            self.facts.constants.push(Constant {
                name: Spanned::new(name.clone(), range_of(left)),
                container: self.container.join("."),
                type_name: node.child_by_field_name("type").map_or("", |t| self.text(t)).to_owned(),
                value: value.clone(),
                scope: self.scope,
            });
        }
        let conditional = !self.conditions.is_empty();
        let in_class = at_top && !self.container.is_empty();
        let certain = !conditional || matches!(value.kind, ValueKind::Call(_));
        if let Some(frame) = self.frames.last_mut().filter(|f| f.is_fixed(&name) && !in_class && certain) {
            frame.bound.insert(name, value.clone());
        }
        value
    }
}

fn is_compound(kind: &str) -> bool {
    matches!(
        kind,
        "for_statement"
            | "while_statement"
            | "try_statement"
            | "with_statement"
            | "match_statement"
            | "with_clause"
            | "with_item"
    ) || kind.ends_with("_clause")
}

fn is_constant(name: &str) -> bool {
    name.chars().any(|c| c.is_ascii_uppercase()) && !name.chars().any(|c| c.is_ascii_lowercase())
}

/// True for the test of a flag that says "this is a developer's machine".
/// The parts of a condition that are joined by `and`, in order.
fn conjuncts(test: Node<'_>) -> Vec<Node<'_>> {
    let mut parts = Vec::new();
    let mut rest = test;
    while rest.kind() == "boolean_operator"
        && rest.child_by_field_name("operator").is_some_and(|operator| operator.kind() == "and")
        && let (Some(left), Some(right)) =
            (rest.child_by_field_name("left"), rest.child_by_field_name("right"))
    {
        parts.push(right);
        rest = left;
    }
    parts.push(rest);
    parts.reverse();
    parts
}

/// What stands behind `not`s, and whether it is negated an odd number of times, `!=` and its like counted.
fn without_negation(test: Node<'_>) -> (Node<'_>, bool) {
    let mut negated = false;
    let mut rest = test;
    loop {
        let inner = match rest.kind() {
            "parenthesized_expression" => rest.named_child(0),
            "not_operator" => {
                negated = !negated;
                rest.child_by_field_name("argument")
            }
            "comparison_operator" => {
                let mut cursor = rest.walk();
                let different = rest
                    .children_by_field_name("operators", &mut cursor)
                    .any(|operator| matches!(operator.kind(), "!=" | "<>" | "is not" | "not in"));
                return (rest, negated != different);
            }
            _ => None,
        };
        let Some(inner) = inner else { return (rest, negated) };
        rest = inner;
    }
}

fn is_debug(read: &str) -> bool {
    let last = read.rsplit('.').next().unwrap_or(read);
    !read.contains(' ') && matches!(last, "DEBUG" | "debug" | "TESTING" | "testing" | "IS_DEV" | "is_dev")
}
