//! Lock files: whether version control knows the one that a manifest is resolved with.

use crate::facts::artefact::Artefact;
use crate::facts::manifest::LockedPackage;
use crate::source::FileId;

use super::World;
use super::packages::{folder_of, join};

/// Names of the lock files of npm, yarn, pnpm and bun.
pub const NODE_LOCKS: &[&str] =
    &["package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb"];

impl World {
    /// The nearest of the lock files `names` in `folder` or above it. One that version control is known not to track
    /// does not count.
    pub fn lock_above(&self, folder: &str, names: &[&str]) -> Option<FileId> {
        let mut folder = folder;
        loop {
            let found = names.iter().filter_map(|name| self.file_at(&join(folder, name))).find(|file| {
                let tracked = self.inventory.files.get(file.0 as usize).and_then(|f| f.tracked);
                tracked != Some(false)
            });
            if found.is_some() || folder.is_empty() {
                return found;
            }
            folder = folder_of(folder);
        }
    }

    /// The lock file of the Cargo manifest at `path`: that of its workspace.
    pub fn cargo_lock_of(&self, manifest: FileId) -> Option<FileId> {
        let package = self.packages.iter().find(|p| p.manifest_file == manifest);
        let folder = package.map_or_else(|| folder_of(self.path(manifest)), |p| p.workspace_folder.as_str());
        let file = self.file_at(&join(folder, "Cargo.lock"))?;
        let tracked = self.inventory.files.get(file.0 as usize).and_then(|f| f.tracked);
        (tracked != Some(false)).then_some(file)
    }

    /// What a `Cargo.lock` says about the package `name`.
    pub fn locked(&self, lock: FileId, name: &str) -> Vec<&LockedPackage> {
        match self.artefact(lock) {
            Artefact::CargoLock(packages) => packages.iter().filter(|p| p.name == name).collect(),
            _ => Vec::new(),
        }
    }
}
