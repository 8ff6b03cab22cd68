//! Audits as JSON, version 1. The structs are the contract: they are separate from what the program works with.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Summary;
use super::json::{CoverageV1, DiagnosticV1, EDITION, ToolV1, coverage, diagnostic, tool};
use crate::audit::pipeline::StageAudit;
use crate::audit::{Audit, FactorVerdict, ServiceAudit};

#[derive(Serialize)]
struct AuditsV1<'a> {
    version: u32,
    repositories: Vec<AuditV1<'a>>,
}

#[derive(Serialize)]
struct AuditV1<'a> {
    version: u32,
    tool: ToolV1,
    edition: &'static str,
    root: &'a str,
    label: Option<&'a str>,
    services: Vec<ServiceV1<'a>>,
    factors: BTreeMap<FactorKeyV1, FactorV1<'a>>,
    diagnostics: Vec<DiagnosticV1<'a>>,
    summary: Summary,
    coverage: Vec<CoverageV1<'a>>,
}

/// The roman numeral of a factor, in the order of the factors.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct FactorKeyV1(crate::rules::Factor);

impl Serialize for FactorKeyV1 {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.numeral())
    }
}

#[derive(Serialize)]
struct ServiceV1<'a> {
    name: &'a str,
    root: &'a str,
    kind: &'static str,
    languages: &'a [&'static str],
    factors: Vec<FactorV1<'a>>,
    network: Vec<NetworkV1>,
    pipeline: Vec<StageV1<'a>>,
}

#[derive(Serialize)]
struct FactorV1<'a> {
    factor: &'static str,
    slug: &'static str,
    verdict: &'static str,
    reason: &'a str,
    evidence: Vec<EvidenceV1<'a>>,
    findings: &'a [String],
}

#[derive(Serialize)]
struct EvidenceV1<'a> {
    file: &'a str,
    line: usize,
    message: &'a str,
}

/// An endpoint of a service and what a consumer is told about it.
#[derive(Serialize)]
struct NetworkV1 {}

/// A stage of the pipeline.
#[derive(Serialize)]
struct StageV1<'a> {
    stage: &'static str,
    state: &'static str,
    reason: &'a str,
    places: Vec<EvidenceV1<'a>>,
}

/// One object for one repository, a list of them for several.
pub fn render(audits: &[Audit]) -> String {
    let text = match audits {
        [one] => serde_json::to_string_pretty(&audit(one)),
        all => serde_json::to_string_pretty(&AuditsV1 {
            version: 1,
            repositories: all.iter().map(audit).collect(),
        }),
    };
    let mut text = text.unwrap_or_default();
    text.push('\n');
    text
}

fn audit(audit: &Audit) -> AuditV1<'_> {
    AuditV1 {
        version: 1,
        tool: tool(),
        edition: EDITION,
        root: &audit.report.root,
        label: audit.label.as_deref(),
        services: audit.services.iter().map(|s| service(audit, s)).collect(),
        factors: audit.factors.iter().map(|f| (FactorKeyV1(f.factor), factor(f))).collect(),
        diagnostics: audit.report.diagnostics.iter().map(diagnostic).collect(),
        summary: audit.report.summary,
        coverage: coverage(&audit.report),
    }
}

/// A stage of the repository's delivery; services share the pipelines.
fn stage(stage: &StageAudit) -> StageV1<'_> {
    let places = stage.places.iter();
    StageV1 {
        stage: stage.stage.slug(),
        state: stage.state,
        reason: &stage.reason,
        places: places.map(|e| EvidenceV1 { file: &e.file, line: e.line, message: &e.message }).collect(),
    }
}

fn service<'a>(audit: &'a Audit, service: &'a ServiceAudit) -> ServiceV1<'a> {
    ServiceV1 {
        name: &service.name,
        root: &service.root,
        kind: service.kind,
        languages: &service.languages,
        factors: service.factors.iter().map(factor).collect(),
        network: Vec::new(),
        pipeline: audit.pipeline.iter().map(stage).collect(),
    }
}

fn factor(judged: &FactorVerdict) -> FactorV1<'_> {
    let evidence = judged.evidence.iter();
    FactorV1 {
        factor: judged.factor.numeral(),
        slug: judged.factor.slug(),
        verdict: judged.verdict.word(),
        reason: &judged.reason,
        evidence: evidence.map(|e| EvidenceV1 { file: &e.file, line: e.line, message: &e.message }).collect(),
        findings: &judged.findings,
    }
}
