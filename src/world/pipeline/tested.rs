//! Which languages of the repository's services the pipelines test and check.

use std::collections::BTreeMap;

use crate::discover::role::{Role, role_of_path};
use crate::source::{FileId, Span};
use crate::world::World;
use crate::world::commands::CommandClass;
use crate::world::packages::join;

use super::model::Workflow;

impl World {
    /// The languages of long-running services for which no job of any pipeline does something of `class`, each with the
    /// manifests of the services; the caller makes sure that the pipelines are known.
    pub fn languages_without(&self, class: CommandClass) -> BTreeMap<&'static str, Vec<FileId>> {
        let done: Vec<Vec<String>> =
            self.pipelines.jobs.iter().flat_map(|j| j.doings(class)).map(|d| d.languages).collect();
        let mut missing: BTreeMap<&'static str, Vec<FileId>> = BTreeMap::new();
        // What names no language may be about any.
        if done.iter().any(Vec::is_empty) {
            return missing;
        }
        for service in self.services.iter().filter(|s| s.kind.is_long_running()) {
            if role_of_path(&join(&service.folder, "x")) != Role::Production {
                continue;
            }
            let languages = self.service_languages(service);
            let is_done = |language: &str| done.iter().flatten().any(|l| l == language);
            if languages.iter().any(|(language, _)| is_done(language)) {
                continue;
            }
            if let Some((language, manifest)) = languages.first() {
                let manifests = missing.entry(language).or_default();
                if !manifests.contains(manifest) {
                    manifests.push(*manifest);
                }
            }
        }
        missing
    }

    /// The workflow to which a missing stage belongs: one that a push or a pull request starts, with the most commands.
    pub fn main_workflow(&self) -> Option<&Workflow> {
        let weight = |workflow: &&Workflow| {
            let on_change =
                workflow.triggers.iter().any(|t| matches!(t.event.as_str(), "push" | "pull_request"));
            let jobs = workflow.jobs.iter().filter_map(|at| self.pipelines.jobs.get(*at));
            let commands: usize = jobs.map(|j| j.commands().count()).sum();
            (on_change, commands)
        };
        // Of equals the first.
        self.pipelines.workflows.iter().rev().max_by_key(weight)
    }

    /// The place of the main workflow's head.
    pub fn pipeline_head(&self) -> Option<Span> {
        self.main_workflow().map(|w| w.head)
    }
}

/// The language's name for people.
pub fn language_name(slug: &str) -> &str {
    match slug {
        "rust" => "Rust",
        "javascript" => "JavaScript",
        "python" => "Python",
        "go" => "Go",
        "java" => "Java",
        "ruby" => "Ruby",
        "php" => "PHP",
        "elixir" => "Elixir",
        other => other,
    }
}
