//! Expressions as values.
//!
//! Chains (`a.b()?.c()`, `a + b + c`) are walked with a loop; only nesting recurses, and [`Walker::descend`] bounds it.

use syn::ext::IdentExt;
use syn::{Attribute, BinOp, Expr, Lit, UnOp};

use crate::facts::code::CallKind;
use crate::facts::name::QName;
use crate::facts::value::{Value, ValueKind};
use crate::source::ByteRange;

use super::body::{member_name, part_of};
use super::names::segments_of;
use super::types::TypeRef;
use super::walker::{Seen, Walker, bounded, holds_parameter};

impl Walker {
    /// Walks an expression.
    pub fn expression(&mut self, expression: &Expr) -> Seen {
        if !self.descend(ByteRange::at(self.offset)) {
            return Seen::unknown(ByteRange::at(self.offset));
        }
        let mut seen = match expression {
            Expr::MethodCall(_) | Expr::Try(_) | Expr::Await(_) | Expr::Field(_) => self.chain(expression),
            Expr::Binary(_) => self.binary(expression),
            _ => self.simple(expression),
        };
        seen.value = bounded(seen.value);
        self.ascend();
        seen
    }

    /// `base.method()?.field.await…`: the links are applied from the inside out.
    fn chain(&mut self, expression: &Expr) -> Seen {
        let mut links = Vec::new();
        let mut base = expression;
        loop {
            let inner = match base {
                Expr::MethodCall(call) => &*call.receiver,
                Expr::Try(tried) => &*tried.expr,
                Expr::Await(wait) => &*wait.base,
                Expr::Field(field) => &*field.base,
                _ => break,
            };
            links.push(base);
            base = inner;
        }
        let mut seen = self.expression(base);
        for link in links.into_iter().rev() {
            seen = match link {
                Expr::MethodCall(call) => self.method_call(call, seen),
                Expr::Try(tried) => {
                    let range = seen.range.to(self.range(tried.question_token.span));
                    // `x.ok()?` gives up the function's optional result, and not the program.
                    let optional = matches!(&*tried.expr, Expr::MethodCall(inner) if inner.method == "ok");
                    if optional { required(seen, range) } else { self.require(seen, range) }
                }
                Expr::Await(wait) => {
                    if let Some(call) = call_of(&seen.value)
                        && let Some(call) = self.call_mut(call)
                    {
                        call.awaited = true;
                    }
                    let range = seen.range.to(self.range(wait.await_token.span));
                    seen.at(range)
                }
                Expr::Field(field) => self.field(field, seen),
                _ => seen,
            };
            seen.value = bounded(seen.value);
        }
        seen
    }

    fn field(&mut self, field: &syn::ExprField, base: Seen) -> Seen {
        let name = member_name(&field.member);
        let end = match &field.member {
            syn::Member::Named(ident) => self.range(ident.span()),
            syn::Member::Unnamed(index) => self.range(index.span),
        };
        let range = base.range.to(end);
        if self.reads.is_some() {
            self.note_read(name.clone());
        }
        let written = base.written.as_ref().and_then(|ty| {
            let ty = ty.behind_pointers();
            let tuple =
                (ty.name == "()").then(|| name.parse::<usize>().ok().and_then(|n| ty.arguments.get(n)));
            tuple.flatten().or_else(|| self.names.field_type(&ty.name, &name)).cloned()
        });
        let value = match part_of(&base.value, &name) {
            // A part of something unknown is still worth its name.
            value if value.kind == ValueKind::Unknown && matches!(base.value.kind, ValueKind::Unknown) => {
                Value::new(range, ValueKind::Field(Box::new(base.value), name))
            }
            value => value,
        };
        Seen { value, range, written, ..Seen::default() }
    }

    fn binary(&mut self, expression: &Expr) -> Seen {
        let mut links = Vec::new();
        let mut base = expression;
        while let Expr::Binary(binary) = base {
            links.push(binary);
            base = &binary.left;
        }
        let compares = links.last().is_some_and(|first| is_comparison(&first.op));
        let mut seen = self.operand(base, compares);
        for link in links.into_iter().rev() {
            let right = self.operand(&link.right, is_comparison(&link.op));
            seen = combined(seen, &link.op, right);
            seen.value = bounded(seen.value);
        }
        seen
    }

    fn operand(&mut self, expression: &Expr, compares: bool) -> Seen {
        let mut scope = self.scope;
        scope.comparison |= compares;
        self.scoped(scope, |w| w.expression(expression))
    }

