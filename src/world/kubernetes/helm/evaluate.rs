//! Evaluates templates with the chart's own values. What a release decides is unknown, and stays visible as such.

use std::collections::BTreeMap;

use super::data::{Data, Datum};
use super::functions;
use super::text::{Piece, Pieces, UNKNOWN, joined};
use crate::source::{FileId, Span};
use crate::syntax::helm::{Block, BlockKind, Operand, Pipeline, TemplateNode, parse_template};

/// Most steps of one rendered file.
const MAX_STEPS: usize = 200_000;

/// Most bytes of one rendered file.
const MAX_BYTES: usize = 2 << 20;

/// Deepest nesting of templates that include each other.
const MAX_INCLUDES: usize = 24;

/// A named template: the file it is in, and its parts.
pub(super) type Definitions<'a> = BTreeMap<&'a str, (FileId, &'a str, &'a [TemplateNode])>;

/// Evaluates the templates of one chart.
pub(super) struct Evaluator<'a> {
    definitions: &'a Definitions<'a>,
    root: Datum,
    steps: usize,
    bytes: usize,
    includes: usize,
    /// How many conditions that are not known stand around what is evaluated.
    maybe: usize,
}

/// A file whose parts are evaluated.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    file: FileId,
    text: &'a str,
    /// The text is a value and not a file: what it prints has no place of its own.
    floating: bool,
}

/// Variables, innermost last.
type Variables = Vec<(String, Datum)>;

impl<'a> Evaluator<'a> {
    pub fn new(definitions: &'a Definitions<'a>, root: Datum) -> Self {
        Evaluator { definitions, root, steps: 0, bytes: 0, includes: 0, maybe: 0 }
    }

    /// The text of a file, and false when bounds cut it short.
    pub fn file(&mut self, file: FileId, text: &str, nodes: &[TemplateNode]) -> (Pieces, bool) {
        (self.steps, self.bytes, self.maybe) = (0, 0, 0);
        let mut out = Vec::new();
        let root = self.root.clone();
        let mut variables = vec![(String::new(), root.clone())];
        self.nodes(nodes, Place { file, text, floating: false }, &root, &mut variables, &mut out);
        (out, !self.exhausted())
    }

    fn exhausted(&self) -> bool {
        self.steps > MAX_STEPS || self.bytes > MAX_BYTES
    }

    fn emit(&mut self, mut piece: Piece, out: &mut Pieces) {
        self.bytes += piece.text.len();
        if self.bytes <= MAX_BYTES && !piece.text.is_empty() {
            piece.maybe |= self.maybe > 0;
            out.push(piece);
        }
    }

    fn nodes(
        &mut self,
        nodes: &[TemplateNode],
        at: Place<'_>,
        dot: &Datum,
        variables: &mut Variables,
        out: &mut Pieces,
    ) {
        let known = variables.len();
        for node in nodes {
            self.steps += 1;
            if self.exhausted() {
                break;
            }
            match node {
                TemplateNode::Text(range) => {
                    let text = range.slice(at.text).to_owned();
                    let place = (!at.floating).then_some(Span::new(at.file, *range));
                    self.emit(Piece { text, place, exact: true, via: None, maybe: false }, out);
                }
                TemplateNode::Print(range, pipeline) => {
                    let value = match pipeline {
                        Some(pipeline) => self.pipeline(pipeline, at, dot, variables),
                        None => Datum::unknown(),
                    };
                    let here = (!at.floating).then_some(Span::new(at.file, *range));
                    for piece in value.printed() {
                        let place = piece.place.or(here);
                        let exact = piece.exact && piece.place.is_some();
                        self.emit(Piece { place, exact, via: here.or(piece.via), ..piece }, out);
                    }
                }
                TemplateNode::Assign { name, declares, pipeline } => {
                    let value = self.pipeline(pipeline, at, dot, variables);
                    let value = if self.maybe > 0 && !declares { Datum::unknown() } else { value };
                    match variables.iter_mut().rev().find(|(n, _)| n == name).filter(|_| !declares) {
                        Some((_, slot)) => *slot = value,
                        None => variables.push((name.clone(), value)),
                    }
                }
                TemplateNode::Block(block) => self.block(block, at, dot, variables, out),
                TemplateNode::Jump(_) => break,
            }
        }
        variables.truncate(known);
    }

