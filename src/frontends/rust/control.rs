//! Control flow: which conditions and patterns a piece of code stands under, and the few branches that are values.

use syn::{Expr, Pat};

use crate::facts::code::{Scope, inverted};
use crate::facts::value::{Value, ValueKind};
use crate::source::ByteRange;

use super::walker::{Seen, Walker};

/// Longer texts of conditions are cut: every call under a condition carries them.
const MAX_CONDITION: usize = 200;

impl Walker {
    pub fn control(&mut self, expression: &Expr) -> Seen {
        let at = ByteRange::at(self.offset);
        match expression {
            Expr::Block(block) => self.block(&block.block),
            Expr::Unsafe(block) => self.block(&block.block),
            Expr::Const(block) => self.block(&block.block),
            Expr::TryBlock(block) => {
                let seen = self.block(&block.block);
                Seen { never: false, ..seen }
            }
            Expr::Async(block) => {
                let was_inside = std::mem::replace(&mut self.in_closure, true);
                let seen = self.block(&block.block);
                self.in_closure = was_inside;
                Seen { never: false, ..seen }
            }
            Expr::If(branch) => self.branch(branch),
            Expr::Match(matched) => self.matched(matched),
            Expr::Let(test) => self.let_test(test),
            Expr::While(repeat) => {
                let range = self.range(repeat.while_token.span).to(self.pair(repeat.body.brace_token.span));
                self.block_scope(|w| {
                    let (texts, _) = w.condition(&repeat.cond);
                    let outer = w.conditions.len();
                    w.conditions.extend(texts);
                    let _ = w.block(&repeat.body);
                    w.conditions.truncate(outer);
                });
                Seen::unknown(range)
            }
            Expr::Loop(repeat) => {
                let range = self.range(repeat.loop_token.span).to(self.pair(repeat.body.brace_token.span));
                let _ = self.block(&repeat.body);
                Seen::unknown(range)
            }
            Expr::ForLoop(repeat) => {
                let range = self.range(repeat.for_token.span).to(self.pair(repeat.body.brace_token.span));
                let _ = self.expression(&repeat.expr);
                self.block_scope(|w| {
                    w.bind_pattern(&repeat.pat, &Seen::unknown(range));
                    let _ = w.block(&repeat.body);
                });
                Seen::unknown(range)
            }
            Expr::Return(leave) => {
                let start = self.range(leave.return_token.span);
                let seen = match &leave.expr {
                    Some(inner) => self.expression(inner),
                    None => Seen::unknown(start),
                };
                Seen { never: true, range: start.to(seen.range), ..seen }
            }
            Expr::Break(leave) => {
                let start = self.range(leave.break_token.span);
                if let Some(inner) = &leave.expr {
                    let _ = self.expression(inner);
                }
                Seen { never: true, ..Seen::unknown(start) }
            }
            Expr::Continue(leave) => {
                Seen { never: true, ..Seen::unknown(self.range(leave.continue_token.span)) }
            }
            Expr::Range(range) => {
                let start = range.start.as_ref().map(|start| self.expression(start).range);
                let end = range.end.as_ref().map(|end| self.expression(end).range);
                match (start, end) {
                    (Some(start), Some(end)) => Seen::unknown(start.to(end)),
                    (Some(one), None) | (None, Some(one)) => Seen::unknown(one),
                    (None, None) => Seen::unknown(at),
                }
            }
            Expr::Yield(given) => {
                if let Some(inner) = &given.expr {
                    let _ = self.expression(inner);
                }
                Seen::unknown(self.range(given.yield_token.span))
            }
            Expr::Verbatim(tokens) => {
                self.scan(tokens.clone());
                Seen::unknown(at)
            }
            _ => Seen::unknown(at),
        }
    }

    /// Walks a condition; gives the names and literals read in each of its `&&` parts, and what a `cfg!` in it says.
    fn condition(&mut self, condition: &Expr) -> (Vec<String>, Scope) {
        let texts = conjuncts(condition).into_iter().map(|part| self.condition_part(part)).collect();
        (texts, self.cfg_of(condition))
    }

