//! `twelvelint.toml`: what the repository's owner asks of a run. Unknown keys, rules and editions are errors that
//! point into the file; the audited tree must not blind the auditor, so paths stay inside the root.

use std::collections::BTreeMap;

use globset::{Glob, GlobSet, GlobSetBuilder};
use serde::Deserialize;
use toml::Spanned;

use crate::rules::{Level, Rule};

/// The file's name, searched from the checked path up to the root.
pub const FILE_NAME: &str = "twelvelint.toml";

/// The lowest level that makes a run exit with 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum FailOn {
    /// Errors.
    #[default]
    Error,
    /// Errors and warnings.
    Warning,
    /// Anything.
    Info,
    /// Nothing.
    Never,
}

/// The level a rule is set to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LevelSetting {
    /// Not run.
    Off,
    /// As info.
    Info,
    /// As warning.
    Warning,
    /// As error.
    Error,
}

impl LevelSetting {
    /// The level, unless the rule is off.
    pub fn level(self) -> Option<Level> {
        match self {
            LevelSetting::Off => None,
            LevelSetting::Info => Some(Level::Info),
            LevelSetting::Warning => Some(Level::Warning),
            LevelSetting::Error => Some(Level::Error),
        }
    }
}

/// Settings of one rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RuleSettings {
    /// Its level.
    pub level: LevelSetting,
}

/// Settings for some paths.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Override {
    /// Globs, relative to the config file.
    pub paths: Vec<Spanned<String>>,
    /// Rules or factors that are not reported there.
    #[serde(default)]
    pub ignore: Vec<Spanned<String>>,
    /// Levels there.
    #[serde(default)]
    pub rules: BTreeMap<Spanned<String>, RuleSettings>,
}

/// A suppression for files without comments.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct AllowEntry {
    /// The rule.
    pub rule: Spanned<String>,
    /// Glob of the files it covers; all when absent.
    pub path: Option<Spanned<String>>,
    /// The service it covers; all when absent.
    pub service: Option<String>,
    /// Why.
    pub reason: Spanned<String>,
}

/// What is declared about a service.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ServiceSettings {
    /// Its kind, when the one found is wrong.
    pub kind: Option<crate::world::ServiceKind>,
    /// Its folder, relative to the config file.
    pub root: Option<Spanned<String>>,
}

/// Where a config was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFile {
    /// As shown to the reader.
    pub shown: String,
    /// Relative to the root; none when it lies outside.
    pub path: Option<String>,
}

/// The config file's content.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Config {
    /// Edition of the twelve factors; `2011`.
    pub edition: Option<Spanned<String>>,
    /// Versions of twelvelint that may run.
    pub required_version: Option<Spanned<String>>,
    /// The lowest level that fails a run.
    pub fail_on: Option<FailOn>,
    /// Rules or factors that run; all when absent.
    pub select: Option<Vec<Spanned<String>>>,
    /// Rules or factors that do not run.
    pub ignore: Vec<Spanned<String>>,
    /// Settings by rule.
    pub rules: BTreeMap<Spanned<String>, RuleSettings>,
    /// Settings by path.
    pub overrides: Vec<Override>,
    /// Suppressions for files without comments.
    pub allow: Vec<AllowEntry>,
    /// Globs of paths that are not read.
    pub exclude: Vec<Spanned<String>>,
    /// What is declared about services.
    pub services: BTreeMap<String, ServiceSettings>,
    /// Folders with further knowledge tables, inside the root.
    pub knowledge: Vec<Spanned<String>>,
    /// Language of messages.
    pub language: Option<Spanned<String>>,
    /// The file all this was read from.
    #[serde(skip)]
    pub file: Option<ConfigFile>,
}

/// A config that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The file, as the user names it.
    pub file: String,
    /// 1-based line.
    pub line: usize,
    /// 1-based column in characters.
    pub column: usize,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}:{}: {}", self.file, self.line, self.column, self.message)
    }
}

impl std::error::Error for ConfigError {}

/// What twelvelint reports about a run; see the README.
pub const OURSELVES: &[&str] = &[
    "twelvelint/allow-without-reason",
    "twelvelint/internal-error",
    "twelvelint/unknown-rule-in-allow",
    "twelvelint/unparsed-file",
    "twelvelint/unused-allow",
];

