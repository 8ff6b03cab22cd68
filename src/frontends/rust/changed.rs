//! Which locals of a body are not what they were bound to.

use std::collections::BTreeSet;

use syn::ext::IdentExt;
use syn::visit::Visit;
use syn::{Block, Expr, Item};

/// Names of locals that a body assigns to or changes in place.
///
/// `app = app.route(…)` is a builder at work and no change. Shadowing is not looked at: one name, one answer.
pub fn changed_names(block: &Block) -> Changed {
    let mut changed = Changed::default();
    changed.visit_block(block);
    changed
}

/// Names of changed locals.
#[derive(Clone, Debug, Default)]
pub struct Changed {
    /// Assigned a new value.
    pub assigned: BTreeSet<String>,
    /// Changed through a method or a mutable reference.
    pub in_place: BTreeSet<String>,
}

impl<'a> Visit<'a> for Changed {
    fn visit_expr_assign(&mut self, assign: &'a syn::ExprAssign) {
        if let Some(name) = root_name(&assign.left, false)
            && root_name(&assign.right, true).as_ref() != Some(&name)
        {
            self.assigned.insert(name);
        }
        syn::visit::visit_expr(self, &assign.right);
    }

    fn visit_expr_binary(&mut self, binary: &'a syn::ExprBinary) {
        use syn::BinOp::{AddAssign, DivAssign, MulAssign, SubAssign};
        // Without recursion on the left: `a + b + c + …` is as deep as it is long.
        let mut binary = binary;
        loop {
            if matches!(binary.op, AddAssign(_) | SubAssign(_) | MulAssign(_) | DivAssign(_))
                && let Some(name) = root_name(&binary.left, false)
            {
                self.assigned.insert(name);
            }
            self.visit_expr(&binary.right);
            match &*binary.left {
                Expr::Binary(left) => binary = left,
                left => return self.visit_expr(left),
            }
        }
    }

    fn visit_expr_method_call(&mut self, call: &'a syn::ExprMethodCall) {
        let mut call = call;
        loop {
            if is_mutator(&call.method)
                && let Some(name) = root_name(&call.receiver, false)
            {
                self.in_place.insert(name);
            }
            for argument in &call.args {
                self.visit_expr(argument);
            }
            match &*call.receiver {
                Expr::MethodCall(inner) => call = inner,
                receiver => return self.visit_expr(receiver),
            }
        }
    }

    fn visit_expr_reference(&mut self, reference: &'a syn::ExprReference) {
        if reference.mutability.is_some()
            && let Some(name) = root_name(&reference.expr, false)
        {
            self.in_place.insert(name);
        }
        syn::visit::visit_expr(self, &reference.expr);
    }

    fn visit_item(&mut self, _: &'a Item) {}

    fn visit_attribute(&mut self, _: &'a syn::Attribute) {}

    fn visit_type(&mut self, _: &'a syn::Type) {}
}

fn is_mutator(method: &syn::Ident) -> bool {
    const NAMES: [&str; 14] = [
        "push",
        "push_str",
        "insert",
        "insert_str",
        "clear",
        "extend",
        "extend_from_slice",
        "append",
        "truncate",
        "retain",
        "replace_range",
        "drain",
        "pop",
        "remove",
    ];
    NAMES.iter().any(|name| method == name)
}

/// The local an expression starts with; through calls only when `through_calls`.
fn root_name(expression: &Expr, through_calls: bool) -> Option<String> {
    let mut expression = expression;
    loop {
        expression = match expression {
            Expr::Path(path) => return path.path.get_ident().map(|ident| ident.unraw().to_string()),
            Expr::MethodCall(call) if through_calls => &call.receiver,
            Expr::Await(wait) if through_calls => &wait.base,
            Expr::Try(tried) if through_calls => &tried.expr,
            Expr::Paren(paren) => &paren.expr,
            Expr::Unary(unary) if matches!(unary.op, syn::UnOp::Deref(_)) => &unary.expr,
            _ => return None,
        };
    }
}
