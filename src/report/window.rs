//! A window of a source file for terminals: lines around labels only, secrets masked, control and bidirectional
//! characters made visible, long lines cut around the label. It is what miette reads instead of the file.

use std::ops::Range;
use std::sync::Arc;

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};

use crate::source::{ByteRange, Text};

/// Lines shown before and behind a label.
const CONTEXT: usize = 1;
/// Characters of a line beyond which it is cut.
const WIDTH: usize = 160;
/// Lines of a label beyond which only its head is shown.
const TALL: usize = 12;

/// One run of neighbouring lines.
#[derive(Debug)]
struct Group {
    /// Bytes of the window.
    range: Range<usize>,
    /// Number of the first line, 0-based.
    line: usize,
    lines: usize,
}

/// The window of one file.
#[derive(Debug)]
pub struct Window {
    name: String,
    text: String,
    groups: Vec<Group>,
    /// Where each requested label lies in the window, in the order of the request.
    labels: Vec<Range<usize>>,
    /// Line and column of each label in the file, 0-based.
    positions: Vec<(usize, usize)>,
}

impl Window {
    /// The window of the file `name` around `labels` (bytes of `text`), with `secrets` masked.
    ///
    /// `looks_secret` gives the bytes of a line (1-based) that are secrets by their own looks.
    pub fn new(
        name: &str,
        text: &Text,
        labels: &[ByteRange],
        secrets: &[ByteRange],
        looks_secret: &dyn Fn(usize) -> Arc<[Range<usize>]>,
    ) -> Self {
        let last_line = |label: &ByteRange| {
            let first = text.position(label.start).0;
            let end = if label.is_empty() { label.end } else { label.end - 1 };
            text.position(end).0.min(first + TALL)
        };
        let mut wanted: Vec<Range<usize>> = labels
            .iter()
            .map(|label| {
                let first = text.position(label.start).0;
                first.saturating_sub(CONTEXT).max(1)..(last_line(label) + CONTEXT).min(text.line_count()) + 1
            })
            .collect();
        wanted.sort_by_key(|r| r.start);
        let mut merged: Vec<Range<usize>> = Vec::new();
        for range in wanted {
            match merged.last_mut() {
                Some(last) if range.start <= last.end + 1 => last.end = last.end.max(range.end),
                _ => merged.push(range),
            }
        }
        let mut window = Window {
            name: name.to_owned(),
            text: String::new(),
            groups: Vec::new(),
            labels: Vec::new(),
            positions: Vec::new(),
        };
        let mut map: Vec<(usize, usize)> = Vec::new();
        for lines in merged {
            let start = window.text.len();
            for line in lines.clone() {
                window.add_line(text, line, labels, (secrets, &looks_secret(line)), &mut map);
            }
            window.groups.push(Group {
                range: start..window.text.len(),
                line: lines.start - 1,
                lines: lines.len(),
            });
        }
        map.push((usize::MAX, window.text.len()));
        window.positions = labels
            .iter()
            .map(|label| text.position(label.start))
            .map(|(line, column)| (line.saturating_sub(1), column.saturating_sub(1)))
            .collect();
        window.labels = labels
            .iter()
            .map(|label| {
                let end = if last_line(label) < text.position(label.end).0 {
                    text.line_range(last_line(label)).end
                } else {
                    label.end
                };
                let start = locate(&map, label.start as usize);
                start..locate(&map, end as usize).max(start)
            })
            .collect();
        window
    }

    /// Where label number `at` lies in the window.
    pub fn label(&self, at: usize) -> SourceSpan {
        let range = self.labels.get(at).cloned().unwrap_or(0..0);
        SourceSpan::from((range.start, range.len()))
    }

