//! Blocks, statements and patterns: what is bound where.

use proc_macro2::TokenTree;
use syn::ext::IdentExt;
use syn::visit::Visit;
use syn::{Block, Expr, Member, Pat, Stmt};

use crate::facts::code::{Discard, Function, Parameter};
use crate::facts::name::QName;
use crate::facts::value::{Value, ValueKind};
use crate::source::{ByteRange, Spanned};

use super::expressions::{attributes_of, call_of};
use super::items::{Outer, parameter_name};
use super::types::TypeRef;
use super::walker::{Seen, Walker, bounded};

impl Walker {
    /// Walks a block; its value is that of its last expression.
    pub fn block(&mut self, block: &Block) -> Seen {
        let open = self.range(block.brace_token.span.open());
        let range = open.to(self.range(block.brace_token.span.close()));
        self.block_scope(|w| w.statements(&block.stmts, range))
    }

    /// Walks statements whose locals end with the caller's block.
    pub fn statements(&mut self, statements: &[Stmt], range: ByteRange) -> Seen {
        let items = statements.iter().filter_map(|statement| match statement {
            Stmt::Item(item) => Some(item),
            _ => None,
        });
        let outer_frame = self.frame;
        if items.clone().next().is_some() {
            let container = self.container_text();
            let prefix = if container.is_empty() { "self".to_owned() } else { format!("self::{container}") };
            self.frame = self.names.declare_block(items, &prefix, outer_frame);
        }
        let mut last = Seen::new(range, ValueKind::Unknown);
        let mut never = false;
        let outer_guards = self.guards.len();
        for (at, statement) in statements.iter().enumerate() {
            self.node_region(statement);
            last = self.statement(statement, range);
            never |= last.never;
            let left = self.left.take();
            self.guards.extend(left.filter(|_| matches!(statement, Stmt::Expr(Expr::If(_), _))));
            for (name, discard) in std::mem::take(&mut self.taken_apart) {
                if !discard.named || !mentions(statements.get(at + 1..).unwrap_or_default(), &name) {
                    self.facts.discards.push(discard);
                }
            }
        }
        self.guards.truncate(outer_guards);
        self.frame = outer_frame;
        last.never = never;
        last.at(range)
    }

    fn statement(&mut self, statement: &Stmt, block: ByteRange) -> Seen {
        match statement {
            Stmt::Local(local) => {
                self.under(&local.attrs, |w| w.local_statement(local));
                Seen::unknown(block)
            }
            Stmt::Item(item) => {
                self.item(item);
                Seen::unknown(block)
            }
            Stmt::Expr(expression, semicolon) => {
                let seen = self.under(attributes_of(expression), |w| w.expression(expression));
                match (expression, semicolon) {
                    (Expr::Return(_), _) | (_, None) => seen,
                    _ => Seen { never: seen.never, ..Seen::unknown(block) },
                }
            }
            Stmt::Macro(statement) => {
                let seen = self.under(&statement.attrs, |w| w.macro_call(&statement.mac));
                match statement.semi_token {
                    None => seen,
                    Some(_) => Seen { never: seen.never, ..Seen::unknown(block) },
                }
            }
        }
    }

    fn local_statement(&mut self, local: &syn::Local) {
        let (pattern, written) = match &local.pat {
            Pat::Type(typed) => {
                (&*typed.pat, Some(self.names.type_ref(&typed.ty, self.frame, self.self_type.as_ref())))
            }
            pattern => (pattern, None),
        };
        let Some(init) = &local.init else {
            let seen = Seen { written, ..Seen::unknown(self.pattern_range(pattern)) };
            self.bind_pattern(pattern, &seen);
            return;
        };
        if let (Pat::Ident(ident), Expr::Closure(closure)) = (pattern, &*init.expr) {
            let seen = self.named_closure(&ident.ident, closure);
            self.bind(ident.ident.unraw().to_string(), seen);
            return;
        }
        let mut seen = self.expression(&init.expr);
        if let (Pat::Tuple(tuple), Some(call)) = (pattern, call_of(&seen.value)) {
            self.taken_apart = parts_of(tuple)
                .map(|(part, name, span)| {
                    let named = name != "_";
                    (name, Discard { call, part, range: self.range(span), named })
                })
                .collect();
        }
        if let Some((_, otherwise)) = &init.diverge {
            let _ = self.block_scope(|w| w.expression(otherwise));
            let range = seen.range;
            if let Some(call) = call_of(&seen.value).and_then(|call| self.call_mut(call)) {
                call.required = true;
            }
            seen.value = Value::new(range, ValueKind::Required(Box::new(seen.value)));
        }
        if let (Pat::Ident(ident), Some(call)) = (pattern, first_call(&seen.value)) {
            self.bound.push((ident.ident.unraw().to_string(), call));
        }
        if let Some(written) = written.filter(|written| written.name != "_") {
            if let Some(call) = call_of(&seen.value).and_then(|call| self.call_mut(call))
                && call.type_arguments.is_empty()
            {
                call.type_arguments.push(written.to_string());
            }
            seen.written = Some(written);
        }
        self.bind_pattern(pattern, &seen);
    }

