//! Builds the tree of a template.

use super::lexer::{Piece, Token, pieces, tokens};
use super::{Block, BlockKind, MAX_NESTING, MAX_NODES, Operand, Pipeline, Template, TemplateNode};
use crate::source::ByteRange;
use crate::syntax::problem::Problem;

/// An open block.
struct Frame {
    opened: Opened,
    nodes: Vec<TemplateNode>,
}

enum Opened {
    File,
    Define(String),
    Block(Box<Block>),
    /// The part behind `else`; true when `end` closes the block around it too (`else if`).
    Else(Box<Block>, bool),
}

/// Reads `text` as a template.
pub fn parse_template(text: &str) -> Template {
    let mut template = Template { text: text.to_owned(), ..Template::default() };
    let mut parser = Parser {
        text,
        stack: vec![Frame { opened: Opened::File, nodes: Vec::new() }],
        nodes: 0,
        template: &mut template,
    };
    for piece in pieces(text) {
        parser.piece(piece);
    }
    parser.finish();
    template
}

struct Parser<'t> {
    text: &'t str,
    stack: Vec<Frame>,
    nodes: usize,
    template: &'t mut Template,
}

impl Parser<'_> {
    fn piece(&mut self, piece: Piece) {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            if self.nodes == MAX_NODES + 1 {
                self.problem("too many actions, the rest is not read", ByteRange::at(self.text.len()));
            }
            return;
        }
        match piece {
            Piece::Text(range) => self.push(TemplateNode::Text(range)),
            Piece::Action { inner, whole, closed } => {
                if !closed {
                    self.problem("the action is not closed", whole);
                }
                self.action(inner, whole);
            }
        }
    }

    fn action(&mut self, inner: ByteRange, whole: ByteRange) {
        let Some(words) = tokens(self.text, inner) else {
            // The keyword decides the structure even when the rest cannot be read.
            let keyword: String =
                inner.slice(self.text).chars().take_while(|c| c.is_ascii_alphabetic()).collect();
            self.problem("the action is not understood", whole);
            return self.keyword(&keyword, &[], whole, true);
        };
        match words.split_first() {
            Some((Token::Word(word), rest)) => self.keyword(word, rest, whole, false),
            Some((Token::Variable(name, fields), [Token::Assign(declares), rest @ ..]))
                if fields.is_empty() =>
            {
                self.push(match pipeline(rest, whole) {
                    Some(value) => {
                        TemplateNode::Assign { name: name.clone(), declares: *declares, pipeline: value }
                    }
                    None => TemplateNode::Print(whole, None),
                });
            }
            _ => self.push(TemplateNode::Print(whole, pipeline(&words, whole))),
        }
    }

    fn keyword(&mut self, word: &str, rest: &[Token], whole: ByteRange, broken: bool) {
        let kind = |word: &str| match word {
            "if" => Some(BlockKind::If),
            "with" => Some(BlockKind::With),
            "range" => Some(BlockKind::Range),
            _ => None,
        };
        match word {
            "define" | "block" => {
                let name = match rest.first() {
                    Some(Token::Text(name, _)) => name.clone(),
                    _ => String::new(),
                };
                if word == "block" {
                    let include = vec![
                        Operand::Function("include".into()),
                        Operand::Text(name.clone(), whole),
                        Operand::Field(Vec::new()),
                    ];
                    self.push(TemplateNode::Print(
                        whole,
                        Some(Pipeline { commands: vec![include], range: whole }),
                    ));
                }
                self.open(Opened::Define(name), whole);
            }
            "else" => self.alternative(rest, whole, kind),
            "end" => self.close(whole),
            "template" => {
                let mut words = vec![Token::Word("include".into())];
                words.extend(rest.iter().cloned());
                self.push(TemplateNode::Print(whole, pipeline(&words, whole)));
            }
            "break" | "continue" if rest.is_empty() => self.push(TemplateNode::Jump(whole)),
            _ => match kind(word) {
                Some(kind) => {
                    let block = self.block(kind, rest, whole);
                    self.open(Opened::Block(Box::new(block)), whole);
                }
                None if broken => self.push(TemplateNode::Print(whole, None)),
                None => {
                    let mut words = vec![Token::Word(word.to_owned())];
                    words.extend(rest.iter().cloned());
                    self.push(TemplateNode::Print(whole, pipeline(&words, whole)));
                }
            },
        }
    }

    fn block(&self, kind: BlockKind, words: &[Token], whole: ByteRange) -> Block {
        let (variables, rest) = match words {
            [
                Token::Variable(key, _),
                Token::Comma,
                Token::Variable(value, _),
                Token::Assign(_),
                rest @ ..,
            ] => (vec![key.clone(), value.clone()], rest),
            [Token::Variable(value, _), Token::Assign(_), rest @ ..] => (vec![value.clone()], rest),
            rest => (Vec::new(), rest),
        };
        Block {
            kind,
            range: whole,
            alone: self.stands_alone(whole),
            variables,
            pipeline: pipeline(rest, whole),
            body: Vec::new(),
            otherwise: Vec::new(),
        }
    }

    fn stands_alone(&self, whole: ByteRange) -> bool {
        let before = self.text.get(..whole.start as usize).unwrap_or("");
        let behind = self.text.get(whole.end as usize..).unwrap_or("");
        let line = before.rsplit('\n').next().unwrap_or("");
        line.trim().is_empty() && behind.split('\n').next().unwrap_or("").trim().is_empty()
    }

    fn open(&mut self, opened: Opened, whole: ByteRange) {
        if self.stack.len() > MAX_NESTING {
            self.problem("nested too deeply, the rest is not read", whole);
            self.nodes = MAX_NODES + 1;
            return;
        }
        self.stack.push(Frame { opened, nodes: Vec::new() });
    }

    fn alternative(&mut self, rest: &[Token], whole: ByteRange, kind: impl Fn(&str) -> Option<BlockKind>) {
        let Some(frame) = self.stack.pop() else { return };
        let (block, chained) = match frame.opened {
            Opened::Block(mut block) => {
                block.body = frame.nodes;
                (block, false)
            }
            Opened::Else(mut block, chained) => {
                block.otherwise.extend(frame.nodes);
                (block, chained)
            }
            other => {
                self.stack.push(Frame { opened: other, nodes: frame.nodes });
                return self.problem("`else` without a block", whole);
            }
        };
        self.open(Opened::Else(block, chained), whole);
        if let [Token::Word(word), rest @ ..] = rest
            && let Some(kind) = kind(word)
        {
            // `else if` opens a block that the same `end` closes.
            let inner = self.block(kind, rest, whole);
            if let Some(Frame { opened: Opened::Else(..), .. }) = self.stack.last() {
                self.open(Opened::Block(Box::new(inner)), whole);
                self.mark_chained();
            }
        }
    }

    /// Notes that the `else` below the innermost block ends with it.
    fn mark_chained(&mut self) {
        let below = self.stack.len().checked_sub(2);
        if let Some(Opened::Else(_, chained)) =
            below.and_then(|at| self.stack.get_mut(at)).map(|frame| &mut frame.opened)
        {
            *chained = true;
        }
    }

    fn close(&mut self, whole: ByteRange) {
        let Some(frame) = self.stack.pop() else { return };
        match frame.opened {
            Opened::File => {
                self.stack.push(Frame { opened: Opened::File, nodes: frame.nodes });
                self.problem("`end` without a block", whole);
            }
            Opened::Define(name) => self.template.definitions.push((name, frame.nodes)),
            Opened::Block(mut block) => {
                block.body = frame.nodes;
                self.push(TemplateNode::Block(block));
                self.close_chain(whole);
            }
            Opened::Else(mut block, _) => {
                block.otherwise.extend(frame.nodes);
                self.push(TemplateNode::Block(block));
                self.close_chain(whole);
            }
        }
    }

    /// Closes the `else` around an `else if` that has just ended.
    fn close_chain(&mut self, whole: ByteRange) {
        if matches!(self.stack.last(), Some(Frame { opened: Opened::Else(_, true), .. })) {
            self.close(whole);
        }
    }

    fn finish(&mut self) {
        let end = ByteRange::at(self.text.len());
        if self.stack.len() > 1 {
            self.problem("a block is not closed", end);
        }
        while self.stack.len() > 1 {
            self.close(end);
        }
        self.template.nodes = self.stack.pop().map(|frame| frame.nodes).unwrap_or_default();
    }

    fn push(&mut self, node: TemplateNode) {
        if let Some(frame) = self.stack.last_mut() {
            frame.nodes.push(node);
        }
    }

    fn problem(&mut self, message: &str, range: ByteRange) {
        if self.template.problems.len() < 20 {
            self.template.problems.push(Problem::new(message, range));
        }
    }
}