    fn simple(&mut self, expression: &Expr) -> Seen {
        match expression {
            Expr::Lit(literal) => self.literal(&literal.lit),
            Expr::Path(path) => self.path(path),
            Expr::Call(call) => self.function_call(call),
            Expr::Macro(call) => self.macro_call(&call.mac),
            Expr::Paren(paren) => {
                let range = self.pair(paren.paren_token.span);
                self.expression(&paren.expr).at(range)
            }
            Expr::Group(group) => self.expression(&group.expr),
            Expr::Reference(reference) => {
                let start = self.range(reference.and_token.spans[0]);
                let seen = self.expression(&reference.expr);
                let range = start.to(seen.range);
                seen.at(range)
            }
            Expr::RawAddr(address) => self.expression(&address.expr),
            Expr::Cast(cast) => {
                let seen = self.expression(&cast.expr);
                let end = self.range(cast.as_token.span);
                let range = seen.range.to(end);
                let written = Some(self.names.type_ref(&cast.ty, self.frame, self.self_type.as_ref()));
                Seen { written, range, ..seen }
            }
            Expr::Unary(unary) => self.unary(unary),
            Expr::Array(array) => {
                let range = self.pair(array.bracket_token.span);
                let parts = array.elems.iter().map(|part| self.expression(part).value).collect();
                Seen::new(range, ValueKind::List(parts))
            }
            Expr::Tuple(tuple) => {
                let range = self.pair(tuple.paren_token.span);
                let parts = tuple.elems.iter().map(|part| self.expression(part).value).collect();
                Seen::new(range, ValueKind::List(parts))
            }
            Expr::Repeat(repeat) => {
                let range = self.pair(repeat.bracket_token.span);
                let part = self.expression(&repeat.expr).value;
                let _ = self.expression(&repeat.len);
                Seen::new(range, ValueKind::Repeat(Box::new(part)))
            }
            Expr::Struct(literal) => self.struct_literal(literal),
            Expr::Index(index) => self.index(index),
            Expr::Assign(assign) => self.assign(assign),
            Expr::Closure(closure) => self.closure(closure, None),
            _ => self.control(expression),
        }
    }

    pub fn pair(&self, span: proc_macro2::extra::DelimSpan) -> ByteRange {
        self.range(span.open()).to(self.range(span.close()))
    }

    /// A literal; string literals with a scheme are remembered.
    pub fn literal(&mut self, literal: &Lit) -> Seen {
        let range = self.range(literal.span());
        let kind = match literal {
            Lit::Str(text) => ValueKind::Text(text.value()),
            Lit::ByteStr(bytes) => ValueKind::Text(String::from_utf8_lossy(&bytes.value()).into_owned()),
            Lit::CStr(text) => ValueKind::Text(text.value().to_string_lossy().into_owned()),
            Lit::Char(char) => ValueKind::Text(char.value().to_string()),
            Lit::Byte(byte) => ValueKind::Integer(i64::from(byte.value())),
            Lit::Int(number) => match number.base10_parse::<i64>() {
                Ok(number) => ValueKind::Integer(number),
                Err(_) => ValueKind::Unknown,
            },
            Lit::Bool(value) => ValueKind::Boolean(value.value),
            _ => ValueKind::Unknown,
        };
        if let ValueKind::Text(text) = &kind {
            self.note_text(text, range, false);
            if self.reads.is_some() {
                self.note_read(text.clone());
            }
        }
        Seen::new(range, kind)
    }

    fn path(&mut self, path: &syn::ExprPath) -> Seen {
        let range = self.path_range(&path.path);
        if path.qself.is_none()
            && let Some(ident) = path.path.get_ident()
        {
            let name = ident.unraw().to_string();
            if self.reads.is_some() {
                self.note_read(name.clone());
            }
            if let Some(seen) = self.variable(&name) {
                return seen.at(range);
            }
            if name == "self"
                && let Some(own) = &self.self_type
            {
                let kind = ValueKind::Name(QName::new(own.method_path()));
                return Seen { written: Some(own.clone()), ..Seen::new(range, kind) };
            }
        }
        let name = self.qualified(&path.path, path.qself.as_ref());
        if self.reads.is_some() && path.path.segments.len() > 1 {
            self.note_read(name.clone());
        }
        Seen::new(range, ValueKind::Name(QName::new(name)))
    }

    /// What a local variable holds; nothing when there is none of that name.
    pub fn variable(&self, name: &str) -> Option<Seen> {
        let local = self.local(name)?;
        let mut seen = local.seen.clone();
        // Parameters are counted per function: one of the function around a closure has no number here.
        if local.owner != self.function && holds_parameter(&seen.value) {
            seen.value = Value::unknown(seen.value.range);
        }
        seen.never = false;
        Some(seen)
    }

    pub fn path_range(&self, path: &syn::Path) -> ByteRange {
        let mut segments = path.segments.iter();
        let Some(first) = segments.next() else { return ByteRange::at(self.offset) };
        let mut range = self.range(first.ident.span());
        if let Some(last) = path.segments.last() {
            range = range.to(self.range(last.ident.span()));
            if let syn::PathArguments::AngleBracketed(generic) = &last.arguments {
                range = range.to(self.range(generic.gt_token.spans[0]));
            }
        }
        range
    }

