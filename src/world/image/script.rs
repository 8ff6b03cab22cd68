//! Walks shell scripts: which commands run, how, and under which conditions.

use std::collections::BTreeMap;

use crate::source::{ByteRange, FileId, Span};
use crate::syntax::shell::{Command, Item, Word};
use crate::syntax::shell_replacement::is_quick_builtin;

use super::expand::{DEPTH, Expander, Frame, start_word};
use super::files::join;
use super::model::{Condition, Position, StartRedirect, StartWord};

/// A script being walked.
pub(super) struct Walk<'s> {
    pub file: FileId,
    pub functions: BTreeMap<&'s str, &'s [Item]>,
    pub arguments: Vec<StartWord>,
    /// The command that takes the shell's place without `exec`.
    pub replaced_by: Option<ByteRange>,
}

impl Expander<'_> {
    pub(super) fn list(&mut self, items: &[Item], walk: &Walk<'_>, frame: &Frame) {
        // Functions that call themselves twice must not be followed for ever.
        if frame.depth > DEPTH || !self.spend() {
            self.out.complete = false;
            return;
        }
        let last = items.iter().rposition(|item| !ends_quickly(item, &walk.functions));
        let mut folder = frame.folder.clone();
        let mut previous: Option<&Item> = None;
        for (at, item) in items.iter().enumerate() {
            use crate::syntax::shell::Connector::{And, Background, Or};
            let is_last = Some(at) == last;
            let position = match (item.connector_after, is_last) {
                (Background, false) => Position::Background,
                (_, true) => Position::Main,
                _ => Position::Helper,
            };
            let exec = item.pipeline.first().is_some_and(|c| leads_with(c, "exec"));
            let mut inner = if exec { frame.at(Position::Main) } else { frame.at(position) };
            inner.folder.clone_from(&folder);
            if let Some(before) = previous {
                match before.connector_after {
                    And if is_test(before) => {
                        inner.condition = merge(&inner.condition, &variables_of(before))
                    }
                    Or => {
                        // `[ -n "$X" ] || y` is a condition on X; `a || b` runs b when a failed.
                        let mut condition = variables_of(before);
                        condition.on_failure = !is_test(before);
                        inner.condition = merge(&inner.condition, &condition);
                    }
                    _ => {}
                }
            }
            self.pipeline(item, walk, &inner);
            let simple = item.pipeline.first().and_then(Command::simple);
            if let (Some("cd"), Some(to)) =
                (simple.and_then(|s| s.name()), simple.and_then(|s| s.words.get(1)))
            {
                folder = match (to.has_expansion, folder.as_deref()) {
                    (true, _) => None,
                    (false, Some(from)) => Some(join(from, &to.text)),
                    (false, None) => to.text.starts_with('/').then(|| join("/", &to.text)),
                };
            }
            let ends = exec
                && simple.is_some_and(|s| s.words.len() > 1)
                && !matches!(previous.map(|p| p.connector_after), Some(And | Or))
                && item.connector_after != Background;
            if ends {
                break;
            }
            previous = Some(item);
        }
    }

    fn pipeline(&mut self, item: &Item, walk: &Walk<'_>, frame: &Frame) {
        let mut frame = frame.clone();
        let Some((first, readers)) = item.pipeline.split_first() else { return };
        for reader in readers {
            if let Some(simple) = reader.simple() {
                frame.piped.push(self.plain_words(&simple.words, walk.file));
            }
        }
        self.command(first, walk, &frame);
        // `echo x | psql`, `yes | migrate`: what reads works too.
        if !self.site.follow {
            return;
        }
        for reader in readers {
            let mut inner = frame.clone();
            inner.piped = Vec::new();
            inner.first = false;
            self.command(reader, walk, &inner);
        }
    }

    fn command(&mut self, command: &Command, walk: &Walk<'_>, frame: &Frame) {
        let mut frame = frame.clone();
        for redirect in &command.redirects {
            if redirect.heredoc.is_none() {
                frame.redirects.push(StartRedirect {
                    fd: redirect.fd,
                    operator: redirect.operator.clone(),
                    target: redirect.target.text.clone(),
                    span: Span::new(walk.file, redirect.range),
                });
            }
        }
        let Some(simple) = command.simple() else {
            return self.compound(command, walk, &frame);
        };
        let Some(name) = simple.words.first() else { return };
        frame.assignments =
            simple.assignments.iter().map(|(name, value)| (name.value.clone(), value.text.clone())).collect();
        if let Some(body) = simple.name().and_then(|name| walk.functions.get(name)) {
            let inner = Walk {
                file: walk.file,
                functions: walk.functions.clone(),
                arguments: self.expanded(simple.words.get(1..).unwrap_or_default(), walk),
                replaced_by: None,
            };
            let mut frame = frame.deeper(None);
            frame.assignments = Vec::new();
            return self.list(body, &inner, &frame);
        }
        if is_builtin(&name.text) && !name.has_expansion {
            // `exec` with words is a wrapper; everything else here starts no program.
            if !(name.text == "exec" && simple.words.len() > 1) {
                return;
            }
        }
        frame.first &= name.text == "exec" || walk.replaced_by == Some(command.range);
        let words = self.expanded(&simple.words, walk);
        self.words(words, &frame);
    }

    fn compound(&mut self, command: &Command, walk: &Walk<'_>, frame: &Frame) {
        use crate::syntax::shell::{CommandKind, Keyword};
        let CommandKind::Compound(compound) = &command.kind else { return };
        if matches!(compound.keyword, Keyword::Function(_)) {
            return;
        }
        let mut condition = Condition::default();
        for item in &compound.conditions {
            add_variables(&mut condition, item);
        }
        for word in &compound.words {
            add_word(&mut condition, word);
        }
        self.list(&compound.conditions, walk, &frame.at(Position::Helper).deeper(None));
        let mut inner = frame.deeper(None);
        match compound.keyword {
            Keyword::If | Keyword::Case => inner.condition = merge(&frame.condition, &condition),
            Keyword::Subshell => inner.first = false,
            _ => {}
        }
        for body in &compound.bodies {
            self.list(body, walk, &inner);
        }
    }

    /// The words of a shell command with the script's arguments put in.
    fn expanded(&self, words: &[Word], walk: &Walk<'_>) -> Vec<StartWord> {
        let mut found = Vec::new();
        for word in words {
            match word.text.as_str() {
                "$@" | "${@}" | "$*" | "${*}" if word.has_expansion => {
                    found.extend(walk.arguments.iter().cloned())
                }
                text if word.has_expansion && argument_number(text).is_some() => {
                    let at = argument_number(text).unwrap_or(1);
                    match walk.arguments.get(at - 1) {
                        Some(argument) => found.push(argument.clone()),
                        None => found.push(start_word(word, walk.file)),
                    }
                }
                _ => found.push(start_word(word, walk.file)),
            }
        }
        found
    }
}

