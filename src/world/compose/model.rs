//! What compose files say, typed. Every value keeps its place in the file it is written in.

use crate::discover::role::Role;
use crate::source::{FileId, Span};
use crate::world::backing::ImageKind;
use crate::world::image_reference::ImageReference;

use super::parts::{
    Build, CommandValue, Dependency, EnvFileReference, EnvironmentEntry, Extends, FileObject, Grant,
    Healthcheck, KeyValue, Link, Logging, Mount, NamedVolume, Network, Port, ServiceNetwork,
};
use super::{Located, Operator, Unresolved};

/// A compose project.
#[derive(Clone, Debug)]
pub struct ComposeProject {
    /// The top-level `name`, else that of the folder, else `root`.
    pub name: String,
    /// Its folder, relative to the root; of several the outermost first in order of path.
    pub folder: String,
    /// Its environments: the default one first, then by label.
    pub environments: Vec<ComposeEnvironment>,
}

/// What `docker compose up` would start with one set of files.
#[derive(Clone, Debug)]
pub struct ComposeEnvironment {
    /// The files in merge order, as `-f` would name them.
    pub files: Vec<FileId>,
    /// Further files that `extends` and `include` brought in.
    pub joined: Vec<FileId>,
    /// The role of the last of `files`.
    pub role: Role,
    /// `default`, `base` (the default file without its override), or the words in the file name: `prod`. In a
    /// folder other than the project's, with that folder before it: `deploy/prod`.
    pub label: String,
    /// The services in order of first appearance.
    pub services: Vec<ComposeService>,
    /// The networks declared at the top level; the implied `default` only if it is declared.
    pub networks: Vec<Network>,
    /// The volumes declared at the top level.
    pub volumes: Vec<NamedVolume>,
    /// The secrets declared at the top level.
    pub secrets: Vec<FileObject>,
    /// The configs declared at the top level.
    pub configs: Vec<FileObject>,
    /// What could not be followed.
    pub unresolved: Vec<Unresolved>,
}

impl ComposeEnvironment {
    /// The service called `name`.
    pub fn service(&self, name: &str) -> Option<&ComposeService> {
        self.services.iter().find(|s| s.name.value == name)
    }

    /// The network called `name`.
    pub fn network(&self, name: &str) -> Option<&Network> {
        self.networks.iter().find(|n| n.name.value == name)
    }
}

/// A text that may hold variables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// As written.
    pub raw: String,
    /// With variables replaced by what `.env` says or by their defaults; none when one of them has neither.
    pub value: Option<String>,
    /// The variables in it, with their operators.
    pub variables: Vec<VariableUse>,
    /// The defaults in it.
    pub defaults: Vec<InterpolationDefault>,
}

impl Text {
    /// The value, or what is written if there is none.
    pub fn shown(&self) -> &str {
        self.value.as_deref().unwrap_or(&self.raw)
    }
}

/// A use of a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VariableUse {
    /// The variable, at its name.
    pub name: Located<String>,
    /// What follows the name.
    pub operator: Option<Operator>,
}

/// A default in `${X:-default}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterpolationDefault {
    /// The variable.
    pub variable: String,
    /// `-` or `:-`.
    pub operator: Operator,
    /// The default as written, variables in it included.
    pub default: Located<String>,
}

/// An image's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageText {
    /// The name as written and with variables replaced.
    pub text: Text,
    /// Its parts; none when a variable is unknown or the name is ill-formed.
    pub reference: Option<ImageReference>,
}

