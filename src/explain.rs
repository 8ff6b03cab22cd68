//! Explanations: what a rule or factor is about, which rules there are, which settings are in force, and what was
//! read from a path.

use serde::Serialize;

use crate::cli::{ListFormat, SelectionArgs};
use crate::config::{Config, FailOn, LevelSetting, unknown_rule};
use crate::engine::Analysis;
use crate::factor_page::FactorPage;
use crate::page::Page;
use crate::report::build::{Sources, relative_to};
use crate::report::window::visible;
use crate::report::{Place, Report};
use crate::rules::{Factor, Rule, Stage};
use crate::run::Outcome;
use crate::secrets::mask_line;
use crate::source::ByteRange;
use crate::vfs::Vfs;

/// The page of a rule or factor, as Markdown.
pub fn subject(name: &str) -> Outcome {
    if let Some(rule) = Rule::find(name) {
        let renamed = Rule::renamed(name).map(|new| format!("`{name}` is called `{new}` now.\n\n"));
        let out = renamed.unwrap_or_default() + &rule_page(rule);
        return Outcome { out, ..Outcome::default() };
    }
    if let Some(factor) = Factor::find(name) {
        let mut out = format!(
            "# {}. {}\n\n{}\n\n",
            factor.numeral(),
            factor.english(),
            FactorPage::of(factor).body.trim()
        );
        out.push_str(&format!("The factor's text: {}\n\nRules:\n\n", factor.url()));
        for rule in factor.rules() {
            out.push_str(&format!("- `{}`: {}\n", rule.name, Page::of(rule).en.title));
        }
        return Outcome { out, ..Outcome::default() };
    }
    Outcome { err: format!("twelvelint: {}\n", unknown_rule(name)), code: 2, ..Outcome::default() }
}

/// True for what can be (the beginning of) a finding's fingerprint: at least eight hexadecimal digits.
pub fn is_fingerprint(text: &str) -> bool {
    (8..=32).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// How the finding of `report` whose fingerprint begins with `fingerprint` came about.
///
/// # Errors
/// When there is none, or more than one.
pub fn finding(
    report: &Report,
    analysis: &Analysis,
    sources: &Sources<'_>,
    fingerprint: &str,
) -> Result<Outcome, String> {
    let wanted = fingerprint.to_ascii_lowercase();
    let mut found = report.diagnostics.iter().filter(|d| d.fingerprint.starts_with(&wanted));
    let diagnostic = found.next().ok_or_else(|| {
        format!(
            "no finding of this run has the fingerprint `{fingerprint}`; `check --format json` lists them"
        )
    })?;
    if found.next().is_some() {
        return Err(format!(
            "several findings have fingerprints that begin with `{fingerprint}`; give more digits"
        ));
    }
    let at = |place: &Place| format!("{}:{}:{}", visible(&place.file), place.line, place.column);
    let mut out = format!("{}: {}\n", diagnostic.rule, visible(&diagnostic.message));
    out.push_str(&format!("fingerprint: {}\n", diagnostic.fingerprint));
    let (level, confidence) = (diagnostic.level, diagnostic.confidence);
    out.push_str(&format!("level: {level:?}, confidence: {confidence:?}\n").to_lowercase());
    if let Some(service) = &diagnostic.service {
        out.push_str(&format!("service: {}\n", visible(service)));
    }
    if let Some(place) = &diagnostic.place {
        out.push_str(&format!("place: {}\n", at(place)));
    }
    for related in &diagnostic.related {
        out.push_str(&format!("also: {} {}\n", at(&related.place), visible(&related.message)));
    }
    for path in &diagnostic.absent {
        out.push_str(&format!("looked for in vain: {}\n", visible(path)));
    }
    for fact in &diagnostic.trace {
        out.push_str(&format!("because: {}\n", visible(fact)));
    }
    let places = diagnostic.place.iter().chain(diagnostic.related.iter().map(|related| &related.place));
    let mut told = std::collections::BTreeSet::new();
    for place in places {
        for (line, concept, row) in events_at(analysis, sources, place) {
            let fact = format!("fact: {}:{line} {concept}, by {row}\n", visible(&place.file));
            if told.insert(fact.clone()) {
                out.push_str(&fact);
            }
        }
    }
    if diagnostic.factor.is_some() {
        out.push_str(&format!("the rule: twelvelint explain {}\n", diagnostic.rule));
    }
    Ok(Outcome { out, ..Outcome::default() })
}

/// The events whose text meets that of `place`: 1-based line, concept, and the table row that matched.
fn events_at(
    analysis: &Analysis,
    sources: &Sources<'_>,
    place: &Place,
) -> Vec<(usize, &'static str, String)> {
    let code = analysis.world.code.files.iter().find(|file| file.file == place.id);
    let (Some(code), Some(range), Some(text)) = (code, place.range, sources.text(place.id)) else {
        return Vec::new();
    };
    let meets =
        code.events.iter().filter(|event| event.range.start <= range.start && range.start < event.range.end);
    let named = meets.filter_map(|event| {
        let row = analysis.tables.row(event.row)?;
        Some((
            text.position(event.range.start).0,
            event.concept.slug(),
            format!("{}: {}", row.table, row.name),
        ))
    });
    named.collect()
}

fn rule_page(rule: &'static Rule) -> String {
    let page = Page::of(rule);
    format!(
        "# {}: {}\n\nfactor {} ({}) · {} · confidence {} · grade {:?} · {} · since {}\n\n{}\n",
        rule.name,
        page.en.title,
        rule.factor.numeral(),
        rule.factor.english(),
        level(rule),
        format!("{:?}", rule.confidence).to_lowercase(),
        rule.grade,
        stage(rule),
        rule.since,
        page.body.trim(),
    )
}

fn level(rule: &Rule) -> String {
    format!("{:?}", rule.level).to_lowercase()
}

fn stage(rule: &Rule) -> &'static str {
    match rule.stage {
        Stage::Preview => "preview",
        Stage::Stable => "stable",
    }
}

