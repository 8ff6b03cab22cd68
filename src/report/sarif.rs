//! SARIF 2.1.0: for code scanning of forges, editors and viewers.

mod places;
mod rules;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use serde_sarif::sarif::{
    ArtifactLocation, Invocation, Message, MultiformatMessageString, Notification, PropertyBag,
    ReportingDescriptor, ReportingDescriptorReference, Result as SarifResult, ResultLevel, Run, Sarif,
    Suppression, Tool, ToolComponent,
};

use super::build::Sources;
use super::{Diagnostic, Report};
use crate::policy::suppress::SuppressedBy;
use crate::rules::Level;
use places::{BASE, Places};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
const HOME: &str = "https://12factor.net";
/// The fingerprint that [`Diagnostic::fingerprint`] holds.
const FINGERPRINT: &str = "twelvelint/v1";
/// What a part of the tree that could not be read is called among notifications.
const GAP: &str = "coverage-gap";

/// The report as one SARIF log with a line end.
pub fn render(report: &Report, sources: &Sources<'_>) -> String {
    let log =
        Sarif::builder().schema(SCHEMA).version(json!("2.1.0")).runs(vec![run(report, sources)]).build();
    let mut text = serde_json::to_string_pretty(&log).unwrap_or_default();
    text.push('\n');
    text
}

fn run(report: &Report, sources: &Sources<'_>) -> Run {
    let rules = rules::descriptors(report);
    let places = Places { sources, home: report.home.as_ref() };
    let make = |diagnostic: &Diagnostic, by: Option<&SuppressedBy>| {
        let index = rules.iter().position(|rule| rule.id == diagnostic.rule);
        let mut result = result(diagnostic, index, places, by);
        if report.summary.baseline.is_some() {
            result.baseline_state = Some(json!("new"));
        }
        result
    };
    let found = report.diagnostics.iter().map(|diagnostic| make(diagnostic, None));
    let suppressed = report.suppressed.iter().map(|(diagnostic, by)| make(diagnostic, Some(by)));
    let results: Vec<SarifResult> = found.chain(suppressed).collect();
    let driver = ToolComponent::builder()
        .name("twelvelint")
        .version(env!("CARGO_PKG_VERSION"))
        .semantic_version(env!("CARGO_PKG_VERSION"))
        .information_uri(HOME)
        .short_description(text_of("Judges service repositories by the twelve factors."))
        .notifications(vec![gap_descriptor()])
        .rules(rules)
        .build();
    Run::builder()
        .tool(Tool::builder().driver(driver).build())
        .column_kind(json!("unicodeCodePoints"))
        .original_uri_base_ids(base_ids(&report.base))
        .invocations(vec![invocation(report, places)])
        .results(results)
        .build()
}

/// What paths are relative to. It is never an absolute path: a consumer knows where its checkout is.
fn base_ids(base: &str) -> BTreeMap<String, ArtifactLocation> {
    const ROOT: &str = "%REPOSITORYROOT%";
    let described = |text: &str| ArtifactLocation::builder().description(message(text)).build();
    if base.is_empty() {
        return BTreeMap::from([(BASE.to_owned(), described("The checked repository."))]);
    }
    let folder = ArtifactLocation::builder()
        .uri(format!("{}/", places::uri(base)))
        .uri_base_id(ROOT)
        .description(message("The checked folder."))
        .build();
    let root = described("The root of the repository.");
    BTreeMap::from([(BASE.to_owned(), folder), (ROOT.to_owned(), root)])
}

fn invocation(report: &Report, places: Places<'_>) -> Invocation {
    let gaps = report.gaps.iter().map(|gap| {
        let text = format!("Could not be read: {}: {}.", gap.shown, gap.reason.trim_end_matches('.'));
        let mut notification = Notification::builder()
            .level(json!("warning"))
            .message(message(&text))
            .descriptor(ReportingDescriptorReference::builder().id(GAP).index(0).build())
            .build();
        notification.locations = gap.place.as_ref().map(|place| vec![places.plain(place)]);
        notification
    });
    Invocation::builder()
        .execution_successful(true)
        .tool_execution_notifications(gaps.collect::<Vec<_>>())
        .build()
}

