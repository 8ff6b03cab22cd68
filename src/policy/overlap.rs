//! One cause, one finding: where two rules see the same thing, the stronger speaks.

use std::collections::BTreeSet;

use crate::rules::Finding;
use crate::source::Span;

/// `(kept, dropped)`: on the same or nested primary spans the first stays and takes the other's related places.
const PAIRS: &[(&str, &str)] = &[
    ("backing/hardcoded-service-address", "config/credential-in-url"),
    ("config/insecure-secret-default", "config/credential-in-url"),
    ("config/secret-in-sink", "config/credential-in-url"),
    ("backing/hardcoded-service-address", "backing/unattached-dependency"),
    ("config/credential-in-url", "backing/locator-baked-into-image"),
    ("build/build-at-run-time", "build/dev-server-in-image"),
];

/// Removes findings that say again what another says: exact repeats, and the weaker of each pair.
pub fn merge(findings: Vec<Finding>) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        if seen.insert((finding.rule.name, finding.primary)) {
            kept.push(finding);
        }
    }
    let mut dropped = BTreeSet::new();
    let mut moved: Vec<(usize, Vec<(Span, &'static str)>)> = Vec::new();
    for (strong, weak) in PAIRS {
        for (at, finding) in kept.iter().enumerate().filter(|(_, f)| f.rule.name == *weak) {
            let stronger =
                kept.iter().position(|f| f.rule.name == *strong && nested(f.primary, finding.primary));
            if let Some(stronger) = stronger {
                dropped.insert(at);
                moved.push((stronger, finding.related.clone()));
            }
        }
    }
    for (at, related) in moved {
        if let Some(finding) = kept.get_mut(at) {
            let known = crate::page::Page::of(finding.rule).en.related;
            for (span, label) in related {
                if known.contains_key(label)
                    && !finding.related.contains(&(span, label))
                    && span != finding.primary
                {
                    finding.related.push((span, label));
                }
            }
        }
    }
    kept.into_iter().enumerate().filter(|(at, _)| !dropped.contains(at)).map(|(_, finding)| finding).collect()
}

fn nested(a: Span, b: Span) -> bool {
    match (a.range, b.range) {
        (Some(x), Some(y)) => a.file == b.file && (x.contains(y) || y.contains(x)),
        _ => a == b,
    }
}
