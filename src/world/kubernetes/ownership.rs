//! Which images this repository builds.

use crate::discover::role::Role;
use crate::source::FileId;
use crate::world::World;
use crate::world::backing::image_kind;
use crate::world::compose::ComposeProject;
use crate::world::image::{Image, Tree};
use crate::world::image_reference::ImageReference;
use crate::world::packages::Package;

/// Folders that say nothing about what is built in them.
const PLAIN_FOLDERS: [&str; 16] = [
    "docker",
    "build",
    "deploy",
    "deployment",
    "src",
    "container",
    "containers",
    "image",
    "images",
    "ci",
    "dist",
    "release",
    "package",
    "packaging",
    "dockerfiles",
    ".docker",
];

/// What tells which images are built here.
#[derive(Clone, Copy)]
pub struct Builders<'a> {
    /// The Dockerfiles.
    pub images: &'a [Image],
    /// The compose projects.
    pub projects: &'a [ComposeProject],
    /// The Cargo packages.
    pub packages: &'a [Package],
    /// The files.
    pub tree: Tree<'a>,
}

impl Builders<'_> {
    /// The Dockerfile that an image of this name is built from, as far as names tell.
    pub fn dockerfile(&self, image: &ImageReference) -> Option<FileId> {
        let plain = image.registry.is_none() && !image.repository.contains('/');
        if image.repository.is_empty() || (plain && image_kind(image).is_some()) {
            return None;
        }
        self.of_compose(image).or_else(|| self.of_folder(image)).or_else(|| self.of_package(image))
    }

    /// True when the repository builds an image of this name, as far as names tell: a Dockerfile, or a folder of
    /// this name with a manifest of a build tool that makes images by itself.
    pub fn is_own(&self, image: &ImageReference) -> bool {
        let manifests =
            ["pom.xml", "build.gradle", "build.gradle.kts", "package.json", "go.mod", "Cargo.toml"];
        let folder = |path: &str| {
            let (folder, file) = path.rsplit_once('/')?;
            let name = folder.rsplit('/').next()?;
            Some(name == image.basename() && manifests.contains(&file))
        };
        self.dockerfile(image).is_some()
            || image_kind(image).is_none()
                && self
                    .tree
                    .inventory
                    .files
                    .iter()
                    .any(|f| f.role == Role::Production && folder(&f.path) == Some(true))
    }

    fn of_compose(&self, image: &ImageReference) -> Option<FileId> {
        let services = self.projects.iter().flat_map(|p| &p.environments).flat_map(|e| &e.services);
        for service in services {
            let (Some(build), Some(named)) = (&service.build, service.image_reference()) else { continue };
            if named.repository == image.repository || named.basename() == image.basename() {
                return build.dockerfile.as_deref().and_then(|path| self.tree.file_at(path));
            }
        }
        None
    }

    fn production(&self) -> impl Iterator<Item = &Image> {
        self.images.iter().filter(|i| i.role == Role::Production)
    }

    /// `src/cart/Dockerfile` builds `acme/cart`, and `acme/shop-cart` if its siblings are named alike.
    fn of_folder(&self, image: &ImageReference) -> Option<FileId> {
        let named = |i: &Image| {
            let mut segments = i.folder.rsplit('/').filter(|s| !PLAIN_FOLDERS.contains(s));
            segments.next().map(str::to_ascii_lowercase).filter(|s| !s.is_empty())
        };
        let name = image.basename().to_ascii_lowercase();
        let own: Vec<(String, FileId)> =
            self.production().filter_map(|i| Some((named(i)?, i.dockerfile))).collect();
        if let Some((_, file)) = own.iter().find(|(folder, _)| *folder == name) {
            return Some(*file);
        }
        let suffixed = own.iter().find(|(folder, _)| {
            name.strip_suffix(folder.as_str()).is_some_and(|start| start.ends_with('-') && start.len() > 3)
        });
        suffixed.filter(|_| own.len() > 1 && image_kind(image).is_none()).map(|(_, file)| *file)
    }

    /// A Dockerfile outside of packages builds the program that the image is named after.
    fn of_package(&self, image: &ImageReference) -> Option<FileId> {
        let name = image.basename();
        let known = self
            .packages
            .iter()
            .filter(|p| !p.above)
            .any(|p| p.name == name || p.binaries.iter().any(|b| b.name == name));
        let general = |i: &&Image| i.folder.split('/').all(|s| s.is_empty() || PLAIN_FOLDERS.contains(&s));
        known.then(|| self.production().find(general).map(|i| i.dockerfile)).flatten()
    }
}

impl World {
    /// What tells which images are built here.
    pub fn builders(&self) -> Builders<'_> {
        Builders {
            images: &self.images,
            projects: &self.projects,
            packages: &self.packages,
            tree: self.tree(),
        }
    }
}
