//! Audits as text: a table of services and factors, then the reasons.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style as Paint};
use textwrap::{Options, WordSeparator, WordSplitter};
use unicode_width::UnicodeWidthStr as _;

use super::Diagnostic;
use super::audit_rows::{Row, folded, grouped, label, repository_wide, rows, services_of};
use super::window::visible;
use crate::audit::reason::{self, NO_SERVICE, plural};
use crate::audit::{Audit, FactorVerdict, ServiceAudit, Verdict};
use crate::rules::{Factor, Level};

/// How text is written.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// With colours.
    pub color: bool,
    /// With symbols outside of ASCII.
    pub unicode: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// The table alone.
    pub quiet: bool,
    /// With all evidence.
    pub verbose: bool,
}

/// Pieces of evidence of a factor that are shown unless all are asked for.
const SHOWN: usize = 3;

/// Columns in front of the reasons.
const INDENT: usize = 17;

/// Columns in front of the places of a stage.
const PIPELINE_INDENT: usize = 26;

/// The table and, unless only it is wanted, the reasons.
pub fn render(audits: &[Audit], style: Style) -> String {
    let mut text = table(audits, style);
    for audit in audits {
        for line in folded(audit) {
            let name = if audits.len() > 1 { format!("{}: ", audit.report.root) } else { String::new() };
            push_wrapped(&mut text, &format!("not judged: {name}{line}"), 0, style.width);
        }
    }
    text.push_str(&legend(style));
    if style.quiet {
        return text;
    }
    for audit in audits {
        for service in services_of(audit) {
            text.push('\n');
            text.push_str(&head(audits, audit, service, style));
            for judged in &service.factors {
                factor(&mut text, audit, judged, style);
            }
        }
        whole(&mut text, audits, audit, style);
        pipeline(&mut text, audits, audit, style);
        summary(&mut text, audits, audit, style);
    }
    text
}

fn table(audits: &[Audit], style: Style) -> String {
    let rows: Vec<Row<'_>> = rows(audits);
    let numerals: usize = Factor::ALL.iter().map(|f| column(*f)).sum();
    let kinds = rows.iter().map(|r| r.kind.width()).max().unwrap_or(0);
    let room = style.width.saturating_sub(numerals + kinds + 3).max(8);
    let names = rows.iter().map(|r| r.name.width()).max().unwrap_or(0).min(room);
    let mut text = " ".repeat(names + kinds + 3);
    for factor in Factor::ALL {
        let _ = write!(text, "{:<width$}", factor.numeral(), width = column(*factor));
    }
    end_line(&mut text);
    for row in &rows {
        let name = shortened(&row.name, names, style);
        let padded = format!("{name}{}", " ".repeat(names.saturating_sub(name.width())));
        let name = if row.is_repository { paint(Paint::new().bold(), &padded, style) } else { padded };
        let _ = write!(text, "{name}  {:<kinds$} ", row.kind);
        for judged in row.factors {
            let padding = column(judged.factor).saturating_sub(1);
            let _ = write!(text, "{}{}", symbol(judged.verdict, style), " ".repeat(padding));
        }
        end_line(&mut text);
    }
    text.push('\n');
    text
}

/// Width of a factor's column.
fn column(factor: Factor) -> usize {
    (factor.numeral().len() + 1).max(4)
}

fn end_line(text: &mut String) {
    let end = text.trim_end_matches(' ').len();
    text.truncate(end);
    text.push('\n');
}

/// `name` in at most `width` columns: its beginning and its end tell names apart.
fn shortened(name: &str, width: usize, style: Style) -> String {
    if name.width() <= width {
        return name.to_owned();
    }
    let mark = if style.unicode { "…" } else { "~" };
    let keep = width.saturating_sub(1);
    let characters: Vec<char> = name.chars().collect();
    let back = keep / 2;
    let front: String = characters.iter().take(keep - back).collect();
    let rest: String = characters.iter().skip(characters.len().saturating_sub(back)).collect();
    format!("{front}{mark}{rest}")
}