    /// `let read = |key: &str| …;`: a function that belongs to the one around it.
    fn named_closure(&mut self, ident: &syn::Ident, closure: &syn::ExprClosure) -> Seen {
        let range = self.closure_range(closure);
        let name = ident.unraw().to_string();
        let parameters: Vec<(Parameter, Option<TypeRef>)> = closure
            .inputs
            .iter()
            .map(|pattern| {
                let written = self.pattern_type(pattern);
                let type_name = written.as_ref().map(TypeRef::to_string).unwrap_or_default();
                (Parameter { name: parameter_name(pattern), type_name }, written)
            })
            .collect();
        let container = self.container_text();
        let full =
            if container.is_empty() { format!("self::{name}") } else { format!("self::{container}::{name}") };
        let position = self.add_function(Function {
            name: Spanned::new(name.clone(), self.range(ident.span())),
            container,
            range,
            parameters: parameters.iter().map(|(parameter, _)| parameter.clone()).collect(),
            attributes: Vec::new(),
            result: None,
            scope: self.scope,
            is_method: false,
            of_trait: None,
        });
        let changed = self.changed.clone();
        let (base, arms, conditions) = (self.locals_base, self.arms.clone(), self.conditions.clone());
        let guards = self.guards.clone();
        let outer = Outer::leave(self, position, self.scope, name);
        // Unlike a function item, a closure sees everything around it.
        (self.locals_base, self.changed, self.arms, self.conditions) = (base, changed, arms, conditions);
        self.guards = guards;
        self.in_closure = true;
        for (n, (pattern, (_, written))) in closure.inputs.iter().zip(parameters).enumerate() {
            self.bind_parameter(n, pattern, written);
        }
        let seen = self.expression(&closure.body);
        if let Some(function) = self.facts.functions.get_mut(position as usize)
            && !seen.is_unknown()
        {
            function.result = Some(seen.value);
        }
        outer.come_back(self);
        Seen::new(range, ValueKind::Name(QName::new(full)))
    }

    pub fn pattern_type(&self, pattern: &Pat) -> Option<TypeRef> {
        match pattern {
            Pat::Type(typed) => Some(self.names.type_ref(&typed.ty, self.frame, self.self_type.as_ref())),
            _ => None,
        }
    }

    pub fn pattern_range(&self, pattern: &Pat) -> ByteRange {
        match pattern {
            Pat::Ident(ident) => self.range(ident.ident.span()),
            Pat::Type(typed) => self.pattern_range(&typed.pat),
            Pat::TupleStruct(parts) => parts
                .path
                .segments
                .first()
                .map_or_else(|| ByteRange::at(self.offset), |segment| self.range(segment.ident.span())),
            _ => ByteRange::at(self.offset),
        }
    }

