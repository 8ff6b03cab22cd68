//! What manifests say, typed. Every value keeps its place in the file it is written in.

use crate::discover::role::Role;
use crate::source::{FileId, Span};
use crate::world::image_reference::{ImageReference, image_reference};

use super::helm::{NAMESPACE, RELEASE, UNKNOWN};
use super::tree::{Tree, shown};
use super::{Container, Volume, Workload};

/// A text and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The text; what only a release decides is a placeholder.
    pub raw: String,
    /// Where it is written; in `values.yaml` for a value that a template only prints.
    pub span: Span,
    /// The place in the template, when that is another one.
    pub via: Option<Span>,
    /// It stands only under a condition that is not known.
    pub maybe: bool,
}

impl Text {
    /// The text of `tree`; none when it is no scalar.
    pub(super) fn of(tree: &Tree) -> Option<Text> {
        let raw = match tree.raw() {
            Some(text) => text.to_owned(),
            None if tree.is_unknown() => UNKNOWN.to_string(),
            None => return None,
        };
        Some(Text { raw, span: tree.span, via: tree.via, maybe: tree.maybe })
    }

    /// The text, when all of it is known.
    pub fn known(&self) -> Option<&str> {
        (!self.raw.contains([UNKNOWN, RELEASE, NAMESPACE])).then_some(&self.raw)
    }

    /// The text for people.
    pub fn shown(&self) -> String {
        shown(&self.raw)
    }

    /// True when both name the same thing in every release.
    pub fn same(&self, other: &str) -> bool {
        self.raw == other && !self.raw.contains(UNKNOWN)
    }
}

/// A number and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number {
    /// The number.
    pub value: i64,
    /// Where it is written.
    pub span: Span,
    /// The place in the template, when that is another one.
    pub via: Option<Span>,
}

/// A field that may be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting<T> {
    /// It is not written, and nothing that is unknown can bring it.
    Absent,
    /// Only a release decides.
    Unknown,
    /// It is written.
    Set(T),
}

impl<T> Setting<T> {
    /// What is written.
    pub fn set(&self) -> Option<&T> {
        match self {
            Setting::Set(value) => Some(value),
            _ => None,
        }
    }

    /// True when it is certainly not written.
    pub fn is_absent(&self) -> bool {
        matches!(self, Setting::Absent)
    }
}

/// How an application is described.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplicationKind {
    /// A Helm chart with the values it comes with.
    Chart,
    /// A kustomization.
    Kustomization,
    /// The manifests of a folder.
    Folder,
}

/// What is applied together: a chart, an overlay, or the manifests of a folder.
#[derive(Clone, Debug)]
pub struct Application {
    /// The chart's name, or that of the folder.
    pub label: String,
    /// Its folder, relative to the root.
    pub folder: String,
    /// How it is described.
    pub kind: ApplicationKind,
    /// What it is for.
    pub role: Role,
    /// `Chart.yaml` or `kustomization.yaml`.
    pub definition: Option<FileId>,
    /// All files that it is made of.
    pub files: Vec<FileId>,
    /// False when something that belongs to it could not be read or followed.
    pub complete: bool,
    /// What runs.
    pub workloads: Vec<Workload>,
    /// The Services.
    pub services: Vec<Service>,
    /// Ways from outside to Services.
    pub routes: Vec<Route>,
    /// ConfigMaps, Secrets, and what makes them.
    pub configurations: Vec<Configuration>,
    /// HorizontalPodAutoscalers.
    pub autoscalers: Vec<Autoscaler>,
    /// PersistentVolumeClaims.
    pub claims: Vec<Claim>,
}

/// A Service.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name.
    pub name: Text,
    /// The whole document's place.
    pub span: Span,
    /// `ClusterIP` unless said otherwise; none when only a release decides.
    pub service_type: Option<Text>,
    /// `clusterIP: None`.
    pub headless: bool,
    /// Its namespace, where it says one.
    pub namespace: Option<Text>,
    /// The labels it selects pods by; none when there are none or they are not known.
    pub selector: Option<Labels>,
    /// The ports.
    pub ports: Vec<ServicePort>,
    /// `sessionAffinity`, at its key.
    pub session_affinity: Option<(Span, Text)>,
    /// `metadata.annotations`.
    pub annotations: Vec<(Text, Text)>,
}

/// A port of a Service.
#[derive(Clone, Debug)]
pub struct ServicePort {
    /// Its name.
    pub name: Option<Text>,
    /// The port it is reached at.
    pub port: Option<Text>,
    /// The port of the pod, by number or name; without it the same number.
    pub target: Option<Text>,
    /// `nodePort`.
    pub node_port: Option<Text>,
}

/// Labels, or a selector of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// Keys and values.
    pub pairs: Vec<(String, String)>,
    /// There may be more.
    pub open: bool,
    /// Where they are written.
    pub span: Option<Span>,
}