    fn add_line(
        &mut self,
        text: &Text,
        line: usize,
        labels: &[ByteRange],
        (secrets, looks_secret): (&[ByteRange], &[Range<usize>]),
        map: &mut Vec<(usize, usize)>,
    ) {
        let range = text.line_range(line);
        let content = range.slice(&text.text);
        let start = range.start as usize;
        let inside = |r: &ByteRange| {
            let (from, to) = ((r.start as usize).max(start), (r.end as usize).min(range.end as usize));
            (from < to).then(|| from - start..to - start)
        };
        let mut known: Vec<Range<usize>> =
            secrets.iter().filter_map(inside).map(|range| unquoted(content, range)).collect();
        known.extend_from_slice(looks_secret);
        let known = union(known);
        let focus = labels.iter().filter_map(inside).next();
        let mut cut = cut_around(content, focus);
        // A secret at the edge is left out whole: its mask is made from all of it.
        for secret in &known {
            if secret.start < cut.start && cut.start < secret.end {
                cut.start = secret.end.min(cut.end);
            }
            if secret.start < cut.end && cut.end < secret.end {
                cut.end = secret.start.max(cut.start);
            }
        }
        if cut.start > 0 {
            self.text.push('…');
        }
        let mut at = cut.start;
        map.push((start, self.text.len()));
        for secret in known.iter().filter(|r| r.start >= cut.start && r.end <= cut.end) {
            if secret.start < at {
                continue;
            }
            self.push_visible(content, at..secret.start, start, map);
            map.push((start + secret.start, self.text.len()));
            let masked = crate::secrets::mask_value(content.get(secret.clone()).unwrap_or(""));
            self.text.push_str(&masked);
            map.push((start + secret.end, self.text.len()));
            at = secret.end;
        }
        self.push_visible(content, at..cut.end, start, map);
        map.push((start + cut.end, self.text.len()));
        if cut.end < content.len() {
            self.text.push('…');
        }
        self.text.push('\n');
    }

    /// Adds `range` of a line with what a terminal would obey replaced by visible marks.
    fn push_visible(&mut self, line: &str, range: Range<usize>, start: usize, map: &mut Vec<(usize, usize)>) {
        let base = range.start;
        for (at, c) in line.get(range).unwrap_or("").char_indices() {
            map.push((start + base + at, self.text.len()));
            match c {
                '\t' => self.text.push_str("    "),
                c if is_harmful(c) => self.text.push('\u{FFFD}'),
                c => self.text.push(c),
            }
        }
    }
}

/// True for characters that change how a terminal shows what follows.
pub fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{2028}' | '\u{2029}' | '\u{FEFF}')
}

/// `text` on one line with harmful characters replaced.
pub fn visible(text: &str) -> String {
    text.chars().map(|c| if is_harmful(c) { '\u{FFFD}' } else { c }).collect()
}

/// The ranges in order, those that overlap made one.
fn union(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|r| r.start);
    let mut joined: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}

/// `range` of `line` without the quotes around it, so that a masked literal still looks like one.
fn unquoted(line: &str, range: Range<usize>) -> Range<usize> {
    let text = line.get(range.clone()).unwrap_or("");
    let quote = |c: char| c == '"' || c == '\'';
    match (text.find(quote), text.rfind(quote)) {
        (Some(first), Some(last)) if first < last && first <= 3 => {
            range.start + first + 1..range.start + last
        }
        _ => range,
    }
}

/// The bytes of `line` that are shown: all of a short one, else about [`WIDTH`] characters around `focus`.
fn cut_around(line: &str, focus: Option<Range<usize>>) -> Range<usize> {
    if line.len() <= WIDTH {
        return 0..line.len();
    }
    let focus = focus.unwrap_or(0..0);
    let from = line.floor_char_boundary(focus.start.saturating_sub(WIDTH / 3));
    let to = line.ceil_char_boundary((from + WIDTH).max(focus.end.min(focus.start + WIDTH)).min(line.len()));
    from..to
}

/// The window offset of a file offset: that of the nearest mapped offset at or behind it.
fn locate(map: &[(usize, usize)], offset: usize) -> usize {
    let at = map.partition_point(|(from, _)| *from < offset);
    map.get(at).map_or(0, |(_, to)| *to)
}

impl SourceCode for Window {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        context_lines_before: usize,
        context_lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (start, end) = (span.offset(), span.offset() + span.len());
        let group = self
            .groups
            .iter()
            .find(|g| g.range.start <= start && end <= g.range.end)
            .ok_or(MietteError::OutOfBounds)?;
        let before = self.text.get(group.range.start..start).ok_or(MietteError::OutOfBounds)?;
        if context_lines_before == 0 && context_lines_after == 0 {
            // Asked without context: what is wanted is the position of the span, for the headline.
            // Tabs, masks and cuts make the window's own columns others than the file's.
            let known = self.labels.iter().position(|label| label.start == start);
            let (line, column) = known
                .and_then(|at| self.positions.get(at).copied())
                .unwrap_or((group.line + before.matches('\n').count(), 0));
            let data = self.text.as_bytes().get(start..end).ok_or(MietteError::OutOfBounds)?;
            return Ok(Box::new(MietteSpanContents::new_named(
                self.name.clone(),
                data,
                *span,
                line,
                column,
                1,
            )));
        }
        let data = self.text.as_bytes().get(group.range.clone()).ok_or(MietteError::OutOfBounds)?;
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            data,
            SourceSpan::from((group.range.start, group.range.len())),
            group.line,
            0,
            group.lines,
        )))
    }
}