/// The pipeline that `words` make; none when they make none.
fn pipeline(words: &[Token], range: ByteRange) -> Option<Pipeline> {
    let mut at = 0;
    let found = group(words, &mut at, range, 0)?;
    (at == words.len()).then_some(found)
}

fn group(words: &[Token], at: &mut usize, range: ByteRange, depth: usize) -> Option<Pipeline> {
    if depth > MAX_NESTING {
        return None;
    }
    let mut commands = Vec::new();
    let mut command = Vec::new();
    while let Some(token) = words.get(*at) {
        let operand = match token {
            Token::Close(_) => break,
            Token::Pipe => {
                *at += 1;
                if command.is_empty() {
                    return None;
                }
                commands.push(std::mem::take(&mut command));
                continue;
            }
            Token::Open => {
                *at += 1;
                let inner = group(words, at, range, depth + 1)?;
                let Some(Token::Close(fields)) = words.get(*at) else { return None };
                Operand::Group(Box::new(inner), fields.clone())
            }
            Token::Text(text, place) => Operand::Text(text.clone(), *place),
            Token::Number(text, place) => Operand::Number(text.clone(), *place),
            Token::Word(word) => match word.as_str() {
                "true" => Operand::Truth(true),
                "false" => Operand::Truth(false),
                "nil" => Operand::Nil,
                _ => Operand::Function(word.clone()),
            },
            Token::Field(names) => Operand::Field(names.clone()),
            Token::Variable(name, fields) => Operand::Variable(name.clone(), fields.clone()),
            Token::Assign(_) | Token::Comma => return None,
        };
        *at += 1;
        command.push(operand);
    }
    if command.is_empty() {
        return None;
    }
    commands.push(command);
    Some(Pipeline { commands, range })
}