#[derive(Serialize)]
struct RuleV1 {
    name: &'static str,
    factor: &'static str,
    slug: &'static str,
    title: String,
    severity: String,
    grade: String,
    stage: &'static str,
    since: &'static str,
}

/// All rules, by factor.
pub fn rules(format: ListFormat) -> String {
    match format {
        ListFormat::Text => {
            let mut out = String::new();
            for factor in Factor::ALL {
                out.push_str(&format!("{}. {}\n", factor.numeral(), factor.english()));
                for rule in factor.rules() {
                    let preview = if rule.stage == Stage::Preview { ", preview" } else { "" };
                    let title = Page::of(rule).en.title;
                    out.push_str(&format!(
                        "  {:<42} {:<8} {title} ({:?}{preview})\n",
                        rule.name,
                        level(rule),
                        rule.grade
                    ));
                }
            }
            out
        }
        ListFormat::Json => {
            let rules: Vec<RuleV1> = Rule::all()
                .map(|rule| RuleV1 {
                    name: rule.name,
                    factor: rule.factor.numeral(),
                    slug: rule.factor.slug(),
                    title: Page::of(rule).en.title,
                    severity: level(rule),
                    grade: format!("{:?}", rule.grade),
                    stage: stage(rule),
                    since: rule.since,
                })
                .collect();
            let object = serde_json::json!({ "version": 1, "rules": rules });
            format!("{}\n", serde_json::to_string_pretty(&object).unwrap_or_default())
        }
    }
}

