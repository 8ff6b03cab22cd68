//! The template language of Helm charts (Go templates): texts, actions and blocks, each with its place.
//!
//! Reading never fails: an action that is not understood becomes one of unknown value, an unclosed block ends with
//! the file, and both are problems.

mod lexer;
mod parser;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::source::ByteRange;
use crate::syntax::problem::Problem;

pub use parser::parse_template;

/// Deepest nesting of blocks, and of parentheses, that is kept.
pub const MAX_NESTING: usize = 48;

/// Most nodes of one template.
pub const MAX_NODES: usize = 50_000;

/// A template file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Template {
    /// The text as it was given; ranges count its bytes.
    pub text: String,
    /// What stands outside of definitions.
    pub nodes: Vec<TemplateNode>,
    /// Named templates: `{{ define "name" }}`.
    pub definitions: Vec<(String, Vec<TemplateNode>)>,
    /// What was not understood.
    pub problems: Vec<Problem>,
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum TemplateNode {
    /// Text that is copied, trim markers applied.
    Text(ByteRange),
    /// `{{ pipeline }}`: the value is printed; none when it was not understood.
    Print(ByteRange, Option<Pipeline>),
    /// `{{ $x := pipeline }}`, which declares, or `{{ $x = pipeline }}`.
    Assign {
        /// The variable, `$` left out.
        name: String,
        /// `:=`.
        declares: bool,
        /// The value.
        pipeline: Pipeline,
    },
    /// `{{ if }}`, `{{ with }}`, `{{ range }}`.
    Block(Box<Block>),
    /// `{{ break }}`, `{{ continue }}`.
    Jump(ByteRange),
}

/// What a block does with its pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum BlockKind {
    /// The body stands when the value is not empty.
    If,
    /// As `if`, and the value is the dot of the body.
    With,
    /// The body stands once for each item.
    Range,
}

/// A block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// What it does.
    pub kind: BlockKind,
    /// The opening action.
    pub range: ByteRange,
    /// Its action stands alone on its line.
    pub alone: bool,
    /// The variables it sets: none, the value, or key and value.
    pub variables: Vec<String>,
    /// The pipeline; none when it was not understood.
    pub pipeline: Option<Pipeline>,
    /// What stands if it applies.
    pub body: Vec<TemplateNode>,
    /// What stands otherwise; `else if` is a block in it.
    pub otherwise: Vec<TemplateNode>,
}

/// Commands of which each gets the value of the one before as its last argument.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pipeline {
    /// The commands; never empty.
    pub commands: Vec<Vec<Operand>>,
    /// Where it stands.
    pub range: ByteRange,
}

/// A word of a command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Operand {
    /// `.` and `.a.b`.
    Field(Vec<String>),
    /// `$x.a.b`; the name `$` is the root.
    Variable(String, Vec<String>),
    /// A text.
    Text(String, ByteRange),
    /// A number as written.
    Number(String, ByteRange),
    /// `true`, `false`.
    Truth(bool),
    /// `nil`.
    Nil,
    /// The name of a function.
    Function(String),
    /// `(pipeline).a.b`.
    Group(Box<Pipeline>, Vec<String>),
}
