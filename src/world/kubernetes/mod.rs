//! Kubernetes: charts, kustomizations and manifests, linked into applications.
//!
//! What is applied together is an application: a Helm chart with its own values, a kustomization that no other one
//! takes in, or the manifests of a folder that belong to neither.

mod applications;
pub mod helm;
mod kustomize;
mod model;
mod objects;
mod ownership;
mod patch;
mod pods;
mod read;
mod read_pods;
mod starts;
#[cfg(test)]
mod tests;
mod tree;
mod view;

use crate::discover::Inventory;
use crate::facts::artefact::Artefact;
use crate::source::FileId;

pub use applications::link;
pub use model::*;
pub use ownership::Builders;
pub use pods::*;
pub use starts::workloads;
pub use tree::shown;
pub use view::OwnContainer;

/// The files of the tree, as linking sees them.
#[derive(Clone, Copy)]
pub struct Files<'a> {
    /// The files.
    pub inventory: &'a Inventory,
    /// What was read of each.
    pub artefacts: &'a [Artefact],
}

impl<'a> Files<'a> {
    fn artefact(&self, file: FileId) -> &'a Artefact {
        self.artefacts.get(file.0 as usize).unwrap_or(&Artefact::None)
    }

    fn path(&self, file: FileId) -> &'a str {
        self.inventory.files.get(file.0 as usize).map_or("", |f| f.path.as_str())
    }

    fn file_at(&self, path: &str) -> Option<FileId> {
        let at = self.inventory.files.binary_search_by(|f| f.path.as_str().cmp(path)).ok()?;
        u32::try_from(at).ok().map(FileId)
    }

    /// The kustomization in the folder `folder`, or at that path.
    fn kustomization_in(&self, folder: &str) -> Option<FileId> {
        let folder = folder.trim_end_matches('/');
        let names = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
        names.iter().find_map(|name| {
            let path = if folder.is_empty() { (*name).to_owned() } else { format!("{folder}/{name}") };
            self.file_at(&path)
        })
    }
}
