//! Where a service takes its settings from: files that loaders of the code name.

use crate::knowledge::Concept;
use crate::source::{FileId, Span};

use super::literal::{Standing, is_developer_path};
use super::meaning::{EnvironmentRead, Meaning, MeaningKind};
use super::view::EventRef;
use super::{ServiceId, View, World};

/// A settings file that code loads.
#[derive(Clone, Debug)]
pub struct SettingsSource {
    /// The service whose code it is.
    pub service: Option<ServiceId>,
    /// The call.
    pub span: Span,
    /// Where the path stands.
    pub path_at: Span,
    /// The path.
    pub path: SettingsPath,
    /// A loader of layers reads it (`config`, `figment`), to which an environment source could be added.
    pub layered: bool,
    /// The crate of the loader.
    pub library: String,
}

/// How the path of a settings file is decided.
#[derive(Clone, Debug)]
pub enum SettingsPath {
    /// By the code.
    Fixed(String),
    /// By a variable between two texts, as in `config/{APP_ENV}`: what stands before it, and the variable.
    Chosen(String, EnvironmentRead),
    /// Somehow else.
    Unknown,
}

impl View<'_> {
    /// The settings files that production code of services loads, in source order.
    pub fn settings_sources(&self) -> Vec<SettingsSource> {
        let mut found: Vec<SettingsSource> = self
            .events(Concept::ConfigFile)
            .into_iter()
            .filter_map(|event| self.settings_source(event))
            .collect();
        found.sort_by_key(|s| s.span);
        found.dedup_by_key(|s| s.span);
        found
    }

    fn settings_source(&self, event: EventRef<'_>) -> Option<SettingsSource> {
        let Standing::Service(service) = self.world.standing(event.file) else { return None };
        let aside = event.event.scope.debug_only || self.is_test_helper(event);
        if aside || is_developer_path(&event.file.path, event.file.role) {
            return None;
        }
        let layered = event.event.role("path").is_some();
        let path = match self.role(event, "path") {
            Some(path) => path,
            None => read_file(self.role(event, "content")?)?,
        };
        Some(SettingsSource {
            service,
            span: event.name_span(),
            path_at: path.span,
            path: decided(&path),
            layered,
            library: event.callee().split("::").next().unwrap_or("").to_owned(),
        })
    }
}

/// The path of `read_to_string(path)`, errors opened.
fn read_file(content: Meaning) -> Option<Meaning> {
    match content.kind {
        MeaningKind::Call(name, arguments) => {
            let reads =
                ["read_to_string", "read", "open"].contains(&name.rsplit([':', '.']).next().unwrap_or(""));
            let path = arguments.into_iter().next()?;
            reads.then_some(path)
        }
        _ => None,
    }
}

fn decided(path: &Meaning) -> SettingsPath {
    match &path.kind {
        MeaningKind::Text(text) => SettingsPath::Fixed(text.clone()),
        MeaningKind::Join(parts) => {
            let mut before = String::new();
            for part in parts {
                match &part.kind {
                    MeaningKind::Text(text) => before.push_str(text),
                    MeaningKind::Environment(read) => {
                        return SettingsPath::Chosen(before, read.as_ref().clone());
                    }
                    MeaningKind::Either(_) => {
                        let read = part.environment_reads().first().map(|r| (*r).clone());
                        return read.map_or(SettingsPath::Unknown, |r| SettingsPath::Chosen(before, r));
                    }
                    _ => return SettingsPath::Unknown,
                }
            }
            SettingsPath::Fixed(before)
        }
        // `Path::new("x")`, `PathBuf::from("x")`.
        MeaningKind::Call(_, arguments) => match arguments.as_slice() {
            [only] => decided(only),
            _ => SettingsPath::Unknown,
        },
        _ => SettingsPath::Unknown,
    }
}

/// Words by which people call their deploys.
const GROUPS: &[&str] = &[
    "production",
    "prod",
    "staging",
    "stage",
    "development",
    "dev",
    "local",
    "qa",
    "uat",
    "preprod",
    "sandbox",
    "live",
];

/// True for the name of a group of deploys.
pub fn names_group(word: &str) -> bool {
    GROUPS.contains(&word.to_ascii_lowercase().as_str())
}

impl World {
    /// The settings file at `path` of a loader, with or without its extension, relative to the root or to `folder`.
    pub fn settings_file(&self, folder: &str, path: &str) -> Option<FileId> {
        let path = path.trim_start_matches("./");
        let endings = ["", ".toml", ".yaml", ".yml", ".json", ".json5", ".ron", ".ini"];
        [folder, ""].into_iter().find_map(|home| {
            let base = super::packages::join(home, path);
            endings.into_iter().find_map(|ending| self.file_at(&format!("{base}{ending}")))
        })
    }

    /// Files beside one another that are named after groups of deploys: those that begin with `before`.
    pub fn group_files(&self, folder: &str, before: &str) -> Vec<(String, FileId)> {
        let before = before.trim_start_matches("./");
        let mut found = Vec::new();
        for home in [folder, ""] {
            let start = super::packages::join(home, before);
            let start =
                if before.ends_with('/') { format!("{}/", start.trim_end_matches('/')) } else { start };
            for (at, file) in self.inventory.files.iter().enumerate() {
                let Some(rest) = file.path.strip_prefix(start.as_str()).filter(|_| !file.above) else {
                    continue;
                };
                let group = rest.trim_start_matches(['.', '-', '_']).split('.').next().unwrap_or("");
                if !rest.contains('/') && names_group(group) && file.tracked != Some(false) {
                    found.extend(u32::try_from(at).ok().map(|id| (group.to_owned(), FileId(id))));
                }
            }
            if !found.is_empty() {
                break;
            }
        }
        found
    }
}