pub(super) fn functions(items: &[Item]) -> BTreeMap<&str, &[Item]> {
    use crate::syntax::shell::{CommandKind, Keyword};
    let mut found = BTreeMap::new();
    for command in items.iter().flat_map(|item| &item.pipeline) {
        if let CommandKind::Compound(compound) = &command.kind
            && let (Keyword::Function(name), Some(body)) = (&compound.keyword, compound.bodies.first())
        {
            found.insert(name.as_str(), body.as_slice());
        }
    }
    found
}

fn leads_with(command: &Command, name: &str) -> bool {
    command.simple().is_some_and(|s| s.name() == Some(name) && s.words.len() > 1)
}

fn is_test(item: &Item) -> bool {
    item.pipeline
        .first()
        .and_then(Command::simple)
        .is_some_and(|s| matches!(s.name(), Some("[" | "[[" | "test")))
}

/// Builtins and definitions: nothing that a container is started for.
fn ends_quickly(item: &Item, functions: &BTreeMap<&str, &[Item]>) -> bool {
    use crate::syntax::shell::{CommandKind, Keyword};
    item.pipeline.iter().all(|command| match &command.kind {
        CommandKind::Simple(simple) => match simple.words.first() {
            None => true,
            Some(word) => {
                is_builtin(&word.text)
                    && !(word.text == "exec" && simple.words.len() > 1)
                    && !functions.contains_key(word.text.as_str())
            }
        },
        CommandKind::Compound(compound) => {
            matches!(compound.keyword, Keyword::Function(_))
                || compound.bodies.iter().all(|body| body.iter().all(|item| ends_quickly(item, functions)))
        }
    })
}

fn is_builtin(name: &str) -> bool {
    is_quick_builtin(name)
        || matches!(
            name,
            "declare"
                | "eval"
                | "source"
                | "."
                | "read"
                | "exec"
                | "(("
                | "let"
                | "shopt"
                | "break"
                | "continue"
                | "kill"
        )
}

fn argument_number(text: &str) -> Option<usize> {
    let digits = text.strip_prefix('$')?.trim_start_matches('{').trim_end_matches('}');
    digits.parse::<usize>().ok().filter(|n| *n > 0)
}

fn variables_of(item: &Item) -> Condition {
    let mut condition = Condition::default();
    add_variables(&mut condition, item);
    condition
}

fn add_variables(condition: &mut Condition, item: &Item) {
    for simple in item.pipeline.iter().filter_map(Command::simple) {
        for word in &simple.words {
            add_word(condition, word);
        }
    }
}

fn add_word(condition: &mut Condition, word: &Word) {
    for variable in &word.variables {
        if variable.name.chars().all(|c| c.is_ascii_digit() || "@*#".contains(c)) {
            condition.on_arguments = true;
        } else if variable.name != "?" && !condition.variables.contains(&variable.name) {
            condition.variables.push(variable.name.clone());
        }
    }
}

fn merge(outer: &Option<Condition>, inner: &Condition) -> Option<Condition> {
    let mut merged = outer.clone().unwrap_or_default();
    merged.on_arguments |= inner.on_arguments;
    merged.on_failure |= inner.on_failure;
    merged.variables.extend(
        inner.variables.iter().filter(|v| !merged.variables.contains(v)).cloned().collect::<Vec<_>>(),
    );
    Some(merged)
}