    fn block(
        &mut self,
        block: &Block,
        at: Place<'_>,
        dot: &Datum,
        variables: &mut Variables,
        out: &mut Pieces,
    ) {
        let value = match &block.pipeline {
            Some(pipeline) => self.pipeline(pipeline, at, dot, variables),
            None => Datum::unknown(),
        };
        let known = variables.len();
        match (block.kind, value.truthy()) {
            (_, None) => self.undecided(block, at, dot, variables, out),
            (_, Some(false)) => self.nodes(&block.otherwise, at, dot, variables, out),
            (BlockKind::Range, Some(true)) => self.range(block, &value, at, dot, variables, out),
            (kind, Some(true)) => {
                if let Some(name) = block.variables.first() {
                    variables.push((name.clone(), value.clone()));
                }
                let inner = if kind == BlockKind::With { &value } else { dot };
                self.nodes(&block.body, at, inner, variables, out);
            }
        }
        variables.truncate(known);
    }

    fn range(
        &mut self,
        block: &Block,
        value: &Datum,
        at: Place<'_>,
        dot: &Datum,
        variables: &mut Variables,
        out: &mut Pieces,
    ) {
        let pairs: Vec<(Datum, Datum)> = match &value.value {
            Data::List(items) => {
                items.iter().enumerate().map(|(n, v)| (Datum::number(n as i64), v.clone())).collect()
            }
            Data::Map(fields) => {
                let mut sorted: Vec<_> = fields.iter().collect();
                sorted.sort_by(|a, b| a.key.cmp(&b.key));
                let key = |key: &str, place: Option<Span>| {
                    Datum::pieces(vec![Piece { text: key.to_owned(), place, ..Piece::default() }])
                };
                sorted.into_iter().map(|f| (key(&f.key, f.key_place), f.value.clone())).collect()
            }
            _ => return self.undecided(block, at, dot, variables, out),
        };
        let known = variables.len();
        for (key, item) in pairs {
            match block.variables.as_slice() {
                [key_name, value_name] => {
                    variables.push((key_name.clone(), key));
                    variables.push((value_name.clone(), item.clone()));
                }
                [name] => variables.push((name.clone(), item.clone())),
                _ => {}
            }
            self.nodes(&block.body, at, &item, variables, out);
            variables.truncate(known);
            if self.exhausted() {
                return;
            }
        }
    }

    /// A block of which it is not known whether it stands: its body is kept and marked, and a line of its own says
    /// that there may be more. Inside a line nothing but the unknown is left.
    fn undecided(
        &mut self,
        block: &Block,
        at: Place<'_>,
        dot: &Datum,
        variables: &mut Variables,
        out: &mut Pieces,
    ) {
        let known = variables.len();
        let mut body = Vec::new();
        for name in &block.variables {
            variables.push((name.clone(), Datum::unknown()));
        }
        self.maybe += 1;
        let unknown = Datum::unknown();
        let inner = if block.kind == BlockKind::If { dot } else { &unknown };
        self.nodes(&block.body, at, inner, variables, &mut body);
        // What both branches set is unknown; the text of the other one is left out.
        let mut ignored = Vec::new();
        self.nodes(&block.otherwise, at, dot, variables, &mut ignored);
        self.maybe -= 1;
        variables.truncate(known);
        let text = joined(&body);
        if !block.alone || !text.starts_with(['\n', '\r']) {
            if !text.is_empty() || !ignored.is_empty() {
                self.emit(Piece::new(UNKNOWN.to_string()), out);
            }
            return;
        }
        let line = text.lines().find(|l| !l.trim().is_empty());
        let Some(line) = line else { return };
        let blanks = line.len() - line.trim_start().len();
        self.emit(Piece::new(format!("\n{}{UNKNOWN}", " ".repeat(blanks))), out);
        if block.kind != BlockKind::Range {
            out.append(&mut body);
        }
    }

    pub(super) fn pipeline(
        &mut self,
        pipeline: &Pipeline,
        at: Place<'_>,
        dot: &Datum,
        variables: &mut Variables,
    ) -> Datum {
        let mut last: Option<Datum> = None;
        for command in &pipeline.commands {
            self.steps += 1;
            if self.exhausted() {
                return Datum::unknown();
            }
            last = Some(self.command(command, last, at, dot, variables));
        }
        last.unwrap_or_default()
    }

