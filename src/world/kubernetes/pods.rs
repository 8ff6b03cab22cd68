//! Workloads and the containers of their pods.

use crate::source::{FileId, Span};

use super::model::{ConfigurationKind, Labels, Number, Setting, Text};

/// The kind of a workload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkloadKind {
    /// Interchangeable pods.
    Deployment,
    /// Pods with names and disks of their own.
    StatefulSet,
    /// A pod on each machine.
    DaemonSet,
    /// What a Deployment makes.
    ReplicaSet,
    /// Runs to its end.
    Job,
    /// Starts Jobs by the clock.
    CronJob,
    /// A pod by itself.
    Pod,
}

impl WorkloadKind {
    /// The kind that manifests call `name`.
    pub fn of(name: &str) -> Option<Self> {
        Some(match name {
            "Deployment" | "Rollout" | "DeploymentConfig" => WorkloadKind::Deployment,
            "StatefulSet" => WorkloadKind::StatefulSet,
            "DaemonSet" => WorkloadKind::DaemonSet,
            "ReplicaSet" | "ReplicationController" => WorkloadKind::ReplicaSet,
            "Job" => WorkloadKind::Job,
            "CronJob" => WorkloadKind::CronJob,
            "Pod" => WorkloadKind::Pod,
            _ => return None,
        })
    }

    /// What manifests call it.
    pub fn name(self) -> &'static str {
        match self {
            WorkloadKind::Deployment => "Deployment",
            WorkloadKind::StatefulSet => "StatefulSet",
            WorkloadKind::DaemonSet => "DaemonSet",
            WorkloadKind::ReplicaSet => "ReplicaSet",
            WorkloadKind::Job => "Job",
            WorkloadKind::CronJob => "CronJob",
            WorkloadKind::Pod => "Pod",
        }
    }

    /// True for what runs to its end.
    pub fn is_once(self) -> bool {
        matches!(self, WorkloadKind::Job | WorkloadKind::CronJob)
    }
}

/// Something that runs.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Its kind.
    pub kind: WorkloadKind,
    /// Its name.
    pub name: Text,
    /// The file it is in.
    pub file: FileId,
    /// The labels of its pods.
    pub labels: Labels,
    /// `replicas`.
    pub replicas: Setting<Number>,
    /// `revisionHistoryLimit`, at its entry.
    pub history: Option<Number>,
    /// The containers, sidecars among `initContainers` included.
    pub containers: Vec<Container>,
    /// The containers that run before the others, one after the other.
    pub init: Vec<Container>,
    /// The volumes.
    pub volumes: Vec<Volume>,
    /// `hostNetwork: true`, at its entry.
    pub host_network: Option<Span>,
    /// `terminationGracePeriodSeconds`.
    pub grace: Setting<Number>,
    /// `shareProcessNamespace: true`, or another program stands in front of the containers'.
    pub shared_processes: bool,
    /// False when something in it could not be evaluated.
    pub complete: bool,
    /// `metadata.annotations`.
    pub annotations: Vec<(Text, Text)>,
}

/// A container.
#[derive(Clone, Debug)]
pub struct Container {
    /// Its name.
    pub name: Text,
    /// The whole item.
    pub span: Span,
    /// Its image.
    pub image: Option<Text>,
    /// `command`, instead of the image's entrypoint.
    pub command: Setting<Vec<Text>>,
    /// `args`, instead of the image's command.
    pub arguments: Setting<Vec<Text>>,
    /// The environment, `env` first.
    pub environment: Vec<Variable>,
    /// There may be more variables.
    pub environment_open: bool,
    /// What `envFrom` names.
    pub sources: Vec<EnvironmentSource>,
    /// The ports it announces.
    pub ports: Vec<ContainerPort>,
    /// There may be more ports.
    pub ports_open: bool,
    /// The probes: `livenessProbe`, `readinessProbe`, `startupProbe`.
    pub probes: Vec<Probe>,
    /// There may be more fields than are known.
    pub open: bool,
    /// `lifecycle.preStop`: what it does, and for how many seconds if it sleeps.
    pub pre_stop: Option<PreStop>,
    /// The mounts.
    pub mounts: Vec<Mount>,
    /// `securityContext.privileged: true`, or added capabilities of the network.
    pub privileged: bool,
    /// It stands only under a condition that is not known.
    pub maybe: bool,
}