fn symbol(verdict: Verdict, style: Style) -> String {
    let plain = match (verdict, style.unicode) {
        (Verdict::Pass, true) => "✓",
        (Verdict::Pass, false) => "+",
        (Verdict::Partial, _) => "~",
        (Verdict::Fail, true) => "✗",
        (Verdict::Fail, false) => "x",
        (Verdict::Unknown, _) => "?",
        (Verdict::NotApplicable, true) => "·",
        (Verdict::NotApplicable, false) => "-",
    };
    paint(color(verdict), plain, style)
}

fn color(verdict: Verdict) -> Paint {
    match verdict {
        Verdict::Pass => AnsiColor::Green.on_default(),
        Verdict::Partial => AnsiColor::Yellow.on_default(),
        Verdict::Fail => AnsiColor::Red.on_default().bold(),
        Verdict::Unknown => AnsiColor::Cyan.on_default(),
        Verdict::NotApplicable => Paint::new().dimmed(),
    }
}

fn paint(paint: Paint, text: &str, style: Style) -> String {
    if style.color { format!("{paint}{text}{paint:#}") } else { text.to_owned() }
}

fn legend(style: Style) -> String {
    let words = [Verdict::Pass, Verdict::Partial, Verdict::Fail, Verdict::Unknown, Verdict::NotApplicable];
    let parts: Vec<String> = words.iter().map(|v| format!("{} {}", symbol(*v, style), v.word())).collect();
    format!("{}\n", parts.join("   "))
}

fn head(audits: &[Audit], audit: &Audit, service: &ServiceAudit, style: Style) -> String {
    let name = match audits.len() {
        1 => label(service, &services_of(audit)).to_owned(),
        _ => format!("{}: {}", audit.report.root, label(service, &services_of(audit))),
    };
    let mut said = vec![service.kind.to_owned()];
    said.extend(service.languages.iter().map(|l| (*l).to_owned()));
    let place = if service.root == "." { String::new() } else { format!(" in {}", visible(&service.root)) };
    format!("{} ({}){place}\n\n", paint(Paint::new().bold(), &visible(&name), style), said.join(", "))
}

/// One factor: the verdict and its reason, then what breaks it and what keeps it.
fn factor(text: &mut String, audit: &Audit, judged: &FactorVerdict, style: Style) {
    let evidence = grouped(&judged.evidence);
    let pass = judged.verdict == Verdict::Pass;
    let reason = match evidence.first().filter(|_| pass) {
        Some(first) => first.clone(),
        None => judged.reason.clone(),
    };
    let verdict = format!("{} {:<8}", symbol(judged.verdict, style), judged.verdict.word());
    let body = wrapped(&visible(&reason), INDENT, style.width);
    let _ = writeln!(text, "  {:<5}{verdict}{}", judged.factor.numeral(), body.trim_start());
    for diagnostic in judged.findings.iter().filter_map(|f| found(audit, f)) {
        breaks(text, diagnostic, style);
    }
    let rest = evidence.get(usize::from(pass)..).unwrap_or_default();
    let shown = if style.verbose { rest.len() } else { SHOWN };
    for line in rest.iter().take(shown) {
        push_wrapped(text, &format!("+ {line}"), INDENT, style.width);
    }
    if rest.len() > shown {
        push_wrapped(
            text,
            &format!("+ {} more (--verbose lists them)", rest.len() - shown),
            INDENT,
            style.width,
        );
    }
}

/// One finding that counts.
fn breaks(text: &mut String, diagnostic: &Diagnostic, style: Style) {
    let place = diagnostic.place.as_ref().map_or(String::new(), |p| format!(" ({}:{})", p.file, p.line));
    let level = match diagnostic.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "info",
    };
    push_wrapped(text, &format!("- {level}: {}{place}", diagnostic.message), INDENT, style.width);
}

fn found<'a>(audit: &'a Audit, fingerprint: &str) -> Option<&'a Diagnostic> {
    audit.report.diagnostics.iter().find(|d| d.fingerprint == fingerprint)
}

