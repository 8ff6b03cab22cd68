//! One subject's window on the world: production code by default.

use crate::discover::is_below;
use crate::discover::kind::FileKind;
use serde::{Deserialize, Serialize};

use crate::discover::role::Role;
use crate::facts::code::{Call, Language};
use crate::facts::value::Value;
use crate::knowledge::{Concept, Event};
use crate::source::{FileId, Span};

use super::code::{CodeFile, FunctionRef};
use super::compose::ComposeProject;
use super::meaning::Meaning;
use super::packages::folder_of;
use super::reach::chain;
use super::services::{Service, ServiceId};
use super::{Subject, World};

/// A kind of fact that a rule must see to judge; the view refuses others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// Source code of a language.
    Source(Language),
    /// Cargo manifests and lock files.
    Cargo,
    /// package.json and its locks.
    Node,
    /// Requirements files of pip.
    Requirements,
    /// Dockerfiles and what they start.
    Images,
    /// Compose projects.
    Compose,
    /// Files of the `.env` family.
    Dotenv,
    /// The paths of the tree and of the git index.
    Paths,
    /// Procfiles.
    Procfile,
    /// Applications of Kubernetes.
    Kubernetes,
    /// Settings files of programs, and files of private keys.
    Settings,
    /// Pipelines of continuous integration, and what they lead to.
    Pipelines,
}

/// What a rule sees: the whole world, and which subject it judges. Kinds of facts that it did not declare are refused.
pub struct View<'w> {
    /// The world.
    pub world: &'w World,
    /// The subject.
    pub subject: Subject,
    /// What the rule declared that it must see.
    pub needs: &'static [Need],
}

/// An event and the file it is in.
#[derive(Clone, Copy, Debug)]
pub struct EventRef<'w> {
    /// Position of the file in [`super::CodeWorld::files`].
    pub at: usize,
    /// The file.
    pub file: &'w CodeFile,
    /// The event.
    pub event: &'w Event,
}

impl<'w> EventRef<'w> {
    /// The whole call.
    pub fn span(&self) -> Span {
        Span::new(self.file.file, self.event.range)
    }

    /// The last segment of the called name.
    pub fn name_span(&self) -> Span {
        Span::new(self.file.file, self.event.name_range)
    }

    /// The call's facts.
    pub fn call(&self) -> Option<&'w Call> {
        self.file.facts.calls.get(self.event.call? as usize)
    }

    /// The enclosing function.
    pub fn function(&self) -> Option<FunctionRef> {
        Some(FunctionRef { file: self.at, function: self.event.function? })
    }

    /// The last segment of the called name.
    pub fn name_text(&self) -> &'w str {
        self.call().map_or("", |c| c.callee.last())
    }

    /// The called name as written, imports resolved.
    pub fn callee(&self) -> &'w str {
        self.call().map_or("", |c| c.callee.as_str())
    }
}

/// Whether code runs when a service serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Its `main` leads there.
    Serving,
    /// Only another subcommand leads there.
    OtherCommand,
    /// No path was found; there may be one through dynamic dispatch.
    Unknown,
}

impl<'w> View<'w> {
    /// The service under judgement, if the subject is one.
    pub fn service(&self) -> Option<(ServiceId, &'w Service)> {
        match self.subject {
            Subject::Service(id) => Some((id, self.world.services.get(id.0)?)),
            _ => None,
        }
    }

