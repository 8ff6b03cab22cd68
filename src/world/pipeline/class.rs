//! What commands and actions do in a pipeline, by `rules/knowledge/pipeline.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

use super::model::ActionUse;
use crate::world::commands::{CommandClass, CommandRow, CommandTable, command_table};
use crate::world::image::StartCommand;

/// What an action does.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionRow {
    /// What it does.
    pub class: CommandClass,
    /// Names of actions; `*` at the end stands for any text.
    pub actions: Vec<String>,
    /// The languages it is about; empty for any.
    #[serde(default)]
    pub languages: Vec<String>,
    /// Only when this input is given, and not as `false`.
    #[serde(default)]
    pub input: Option<String>,
    /// Only when a word of the inputs is one of these.
    #[serde(default)]
    pub words: Vec<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
struct TableFile {
    #[serde(default, rename = "action")]
    actions: Vec<ActionRow>,
    #[serde(default, rename = "tool")]
    tools: Vec<ToolRow>,
    #[serde(flatten)]
    commands: CommandTable,
}

/// An action that sets up a language or tool in a wanted version.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolRow {
    /// Names of actions.
    pub actions: Vec<String>,
    /// What it sets up.
    pub tool: String,
    /// The input with the version; the action's own version when absent.
    #[serde(default)]
    pub input: Option<String>,
}

static TABLE: LazyLock<TableFile> = LazyLock::new(|| read().unwrap_or_default());

fn read() -> Result<TableFile, toml::de::Error> {
    toml::from_str(include_str!("../../../rules/knowledge/pipeline.toml"))
}

/// The rows of `class` that a command matches.
pub fn command_rows(command: &StartCommand, class: CommandClass) -> Vec<&'static CommandRow> {
    let texts = words_of(command);
    let own = TABLE.commands.matches_with(command_table(), &texts);
    let shared = command_table().matches(&texts);
    own.into_iter().chain(shared).map(|m| m.row).filter(|row| row.class == class).collect()
}

/// The words of a command, a toolchain choice (`cargo +nightly`) left out.
pub fn words_of(command: &StartCommand) -> Vec<&str> {
    let mut texts = command.texts();
    let cargo = texts.first().is_some_and(|p| p.rsplit('/').next() == Some("cargo"));
    if cargo && texts.get(1).is_some_and(|w| w.starts_with('+')) {
        texts.remove(1);
    }
    texts
}

/// The rows that an action matches.
pub fn action_rows(action: &ActionUse) -> impl Iterator<Item = &'static ActionRow> + use<'_> {
    TABLE.actions.iter().filter(move |row| {
        let named = row.actions.iter().any(|name| names(name, &action.name));
        let given = row.input.as_deref().is_none_or(|input| {
            action.input(input).is_some_and(|v| !matches!(v.value.as_str(), "" | "false"))
        });
        let words = || action.with.iter().flat_map(|(_, v)| v.value.split_whitespace());
        named && given && (row.words.is_empty() || words().any(|w| row.words.iter().any(|r| r == w)))
    })
}

/// The tool that an action sets up.
pub fn tool_of(action: &ActionUse) -> Option<&'static ToolRow> {
    TABLE.tools.iter().find(|row| row.actions.iter().any(|name| names(name, &action.name)))
}

fn names(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => pattern.eq_ignore_ascii_case(name),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_read() {
        let table = super::read();
        assert!(table.as_ref().is_ok_and(|t| t.actions.len() > 10 && t.tools.len() > 5), "{:?}", table.err());
    }
}
