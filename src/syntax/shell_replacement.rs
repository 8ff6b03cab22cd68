//! Does the shell that runs a script become the script's last program, or stay in front of it?
//!
//! A shell that stays at PID 1 ignores SIGTERM and passes none on, so this decides who hears a container's stop.
//! Measured per shell, by looking at the direct child of `SHELL -c SCRIPT` (dash 0.5.12, bash 5.2, busybox ash
//! 1.35); what was not measured counts as *stays*.

use serde::{Deserialize, Serialize};

use super::shell::{Command, CommandKind, Connector, Item, Keyword, Script, SimpleCommand, Word};
use crate::source::ByteRange;

#[cfg(test)]
mod tests;

/// Which shell `/bin/sh` (or the named shell) is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ShellFamily {
    /// Debian, Ubuntu and what is built on them.
    Dash,
    /// RHEL, Amazon Linux, Fedora; and `bash -c` anywhere.
    Bash,
    /// busybox: Alpine.
    Ash,
}

/// What becomes of the shell's process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Replacement {
    /// It becomes the program: the program has the shell's process id.
    Replaced,
    /// It stays as the program's parent.
    Stays,
}

/// The program a script ends in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TailCommand {
    /// The command with its redirects.
    pub range: ByteRange,
    /// Its words, with a leading `exec` if there is one; assignments left out.
    pub words: Vec<Word>,
}

/// The decision, and the command it is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TailReplacement {
    /// What becomes of the shell.
    pub replacement: Replacement,
    /// The last long-running command; none when the script runs nothing but builtins.
    pub tail: Option<TailCommand>,
}

/// Decides for `script`, run as `SHELL -c` or, with `is_script_file`, as a file.
pub fn shell_replacement(family: ShellFamily, script: &Script, is_script_file: bool) -> TailReplacement {
    let cx = Context {
        // Only `exec` replaces the shell of a script file; dash behaves like that everywhere.
        family: if is_script_file { ShellFamily::Dash } else { family },
        items: &script.items,
        // A shell with a trap must be there to run it.
        trap: sets_trap(&script.items),
    };
    let (replacement, tail) = cx.list(&script.items, true, 0);
    let tail = tail.and_then(|command| {
        let words = command.simple()?.words.clone();
        Some(TailCommand { range: command.range, words })
    });
    TailReplacement { replacement, tail }
}

struct Context<'a> {
    family: ShellFamily,
    items: &'a [Item],
    trap: bool,
}

type Answer<'a> = (Replacement, Option<&'a Command>);

use Replacement::{Replaced, Stays};