fn gap_descriptor() -> ReportingDescriptor {
    ReportingDescriptor::builder()
        .id(GAP)
        .name("CoverageGap")
        .short_description(text_of("Part of the tree could not be read."))
        .full_description(text_of(
            "Part of the tree could not be read, so that nothing is said about what may stand there.",
        ))
        .help(text_of(
            "Mend the file, or exclude it in `twelvelint.toml`; `--require-complete` makes a run fail.",
        ))
        .help_uri(HOME)
        .build()
}

fn result(
    diagnostic: &Diagnostic,
    index: Option<usize>,
    places: Places<'_>,
    suppressed: Option<&SuppressedBy>,
) -> SarifResult {
    let mut result = SarifResult::builder()
        .rule_id(&diagnostic.rule)
        .level(level(diagnostic.level))
        .message(message(&words(diagnostic)))
        .locations(places.primary(diagnostic).into_iter().collect::<Vec<_>>())
        .partial_fingerprints(BTreeMap::from([(FINGERPRINT.to_owned(), diagnostic.fingerprint.clone())]))
        .properties(properties(diagnostic))
        .build();
    result.rule_index = index.and_then(|index| i64::try_from(index).ok());
    result.related_locations = Some(places.related(diagnostic)).filter(|related| !related.is_empty());
    result.suppressions = suppressed.map(|by| {
        let kind = if by.in_source { "inSource" } else { "external" };
        let justification = by.reason.trim();
        vec![Suppression::builder().kind(json!(kind)).justification(justification).build()]
    });
    result
}

/// What is wrong here, what to type and why it matters: viewers show a result without the page of its rule.
fn words(diagnostic: &Diagnostic) -> String {
    let mut text = sentence(&diagnostic.message);
    for (head, words) in [("Help", &diagnostic.help), ("Why", &diagnostic.why)] {
        if !words.trim().is_empty() {
            text.push_str(&format!(" {head}: {}", stopped(words)));
        }
    }
    text
}

/// `text` with a capital in front and a full stop behind it.
fn sentence(text: &str) -> String {
    let mut rest = text.trim().chars();
    let first = rest.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    stopped(&format!("{first}{}", rest.as_str()))
}

fn stopped(text: &str) -> String {
    let text = text.trim();
    if text.ends_with(['.', '!', '?', '。']) { text.to_owned() } else { format!("{text}.") }
}

fn properties(diagnostic: &Diagnostic) -> PropertyBag {
    let mut bag = BTreeMap::from([
        ("confidence".to_owned(), json!(diagnostic.confidence)),
        ("preview".to_owned(), json!(diagnostic.preview)),
    ]);
    if let Some(factor) = diagnostic.factor {
        bag.insert("factor".to_owned(), json!(factor.numeral()));
    }
    if let Some(service) = &diagnostic.service {
        bag.insert("service".to_owned(), json!(service));
    }
    PropertyBag::builder().additional_properties(bag).build()
}

fn level(level: Level) -> ResultLevel {
    match level {
        Level::Error => ResultLevel::Error,
        Level::Warning => ResultLevel::Warning,
        Level::Info => ResultLevel::Note,
    }
}

/// The same for the configuration of a rule.
fn level_word(of: Level) -> Value {
    json!(level(of))
}

fn text_of(text: &str) -> MultiformatMessageString {
    MultiformatMessageString::builder().text(text).build()
}

/// A message that shows `text` as it is: in SARIF, `[…](…)` is a link and `{0}` a hole, and what is quoted from a file
/// may hold either.
fn message(text: &str) -> Message {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let next = rest.peek().copied();
        match c {
            '{' if next.is_some_and(|c| c.is_ascii_digit()) => shown.push_str("{ "),
            ']' if next == Some('(') => shown.push_str("] "),
            c => shown.push(c),
        }
    }
    Message::builder().text(shown).build()
}

#[cfg(test)]
mod tests {
    use super::{message, sentence};

    #[test]
    fn quoted_text_is_neither_link_nor_hole() {
        let shown = |text| message(text).text.unwrap_or_default();
        assert_eq!(shown("[x](http://a) {0} ${1} {name}"), "[x] (http://a) { 0} ${ 1} {name}");
        assert_eq!(shown("[[a](b)](c)"), "[[a] (b)] (c)");
    }

    #[test]
    fn messages_are_sentences() {
        assert_eq!(sentence("the secret is known"), "The secret is known.");
        assert_eq!(sentence("`a` is `b`"), "`a` is `b`.");
        assert_eq!(sentence("why?"), "Why?");
        assert_eq!(sentence(""), ".");
    }
}
