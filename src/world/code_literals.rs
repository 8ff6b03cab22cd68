//! Text literals of source code, each with the name it is bound to.

use crate::facts::code::CodeFacts;
use crate::facts::value::{Value, ValueKind};
use crate::source::ByteRange;

/// A text literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextLiteral<'f> {
    /// Its text.
    pub text: &'f str,
    /// Where it stands.
    pub range: ByteRange,
    /// The constant, keyword or part of a struct that it is the value of; empty when it is none's.
    pub name: &'f str,
    /// It is compared with something, or is a pattern or the text of a message.
    pub aside: bool,
    /// What is called with it; empty for constants.
    pub callee: &'f str,
}

/// How deep a value is looked into.
const DEPTH: usize = 6;

/// The text literals of at least `length` bytes outside tests, in no particular order.
pub fn text_literals(facts: &CodeFacts, length: usize) -> Vec<TextLiteral<'_>> {
    let mut found = Vec::new();
    for constant in facts.constants.iter().filter(|c| !c.scope.test && !c.scope.debug_only) {
        let base = Base { name: &constant.name.value, aside: false, callee: "", length };
        base.gather(&constant.value, DEPTH, &mut found);
    }
    for call in facts.calls.iter().filter(|c| !c.scope.test && !c.scope.debug_only) {
        let aside = call.scope.message || call.scope.comparison;
        for argument in &call.arguments {
            let name = argument.name.as_deref().unwrap_or("");
            let base = Base { name, aside, callee: call.callee.as_str(), length };
            base.gather(&argument.value, DEPTH, &mut found);
        }
    }
    for function in facts.functions.iter().filter(|f| !f.scope.test && !f.scope.debug_only) {
        if let Some(value) = &function.result {
            Base { name: "", aside: false, callee: "", length }.gather(value, DEPTH, &mut found);
        }
    }
    found
}

#[derive(Clone, Copy)]
struct Base<'f> {
    name: &'f str,
    aside: bool,
    callee: &'f str,
    length: usize,
}

impl<'f> Base<'f> {
    fn gather(self, value: &'f Value, depth: usize, into: &mut Vec<TextLiteral<'f>>) {
        let Some(depth) = depth.checked_sub(1) else { return };
        match &value.kind {
            ValueKind::Text(text) if text.len() >= self.length => into.push(TextLiteral {
                text,
                range: value.range,
                name: self.name,
                aside: self.aside,
                callee: self.callee,
            }),
            ValueKind::Record(_, parts) => {
                parts.iter().for_each(|(name, part)| Base { name, ..self }.gather(part, depth, into));
            }
            _ => value.parts().into_iter().for_each(|part| self.gather(part, depth, into)),
        }
    }
}
