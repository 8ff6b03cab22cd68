//! Jobs that release: which jobs build what is shipped, and which bring it to where it runs.

use super::model::{Job, Pipelines, Workflow};
use super::stages::is_pages;
use crate::world::commands::CommandClass;

/// True when a name says that something is deployed.
pub fn names_deploy(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .any(|w| matches!(w, "deploy" | "deployment" | "deploys" | "redeploy"))
}

impl Pipelines {
    /// The workflow of a job.
    pub fn workflow_of(&self, job: &Job) -> Option<&Workflow> {
        self.workflows.get(job.workflow)
    }

    /// True for a job that makes what is shipped: it publishes or deploys, or runs for a release or tag alone.
    pub fn is_release(&self, job: &Job) -> bool {
        let ships =
            [CommandClass::PublishesImage, CommandClass::Deploys].iter().any(|c| job.does(*c).is_some());
        let for_release = self.workflow_of(job).is_some_and(|w| {
            !w.triggers.is_empty()
                && w.triggers.iter().all(|t| {
                    t.event == "release"
                        || t.event == "workflow_dispatch"
                        || (t.event == "push" && !t.tags.is_empty() && t.branches.is_empty())
                })
                && w.triggers.iter().any(|t| t.event == "release" || !t.tags.is_empty())
        });
        ships || for_release
    }

    /// True for a job that brings a release to where it runs.
    pub fn is_deploy(&self, job: &Job) -> bool {
        let environment = job.environment.as_ref().is_some_and(|e| !is_pages(&e.value));
        let named = names_deploy(&job.name)
            || names_deploy(&job.title)
            || self.workflow_of(job).is_some_and(|w| names_deploy(&w.name));
        environment || named
    }
}
