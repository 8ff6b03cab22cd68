//! Text for people, through miette.

use std::fmt;

use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, Severity, SourceCode};

use super::build::Sources;
use super::window::{Window, visible};
use super::{Diagnostic, Report};
use crate::rules::Level;
use crate::source::{ByteRange, FileId};

/// How text is written.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// With colours.
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
    /// With infos.
    pub pedantic: bool,
    /// Without the summary.
    pub quiet: bool,
    /// With every gap in coverage.
    pub verbose: bool,
}

/// The report as text.
pub fn render(report: &Report, sources: &Sources<'_>, style: Style) -> String {
    let (findings, notes) = (handler(style, "info"), handler(style, "note"));
    let mut text = String::new();
    for diagnostic in report.diagnostics.iter().filter(|d| style.pedantic || d.level != Level::Info) {
        let shown = Shown::new(diagnostic, sources);
        // Writing to a string does not fail; what was written is kept if it ever did.
        let _ = findings.render_report(&mut text, &shown);
        for other in &shown.others {
            let _ = notes.render_report(&mut text, other);
        }
        text.push('\n');
    }
    if !style.quiet {
        text.push_str(&summary(report, style));
    }
    text
}

/// A handler that calls what is neither error nor warning `advice`.
fn handler(style: Style, advice: &str) -> GraphicalReportHandler {
    let mut theme = if style.color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    theme.characters.error = "error".into();
    theme.characters.warning = "warning".into();
    theme.characters.advice = advice.into();
    // Commands and addresses in the help are there to be copied: they are not broken at hyphens.
    GraphicalReportHandler::new_themed(theme)
        .with_width(style.width)
        .with_links(false)
        .without_cause_chain()
        .with_break_words(false)
        .with_word_separator(textwrap::WordSeparator::AsciiSpace)
        .with_word_splitter(textwrap::WordSplitter::NoHyphenation)
}

fn summary(report: &Report, style: Style) -> String {
    let numbers = report.summary;
    let mut text = String::new();
    let kinds: Vec<String> =
        report.coverage.iter().map(|line| format!("{} {}", line.files, line.kind)).collect();
    if numbers.files == 0 && report.diagnostics.is_empty() {
        text.push_str("nothing to judge: no source file, manifest, Dockerfile or compose file was found\n");
    } else {
        let services = report
            .services
            .iter()
            .filter(|(_, kind)| matches!(*kind, "web" | "worker" | "scheduler"))
            .count();
        let one = |n: usize, word: &str| if n == 1 { format!("{n} {word}") } else { format!("{n} {word}s") };
        text.push_str(&format!(
            "checked {} ({}), {}\n",
            one(numbers.files, "file"),
            kinds.join(", "),
            one(services, "service")
        ));
        let mut found = vec![one(numbers.errors, "error"), one(numbers.warnings, "warning")];
        if numbers.infos > 0 {
            let hint = if style.pedantic { "" } else { " (--pedantic shows them)" };
            found.push(format!("{}{hint}", one(numbers.infos, "info")));
        }
        let preview = report.diagnostics.iter().filter(|d| d.preview).count();
        if preview > 0 {
            found.push(format!("{preview} of them preview, which never fail a run"));
        }
        if numbers.suppressed > 0 {
            found.push(format!("{} suppressed", numbers.suppressed));
        }
        if let Some(baseline) = numbers.baseline {
            found.push(format!("{} known from the baseline", baseline.known));
        }
        if let Some(unchanged) = numbers.unchanged {
            found.push(format!("{unchanged} outside the diff"));
        }
        text.push_str(&format!("found {}\n", found.join(", ")));
        if let Some(gone) = numbers.baseline.map(|b| b.gone).filter(|gone| *gone > 0) {
            let entries = if gone == 1 { "1 entry".to_owned() } else { format!("{gone} entries") };
            text.push_str(&format!(
                "{entries} of the baseline match nothing any more: write it again with `twelvelint baseline`\n"
            ));
        }
    }
    if !report.gaps.is_empty() {
        if style.verbose {
            for (place, reason) in &report.gaps {
                text.push_str(&format!("not read: {}: {}\n", visible(place), visible(reason)));
            }
        } else {
            text.push_str(&format!("not read: {} place(s) (--verbose lists them)\n", report.gaps.len()));
        }
    }
    if let Some(config) = &report.narrowed_by {
        text.push_str(&format!("narrowed by {}\n", visible(config)));
    }
    text
}

