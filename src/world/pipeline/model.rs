//! What the pipelines of a repository are made of.

use std::collections::BTreeMap;

use super::scope::Scope;
use crate::source::{FileId, Span};
use crate::world::Located;
use crate::world::commands::CommandClass;
use crate::world::image::StartCommand;
use crate::world::image_reference::ImageReference;

/// All pipelines of the repository.
#[derive(Clone, Debug, Default)]
pub struct Pipelines {
    /// The files that CI systems start from, sorted by path.
    pub files: Vec<CiFile>,
    /// What starts by itself or is called: a workflow of GitHub Actions, or the one pipeline of GitLab CI.
    pub workflows: Vec<Workflow>,
    /// The jobs of all workflows; called workflows are copied to where they are called.
    pub jobs: Vec<Job>,
    /// Commands that `.pre-commit-config.yaml` runs before each commit: the hook's name and place.
    pub hooks: Vec<Located<String>>,
    /// Parts of pipelines that could not be followed.
    pub unknown: Vec<Unknown>,
    /// The root of the repository was walked, so that a pipeline would have been seen.
    pub root_seen: bool,
}

/// A file from which a CI system starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CiFile {
    /// The file.
    pub file: FileId,
    /// The CI system.
    pub system: &'static str,
    /// False for systems whose files are recognised and not read.
    pub read: bool,
}

/// Something that could not be followed, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unknown {
    /// Where it stands.
    pub span: Span,
    /// What it is, in words.
    pub reason: String,
}

/// A workflow.
#[derive(Clone, Debug)]
pub struct Workflow {
    /// Its file.
    pub file: FileId,
    /// Its name, or that of its file.
    pub name: String,
    /// The key that says when it runs, else the start of the file.
    pub head: Span,
    /// What starts it.
    pub triggers: Vec<Trigger>,
    /// Its jobs, by position in [`Pipelines::jobs`].
    pub jobs: Vec<usize>,
    /// Other workflows after whose end it starts (`workflow_run`).
    pub after: Vec<String>,
}

/// What starts a workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// `push`, `pull_request`, `release`, `schedule` …
    pub event: String,
    /// Branches it is limited to.
    pub branches: Vec<String>,
    /// Tags it is limited to.
    pub tags: Vec<String>,
    /// It looks at changed paths only.
    pub on_paths: bool,
    /// Where it stands.
    pub span: Span,
}

/// A job.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its workflow, by position in [`Pipelines::workflows`].
    pub workflow: usize,
    /// Its key, behind that of the job that calls it.
    pub name: String,
    /// What it is called for people.
    pub title: String,
    /// Its key.
    pub span: Span,
    /// The jobs that must have succeeded, by position in [`Pipelines::jobs`].
    pub needs: Vec<usize>,
    /// `environment:`.
    pub environment: Option<Located<String>>,
    /// `if:` or `rules:`.
    pub condition: Option<Located<String>>,
    /// Containers that run beside it.
    pub services: Vec<ServiceContainer>,
    /// The image it runs in.
    pub container: Option<Located<String>>,
    /// The combinations of its matrix; empty without one.
    pub matrix: Vec<BTreeMap<String, String>>,
    /// Its steps in order.
    pub steps: Vec<Step>,
    /// Its failure does not matter.
    pub allow_failure: bool,
    /// What in it could not be followed.
    pub unknown: Vec<Unknown>,
}

/// A container beside a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceContainer {
    /// Its name.
    pub name: String,
    /// The image as written.
    pub image: Located<String>,
    /// The images it can be: one for each combination of the matrix; empty where that is not known.
    pub references: Vec<ImageReference>,
}

/// A step.
#[derive(Clone, Debug, Default)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// Its `id`.
    pub id: Option<String>,
    /// The action it uses.
    pub action: Option<ActionUse>,
    /// The commands it runs, all that they lead to included.
    pub commands: Vec<CiCommand>,
    /// `if:`.
    pub condition: Option<String>,
    /// Its failure does not matter.
    pub allow_failure: bool,
    /// What is known about variables and expressions in it.
    pub scope: Scope,
}

/// The use of an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionUse {
    /// `docker/build-push-action`, without version.
    pub name: String,
    /// Behind `@`.
    pub version: String,
    /// The `uses` value.
    pub span: Span,
    /// `with`: values filled in as far as they are known.
    pub with: Vec<(String, Located<String>)>,
}

impl ActionUse {
    /// The value of an input.
    pub fn input(&self, name: &str) -> Option<&Located<String>> {
        self.with.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }
}

/// A command that a job runs.
#[derive(Clone, Debug)]
pub struct CiCommand {
    /// The command; [`StartCommand::via`] leads from the pipeline to it.
    pub command: StartCommand,
    /// It runs on another machine (`ssh host …`).
    pub remote: bool,
    /// It runs while an image is built.
    pub in_image: bool,
    /// It runs in a container that the pipeline starts.
    pub in_container: bool,
    /// Its failure does not matter (`|| true`).
    pub tolerated: bool,
}

impl CiCommand {
    /// Where the pipeline runs it: the step's own command, even if the command itself stands in a script.
    pub fn site(&self) -> Span {
        self.command.via.first().copied().unwrap_or(self.command.span)
    }
}

impl Pipelines {
    /// The jobs that `job` waits for, directly or not, itself included.
    pub fn closure(&self, job: usize) -> Vec<usize> {
        let mut found = vec![job];
        let mut at = 0;
        while let Some(next) = found.get(at).copied() {
            at += 1;
            for need in self.jobs.get(next).map(|j| j.needs.as_slice()).unwrap_or_default() {
                if !found.contains(need) {
                    found.push(*need);
                }
            }
        }
        found
    }

    /// Systems that are recognised and not read.
    pub fn unread(&self) -> Vec<&CiFile> {
        self.files.iter().filter(|f| !f.read).collect()
    }
}

impl Job {
    /// All commands, in order.
    pub fn commands(&self) -> impl Iterator<Item = &CiCommand> {
        self.steps.iter().flat_map(|s| &s.commands)
    }

    /// All uses of actions, in order.
    pub fn actions(&self) -> impl Iterator<Item = &ActionUse> {
        self.steps.iter().filter_map(|s| s.action.as_ref())
    }

    /// Where the job does something of `class`.
    pub fn does(&self, class: CommandClass) -> Option<Span> {
        self.doings(class).first().map(|d| d.span)
    }

    /// All places where the job does something of `class`.
    pub fn doings(&self, class: CommandClass) -> Vec<Doing> {
        let mut found = Vec::new();
        for step in &self.steps {
            if let Some(action) = &step.action {
                for row in super::class::action_rows(action).filter(|r| r.class == class) {
                    found.push(Doing { span: action.span, languages: row.languages.clone() });
                }
            }
            for command in &step.commands {
                for row in super::class::command_rows(&command.command, class) {
                    let languages = row.languages.clone();
                    found.push(Doing { span: command.command.span, languages });
                }
            }
        }
        found
    }
}

/// Something a job does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doing {
    /// The command or action.
    pub span: Span,
    /// The languages it is about; empty for any.
    pub languages: Vec<String>,
}
