//! What rules see of Kubernetes.

use crate::discover::role::Role;
use crate::source::FileId;
use crate::world::view::{Need, View};
use crate::world::{Subject, World};

use super::model::{Application, Text, reference};
use super::pods::{Container, Workload};

/// A container of the repository's own image, and where that is built.
#[derive(Clone, Copy, Debug)]
pub struct OwnContainer<'w> {
    /// The application.
    pub application: &'w Application,
    /// The workload.
    pub workload: &'w Workload,
    /// The container.
    pub container: &'w Container,
    /// The Dockerfile.
    pub dockerfile: FileId,
}

impl<'w> View<'w> {
    /// The application under judgement, if the subject is one.
    pub fn application(&self) -> Option<&'w Application> {
        match self.subject {
            Subject::Application(_) if !self.needs.contains(&Need::Kubernetes) => None,
            Subject::Application(at) => self.world.applications.get(at),
            _ => None,
        }
    }

    /// The applications of production role.
    pub fn applications(&self) -> Vec<&'w Application> {
        if !self.needs.contains(&Need::Kubernetes) {
            return Vec::new();
        }
        self.world.applications.iter().filter(|a| a.role == Role::Production).collect()
    }

    /// The containers of production role that run an image of this Dockerfile.
    pub fn containers_of(&self, dockerfile: FileId) -> Vec<OwnContainer<'w>> {
        let all = self.applications();
        let mut found = Vec::new();
        for application in all {
            for (workload, container) in application.containers() {
                if self.world.dockerfile_of(container) == Some(dockerfile) {
                    found.push(OwnContainer { application, workload, container, dockerfile });
                }
            }
        }
        found
    }
}

impl World {
    /// The Dockerfile of a container's image, when this repository builds it.
    pub fn dockerfile_of(&self, container: &Container) -> Option<FileId> {
        self.dockerfile_named(container.image.as_ref()?)
    }

    /// The Dockerfile of an image of this name, when this repository builds it.
    pub fn dockerfile_named(&self, image: &Text) -> Option<FileId> {
        let whole = reference(image);
        // A tag that is not known leaves the name as it is.
        let name = || {
            let base = image.raw.split(['@']).next().unwrap_or(&image.raw);
            let base = match base.rsplit_once(':') {
                Some((base, tag)) if !tag.contains('/') => base,
                _ => base,
            };
            reference(&Text { raw: base.to_owned(), ..image.clone() })
        };
        self.builders().dockerfile(&whole.or_else(name)?)
    }
}
