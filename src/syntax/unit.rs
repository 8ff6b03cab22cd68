//! Unit files of systemd: sections, `Key=value`, comments, lines that a backslash continues. Nothing is expanded, and a
//! key may stand more than once. Syntax: systemd.syntax(7); command lines: systemd.service(5).

use serde::{Deserialize, Serialize};

use super::problem::Problem;
use super::text_map::TextMap;
use crate::source::{ByteRange, Spanned};

/// A unit file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Unit {
    /// The sections in order.
    pub sections: Vec<UnitSection>,
    /// Comments without their sign, trimmed.
    pub comments: Vec<Spanned<String>>,
    /// Lines that could not be read.
    pub problems: Vec<Problem>,
}

/// A section.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnitSection {
    /// What stands between the brackets.
    pub name: Spanned<String>,
    /// Its settings.
    pub entries: Vec<UnitEntry>,
}

/// A setting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnitEntry {
    /// The name.
    pub key: Spanned<String>,
    /// The value: lines joined, each continuation a blank. The range covers all its lines.
    pub value: Spanned<String>,
    /// From the value's bytes to the file's.
    pub map: TextMap,
    /// From the name to the end of the value.
    pub range: ByteRange,
}

/// A word of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitWord {
    /// The word, quotes removed.
    pub text: String,
    /// Its bytes in the value, quotes included.
    pub range: ByteRange,
    /// Where its text stands in the value unchanged, from this byte on.
    pub plain_at: Option<usize>,
}

impl Unit {
    /// All settings of the sections called `section` with the name `key`.
    pub fn all<'u>(&'u self, section: &'u str, key: &'u str) -> impl Iterator<Item = &'u UnitEntry> {
        let sections = self.sections.iter().filter(move |s| s.name.value == section);
        sections.flat_map(|s| &s.entries).filter(move |e| e.key.value == key)
    }

    /// The last setting of that name.
    pub fn last<'u>(&'u self, section: &'u str, key: &'u str) -> Option<&'u UnitEntry> {
        self.all(section, key).last()
    }
}

/// Reads the file; ranges are byte offsets into `text`.
pub fn parse_unit(text: &str) -> Unit {
    let mut unit = Unit::default();
    let mut at = 0;
    let mut lines = text.split_inclusive('\n').map(|line| {
        let start = at;
        at += line.len();
        (start, line.trim_end_matches(['\n', '\r']))
    });
    while let Some((start, line)) = lines.next() {
        let body = line.trim_start();
        let from = start + line.len() - body.len();
        let range = ByteRange::new(from, from + body.trim_end().len());
        if body.trim_end().is_empty() {
            continue;
        }
        if body.starts_with(['#', ';']) {
            unit.comments.push(Spanned::new(body.trim_start_matches(['#', ';']).trim().to_owned(), range));
            continue;
        }
        if let Some(name) = body.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(name, _)| name)
        {
            let name = Spanned::new(name.trim().to_owned(), range);
            unit.sections.push(UnitSection { name, entries: Vec::new() });
            continue;
        }
        let (Some((key, first)), Some(section)) = (body.split_once('='), unit.sections.last_mut()) else {
            unit.problems.push(Problem::new("this is no `Key=value` of a section", range));
            continue;
        };
        let mut value = String::new();
        let mut map = TextMap::default();
        let (mut piece, mut piece_at) = (first, from + key.len() + 1);
        let mut end;
        loop {
            let continued = piece.strip_suffix('\\');
            let part = continued.unwrap_or(piece);
            let part = if value.is_empty() { part.trim_start() } else { part };
            let shift = continued.unwrap_or(piece).len() - part.len();
            map.push(value.len(), piece_at + shift, part.len());
            value.push_str(part);
            end = piece_at + piece.len();
            if continued.is_none() {
                break;
            }
            map.push_decoded(value.len(), 1, end.saturating_sub(1), 1);
            value.push(' ');
            // Comments between continued lines are left out.
            let next = lines.by_ref().find(|(_, line)| !line.trim_start().starts_with(['#', ';']));
            let Some((next_at, next)) = next else { break };
            (piece, piece_at) = (next, next_at);
        }
        value.truncate(value.trim_end().len());
        let key_end = from + key.trim_end().len();
        let stands = map.source_range(ByteRange::new(0, value.len()));
        section.entries.push(UnitEntry {
            key: Spanned::new(key.trim_end().to_owned(), ByteRange::new(from, key_end)),
            range: ByteRange::new(from, (stands.end as usize).max(key_end)),
            value: Spanned::new(value, stands),
            map,
        });
    }
    unit
}

