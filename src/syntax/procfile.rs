//! Procfile: `type: command` lines, as Heroku, foreman and their kin read them.

use serde::{Deserialize, Serialize};

use super::problem::Problem;
use crate::source::{ByteRange, Spanned};

#[cfg(test)]
mod tests;

/// A Procfile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Procfile {
    /// Process type and command, in order; the command is shell text, unchanged, so `TextMap::at` its start maps it.
    pub processes: Vec<(Spanned<String>, Spanned<String>)>,
    /// Comments without `#`, trimmed.
    pub comments: Vec<Spanned<String>>,
    /// Lines that are no `type: command`.
    pub problems: Vec<Problem>,
}

/// Reads the file; ranges are byte offsets into `text`.
pub fn parse_procfile(text: &str) -> Procfile {
    let mut file = Procfile::default();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let body = line.strip_prefix('\u{feff}').filter(|_| at == 0).unwrap_or(line);
        let start = at + line.len() - body.trim_start().len();
        at += line.len();
        let body = body.trim();
        let range = ByteRange::new(start, start + body.len());
        if body.is_empty() {
            continue;
        }
        if let Some(comment) = body.strip_prefix('#') {
            file.comments.push(Spanned::new(comment.trim_start_matches('#').trim().to_owned(), range));
            continue;
        }
        let process = body.split_once(':').filter(|(name, command)| {
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            !name.is_empty() && name.chars().all(is_name) && !command.trim().is_empty()
        });
        let Some((name, command)) = process else {
            file.problems.push(Problem::new("this is no `type: command`", range));
            continue;
        };
        let command = command.trim_start();
        let name = Spanned::new(name.to_owned(), ByteRange::new(start, start + name.len()));
        let end = start + body.len();
        let command = Spanned::new(command.to_owned(), ByteRange::new(end - command.len(), end));
        file.processes.push((name, command));
    }
    file
}
