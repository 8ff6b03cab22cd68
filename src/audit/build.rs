//! Report and world → [`Audit`].

use std::collections::{BTreeMap, BTreeSet};

use crate::factor_page::{FactorPage, roles};
use crate::page::fill;
use crate::report::build::{Input, Sources, place, relative_to};
use crate::report::{Diagnostic, Report};
use crate::rules::evidence::Collected;
use crate::rules::{Factor, Rule};
use crate::secrets::mask_line;
use crate::world::{Service, ServiceId, ServiceKind, World};

use super::attribute::services_of;
use super::collect::{collect, unread};
use super::verdict::{Case, Weight, verdict};
use super::{Audit, FactorVerdict, Kept, ServiceAudit, Verdict, reason};

/// A diagnostic that is a rule's finding, with what verdicts ask about it.
struct Finding<'a> {
    diagnostic: &'a Diagnostic,
    rule: &'static Rule,
    services: Vec<ServiceId>,
}

impl Finding<'_> {
    fn weight(&self) -> Weight {
        let d = self.diagnostic;
        Weight { level: d.level, confidence: d.confidence, grade: self.rule.grade, preview: d.preview }
    }

    fn counts_in(&self, factor: Factor) -> bool {
        (self.rule.factor == factor || self.rule.also.contains(&factor)) && self.weight().counts()
    }
}

/// Judges what `report` and the world of `input` hold.
pub fn build(input: &Input<'_>, sources: &Sources<'_>, report: Report, label: Option<String>) -> Audit {
    let world = &input.analysis.world;
    let pages: BTreeMap<Factor, FactorPage> =
        Factor::ALL.iter().map(|factor| (*factor, FactorPage::of(*factor))).collect();
    let findings: Vec<Finding<'_>> = report
        .diagnostics
        .iter()
        .filter_map(|diagnostic| {
            let rule = Rule::find(&diagnostic.rule)?;
            Some(Finding { diagnostic, rule, services: services_of(world, diagnostic) })
        })
        .collect();
    let judge = Judge { input, sources, world, pages: &pages, findings: &findings };
    let mut services: Vec<ServiceAudit> =
        (0..world.services.len()).filter_map(|at| judge.service(ServiceId(at))).collect();
    // A program that is not judged has a row when something counts against it that is about no judged one.
    let told: BTreeSet<String> = services
        .iter()
        .filter(|s| s.is_shown)
        .flat_map(|s| s.factors.iter().flat_map(|f| f.findings.iter().cloned()))
        .collect();
    for service in services.iter_mut().filter(|s| !s.is_shown) {
        service.is_shown = service.factors.iter().flat_map(|f| &f.findings).any(|f| !told.contains(f));
    }
    services.sort_by(|a, b| (&a.name, &a.root).cmp(&(&b.name, &b.root)));
    let factors = Factor::ALL.iter().map(|factor| judge.repository(*factor, &services)).collect();
    let pipeline = super::pipeline::stages(input, sources);
    Audit { label, services, pipeline, factors, report }
}

struct Judge<'a> {
    input: &'a Input<'a>,
    sources: &'a Sources<'a>,
    world: &'a World,
    pages: &'a BTreeMap<Factor, FactorPage>,
    findings: &'a [Finding<'a>],
}