const KEYS: &[&str] = &[
    "edition",
    "required-version",
    "fail-on",
    "select",
    "ignore",
    "rules",
    "overrides",
    "allow",
    "exclude",
    "services",
    "knowledge",
    "language",
    "paths",
    "rule",
    "path",
    "service",
    "reason",
    "level",
    "kind",
    "root",
];

impl Config {
    /// Reads and checks a config file; `file` is its name in messages.
    ///
    /// # Errors
    /// When the text is no TOML, a key or rule is unknown, a value has the wrong type, or a path leaves the root.
    pub fn parse(text: &str, file: &str) -> Result<Config, ConfigError> {
        // Editors do not show a byte order mark, so it is no column either.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let located = crate::source::Text::new(text.to_owned());
        let fail = |offset: usize, message: String| {
            let (line, column) = located.position(u32::try_from(offset).unwrap_or(0));
            ConfigError { file: file.to_owned(), line, column, message }
        };
        let config: Config = toml::from_str(text).map_err(|error| {
            let mut message = error.message().to_owned();
            if let Some(unknown) = message.strip_prefix("unknown field `").and_then(|m| m.split('`').next())
                && let Some(key) = closest(unknown, KEYS.iter().copied())
            {
                message = format!("unknown key `{unknown}`; did you mean `{key}`?");
            }
            fail(error.span().map_or(0, |s| s.start), message)
        })?;
        config.check(fail)?;
        Ok(config)
    }

    fn check(&self, fail: impl Fn(usize, String) -> ConfigError) -> Result<(), ConfigError> {
        let at = |spanned: &Spanned<String>| spanned.span().start;
        if let Some(edition) = &self.edition
            && edition.get_ref() != "2011"
        {
            return Err(fail(at(edition), format!("unknown edition `{}`; known: `2011`", edition.get_ref())));
        }
        if let Some(language) = &self.language
            && !matches!(language.get_ref().as_str(), "en" | "zh")
        {
            return Err(fail(
                at(language),
                format!("unknown language `{}`; known: `en`, `zh`", language.get_ref()),
            ));
        }
        if let Some(required) = &self.required_version {
            check_version(required.get_ref()).map_err(|message| fail(at(required), message))?;
        }
        let overridden = self.overrides.iter();
        let selectors = self
            .select
            .iter()
            .flatten()
            .chain(&self.ignore)
            .chain(overridden.clone().flat_map(|o| &o.ignore));
        for selector in selectors {
            check_selector(selector.get_ref()).map_err(|message| fail(at(selector), message))?;
        }
        let names = self
            .rules
            .keys()
            .chain(overridden.clone().flat_map(|o| o.rules.keys()))
            .chain(self.allow.iter().map(|a| &a.rule));
        for name in names {
            if Rule::find(name.get_ref()).is_none() && !OURSELVES.contains(&name.get_ref().as_str()) {
                return Err(fail(at(name), unknown_rule(name.get_ref())));
            }
        }
        for selector in self.select.iter().flatten() {
            check_select(selector.get_ref()).map_err(|message| fail(at(selector), message))?;
        }
        for allow in &self.allow {
            if allow.rule.get_ref().starts_with("twelvelint/") {
                let message = format!(
                    "findings about twelvelint itself are not suppressed one by one; silence them with \
                     `[rules.\"{0}\"] level = \"off\"`, or below a path with `[[overrides]] ignore = [\"{0}\"]`",
                    allow.rule.get_ref()
                );
                return Err(fail(at(&allow.rule), message));
            }
            if allow.reason.get_ref().trim().is_empty() {
                return Err(fail(at(&allow.reason), "an `[[allow]]` needs a reason".into()));
            }
        }
        let globs = self
            .exclude
            .iter()
            .chain(overridden.flat_map(|o| &o.paths))
            .chain(self.allow.iter().filter_map(|a| a.path.as_ref()));
        for glob in globs {
            if let Err(error) = Glob::new(glob.get_ref()) {
                return Err(fail(at(glob), format!("not a glob: {error}")));
            }
        }
        let roots = self.services.values().filter_map(|settings| settings.root.as_ref());
        for path in self.exclude.iter().chain(&self.knowledge).chain(roots) {
            if path.get_ref().starts_with('/') || path.get_ref().split('/').any(|s| s == "..") {
                return Err(fail(at(path), "the path leaves the root".into()));
            }
        }
        Ok(())
    }

    /// The globs of [`Config::exclude`], for paths relative to the root; `base` is the config file's folder.
    pub fn exclude_set(&self, base: &str) -> GlobSet {
        glob_set(self.exclude.iter().map(|g| g.get_ref().as_str()), base)
    }
}

