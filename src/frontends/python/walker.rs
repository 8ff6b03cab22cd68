//! The state of one walk over a file: where we are, what is bound, what was found.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use tree_sitter::Node;

use crate::facts::Problem;
use crate::facts::code::{
    Argument, Call, CallKind, CodeFacts, Fallback, Import, Language, Scope, UrlLiteral,
};
use crate::facts::name::QName;
use crate::facts::value::Value;
use crate::source::{ByteRange, Spanned};

use super::names::Frame;
use super::range_of;

/// Deeper statements and expressions are not walked.
pub const MAX_DEPTH: usize = 150;

/// Names and values are followed through at most so many parts.
pub const MAX_NAME: usize = 24;

/// A function or class whose body is walked after the code around it.
pub struct Later<'t> {
    pub node: Node<'t>,
    pub container: Vec<String>,
    pub scope: Scope,
    pub conditions: Vec<String>,
    pub in_class: bool,
}

/// The walk.
pub struct Walker<'a> {
    text: &'a str,
    pub facts: CodeFacts,
    pub problems: Vec<Problem>,
    pub imports: BTreeMap<String, String>,
    /// Functions and classes of the module.
    pub own: BTreeSet<String>,
    /// The module's names, and those of the function that is walked.
    pub frames: Vec<Frame>,
    pub later: VecDeque<Later<'a>>,
    pub container: Vec<String>,
    pub function: Option<u32>,
    pub in_class: bool,
    pub scope: Scope,
    pub conditions: Vec<String>,
    /// Values of the `return` statements of the current function.
    pub returns: Vec<Value>,
    pub awaited: bool,
    pub in_closure: bool,
    depth: usize,
    too_deep: bool,
}

impl<'a> Walker<'a> {
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            facts: CodeFacts {
                language: Language::Python,
                imports: Vec::new(),
                functions: Vec::new(),
                calls: Vec::new(),
                constants: Vec::new(),
                types: Vec::new(),
                modules: Vec::new(),
                url_literals: Vec::new(),
                fallbacks: Vec::new(),
                discards: Vec::new(),
                file_scope: Scope::default(),
            },
            problems: Vec::new(),
            imports: BTreeMap::new(),
            own: BTreeSet::new(),
            frames: Vec::new(),
            later: VecDeque::new(),
            container: Vec::new(),
            function: None,
            in_class: false,
            scope: Scope::default(),
            conditions: Vec::new(),
            returns: Vec::new(),
            awaited: false,
            in_closure: false,
            depth: 0,
            too_deep: false,
        }
    }

    /// The text of a node.
    pub fn text(&self, node: Node<'_>) -> &'a str {
        self.text.get(node.byte_range()).unwrap_or("")
    }

    /// The whole file.
    pub fn source(&self) -> &'a str {
        self.text
    }

    /// Walks the module, then the bodies of its functions, so that these see all of the module's names.
    pub fn module(&mut self, root: Node<'a>) {
        let mut cursor = root.walk();
        for node in root.named_children(&mut cursor) {
            let definition = if node.kind() == "decorated_definition" {
                node.child_by_field_name("definition")
            } else {
                Some(node)
            };
            if let Some(definition) = definition.filter(|d| d.kind().ends_with("_definition"))
                && let Some(name) = definition.child_by_field_name("name")
            {
                self.own.insert(self.text(name).to_owned());
            }
        }
        self.frames.push(Frame::of(root, self.text));
        self.block(root);
        while let Some(later) = self.later.pop_front() {
            self.body(later);
        }
    }

    pub fn finish(self) -> (CodeFacts, Vec<Problem>) {
        (self.facts, self.problems)
    }

    /// One level down; false when that is too deep to go on.
    pub fn descend(&mut self, node: Node<'_>) -> bool {
        if self.depth >= MAX_DEPTH {
            if !self.too_deep {
                self.too_deep = true;
                self.problems
                    .push(Problem::new("the code is nested too deeply", ByteRange::at(node.start_byte())));
            }
            return false;
        }
        self.depth += 1;
        true
    }

    pub fn ascend(&mut self) {
        self.depth -= 1;
    }

    /// Runs `walk` in `scope`.
    pub fn scoped<R>(&mut self, scope: Scope, walk: impl FnOnce(&mut Self) -> R) -> R {
        let before = std::mem::replace(&mut self.scope, scope);
        let result = walk(self);
        self.scope = before;
        result
    }

    /// Runs `walk` under more conditions, the last of which is the innermost.
    pub fn under(&mut self, conditions: &[String], walk: impl FnOnce(&mut Self)) {
        self.conditions.splice(0..0, conditions.iter().rev().cloned());
        walk(self);
        self.conditions.drain(..conditions.len().min(self.conditions.len()));
    }

    pub fn note_import(&mut self, local: String, path: String, node: Node<'_>) {
        self.imports.insert(local.clone(), path.clone());
        self.facts.imports.push(Import {
            local,
            path: QName::new(path),
            exported: false,
            range: range_of(node),
            scope: self.scope,
        });
    }

    /// Makes a call and takes its place in the order of names; [`Walker::fill`] completes it.
    pub fn reserve(&mut self, kind: CallKind, callee: String, name: Node<'_>, whole: Node<'_>) -> u32 {
        let position = u32::try_from(self.facts.calls.len()).unwrap_or(u32::MAX);
        self.facts.calls.push(Call {
            callee: QName::new(callee),
            kind,
            name_range: range_of(name),
            range: range_of(whole),
            receiver: None,
            arguments: Vec::new(),
            type_arguments: Vec::new(),
            function: self.function,
            arms: Vec::new(),
            conditions: self.conditions.clone(),
            scope: self.scope,
            awaited: std::mem::take(&mut self.awaited),
            required: false,
            unused: false,
            in_closure: self.in_closure,
            in_select: false,
        });
        position
    }

    pub fn fill(&mut self, position: u32, receiver: Option<Value>, arguments: Vec<Argument>) {
        if let Some(call) = self.facts.calls.get_mut(position as usize) {
            call.receiver = receiver;
            call.arguments = arguments;
        }
    }

    /// Keeps a value with a fallback; one that contains the last kept one takes its place.
    pub fn note_fallback(&mut self, value: &Value) {
        let fallbacks = &mut self.facts.fallbacks;
        while fallbacks.last().is_some_and(|last| value.range.contains(last.value.range)) {
            fallbacks.pop();
        }
        let (function, scope) = (self.function, self.scope);
        self.facts.fallbacks.push(Fallback { value: value.clone(), function, scope });
    }

    pub fn note_url(&mut self, text: &str, range: ByteRange, template: bool) {
        if text.contains("://") {
            self.facts.url_literals.push(UrlLiteral {
                text: Spanned::new(text.to_owned(), range),
                template,
                function: self.function,
                scope: self.scope,
            });
        }
    }
}
