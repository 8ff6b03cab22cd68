//! What an image build takes from its context: the sources of `COPY` and `ADD`, by their paths in the tree.

use crate::discover::role::Role;
use crate::source::{FileId, Span};
use crate::syntax::docker::{Body, Instruction, Transfer};

use super::World;
use super::image::{self, Image};
use super::packages::{join, normalise};

/// A source of `COPY` or `ADD` that the build context gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextSource {
    /// As written.
    pub written: String,
    /// Relative to the root; empty for the root itself, none when it leaves the root.
    pub path: Option<String>,
    /// Where it stands.
    pub span: Span,
}

impl World {
    /// The folders in which `dockerfile` is built: those that compose files of production role name, else the one at
    /// or above it in which most of its sources exist.
    pub fn likely_contexts(&self, dockerfile: FileId) -> Vec<String> {
        let path = self.path(dockerfile);
        let environments = self.projects.iter().flat_map(|p| &p.environments);
        let production = environments.filter(|e| e.role == Role::Production);
        let builds = production.flat_map(|e| &e.services).filter_map(|s| s.build.as_ref());
        let own = builds.filter(|b| b.dockerfile.as_deref() == Some(path));
        let mut folders: Vec<String> = own.filter_map(|b| b.context_folder.clone()).collect();
        folders.sort();
        folders.dedup();
        if folders.is_empty() {
            folders.extend(image::contexts(self.tree(), dockerfile).into_iter().next());
        }
        folders
    }

    /// What all stages of `image` take from the build context.
    pub fn context_sources(&self, image: &Image) -> Vec<ContextSource> {
        let Some((file, _)) = self.recipe(image) else { return Vec::new() };
        let contexts = self.likely_contexts(image.dockerfile);
        let mut found = Vec::new();
        for transfer in file.instructions.iter().filter_map(from_context) {
            for source in transfer.sources.iter().filter(|s| !is_foreign(&s.value)) {
                for context in &contexts {
                    found.push(ContextSource {
                        written: source.value.clone(),
                        path: normalise(&join(context, source.value.trim_start_matches('/'))),
                        span: Span::new(image.dockerfile, source.range),
                    });
                }
            }
        }
        found
    }
}

/// The transfer of an instruction that copies from the build context.
pub fn from_context(instruction: &Instruction) -> Option<&Transfer> {
    match &instruction.body {
        Body::Copy(transfer) | Body::Add(transfer) if instruction.flag("from").is_none() => Some(transfer),
        _ => None,
    }
}

/// Here-documents and URLs.
fn is_foreign(source: &str) -> bool {
    source.starts_with("<<") || source.contains("://") || source.starts_with("git@")
}