/// A set of globs that are written relative to `base`, for paths relative to the root. A glob that names a folder
/// covers what lies below it.
pub fn glob_set<'a>(globs: impl Iterator<Item = &'a str>, base: &str) -> GlobSet {
    let mut builder = GlobSetBuilder::new();
    for glob in globs {
        let glob = glob.trim_start_matches("./").trim_end_matches('/');
        let full =
            if base.is_empty() { glob.to_owned() } else { format!("{}/{glob}", globset::escape(base)) };
        // `.` is the folder itself.
        let everything = matches!(glob, "" | ".");
        let below =
            if everything { full.trim_end_matches('.').to_owned() + "**" } else { format!("{full}/**") };
        for pattern in [full, below] {
            if let Ok(glob) = Glob::new(&pattern) {
                builder.add(glob);
            }
        }
    }
    builder.build().unwrap_or_else(|_| GlobSet::empty())
}

/// Checks what `--select` and its like take: a rule, a factor's slug or numeral, or `all`.
///
/// # Errors
/// When it is none of these; the message offers the nearest.
pub fn check_selector(selector: &str) -> Result<(), String> {
    let known = selector == "all"
        || OURSELVES.contains(&selector)
        || Rule::find(selector).is_some()
        || crate::rules::Factor::find(selector).is_some();
    if known { Ok(()) } else { Err(unknown_rule(selector)) }
}

/// Checks what `--select` takes: [`check_selector`] without findings about ourselves.
///
/// # Errors
/// When it is no selector, or one of those.
pub fn check_select(selector: &str) -> Result<(), String> {
    if OURSELVES.contains(&selector) {
        return Err(format!(
            "`{selector}` tells about the run itself and is always reported; `ignore` silences it"
        ));
    }
    check_selector(selector)
}

/// True when `selector` names `rule` or its factor.
pub fn selects(selector: &str, rule: &Rule) -> bool {
    selector == "all"
        || Rule::find(selector).is_some_and(|r| r.name == rule.name)
        || crate::rules::Factor::find(selector) == Some(rule.factor)
}

/// The message for a rule that does not exist, with the nearest one that does.
pub fn unknown_rule(name: &str) -> String {
    match closest(name, Rule::all().map(|r| r.name).chain(OURSELVES.iter().copied())) {
        Some(near) => format!("unknown rule `{name}`; did you mean `{near}`?"),
        None => format!("unknown rule `{name}`; `twelvelint rules` lists them"),
    }
}

fn closest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

fn check_version(required: &str) -> Result<(), String> {
    let wanted =
        semver::VersionReq::parse(required).map_err(|error| format!("not a version requirement: {error}"))?;
    let own = semver::Version::parse(env!("CARGO_PKG_VERSION")).map_err(|error| error.to_string())?;
    if wanted.matches(&own) {
        Ok(())
    } else {
        Err(format!("this is twelvelint {own}, the config requires `{required}`"))
    }
}

#[expect(clippy::disallowed_methods, reason = "config.rs may read our own environment")]
/// Columns of the terminal: `COLUMNS` where it is set, else 100, never under 60 nor over 140.
pub fn terminal_width() -> usize {
    let columns = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    columns.unwrap_or(100).clamp(60, 140)
}

#[expect(clippy::disallowed_methods, reason = "config.rs may read our own environment")]
/// True in a pipeline, whose checkout may be a copy.
pub fn environment_is_pipeline() -> bool {
    ["CI", "BUILD_ID", "TF_BUILD", "CODEBUILD_BUILD_ID"].iter().any(|name| std::env::var_os(name).is_some())
}

#[expect(clippy::disallowed_methods, reason = "config.rs may read our own environment")]
/// False when the environment asks for no colours (`NO_COLOR`, `TERM=dumb`).
pub fn environment_wants_color() -> bool {
    let no_color = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty());
    !no_color && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

#[expect(clippy::disallowed_methods, reason = "config.rs may read our own environment")]
/// False when the locale of the environment names another encoding than UTF-8.
pub fn environment_is_unicode() -> bool {
    let said = ["LC_ALL", "LC_CTYPE", "LANG"].iter().filter_map(|name| std::env::var(name).ok());
    match said.into_iter().find(|value| !value.is_empty()) {
        Some(locale) => {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        }
        None => true,
    }
}
