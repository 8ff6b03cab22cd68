//! Findings and coverage → [`Report`]: policy applied, prose filled in, places counted, secrets masked.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use xxhash_rust::xxh3::xxh3_128;

use crate::config::Config;
use crate::discover::is_below;
use crate::discover::role::Role;
use crate::engine::Analysis;
use crate::page::{Page, fill};
use crate::policy::level::Levels;
use crate::policy::overlap;
use crate::policy::selection::Selection;
use crate::policy::suppress::{AllowFinding, AllowProblem, Suppressions, UnusedEntry};
use crate::rules::{Confidence, Finding, Level, Stage};
use crate::secrets::mask::secret_ranges;
use crate::secrets::{mask_line, mask_value};
use crate::source::{ByteRange, FileId, SourceMap, Span, Text, decode};
use crate::vfs::Vfs;
use crate::world::coverage::CoverageState;

use super::{CoverageLine, Diagnostic, Place, RelatedPlace, Report};

/// What a report is made from.
pub struct Input<'a> {
    /// What was seen.
    pub analysis: &'a Analysis,
    /// The rules that ran.
    pub selection: &'a Selection,
    /// The config in force.
    pub config: &'a Config,
    /// Folder of the config file, relative to the root.
    pub config_folder: &'a str,
    /// What paths are shown relative to, itself relative to the root: the common root of the checked paths.
    pub base: &'a str,
    /// The checked path as typed.
    pub root: &'a str,
    /// Suppressions are not honoured.
    pub no_suppressions: bool,
}

/// The texts of files, loaded when a finding needs them.
pub struct Sources<'a> {
    vfs: &'a dyn Vfs,
    map: SourceMap,
    /// What looks like a secret, by file and line: a long line can be shown a thousand times.
    secret_ranges: Mutex<BTreeMap<(FileId, usize), Ranges>>,
}

/// Bytes of a line.
type Ranges = Arc<[Range<usize>]>;

impl<'a> Sources<'a> {
    /// The texts of the files of `analysis`.
    pub fn new(vfs: &'a dyn Vfs, analysis: &Analysis) -> Self {
        let mut map = SourceMap::default();
        for file in &analysis.world.inventory.files {
            map.add(file.path.clone());
        }
        for link in &analysis.world.inventory.links {
            map.add(link.path.clone());
        }
        Sources { vfs, map, secret_ranges: Mutex::default() }
    }

    /// The text of a file; empty when it cannot be read any more.
    pub fn text(&self, file: FileId) -> Option<&Text> {
        self.map.text(file, |path| {
            let bytes = self.vfs.read(path, u64::from(u32::MAX)).unwrap_or_default();
            decode(bytes).0
        })
    }

    /// The bytes of line `line` (1-based) of a file that are secrets by their own looks.
    pub fn secret_ranges(&self, file: FileId, line: usize) -> Ranges {
        let mut known = self.secret_ranges.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let ranges = known.entry((file, line)).or_insert_with(|| {
            let text = self.text(file).map_or("", |text| text.line_range(line).slice(&text.text));
            secret_ranges(text).into()
        });
        Arc::clone(ranges)
    }

    /// The path of a file, relative to the root.
    pub fn path(&self, file: FileId) -> &str {
        self.map.path(file)
    }
}

type Ordinals = BTreeMap<(String, String, String), usize>;

