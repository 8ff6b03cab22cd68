//! One instruction from its joined lines: keyword, flags and the arguments in the form the keyword asks for.

use super::heredoc::{self, Opening};
use super::lines::{Joined, Reader};
use super::settings::{self, is_blank};
use super::{Body, CommandForm, Flag, Heredoc, Instruction, Keyword, Transfer, json};
use crate::source::{ByteRange, Spanned};
use crate::syntax::shell::{Script, parse_shell_mapped};
use crate::syntax::text_map::TextMap;

/// Reads the instruction that `joined` holds, and its here-documents from `reader`.
pub(super) fn instruction(joined: &Joined, reader: &mut Reader<'_>) -> Instruction {
    let start = joined.text.len() - joined.text.trim_start().len();
    at(joined, start, reader, false)
}

/// The instruction that begins at `start`; `inner` when it stands behind `ONBUILD`.
fn at(joined: &Joined, start: usize, reader: &mut Reader<'_>, inner: bool) -> Instruction {
    let text = joined.text.get(start..).unwrap_or("");
    let word = text.split(is_blank).next().unwrap_or("");
    let keyword_range = joined.source(start, start + word.len());
    let (flags, arguments) = settings::flags(joined, start + word.len(), reader.file.escape);
    let mut keyword = Keyword::from_word(word);
    if keyword == Keyword::Unknown {
        reader.problem(format!("`{word}` is no Dockerfile instruction"), keyword_range);
    }
    if inner && matches!(keyword, Keyword::Onbuild | Keyword::From | Keyword::Maintainer) {
        reader.problem(format!("`{word}` is not allowed behind ONBUILD"), keyword_range);
        // No nesting: an instruction behind ONBUILD ONBUILD would never run.
        keyword = if keyword == Keyword::Onbuild { Keyword::Unknown } else { keyword };
    }
    let mut parser = Parser {
        joined,
        start: arguments,
        keyword_range,
        flags,
        end: keyword_range.to(joined.range),
        reader,
    };
    let body = parser.body(keyword);
    let Parser { flags, end: range, .. } = parser;
    let range = ByteRange { start: keyword_range.start, end: range.end };
    Instruction { keyword, keyword_range, range, flags, body }
}

struct Parser<'p, 'r, 't> {
    joined: &'p Joined,
    /// Where the arguments begin in the joined text.
    start: usize,
    keyword_range: ByteRange,
    flags: Vec<Flag>,
    /// Grows with here-documents.
    end: ByteRange,
    reader: &'r mut Reader<'t>,
}