/// A diagnostic as miette reads it.
#[derive(Debug)]
struct Shown {
    headline: String,
    code: String,
    help: Option<String>,
    level: Level,
    window: Option<Window>,
    labels: Vec<String>,
    others: Vec<Shown>,
}

impl Shown {
    fn new(diagnostic: &Diagnostic, sources: &Sources<'_>) -> Self {
        let mut here: Vec<(ByteRange, String)> = Vec::new();
        let mut elsewhere: Vec<Shown> = Vec::new();
        if let Some(place) = &diagnostic.place {
            here.push((place.range.unwrap_or_default(), String::new()));
        }
        for related in &diagnostic.related {
            let message = visible(&related.message);
            let same =
                diagnostic.place.as_ref().is_some_and(|p| p.id == related.place.id && p.range.is_some());
            match related.place.range {
                Some(range) if same => here.push((range, message)),
                range => elsewhere.push(Shown {
                    headline: message,
                    code: String::new(),
                    help: None,
                    level: Level::Info,
                    window: window(
                        diagnostic,
                        sources,
                        related.place.id,
                        &related.place.file,
                        &[range.unwrap_or_default()],
                    ),
                    labels: vec![String::new()],
                    others: Vec::new(),
                }),
            }
        }
        let window = diagnostic.place.as_ref().filter(|p| p.range.is_some()).and_then(|place| {
            let ranges: Vec<ByteRange> = here.iter().map(|(range, _)| *range).collect();
            window(diagnostic, sources, place.id, &place.file, &ranges)
        });
        let labels =
            if window.is_some() { here.into_iter().map(|(_, label)| label).collect() } else { Vec::new() };
        let mut headline = visible(&diagnostic.message);
        if window.is_none()
            && let Some(place) = &diagnostic.place
        {
            headline = format!("{headline} ({})", visible(&place.file));
        }
        let preview = if diagnostic.preview { " (preview)" } else { "" };
        let mut help: Vec<String> = diagnostic.help.trim().lines().map(visible).collect();
        if !diagnostic.why.is_empty() {
            help.push(format!("why: {}", visible(&diagnostic.why)));
        }
        if let Some(factor) = diagnostic.factor {
            help.push(format!("see: twelvelint explain {}, {}", diagnostic.rule, factor.url()));
        }
        Shown {
            headline,
            code: format!("{}{preview}", diagnostic.rule),
            help: (!help.is_empty()).then(|| help.join("\n")),
            level: diagnostic.level,
            window,
            labels,
            others: elsewhere,
        }
    }
}

fn window(
    diagnostic: &Diagnostic,
    sources: &Sources<'_>,
    file: FileId,
    name: &str,
    ranges: &[ByteRange],
) -> Option<Window> {
    let secrets = diagnostic.secrets.iter().find(|(f, _)| *f == file).map(|(_, ranges)| &**ranges);
    let masked = |line: usize| sources.secret_ranges(file, line);
    Some(Window::new(&visible(name), sources.text(file)?, ranges, secrets.unwrap_or_default(), &masked))
}

impl fmt::Display for Shown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.headline)
    }
}

impl std::error::Error for Shown {}

impl miette::Diagnostic for Shown {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        (!self.code.is_empty()).then(|| Box::new(&self.code) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<Severity> {
        Some(match self.level {
            Level::Error => Severity::Error,
            Level::Warning => Severity::Warning,
            Level::Info => Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.window.as_ref().map(|window| window as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let window = self.window.as_ref()?;
        Some(Box::new(self.labels.iter().enumerate().map(|(at, label)| {
            let text = (!label.is_empty()).then(|| label.clone());
            if at == 0 {
                LabeledSpan::new_primary_with_span(text, window.label(at))
            } else {
                LabeledSpan::new_with_span(text, window.label(at))
            }
        })))
    }
}