/// Makes the report of `findings`; `broken` names rules that panicked.
pub fn build(input: &Input<'_>, sources: &Sources<'_>, findings: Vec<Finding>, broken: &[&str]) -> Report {
    let world = &input.analysis.world;
    let comments = input.analysis.allows.iter().map(|(file, allows)| (*file, allows.as_slice())).collect();
    let mut suppressions = Suppressions::new(comments, input.config, input.config_folder);
    let levels = Levels::new(input.config, input.config_folder);
    let mut pages: BTreeMap<&str, Page> = BTreeMap::new();
    let mut report = Report { root: input.root.to_owned(), ..Report::default() };
    let mut ordinals = Ordinals::new();
    let mut findings = overlap::merge(findings);
    findings.sort_by(|a, b| order(sources, a).cmp(&order(sources, b)));
    // The lines around a finding may hold the secret of another one.
    let mut secrets: BTreeMap<FileId, Vec<ByteRange>> = BTreeMap::new();
    for span in findings.iter().flat_map(|f| &f.secrets) {
        secrets.entry(span.file).or_default().extend(span.range);
    }
    let secrets = secrets.into_iter().map(|(file, ranges)| (file, ranges.into())).collect();
    for finding in &findings {
        let path = sources.path(finding.primary.file);
        let service = finding.service.and_then(|id| world.services.get(id.0)).map(|s| s.name.clone());
        let suppressed = suppressions.reason(finding, path, service.as_deref());
        let Some(level) = levels.of(finding, path) else { continue };
        let secret = finding.secrets.contains(&finding.primary);
        let fingerprint =
            fingerprint(sources, finding.rule.name, Some(finding.primary), secret, &mut ordinals);
        if suppressed.is_some() && !input.no_suppressions {
            report.summary.suppressed += 1;
            continue;
        }
        let page = pages.entry(finding.rule.name).or_insert_with(|| Page::of(finding.rule));
        report.diagnostics.push(Diagnostic {
            level,
            service,
            fingerprint,
            ..diagnostic(input, sources, finding, page, &secrets)
        });
    }
    let mut about_us = Vec::new();
    for problem in suppressions.problems(input.selection) {
        about_us.push(about_allow(input, sources, &problem));
    }
    for entry in suppressions.unused_entries(input.selection) {
        about_us.push(about_entry(input, sources, &entry));
    }
    for name in broken {
        let message = format!("the rule `{name}` failed; its findings may be incomplete");
        about_us.push(ourselves("internal-error", Level::Warning, message, None));
    }
    coverage(input, sources, &mut report, &mut about_us);
    about_us.sort_by(|a, b| (sort_key(a), &a.message).cmp(&(sort_key(b), &b.message)));
    for mut diagnostic in about_us {
        let path = diagnostic.place.as_ref().map_or("", |place| sources.path(place.id));
        let level = levels.of_ourselves(&diagnostic.rule, diagnostic.level, path);
        let Some(level) = level.filter(|_| !input.selection.silences(&diagnostic.rule)) else { continue };
        let span = diagnostic.place.as_ref().map(|place| Span { file: place.id, range: place.range });
        diagnostic.level = level;
        diagnostic.fingerprint = fingerprint(sources, &diagnostic.rule, span, false, &mut ordinals);
        report.diagnostics.push(diagnostic);
    }
    report.diagnostics.sort_by(|a, b| sort_key(a).cmp(&sort_key(b)));
    report.count();
    report.services = world.services.iter().map(|s| (s.name.clone(), s.kind.slug())).collect();
    report
}

fn order<'a>(sources: &'a Sources<'_>, finding: &Finding) -> (&'a str, Option<ByteRange>, &'static str) {
    (sources.path(finding.primary.file), finding.primary.range, finding.rule.name)
}

fn sort_key(diagnostic: &Diagnostic) -> (&str, usize, usize, &str) {
    let place = diagnostic.place.as_ref();
    let file = place.map_or("", |p| p.file.as_str());
    (file, place.map_or(0, |p| p.line), place.map_or(0, |p| p.column), &diagnostic.rule)
}

/// A finding in words; level, service and fingerprint are the caller's.
fn diagnostic(
    input: &Input<'_>,
    sources: &Sources<'_>,
    finding: &Finding,
    page: &Page,
    secrets: &BTreeMap<FileId, Arc<[ByteRange]>>,
) -> Diagnostic {
    let templates = &page.en;
    let mask = |text: String| mask_line(&text, &[]);
    let mut files: Vec<FileId> = finding.related.iter().map(|(span, _)| span.file).collect();
    files.push(finding.primary.file);
    files.sort();
    files.dedup();
    let related = finding.related.iter().filter_map(|(span, label)| {
        let message = mask(templates.related(label, finding));
        Some(RelatedPlace { place: place(input, sources, *span)?, message })
    });
    Diagnostic {
        rule: finding.rule.name.to_owned(),
        factor: Some(finding.rule.factor),
        level: finding.level,
        confidence: finding.confidence,
        message: mask(templates.message(finding)),
        why: mask(fill(&templates.why, &finding.arguments)),
        help: mask(templates.help(finding)),
        service: None,
        place: place(input, sources, finding.primary),
        related: related.collect(),
        fingerprint: String::new(),
        preview: finding.rule.stage == Stage::Preview,
        secrets: files.into_iter().filter_map(|file| Some((file, Arc::clone(secrets.get(&file)?)))).collect(),
        absent: finding.absent.clone(),
        trace: finding.trace.iter().map(|fact| mask(fact.clone())).collect(),
    }
}