    fn command(
        &mut self,
        words: &[Operand],
        piped: Option<Datum>,
        at: Place<'_>,
        dot: &Datum,
        variables: &mut Variables,
    ) -> Datum {
        let Some((first, rest)) = words.split_first() else { return Datum::unknown() };
        let Operand::Function(name) = first else {
            let value = self.operand(first, at, dot, variables);
            // A method with arguments (`.Files.Get "x"`, `.Capabilities.APIVersions.Has "y"`) is never known.
            return if rest.is_empty() && piped.is_none() { value } else { Datum::unknown() };
        };
        let mut arguments: Vec<Datum> =
            rest.iter().map(|word| self.operand(word, at, dot, variables)).collect();
        arguments.extend(piped);
        match name.as_str() {
            "include" => self.include(&arguments),
            "tpl" => self.text_template(&arguments, at),
            _ => {
                let found = functions::call(name, &arguments);
                self.bytes += match &found.value {
                    Data::Text(pieces) => pieces.iter().map(|p| p.text.len()).sum(),
                    _ => 0,
                } / 8;
                found
            }
        }
    }

    fn operand(&mut self, word: &Operand, at: Place<'_>, dot: &Datum, variables: &mut Variables) -> Datum {
        let walk = |from: Datum, path: &[String]| path.iter().fold(from, |value, key| value.field(key));
        let place = |range| (!at.floating).then_some(Span::new(at.file, range));
        match word {
            Operand::Field(path) => walk(dot.clone(), path),
            Operand::Variable(name, path) => {
                let found = variables.iter().rev().find(|(n, _)| n == name);
                walk(found.map_or_else(Datum::unknown, |(_, value)| value.clone()), path)
            }
            Operand::Text(text, range) => {
                let text = text.clone();
                Datum::pieces(vec![Piece { text, place: place(*range), ..Piece::default() }])
            }
            Operand::Number(number, range) => {
                Datum { place: place(*range), exact: true, ..Datum::of(Data::Number(number.clone())) }
            }
            Operand::Truth(truth) => Datum::truth(*truth),
            Operand::Nil => Datum::default(),
            Operand::Function(name) if name == "include" => Datum::unknown(),
            Operand::Function(name) => functions::call(name, &[]),
            Operand::Group(pipeline, path) => walk(self.pipeline(pipeline, at, dot, variables), path),
        }
    }

    fn include(&mut self, arguments: &[Datum]) -> Datum {
        let [name, dot] = arguments else { return Datum::unknown() };
        let found = name.known_text().and_then(|name| self.definitions.get(name.as_str()).copied());
        let Some((file, text, nodes)) = found.filter(|_| self.includes < MAX_INCLUDES) else {
            return Datum::unknown();
        };
        self.includes += 1;
        let mut out = Vec::new();
        let mut variables = vec![(String::new(), dot.clone())];
        self.nodes(nodes, Place { file, text, floating: false }, dot, &mut variables, &mut out);
        self.includes -= 1;
        if self.exhausted() { Datum::unknown() } else { Datum::pieces(out) }
    }

    fn text_template(&mut self, arguments: &[Datum], at: Place<'_>) -> Datum {
        let [source, dot] = arguments else { return Datum::unknown() };
        let Data::Text(pieces) = &source.value else {
            return if matches!(source.value, Data::Nil) { Datum::text("") } else { Datum::unknown() };
        };
        let text = joined(pieces);
        if !text.contains("{{") {
            return source.clone();
        }
        if text.contains(UNKNOWN) || self.includes >= MAX_INCLUDES || text.len() > 65_536 {
            return Datum::unknown();
        }
        let template = parse_template(&text);
        self.includes += 1;
        self.steps += text.len() / 16;
        let mut out = Vec::new();
        let mut variables = vec![(String::new(), dot.clone())];
        let inner = Place { file: at.file, text: &text, floating: true };
        self.nodes(&template.nodes, inner, dot, &mut variables, &mut out);
        self.includes -= 1;
        // What the text prints is written where the text is.
        let place = pieces.first().and_then(|p| p.place);
        for piece in &mut out {
            if piece.place.is_none() {
                (piece.place, piece.exact) = (place, false);
            }
        }
        Datum::pieces(out)
    }
}