impl Labels {
    /// Whether a pod with these labels is selected by `selector`; none when that is not known.
    pub fn selected_by(&self, selector: &Labels) -> Option<bool> {
        let mut certain = !selector.open;
        for (key, value) in &selector.pairs {
            match self.pairs.iter().find(|(k, _)| k == key) {
                Some((_, own)) if own == value && !own.contains(UNKNOWN) => {}
                Some((_, own)) if own.contains(UNKNOWN) || value.contains(UNKNOWN) => certain = false,
                Some(_) => return Some(false),
                None if self.open => certain = false,
                None => return Some(false),
            }
        }
        certain.then_some(true)
    }
}

/// An Ingress, an HTTPRoute, or another way from outside.
#[derive(Clone, Debug)]
pub struct Route {
    /// `Ingress`, `HTTPRoute`, …
    pub kind: String,
    /// Its name.
    pub name: Text,
    /// `metadata.annotations`: key and value.
    pub annotations: Vec<(Text, Text)>,
    /// The Services it leads to.
    pub backends: Vec<Backend>,
    /// The paths and hosts it serves.
    pub paths: Vec<String>,
    /// Fields that send the requests of a client to the same pod: the field and its place.
    pub affinity: Vec<(String, Span)>,
}

/// Where a route leads.
#[derive(Clone, Debug)]
pub struct Backend {
    /// The Service.
    pub service: Text,
    /// Its port, by number or name.
    pub port: Option<Text>,
}

/// What a ConfigMap or Secret is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigurationKind {
    /// A ConfigMap, or a generator of one.
    ConfigMap,
    /// A Secret, or a generator of one.
    Secret,
    /// A Secret that something else fills: SealedSecret, ExternalSecret, encrypted.
    SealedSecret,
}

/// A ConfigMap, a Secret, or what makes one.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// What it is.
    pub kind: ConfigurationKind,
    /// Its name.
    pub name: Text,
    /// The type of a Secret.
    pub secret_type: Option<String>,
    /// Keys and values.
    pub entries: Vec<ConfigurationEntry>,
    /// There may be more keys.
    pub open: bool,
}

/// An entry of a ConfigMap or Secret.
#[derive(Clone, Debug)]
pub struct ConfigurationEntry {
    /// The key, at its place.
    pub key: Text,
    /// The value, as written.
    pub value: Option<Text>,
    /// The value is base64.
    pub encoded: bool,
}

/// A HorizontalPodAutoscaler.
#[derive(Clone, Debug)]
pub struct Autoscaler {
    /// The kind and name of what it scales.
    pub target: (String, Text),
    /// `maxReplicas`.
    pub maximum: Option<Number>,
    /// `minReplicas`.
    pub minimum: Option<Number>,
    /// The whole document's place.
    pub span: Span,
}

/// A PersistentVolumeClaim.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Its name.
    pub name: Text,
    /// `accessModes`.
    pub modes: Vec<Text>,
}

/// The parts of an image's name, when known.
pub fn reference(image: &Text) -> Option<ImageReference> {
    let reference = image_reference(image.known()?);
    (!reference.repository.is_empty()).then_some(reference)
}

impl Application {
    /// The Service called `name`.
    pub fn service(&self, name: &str) -> Option<&Service> {
        self.services.iter().find(|s| s.name.same(name))
    }

    /// The workloads whose pods `service` certainly selects.
    pub fn selected<'a>(&'a self, service: &'a Service) -> impl Iterator<Item = &'a Workload> {
        self.workloads.iter().filter(|w| {
            let selector = service.selector.as_ref();
            selector.is_some_and(|s| !s.pairs.is_empty() && w.labels.selected_by(s) == Some(true))
        })
    }

    /// The Services that certainly select the pods of `workload`.
    pub fn services_of<'a>(&'a self, workload: &'a Workload) -> impl Iterator<Item = &'a Service> {
        self.services.iter().filter(|service| {
            let selector = service.selector.as_ref();
            selector.is_some_and(|s| !s.pairs.is_empty() && workload.labels.selected_by(s) == Some(true))
        })
    }

    /// The autoscaler of `workload`.
    pub fn autoscaler(&self, workload: &Workload) -> Option<&Autoscaler> {
        let kind = workload.kind.name();
        self.autoscalers.iter().find(|a| a.target.0 == kind && a.target.1.same(&workload.name.raw))
    }

    /// The claim behind `volume`, in this application.
    pub fn claim(&self, volume: &Volume) -> Option<&Claim> {
        let name = volume.source.as_ref()?;
        self.claims.iter().find(|c| c.name.same(&name.raw))
    }

    /// The workloads with their containers, those that only start the pod left out.
    pub fn containers(&self) -> impl Iterator<Item = (&Workload, &Container)> {
        self.workloads.iter().flat_map(|w| w.containers.iter().map(move |c| (w, c)))
    }
}
