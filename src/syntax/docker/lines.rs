//! Lines to instructions: parser directives, comments, continuations and here-document bodies.

use std::collections::HashMap;

use super::heredoc::Opening;
use super::{Dockerfile, Heredoc, body};
use crate::source::{ByteRange, Spanned};
use crate::syntax::problem::Problem;
use crate::syntax::text_map::TextMap;

/// Reads a Dockerfile; never fails.
pub fn parse_dockerfile(text: &str) -> Dockerfile {
    let file = Dockerfile {
        escape: '\\',
        syntax: None,
        check: None,
        instructions: Vec::new(),
        comments: Vec::new(),
        problems: Vec::new(),
    };
    let pos = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let mut reader = Reader { text, pos, file, last_lines: None };
    reader.directives();
    while let Some(joined) = reader.joined() {
        let instruction = body::instruction(&joined, &mut reader);
        reader.file.instructions.push(instruction);
    }
    // Comments of shell texts are found after those inside their continuations.
    reader.file.comments.sort_by_key(|comment| comment.range);
    reader.file
}

/// The cursor over the file and what was found so far.
pub(super) struct Reader<'t> {
    text: &'t str,
    pos: usize,
    pub(super) file: Dockerfile,
    /// For each distinct line, as written and with leading tabs removed, where it stands last.
    last_lines: Option<[HashMap<&'t str, usize>; 2]>,
}

/// An instruction's lines as one text, and the way back.
pub(super) struct Joined {
    pub(super) text: String,
    pub(super) map: TextMap,
    /// From the first to the last character in the file.
    pub(super) range: ByteRange,
}

impl Joined {
    /// The bytes of the file behind a piece of the joined text.
    pub(super) fn source(&self, start: usize, end: usize) -> ByteRange {
        self.map.source_range(ByteRange::new(start, end))
    }
}

/// A line without its end.
struct Line<'t> {
    start: usize,
    content: &'t str,
}

impl<'t> Reader<'t> {
    pub(super) fn problem(&mut self, message: impl Into<String>, range: ByteRange) {
        self.file.problems.push(Problem::new(message, range));
    }