/// A variable that a container is given.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name.
    pub name: Text,
    /// The whole item.
    pub span: Span,
    /// Where its value comes from.
    pub value: VariableValue,
}

/// Where the value of a variable comes from.
#[derive(Clone, Debug)]
pub enum VariableValue {
    /// It is written here, or in the ConfigMap that `envFrom` names.
    Literal(Text),
    /// A key of a ConfigMap or Secret.
    Key(ConfigurationKind, Text, Text),
    /// A field of the pod or a resource of the container.
    Field,
    /// Only a release decides.
    Unknown,
}

/// An item of `envFrom`.
#[derive(Clone, Debug)]
pub struct EnvironmentSource {
    /// ConfigMap or Secret.
    pub kind: ConfigurationKind,
    /// Its name.
    pub name: Text,
    /// What stands before each of its keys.
    pub prefix: String,
}

/// A port that a container announces.
#[derive(Clone, Debug)]
pub struct ContainerPort {
    /// Its name.
    pub name: Option<Text>,
    /// The number.
    pub number: Option<Text>,
    /// The port of the machine.
    pub host_port: Option<Number>,
    /// The whole item.
    pub span: Span,
}

/// A probe.
#[derive(Clone, Debug)]
pub struct Probe {
    /// `readinessProbe`, …
    pub kind: String,
    /// The port it asks, by number or name.
    pub port: Option<Text>,
    /// It asks the container itself, not another host.
    pub own_host: bool,
}

/// `lifecycle.preStop`.
#[derive(Clone, Debug)]
pub struct PreStop {
    /// Its place.
    pub span: Span,
    /// Seconds that it sleeps, if that is what it does.
    pub sleep: Option<i64>,
}

/// A mount.
#[derive(Clone, Debug)]
pub struct Mount {
    /// The volume.
    pub volume: Text,
    /// The path in the container.
    pub path: Option<Text>,
    /// Mounted read-only.
    pub read_only: bool,
    /// The whole item.
    pub span: Span,
    /// It stands only under a condition that is not known.
    pub maybe: bool,
}

/// What a volume is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VolumeKind {
    /// Lives as long as the pod.
    EmptyDir,
    /// A ConfigMap, a Secret, or parts of the pod's description.
    Configuration,
    /// A PersistentVolumeClaim.
    Claim,
    /// A claim of its own for each pod of a StatefulSet, or for each pod as long as it lives.
    OwnClaim,
    /// A path of the machine.
    HostPath,
    /// Anything else.
    Other,
}

/// A volume.
#[derive(Clone, Debug)]
pub struct Volume {
    /// Its name.
    pub name: Text,
    /// What it is.
    pub kind: VolumeKind,
    /// The claim's name, or the machine's path.
    pub source: Option<Text>,
    /// The claim is read-only.
    pub read_only: bool,
    /// The access modes of a claim of its own.
    pub modes: Vec<Text>,
}

impl Workload {
    /// The volume that `mount` mounts.
    pub fn volume(&self, mount: &Mount) -> Option<&Volume> {
        self.volumes.iter().find(|v| v.name.same(&mount.volume.raw))
    }

    /// True when several pods of it run at the same time by what its manifest says.
    pub fn is_replicated(&self) -> bool {
        self.replicas.set().is_some_and(|r| r.value > 1)
    }

    /// All containers, those that only start the pod included.
    pub fn all_containers(&self) -> impl Iterator<Item = &Container> {
        self.init.iter().chain(&self.containers)
    }
}

impl Container {
    /// The variable `name`.
    pub fn variable(&self, name: &str) -> Option<&Variable> {
        self.environment.iter().find(|v| v.name.same(name))
    }
}