/// xxh3-128 of rule, root-relative path, masked primary text with white space folded, and ordinal in the file.
fn fingerprint(
    sources: &Sources<'_>,
    rule: &str,
    primary: Option<Span>,
    secret: bool,
    ordinals: &mut Ordinals,
) -> String {
    let path = primary.map_or("", |span| sources.path(span.file)).to_owned();
    let text = primary.and_then(|span| Some(span.range?.slice(&sources.text(span.file)?.text)));
    let masked = match text {
        Some(text) if secret => mask_value(text),
        Some(text) => mask_line(text, &[]),
        None => String::new(),
    };
    let folded = masked.split_whitespace().collect::<Vec<_>>().join(" ");
    let ordinal = ordinals.entry((rule.to_owned(), path.clone(), folded.clone())).or_default();
    let input = format!("{rule}\0{path}\0{folded}\0{ordinal}");
    *ordinal += 1;
    format!("{:032x}", xxh3_128(input.as_bytes()))
}

/// A span as a reader counts it.
pub fn place(input: &Input<'_>, sources: &Sources<'_>, span: Span) -> Option<Place> {
    let path = sources.path(span.file);
    if path.is_empty() {
        return None;
    }
    let file = relative_to(path, input.base);
    let Some(range) = span.range else {
        return Some(Place {
            file,
            line: 1,
            column: 1,
            end_line: 1,
            end_column: 1,
            id: span.file,
            range: None,
        });
    };
    let text = sources.text(span.file)?;
    let (line, column) = text.position(range.start);
    let (end_line, end_column) = text.position(range.end);
    Some(Place { file, line, column, end_line, end_column, id: span.file, range: Some(range) })
}

/// `path` relative to `base`, both relative to the root; `../` for what lies above.
pub fn relative_to(path: &str, base: &str) -> String {
    if path == base {
        return path.rsplit('/').next().unwrap_or(path).to_owned();
    }
    if is_below(path, base) {
        return path.get(base.len()..).unwrap_or(path).trim_start_matches('/').to_owned();
    }
    let base_parts: Vec<&str> = base.split('/').filter(|s| !s.is_empty()).collect();
    let parts: Vec<&str> = path.split('/').collect();
    let shared = base_parts.iter().zip(&parts).take_while(|(a, b)| a == b).count();
    let rest: Vec<&str> = parts.into_iter().skip(shared).collect();
    format!("{}{}", "../".repeat(base_parts.len() - shared), rest.join("/"))
}

/// A finding about ourselves; its fingerprint is the caller's.
fn ourselves(name: &str, level: Level, message: String, place: Option<Place>) -> Diagnostic {
    Diagnostic {
        rule: format!("twelvelint/{name}"),
        factor: None,
        level,
        confidence: Confidence::High,
        message,
        why: String::new(),
        help: String::new(),
        service: None,
        fingerprint: String::new(),
        place,
        related: Vec::new(),
        preview: false,
        secrets: Vec::new(),
        absent: Vec::new(),
        trace: Vec::new(),
    }
}

