//! Settings of Spring Boot that hold in a deploy: `application.yml`, `application-prod.properties` and their kin.

use crate::facts::artefact::Artefact;
use crate::source::{FileId, Span};
use crate::syntax::doc::NodeRef;

use super::World;
use super::image::names_development;
use super::located::Located;
use super::log_config::names_production;
use super::settings_values::SettingsValue;

/// Whether settings hold in a deploy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Profile {
    /// In every profile, or in one for production.
    Deployed,
    /// In a profile of which the name does not say what it is for.
    Unknown,
    /// In profiles for development and tests alone.
    Development,
}

impl Profile {
    /// By the expression that says when settings hold: `prod`, `!test`, `dev | local`.
    pub fn of(expression: &str) -> Profile {
        let parts = expression.split([',', '|', '&', '(', ')', ' ']).map(str::trim).filter(|p| !p.is_empty());
        let each = parts.map(|part| match part.strip_prefix('!') {
            Some(other) if names_development(other) => Profile::Deployed,
            Some(other) if names_production(other) => Profile::Development,
            None if names_production(part) => Profile::Deployed,
            None if names_development(part) => Profile::Development,
            _ => Profile::Unknown,
        });
        each.min().unwrap_or(Profile::Deployed)
    }

    /// By the name of a file: `application`, `application-prod`; none for files that Spring Boot does not read.
    pub fn of_file(path: &str) -> Option<Profile> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let (stem, extension) = name.rsplit_once('.')?;
        if !matches!(extension, "yml" | "yaml" | "properties") {
            return None;
        }
        match stem.strip_prefix("application").or_else(|| stem.strip_prefix("bootstrap"))? {
            "" => Some(Profile::Deployed),
            rest => rest.strip_prefix('-').map(Profile::of),
        }
    }
}

/// What stands for a value when no variable does: `${NAME:default}` by its default.
pub fn default_of(value: &str) -> &str {
    let Some(inside) = value.strip_prefix("${").and_then(|v| v.strip_suffix('}')) else { return value };
    inside.split_once(':').map_or("", |(_, default)| default)
}

/// A key as Spring compares it: letter case, `-` and `_` left out.
pub fn relaxed(key: &str) -> String {
    key.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect()
}

const DEPTH: usize = 16;
const LIMIT: usize = 4000;

impl World {
    /// The settings of a file of Spring Boot, each with the profiles it holds in; empty for other files.
    pub fn spring_settings(&self, file: FileId) -> Vec<(Profile, SettingsValue)> {
        let Some(of_file) = Profile::of_file(self.path(file)) else { return Vec::new() };
        let mut found: Vec<(Profile, SettingsValue)> = Vec::new();
        match self.artefact(file) {
            Artefact::Document(document) => {
                for root in document.roots() {
                    let mut values = Vec::new();
                    walk(root, "", file, DEPTH, &mut values);
                    found.extend(with_profile(of_file, values));
                }
            }
            Artefact::Ini(ini) => {
                // `#---` begins another document.
                let breaks: Vec<u32> = ini
                    .comments
                    .iter()
                    .filter(|c| c.value.starts_with("---"))
                    .map(|c| c.range.start)
                    .collect();
                let mut parts: Vec<Vec<SettingsValue>> = vec![Vec::new(); breaks.len() + 1];
                for entry in ini.sections.iter().flat_map(|s| &s.entries) {
                    let part = breaks.partition_point(|at| *at < entry.range.start);
                    let span = Span::new(file, entry.range);
                    let value = Located::new(entry.value.value.clone(), span);
                    let setting = SettingsValue { key: entry.key.value.clone(), value };
                    parts.get_mut(part).into_iter().for_each(|p| p.push(setting.clone()));
                }
                for values in parts {
                    found.extend(with_profile(of_file, values));
                }
            }
            _ => {}
        }
        found
    }
}

fn with_profile(of_file: Profile, values: Vec<SettingsValue>) -> Vec<(Profile, SettingsValue)> {
    let said = values
        .iter()
        .find(|v| matches!(relaxed(&v.key).as_str(), "spring.config.activate.onprofile" | "spring.profiles"));
    let profile = said.map_or(Profile::Deployed, |v| Profile::of(&v.value.value)).max(of_file);
    values.into_iter().map(|value| (profile, value)).collect()
}

fn walk(node: NodeRef<'_>, key: &str, file: FileId, depth: usize, into: &mut Vec<SettingsValue>) {
    let Some(depth) = depth.checked_sub(1).filter(|_| into.len() < LIMIT) else { return };
    if node.is_mapping() {
        for entry in node.entries() {
            let path = if key.is_empty() { entry.key.to_owned() } else { format!("{key}.{}", entry.key) };
            walk(entry.value, &path, file, depth, into);
        }
    } else if let Some(text) = node.as_str() {
        let value = Located::new(text.to_owned(), Span::new(file, node.range()));
        into.push(SettingsValue { key: key.to_owned(), value });
    }
}

#[cfg(test)]
mod tests {
    use super::{Profile, default_of};

    #[test]
    fn profiles_and_defaults() {
        assert_eq!(Profile::of_file("src/main/resources/application.yml"), Some(Profile::Deployed));
        assert_eq!(Profile::of_file("application-prod.properties"), Some(Profile::Deployed));
        assert_eq!(Profile::of_file("application-local.yaml"), Some(Profile::Development));
        assert_eq!(Profile::of_file("application-mysql.yml"), Some(Profile::Unknown));
        assert_eq!(Profile::of_file("applications.yml"), None);
        assert_eq!(Profile::of("!test"), Profile::Deployed);
        assert_eq!(Profile::of("dev | local"), Profile::Development);
        assert_eq!(default_of("${DDL:update}"), "update");
        assert_eq!(default_of("${DDL}"), "");
    }
}