    /// Binds the names of a pattern to the parts of a value.
    pub fn bind_pattern(&mut self, pattern: &Pat, seen: &Seen) {
        if !self.descend(seen.range) {
            return;
        }
        match pattern {
            Pat::Ident(ident) => {
                let name = ident.ident.unraw().to_string();
                let mut seen = seen.clone();
                seen.value = bounded(seen.value);
                let changed = &self.changed;
                if changed.assigned.contains(&name)
                    || (changed.in_place.contains(&name) && !is_handle(&seen.value))
                {
                    seen.value = Value::unknown(seen.value.range);
                }
                self.bind(name, seen);
                if let Some((_, inner)) = &ident.subpat {
                    self.bind_pattern(inner, &Seen::unknown(ByteRange::at(self.offset)));
                }
            }
            Pat::Type(typed) => {
                let written = self.pattern_type(pattern);
                self.bind_pattern(&typed.pat, &Seen { written, ..seen.clone() });
            }
            Pat::Reference(reference) => self.bind_pattern(&reference.pat, seen),
            Pat::Paren(paren) => self.bind_pattern(&paren.pat, seen),
            Pat::Guard(guard) => self.bind_pattern(&guard.pat, seen),
            Pat::Tuple(tuple) => {
                let said = seen.written.as_ref().filter(|ty| ty.name == "()");
                let types = said.or_else(|| self.tuple_given(&seen.value)).cloned();
                for (n, part) in tuple.elems.iter().enumerate() {
                    let written = types.as_ref().and_then(|ty| ty.arguments.get(n)).cloned();
                    let value = part_of(&seen.value, &n.to_string());
                    self.bind_pattern(part, &Seen { value, range: seen.range, written, ..Seen::default() });
                }
            }
            Pat::Struct(parts) => {
                for field in &parts.fields {
                    let name = member_name(&field.member);
                    let written = seen.written.as_ref().and_then(|ty| self.names.field_type(&ty.name, &name));
                    let written = written.cloned();
                    let value = part_of(&seen.value, &name);
                    self.bind_pattern(
                        &field.pat,
                        &Seen { value, range: seen.range, written, ..Seen::default() },
                    );
                }
            }
            Pat::TupleStruct(parts) => {
                let last =
                    parts.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
                let opens = parts.elems.len() == 1 && last != "Err";
                for part in &parts.elems {
                    let inner = if opens {
                        let mut inner = seen.clone();
                        inner.written = inner.written.map(TypeRef::opened);
                        inner
                    } else {
                        Seen::unknown(seen.range)
                    };
                    self.bind_pattern(part, &inner);
                }
            }
            Pat::Slice(slice) => {
                for part in &slice.elems {
                    self.bind_pattern(part, &Seen::unknown(seen.range));
                }
            }
            Pat::Or(or) => {
                for case in &or.cases {
                    self.bind_pattern(case, &Seen::unknown(seen.range));
                }
            }
            _ => {}
        }
        self.ascend();
    }

    /// The types of the tuple that a call of a function of this file gives.
    fn tuple_given(&self, value: &Value) -> Option<&TypeRef> {
        match &value.kind {
            ValueKind::Call(call) => self.names.tuple_of(self.call(*call)?.callee.as_str()),
            ValueKind::Required(inner) => match inner.kind {
                ValueKind::Call(call) => self.names.tuple_of(self.call(call)?.callee.as_str()),
                _ => None,
            },
            _ => None,
        }
    }

    /// Walks the literals of a pattern, which compare.
    pub fn pattern_texts(&mut self, pattern: &Pat) {
        let mut scope = self.scope;
        scope.comparison = true;
        self.scoped(scope, |w| {
            let mut open = vec![pattern];
            while let Some(pattern) = open.pop() {
                match pattern {
                    Pat::Lit(literal) => {
                        let _ = w.literal(&literal.lit);
                    }
                    Pat::Or(or) => open.extend(or.cases.iter()),
                    Pat::Paren(paren) => open.push(&paren.pat),
                    Pat::Reference(reference) => open.push(&reference.pat),
                    Pat::Guard(guard) => open.push(&guard.pat),
                    Pat::Tuple(tuple) => open.extend(tuple.elems.iter()),
                    Pat::TupleStruct(parts) => open.extend(parts.elems.iter()),
                    Pat::Struct(parts) => open.extend(parts.fields.iter().map(|field| &*field.pat)),
                    Pat::Slice(slice) => open.extend(slice.elems.iter()),
                    _ => {}
                }
            }
        });
    }

