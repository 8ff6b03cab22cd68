//! Text of audited files for formats that quote it: secrets masked, harmful characters made visible, length bounded.

use std::ops::Range;

use super::Diagnostic;
use super::build::Sources;
use super::window::{is_harmful, union, unquoted};
use crate::secrets::mask_value;
use crate::source::{ByteRange, FileId, Text};

/// Lines of a snippet beyond which only its head is quoted.
const TALL: usize = 20;
/// Bytes of a line beyond which only its head is quoted.
const WIDE: usize = 400;

/// The bytes `range` of `file` as a snippet of `diagnostic`; none when the file cannot be read any more.
pub fn of_range(
    diagnostic: &Diagnostic,
    sources: &Sources<'_>,
    file: FileId,
    range: ByteRange,
) -> Option<String> {
    let text = sources.text(file)?;
    let first = text.position(range.start).0;
    let last = text.position(range.end).0;
    Some(quote(diagnostic, sources, file, text, first..last + 1, Some(range)))
}

/// The lines `lines` (1-based) of `file` as a snippet of `diagnostic`.
pub fn of_lines(
    diagnostic: &Diagnostic,
    sources: &Sources<'_>,
    file: FileId,
    lines: Range<usize>,
) -> Option<String> {
    Some(quote(diagnostic, sources, file, sources.text(file)?, lines, None))
}

fn quote(
    diagnostic: &Diagnostic,
    sources: &Sources<'_>,
    file: FileId,
    text: &Text,
    lines: Range<usize>,
    range: Option<ByteRange>,
) -> String {
    let known = diagnostic.secrets.iter().find(|(of, _)| *of == file).map_or(&[][..], |(_, ranges)| ranges);
    let mut quoted = String::new();
    let end = lines.end;
    for line in lines.clone().take(TALL) {
        if line > lines.start {
            quoted.push('\n');
        }
        let bytes = text.line_range(line);
        let content = bytes.slice(&text.text);
        let inside = |r: &ByteRange| {
            let (from, to) = (r.start.max(bytes.start), r.end.min(bytes.end));
            (from < to).then(|| (from - bytes.start) as usize..(to - bytes.start) as usize)
        };
        let mut secrets: Vec<Range<usize>> =
            known.iter().filter_map(inside).map(|range| unquoted(content, range)).collect();
        secrets.extend_from_slice(&sources.secret_ranges(file, line));
        let cut = match range {
            Some(range) => inside(&range).unwrap_or(0..0),
            None => 0..content.len(),
        };
        quote_line(&mut quoted, content, cut, &union(secrets));
    }
    if end.saturating_sub(lines.start) > TALL {
        quoted.push_str("\n…");
    }
    quoted
}

/// Adds the bytes `cut` of a line; a secret at an edge is masked whole, because a mask is made from all of it.
fn quote_line(quoted: &mut String, line: &str, mut cut: Range<usize>, secrets: &[Range<usize>]) {
    let wide = cut.len() > WIDE;
    if wide {
        cut.end = line.floor_char_boundary(cut.start + WIDE);
    }
    let mut at = cut.start;
    for secret in secrets.iter().filter(|secret| secret.start < cut.end && cut.start < secret.end) {
        push_visible(quoted, line.get(at..secret.start).unwrap_or(""));
        push_visible(quoted, &mask_value(line.get(secret.clone()).unwrap_or("")));
        at = secret.end;
    }
    push_visible(quoted, line.get(at..cut.end).unwrap_or(""));
    if wide {
        quoted.push('…');
    }
}

fn push_visible(quoted: &mut String, text: &str) {
    quoted.extend(text.chars().map(|c| if c != '\t' && is_harmful(c) { '\u{FFFD}' } else { c }));
}
