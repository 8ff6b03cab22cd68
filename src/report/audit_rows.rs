//! What the tables of all formats for people show.

use std::collections::BTreeMap;

use super::Diagnostic;
use super::window::visible;
use crate::audit::reason::few;
use crate::audit::{Audit, FactorVerdict, Kept, ServiceAudit};

/// A row.
pub(super) struct Row<'a> {
    /// A service, or a repository.
    pub name: String,
    /// The kind of the service; empty for a repository.
    pub kind: &'static str,
    /// It is the row of a repository.
    pub is_repository: bool,
    /// Twelve verdicts.
    pub factors: &'a [FactorVerdict],
}

/// The rows: of one repository its services and, where there are several, the repository behind them; of several the
/// services of each behind it.
pub(super) fn rows(audits: &[Audit]) -> Vec<Row<'_>> {
    let mut rows = Vec::new();
    for audit in audits {
        let services = services_of(audit);
        let several = audits.len() > 1;
        let indent = if several { "  " } else { "" };
        let own = services.iter().map(|service| Row {
            name: format!("{indent}{}", visible(label(service, &services))),
            kind: service.kind,
            is_repository: false,
            factors: &service.factors,
        });
        let name = if several { name_of(&audit.report.root) } else { "repository".to_owned() };
        let whole = Row { name, kind: "", is_repository: true, factors: &audit.factors };
        if several {
            rows.push(whole);
            rows.extend(own);
        } else {
            rows.extend(own);
            rows.push(whole);
        }
    }
    rows
}

/// The name of a service; its folder, where names were made different by numbers.
pub(super) fn label<'a>(service: &'a ServiceAudit, all: &[&ServiceAudit]) -> &'a str {
    fn stem(name: &str) -> &str {
        let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
        stem.strip_suffix('-').filter(|_| stem.len() < name.len()).unwrap_or(name)
    }
    let own = stem(&service.name);
    let alike = all.iter().filter(|other| stem(&other.name) == own).count();
    let folders = all.iter().filter(|other| other.root == service.root).count();
    if alike > 1 && folders == 1 && service.root != "." { &service.root } else { &service.name }
}

/// The last part of a path as typed.
fn name_of(root: &str) -> String {
    let trimmed = root.trim_end_matches('/');
    let last = trimmed.rsplit('/').next().filter(|n| !n.is_empty() && *n != "." && *n != "..");
    visible(last.unwrap_or(root))
}

/// The services with a row of their own.
pub(super) fn services_of(audit: &Audit) -> Vec<&ServiceAudit> {
    audit.services.iter().filter(|s| s.is_shown).collect()
}

/// The programs without a row of their own, by kind, in words.
pub(super) fn folded(audit: &Audit) -> Vec<String> {
    let mut kinds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for service in audit.services.iter().filter(|s| !s.is_shown) {
        kinds.entry(service.kind).or_default().push(&service.name);
    }
    let parts: Vec<String> = kinds
        .iter()
        .map(|(kind, names)| format!("{} {kind} ({})", names.len(), visible(&few(names))))
        .collect();
    if parts.is_empty() { Vec::new() } else { vec![parts.join(", ")] }
}

/// Evidence in words with its places; what says the same stands once. That which decides comes first.
pub(super) fn grouped(evidence: &[Kept]) -> Vec<String> {
    let mut groups: Vec<(&str, Vec<String>)> = Vec::new();
    for kept in evidence {
        let place = format!("{}:{}", kept.file, kept.line);
        match groups.iter_mut().find(|(message, _)| *message == kept.message) {
            Some((_, places)) if places.contains(&place) => {}
            Some((_, places)) => places.push(place),
            None => groups.push((&kept.message, vec![place])),
        }
    }
    let line = |(message, places): &(&str, Vec<String>)| {
        let places: Vec<&str> = places.iter().map(String::as_str).collect();
        format!("{message} ({})", few(&places))
    };
    groups.iter().map(line).collect()
}

/// The factors that something counts against which is about no service, with these findings.
pub(super) fn repository_wide(audit: &Audit) -> Vec<(&FactorVerdict, Vec<&Diagnostic>)> {
    let of_services = |fingerprint: &String| {
        audit.services.iter().flat_map(|s| &s.factors).any(|f| f.findings.contains(fingerprint))
    };
    let mut found = Vec::new();
    for judged in &audit.factors {
        let shared = judged.findings.iter().filter(|f| !of_services(f));
        let findings: Vec<&Diagnostic> =
            shared.filter_map(|f| audit.report.diagnostics.iter().find(|d| d.fingerprint == *f)).collect();
        if !findings.is_empty() {
            found.push((judged, findings));
        }
    }
    found
}
