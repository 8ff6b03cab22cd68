//! Build contexts: which folder a Dockerfile's `COPY` reads from, and what is kept out of it.

use std::collections::BTreeSet;

use crate::facts::artefact::Artefact;
use crate::source::{FileId, Span};

use super::World;
use super::packages::join;

/// A folder that a Dockerfile is built in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BuildContext {
    /// Relative to the root.
    pub folder: String,
    /// A compose file names it; otherwise it is the Dockerfile's own folder or the root.
    pub declared: bool,
}

impl World {
    /// The folders that the Dockerfile is built in: those that compose files name, else all that it can be.
    pub fn build_contexts(&self, dockerfile: FileId) -> Vec<BuildContext> {
        let path = self.path(dockerfile);
        let services = self.projects.iter().flat_map(|p| &p.environments).flat_map(|e| &e.services);
        let builds = services.filter_map(|s| s.build.as_ref());
        let own = builds.filter(|b| b.dockerfile.as_deref() == Some(path));
        let declared: BTreeSet<String> = own.filter_map(|b| b.context_folder.clone()).collect();
        let of = |folder: String, declared| BuildContext { folder, declared };
        if !declared.is_empty() {
            return declared.into_iter().map(|folder| of(folder, true)).collect();
        }
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
        let mut all = BTreeSet::from([folder, String::new()]);
        all.retain(|f| !f.contains(".."));
        all.into_iter().map(|folder| of(folder, false)).collect()
    }

    /// Whether the ignore file of the context keeps `path` (relative to the context) out; none without one.
    pub fn is_kept_out(&self, dockerfile: FileId, context: &BuildContext, path: &str) -> Option<bool> {
        let own = format!("{}.dockerignore", self.path(dockerfile));
        let shared = join(&context.folder, ".dockerignore");
        let found = [own, shared].into_iter().find_map(|p| self.file_at(&p))?;
        match self.artefact(found) {
            Artefact::Dockerignore(ignore) => Some(ignore.matcher().is_ignored(path)),
            _ => Some(true),
        }
    }

    /// A tracked sample in `folder`: people copy it to a `.env` beside it.
    pub fn dotenv_sample(&self, folder: &str) -> Option<Span> {
        let samples = [".env.example", ".env.sample", ".env.template", ".env.dist"];
        samples.iter().find_map(|name| self.file_at(&join(folder, name))).map(Span::whole)
    }

    /// Proof that people keep a `.env` in `folder`, the root of a program: a tracked sample, or a line of a
    /// `.gitignore` that hides it.
    pub fn keeps_dotenv(&self, folder: &str) -> Option<Span> {
        if let Some(sample) = self.dotenv_sample(folder) {
            return Some(sample);
        }
        let mut at = Some(folder);
        while let Some(current) = at {
            if let Some(file) = self.file_at(&join(current, ".gitignore"))
                && let Artefact::Gitignore(patterns) = self.artefact(file)
            {
                let hides = |p: &str| {
                    matches!(
                        p.trim_start_matches("**/").trim_start_matches('/'),
                        ".env" | ".env*" | ".env.*" | "*.env"
                    )
                };
                if let Some(pattern) = patterns.iter().find(|p| hides(&p.value)) {
                    return Some(Span::new(file, pattern.range));
                }
            }
            at = (!current.is_empty()).then(|| current.rsplit_once('/').map_or("", |(parent, _)| parent));
        }
        None
    }
}
