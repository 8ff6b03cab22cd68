//! What compose files say, typed. Every value keeps its place in the file it is written in.

use crate::discover::role::Role;
use crate::source::{ByteRange, FileId, Span};
use crate::world::backing::ImageKind;
use crate::world::image_reference::ImageReference;

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

/// `build`.
#[derive(Clone, Debug)]
pub struct Build {
    /// The whole value.
    pub span: Span,
    /// The context; `.` at the place of `build` when it is not given.
    pub context: Located<Text>,
    /// The context, relative to the root; none when it leaves the root, is a URL, or is not known.
    pub context_folder: Option<String>,
    /// The Dockerfile, relative to the root; none when it is inline, outside the root, or not known.
    pub dockerfile: Option<String>,
    /// `dockerfile` as written.
    pub dockerfile_text: Option<Located<Text>>,
    /// `dockerfile_inline`.
    pub dockerfile_inline: Option<Located<String>>,
    /// The stage that is built.
    pub target: Option<Located<Text>>,
    /// Build arguments.
    pub args: Vec<KeyValue>,
}

/// `command` or `entrypoint`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandValue {
    /// One text, split into words by the rules of a shell, but not run by one.
    Text(Located<Text>),
    /// Words.
    List(Vec<Located<Text>>),
}

/// Where a variable comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntrySource {
    /// `environment`.
    Compose,
    /// A file that `env_file` names.
    EnvFile(FileId),
}

/// A variable that a service is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentEntry {
    /// The variable.
    pub name: Located<String>,
    /// The value as written; none when it is passed through.
    pub raw: Option<Located<String>>,
    /// The value with variables replaced; of a passed-through one what `.env` says.
    pub value: Option<String>,
    /// Only the name is given: the value is that of the shell or of `.env`.
    pub pass_through: bool,
    /// Where it comes from.
    pub source: EntrySource,
    /// The variables in the value.
    pub variables: Vec<VariableUse>,
    /// The defaults in the value.
    pub defaults: Vec<InterpolationDefault>,
}

/// An item of `env_file`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvFileReference {
    /// The path as written.
    pub path: Located<Text>,
    /// The file, when it is in the repository and was read.
    pub file: Option<FileId>,
    /// False when the file may be missing.
    pub required: bool,
}

/// An item of `depends_on`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// The service.
    pub service: Located<String>,
    /// `service_started`, `service_healthy`, `service_completed_successfully`.
    pub condition: Option<Located<String>>,
}

/// An item of `links` or `external_links`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The service or container.
    pub target: Located<String>,
    /// The name it is reached by, if another one.
    pub alias: Option<Located<String>>,
}

/// One port or several in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PortRange {
    /// The first.
    pub start: u16,
    /// The last.
    pub end: u16,
}

impl PortRange {
    /// How many ports it holds.
    pub fn count(self) -> u32 {
        u32::from(self.end.saturating_sub(self.start)) + 1
    }
}

/// An item of `ports`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Port {
    /// The whole item.
    pub span: Span,
    /// The whole item in the short form as written; of the long form what `published` says.
    pub raw: Text,
    /// The host's address it is bound to.
    pub host_ip: Option<String>,
    /// The port on the host; none when none is given or it holds an unknown variable (see `published_raw`).
    pub published: Option<PortRange>,
    /// The port on the host as written.
    pub published_raw: Option<Located<String>>,
    /// The port in the container; none when it holds an unknown variable.
    pub target: Option<PortRange>,
    /// The port in the container as written.
    pub target_raw: Option<Located<String>>,
    /// `tcp` unless said otherwise.
    pub protocol: String,
    /// `host` or `ingress`.
    pub mode: Option<String>,
}

impl Port {
    /// True when a port on the host is asked for by number or variable; `0` is none.
    pub fn is_published_fixed(&self) -> bool {
        self.published_raw.is_some() && self.published.is_none_or(|p| p.start != 0)
    }
}

/// What a mount is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MountKind {
    /// A path of the host.
    Bind,
    /// A named volume.
    Named,
    /// A volume without a name.
    Anonymous,
    /// In memory.
    Tmpfs,
    /// Any other (`npipe`, `cluster`, `image`).
    Other,
}

/// An item of `volumes` or `tmpfs`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The whole item.
    pub span: Span,
    /// What it is.
    pub kind: MountKind,
    /// The path on the host or the volume's name, as written and with variables replaced.
    pub source: Option<Located<Text>>,
    /// The path on the host, relative to the root; none when it is outside or not known.
    pub source_path: Option<String>,
    /// The path in the container.
    pub target: Located<Text>,
    /// Mounted read-only.
    pub read_only: bool,
}

/// A network that a service joins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceNetwork {
    /// The network.
    pub name: Located<String>,
    /// Further names of the service on it.
    pub aliases: Vec<Located<Text>>,
    /// A fixed address.
    pub ipv4_address: Option<Located<Text>>,
    /// A fixed address.
    pub ipv6_address: Option<Located<Text>>,
}

/// A network of the top level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// Its name in this file.
    pub name: Located<String>,
    /// The whole entry.
    pub span: Span,
    /// Its driver.
    pub driver: Option<Located<Text>>,
    /// It is made elsewhere.
    pub external: bool,
    /// Its name outside.
    pub external_name: Option<Located<Text>>,
    /// Cut off from outside.
    pub internal: bool,
    /// Subnets of `ipam.config`.
    pub subnets: Vec<Located<Text>>,
}

/// A volume of the top level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedVolume {
    /// Its name in this file.
    pub name: Located<String>,
    /// The whole entry.
    pub span: Span,
    /// Its driver.
    pub driver: Option<Located<Text>>,
    /// `driver_opts.device`: the host path or share behind it.
    pub device: Option<Located<Text>>,
    /// It is made elsewhere.
    pub external: bool,
}

/// A secret or config of the top level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileObject {
    /// Its name in this file.
    pub name: Located<String>,
    /// The whole entry.
    pub span: Span,
    /// The file it is read from, as written.
    pub file: Option<Located<Text>>,
    /// That file, relative to the root.
    pub path: Option<String>,
    /// The variable it is read from.
    pub environment: Option<Located<Text>>,
    /// Its text, when it is written here.
    pub content: Option<Located<Text>>,
    /// It is made elsewhere.
    pub external: bool,
}

/// A secret or config that a service is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The name at the top level.
    pub source: Located<String>,
    /// Where it appears in the container, if said.
    pub target: Option<Located<Text>>,
}

/// A key and a text: a label, a build argument, an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyValue {
    /// The key.
    pub name: Located<String>,
    /// The value; none when only the key is given.
    pub value: Option<Located<Text>>,
}

/// `healthcheck`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Healthcheck {
    /// The whole value.
    pub span: Span,
    /// The command; a list starts with `CMD`, `CMD-SHELL` or `NONE`, a text is run by a shell.
    pub test: Option<CommandValue>,
    /// `disable: true` or `test: NONE`.
    pub disabled: bool,
}

/// `logging`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logging {
    /// The whole value.
    pub span: Span,
    /// The driver.
    pub driver: Option<Located<Text>>,
    /// Its options.
    pub options: Vec<KeyValue>,
}

/// `extends`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extends {
    /// The extended service.
    pub service: Located<String>,
    /// The file it is in, if another one.
    pub file: Option<Located<Text>>,
}

/// An empty range in `file`, for what is implied.
pub(super) fn at_start(span: Span) -> Span {
    let start = span.range.map_or(0, |r| r.start as usize);
    Span::new(span.file, ByteRange::at(start))
}