    /// The names of a pattern as [`crate::facts::code::Call::arms`] lists them, outermost first.
    pub fn pattern_names(&self, pattern: &Pat) -> Vec<String> {
        let mut names = Vec::new();
        let mut open = vec![pattern];
        while let Some(pattern) = open.pop() {
            let path = match pattern {
                Pat::Path(path) => &path.path,
                Pat::TupleStruct(parts) => {
                    open.extend(parts.elems.iter().rev());
                    &parts.path
                }
                Pat::Struct(parts) => {
                    open.extend(parts.fields.iter().rev().map(|field| &*field.pat));
                    &parts.path
                }
                Pat::Ident(ident) => {
                    let name = ident.ident.unraw().to_string();
                    // A name in capitals is a variant or constant; anything else binds.
                    if ident.subpat.is_none() && name.starts_with(char::is_uppercase) {
                        names.push(name);
                    }
                    if let Some((_, inner)) = &ident.subpat {
                        open.push(inner);
                    }
                    continue;
                }
                Pat::Lit(literal) => {
                    if let syn::Lit::Str(text) = &literal.lit {
                        names.push(text.value());
                    }
                    continue;
                }
                Pat::Or(or) => {
                    open.extend(or.cases.iter().rev());
                    continue;
                }
                Pat::Tuple(tuple) => {
                    open.extend(tuple.elems.iter().rev());
                    continue;
                }
                Pat::Paren(paren) => {
                    open.push(&paren.pat);
                    continue;
                }
                Pat::Reference(reference) => {
                    open.push(&reference.pat);
                    continue;
                }
                Pat::Guard(guard) => {
                    open.push(&guard.pat);
                    continue;
                }
                _ => continue,
            };
            if let Some(last) = path.segments.last() {
                names.push(last.ident.unraw().to_string());
            }
        }
        if names.is_empty() {
            names.push("_".to_owned());
        }
        names.truncate(8);
        names
    }
}

/// A part of a value by its name, looked up where the parts are written out.
pub fn part_of(value: &Value, name: &str) -> Value {
    match &value.kind {
        ValueKind::List(parts) => {
            let part = name.parse::<usize>().ok().and_then(|n| parts.get(n));
            part.cloned().unwrap_or_else(|| Value::unknown(value.range))
        }
        ValueKind::Record(_, parts) if parts.iter().any(|(key, _)| key == name) => parts
            .iter()
            .find(|(key, _)| key == name)
            .map_or_else(|| Value::unknown(value.range), |(_, part)| part.clone()),
        ValueKind::Unknown => Value::unknown(value.range),
        _ => bounded(Value::new(value.range, ValueKind::Field(Box::new(value.clone()), name.to_owned()))),
    }
}

pub fn member_name(member: &Member) -> String {
    match member {
        Member::Named(ident) => ident.unraw().to_string(),
        Member::Unnamed(index) => index.index.to_string(),
    }
}

/// A value that stays the same thing when it is changed in place: a builder, a connection.
fn is_handle(value: &Value) -> bool {
    match &value.kind {
        ValueKind::Call(_) | ValueKind::Record(..) | ValueKind::Parameter(_) => true,
        ValueKind::Required(inner) => is_handle(inner),
        _ => false,
    }
}

/// The parts of a tuple pattern that are a name or `_`.
fn parts_of(tuple: &syn::PatTuple) -> impl Iterator<Item = (u32, String, proc_macro2::Span)> {
    tuple.elems.iter().zip(0..).filter_map(|(pattern, part)| match pattern {
        Pat::Wild(wild) => Some((part, "_".to_owned(), wild.underscore_token.span)),
        Pat::Ident(ident) => Some((part, ident.ident.unraw().to_string(), ident.ident.span())),
        _ => None,
    })
}

/// True when one of the statements has `name` in it, the tokens of macros included.
fn mentions(statements: &[Stmt], name: &str) -> bool {
    let mut search = Mentions { name, found: false };
    statements.iter().for_each(|statement| search.visit_stmt(statement));
    search.found
}

struct Mentions<'a> {
    name: &'a str,
    found: bool,
}

impl Mentions<'_> {
    /// Format strings name variables as well: `"{guard:?}"`.
    fn tokens(&mut self, tokens: proc_macro2::TokenStream) {
        let mut open = vec![tokens];
        while let Some(tokens) = open.pop() {
            for token in tokens {
                match token {
                    TokenTree::Group(group) => open.push(group.stream()),
                    TokenTree::Ident(ident) => self.found |= ident == self.name,
                    TokenTree::Literal(literal) => self.found |= literal.to_string().contains(self.name),
                    TokenTree::Punct(_) => {}
                }
            }
        }
    }
}

impl<'ast> Visit<'ast> for Mentions<'_> {
    fn visit_ident(&mut self, ident: &'ast proc_macro2::Ident) {
        self.found |= ident == self.name;
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.tokens(call.tokens.clone());
    }
}

/// The call that gives a value, in front of what stands in for it.
fn first_call(value: &Value) -> Option<u32> {
    match &value.kind {
        ValueKind::Either(parts) => parts.first().and_then(first_call),
        _ => call_of(value),
    }
}
