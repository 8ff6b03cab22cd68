//! The stages of delivery: which of them the pipelines of the repository have.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::discover::kind::FileKind;
use crate::discover::role::Role;
use crate::source::FileId;
use crate::world::World;
use crate::world::commands::{CommandClass, file_name};
use crate::world::compose::ServiceRole;
use crate::world::image::Position;
use crate::world::packages::join;
use crate::world::{Located, Service, backing::image_kind, image_reference::image_reference};

use super::containers::docker_call;
use super::model::{CiCommand, Job, Unknown};
use super::scope::is_known;

/// A stage of delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// The program is built in another image than the one that runs.
    BuilderImage,
    /// Formatting, lints, types, known flaws.
    StaticChecks,
    /// Tests.
    Tests,
    /// The program is compiled or assembled.
    Build,
    /// An image is built.
    Image,
    /// What an environment is configured with.
    EnvironmentConfiguration,
    /// The image is run before it is published or deployed.
    SmokeTest,
    /// A release is brought to where it runs.
    Deploy,
}

impl Stage {
    /// All stages in order.
    pub const ALL: [Stage; 8] = [
        Stage::BuilderImage,
        Stage::StaticChecks,
        Stage::Tests,
        Stage::Build,
        Stage::Image,
        Stage::EnvironmentConfiguration,
        Stage::SmokeTest,
        Stage::Deploy,
    ];

    /// The name in outputs.
    pub fn slug(self) -> &'static str {
        match self {
            Stage::BuilderImage => "builder-image",
            Stage::StaticChecks => "static-checks",
            Stage::Tests => "tests",
            Stage::Build => "build",
            Stage::Image => "image",
            Stage::EnvironmentConfiguration => "environment-configuration",
            Stage::SmokeTest => "smoke-test",
            Stage::Deploy => "deploy",
        }
    }

    /// Words in the names of jobs and targets that may hide the stage.
    fn words(self) -> &'static [&'static str] {
        match self {
            Stage::StaticChecks => &[
                "lint", "check", "checks", "fmt", "format", "ci", "audit", "verify", "commit", "xtask",
                "analysis",
            ],
            Stage::Tests => &[
                "test",
                "tests",
                "testing",
                "ci",
                "check",
                "checks",
                "verify",
                "e2e",
                "spec",
                "xtask",
                "integration",
                "run_tests",
                "flake",
            ],
            Stage::SmokeTest => &["test", "tests", "smoke", "e2e", "integration", "verify", "bake"],
            Stage::Deploy => &["deploy", "release", "publish", "cd", "deployment", "rollout", "xtask"],
            Stage::Build | Stage::Image | Stage::BuilderImage => {
                &["build", "image", "images", "container", "docker", "bake", "dist", "xtask", "release"]
            }
            Stage::EnvironmentConfiguration => &[],
        }
    }
}

/// What is known about a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StageState {
    /// It is there: what does it, and where.
    Found(Vec<Located<String>>),
    /// It is not there.
    Missing(String),
    /// It cannot be told, and why.
    Unknown(String),
}

impl World {
    /// What the pipelines of the repository do, stage by stage.
    pub fn pipeline_stages(&self) -> Vec<(Stage, StageState)> {
        Stage::ALL.iter().map(|stage| (*stage, self.stage(*stage))).collect()
    }

    /// What is known about one stage.
    pub fn stage(&self, stage: Stage) -> StageState {
        let places = match stage {
            Stage::BuilderImage => self.builder_images(),
            Stage::StaticChecks => {
                let hooks =
                    self.pipelines.hooks.iter().map(|h| Located::new(format!("hook {}", h.value), h.span));
                self.doings(CommandClass::StaticCheck).into_iter().chain(hooks).collect()
            }
            Stage::Tests => self.doings(CommandClass::Tests),
            Stage::Build => {
                // What an image build compiles is compiled in the pipeline too.
                let mut places = self.doings(CommandClass::Compiles);
                places.extend(self.doings(CommandClass::BuildsImage));
                places
            }
            Stage::Image => self.doings(CommandClass::BuildsImage),
            Stage::EnvironmentConfiguration => self.environment_configuration(),
            Stage::SmokeTest => self.smoke_tests(),
            Stage::Deploy => self.deploys(),
        };
        if !places.is_empty() {
            return StageState::Found(places);
        }
        match stage {
            Stage::BuilderImage if self.images.iter().all(|i| i.role != Role::Production) => {
                StageState::Unknown("there is no Dockerfile".into())
            }
            Stage::BuilderImage => StageState::Missing("no image is built in several stages".into()),
            Stage::EnvironmentConfiguration => {
                StageState::Unknown("no compose file or manifest configures an environment".into())
            }
            _ => match self.pipeline_gap(stage) {
                Some(reason) => StageState::Unknown(reason),
                None => StageState::Missing("no job of the pipelines does it".into()),
            },
        }
    }