    /// The compose project under judgement, if the subject is one.
    pub fn project(&self) -> Option<&'w ComposeProject> {
        match self.subject {
            Subject::Project(_) if !self.needs.contains(&Need::Compose) => None,
            Subject::Project(at) => self.world.projects.get(at),
            _ => None,
        }
    }

    /// The events of `concept` in the production code of the subject: of all packages that a service is built
    /// from, or of a package or file. Tests, examples, generated and vendored code are left out.
    pub fn events(&self, concept: Concept) -> Vec<EventRef<'w>> {
        let world = self.world;
        let mut found = Vec::new();
        for (at, file) in world.code.files.iter().enumerate() {
            if file.test || file.role != Role::Production || file.events.is_empty() || !self.covers(file) {
                continue;
            }
            found.extend(
                file.events.iter().filter(|e| e.concept == concept && !e.scope.test).map(|event| EventRef {
                    at,
                    file,
                    event,
                }),
            );
        }
        found
    }

    /// The production source files of the subject.
    pub fn code_files(&self) -> impl Iterator<Item = (usize, &'w CodeFile)> {
        let world = self.world;
        world
            .code
            .files
            .iter()
            .enumerate()
            .filter(|(_, file)| !file.test && file.role == Role::Production && self.covers(file))
    }

    fn covers(&self, file: &CodeFile) -> bool {
        if !self.needs.contains(&Need::Source(file.facts.language)) {
            return false;
        }
        match self.subject {
            Subject::Repository => true,
            Subject::Service(id) => {
                self.world.services.get(id.0).is_some_and(|s| self.world.is_built_into(file, s))
            }
            Subject::Package(id) => file.package == Some(id),
            Subject::File(id) => file.file == id,
            Subject::Dockerfile(_) | Subject::Project(_) | Subject::Application(_) => false,
        }
    }

    /// True for code that serves tests, whatever it is compiled into: `test_utils.rs`, `mod testing`, `fn test_pool`.
    pub fn is_test_helper(&self, event: EventRef<'_>) -> bool {
        let helper = |name: &str| {
            matches!(
                name.strip_suffix(".rs").unwrap_or(name),
                "test_utils" | "test_util" | "testutils" | "testing" | "test_helpers" | "test_support"
            )
        };
        let function = event.function().and_then(|f| self.world.code.function(f));
        event.file.path.split('/').any(helper)
            || function
                .is_some_and(|f| f.container.split("::").any(helper) || f.name.value.starts_with("test_"))
    }

    /// What `value`, written beside `event`, means.
    pub fn meaning(&self, event: EventRef<'_>, value: &Value) -> Meaning {
        self.world.code.meaning(event.at, event.event.function, value)
    }

    /// What plays `role` in `event`.
    pub fn role(&self, event: EventRef<'_>, role: &str) -> Option<Meaning> {
        event.event.role(role).map(|value| self.meaning(event, value))
    }

    /// Whether the code of `event` runs when the service serves.
    pub fn reach(&self, event: EventRef<'_>) -> Reach {
        let (Some((_, service)), Some(function)) = (self.service(), event.function()) else {
            return Reach::Unknown;
        };
        // `main` serves, and an arm of it for another subcommand does not.
        let other = event.call().is_some_and(|c| c.arms.iter().any(|arm| service.other_arms.contains(arm)));
        if other {
            Reach::OtherCommand
        } else if service.serving.contains_key(&function) {
            Reach::Serving
        } else if service.reached.contains_key(&function) {
            Reach::OtherCommand
        } else {
            Reach::Unknown
        }
    }

    /// A Dockerfile that can be the one of the service: in its folder, in the root of its workspace, or in a folder of
    /// the tree's root that is no other package's.
    pub fn image_recipe(&self) -> Option<FileId> {
        let (_, service) = self.service()?;
        let workspace = service
            .package
            .and_then(|p| self.world.packages.get(p.0))
            .map_or(service.folder.as_str(), |p| p.workspace_folder.as_str());
        let files =
            self.world.inventory.files.iter().enumerate().filter(|(_, f)| {
                f.kind == Some(FileKind::Dockerfile) && f.role == Role::Production && !f.above
            });
        let own = |path: &str| {
            let folder = folder_of(path);
            let parent = folder_of(workspace);
            folder == service.folder
                || folder == workspace
                || is_below(path, &service.folder)
                || (folder == parent && !workspace.is_empty())
        };
        let mut all = files.filter(|(_, f)| own(&f.path));
        all.next().and_then(|(at, _)| u32::try_from(at).ok()).map(FileId)
    }

    /// The calls that lead from `main` to the code of `event` when the service serves.
    pub fn call_chain(&self, event: EventRef<'_>) -> Vec<Span> {
        let (Some((_, service)), Some(function)) = (self.service(), event.function()) else {
            return Vec::new();
        };
        chain(&service.serving, function)
            .into_iter()
            .filter_map(|(from, call)| {
                let file = self.world.code.files.get(from.file)?;
                let call = file.facts.calls.get(call as usize)?;
                Some(Span::new(file.file, call.name_range))
            })
            .collect()
    }
}
