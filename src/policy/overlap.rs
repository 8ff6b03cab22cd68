//! One cause, one finding: where two rules see the same thing, the stronger speaks.

use std::collections::{BTreeMap, BTreeSet};

use crate::rules::Finding;
use crate::source::{ByteRange, FileId, Span};

/// `(kept, dropped)`: on the same or nested primary spans the first stays and takes the other's related places.
const PAIRS: &[(&str, &str)] = &[
    ("backing/hardcoded-service-address", "config/credential-in-url"),
    ("config/insecure-secret-default", "config/credential-in-url"),
    ("config/secret-in-sink", "config/credential-in-url"),
    ("config/secret-in-sink", "config/secret-literal"),
    ("config/insecure-secret-default", "config/secret-literal"),
    ("config/credential-in-url", "config/secret-literal"),
    ("config/credential-in-url", "config/secret-in-config-file"),
    ("config/credential-in-url", "config/secret-baked-into-image"),
    ("config/credential-in-url", "config/dotenv-committed"),
    ("config/secret-in-config-file", "config/secret-literal"),
    ("backing/hardcoded-service-address", "backing/unattached-dependency"),
    ("config/credential-in-url", "backing/locator-baked-into-image"),
    ("parity/environment-branches-adapter", "backing/provider-branch"),
    ("build/build-at-run-time", "build/dev-server-in-image"),
    ("admin/schema-auto-sync", "admin/migrate-on-boot"),
    ("admin/schema-auto-sync", "admin/migrate-in-start-command"),
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
        let strong = Places::of(&kept, strong);
        for (at, finding) in kept.iter().enumerate().filter(|(_, f)| f.rule.name == *weak) {
            if let Some(stronger) = strong.around_or_inside(finding.primary) {
                dropped.insert(at);
                moved.push((stronger, finding.related.clone()));
            }
        }
    }
    let mut labels: BTreeMap<&str, BTreeMap<String, String>> = BTreeMap::new();
    for (at, related) in moved {
        if let Some(finding) = kept.get_mut(at) {
            let rule = finding.rule;
            let known = labels.entry(rule.name).or_insert_with(|| crate::page::Page::of(rule).en.related);
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

/// The primary places of one rule's findings, to be searched without looking at each.
#[derive(Default)]
struct Places {
    /// By file and sorted: where a finding starts, how far any up to it reaches, its own range, its position.
    ranges: BTreeMap<FileId, Vec<(u32, u32, ByteRange, usize)>>,
    /// Findings about whole files.
    whole: BTreeMap<FileId, usize>,
}

impl Places {
    fn of(findings: &[Finding], rule: &str) -> Self {
        let mut places = Places::default();
        for (at, finding) in findings.iter().enumerate().filter(|(_, f)| f.rule.name == rule) {
            match finding.primary.range {
                Some(range) => {
                    let list = places.ranges.entry(finding.primary.file).or_default();
                    list.push((range.start, range.end, range, at));
                }
                None => {
                    places.whole.entry(finding.primary.file).or_insert(at);
                }
            }
        }
        for list in places.ranges.values_mut() {
            list.sort_by_key(|(start, end, _, at)| (*start, std::cmp::Reverse(*end), *at));
            let mut reach = 0;
            for (_, end, _, _) in list {
                reach = reach.max(*end);
                *end = reach;
            }
        }
        places
    }

    /// The position of a finding at a place that lies around `span`, inside it, or is the same.
    fn around_or_inside(&self, span: Span) -> Option<usize> {
        let Some(wanted) = span.range else { return self.whole.get(&span.file).copied() };
        let list = self.ranges.get(&span.file)?;
        let behind = list.partition_point(|(start, ..)| *start <= wanted.start);
        let before = list.get(..behind)?.iter().rev().take_while(|(_, reach, ..)| *reach >= wanted.end);
        let inside = list.get(behind..)?.iter().take_while(|(start, ..)| *start <= wanted.end);
        let same_start = list.get(..behind)?.iter().rev().take_while(|(start, ..)| *start == wanted.start);
        before
            .filter(|(_, _, range, _)| range.contains(wanted))
            .chain(same_start.chain(inside).filter(|(_, _, range, _)| wanted.contains(*range)))
            .map(|(.., at)| *at)
            .next()
    }
}

#[cfg(test)]
mod tests {
    use super::Places;
    use crate::rules::{Finding, Rule, Sink};
    use crate::source::{ByteRange, FileId, Span};

    fn findings(rule: &'static Rule, ranges: &[(usize, usize)]) -> Vec<Finding> {
        let mut found = Vec::new();
        let mut sink = Sink::new(rule, None, &mut found);
        for (start, end) in ranges {
            let finding = sink.at(Span::new(FileId(0), ByteRange::new(*start, *end)));
            sink.report(finding);
        }
        found
    }

    #[test]
    fn places_around_and_inside_are_found() {
        let rule = Rule::all().next().unwrap();
        let places = Places::of(&findings(rule, &[(10, 20), (30, 60), (40, 45), (70, 71)]), rule.name);
        let search = |start, end| places.around_or_inside(Span::new(FileId(0), ByteRange::new(start, end)));
        assert_eq!(search(12, 15), Some(0));
        assert_eq!(search(10, 20), Some(0));
        assert_eq!(search(10, 25), Some(0), "the same start, and longer");
        assert_eq!(search(5, 15), None, "they only overlap");
        assert_eq!(search(50, 55), Some(1), "behind a shorter one");
        assert_eq!(search(41, 44), Some(2));
        assert_eq!(search(65, 80), Some(3), "it lies inside");
        assert_eq!(search(21, 29), None);
        assert_eq!(places.around_or_inside(Span::new(FileId(1), ByteRange::new(12, 15))), None);
    }
}