impl<'a> Context<'a> {
    /// `top`: the list is the whole script, not the body of something.
    fn list(&self, items: &'a [Item], top: bool, depth: usize) -> Answer<'a> {
        // `exec` without a condition ends the script, whatever stands behind it.
        let mut before = Connector::Semicolon;
        for item in items {
            let unconditional = !matches!(before, Connector::And | Connector::Or);
            if unconditional
                && let Some(command) = lone(item)
                && is_exec(command)
            {
                return (Replaced, Some(command));
            }
            before = item.connector_after;
        }
        // `cmd; exit $?`, `cmd || exit 1`, `server & wait`: the program is what the closing builtins stand behind.
        let Some(last) = items.iter().rposition(|item| !is_closing(item)) else { return (Stays, None) };
        let Some(item) = items.get(last) else { return (Stays, None) };
        let (Some(command), true) = (lone(item), last + 1 == items.len() || is_exec_item(item)) else {
            let command = item.pipeline.iter().find(|command| command.simple().is_some());
            return (Stays, command.or_else(|| item.pipeline.first().and_then(|c| self.inner(c, depth).1)));
        };
        let (replacement, tail) = self.inner(command, depth);
        if replacement == Replaced && tail.is_some_and(is_exec) {
            return (Replaced, tail);
        }
        if item.negated || item.connector_after == Connector::Background || self.trap {
            return (Stays, tail);
        }
        let compound = command.simple().is_none();
        let preceding =
            last.checked_sub(1).and_then(|index| items.get(index)).map(|item| item.connector_after);
        let replaced = match self.family {
            ShellFamily::Dash => false,
            ShellFamily::Ash => replacement == Replaced && preceding != Some(Connector::Or),
            ShellFamily::Bash => {
                top && !compound
                    && command.redirects.is_empty()
                    && replacement == Replaced
                    && bash_reaches(items, last)
            }
        };
        (if replaced { Replaced } else { Stays }, tail)
    }

    /// What a single command ends in, were it the last thing the shell has to do.
    fn inner(&self, command: &'a Command, depth: usize) -> Answer<'a> {
        match &command.kind {
            CommandKind::Simple(simple) => match self.called_function(simple).filter(|_| depth < 8) {
                Some(body) => {
                    let (replacement, tail) = self.list(body, false, depth + 1);
                    // Measured in no shell for a plain tail; an `exec` replaces wherever it stands.
                    (if tail.is_some_and(is_exec) { replacement } else { Stays }, tail)
                }
                None if matches!(simple.name(), Some("time")) && self.family == ShellFamily::Bash => {
                    (Stays, Some(command))
                }
                None => (
                    if is_exec(command) || self.family != ShellFamily::Dash { Replaced } else { Stays },
                    Some(command),
                ),
            },
            CommandKind::Compound(compound) => {
                let bodies = compound.bodies.iter().filter(|body| !body.is_empty());
                let answers: Vec<Answer> = match compound.keyword {
                    // A subshell is a process of its own and a loop comes back.
                    Keyword::Subshell | Keyword::For | Keyword::While | Keyword::Until => {
                        bodies.map(|body| (Stays, self.list(body, false, depth + 1).1)).collect()
                    }
                    Keyword::Function(_) => vec![],
                    Keyword::If | Keyword::Case | Keyword::Group => {
                        bodies.map(|body| self.list(body, false, depth + 1)).collect()
                    }
                };
                // Branches that only print or exit start nothing; of the others the least favourable counts.
                let mut starting = answers.into_iter().filter(|(_, tail)| tail.is_some());
                let Some(first) = starting.next() else { return (Stays, None) };
                let worst = starting.fold(first, |worst, next| if worst.0 == Stays { worst } else { next });
                let measured = compound.keyword == Keyword::If || worst.1.is_some_and(is_exec);
                (if measured { worst.0 } else { Stays }, worst.1)
            }
        }
    }

    /// The body of the function `simple` calls: `main "$@"` at the end of a script.
    fn called_function(&self, simple: &SimpleCommand) -> Option<&'a [Item]> {
        let name = simple.name()?;
        let commands = self.items.iter().flat_map(|item| &item.pipeline);
        let mut definitions = commands.filter_map(|command| match &command.kind {
            CommandKind::Compound(compound) if compound.keyword == Keyword::Function(name.to_owned()) => {
                compound.bodies.first()
            }
            _ => None,
        });
        definitions.next_back().map(Vec::as_slice)
    }
}

/// The only command of a pipeline.
fn lone(item: &Item) -> Option<&Command> {
    match item.pipeline.as_slice() {
        [command] => Some(command),
        _ => None,
    }
}

fn is_exec(command: &Command) -> bool {
    command.simple().is_some_and(|simple| simple.name() == Some("exec") && simple.words.len() > 1)
}

fn is_exec_item(item: &Item) -> bool {
    lone(item).is_some_and(is_exec) && item.connector_after != Connector::Background
}

/// True for builtins of the shell that end at once.
pub fn is_quick_builtin(name: &str) -> bool {
    matches!(
        name,
        "exit"
            | "return"
            | "true"
            | "false"
            | ":"
            | "echo"
            | "printf"
            | "wait"
            | "set"
            | "export"
            | "unset"
            | "cd"
            | "trap"
            | "umask"
            | "ulimit"
            | "shift"
            | "readonly"
            | "local"
            | "alias"
            | "["
            | "test"
            | "[["
    )
}

/// A builtin that ends quickly, or a definition: not what a container is started for.
fn is_closing(item: &Item) -> bool {
    lone(item).is_some_and(|command| match &command.kind {
        CommandKind::Simple(simple) => match simple.name() {
            Some(name) => is_quick_builtin(name) || name == "exec" && simple.words.len() == 1,
            None => simple.words.is_empty(),
        },
        CommandKind::Compound(compound) => {
            matches!(compound.keyword, Keyword::Function(_))
                || compound.bodies.iter().all(|body| body.iter().all(is_closing))
        }
    })
}

fn sets_trap(items: &[Item]) -> bool {
    items.iter().flat_map(|item| &item.pipeline).any(|command| match &command.kind {
        CommandKind::Simple(simple) => simple.name() == Some("trap"),
        CommandKind::Compound(compound) => {
            sets_trap(&compound.conditions) || compound.bodies.iter().any(|body| sets_trap(body))
        }
    })
}

/// bash looks one step deep: the right side of one operator is reached, the right side of a right side is not.
///
/// `a; b && cmd` is `;` with `b && cmd` on its right, so `cmd` is two steps away and bash stays (measured). A
/// `-c` text is run line by line, so only the last line counts (measured with bash 5.2).
fn bash_reaches(items: &[Item], last: usize) -> bool {
    let before = items.get(..last).unwrap_or(&[]);
    let line = before
        .iter()
        .rposition(|item| item.connector_after == Connector::Newline)
        .map_or(0, |index| index + 1);
    let line = before.get(line..).unwrap_or(&[]);
    let conditional = line.last().is_some_and(|item| item.connector_after != Connector::Semicolon);
    let split =
        line.iter().any(|item| matches!(item.connector_after, Connector::Semicolon | Connector::Background));
    let or = line.iter().any(|item| item.connector_after == Connector::Or);
    !(or || conditional && split)
}