fn about_allow(input: &Input<'_>, sources: &Sources<'_>, problem: &AllowFinding) -> Diagnostic {
    let place = place(input, sources, Span::new(problem.file, problem.range));
    let (name, message, help) = match &problem.problem {
        AllowProblem::WithoutReason(None) => (
            "allow-without-reason",
            "this suppression has no reason, so it has no effect".to_owned(),
            "write the reason behind `--`: `twelvelint: allow(rule) -- why this is right here`",
        ),
        AllowProblem::WithoutReason(Some(malformed)) => (
            "allow-without-reason",
            format!("this suppression cannot be read: {malformed}"),
            "write `twelvelint: allow(rule) -- why this is right here`",
        ),
        AllowProblem::UnknownRule(rule) => {
            ("unknown-rule-in-allow", crate::config::unknown_rule(rule), "`twelvelint rules` lists the rules")
        }
        AllowProblem::Unused(rule) => (
            "unused-allow",
            format!("nothing here breaks `{rule}`"),
            "delete the suppression, or move it in front of what it is for",
        ),
    };
    let mut diagnostic = ourselves(name, Level::Warning, message, place);
    diagnostic.help = help.to_owned();
    diagnostic
}

/// An entry of the config that matches nothing.
fn about_entry(input: &Input<'_>, sources: &Sources<'_>, entry: &UnusedEntry) -> Diagnostic {
    let path = input.config.file.as_ref().and_then(|file| file.path.as_deref());
    let place = path.and_then(|path| input.analysis.world.file_at(path)).and_then(|file| {
        let mark = sources.text(file).filter(|text| text.text.starts_with('\u{feff}')).map_or(0, |_| 3);
        place(input, sources, Span::new(file, entry.range.shifted(mark)))
    });
    let message = format!("the `[[allow]]` for `{}` matches no finding", entry.rule);
    let mut diagnostic = ourselves("unused-allow", Level::Warning, message, place);
    diagnostic.help = "delete the entry, or mend its `path` or `service`".to_owned();
    diagnostic
}

fn coverage(input: &Input<'_>, sources: &Sources<'_>, report: &mut Report, about_us: &mut Vec<Diagnostic>) {
    let world = &input.analysis.world;
    for (kind, files) in world.coverage.files.iter().filter(|(_, files)| *files > 0) {
        let gap = world.coverage.gaps.iter().find(|g| g.kind == Some(*kind));
        let complete = world.coverage.state(*kind, "") == CoverageState::Complete;
        report.summary.files += files;
        report.coverage.push(CoverageLine {
            service: None,
            kind: kind.slug().to_owned(),
            state: if complete { "complete" } else { "partial" }.to_owned(),
            reason: gap.map(|g| format!("{}: {}", relative_to(&g.path, input.base), g.reason)),
            files: *files,
        });
    }
    let mut told = std::collections::BTreeSet::new();
    for gap in &world.coverage.gaps {
        let role = gap.file.and_then(|f| world.inventory.files.get(f.0 as usize)).map(|f| f.role);
        let place = gap.file.and_then(|file| place(input, sources, Span { file, range: gap.range }));
        let shown = match &place {
            Some(place) if gap.range.is_some() => format!("{}:{}:{}", place.file, place.line, place.column),
            _ => relative_to(&gap.path, input.base),
        };
        report.gaps.push((shown, gap.reason.clone()));
        let first = told.insert(gap.path.as_str());
        if first && gap.kind.is_some() && role.is_none_or(|r| r == Role::Production) {
            let others = world.coverage.gaps.iter().filter(|g| g.path == gap.path).count() - 1;
            let more = if others > 0 { format!(" (and {others} more)") } else { String::new() };
            let (name, level) = match gap.internal {
                true => ("internal-error", Level::Warning),
                false => ("unparsed-file", Level::Info),
            };
            let message = format!("part of this file could not be read: {}{more}", gap.reason);
            about_us.push(ourselves(name, level, mask_line(&message, &[]), place));
        }
    }
    let config = input.config;
    let narrowing = !config.ignore.is_empty()
        || !config.exclude.is_empty()
        || config.select.is_some()
        || !config.rules.is_empty()
        || !config.overrides.is_empty()
        || !config.allow.is_empty()
        || !config.services.is_empty()
        || config.fail_on.is_some();
    if narrowing {
        report.narrowed_by = config.file.as_ref().map(|file| file.shown.clone());
    }
}
