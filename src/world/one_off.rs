//! Steps of pipelines that run a task in a container of a service and then let it end.

use crate::source::Span;

use super::commands::CommandClass;
use super::image::StartCommand;
use super::packages::folder_of;
use super::pipeline::{Job, compose_run_target};
use super::runs::contains;
use super::view::{Need, View};

/// A step of a pipeline that changes the schema of a service from a container of its own.
#[derive(Clone, Copy, Debug)]
pub struct OneOffStep<'w> {
    /// The job.
    pub job: &'w Job,
    /// `docker compose run …`, as the pipeline says it.
    pub span: Span,
    /// What changes the schema.
    pub command: &'w StartCommand,
}

impl<'w> View<'w> {
    /// The steps of deploys that run migrations by `docker compose run` of a compose service that runs the service
    /// under judgement.
    pub fn one_off_steps(&self) -> Vec<OneOffStep<'w>> {
        if !self.needs.contains(&Need::Pipelines) {
            return Vec::new();
        }
        let names: Vec<&str> = self.compose_runs().iter().map(|r| r.service.name.value.as_str()).collect();
        let pipelines = &self.world.pipelines;
        let mut found = Vec::new();
        for job in pipelines.jobs.iter().filter(|j| self.is_deploy(j)) {
            for step in &job.steps {
                let runs = step
                    .commands
                    .iter()
                    .filter(|c| compose_run_target(&c.command).is_some_and(|target| names.contains(&target)));
                for run in runs {
                    let inside = step.commands.iter().find(|c| {
                        c.in_container
                            && contains(run.command.span, c.site())
                            && c.command.class(CommandClass::MigratesSchema).is_some()
                    });
                    found.extend(inside.map(|c| OneOffStep {
                        job,
                        span: run.command.span,
                        command: &c.command,
                    }));
                }
            }
        }
        found
    }

    /// True for a job that is called a deploy, by its name, its workflow or its environment.
    fn is_deploy(&self, job: &Job) -> bool {
        let workflow = self.world.pipelines.workflows.get(job.workflow);
        let file = workflow.map_or("", |w| self.world.path(w.file));
        let file = file.strip_prefix(folder_of(file)).unwrap_or(file);
        let name = workflow.map_or("", |w| w.name.as_str());
        let said = |text: &str| {
            let words = crate::secrets::name::words(text);
            words
                .iter()
                .any(|w| matches!(w.as_str(), "deploy" | "deployment" | "release" | "rollout" | "production"))
        };
        job.environment.is_some() || [job.name.as_str(), job.title.as_str(), name, file].into_iter().any(said)
    }
}
