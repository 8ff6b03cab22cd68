//! Repositories in memory.

use std::collections::BTreeMap;

use crate::discover::kind::{FileKind, kind_of_path};
use crate::discover::role::role_of_path;
use crate::source::{FileId, Span};
use crate::syntax::doc::{Parsed, parse_yaml};
use crate::syntax::dotenv::parse_dotenv;
use crate::world::compose::{
    ComposeEnvironment, ComposeFile, ComposeProject, ComposeService, EnvFiles, EnvPair, link,
};

/// Linked compose files and all texts.
pub(super) struct Repository {
    pub projects: Vec<ComposeProject>,
    texts: Vec<(String, String)>,
}

struct Texts<'a>(&'a [(String, String)]);

impl EnvFiles for Texts<'_> {
    fn file_at(&self, path: &str) -> Option<FileId> {
        let at = self.0.iter().position(|(p, _)| p == path)?;
        u32::try_from(at).ok().map(FileId)
    }

    fn entries(&self, path: &str) -> Option<Vec<EnvPair>> {
        let file = self.file_at(path)?;
        Some(EnvPair::of(file, &parse_dotenv(&self.0.get(file.0 as usize)?.1)))
    }
}

/// Links the compose files among `files`; those whose name tells no kind are compose files if another names them.
pub(super) fn repository(files: &[(&str, &str)]) -> Repository {
    let mut texts: Vec<(String, String)> =
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    texts.sort();
    let mut parsed: BTreeMap<usize, Parsed> = BTreeMap::new();
    for (at, (path, text)) in texts.iter().enumerate() {
        if kind_of_path(path) == Some(FileKind::Compose) || path.ends_with("services.yml") {
            parsed.insert(at, parse_yaml(text));
        }
    }
    let projects = {
        let compose = |(at, document): (&usize, _)| {
            let path = &texts.get(*at)?.0;
            let file = FileId(u32::try_from(*at).ok()?);
            Some(ComposeFile { file, path, role: role_of_path(path), document })
        };
        let files: Vec<_> = parsed.iter().filter_map(compose).collect();
        link(&files, &Texts(&texts))
    };
    Repository { projects, texts }
}

impl Repository {
    /// The text at `span`.
    pub(super) fn slice(&self, span: Span) -> &str {
        let text = self.texts.get(span.file.0 as usize).map_or("", |(_, text)| text);
        span.range.map_or(text, |range| range.slice(text))
    }

    /// The path of the file of `span`.
    pub(super) fn path(&self, span: Span) -> &str {
        self.texts.get(span.file.0 as usize).map_or("", |(path, _)| path)
    }

    /// The environment of the first project with this label.
    pub(super) fn environment(&self, label: &str) -> &ComposeEnvironment {
        let found = self.projects.first().and_then(|p| p.environments.iter().find(|e| e.label == label));
        found.unwrap_or_else(|| panic!("no environment {label}"))
    }

    /// A service of the default environment.
    pub(super) fn service(&self, name: &str) -> &ComposeService {
        self.environment("default").service(name).unwrap_or_else(|| panic!("no service {name}"))
    }

    /// What could not be followed in the default environment.
    pub(super) fn unresolved(&self) -> Vec<(&str, &str)> {
        let unresolved = &self.environment("default").unresolved;
        unresolved.iter().map(|u| (u.message.as_str(), self.slice(u.span))).collect()
    }
}

/// One compose file at the root.
pub(super) fn one(text: &str) -> Repository {
    repository(&[("compose.yaml", text)])
}