    fn condition_part(&mut self, part: &Expr) -> String {
        let outer = self.reads.replace(Vec::new());
        let _ = self.expression(part);
        let reads = std::mem::replace(&mut self.reads, outer).unwrap_or_default();
        let mut text = String::new();
        for read in reads {
            if text.len() + read.len() >= MAX_CONDITION {
                break;
            }
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&read);
        }
        if is_negated(part) { inverted(&text) } else { text }
    }

    /// What a condition says that is `cfg!(…)`, or has one among its `&&` parts.
    fn cfg_of(&self, condition: &Expr) -> Scope {
        match condition {
            Expr::Macro(call) if call.mac.path.is_ident("cfg") => call
                .mac
                .parse_body::<syn::Meta>()
                .map(|predicate| super::scopes::predicate_scope(&predicate, 0))
                .unwrap_or_default(),
            Expr::Binary(binary) if matches!(binary.op, syn::BinOp::And(_)) => {
                let mut scope = self.cfg_of(&binary.right);
                if matches!(&*binary.left, Expr::Macro(_)) {
                    scope = super::scopes::joined(scope, self.cfg_of(&binary.left));
                }
                scope
            }
            _ => Scope::default(),
        }
    }

    /// `let pattern = value` as a condition: names bound here live until the enclosing block scope ends.
    fn let_test(&mut self, test: &syn::ExprLet) -> Seen {
        let start = self.range(test.let_token.span);
        let seen = self.expression(&test.expr);
        self.pattern_texts(&test.pat);
        let range = start.to(seen.range);
        self.bind_pattern(&test.pat, &seen);
        self.tested = seen.value;
        Seen::unknown(range)
    }

    fn branch(&mut self, first: &syn::ExprIf) -> Seen {
        // `else if` chains are as deep as they are long: a loop, with the failed conditions in force.
        let mut branch = first;
        let mut failed = 0;
        let mut plain: Option<(Seen, Value)>;
        let mut end;
        let mut all_never = true;
        let mut left = None;
        let result = loop {
            let (then, texts, tested) = self.block_scope(|w| {
                let (texts, cfg) = w.condition(&branch.cond);
                let tested = std::mem::take(&mut w.tested);
                let patterns = w.let_patterns(&branch.cond);
                let arms = w.arms.len();
                w.arms.extend(patterns.into_iter().rev());
                let outer = w.conditions.len();
                w.conditions.extend(texts.iter().cloned());
                let scope = super::scopes::joined(w.scope, cfg);
                let then = w.scoped(scope, |w| w.block(&branch.then_branch));
                w.conditions.truncate(outer);
                w.arms.truncate(arms);
                (then, texts, tested)
            });
            end = then.range;
            let then_never = then.never;
            all_never &= then_never;
            if failed == 0 && is_opening_test(&branch.cond) {
                plain = Some((then, tested));
            } else {
                plain = None;
            }
            let Some((_, otherwise)) = &branch.else_branch else {
                let tells = failed == 0 && then_never && !has_let(&branch.cond);
                left = tells.then(|| none_of(&texts));
                all_never = false;
                break None;
            };
            self.conditions.push(none_of(&texts));
            failed += 1;
            match &**otherwise {
                Expr::If(next) => branch = next,
                otherwise => {
                    let otherwise = self.expression(otherwise);
                    end = otherwise.range;
                    all_never &= otherwise.never;
                    let plain = plain.map(|(then, tested)| self.fallback(then, otherwise, &tested, end));
                    break plain;
                }
            }
        };
        let kept = self.conditions.len().saturating_sub(failed);
        self.conditions.truncate(kept);
        let range = self.range(first.if_token.span).to(end);
        self.left = left;
        let mut seen = result.unwrap_or_else(|| Seen::unknown(range)).at(range);
        seen.never = all_never;
        seen
    }

    /// The pattern names of the `let`s in a condition.
    fn let_patterns(&self, condition: &Expr) -> Vec<String> {
        let mut names = Vec::new();
        let mut open = vec![condition];
        while let Some(part) = open.pop() {
            match part {
                Expr::Let(test) => names.extend(self.pattern_names(&test.pat)),
                Expr::Binary(binary) => open.extend([&*binary.right, &*binary.left]),
                _ => {}
            }
        }
        names
    }

    fn matched(&mut self, matched: &syn::ExprMatch) -> Seen {
        let range = self.range(matched.match_token.span).to(self.pair(matched.brace_token.span));
        let subject = self.expression(&matched.expr);
        let mut results = Vec::new();
        for arm in &matched.arms {
            self.node_region(arm);
            let seen = self.under(&arm.attrs, |w| w.arm(arm, &subject));
            results.push((opens(&arm.pat), seen));
        }
        let never = !results.is_empty() && results.iter().all(|(_, seen)| seen.never);
        let mut results = results.into_iter();
        let seen = match (results.next(), results.next(), results.next()) {
            (Some((Some(true), value)), Some((Some(false) | None, other)), None) => {
                self.fallback(value, other, &subject.value, range)
            }
            (Some((Some(false), other)), Some((Some(true), value)), None) => {
                self.fallback(value, other, &subject.value, range)
            }
            _ => Seen::unknown(range),
        };
        Seen { never, range, ..seen }
    }

    /// A value and what stands in for it; unknown when the value was not made from what was tested.
    fn fallback(&mut self, value: Seen, otherwise: Seen, tested: &Value, range: ByteRange) -> Seen {
        if value.is_unknown() || value.never {
            return Seen::unknown(range);
        }
        let derived = self.derives(&value.value, tested);
        if otherwise.never {
            return if derived { self.require(value, range) } else { value.at(range) };
        }
        if !derived {
            return Seen::unknown(range);
        }
        let written = value.written.or(otherwise.written);
        let value = either(value.value, otherwise.value, range);
        self.note_fallback(&value);
        Seen { value, range, written, ..Seen::default() }
    }

    /// True when `value` is `tested`, opened, or what a call makes of it.
    fn derives(&self, value: &Value, tested: &Value) -> bool {
        let is_origin = |value: &Value| peeled(value).kind == peeled(tested).kind;
        if is_origin(value) || value.parts().into_iter().any(is_origin) {
            return peeled(tested).kind != ValueKind::Unknown;
        }
        let call = super::expressions::call_of(value).and_then(|call| self.call(call));
        call.is_some_and(|call| {
            call.receiver.iter().chain(call.arguments.iter().map(|argument| &argument.value)).any(is_origin)
        })
    }

    fn arm(&mut self, arm: &syn::Arm, subject: &Seen) -> Seen {
        self.block_scope(|w| {
            w.pattern_texts(&arm.pat);
            w.bind_pattern(&arm.pat, subject);
            let arms = w.arms.len();
            let names = w.pattern_names(&arm.pat);
            w.arms.extend(names.into_iter().rev());
            let outer = w.conditions.len();
            if let Pat::Guard(guard) = &arm.pat {
                let (texts, _) = w.condition(&guard.guard);
                w.conditions.extend(texts);
            }
            let seen = w.expression(&arm.body);
            w.conditions.truncate(outer);
            w.arms.truncate(arms);
            seen
        })
    }
}

