//! The state of one walk over a file: where we are, what is bound, what was found.

use proc_macro2::{Span, TokenStream};
use syn::{Attribute, Item};

use crate::facts::code::{Argument, Call, CallKind, CodeFacts, Discard, Language, Scope, UrlLiteral};
use crate::facts::name::QName;
use crate::facts::value::{Value, ValueKind};
use crate::source::{ByteRange, Spanned};
use crate::syntax::problem::Problem;

use super::bounds::{self, MAX_CHAIN};
use super::changed::Changed;
use super::lines::Lines;
use super::names::Names;
use super::scopes;
use super::types::TypeRef;

/// Deeper expressions are not walked; chains of methods and operators count as one level.
pub const MAX_WALK_DEPTH: u32 = 600;
/// A larger value becomes unknown: bindings that build on one another would grow without end.
const MAX_VALUE_PARTS: usize = 200;
const MAX_VALUE_DEPTH: usize = 64;

/// An expression that was walked.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// What it is made of.
    pub value: Value,
    /// Where it stands itself.
    pub range: ByteRange,
    /// Its type, where the source writes one.
    pub written: Option<TypeRef>,
    /// It went through `parse`, `into` or the like: the value's origin says nothing about its type.
    pub converted: bool,
    /// It never gives a value (`return`, `panic!`).
    pub never: bool,
}

impl Seen {
    /// A value at its own place.
    pub fn new(range: ByteRange, kind: ValueKind) -> Self {
        Self { value: Value::new(range, kind), range, ..Self::default() }
    }

    /// Nothing known, at `range`.
    pub fn unknown(range: ByteRange) -> Self {
        Self::new(range, ValueKind::Unknown)
    }

    /// The same value, standing at `range`.
    pub fn at(mut self, range: ByteRange) -> Self {
        self.range = range;
        self
    }

    /// True when nothing is known of the value.
    pub fn is_unknown(&self) -> bool {
        self.value.kind == ValueKind::Unknown
    }
}

/// A local variable.
pub struct Local {
    pub name: String,
    pub seen: Seen,
    /// The function whose parameters its value counts.
    pub owner: Option<u32>,
}

/// The walk.
pub struct Walker {
    /// Names of `let`, each with the call whose result it is given.
    pub bound: Vec<(String, u32)>,
    pub offset: usize,
    lines: Lines,
    /// What is walked is too short to hold more tokens than may hang on one another.
    pub trusted: bool,
    pub facts: CodeFacts,
    pub problems: Vec<Problem>,
    /// Statements, items, fields and arms; only collected when a suppression comment may need them.
    pub regions: Option<Vec<ByteRange>>,
    pub names: Names,
    pub frame: usize,
    pub scope: Scope,
    pub function: Option<u32>,
    pub container: Vec<String>,
    pub self_type: Option<TypeRef>,
    /// The trait whose implementation or declaration the walk is in.
    pub of_trait: Option<QName>,
    pub generics: Vec<String>,
    pub locals: Vec<Local>,
    /// Locals before this one belong to an enclosing function item and cannot be seen.
    pub locals_base: usize,
    /// Names of locals that are assigned to, or changed in place, somewhere in the current function.
    pub changed: Changed,
    pub arms: Vec<String>,
    pub conditions: Vec<String>,
    pub in_closure: bool,
    pub in_select: bool,
    pub depth: u32,
    /// Names and literals of the condition that is being walked.
    pub reads: Option<Vec<String>>,
    /// Parts of the call that the current `let` takes apart, with their names, until it is known who mentions them.
    pub taken_apart: Vec<(String, Discard)>,
    /// Nesting of macro bodies that are being tried as code.
    pub macro_depth: u32,
    /// The value that the last `let` in a condition took apart.
    pub tested: Value,
    too_deep: bool,
}

impl Walker {
    /// Keeps a value with a fallback; one that contains the last kept one takes its place.
    pub fn note_fallback(&mut self, value: &Value) {
        let fallbacks = &mut self.facts.fallbacks;
        while fallbacks.last().is_some_and(|last| value.range.contains(last.value.range)) {
            fallbacks.pop();
        }
        let (function, scope) = (self.function, self.scope);
        self.facts.fallbacks.push(crate::facts::code::Fallback { value: value.clone(), function, scope });
    }

