//! Descriptors of rules, from their pages.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use serde_sarif::sarif::{
    MultiformatMessageString, PropertyBag, ReportingConfiguration, ReportingDescriptor,
};

use super::super::Report;
use super::{HOME, level_word, sentence, text_of};
use crate::page::Page;
use crate::rules::{Grade, Level, Rule, Stage};

/// Findings about the run itself: name, level, title, what to do.
const OURSELVES: &[(&str, Level, &str, &str)] = &[
    (
        "twelvelint/allow-without-reason",
        Level::Warning,
        "A suppression has no reason, or cannot be read.",
        "It has no effect until it says why: `twelvelint: allow(rule) -- why this is right here`.",
    ),
    (
        "twelvelint/internal-error",
        Level::Warning,
        "Part of twelvelint failed.",
        "The run went on without it, so findings may be missing. Please report it with the file it names.",
    ),
    (
        "twelvelint/unknown-rule-in-allow",
        Level::Warning,
        "A suppression names a rule that does not exist.",
        "`twelvelint rules` lists the rules.",
    ),
    (
        "twelvelint/unparsed-file",
        Level::Info,
        "Part of a file could not be read.",
        "Nothing is said about what may stand there. Mend the file, or exclude it in `twelvelint.toml`.",
    ),
    (
        "twelvelint/unused-allow",
        Level::Warning,
        "A suppression matches no finding.",
        "Delete it, or move it in front of what it is for.",
    ),
];

/// The rules that ran, by factor, then what is said about the run itself, where something is.
pub fn descriptors(report: &Report) -> Vec<ReportingDescriptor> {
    let said: BTreeSet<&str> = report.diagnostics.iter().map(|d| d.rule.as_str()).collect();
    let own = OURSELVES.iter().filter(|(name, ..)| said.contains(name));
    let own = own.map(|(name, level, title, help)| {
        let tags = vec!["twelve-factor".to_owned(), "twelvelint".to_owned()];
        ReportingDescriptor::builder()
            .id(*name)
            .name(pascal_case(name))
            .short_description(text_of(title))
            .full_description(text_of(&format!("{title} {help}")))
            .help(MultiformatMessageString::builder().text(*help).markdown(*help).build())
            .help_uri(HOME)
            .default_configuration(ReportingConfiguration::builder().level(level_word(*level)).build())
            .properties(PropertyBag::builder().tags(tags).build())
            .build()
    });
    report.rules.iter().map(|rule| descriptor(rule)).chain(own).collect()
}

fn descriptor(rule: &Rule) -> ReportingDescriptor {
    let page = Page::of(rule);
    // The examples are for reading in the page: a log holds the pages of all rules.
    let body = page.body.split("\n## Examples").next().unwrap_or("").trim();
    let first =
        body.split("\n\n").find(|part| !part.trim().is_empty() && !part.starts_with('#')).unwrap_or("");
    let first = first.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut configuration = ReportingConfiguration::builder().level(level_word(rule.level)).build();
    if rule.grade == Grade::C {
        configuration.enabled = Some(false);
    }
    ReportingDescriptor::builder()
        .id(rule.name)
        .name(pascal_case(rule.name))
        .short_description(text_of(&sentence(&page.en.title)))
        .full_description(text_of(&sentence(&first)))
        .help(MultiformatMessageString::builder().text(plain(body)).markdown(body).build())
        .help_uri(rule.factor.url())
        .default_configuration(configuration)
        .properties(properties(rule))
        .build()
}

fn properties(rule: &Rule) -> PropertyBag {
    let factors = std::iter::once(rule.factor).chain(rule.also.iter().copied());
    let mut tags = vec!["twelve-factor".to_owned()];
    for factor in factors {
        tags.push(format!("factor-{}", factor.numeral()));
        tags.push(factor.slug().to_owned());
    }
    let severity = match rule.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "recommendation",
    };
    let entries: [(&str, Value); 6] = [
        ("factor", json!(rule.factor.numeral())),
        ("precision", json!(rule.confidence)),
        ("confidence", json!(rule.confidence)),
        ("preview", json!(rule.stage == Stage::Preview)),
        ("problem.severity", json!(severity)),
        ("since", json!(rule.since)),
    ];
    let entries: BTreeMap<String, Value> =
        entries.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    PropertyBag::builder().tags(tags).additional_properties(entries).build()
}

/// Markdown without the signs of its headings.
fn plain(markdown: &str) -> String {
    markdown.lines().map(|line| line.strip_prefix("## ").unwrap_or(line)).collect::<Vec<_>>().join("\n")
}

/// `config/secret-in-sink` → `ConfigSecretInSink`.
fn pascal_case(name: &str) -> String {
    let words = name.split(['/', '-']).map(|word| {
        let mut rest = word.chars();
        let first = rest.next().map(|c| c.to_ascii_uppercase());
        first.into_iter().chain(rest).collect::<String>()
    });
    words.collect()
}
