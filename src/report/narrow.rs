//! Keeps of a report what is new: against a baseline, or in the lines of a change.

use crate::policy::baseline::Baseline;
use crate::policy::diff::Diff;

use super::build::Sources;
use super::{BaselineSummary, Diagnostic, Place, Report};

/// Drops what the baseline knows, and counts the entries that nothing matches any more: those of rules that ran
/// (`runs`), and only when the run saw every file that the baseline names (`sees`, by path relative to the root),
/// because what is found in one file may hang on another.
pub fn against_baseline(
    report: &mut Report,
    baseline: &Baseline,
    runs: impl Fn(&str) -> bool,
    sees: impl Fn(&str) -> bool,
) {
    let whole = baseline.entries().filter_map(|entry| entry.file.as_deref()).all(sees);
    let entries = baseline.entries().filter(|entry| whole && runs(&entry.rule));
    let found: std::collections::BTreeSet<&str> =
        report.diagnostics.iter().map(|d| d.fingerprint.as_str()).collect();
    let gone = entries.filter(|entry| !found.contains(entry.fingerprint.as_str())).count();
    let before = report.diagnostics.len();
    report.diagnostics.retain(|d| !baseline.knows(&d.fingerprint));
    report.summary.baseline = Some(BaselineSummary { known: before - report.diagnostics.len(), gone });
    report.count();
}

/// Keeps what is found in the file at `path`, relative to the root.
pub fn to_file(report: &mut Report, path: &str, sources: &Sources<'_>) {
    report.diagnostics.retain(|d| d.place.as_ref().is_some_and(|place| sources.path(place.id) == path));
    report.count();
}

/// Keeps what `diff` brings: findings with their place or a related place in changed lines, and findings about a
/// whole file or an absence whose file is changed.
pub fn to_changes(report: &mut Report, diff: &Diff, sources: &Sources<'_>) {
    let before = report.diagnostics.len();
    report.diagnostics.retain(|diagnostic| is_changed(diagnostic, diff, sources));
    report.summary.unchanged = Some(before - report.diagnostics.len());
    report.count();
}

fn is_changed(diagnostic: &Diagnostic, diff: &Diff, sources: &Sources<'_>) -> bool {
    let meets = |place: &Place| {
        let path = sources.path(place.id);
        match place.range {
            Some(_) => diff.changes(path, place.line, place.end_line),
            None => diff.touches(path),
        }
    };
    let places = diagnostic.place.iter().chain(diagnostic.related.iter().map(|related| &related.place));
    let mut places = places.peekable();
    let about_absence = !diagnostic.absent.is_empty();
    if about_absence {
        let own = diagnostic.place.iter().any(|place| diff.touches(sources.path(place.id)));
        if own || diagnostic.absent.iter().any(|path| diff.touches(path)) {
            return true;
        }
    }
    places.any(meets)
}