    pub fn new(content: &str, offset: usize, wants_regions: bool) -> Self {
        Self {
            offset,
            lines: Lines::new(content, offset),
            trusted: content.len() < MAX_CHAIN,
            facts: CodeFacts {
                language: Language::Rust,
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
            bound: Vec::new(),
            problems: Vec::new(),
            regions: wants_regions.then(Vec::new),
            names: Names::default(),
            frame: 0,
            scope: Scope::default(),
            function: None,
            container: Vec::new(),
            self_type: None,
            of_trait: None,
            generics: Vec::new(),
            locals: Vec::new(),
            locals_base: 0,
            changed: Changed::default(),
            arms: Vec::new(),
            conditions: Vec::new(),
            in_closure: false,
            in_select: false,
            depth: 0,
            reads: None,
            taken_apart: Vec::new(),
            macro_depth: 0,
            tested: Value::default(),
            too_deep: false,
        }
    }

    /// Walks a whole file.
    pub fn file(&mut self, attributes: &[Attribute], items: &[Item]) {
        self.frame = self.names.declare_file(items);
        self.scope = scopes::with_attributes(Scope::default(), attributes);
        self.facts.file_scope = self.scope;
        for item in items {
            self.item(item);
        }
    }

    pub fn finish(self) -> (CodeFacts, Vec<ByteRange>, Vec<Problem>) {
        (self.facts, self.regions.unwrap_or_default(), self.problems)
    }

    pub fn range(&self, span: Span) -> ByteRange {
        self.lines.range(span)
    }

    /// True when tokens whose bounds were only checked as a macro's may be parsed.
    pub fn may_parse(&self, tokens: &TokenStream) -> bool {
        self.trusted || bounds::check(tokens).is_ok()
    }

    /// Runs `walk` with the scope that the attributes give, and restores the scope.
    pub fn under<R>(&mut self, attributes: &[Attribute], walk: impl FnOnce(&mut Self) -> R) -> R {
        let scope =
            if attributes.is_empty() { self.scope } else { scopes::with_attributes(self.scope, attributes) };
        self.scoped(scope, walk)
    }

    /// Runs `walk` in `scope`.
    pub fn scoped<R>(&mut self, scope: Scope, walk: impl FnOnce(&mut Self) -> R) -> R {
        let before = std::mem::replace(&mut self.scope, scope);
        let result = walk(self);
        self.scope = before;
        result
    }

    /// Runs `walk` in a block of its own: locals made inside are forgotten.
    pub fn block_scope<R>(&mut self, walk: impl FnOnce(&mut Self) -> R) -> R {
        let mark = self.locals.len();
        let result = walk(self);
        self.locals.truncate(mark);
        result
    }

    pub fn region(&mut self, start: ByteRange, end: ByteRange) {
        if let Some(regions) = &mut self.regions {
            regions.push(start.to(end));
        }
    }

    /// Remembers a region by its syntax node; the node's tokens are only gathered when somebody asked for regions.
    pub fn node_region(&mut self, node: &impl syn::spanned::Spanned) {
        if self.regions.is_some() {
            let range = self.range(node.span());
            self.region(range, range);
        }
    }

    /// One level down; false when that is too deep to go on.
    pub fn descend(&mut self, at: ByteRange) -> bool {
        if self.depth >= MAX_WALK_DEPTH {
            if !self.too_deep {
                self.too_deep = true;
                self.problems.push(Problem::new("expressions are nested too deeply", at));
            }
            return false;
        }
        self.depth += 1;
        true
    }

    pub fn ascend(&mut self) {
        self.depth -= 1;
    }

    /// Makes a call and takes its place in the order of names; [`Walker::fill`] completes it.
    pub fn reserve(&mut self, kind: CallKind, callee: QName, name_range: ByteRange) -> u32 {
        if self.reads.is_some() {
            let text = callee.as_str().to_owned();
            self.note_read(text);
        }
        let position = u32::try_from(self.facts.calls.len()).unwrap_or(u32::MAX);
        self.facts.calls.push(Call {
            callee,
            kind,
            name_range,
            range: name_range,
            receiver: None,
            arguments: Vec::new(),
            type_arguments: Vec::new(),
            function: self.function,
            arms: self.arms.iter().rev().take(8).cloned().collect(),
            conditions: self.conditions.iter().rev().take(8).cloned().collect(),
            scope: self.scope,
            awaited: false,
            required: false,
            unused: false,
            in_closure: self.in_closure,
            in_select: self.in_select,
        });
        position
    }

    /// Completes a call.
    pub fn fill(
        &mut self,
        position: u32,
        range: ByteRange,
        receiver: Option<Value>,
        arguments: Vec<Argument>,
    ) {
        if let Some(call) = self.call_mut(position) {
            call.range = range;
            call.receiver = receiver;
            call.arguments = arguments;
        }
    }

    pub fn call(&self, position: u32) -> Option<&Call> {
        self.facts.calls.get(position as usize)
    }

    pub fn call_mut(&mut self, position: u32) -> Option<&mut Call> {
        self.facts.calls.get_mut(position as usize)
    }

    pub fn note_read(&mut self, text: String) {
        if let Some(reads) = &mut self.reads
            && reads.len() < 32
        {
            reads.push(text);
        }
    }

    /// Remembers a string literal with a scheme.
    pub fn note_text(&mut self, text: &str, range: ByteRange, template: bool) {
        if text.contains("://") {
            let holes =
                text.find('{').is_some_and(|open| text.get(open..).is_some_and(|rest| rest.contains('}')));
            self.facts.url_literals.push(UrlLiteral {
                text: Spanned::new(text.to_owned(), range),
                template: template || holes,
                function: self.function,
                scope: self.scope,
            });
        }
    }

    /// The innermost local of that name.
    pub fn local(&self, name: &str) -> Option<&Local> {
        self.locals.get(self.locals_base..).unwrap_or(&[]).iter().rev().find(|local| local.name == name)
    }

    pub fn bind(&mut self, name: String, seen: Seen) {
        self.locals.push(Local { name, seen, owner: self.function });
    }

    /// The prefix of names declared here, as container text (`app::Server`).
    pub fn container_text(&self) -> String {
        self.container.join("::")
    }
}

/// The value, or unknown when it has too many parts or is too deep.
pub fn bounded(value: Value) -> Value {
    let mut left = MAX_VALUE_PARTS;
    if fits(&value, &mut left, MAX_VALUE_DEPTH) { value } else { Value::unknown(value.range) }
}

fn fits(value: &Value, left: &mut usize, depth: usize) -> bool {
    if depth == 0 || *left == 0 {
        return false;
    }
    *left -= 1;
    value.parts().into_iter().all(|part| fits(part, left, depth - 1))
}

/// True when the value holds a parameter of the function it was written in.
pub fn holds_parameter(value: &Value) -> bool {
    matches!(value.kind, ValueKind::Parameter(_)) || value.parts().into_iter().any(holds_parameter)
}
