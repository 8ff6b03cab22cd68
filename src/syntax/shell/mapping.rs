//! Moves every range of a tree through a text map, and hands here-document bodies to their redirects.

use std::collections::BTreeMap;

use super::{Command, CommandKind, Item, Redirect, Script, Word};
use crate::source::{ByteRange, Spanned};
use crate::syntax::text_map::TextMap;

/// Replaces all ranges of `script` by those in the source of `map`.
pub(super) fn remap(script: &mut Script, map: &TextMap) {
    Mapper { range: &mut |range| *range = map.source_range(*range), redirect: &mut |_| {} }.script(script);
}

/// Puts each body into the redirect that starts at its key.
///
/// Bodies are read at the next line end, when their redirect is already inside a finished command.
pub(super) fn attach_heredocs(script: &mut Script, mut bodies: BTreeMap<u32, Spanned<String>>) {
    if bodies.is_empty() {
        return;
    }
    let mut redirect = |redirect: &mut Redirect| {
        if redirect.operator.starts_with("<<") && redirect.operator != "<<<" {
            // A body that is already there was read with the text of a backtick substitution.
            redirect.heredoc = redirect.heredoc.take().or_else(|| bodies.remove(&redirect.range.start));
        }
    };
    Mapper { range: &mut |_| {}, redirect: &mut redirect }.script(script);
}

struct Mapper<'a> {
    range: &'a mut dyn FnMut(&mut ByteRange),
    redirect: &'a mut dyn FnMut(&mut Redirect),
}

// Recursion is bounded by the depth the parser allows.
impl Mapper<'_> {
    fn script(&mut self, script: &mut Script) {
        self.items(&mut script.items);
        for comment in &mut script.comments {
            (self.range)(&mut comment.range);
        }
        for problem in &mut script.problems {
            (self.range)(&mut problem.range);
        }
    }

    fn items(&mut self, items: &mut [Item]) {
        for item in items {
            (self.range)(&mut item.range);
            for command in &mut item.pipeline {
                self.command(command);
            }
        }
    }

    fn command(&mut self, command: &mut Command) {
        (self.range)(&mut command.range);
        for redirect in &mut command.redirects {
            (self.redirect)(redirect);
            (self.range)(&mut redirect.range);
            self.word(&mut redirect.target);
            if let Some(body) = &mut redirect.heredoc {
                (self.range)(&mut body.range);
            }
        }
        match &mut command.kind {
            CommandKind::Simple(simple) => {
                for (name, value) in &mut simple.assignments {
                    (self.range)(&mut name.range);
                    self.word(value);
                }
                for word in &mut simple.words {
                    self.word(word);
                }
            }
            CommandKind::Compound(compound) => {
                for word in &mut compound.words {
                    self.word(word);
                }
                self.items(&mut compound.conditions);
                for body in &mut compound.bodies {
                    self.items(body);
                }
            }
        }
    }

    fn word(&mut self, word: &mut Word) {
        (self.range)(&mut word.range);
        for variable in &mut word.variables {
            (self.range)(&mut variable.range);
        }
        for script in &mut word.substitutions {
            self.script(script);
        }
    }
}
