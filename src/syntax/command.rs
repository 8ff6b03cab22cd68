//! Looks through the programs that only start another one: `tini -- env A=1 node server.js` runs `node server.js`.
//!
//! Works on the words of a shell command and on those of an exec-form array alike. Which programs are wrappers is
//! data (`rules/knowledge/wrappers.toml`); this module only knows the shapes a wrapper's command line can have.

use serde::{Deserialize, Serialize};

use super::shell::{SimpleCommand, Word};
use crate::source::{ByteRange, Spanned};

#[cfg(test)]
mod tests;

/// A word of a command line, wherever it was read from.
pub trait CommandWord {
    /// The word, quotes removed.
    fn text(&self) -> &str;
    /// Where it stands.
    fn range(&self) -> ByteRange;
}

impl CommandWord for Word {
    fn text(&self) -> &str {
        &self.text
    }
    fn range(&self) -> ByteRange {
        self.range
    }
}

impl CommandWord for Spanned<String> {
    fn text(&self) -> &str {
        &self.value
    }
    fn range(&self) -> ByteRange {
        self.range
    }
}

/// What a wrapper does to signals sent to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Behaviour {
    /// Becomes the wrapped program: same process, signals arrive unaided.
    Exec,
    /// Stays as the parent and passes signals on.
    Forwards,
    /// Stays as the parent and keeps signals to itself.
    Neither,
}

/// The shape of one wrapper's command line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrapperEntry {
    /// File name of the program; with a slash, the whole path must match.
    pub name: String,
    /// Its effect on signals.
    pub behaviour: Behaviour,
    /// When not empty, only these subcommands wrap (`bundle exec`).
    #[serde(default)]
    pub subcommands: Vec<String>,
    /// It also wraps without any of its subcommands.
    #[serde(default)]
    pub subcommand_optional: bool,
    /// Options whose value is the next word, before or behind the subcommand.
    #[serde(default)]
    pub options_with_argument: Vec<String>,
    /// Words between the options and the command (`gosu USER`).
    #[serde(default)]
    pub positional_before_command: usize,
    /// `NAME=value` words may stand before the command (`env`).
    #[serde(default)]
    pub assignments: bool,
    /// Options with which it runs no command of ours (`command -v`).
    #[serde(default)]
    pub not_with: Vec<String>,
}

/// All known wrappers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrapperTable {
    /// The rows, under `[[wrapper]]`.
    #[serde(rename = "wrapper", default)]
    pub entries: Vec<WrapperEntry>,
}

/// A wrapper found in front of a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wrapper {
    /// Its name in the table.
    pub name: String,
    /// Its effect on signals.
    pub behaviour: Behaviour,
    /// Its words up to, not including, the command: name, options, separator.
    pub range: ByteRange,
}

/// A command line without its wrappers.
#[derive(Clone, Debug, PartialEq)]
pub struct Unwrapped<'w, W> {
    /// The wrappers, outermost first.
    pub wrappers: Vec<Wrapper>,
    /// The words behind them; empty when the last wrapper got no command.
    pub command: &'w [W],
}

impl WrapperTable {
    /// Reads the table; the error says what is wrong and where, for whoever maintains it.
    pub fn from_toml(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }

    fn find(&self, word: &str) -> Option<&WrapperEntry> {
        let file_name = word.rsplit('/').next().unwrap_or(word);
        self.entries.iter().find(|entry| match entry.name.contains('/') {
            true => entry.name == word,
            false => entry.name == file_name,
        })
    }
}

impl SimpleCommand {
    /// Its words without leading wrappers.
    pub fn unwrapped(&self, table: &WrapperTable) -> Unwrapped<'_, Word> {
        unwrap_command(&self.words, table)
    }
}

/// Strips leading wrappers from `words`.
pub fn unwrap_command<'w, W: CommandWord>(words: &'w [W], table: &WrapperTable) -> Unwrapped<'w, W> {
    let mut wrappers = Vec::new();
    let mut command = words;
    while let Some(first) = command.first()
        && let Some(entry) = table.find(first.text())
        && let Some(len) = entry.prefix_len(command)
    {
        let (head, tail) = command.split_at(len.min(command.len()));
        let range = head.iter().fold(first.range(), |range, word| range.to(word.range()));
        wrappers.push(Wrapper { name: entry.name.clone(), behaviour: entry.behaviour, range });
        command = tail;
    }
    Unwrapped { wrappers, command }
}

impl WrapperEntry {
    /// How many words belong to the wrapper; nothing when this command line does not wrap.
    fn prefix_len<W: CommandWord>(&self, words: &[W]) -> Option<usize> {
        let mut at = self.skip_options(words, 1)?;
        if !self.subcommands.is_empty() {
            let is_subcommand =
                words.get(at).is_some_and(|word| self.subcommands.iter().any(|s| s == word.text()));
            match (is_subcommand, self.subcommand_optional) {
                (true, _) => at = self.skip_options(words, at + 1)?,
                (false, true) => {}
                (false, false) => return None,
            }
        }
        at += self.positional_before_command;
        // `aws-vault exec profile -- command`: the separator may also follow the positional words.
        if self.positional_before_command > 0 && words.get(at).is_some_and(|word| word.text() == "--") {
            at += 1;
        }
        if self.assignments {
            at += words.iter().skip(at).take_while(|word| is_assignment(word.text())).count();
        }
        Some(at)
    }

    /// The index behind options and a `--`; nothing when an option says that no command follows.
    fn skip_options<W: CommandWord>(&self, words: &[W], mut at: usize) -> Option<usize> {
        while let Some(word) = words.get(at).map(CommandWord::text) {
            if self.not_with.iter().any(|option| option == word) {
                return None;
            }
            if word == "--" {
                return Some(at + 1);
            }
            if !word.starts_with('-') || word == "-" && !self.assignments {
                break;
            }
            at += if self.options_with_argument.iter().any(|option| option == word) { 2 } else { 1 };
        }
        Some(at)
    }
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    })
}
