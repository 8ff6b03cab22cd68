//! The audit: for each service and factor a verdict, with its reason, what keeps the factor and what breaks it.

pub mod attribute;
pub mod build;
pub mod collect;
pub mod pipeline;
pub mod reason;
pub mod verdict;

pub use build::build;
pub use verdict::Verdict;

use crate::report::Report;
use crate::rules::Factor;

/// Something that keeps a factor, in words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kept {
    /// Relative to the audited path.
    pub file: String,
    /// 1-based.
    pub line: usize,
    /// What is there.
    pub message: String,
    /// It helps, and is not enough for a pass by itself.
    pub supporting: bool,
}

/// The judgement of one factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FactorVerdict {
    /// The factor.
    pub factor: Factor,
    /// The verdict.
    pub verdict: Verdict,
    /// Why, in one sentence without a full stop.
    pub reason: String,
    /// What keeps the factor.
    pub evidence: Vec<Kept>,
    /// What counts against it: fingerprints of diagnostics of the report.
    pub findings: Vec<String>,
}

/// The judgement of one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceAudit {
    /// Its name.
    pub name: String,
    /// Its folder, relative to the audited path; `.` for the path itself.
    pub root: String,
    /// The kind's name.
    pub kind: &'static str,
    /// The languages of its source code that were read, in the order of their names.
    pub languages: Vec<&'static str>,
    /// The platform runs it, or something counts against it: it has a row of its own.
    pub is_shown: bool,
    /// Twelve verdicts in the order of the factors.
    pub factors: Vec<FactorVerdict>,
}

/// The judgement of one repository.
#[derive(Clone, Debug, Default)]
pub struct Audit {
    /// What `--label` gave.
    pub label: Option<String>,
    /// What the rules say.
    pub report: Report,
    /// The services in the order of their names.
    pub services: Vec<ServiceAudit>,
    /// The stages of delivery.
    pub pipeline: Vec<pipeline::StageAudit>,
    /// Twelve verdicts of the whole repository.
    pub factors: Vec<FactorVerdict>,
}