    fn line(&mut self) -> Option<Line<'t>> {
        let start = self.pos;
        let line = self.text.get(start..)?.split_inclusive('\n').next()?;
        self.pos += line.len();
        Some(Line { start, content: line.trim_end_matches(['\r', '\n']) })
    }

    /// Parser directives stand at the very top, before comments, blank lines and instructions, each at most once
    /// (Dockerfile reference, "Parser directives").
    fn directives(&mut self) {
        let mut escape_seen = false;
        loop {
            let before = self.pos;
            let Some((name, value)) = self.line().and_then(|line| directive(&line)) else {
                self.pos = before;
                return;
            };
            let repeated = match name.as_str() {
                "syntax" => self.file.syntax.replace(value.clone()).is_some(),
                "check" => self.file.check.replace(value.clone()).is_some(),
                _ => {
                    match value.value.as_str() {
                        "\\" => self.file.escape = '\\',
                        "`" => self.file.escape = '`',
                        _ => self
                            .problem("the escape character must be a backslash or a backtick", value.range),
                    }
                    std::mem::replace(&mut escape_seen, true)
                }
            };
            if repeated {
                self.problem(format!("the parser directive `{name}` stands twice"), value.range);
            }
        }
    }

    fn comment(&mut self, line: &Line<'_>) -> bool {
        let trimmed = line.content.trim_start();
        if trimmed.starts_with('#') {
            let start = line.start + line.content.len() - trimmed.len();
            let value = trimmed.trim_start_matches('#').trim().to_owned();
            let range = ByteRange::new(start, start + trimmed.trim_end().len());
            self.file.comments.push(Spanned::new(value, range));
            return true;
        }
        false
    }

    /// The next instruction's lines.
    fn joined(&mut self) -> Option<Joined> {
        let (mut text, mut map) = (String::new(), TextMap::default());
        let mut range: Option<ByteRange> = None;
        let mut continued = false;
        while let Some(line) = self.line() {
            if self.comment(&line) || line.content.trim().is_empty() {
                continue;
            }
            // Leading blanks count inside a continuation, where they may separate words.
            let skipped = if continued { 0 } else { line.content.len() - line.content.trim_start().len() };
            let start = line.start + skipped;
            let content = line.content.get(skipped..).unwrap_or("");
            let kept = continuation(content, self.file.escape);
            let piece = content.get(..kept.unwrap_or(content.len())).unwrap_or("");
            map.push(text.len(), start, piece.len());
            text.push_str(piece);
            let end = start + piece.trim_end().len();
            if !piece.trim().is_empty() {
                let first = start + piece.len() - piece.trim_start().len();
                let piece_range = ByteRange::new(first, end);
                range = Some(range.map_or(piece_range, |range| range.to(piece_range)));
            }
            continued = kept.is_some();
            if !continued && !text.trim().is_empty() {
                break;
            }
        }
        // Without a character there is no instruction: a lone escape character at the end of the file.
        range.map(|range| Joined { text, map, range })
    }

    /// Reads the body of the here-document that `opening` announces, up to its delimiter.
    ///
    /// Without a closing line nothing is taken, so that the rest of the file is still read as instructions.
    pub(super) fn heredoc(&mut self, opening: Opening) -> Option<(Heredoc, ByteRange)> {
        if !self.closes_later(&opening) {
            let message = format!("here-document without its closing `{}`", opening.name.value);
            self.problem(message, opening.name.range);
            return None;
        }
        let start = self.pos;
        let mut value = String::new();
        while let Some(line) = self.line() {
            let kept = |text: &'t str| if opening.strip_tabs { text.trim_start_matches('\t') } else { text };
            if kept(line.content) == opening.name.value {
                let end = line.start + line.content.len();
                let content = Spanned::new(value, ByteRange::new(start, line.start));
                let Opening { name, expand, strip_tabs } = opening;
                return Some((
                    Heredoc { name, expand, strip_tabs, content },
                    ByteRange::new(line.start, end),
                ));
            }
            value.push_str(kept(self.text.get(line.start..self.pos).unwrap_or("")));
        }
        None
    }

    /// One index for the whole file, because searching the rest for each unclosed delimiter would be quadratic.
    fn closes_later(&mut self, opening: &Opening) -> bool {
        let text = self.text;
        let [plain, stripped] = self.last_lines.get_or_insert_with(|| {
            let (mut plain, mut stripped, mut at) = (HashMap::new(), HashMap::new(), 0);
            for line in text.split_inclusive('\n') {
                let content = line.trim_end_matches(['\r', '\n']);
                plain.insert(content, at);
                stripped.insert(content.trim_start_matches('\t'), at);
                at += line.len();
            }
            [plain, stripped]
        });
        let lines = if opening.strip_tabs { stripped } else { plain };
        lines.get(opening.name.value.as_str()).is_some_and(|last| *last >= self.pos)
    }

    /// The file's bytes in `range`.
    pub(super) fn slice(&self, range: ByteRange) -> &'t str {
        self.text.get(range.start as usize..range.end as usize).unwrap_or("")
    }
}

/// `# name=value`, when `name` is one the reference knows.
fn directive(line: &Line<'_>) -> Option<(String, Spanned<String>)> {
    let comment = line.content.trim_start().strip_prefix('#')?;
    let (name, value) = comment.split_once('=')?;
    let name = name.trim().to_ascii_lowercase();
    let value = value.trim();
    if !matches!(name.as_str(), "syntax" | "escape" | "check") || value.is_empty() {
        return None;
    }
    let end = line.start + line.content.trim_end().len();
    Some((name, Spanned::new(value.to_owned(), ByteRange::new(end - value.len(), end))))
}

/// How much of `line` is left when its continuation is taken off; nothing when it does not continue.
///
/// A doubled escape character is no continuation, nor is a tripled one: BuildKit looks one character back.
fn continuation(line: &str, escape: char) -> Option<usize> {
    let rest = line.trim_end_matches([' ', '\t']).strip_suffix(escape)?;
    (!rest.ends_with(escape)).then_some(rest.len())
}
