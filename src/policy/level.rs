//! Levels after the config has spoken.

use std::collections::BTreeMap;

use globset::GlobSet;

use crate::config::{Config, LevelSetting, RuleSettings, glob_set, selects};
use crate::rules::{Confidence, Finding, Level};

/// Levels by rule and path.
pub struct Levels<'a> {
    config: &'a Config,
    overrides: Vec<GlobSet>,
}

impl<'a> Levels<'a> {
    /// The levels of `config`, whose paths are relative to `base`.
    pub fn new(config: &'a Config, base: &str) -> Self {
        let overrides = config
            .overrides
            .iter()
            .map(|o| glob_set(o.paths.iter().map(|p| p.get_ref().as_str()), base))
            .collect();
        Levels { config, overrides }
    }

    /// The level of the finding `name` (`twelvelint/…`) about ourselves, `level` when nothing else is said; none when it
    /// is not reported.
    pub fn of_ourselves(&self, name: &str, level: Level, path: &str) -> Option<Level> {
        let set = |rules: &BTreeMap<toml::Spanned<String>, RuleSettings>| {
            rules.iter().find(|(rule, _)| rule.get_ref() == name).map(|(_, settings)| settings.level)
        };
        let mut level = set(&self.config.rules).map_or(Some(level), LevelSetting::level);
        for (entry, globs) in self.config.overrides.iter().zip(&self.overrides) {
            if globs.is_match(path) {
                if entry.ignore.iter().any(|s| matches!(s.get_ref().as_str(), "all") || s.get_ref() == name) {
                    return None;
                }
                level = set(&entry.rules).map_or(level, LevelSetting::level);
            }
        }
        level
    }

    /// The level of a finding whose primary span lies in the file at `path`; none when it is not reported.
    pub fn of(&self, finding: &Finding, path: &str) -> Option<Level> {
        let mut level = Some(match finding.confidence {
            Confidence::High => finding.level,
            Confidence::Medium => finding.level.min(Level::Warning),
            Confidence::Low => Level::Info,
        });
        let set = |rules: &BTreeMap<toml::Spanned<String>, RuleSettings>| {
            rules
                .iter()
                .find(|(name, _)| {
                    crate::rules::Rule::find(name.get_ref()).is_some_and(|r| r.name == finding.rule.name)
                })
                .map(|(_, settings)| settings.level)
        };
        if let Some(setting) = set(&self.config.rules) {
            level = LevelSetting::level(setting);
        }
        for (entry, globs) in self.config.overrides.iter().zip(&self.overrides) {
            if globs.is_match(path) {
                if entry.ignore.iter().any(|s| selects(s.get_ref(), finding.rule)) {
                    return None;
                }
                if let Some(setting) = set(&entry.rules) {
                    level = LevelSetting::level(setting);
                }
            }
        }
        level
    }
}