    /// The resolved name of a path; `Self` and `<T>::` become the type.
    pub fn qualified(&self, path: &syn::Path, qself: Option<&syn::QSelf>) -> String {
        let mut segments = segments_of(path);
        if let Some(qself) = qself
            && qself.position == 0
        {
            let own = self.names.type_ref(&qself.ty, self.frame, self.self_type.as_ref());
            segments.retain(|segment| !segment.is_empty());
            return format!("{}::{}", own.method_path(), segments.join("::"));
        }
        if let (Some("Self"), Some(own)) = (segments.first().map(String::as_str), &self.self_type) {
            let own = own.method_path();
            return match segments.get(1..) {
                Some(rest) if !rest.is_empty() => format!("{own}::{}", rest.join("::")),
                _ => own.to_owned(),
            };
        }
        let is_generic = segments.first().is_some_and(|first| self.generics.contains(first));
        if is_generic {
            return format!("?{}", segments.join("::"));
        }
        self.names.path_name(&segments, self.frame)
    }

    fn unary(&mut self, unary: &syn::ExprUnary) -> Seen {
        // Prefix operators nest as deep as they are long; the bound on prefix runs holds.
        let start = match &unary.op {
            UnOp::Deref(token) => self.range(token.spans[0]),
            UnOp::Not(token) => self.range(token.spans[0]),
            UnOp::Neg(token) => self.range(token.spans[0]),
            _ => ByteRange::at(self.offset),
        };
        let seen = self.expression(&unary.expr);
        let range = start.to(seen.range);
        match (&unary.op, &seen.value.kind) {
            (UnOp::Deref(_), _) => seen.at(range),
            (UnOp::Neg(_), ValueKind::Integer(number)) => {
                Seen::new(range, ValueKind::Integer(number.saturating_neg()))
            }
            (UnOp::Not(_), ValueKind::Boolean(value)) => Seen::new(range, ValueKind::Boolean(!value)),
            _ => Seen::unknown(range),
        }
    }

    fn struct_literal(&mut self, literal: &syn::ExprStruct) -> Seen {
        let start = self.path_range(&literal.path);
        let range = start.to(self.pair(literal.brace_token.span));
        let name = self.qualified(&literal.path, literal.qself.as_ref());
        let mut parts = Vec::new();
        for field in &literal.fields {
            let value = self.under(&field.attrs, |w| w.expression(&field.expr)).value;
            parts.push((member_name(&field.member), value));
        }
        if let Some(rest) = &literal.rest {
            let value = self.expression(rest).value;
            parts.push(("..".to_owned(), value));
        }
        let written = Some(TypeRef::plain(name.clone()));
        Seen { written, ..Seen::new(range, ValueKind::Record(QName::new(name), parts)) }
    }

    fn index(&mut self, index: &syn::ExprIndex) -> Seen {
        let base = self.expression(&index.expr);
        let range = base.range.to(self.pair(index.bracket_token.span));
        if let Expr::Range(inner) = &*index.index
            && inner.start.is_none()
            && inner.end.is_none()
        {
            return base.at(range);
        }
        let key = self.expression(&index.index);
        let name = match key.value.kind {
            ValueKind::Text(text) => text,
            ValueKind::Integer(number) => number.to_string(),
            _ => return Seen::unknown(range),
        };
        Seen { value: part_of(&base.value, &name), range, ..Seen::default() }
    }

    fn assign(&mut self, assign: &syn::ExprAssign) -> Seen {
        let Expr::Field(field) = &*assign.left else {
            let target = self.expression(&assign.left);
            let value = self.expression(&assign.right);
            return Seen::unknown(target.range.to(value.range));
        };
        let base = self.expression(&field.base);
        let name = member_name(&field.member);
        let callee = QName::new(format!("{}{name}", self.receiver_prefix(&base)));
        let name_range = match &field.member {
            syn::Member::Named(ident) => self.range(ident.span()),
            syn::Member::Unnamed(index) => self.range(index.span),
        };
        let call = self.reserve(CallKind::Assignment, callee, name_range);
        let value = self.expression(&assign.right);
        let range = base.range.to(name_range).to(value.range);
        let argument = crate::facts::code::Argument { name: None, value: value.value };
        self.fill(call, range, Some(base.value), vec![argument]);
        Seen::unknown(range)
    }

    pub fn closure_range(&self, closure: &syn::ExprClosure) -> ByteRange {
        let start = self.range(closure.inputs_begin.spans[0]);
        let body = match &*closure.body {
            Expr::Block(block) => self.range(block.block.brace_token.span.close()),
            _ => self.range(closure.inputs_end.spans[0]),
        };
        start.to(body)
    }

