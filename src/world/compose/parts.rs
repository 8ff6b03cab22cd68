//! The parts of services, and what is declared beside them.

use crate::source::{ByteRange, FileId, Span};

use super::Located;
use super::model::{InterpolationDefault, Text, VariableUse};

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