/// The words of a command line as systemd splits it: at blanks, with `'…'`, `"…"` and backslashes.
pub fn unit_words(value: &str) -> Vec<UnitWord> {
    let mut words = Vec::new();
    let mut chars = value.char_indices().peekable();
    while let Some((start, first)) = chars.peek().copied() {
        if first.is_whitespace() {
            chars.next();
            continue;
        }
        let mut text = String::new();
        let (mut quote, mut end, mut plain) = (None, start, true);
        let opens = matches!(first, '\'' | '"');
        while let Some((at, c)) = chars.next() {
            end = at + c.len_utf8();
            match (quote, c) {
                (Some(q), c) if q == c => quote = None,
                (None, '\'' | '"') => {
                    plain &= at == start;
                    quote = Some(c);
                }
                (_, '\\') => {
                    plain = false;
                    if let Some((at, next)) = chars.next() {
                        end = at + next.len_utf8();
                        text.push(next);
                    }
                }
                (_, c) => text.push(c),
            }
            if quote.is_none() && chars.peek().is_none_or(|(_, next)| next.is_whitespace()) {
                break;
            }
        }
        let quotes = if opens { 2 } else { 0 };
        let whole = end - start == text.len() + quotes;
        let plain_at = (plain && whole).then_some(start + quotes / 2);
        words.push(UnitWord { text, range: ByteRange::new(start, end), plain_at });
    }
    words
}

#[cfg(test)]
mod tests {
    use super::{parse_unit, unit_words};

    #[test]
    fn sections_settings_and_places() {
        let text = "# top\n[Unit]\nDescription=A shop\n[Service]\nExecStart=/usr/bin/shop \\\n  # why\n  --port 80\nType = notify\n";
        let unit = parse_unit(text);
        let start = unit.last("Service", "ExecStart").expect("it is read");
        assert_eq!(start.value.value, "/usr/bin/shop    --port 80");
        let port = unit_words(&start.value.value).pop().expect("it has words");
        assert_eq!(port.text, "80");
        assert_eq!(start.map.source_range(port.range).slice(text), "80");
        assert_eq!(unit.last("Service", "Type").map(|e| e.value.value.as_str()), Some("notify"));
        assert_eq!(unit.comments.len(), 1);
        assert!(unit.problems.is_empty());
    }

    #[test]
    fn words_and_quotes() {
        let words = unit_words(r#"/bin/sh -c 'exec "$X" a' "b c" d\ e --f='g h'"#);
        let texts: Vec<&str> = words.iter().map(|w| w.text.as_str()).collect();
        assert_eq!(texts, ["/bin/sh", "-c", r#"exec "$X" a"#, "b c", "d e", "--f=g h"]);
        assert!(words.get(2).is_some_and(|w| w.plain_at.is_some()));
        assert!(words.get(4).is_some_and(|w| w.plain_at.is_none()));
    }

    #[test]
    fn broken_files_are_read_as_far_as_they_go() {
        for text in
            ["x=1", "[Service", "[Service]\nExecStart=a \\", "[Service]\n=", "[Service]\nExecStart='a", "\\"]
        {
            let unit = parse_unit(text);
            for entry in unit.sections.iter().flat_map(|s| &s.entries) {
                unit_words(&entry.value.value);
            }
        }
    }
}