    /// A closure; its first parameter holds `input` where the caller knows what is passed.
    pub fn closure(&mut self, closure: &syn::ExprClosure, input: Option<&Seen>) -> Seen {
        let range = self.closure_range(closure);
        let was_inside = std::mem::replace(&mut self.in_closure, true);
        let body = self.block_scope(|w| {
            for (n, pattern) in closure.inputs.iter().enumerate() {
                let seen = match input {
                    Some(input) if n == 0 => input.clone(),
                    _ => Seen { written: w.pattern_type(pattern), ..Seen::unknown(range) },
                };
                w.bind_pattern(pattern, &seen);
            }
            w.expression(&closure.body)
        });
        self.in_closure = was_inside;
        let range = range.to(body.range);
        let mut seen = Seen::new(range, ValueKind::Closure(Box::new(body.value)));
        seen.never = body.never;
        seen
    }
}

impl Walker {
    /// The value with the process failing where it is absent, noted at the call that gives it.
    pub fn require(&mut self, seen: Seen, range: ByteRange) -> Seen {
        if let Some(call) = call_of(&seen.value).and_then(|call| self.call_mut(call)) {
            call.required = true;
        }
        required(seen, range)
    }
}

/// The value with the process failing where it is absent.
pub fn required(seen: Seen, range: ByteRange) -> Seen {
    let kind = match seen.value.kind {
        kind @ (ValueKind::Unknown
        | ValueKind::Text(_)
        | ValueKind::Integer(_)
        | ValueKind::Boolean(_)
        | ValueKind::Required(_)
        | ValueKind::Join(_)) => kind,
        kind => ValueKind::Required(Box::new(Value::new(seen.value.range, kind))),
    };
    let value = Value::new(seen.value.range, kind);
    Seen { value, range, written: seen.written.map(TypeRef::opened), converted: seen.converted, never: false }
}

/// The call a value comes from.
pub fn call_of(value: &Value) -> Option<u32> {
    match &value.kind {
        ValueKind::Call(call) => Some(*call),
        ValueKind::Required(inner) => call_of(inner),
        _ => None,
    }
}

fn is_comparison(op: &BinOp) -> bool {
    matches!(op, BinOp::Eq(_) | BinOp::Ne(_) | BinOp::Lt(_) | BinOp::Le(_) | BinOp::Gt(_) | BinOp::Ge(_))
}

fn combined(left: Seen, op: &BinOp, right: Seen) -> Seen {
    let range = left.range.to(right.range);
    let integers = match (&left.value.kind, &right.value.kind) {
        (ValueKind::Integer(a), ValueKind::Integer(b)) => Some((*a, *b)),
        _ => None,
    };
    let number = match (op, integers) {
        (BinOp::Add(_), Some((a, b))) => a.checked_add(b),
        (BinOp::Sub(_), Some((a, b))) => a.checked_sub(b),
        (BinOp::Mul(_), Some((a, b))) => a.checked_mul(b),
        (BinOp::Div(_), Some((a, b))) => a.checked_div(b),
        (BinOp::Shl(_), Some((a, b))) => u32::try_from(b).ok().and_then(|b| a.checked_shl(b)),
        _ => None,
    };
    if let Some(number) = number {
        return Seen::new(range, ValueKind::Integer(number));
    }
    let is_number = |seen: &Seen| matches!(seen.value.kind, ValueKind::Integer(_) | ValueKind::Unknown);
    if !matches!(op, BinOp::Add(_)) || (is_number(&left) && is_number(&right)) {
        return Seen::unknown(range);
    }
    if matches!(left.value.kind, ValueKind::Integer(_)) || matches!(right.value.kind, ValueKind::Integer(_)) {
        return Seen::unknown(range);
    }
    let mut parts = match left.value.kind {
        ValueKind::Join(parts) => parts,
        kind => vec![Value::new(left.value.range, kind)],
    };
    parts.push(right.value);
    Seen::new(range, ValueKind::Join(parts))
}

/// The attributes of an expression that stands as a statement.
pub fn attributes_of(expression: &Expr) -> &[Attribute] {
    match expression {
        Expr::Block(inner) => &inner.attrs,
        Expr::Call(inner) => &inner.attrs,
        Expr::If(inner) => &inner.attrs,
        Expr::Macro(inner) => &inner.attrs,
        Expr::Match(inner) => &inner.attrs,
        Expr::MethodCall(inner) => &inner.attrs,
        Expr::Unsafe(inner) => &inner.attrs,
        Expr::Assign(inner) => &inner.attrs,
        Expr::Await(inner) => &inner.attrs,
        Expr::Try(inner) => &inner.attrs,
        Expr::Return(inner) => &inner.attrs,
        Expr::ForLoop(inner) => &inner.attrs,
        Expr::While(inner) => &inner.attrs,
        Expr::Loop(inner) => &inner.attrs,
        _ => &[],
    }
}
