//! INI files as process managers write them: `[section]`, `key = value`, `#` and `;` comments, indented lines that
//! continue a value. Nothing is expanded, and a key may stand more than once.

use serde::{Deserialize, Serialize};

use super::problem::Problem;
use crate::source::{ByteRange, Spanned};

/// An INI file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ini {
    /// The sections in order; entries before the first header belong to a section without a name.
    pub sections: Vec<IniSection>,
    /// Comments without their sign, trimmed.
    pub comments: Vec<Spanned<String>>,
    /// Lines that could not be read.
    pub problems: Vec<Problem>,
}

/// A section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IniSection {
    /// What stands between the brackets, trimmed; the range covers the header with them.
    pub name: Spanned<String>,
    /// Its settings.
    pub entries: Vec<IniEntry>,
    /// From the header to the end of the last setting.
    pub range: ByteRange,
}

/// A setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IniEntry {
    /// The name.
    pub key: Spanned<String>,
    /// The value, trimmed, a trailing comment (behind ` ;`) left out; empty for a key alone. Continuation lines are
    /// not part of it.
    pub value: Spanned<String>,
    /// From the name to the end of the last continuation line.
    pub range: ByteRange,
}

/// Reads the file; ranges are byte offsets into `text`.
pub fn parse_ini(text: &str) -> Ini {
    let mut file = Ini::default();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let line_start = at;
        at += line.len();
        let body = line.strip_prefix('\u{feff}').filter(|_| line_start == 0).unwrap_or(line);
        let indented = body.starts_with([' ', '\t']);
        let start = line_start + line.len() - body.trim_start().len();
        let body = body.trim();
        let range = ByteRange::new(start, start + body.len());
        if body.is_empty() {
            continue;
        }
        if body.starts_with(['#', ';']) {
            let comment = body.trim_start_matches(['#', ';']).trim().to_owned();
            file.comments.push(Spanned::new(comment, range));
            continue;
        }
        if let Some(name) = body.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(n, _)| n) {
            let name = Spanned::new(name.trim().to_owned(), range);
            file.sections.push(IniSection { name, entries: Vec::new(), range });
            continue;
        }
        let last_entry =
            file.sections.last_mut().filter(|_| indented).map(|s| (s.entries.last_mut(), &mut s.range));
        if let Some((Some(entry), section)) = last_entry
            && !body.contains('=')
        {
            entry.range = entry.range.to(range);
            *section = section.to(range);
            continue;
        }
        let (key, value) = body.split_once('=').or_else(|| body.split_once(": ")).unwrap_or((body, ""));
        let key = key.trim_end();
        if key.is_empty() {
            file.problems.push(Problem::new("this is no `key = value`", range));
            continue;
        }
        let value_end = range.end as usize;
        let value = value.trim_start();
        let value_start = value_end - value.len();
        let value = value.split(" ;").next().unwrap_or("").trim_end();
        if file.sections.is_empty() {
            let name = Spanned::new(String::new(), ByteRange::at(start));
            file.sections.push(IniSection { name, entries: Vec::new(), range: ByteRange::at(start) });
        }
        let Some(section) = file.sections.last_mut() else { continue };
        section.range = section.range.to(range);
        section.entries.push(IniEntry {
            key: Spanned::new(key.to_owned(), ByteRange::new(start, start + key.len())),
            value: Spanned::new(value.to_owned(), ByteRange::new(value_start, value_start + value.len())),
            range,
        });
    }
    file
}

impl IniSection {
    /// The last setting called `key`.
    pub fn get(&self, key: &str) -> Option<&IniEntry> {
        self.entries.iter().rfind(|entry| entry.key.value == key)
    }
}

#[cfg(test)]
mod tests {
    use super::parse_ini;

    #[test]
    fn sections_entries_and_places() {
        let text = "; top\n[program:web]\ncommand = gunicorn app ; note\n  --workers 2\nautostart=true\n[x]\nalone\n";
        let file = parse_ini(text);
        let names: Vec<&str> = file.sections.iter().map(|s| s.name.value.as_str()).collect();
        assert_eq!(names, ["program:web", "x"]);
        let command = file.sections.first().and_then(|s| s.get("command")).expect("command is read");
        assert_eq!(command.value.value, "gunicorn app");
        assert_eq!(command.value.range.slice(text), "gunicorn app");
        assert_eq!(command.range.slice(text).lines().count(), 2);
        assert_eq!(file.comments.len(), 1);
        assert!(file.problems.is_empty());
    }
}
