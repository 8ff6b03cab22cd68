//! Reports: what a run says, in the form that every format writes. Lines, columns and masking happen here.

pub mod audit_json;
pub mod audit_markdown;
mod audit_rows;
pub mod audit_text;
pub mod baseline;
pub mod build;
pub mod environment;
pub mod json;
pub mod narrow;
pub mod text;
pub mod window;

use std::sync::Arc;

use serde::Serialize;

use crate::rules::{Confidence, Factor, Level};
use crate::source::{ByteRange, FileId};

/// A place in a file as a reader counts it: 1-based lines, 1-based columns in Unicode scalar values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Relative to the checked path, `/` between names.
    pub file: String,
    /// First line.
    pub line: usize,
    /// First column.
    pub column: usize,
    /// Line of the end.
    pub end_line: usize,
    /// Column behind the last character.
    pub end_column: usize,
    /// The file's number.
    pub id: FileId,
    /// The bytes; none for the whole file.
    pub range: Option<ByteRange>,
}

/// A place with its label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelatedPlace {
    /// The place.
    pub place: Place,
    /// What is there.
    pub message: String,
}

/// A finding in words and places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The rule, or a name with the prefix `twelvelint/`.
    pub rule: String,
    /// The factor; none for findings about ourselves.
    pub factor: Option<Factor>,
    /// How much it weighs.
    pub level: Level,
    /// How sure it is.
    pub confidence: Confidence,
    /// What is wrong here.
    pub message: String,
    /// Why it matters, in one sentence.
    pub why: String,
    /// What to type.
    pub help: String,
    /// The service it is about.
    pub service: Option<String>,
    /// Where it is; none when it has no place.
    pub place: Option<Place>,
    /// Further places.
    pub related: Vec<RelatedPlace>,
    /// Identity without line, prose and severity.
    pub fingerprint: String,
    /// The rule is new: shown, never gating.
    pub preview: bool,
    /// Places that hold a secret: masked in every snippet.
    pub secrets: Vec<(FileId, Arc<[ByteRange]>)>,
    /// Paths, relative to the root, that were looked for in vain.
    pub absent: Vec<String>,
    /// The facts and table rows that decided, masked.
    pub trace: Vec<String>,
}

/// Numbers of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Files that some front-end read.
    pub files: usize,
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Infos.
    pub infos: usize,
    /// Findings that a comment or the config suppresses.
    pub suppressed: usize,
    /// With a baseline: how it compares.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<BaselineSummary>,
    /// With a diff: findings in what it does not change, which are not reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unchanged: Option<usize>,
}

/// How the findings compare with a baseline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BaselineSummary {
    /// Findings that are in the baseline, and so not reported.
    pub known: usize,
    /// Entries of the baseline that nothing matches any more.
    pub gone: usize,
}

/// Coverage of one kind of file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoverageLine {
    /// The service; none for the whole tree.
    pub service: Option<String>,
    /// The kind of file.
    pub kind: String,
    /// `complete`, `partial` or `none`.
    pub state: String,
    /// Why, when it is not complete.
    pub reason: Option<String>,
    /// How many files.
    pub files: usize,
}

/// What a run says.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The checked path as typed.
    pub root: String,
    /// Findings, sorted by path, span and rule.
    pub diagnostics: Vec<Diagnostic>,
    /// Numbers.
    pub summary: Summary,
    /// What could be seen.
    pub coverage: Vec<CoverageLine>,
    /// Parts that could not be read: place or path, and reason.
    pub gaps: Vec<(String, String)>,
    /// Names and kinds of the services found.
    pub services: Vec<(String, &'static str)>,
    /// The config in force, when it narrows the run.
    pub narrowed_by: Option<String>,
}

impl Report {
    /// Counts the diagnostics by level into the summary.
    pub fn count(&mut self) {
        let of = |level| self.diagnostics.iter().filter(|d| d.level == level).count();
        let (errors, warnings, infos) = (of(Level::Error), of(Level::Warning), of(Level::Info));
        self.summary = Summary { errors, warnings, infos, ..self.summary };
    }
}