impl Judge<'_> {
    fn service(&self, id: ServiceId) -> Option<ServiceAudit> {
        let service = self.world.services.get(id.0)?;
        let factors: Vec<FactorVerdict> =
            Factor::ALL.iter().map(|factor| self.factor(id, service, *factor)).collect();
        let mut languages: Vec<&str> = self
            .world
            .code
            .files
            .iter()
            .filter(|file| !file.test && self.world.services_of(file).iter().any(|(other, _)| *other == id))
            .map(|file| file.facts.language.slug())
            .collect();
        languages.sort_unstable();
        languages.dedup();
        if languages.is_empty() && service.package.is_some() {
            languages.push(crate::facts::code::Language::Rust.slug());
        }
        let root = relative_to(&service.folder, self.input.base);
        Some(ServiceAudit {
            name: service.name.clone(),
            root: if service.folder == self.input.base || root.is_empty() { ".".to_owned() } else { root },
            kind: service.kind.slug(),
            languages,
            is_shown: service.is_judged(),
            factors,
        })
    }

    fn factor(&self, id: ServiceId, service: &Service, factor: Factor) -> FactorVerdict {
        let counted: Vec<&Diagnostic> = self
            .findings
            .iter()
            .filter(|f| f.services.contains(&id) && f.counts_in(factor))
            .map(|f| f.diagnostic)
            .collect();
        let weights = self.findings.iter().filter(|f| f.services.contains(&id) && f.counts_in(factor));
        let by_role = self.by_role(service, factor);
        let collected = match by_role {
            Some(_) => Some(Collected::default()),
            None => collect(self.world, id, factor),
        };
        let failed = collected.is_none();
        let collected = collected.unwrap_or_default();
        let gap = unread(self.world, id, factor);
        let case = Case {
            findings: weights.map(Finding::weight).collect(),
            kept: collected.evidence.iter().any(|e| !e.supporting),
            not_applicable: by_role.is_some() || collected.not_applicable.is_some(),
            unread: gap.is_some() || failed,
        };
        let verdict = verdict(&case);
        let evidence = self.kept(factor, &collected);
        let page = self.pages.get(&factor);
        let reason = match verdict {
            Verdict::Fail | Verdict::Partial => reason::of_findings(&counted),
            Verdict::Pass => {
                let mut messages: Vec<&str> =
                    evidence.iter().filter(|e| !e.supporting).map(|e| e.message.as_str()).collect();
                messages.dedup();
                reason::of_evidence(&messages)
            }
            Verdict::NotApplicable => match (by_role, &collected.not_applicable, page) {
                (Some(reason), ..) => reason,
                (None, Some(why), Some(page)) => page.en.why_not_applicable(why),
                _ => String::new(),
            },
            Verdict::Unknown => match (gap, &collected.unknown, page) {
                _ if failed => reason::of_failure(factor),
                (Some((path, why)), ..) => reason::of_unread(&relative_to(path, self.input.base), why),
                (None, Some(why), Some(page)) => page.en.why_unknown(why),
                _ => String::new(),
            },
        };
        let findings = counted.iter().map(|d| d.fingerprint.clone()).collect();
        FactorVerdict { factor, verdict, reason: mask_line(&reason, &[]), evidence, findings }
    }

    /// Why the factor does not apply to a program of this kind at all.
    fn by_role(&self, service: &Service, factor: Factor) -> Option<String> {
        if service.is_judged() {
            return None;
        }
        // Whatever is built and shipped has a codebase and dependencies.
        let everywhere = matches!(factor, Factor::Codebase | Factor::Dependencies);
        if everywhere && matches!(service.kind, ServiceKind::Cli | ServiceKind::Desktop) {
            return None;
        }
        let template = roles().en.get(service.kind.slug())?;
        Some(fill(template, &BTreeMap::from([("why", service.kind_reason.clone())])))
    }

    /// The evidence in words, that which decides first, then in the order in which the collector names the kinds.
    fn kept(&self, factor: Factor, collected: &Collected) -> Vec<Kept> {
        let Some(page) = self.pages.get(&factor) else { return Vec::new() };
        let mut kinds: Vec<&str> = Vec::new();
        let mut kept: Vec<(usize, Kept)> = Vec::new();
        for evidence in &collected.evidence {
            let known = kinds.iter().position(|kind| *kind == evidence.kind);
            let rank = known.unwrap_or(kinds.len());
            if known.is_none() {
                kinds.push(evidence.kind);
            }
            let Some(place) = place(self.input, self.sources, evidence.span) else { continue };
            let message = mask_line(&page.en.evidence(evidence), &[]);
            let supporting = evidence.supporting;
            kept.push((rank, Kept { file: place.file, line: place.line, message, supporting }));
        }
        kept.sort_by(|(a_rank, a), (b_rank, b)| {
            let key = |kept: &Kept| (kept.file.clone(), kept.line, kept.message.clone());
            (a.supporting, a_rank, key(a)).cmp(&(b.supporting, b_rank, key(b)))
        });
        let mut kept: Vec<Kept> = kept.into_iter().map(|(_, kept)| kept).collect();
        kept.dedup();
        kept
    }

    /// The worst of the services and of what concerns all of them.
    fn repository(&self, factor: Factor, services: &[ServiceAudit]) -> FactorVerdict {
        let shared: Vec<&Finding<'_>> =
            self.findings.iter().filter(|f| f.services.is_empty() && f.counts_in(factor)).collect();
        let judged: Vec<(&str, &FactorVerdict)> = services
            .iter()
            .filter(|s| s.is_shown)
            .filter_map(|s| Some((s.name.as_str(), s.factors.iter().find(|f| f.factor == factor)?)))
            .collect();
        let own = (!shared.is_empty()).then(|| {
            let findings = shared.iter().map(|f| f.weight()).collect();
            verdict(&Case { findings, ..Case::default() })
        });
        let worst = judged.iter().map(|(_, f)| f.verdict).min();
        let verdict = own.into_iter().chain(worst).min().unwrap_or(Verdict::NotApplicable);
        let reason = match own {
            Some(own) if own == verdict && worst.is_none_or(|worst| worst > own) => {
                let diagnostics: Vec<&Diagnostic> = shared.iter().map(|f| f.diagnostic).collect();
                reason::of_findings(&diagnostics)
            }
            _ => reason::of_repository(verdict, &judged),
        };
        let mut findings: Vec<String> = judged.iter().flat_map(|(_, f)| &f.findings).cloned().collect();
        findings.extend(shared.iter().map(|f| f.diagnostic.fingerprint.clone()));
        findings.sort();
        findings.dedup();
        let mut evidence: Vec<Kept> = judged.iter().flat_map(|(_, f)| &f.evidence).cloned().collect();
        evidence.sort();
        evidence.dedup();
        FactorVerdict { factor, verdict, reason, evidence, findings }
    }
}
