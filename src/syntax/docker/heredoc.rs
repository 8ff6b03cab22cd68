//! Here-documents announced on an instruction line (Dockerfile reference, "Here-Documents").

use super::lines::Joined;
use crate::source::Spanned;

/// `<<EOF`, `<<-EOF`, `3<<"EOF"`.
pub(super) struct Opening {
    pub(super) name: Spanned<String>,
    pub(super) expand: bool,
    pub(super) strip_tabs: bool,
}

/// The here-documents announced in `joined` from `start` on, in order.
pub(super) fn openings(joined: &Joined, start: usize) -> Vec<Opening> {
    let text = joined.text.get(start..).unwrap_or("");
    if !text.contains("<<") {
        return Vec::new();
    }
    words(text).into_iter().filter_map(|(at, word)| opening(joined, start + at, word)).collect()
}

/// True when the whole of `arguments` is one here-document: its body is the script then.
pub(super) fn is_lone(arguments: &str) -> bool {
    matches!(words(arguments).as_slice(), [(_, word)] if delimiter(word).is_some())
}

/// Words with their offsets; quotes hold a word together and are kept.
fn words(text: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let mut start = None;
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' && quote != Some('\'') {
            escaped = true;
            start = start.or(Some(at));
        } else if let Some(open) = quote {
            quote = (open != c).then_some(open);
        } else if c.is_whitespace() {
            words.extend(start.take().and_then(|start| Some((start, text.get(start..at)?))));
        } else {
            quote = (c == '"' || c == '\'').then_some(c);
            start = start.or(Some(at));
        }
    }
    words.extend(start.and_then(|start| Some((start, text.get(start..)?))));
    words
}

/// The offset of the delimiter in `word`, the delimiter as written, and whether tabs are stripped.
fn delimiter(word: &str) -> Option<(usize, &str, bool)> {
    let rest = word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<")?;
    let (rest, strip_tabs) = rest.strip_prefix('-').map_or((rest, false), |rest| (rest, true));
    // `cat <<EOF>file` and `<<EOF;`: the delimiter ends where a shell would end it.
    let written = rest.split(['>', ';', '|', '&', ')']).next().unwrap_or(rest);
    (!written.is_empty() && !rest.contains('<')).then_some((word.len() - rest.len(), written, strip_tabs))
}

fn opening(joined: &Joined, at: usize, word: &str) -> Option<Opening> {
    let (offset, written, strip_tabs) = delimiter(word)?;
    let range = joined.source(at + offset, at + offset + written.len());
    let expand = !written.contains(['"', '\'']);
    let mut name = String::new();
    let mut characters = written.chars();
    while let Some(c) = characters.next() {
        match c {
            '"' | '\'' => {}
            '\\' => name.extend(characters.next()),
            _ => name.push(c),
        }
    }
    (!name.is_empty()).then(|| Opening { name: Spanned::new(name, range), expand, strip_tabs })
}
