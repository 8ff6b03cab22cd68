//! What a unit of systemd starts.

use crate::source::{FileId, Span};
use crate::syntax::text_map::TextMap;
use crate::syntax::unit::{Unit, UnitEntry, unit_words};

use super::expand::{Expander, Frame, Site};
use super::files::Tree;
use super::model::{Position, ProcessTree, StartRedirect, StartWord};

/// What the unit in `file` starts: `ExecStart` and what runs before and behind it. No shell reads these lines. Paths of
/// the repository count from its root.
pub fn unit_start(tree: Tree<'_>, file: FileId, unit: &Unit) -> ProcessTree {
    let mut expander = Expander::new(Site { tree, image: None, home: "", shell: None, follow: true });
    let output = unit.last("Service", "StandardOutput").and_then(|entry| output(file, entry));
    let lines = [
        ("ExecStartPre", Position::Helper),
        ("ExecStart", Position::Main),
        ("ExecStartPost", Position::Helper),
    ];
    for (key, position) in lines {
        let entries: Vec<&UnitEntry> = unit.all("Service", key).collect();
        // An empty line takes back those before it.
        let first = entries.iter().rposition(|e| e.value.value.is_empty()).map_or(0, |at| at + 1);
        for entry in entries.get(first..).unwrap_or_default() {
            let mut frame = Frame { position: Some(position), ..Frame::default() };
            frame.via.push(Span::new(file, entry.range));
            if position == Position::Main {
                frame.redirects.extend(output.clone());
            }
            expander.words(words(file, entry), &frame);
        }
    }
    expander.out
}

/// The words of a command line; `-`, `@`, `:`, `+` and `!` in front of the program are left out.
fn words(file: FileId, entry: &UnitEntry) -> Vec<StartWord> {
    let mut found: Vec<StartWord> = Vec::new();
    let mut renamed = false;
    for (at, mut word) in unit_words(&entry.value.value).into_iter().enumerate() {
        if at == 0 {
            let signs = word.text.len() - word.text.trim_start_matches(['-', '@', ':', '+', '!', '|']).len();
            renamed = word.text.get(..signs).is_some_and(|s| s.contains('@'));
            word.text.drain(..signs);
            word.plain_at = word.plain_at.map(|start| start + signs);
        }
        // Behind `@program` stands the name that the program sees.
        if at == 1 && renamed {
            continue;
        }
        let span = Span::new(file, entry.map.source_range(word.range));
        let mut map = TextMap::default();
        match word.plain_at {
            Some(start) => map.push_through(0, &entry.map, start, word.text.len()),
            None => {
                let whole = entry.map.source_range(word.range);
                map.push_decoded(0, word.text.len(), whole.start as usize, whole.len());
            }
        }
        let specifier = word.text.contains('%') && !word.text.contains("%%");
        let expands = word.text.contains('$') || specifier;
        found.push(StartWord { text: word.text, span, expands, map });
    }
    found
}

/// `StandardOutput=append:/var/log/shop.log`, as a redirect.
fn output(file: FileId, entry: &UnitEntry) -> Option<StartRedirect> {
    let value = entry.value.value.as_str();
    let target = ["file:", "append:", "truncate:"].iter().find_map(|kind| value.strip_prefix(kind));
    let target = target.or((value == "null").then_some("/dev/null"))?;
    Some(StartRedirect {
        fd: None,
        operator: ">>".to_owned(),
        target: target.to_owned(),
        span: Span::new(file, entry.range),
    })
}