/// What a service is to the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ServiceRole {
    /// Our own: it is built here, runs an image that is built here, or runs the repository's files, mounted, in an
    /// image of a language.
    App,
    /// A stateful system of a known kind.
    Backing(&'static ImageKind),
    /// Something for people: consoles, mail catchers, monitoring.
    Tool(&'static ImageKind),
    /// A reverse proxy or web server.
    Proxy(&'static ImageKind),
    /// Somebody else's program of an unknown kind, or an image whose name is not known.
    ThirdParty,
}

impl ServiceRole {
    /// The kind of backing service.
    pub fn backing(self) -> Option<&'static ImageKind> {
        match self {
            ServiceRole::Backing(kind) => Some(kind),
            _ => None,
        }
    }
}

/// A service.
#[derive(Clone, Debug)]
pub struct ComposeService {
    /// Its name, where it is first defined.
    pub name: Located<String>,
    /// The whole entry where it is first defined.
    pub span: Span,
    /// The whole entries in all files that define it, in merge order.
    pub entries: Vec<Span>,
    /// What it is to the repository.
    pub role: ServiceRole,
    /// The image.
    pub image: Option<Located<ImageText>>,
    /// How the image is built.
    pub build: Option<Build>,
    /// The command; none when absent or empty. It is split into words but not run by a shell.
    pub command: Option<CommandValue>,
    /// The entrypoint; `Some` and empty when it is cleared.
    pub entrypoint: Option<CommandValue>,
    /// The effective environment: first what the service says, then what its `env_file`s add.
    pub environment: Vec<EnvironmentEntry>,
    /// The `env_file`s in order.
    pub env_files: Vec<EnvFileReference>,
    /// `depends_on`.
    pub depends_on: Vec<Dependency>,
    /// `links`: service and alias.
    pub links: Vec<Link>,
    /// `external_links`: container and alias.
    pub external_links: Vec<Link>,
    /// Published ports.
    pub ports: Vec<Port>,
    /// `expose`.
    pub expose: Vec<Located<Text>>,
    /// `volumes` and `tmpfs`.
    pub volumes: Vec<Mount>,
    /// `volumes_from`, as written.
    pub volumes_from: Vec<Located<Text>>,
    /// Networks it joins by name.
    pub networks: Vec<ServiceNetwork>,
    /// `network_mode`.
    pub network_mode: Option<Located<Text>>,
    /// `container_name`.
    pub container_name: Option<Located<Text>>,
    /// `hostname`.
    pub hostname: Option<Located<Text>>,
    /// `deploy.replicas`, else `scale`.
    pub replicas: Option<Located<i64>>,
    /// `deploy.mode`.
    pub deploy_mode: Option<Located<Text>>,
    /// `deploy.endpoint_mode`.
    pub endpoint_mode: Option<Located<Text>>,
    /// `restart`.
    pub restart: Option<Located<Text>>,
    /// `profiles`; without any it always starts.
    pub profiles: Vec<Located<Text>>,
    /// `stop_signal`.
    pub stop_signal: Option<Located<Text>>,
    /// `stop_grace_period`.
    pub stop_grace_period: Option<Located<Text>>,
    /// `init`.
    pub init: Option<Located<bool>>,
    /// `privileged: true`.
    pub privileged: bool,
    /// `healthcheck`.
    pub healthcheck: Option<Healthcheck>,
    /// `labels`.
    pub labels: Vec<KeyValue>,
    /// `secrets`.
    pub secrets: Vec<Grant>,
    /// `configs`.
    pub configs: Vec<Grant>,
    /// `logging`.
    pub logging: Option<Logging>,
    /// `platform`.
    pub platform: Option<Located<Text>>,
    /// `user`.
    pub user: Option<Located<Text>>,
    /// `working_dir`.
    pub working_dir: Option<Located<Text>>,
    /// `extra_hosts`, as written (`name:address` or `name=address`).
    pub extra_hosts: Vec<Located<Text>>,
    /// `extends`.
    pub extends: Option<Extends>,
}

impl ComposeService {
    /// The parts of the image's name, when known.
    pub fn image_reference(&self) -> Option<&ImageReference> {
        self.image.as_ref()?.value.reference.as_ref()
    }

    /// The effective entry for the variable `name`.
    pub fn variable(&self, name: &str) -> Option<&EnvironmentEntry> {
        self.environment.iter().find(|e| e.name.value == name)
    }

    /// False when an `env_file` was not read, so that the service may be given more than is known.
    pub fn environment_complete(&self) -> bool {
        self.env_files.iter().all(|e| e.file.is_some())
    }
}
