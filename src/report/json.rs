//! JSON, version 1. The structs are the contract: they are separate from what the program works with.

use serde::Serialize;

use super::{Diagnostic, Report, Summary};
use crate::rules::{Confidence, Level};

#[derive(Serialize)]
struct ReportV1<'a> {
    version: u32,
    tool: ToolV1,
    edition: &'static str,
    root: &'a str,
    diagnostics: Vec<DiagnosticV1<'a>>,
    summary: Summary,
    coverage: Vec<CoverageV1<'a>>,
}

#[derive(Serialize)]
pub(super) struct ToolV1 {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
pub(super) struct CoverageV1<'a> {
    service: Option<&'a str>,
    kind: &'a str,
    state: &'a str,
    reason: Option<&'a str>,
    files: usize,
}

#[derive(Serialize)]
pub(super) struct DiagnosticV1<'a> {
    rule: &'a str,
    factor: Option<&'static str>,
    slug: Option<&'static str>,
    severity: Level,
    confidence: Confidence,
    message: &'a str,
    help: &'a str,
    url: Option<&'static str>,
    service: Option<&'a str>,
    file: Option<&'a str>,
    line: Option<usize>,
    column: Option<usize>,
    end_line: Option<usize>,
    end_column: Option<usize>,
    related: Vec<RelatedV1<'a>>,
    fingerprint: &'a str,
    preview: bool,
    fix: Option<()>,
}

#[derive(Serialize)]
pub(super) struct RelatedV1<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    message: &'a str,
}

/// The report as one JSON object with a line end.
pub fn render(report: &Report) -> String {
    let object = ReportV1 {
        version: 1,
        tool: tool(),
        edition: EDITION,
        root: &report.root,
        diagnostics: report.diagnostics.iter().map(diagnostic).collect(),
        summary: report.summary,
        coverage: coverage(report),
    };
    let mut text = serde_json::to_string_pretty(&object).unwrap_or_default();
    text.push('\n');
    text
}

/// The edition of the factors' text.
pub(super) const EDITION: &str = "2011";

pub(super) fn tool() -> ToolV1 {
    ToolV1 { name: "twelvelint", version: env!("CARGO_PKG_VERSION") }
}

pub(super) fn coverage(report: &Report) -> Vec<CoverageV1<'_>> {
    let lines = report.coverage.iter().map(|line| CoverageV1 {
        service: line.service.as_deref(),
        kind: &line.kind,
        state: &line.state,
        reason: line.reason.as_deref(),
        files: line.files,
    });
    lines.collect()
}

pub(super) fn diagnostic(diagnostic: &Diagnostic) -> DiagnosticV1<'_> {
    let place = diagnostic.place.as_ref();
    DiagnosticV1 {
        rule: &diagnostic.rule,
        factor: diagnostic.factor.map(|f| f.numeral()),
        slug: diagnostic.factor.map(|f| f.slug()),
        severity: diagnostic.level,
        confidence: diagnostic.confidence,
        message: &diagnostic.message,
        help: &diagnostic.help,
        url: diagnostic.factor.map(|f| f.url()),
        service: diagnostic.service.as_deref(),
        file: place.map(|p| p.file.as_str()),
        line: place.map(|p| p.line),
        column: place.map(|p| p.column),
        end_line: place.map(|p| p.end_line),
        end_column: place.map(|p| p.end_column),
        related: diagnostic
            .related
            .iter()
            .map(|r| RelatedV1 {
                file: &r.place.file,
                line: r.place.line,
                column: r.place.column,
                end_line: r.place.end_line,
                end_column: r.place.end_column,
                message: &r.message,
            })
            .collect(),
        fingerprint: &diagnostic.fingerprint,
        preview: diagnostic.preview,
        fix: None,
    }
}
