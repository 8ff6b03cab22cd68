//! `config/secret-in-config-file`: a tracked settings file gives a secret a value.

use crate::discover::FoundFile;
use crate::discover::kind::FileKind;
use crate::discover::role::Role;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::secrets::name::words;
use crate::secrets::{ValueClass, classify, credentialed_url, is_secret_name};
use crate::world::literal::is_developer_path;
use crate::world::settings_values::SettingsValue;
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "config/secret-in-config-file",
    factor: Factor::Config,
    also: &[],
    level: Level::Error,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Settings, Need::Cargo, Need::Paths],
    subject: SubjectKind::Repository,
    page: include_str!("secret_in_config_file.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for (id, file) in view.world.settings_files() {
        if !matches!(file.role, Role::Production | Role::Dev) || file.tracked == Some(false) || is_sample(&file.path) {
            continue;
        }
        let mut secrets: Vec<(SettingsValue, ValueClass)> = Vec::new();
        for value in view.world.settings_values(id) {
            if let Some(class) = judge(&value) {
                secrets.push((value, class));
            }
        }
        secrets.sort_by_key(|(v, class)| (!class.is_strong(), v.value.span));
        let Some((first, class)) = secrets.first() else { continue };
        let local = file.kind == Some(FileKind::CargoConfig) || is_local(file);
        let (level, confidence) = match (class.is_strong(), local) {
            (true, false) => (Level::Error, Confidence::High),
            (true, true) => (Level::Warning, Confidence::Medium),
            (false, false) => (Level::Warning, Confidence::Medium),
            (false, true) => (Level::Info, Confidence::Medium),
        };
        let guessable = matches!(class, ValueClass::Weak | ValueClass::Placeholder);
        let mut finding = sink
            .at(first.value.span)
            .secret(first.value.span)
            .level(level)
            .confidence(confidence)
            .argument("key", first.key.clone())
            .argument("variable", variable_of(&first.key))
            .argument("file", file.path.rsplit('/').next().unwrap_or(&file.path))
            .variant(match (file.kind == Some(FileKind::CargoConfig), guessable) {
                (true, _) => "cargo",
                (false, true) => "guessable",
                (false, false) => "",
            });
        for (other, _) in secrets.iter().skip(1).take(4) {
            finding = finding.secret(other.value.span).related(other.value.span, "other");
        }
        sink.report(finding);
    }
}

/// The class of a value that opens something; none for everything else.
fn judge(found: &SettingsValue) -> Option<ValueClass> {
    let (key, text) = (found.key.as_str(), found.value.value.trim());
    // What stands in a URL is judged by another rule.
    if credentialed_url(text).is_some() || text.contains("://") || is_public(key) || opens_nothing(text) {
        return None;
    }
    let class = classify(key.rsplit('.').next().unwrap_or(key), text);
    match class {
        ValueClass::Provider | ValueClass::PrivateKey => Some(class),
        ValueClass::HighEntropy => (is_secret_name(key) || speaks_of_secrets(key)).then_some(class),
        ValueClass::Weak | ValueClass::Placeholder | ValueClass::Text => {
            let whole = !text.contains(char::is_whitespace) && is_secret_name(key);
            whole.then_some(class)
        }
        ValueClass::Empty | ValueClass::Reference | ValueClass::Hash => None,
    }
}

/// `SERVICE_PWD_KEY`, `token_key`: a key of secrets, when its value is random.
fn speaks_of_secrets(key: &str) -> bool {
    let all = words(key.rsplit('.').next().unwrap_or(key));
    let last = all.last().map(String::as_str).unwrap_or("");
    matches!(last, "key" | "token" | "salt" | "pepper" | "seed")
        && all.iter().any(|w| matches!(w.as_str(), "pwd" | "password" | "token" | "secret" | "auth" | "jwt" | "session" | "cookie" | "api"))
}

fn is_public(key: &str) -> bool {
    words(key).iter().any(|w| matches!(w.as_str(), "public" | "pub" | "publishable" | "anon"))
}

/// Switches, numbers, paths, and words that name another place.
fn opens_nothing(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    text.len() <= 2
        || text.starts_with(['/', '~', '.', '@', '#'])
        || text.contains(['$', '{', '%', '<'])
        || text.chars().all(|c| c.is_ascii_digit())
        || matches!(lower.as_str(), "true" | "false" | "none" | "null" | "auto" | "required" | "optional" | "string" | "password" | "hidden")
        || [".pem", ".key", ".crt", ".json", ".txt"].iter().any(|e| lower.ends_with(e))
}

fn is_sample(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    name.split(['.', '-', '_']).any(|w| matches!(w, "example" | "sample" | "template" | "test" | "tests" | "ci" | "defaults" | "schema"))
}

/// A profile for the developer's own machine.
fn is_local(file: &FoundFile) -> bool {
    let name = file.path.rsplit('/').next().unwrap_or(&file.path).to_ascii_lowercase();
    is_developer_path(&file.path, file.role)
        || name.split(['.', '-', '_']).any(|w| matches!(w, "local" | "dev" | "development" | "debug"))
}

/// `APP_DATABASE__PASSWORD` for `database.password`.
fn variable_of(key: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    let parts: Vec<String> = key.split('.').map(|part| part.chars().map(plain).collect()).collect();
    format!("APP_{}", parts.join("__"))
}