/// The settings in force, each with where it comes from.
pub fn settings(
    config: &Config,
    arguments: &SelectionArgs,
    from_cli: Option<FailOn>,
    fail_on: FailOn,
) -> String {
    let file = config.file.as_ref().map_or("none", |file| file.shown.as_str());
    let mut out = format!("config: {file}\n");
    let mut line = |name: &str, value: &str, by_cli: Option<&str>, by_config: bool| {
        let origin = by_cli.unwrap_or(if by_config { file } else { "default" });
        let value = if value.is_empty() { "none" } else { value };
        out.push_str(&format!("{name}: {} ({origin})\n", visible(value)));
    };
    let list = |items: &[toml::Spanned<String>]| {
        items.iter().map(|s| s.get_ref().as_str()).collect::<Vec<_>>().join(", ")
    };
    let text = |value: &Option<toml::Spanned<String>>, default: &str| {
        value.as_ref().map_or(default.to_owned(), |value| value.get_ref().clone())
    };
    line("edition", &text(&config.edition, "2011"), None, config.edition.is_some());
    line("required-version", &text(&config.required_version, ""), None, config.required_version.is_some());
    line("language", &text(&config.language, "en"), None, config.language.is_some());
    let gate = from_cli.map(|_| "--fail-on");
    line("fail-on", &format!("{fail_on:?}").to_lowercase(), gate, config.fail_on.is_some());
    if arguments.select.is_empty() {
        line("select", &config.select.as_deref().map_or("all".into(), list), None, config.select.is_some());
    } else {
        line("select", &arguments.select.join(", "), Some("--select"), false);
    }
    if !arguments.ignore.is_empty() {
        line("ignore", &arguments.ignore.join(", "), Some("--ignore"), false);
    }
    if arguments.ignore.is_empty() || !config.ignore.is_empty() {
        line("ignore", &list(&config.ignore), None, !config.ignore.is_empty());
    }
    line("exclude", &list(&config.exclude), None, !config.exclude.is_empty());
    line("knowledge", &list(&config.knowledge), None, !config.knowledge.is_empty());
    let level = |level: LevelSetting| format!("{level:?}").to_lowercase();
    for (rule, settings) in &config.rules {
        line(&format!("rules.\"{}\".level", rule.get_ref()), &level(settings.level), None, true);
    }
    for entry in &config.overrides {
        let name = format!("overrides ({})", list(&entry.paths));
        if !entry.ignore.is_empty() {
            line(&format!("{name}.ignore"), &list(&entry.ignore), None, true);
        }
        for (rule, settings) in &entry.rules {
            let name = format!("{name}.rules.\"{}\".level", rule.get_ref());
            line(&name, &level(settings.level), None, true);
        }
    }
    for entry in &config.allow {
        let mut value = entry.rule.get_ref().clone();
        if let Some(path) = &entry.path {
            value.push_str(&format!(", path {}", path.get_ref()));
        }
        if let Some(service) = &entry.service {
            value.push_str(&format!(", service {service}"));
        }
        line("allow", &format!("{value}: {}", entry.reason.get_ref()), None, true);
    }
    for (name, settings) in &config.services {
        if let Some(kind) = settings.kind {
            line(&format!("services.{name}.kind"), kind.slug(), None, true);
        }
        if let Some(root) = &settings.root {
            line(&format!("services.{name}.root"), root.get_ref(), None, true);
        }
    }
    if arguments.no_suppressions {
        line("suppressions", "not honoured", Some("--no-suppressions"), false);
    }
    out
}

/// What was read from a tree, as JSON; strings masked.
pub fn facts(vfs: &dyn Vfs, analysis: &Analysis, base: &str) -> String {
    let world = &analysis.world;
    let sources = Sources::new(vfs, analysis);
    let all: Vec<&'static Rule> = Rule::all().collect();
    let (findings, _) = crate::engine::judge(world, &all, 1);
    let secrets: Vec<crate::source::Span> = findings.into_iter().flat_map(|f| f.secrets).collect();
    let mut files = Vec::new();
    for (at, found) in world.inventory.files.iter().enumerate().filter(|(_, f)| f.kind.is_some() && !f.above)
    {
        let Ok(id) = u32::try_from(at).map(crate::source::FileId) else { break };
        let code = world.code.files.iter().find(|f| f.file == id);
        let events: Vec<_> =
            code.iter().flat_map(|f| &f.events).map(|e| event(e, analysis, &sources, id)).collect();
        let here: Vec<ByteRange> = secrets.iter().filter(|s| s.file == id).filter_map(|s| s.range).collect();
        let mut file = serde_json::json!({
            "path": relative_to(&found.path, base),
            "kind": found.kind.map(|k| k.slug()),
            "role": found.role,
            "tracked": found.tracked,
            "module": code.map(|f| f.module.as_str()),
            "events": events,
            "facts": code.map(|f| serde_json::to_value(&f.facts).unwrap_or_default())
                .or_else(|| serde_json::to_value(world.artefact(id)).ok()),
        });
        mask(&mut file, "", &here);
        files.push(file);
    }
    let services: Vec<_> = world
        .services
        .iter()
        .map(|s| serde_json::json!({"name": s.name, "kind": s.kind.slug(), "reason": s.kind_reason, "root": s.folder, "shipped": s.shipped}))
        .collect();
    let gaps: Vec<_> = world
        .coverage
        .gaps
        .iter()
        .map(|g| serde_json::json!({"path": relative_to(&g.path, base), "reason": g.reason}))
        .collect();
    let object = serde_json::json!({ "version": 1, "services": services, "files": files, "gaps": gaps });
    format!("{}\n", serde_json::to_string_pretty(&object).unwrap_or_default())
}

