//! What shell scripts and Procfiles declare and read.

use std::collections::BTreeSet;

use crate::facts::artefact::Artefact;
use crate::source::{FileId, Span};
use crate::syntax::shell::{Command, Item, SimpleCommand, Word, visit_commands};
use crate::world::World;
use crate::world::compose::Located;

use super::{Declaration, Declarer, standing_of};

/// A declared value as a person may see it: masked where it is or may be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown(pub String);

impl Shown {
    /// The value of the variable `name`.
    pub fn of(name: &str, value: &str) -> Self {
        let named = crate::secrets::is_secret_name(name);
        let class = crate::secrets::classify(name, value);
        let secret = class.is_strong() || (named && class.is_literal_secret());
        Shown(if secret { crate::secrets::mask_value(value) } else { crate::secrets::mask_line(value, &[]) })
    }
}

/// `NAME=value` in front of commands of Procfiles.
pub(super) fn procfiles(world: &World, into: &mut Vec<Declaration>) {
    for entry in &world.procfile {
        let assignments = entry.start.commands.iter().flat_map(|c| c.assignments.iter().map(move |a| (c, a)));
        for (command, (name, value)) in assignments {
            let (role, tracked) = standing_of(world, entry.file);
            into.push(Declaration {
                name: Located::new(name.clone(), command.span),
                value: Some(Located::new(value.clone(), command.span)),
                declarer: Declarer::Procfile,
                role,
                tracked,
                services: world.started_service(&entry.start, &[]).into_iter().collect(),
                workload: Some(entry.name.clone()),
            });
        }
    }
}

/// `export NAME=value`, and `NAME=value` in front of commands.
pub(super) fn scripts(world: &World, into: &mut Vec<Declaration>) {
    for (at, artefact) in world.artefacts.iter().enumerate() {
        let (Artefact::Shell(script), Ok(id)) = (artefact, u32::try_from(at)) else { continue };
        let (role, tracked) = standing_of(world, FileId(id));
        let mut seen = BTreeSet::new();
        visit_commands(&script.items, &mut |command| {
            for (name, value) in command.simple().map(exports).unwrap_or_default() {
                if !is_variable(&name.value) || !seen.insert(name.value.clone()) {
                    continue;
                }
                into.push(Declaration {
                    name: Located::new(name.value.clone(), Span::new(FileId(id), name.span)),
                    value: value.map(|(text, range)| Located::new(text, Span::new(FileId(id), range))),
                    declarer: Declarer::Script,
                    role,
                    tracked,
                    services: BTreeSet::new(),
                    workload: None,
                });
            }
        });
    }
}

struct Name {
    value: String,
    span: crate::source::ByteRange,
}

type Export = (Name, Option<(String, crate::source::ByteRange)>);

fn exports(command: &SimpleCommand) -> Vec<Export> {
    let mut found = Vec::new();
    // An assignment of its own stays inside the script; in front of a command it is part of its environment.
    for (name, word) in command.assignments.iter().filter(|_| !command.words.is_empty()) {
        let name = Name { value: name.value.clone(), span: name.range };
        found.push((name, Some((word.text.clone(), word.range))));
    }
    if command.name() == Some("export") {
        for word in command.words.iter().skip(1) {
            let (name, value) = match word.text.split_once('=') {
                Some((name, value)) => (name, Some((value.to_owned(), word.range))),
                None => (word.text.as_str(), None),
            };
            found.push((Name { value: name.to_owned(), span: word.range }, value));
        }
    }
    found
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
}

/// Names of variables that scripts expand.
pub(super) fn read_by_scripts(world: &World, names: &mut BTreeSet<String>) {
    let mut words = |word: &Word| names.extend(word.variables.iter().map(|v| v.name.clone()));
    let mut of_items = |items: &[Item]| {
        visit_commands(items, &mut |command: &Command| {
            command.redirects.iter().for_each(|r| words(&r.target));
            match &command.kind {
                crate::syntax::shell::CommandKind::Simple(simple) => {
                    simple.words.iter().for_each(&mut words);
                    simple.assignments.iter().for_each(|(_, word)| words(word));
                }
                crate::syntax::shell::CommandKind::Compound(compound) => {
                    compound.words.iter().for_each(&mut words);
                }
            }
        });
    };
    for artefact in &world.artefacts {
        match artefact {
            Artefact::Shell(script) => of_items(&script.items),
            Artefact::Dockerfile(file) => {
                for instruction in &file.instructions {
                    use crate::syntax::docker::{Body, CommandForm};
                    if let Body::Run(form) | Body::Cmd(form) | Body::Entrypoint(form) = &instruction.body
                        && let CommandForm::Shell { script, .. } = form
                    {
                        of_items(&script.items);
                    }
                }
            }
            _ => {}
        }
    }
}