impl Parser<'_, '_, '_> {
    fn arguments(&self) -> &str {
        self.joined.text.get(self.start..).unwrap_or("").trim_end()
    }

    fn body(&mut self, keyword: Keyword) -> Body {
        match keyword {
            Keyword::From => self.from(),
            Keyword::Run => Body::Run(self.command(true)),
            Keyword::Cmd => Body::Cmd(self.command(false)),
            Keyword::Entrypoint => Body::Entrypoint(self.command(false)),
            Keyword::Shell => {
                let form = self.command(false);
                if matches!(form, CommandForm::Shell { .. }) {
                    self.reader.problem("SHELL needs a JSON array of strings", self.keyword_range);
                }
                Body::Shell(form)
            }
            Keyword::Healthcheck => self.healthcheck(),
            Keyword::Env => {
                Body::Env(settings::settings(self.joined, self.start, self.keyword_range, self.reader))
            }
            Keyword::Label => {
                Body::Label(settings::settings(self.joined, self.start, self.keyword_range, self.reader))
            }
            Keyword::Arg => {
                let arguments = settings::arguments(self.joined, self.start, self.reader.file.escape);
                self.owed(arguments.is_empty());
                Body::Arg(arguments)
            }
            Keyword::Copy => Body::Copy(self.transfer()),
            Keyword::Add => Body::Add(self.transfer()),
            Keyword::Expose => {
                let ports = self.words();
                self.owed(ports.is_empty());
                Body::Expose(ports)
            }
            Keyword::Volume => {
                let volumes = self.list();
                self.owed(volumes.is_empty());
                Body::Volume(volumes)
            }
            Keyword::User => Body::User(self.whole()),
            Keyword::Workdir => Body::Workdir(self.whole()),
            Keyword::StopSignal => Body::StopSignal(self.whole()),
            Keyword::Maintainer => Body::Maintainer(self.whole()),
            Keyword::Onbuild => self.onbuild(),
            Keyword::Unknown => Body::Unknown { text: self.arguments().to_owned() },
        }
    }

    /// Reports arguments that are owed and missing.
    fn owed(&mut self, missing: bool) {
        if missing {
            let name = self.reader.slice(self.keyword_range).to_ascii_uppercase();
            self.reader.problem(format!("{name} needs an argument"), self.keyword_range);
        }
    }

    fn empty(&self) -> Spanned<String> {
        Spanned::new(String::new(), ByteRange { start: self.end.end, end: self.end.end })
    }

    /// Arguments separated by blanks, as written.
    fn words(&self) -> Vec<Spanned<String>> {
        settings::blank_words(self.joined, self.start)
    }

    /// A JSON array of strings, else words.
    fn list(&mut self) -> Vec<Spanned<String>> {
        match json::strings(self.joined, self.start) {
            Some(strings) => strings.words,
            None => {
                self.other_array();
                self.words()
            }
        }
    }

    fn other_array(&mut self) {
        if json::is_other_array(self.arguments()) {
            let range = self.joined.source(self.start, self.joined.text.len());
            self.reader.problem("a JSON array may only hold strings here", range);
        }
    }

    /// All arguments as one.
    fn whole(&mut self) -> Spanned<String> {
        let value = self.arguments().to_owned();
        self.owed(value.is_empty());
        if value.is_empty() {
            return self.empty();
        }
        let range = self.joined.source(self.start, self.start + value.len());
        Spanned::new(value, range)
    }

    fn from(&mut self) -> Body {
        let mut words = self.words().into_iter();
        let Some(image) = words.next() else {
            self.owed(true);
            return Body::From { image: self.empty(), name: None };
        };
        let rest: Vec<Spanned<String>> = words.collect();
        let name = match rest.as_slice() {
            [] => None,
            [keyword, name] if keyword.value.eq_ignore_ascii_case("as") => Some(name.clone()),
            [first, others @ ..] => {
                let range = others.last().map_or(first.range, |last| first.range.to(last.range));
                self.reader.problem("FROM takes an image and, behind AS, one name", range);
                let named = first.value.eq_ignore_ascii_case("as");
                others.first().filter(|_| named).cloned()
            }
        };
        Body::From { image, name }
    }

    fn onbuild(&mut self) -> Body {
        if self.arguments().is_empty() {
            self.owed(true);
            return Body::Unknown { text: String::new() };
        }
        let inner = at(self.joined, self.start, self.reader, true);
        self.end = self.end.to(inner.range);
        Body::Onbuild(Box::new(inner))
    }

    fn healthcheck(&mut self) -> Body {
        let word = self.arguments().split(char::is_whitespace).next().unwrap_or("").to_owned();
        match word.to_ascii_uppercase().as_str() {
            "NONE" => Body::Healthcheck(None),
            "CMD" => {
                let rest = self.arguments().get(word.len()..).unwrap_or("");
                self.start += word.len() + rest.len() - rest.trim_start().len();
                Body::Healthcheck(Some(self.command(false)))
            }
            _ => {
                self.reader.problem("HEALTHCHECK takes CMD or NONE", self.keyword_range);
                Body::Unknown { text: self.arguments().to_owned() }
            }
        }
    }

    fn transfer(&mut self) -> Transfer {
        let json = json::strings(self.joined, self.start);
        let openings = if json.is_some() { vec![] } else { heredoc::openings(self.joined, self.start) };
        let mut sources = match json {
            Some(strings) => strings.words,
            None => {
                self.other_array();
                self.words()
            }
        };
        if sources.len() < 2 {
            let name = self.reader.slice(self.keyword_range).to_ascii_uppercase();
            self.reader.problem(format!("{name} needs a source and a destination"), self.keyword_range);
        }
        let destination = if sources.len() < 2 { None } else { sources.pop() };
        let destination = destination.unwrap_or_else(|| self.empty());
        let heredocs = self.heredocs(openings).into_iter().map(|(heredoc, _)| heredoc).collect();
        Transfer { sources, destination, heredocs }
    }

    /// The bodies of `openings`, each with the place of its closing line.
    fn heredocs(&mut self, openings: Vec<Opening>) -> Vec<(Heredoc, ByteRange)> {
        let mut found = Vec::new();
        for opening in openings {
            if let Some((heredoc, closing)) = self.reader.heredoc(opening) {
                self.end = self.end.to(closing);
                found.push((heredoc, closing));
            }
        }
        found
    }

    fn command(&mut self, with_heredocs: bool) -> CommandForm {
        if let Some(json::Strings { words, maps }) = json::strings(self.joined, self.start) {
            return CommandForm::Exec { words, maps };
        }
        self.other_array();
        let text = self.arguments().to_owned();
        if looks_like_array(&text) {
            let range = self.joined.source(self.start, self.start + text.len());
            self.reader.problem("not a JSON array of strings, so a shell runs it as it is written", range);
        }
        let mut map = TextMap::default();
        map.push_through(0, &self.joined.map, self.start, text.len());
        let openings = if with_heredocs { heredoc::openings(self.joined, self.start) } else { vec![] };
        let heredocs = self.heredocs(openings);
        let script = self.script(&text, &map, &heredocs);
        self.reader.file.comments.extend(script.comments.iter().cloned());
        let heredocs = heredocs.into_iter().map(|(heredoc, _)| heredoc).collect();
        CommandForm::Shell { text, map, script, heredocs }
    }

    /// What the shell gets to read: the command line with its here-documents, or the body of a lone one.
    fn script(&self, text: &str, map: &TextMap, heredocs: &[(Heredoc, ByteRange)]) -> Script {
        if let ([(heredoc, _)], true) = (heredocs, heredoc::is_lone(text)) {
            let (mut body, mut map) = (String::new(), TextMap::default());
            self.append(&mut body, &mut map, heredoc, heredoc.content.range);
            return parse_shell_mapped(&body, &map);
        }
        if heredocs.is_empty() {
            return parse_shell_mapped(text, map);
        }
        let (mut full, mut map) = (text.to_owned(), map.clone());
        for (heredoc, closing) in heredocs {
            if !full.ends_with('\n') {
                map.push(full.len(), heredoc.content.range.start as usize, 0);
                full.push('\n');
            }
            self.append(&mut full, &mut map, heredoc, heredoc.content.range.to(*closing));
        }
        parse_shell_mapped(&full, &map)
    }

    /// Adds the file's bytes in `range` to `text`, without leading tabs where the here-document drops them.
    fn append(&self, text: &mut String, map: &mut TextMap, heredoc: &Heredoc, range: ByteRange) {
        let mut at = range.start as usize;
        for line in self.reader.slice(range).split_inclusive('\n') {
            let kept = if heredoc.strip_tabs { line.trim_start_matches('\t') } else { line };
            map.push(text.len(), at + line.len() - kept.len(), kept.len());
            text.push_str(kept);
            at += line.len();
        }
    }
}

/// Meant as an array, run by a shell: `['a', 'b']`, or `["a" "b"]` without its comma. `[ "$a" = b ]` is a test.
fn looks_like_array(text: &str) -> bool {
    text.strip_prefix('[').is_some_and(|rest| {
        rest.starts_with(['"', '\''])
            || rest.trim_start().starts_with('"') && rest.ends_with(']') && rest.contains(',')
    })
}