fn event(
    event: &crate::knowledge::Event,
    analysis: &Analysis,
    sources: &Sources<'_>,
    file: crate::source::FileId,
) -> serde_json::Value {
    let line = sources.text(file).map(|t| t.position(event.range.start).0);
    let row = analysis.tables.row(event.row);
    serde_json::json!({
        "concept": event.concept.slug(),
        "line": line,
        "row": row.map(|r| format!("{}: {}", r.table, r.name)),
        "attributes": event.attributes,
        "roles": event.roles,
    })
}

/// Masks every string below `value`; `key` is the name it is bound to: that of the entry it belongs to where there is
/// one (`key`, `name` beside `value`, `raw`, `default`), else that of its field.
fn mask(value: &mut serde_json::Value, key: &str, secrets: &[ByteRange]) {
    match value {
        serde_json::Value::String(text) => {
            let class = crate::secrets::classify(key, text);
            let named = crate::secrets::is_secret_name(key) && class.is_literal_secret();
            let whole = named || class.is_strong();
            *text = if whole { crate::secrets::mask_value(text) } else { mask_line(text, &[]) };
        }
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| mask(item, key, secrets)),
        serde_json::Value::Object(map) => {
            // A literal that some rule took for a secret is one wherever the facts repeat it.
            let range = map.get("range").and_then(range_of);
            let found = range.is_some_and(|r| secrets.iter().any(|s| s.contains(r) || r.contains(*s)));
            let text = map.get("kind").is_some_and(|k| k.get("Text").is_some());
            if found && (text || map.get("value").is_some_and(|v| v.is_string())) {
                for part in ["kind", "value"] {
                    map.get_mut(part).into_iter().for_each(hide);
                }
                return;
            }
            let entry = ["key", "name"].iter().find_map(|k| map.get(*k)).and_then(text_of).map(str::to_owned);
            for (field, item) in map.iter_mut() {
                let bound = match (&entry, field.as_str()) {
                    (Some(entry), "value" | "raw" | "default") => entry.as_str(),
                    (_, "value" | "raw" | "text" | "kind" | "Text" | "Scalar") => key,
                    (_, field) => field,
                };
                mask(item, bound, secrets);
            }
        }
        _ => {}
    }
}

/// A text, bare or with its place.
fn text_of(value: &serde_json::Value) -> Option<&str> {
    value.as_str().or_else(|| value.get("value").and_then(text_of)).or_else(|| {
        let scalar = value.get("Scalar").or_else(|| value.get("value")?.get("Scalar"))?;
        scalar.get("text").and_then(serde_json::Value::as_str)
    })
}

fn range_of(value: &serde_json::Value) -> Option<ByteRange> {
    let offset = |key: &str| value.get(key).and_then(|n| usize::try_from(n.as_u64()?).ok());
    Some(ByteRange::new(offset("start")?, offset("end")?)).filter(|range| !range.is_empty())
}

/// Masks every string below `value`.
fn hide(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::String(text) => *text = crate::secrets::mask_value(text),
        serde_json::Value::Array(items) => items.iter_mut().for_each(hide),
        serde_json::Value::Object(map) => map.iter_mut().for_each(|(_, item)| hide(item)),
        _ => {}
    }
}
