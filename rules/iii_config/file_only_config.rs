//! `config/file-only-config`: a loader knows files and no environment.

use crate::facts::code::Language;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::settings_files::{SettingsPath, SettingsSource};
use crate::world::variables::is_standard;
use crate::world::{ServiceId, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "config/file-only-config",
    factor: Factor::Config,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust), Need::Paths],
    subject: SubjectKind::Repository,
    page: include_str!("file_only_config.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let sources = view.settings_sources();
    if sources.is_empty() {
        return;
    }
    let world = view.world;
    let open = world.open_reads();
    let named = world.variable_reads();
    let mut told: Vec<ServiceId> = Vec::new();
    for source in &sources {
        let Some(service) = source.service.filter(|s| !told.contains(s)) else { continue };
        let SettingsPath::Fixed(path) = &source.path else { continue };
        if open.iter().any(|o| o.services.contains(&service)) || !is_settings(source, path) {
            continue;
        }
        let reads = named.iter().filter(|r| r.services.contains(&service) && !is_standard(&r.name)).count();
        let folder = world.services.get(service.0).map_or("", |s| s.folder.as_str());
        let file = world.settings_file(folder, path);
        let tracked = file.and_then(|f| world.inventory.files.get(f.0 as usize)).and_then(|f| f.tracked);
        // A program that reads single variables overrides single settings with them, perhaps all that matter.
        if reads > 0 && !source.layered {
            continue;
        }
        told.push(service);
        let variant = match source.library.as_str() {
            "config" => "",
            "figment" => "figment",
            _ => "plain",
        };
        let mut finding = sink.at(source.path_at).service(Some(service)).argument("path", path).variant(variant);
        if let Some(file) = file {
            finding = finding.related(crate::source::Span::whole(file), "file");
        }
        sink.report(if reads > 0 || tracked != Some(true) { finding.level(Level::Info) } else { finding });
    }
}

/// A file of settings, and not one of translations or test data.
fn is_settings(source: &SettingsSource, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let stem = name.split('.').next().unwrap_or(&name);
    let said = ["config", "configuration", "settings", "conf", "application", "app", "server", "default"]
        .iter()
        .any(|w| stem.split(['-', '_']).any(|part| part == *w));
    source.layered || said
}