    /// Why the absence of a stage proves nothing; none when all pipelines were followed.
    pub fn pipeline_gap(&self, stage: Stage) -> Option<String> {
        let p = &self.pipelines;
        if let Some(unread) = p.unread().first() {
            return Some(format!("{} is not read ({})", unread.system, self.path(unread.file)));
        }
        if p.files.is_empty() {
            let reason = if p.root_seen {
                "no pipeline in the repository"
            } else {
                "the repository's root was not read"
            };
            return Some(reason.into());
        }
        let kinds = [FileKind::GithubWorkflow, FileKind::GithubAction, FileKind::GitlabCi];
        if kinds.iter().any(|kind| !self.coverage.is_complete(*kind, "")) {
            return Some("a part of the pipelines could not be read".into());
        }
        if let Some(unknown) = p.unknown.first() {
            return Some(unknown.reason.clone());
        }
        let hides = |job: &Job, unknown: &&Unknown| {
            let text = format!("{} {} {}", unknown.reason, job.name, job.title).to_ascii_lowercase();
            text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).any(|w| stage.words().contains(&w))
        };
        let hidden = p.jobs.iter().find_map(|job| job.unknown.iter().find(|u| hides(job, u)));
        if let Some(unknown) = hidden {
            return Some(unknown.reason.clone());
        }
        let telling = |name: &str| {
            let name = name.to_ascii_lowercase();
            let parts: Vec<&str> = name.split(['/', '-', '_']).collect();
            // What reports on a stage, or makes a page of releases, does not do it.
            let aside = [
                "report", "reporter", "results", "summary", "coverage", "upload", "drafter", "release", "gh",
                "publish",
            ];
            let words = stage.words().iter().filter(|w| w.len() > 3 && !aside.contains(w));
            !parts.iter().any(|part| aside.contains(part)) && words.into_iter().any(|w| parts.contains(w))
        };
        let action = p.jobs.iter().flat_map(Job::actions).find(|a| {
            let plain = ["actions/", "docker/", "github/"].iter().any(|p| a.name.starts_with(p));
            !plain
                && !a.name.starts_with("./")
                && telling(&a.name)
                && super::class::action_rows(a).next().is_none()
        });
        action.map(|a| format!("what {} does is not known", a.name))
    }

    fn doings(&self, class: CommandClass) -> Vec<Located<String>> {
        let mut found: Vec<Located<String>> = Vec::new();
        for job in &self.pipelines.jobs {
            for doing in job.doings(class) {
                if !found.iter().any(|f| f.span == doing.span) {
                    found.push(Located::new(job.name.clone(), doing.span));
                }
            }
        }
        found
    }

    fn builder_images(&self) -> Vec<Located<String>> {
        let images = self.images.iter().filter(|i| i.role == Role::Production && i.stages.len() > 1);
        images.filter_map(|i| i.stages.first()).map(|s| Located::new(s.base.clone(), s.from)).collect()
    }

    fn environment_configuration(&self) -> Vec<Located<String>> {
        let environments =
            self.projects.iter().flat_map(|p| &p.environments).filter(|e| e.role == Role::Production);
        let services = environments.flat_map(|e| &e.services).filter(|s| s.role == ServiceRole::App);
        let mut found: Vec<Located<String>> = Vec::new();
        for service in services.filter(|s| !s.environment.is_empty()) {
            if !found.iter().any(|f| f.span == service.name.span) {
                found.push(Located::new(service.name.value.clone(), service.name.span));
            }
        }
        found
    }

    /// Where a pipeline runs what it has built.
    pub fn smoke_tests(&self) -> Vec<Located<String>> {
        let mut found = Vec::new();
        let built: Vec<String> = self
            .pipelines
            .image_steps(self.tree())
            .into_iter()
            .flat_map(|s| s.tags)
            .filter_map(|t| t.repository.rsplit('/').next().map(str::to_owned))
            .collect();
        // Tests of one job may ask what another job of the workflow has started or deployed.
        let started: BTreeSet<usize> = self
            .pipelines
            .jobs
            .iter()
            .filter(|j| {
                j.does(CommandClass::Deploys).is_some()
                    || j.commands().any(|c| self.runs_own_container(c, j, &built))
            })
            .map(|j| j.workflow)
            .collect();
        for job in &self.pipelines.jobs {
            let all = job
                .commands()
                .filter(|c| !super::class::command_rows(&c.command, CommandClass::SmokeTest).is_empty());
            let (containers, others): (Vec<&CiCommand>, Vec<&CiCommand>) =
                all.partition(|c| self.runs_own_container(c, job, &built));
            let containers: Vec<&CiCommand> =
                containers.into_iter().filter(|c| c.command.position == Position::Main).collect();
            let asks = others.into_iter().filter(|c| {
                let program = c.command.words.first().map_or("", |w| file_name(&w.text));
                !matches!(program, "docker" | "podman" | "docker-compose" | "podman-compose" | "nerdctl")
                    && (started.contains(&job.workflow)
                        || matches!(
                            program,
                            "kubectl" | "helm" | "container-structure-test" | "dgoss" | "ct"
                        ))
            });
            for command in containers.iter().copied().chain(asks) {
                found.push(Located::new(command.command.line(), command.command.span));
            }
        }
        found.dedup_by_key(|f| f.span);
        found
    }

    /// True for a call of docker that starts, or asks, something of this repository.
    fn runs_own_container(&self, of: &CiCommand, job: &Job, built: &[String]) -> bool {
        let program = of.command.words.first().map_or("", |w| file_name(&w.text));
        if !matches!(program, "docker" | "podman" | "docker-compose" | "podman-compose" | "nerdctl") {
            return false;
        }
        let Some(call) = docker_call(&of.command) else { return false };
        let words: Vec<&str> =
            call.plain.iter().filter_map(|at| of.command.words.get(*at)).map(|w| w.text.as_str()).collect();
        if call.is_compose() {
            let services = self.projects.iter().flat_map(|p| &p.environments).flat_map(|e| &e.services);
            let named =
                |name: &str| services.clone().any(|s| s.name.value == name && s.role.backing().is_some());
            let names =
                if call.verb() == "up" { words.as_slice() } else { words.get(..1).unwrap_or_default() };
            return names.is_empty() || names.iter().any(|n| !named(n));
        }
        let Some(name) = words.first() else { return false };
        if call.verb() == "exec" {
            return !job.services.iter().any(|s| s.name == *name)
                && image_kind(&image_reference(name)).is_none();
        }
        let reference = image_reference(name);
        !is_known(name) || built.iter().any(|b| b == reference.basename())
    }

    /// Where a pipeline brings a release to where it runs.
    pub fn deploys(&self) -> Vec<Located<String>> {
        let mut found = self.doings(CommandClass::Deploys);
        for job in &self.pipelines.jobs {
            if let Some(environment) = job.environment.as_ref().filter(|e| !is_pages(&e.value)) {
                let named =
                    super::release::names_deploy(&job.name) || super::release::names_deploy(&job.title);
                if named && !found.iter().any(|f| f.span == environment.span) {
                    found.push(Located::new(format!("environment {}", environment.value), environment.span));
                }
            }
        }
        found
    }

    /// The languages that a service can be written in, each with its manifest; several where its folder holds several.
    pub fn service_languages(&self, service: &Service) -> Vec<(&'static str, FileId)> {
        if let Some(package) = service.package.and_then(|p| self.packages.get(p.0)) {
            return vec![("rust", package.manifest_file)];
        }
        const MANIFESTS: &[(&str, &str)] = &[
            ("Cargo.toml", "rust"),
            ("go.mod", "go"),
            ("pom.xml", "java"),
            ("build.gradle", "java"),
            ("build.gradle.kts", "java"),
            ("pyproject.toml", "python"),
            ("requirements.txt", "python"),
            ("setup.py", "python"),
            ("manage.py", "python"),
            ("package.json", "javascript"),
            ("Gemfile", "ruby"),
            ("composer.json", "php"),
            ("mix.exs", "elixir"),
        ];
        let in_folder = |folder: &str| -> Vec<(&'static str, FileId)> {
            let known = MANIFESTS.iter();
            known
                .filter_map(|(name, language)| Some((*language, self.file_at(&join(folder, name))?)))
                .collect()
        };
        in_folder(&service.folder)
    }
}

/// Pages of documentation are no service.
pub(super) fn is_pages(environment: &str) -> bool {
    environment.contains("pages")
        || environment.contains("docs")
        || environment.contains("crates")
        || environment.contains("pypi")
}
