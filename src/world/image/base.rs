//! Which shell a base image has, by `rules/knowledge/images-base.toml` (its head documents the schema).

use std::sync::LazyLock;

use serde::Deserialize;

use crate::syntax::shell_replacement::ShellFamily;

/// What `/bin/sh` is in an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SystemShell {
    /// Debian's: stays in front of its last command.
    Dash,
    /// Becomes a plain last command.
    Bash,
    /// busybox: becomes its last command.
    Ash,
    /// There is none.
    None,
}

impl SystemShell {
    /// The shell's family; none where there is no shell.
    pub fn family(self) -> Option<ShellFamily> {
        match self {
            SystemShell::Dash => Some(ShellFamily::Dash),
            SystemShell::Bash => Some(ShellFamily::Bash),
            SystemShell::Ash => Some(ShellFamily::Ash),
            SystemShell::None => None,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    #[serde(default)]
    repositories: Vec<String>,
    #[serde(default)]
    tags: Vec<String>,
    shell: SystemShell,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(default, rename = "base")]
    rows: Vec<Row>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../rules/knowledge/images-base.toml")).unwrap_or_default()
});

/// The shell of the image that `reference` names; none when the table does not know it.
pub fn system_shell(reference: &str) -> Option<SystemShell> {
    let (repository, tag) = split(reference);
    let name = repository.rsplit('/').next().unwrap_or(repository);
    let matches = |row: &&Row| {
        let known = row.repositories.is_empty()
            || row
                .repositories
                .iter()
                .any(|p| if p.contains('/') { glob(p, repository) } else { glob(p, name) });
        known && (row.tags.is_empty() || row.tags.iter().any(|p| glob(p, tag)))
    };
    TABLE.rows.iter().find(matches).map(|row| row.shell)
}

/// The path below the registry, and the tag (empty for none).
fn split(reference: &str) -> (&str, &str) {
    let reference = reference.split('@').next().unwrap_or(reference);
    let slash = reference.rfind('/').map_or(0, |at| at + 1);
    let colon = reference.get(slash..).and_then(|last| last.find(':')).map(|at| slash + at);
    let name = reference.get(..colon.unwrap_or(reference.len())).unwrap_or(reference);
    let tag = colon.and_then(|at| reference.get(at + 1..)).unwrap_or("");
    let name = match name.split_once('/') {
        Some((first, rest)) if first.contains(['.', ':']) || first == "localhost" => rest,
        _ => name,
    };
    (name.strip_prefix("library/").unwrap_or(name), tag)
}

fn glob(pattern: &str, text: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(_), Some(_)) => text.contains(pattern.trim_matches('*')),
        (Some(end), None) => text.ends_with(end),
        (None, Some(start)) => text.starts_with(start),
        (None, None) => pattern == text,
    }
}

#[cfg(test)]
mod tests {
    use super::{SystemShell, Table, system_shell};

    #[test]
    fn names_tell_shells() {
        let table: Result<Table, _> =
            toml::from_str(include_str!("../../../rules/knowledge/images-base.toml"));
        assert!(table.as_ref().is_ok_and(|t| !t.rows.is_empty()), "{:?}", table.err());
        let cases = [
            ("alpine:3.20", Some(SystemShell::Ash)),
            ("node:20-alpine", Some(SystemShell::Ash)),
            ("node:20", Some(SystemShell::Dash)),
            ("docker.io/library/python:3.12-slim", Some(SystemShell::Dash)),
            ("mcr.microsoft.com/dotnet/aspnet:8.0", Some(SystemShell::Dash)),
            ("public.ecr.aws/amazonlinux/amazonlinux:2023", Some(SystemShell::Bash)),
            ("registry.access.redhat.com/ubi9/ubi-minimal", Some(SystemShell::Bash)),
            ("gcr.io/distroless/cc-debian12", Some(SystemShell::None)),
            ("gcr.io/distroless/base:debug", Some(SystemShell::Ash)),
            ("scratch", Some(SystemShell::None)),
            ("openjdk:17", Some(SystemShell::Bash)),
            ("openjdk:8-jre", Some(SystemShell::Dash)),
            ("ghcr.io/acme/base:1.2", None),
        ];
        for (name, shell) in cases {
            assert_eq!(system_shell(name), shell, "{name}");
        }
    }
}