/// The parts of a condition that are joined by `&&`, in order.
fn conjuncts(condition: &Expr) -> Vec<&Expr> {
    let mut parts = Vec::new();
    let mut rest = condition;
    while let Expr::Binary(binary) = rest
        && matches!(binary.op, syn::BinOp::And(_))
    {
        parts.push(&*binary.right);
        rest = &binary.left;
    }
    parts.push(rest);
    parts.reverse();
    parts
}

/// True for `!x` and `a != b`, an odd number of times.
fn is_negated(condition: &Expr) -> bool {
    let mut negated = false;
    let mut rest = condition;
    loop {
        match rest {
            Expr::Paren(inner) => rest = &inner.expr,
            Expr::Group(inner) => rest = &inner.expr,
            Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Not(_)) => {
                negated = !negated;
                rest = &unary.expr;
            }
            Expr::Binary(binary) => return negated != matches!(binary.op, syn::BinOp::Ne(_)),
            _ => return negated,
        }
    }
}

/// What holds where not all of `texts` do.
fn none_of(texts: &[String]) -> String {
    match texts {
        [only] => inverted(only),
        several => {
            let plain: Vec<&str> = several.iter().map(|t| t.strip_prefix("not ").unwrap_or(t)).collect();
            inverted(&plain.join(" "))
        }
    }
}

/// True when a part of a condition is a `let`.
fn has_let(condition: &Expr) -> bool {
    conjuncts(condition).into_iter().any(|part| matches!(part, Expr::Let(_)))
}

/// `if let Ok(x) = …` or `if let Some(x) = …`.
fn is_opening_test(condition: &Expr) -> bool {
    matches!(condition, Expr::Let(test) if opens(&test.pat) == Some(true))
}

/// True for the pattern of a present value, false for that of an absent one.
fn opens(pattern: &Pat) -> Option<bool> {
    let last = |path: &syn::Path| path.segments.last().map(|segment| segment.ident.to_string());
    match pattern {
        Pat::TupleStruct(parts) => match last(&parts.path)?.as_str() {
            "Ok" | "Some" => Some(true),
            "Err" => Some(false),
            _ => None,
        },
        Pat::Ident(ident) if ident.ident == "None" => Some(false),
        Pat::Path(path) if last(&path.path).as_deref() == Some("None") => Some(false),
        Pat::Wild(_) => Some(false),
        _ => None,
    }
}

/// A value and its fallback, flat.
pub fn either(value: Value, otherwise: Value, range: ByteRange) -> Value {
    let mut parts = match value.kind {
        ValueKind::Either(parts) => parts,
        kind => vec![Value::new(value.range, kind)],
    };
    match otherwise.kind {
        ValueKind::Either(more) => parts.extend(more),
        kind => parts.push(Value::new(otherwise.range, kind)),
    }
    Value::new(range, ValueKind::Either(parts))
}

fn peeled(value: &Value) -> &Value {
    match &value.kind {
        ValueKind::Required(inner) => peeled(inner),
        _ => value,
    }
}