/// `text` on lines of at most `width` columns, `indent` blanks in front; those behind the first stand two further in
/// when it begins with a mark.
fn wrapped(text: &str, indent: usize, width: usize) -> String {
    let first = " ".repeat(indent);
    let hang = if text.starts_with("- ") || text.starts_with("+ ") { indent + 2 } else { indent };
    let further = " ".repeat(hang);
    let options = Options::new(width)
        .initial_indent(&first)
        .subsequent_indent(&further)
        .break_words(false)
        .word_separator(WordSeparator::AsciiSpace)
        .word_splitter(WordSplitter::NoHyphenation);
    textwrap::fill(text, options)
}

fn push_wrapped(text: &mut String, line: &str, indent: usize, width: usize) {
    text.push_str(&wrapped(&visible(line), indent, width));
    text.push('\n');
}

/// What counts against the repository and is about none of its services.
fn whole(text: &mut String, audits: &[Audit], audit: &Audit, style: Style) {
    let name = if audits.len() > 1 { visible(&audit.report.root) } else { "repository".to_owned() };
    if services_of(audit).is_empty() {
        let _ = writeln!(text, "\n{name}: {NO_SERVICE}");
    }
    let shared = repository_wide(audit);
    if shared.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{}\n", paint(Paint::new().bold(), &name, style));
    for (judged, findings) in shared {
        let reason = reason::of_findings(&findings);
        let verdict = symbol(judged.verdict, style);
        let body = wrapped(&reason, INDENT, style.width);
        let _ = writeln!(
            text,
            "  {:<5}{verdict} {:<8}{}",
            judged.factor.numeral(),
            judged.verdict.word(),
            body.trim_start()
        );
        for diagnostic in findings {
            breaks(text, diagnostic, style);
        }
    }
}

/// The stages of delivery, each with its first places.
fn pipeline(text: &mut String, audits: &[Audit], audit: &Audit, style: Style) {
    if services_of(audit).is_empty() {
        return;
    }
    let name = if audits.len() > 1 {
        format!("{}: pipeline", visible(&audit.report.root))
    } else {
        "pipeline".to_owned()
    };
    let _ = writeln!(text, "\n{}\n", paint(Paint::new().bold(), &name, style));
    for stage in &audit.pipeline {
        let verdict = match stage.state {
            "found" => Verdict::Pass,
            "missing" => Verdict::Partial,
            _ => Verdict::Unknown,
        };
        let body = wrapped(&visible(&stage.told()), PIPELINE_INDENT, style.width);
        let mark = symbol(verdict, style);
        let title = crate::audit::pipeline::title(stage.stage);
        let _ = writeln!(text, "  {title:<14}{mark} {:<8}{}", stage.state, body.trim_start());
    }
}

/// What the findings of the repository are, and what was not seen.
fn summary(text: &mut String, audits: &[Audit], audit: &Audit, style: Style) {
    let numbers = audit.report.summary;
    let mut parts = vec![plural(numbers.errors, "error"), plural(numbers.warnings, "warning")];
    let preview = audit.report.diagnostics.iter().filter(|d| d.preview).count();
    if preview > 0 {
        parts.push(format!("{preview} of all findings preview, which count in no verdict"));
    }
    if numbers.suppressed > 0 {
        parts.push(format!("{} suppressed", numbers.suppressed));
    }
    let name = if audits.len() > 1 { format!("{}: ", audit.report.root) } else { String::new() };
    text.push('\n');
    push_wrapped(
        text,
        &format!("{name}{}; `twelvelint check` shows them with what to type", parts.join(", ")),
        0,
        style.width,
    );
    if !audit.report.gaps.is_empty() {
        let places = plural(audit.report.gaps.len(), "place");
        push_wrapped(text, &format!("{name}not read: {places}"), 0, style.width);
    }
    if let Some(config) = &audit.report.narrowed_by {
        push_wrapped(text, &format!("{name}narrowed by {config}"), 0, style.width);
    }
}
