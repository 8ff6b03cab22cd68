//! `config/insecure-secret-default`: a setting that holds a secret falls back to a literal.

use crate::facts::code::{Call, CallKind, Language};
use crate::rules::{Confidence, Factor, Finding, Grade, Level, Need, Rule, Sink, Stage};
use crate::secrets::name::words;
use crate::secrets::{ValueClass, classify, credentialed_url, is_secret_name};
use crate::world::defaults::SettingDefault;
use crate::world::literal::{Literal, Standing, is_developer_path, literal};
use crate::source::Span;
use crate::world::{CodeFile, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "config/insecure-secret-default",
    factor: Factor::Config,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Stable,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust), Need::Source(Language::Python)],
    subject: SubjectKind::Repository,
    page: include_str!("insecure_secret_default.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for default in view.setting_defaults() {
        let Some(file) = view.world.code.files.get(default.at) else { continue };
        let Standing::Service(service) = view.world.standing(file) else { continue };
        let Some(text) = literal(&default.value) else { continue };
        let Some(variant) = judge(&default.name, &text) else { continue };
        // A field of a settings type says "not set" with an empty text, and the code asks for it.
        let unset = variant == "empty" && is_field(file, &default);
        if unset || default.debug_only || view.rejects(default.at, &text.text) {
            continue;
        }
        let python = file.facts.language == Language::Python;
        let option = is_option(file, &default);
        let finding = finding(sink, &default, &text, variant, python, option).service(service);
        let developer = is_developer_path(&file.path, file.role);
        sink.report(if developer { finding.level(Level::Info) } else { finding });
    }
}

/// True for a default in an attribute of a field.
fn is_field(file: &CodeFile, default: &SettingDefault) -> bool {
    let attribute = |c: &&Call| c.kind == CallKind::Attribute;
    file.facts.calls.iter().filter(attribute).any(|c| Span::new(file.file, c.range) == default.setting)
}

/// True for an option of a command line: an attribute of clap, whose default is deleted and not unwrapped.
fn is_option(file: &CodeFile, default: &SettingDefault) -> bool {
    file.facts.calls.iter().any(|c| {
        Span::new(file.file, c.range) == default.setting
            && matches!(c.callee.last(), "#[arg]" | "#[clap]" | "#[structopt]")
    })
}

/// What is wrong with `value` as the default of `name`; none when nothing is.
fn judge(name: &str, value: &Literal) -> Option<&'static str> {
    if let Some(url) = credentialed_url(&value.text) {
        return (classify("password", &url.password) != ValueClass::Reference).then_some("url");
    }
    if !is_secret_name(name) {
        return None;
    }
    let text = value.text.trim();
    match classify(name, text) {
        // An empty default switches an optional feature off more often than not; a signing key has no "off".
        ValueClass::Empty => signs(name).then_some("empty"),
        ValueClass::Reference => None,
        _ if means_nothing(text) || text.starts_with('/') || text.starts_with("./") || is_key_file(text) => None,
        _ if is_column(name, text) => None,
        ValueClass::Weak | ValueClass::Placeholder => Some("guessable"),
        _ => Some(""),
    }
}

fn is_key_file(text: &str) -> bool {
    const ENDINGS: &[&str] = &[
        ".pem", ".key", ".der", ".p12", ".pfx", ".crt", ".cer", ".pub", ".jwk", ".json", ".toml", ".yaml", ".yml", ".txt", ".env", ".secret",
    ];
    text.starts_with("~/") || ENDINGS.iter().any(|ending| text.ends_with(ending))
}

/// `SESSION_KEY=user_id`: the key of an entry, not one that opens something.
fn is_column(name: &str, text: &str) -> bool {
    let last = text.rsplit('_').next().unwrap_or("");
    words(name).last().is_some_and(|w| w == "key")
        && text.contains('_')
        && matches!(last, "id" | "name" | "user" | "session" | "data")
        && text.chars().all(|c| c.is_ascii_lowercase() || c == '_')
}

/// Words by which a program says that there is no value.
fn means_nothing(text: &str) -> bool {
    matches!(
        text.to_ascii_lowercase().as_str(),
        "none" | "null" | "nil" | "undefined" | "unset" | "notset" | "not_set" | "not-set" | "disabled" | "false" | "true" | "auto"
    )
}

/// True for secrets with which the service itself signs or encrypts.
fn signs(name: &str) -> bool {
    let words = words(name);
    let has = |list: &[&str]| words.iter().any(|w| list.contains(&w.as_str()));
    has(&["jwt", "signing", "session", "cookie", "hmac", "encryption"])
        || words.ends_with(&["secret".into(), "key".into()])
        || words.ends_with(&["key".into(), "base".into()])
}

fn finding(
    sink: &Sink<'_>,
    default: &SettingDefault,
    text: &Literal,
    variant: &'static str,
    python: bool,
    option: bool,
) -> Finding {
    let variant = match (option, variant) {
        (true, "guessable") => "option-guessable",
        (true, "empty") => "option-empty",
        (true, "url") => "option-url",
        (true, _) => "option",
        (false, variant) => variant,
    };
    let variant = match (python && default.from_environment, default.from_environment, variant) {
        (true, _, "guessable") => "python-guessable",
        (true, _, "empty") => "python-empty",
        (true, _, "url") => "python-url",
        (true, _, _) => "python",
        (_, true, variant) => variant,
        (_, false, variant) if option => variant,
        (_, false, "guessable") => "setting-guessable",
        (_, false, "empty") => "setting-empty",
        (_, false, "url") => "setting-url",
        (_, false, _) => "setting",
    };
    sink.at(text.span)
        .argument("name", default.name.clone())
        .variant(variant)
        .secret(text.span)
        .related(default.setting, if default.from_environment { "read" } else { "setting" })
}
