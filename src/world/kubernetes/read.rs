//! Objects → the typed model.

use crate::world::commands::file_name;

use super::model::{
    Application, Autoscaler, Backend, Claim, Configuration, ConfigurationEntry, ConfigurationKind, Labels,
    Number, Route, Service, ServicePort, Setting, Text,
};
use super::objects::Object;
use super::pods::WorkloadKind;
use super::read_pods::workload;
use super::tree::{Tree, Value};

/// Fills the model of an application from its objects.
pub(super) fn fill(application: &mut Application, objects: &[Object]) {
    for object in objects {
        let tree = &object.tree;
        match object.kind.as_str() {
            "Service" => application.services.extend(service(object)),
            "Ingress" | "HTTPRoute" | "GRPCRoute" | "TCPRoute" | "IngressRoute" | "Route"
            | "VirtualService" => {
                application.routes.push(route(object));
            }
            "ConfigMap" | "Secret" | "SealedSecret" | "ExternalSecret" | "ClusterExternalSecret" => {
                application.configurations.push(configuration(object));
            }
            "HorizontalPodAutoscaler" | "ScaledObject" => application.autoscalers.extend(autoscaler(object)),
            "PersistentVolumeClaim" => {
                let modes = tree.at(&["spec", "accessModes"]).map(texts).unwrap_or_default();
                application.claims.push(Claim { name: object.name.clone(), modes });
            }
            "TraefikService" | "DestinationRule" => application.routes.push(route(object)),
            other => {
                if let Some(kind) = WorkloadKind::of(other) {
                    application.workloads.push(workload(object, kind));
                }
            }
        }
    }
    join_sources(application);
}

pub(super) fn texts(tree: &Tree) -> Vec<Text> {
    tree.items().iter().filter_map(Text::of).collect()
}

pub(super) fn text_at(tree: &Tree, path: &[&str]) -> Option<Text> {
    Text::of(tree.at(path)?)
}

pub(super) fn number(tree: &Tree) -> Option<Number> {
    Some(Number { value: tree.integer()?, span: tree.span, via: tree.via })
}

pub(super) fn setting<T>(tree: &Tree, path: &[&str], read: impl Fn(&Tree) -> Option<T>) -> Setting<T> {
    match tree.at(path) {
        None if tree.lacks(path) => Setting::Absent,
        None => Setting::Unknown,
        Some(found) if found.maybe => Setting::Unknown,
        Some(found) => read(found).map_or(Setting::Unknown, Setting::Set),
    }
}

pub(super) fn labels(tree: Option<&Tree>) -> Labels {
    let Some(tree) = tree else { return Labels::default() };
    let pair = |m: &super::tree::Member| {
        let value = m.tree.raw().map_or_else(|| super::helm::UNKNOWN.to_string(), str::to_owned);
        (m.key.clone(), value)
    };
    Labels { pairs: tree.members().iter().map(pair).collect(), open: tree.is_open(), span: Some(tree.span) }
}

pub(super) fn annotations(tree: &Tree) -> Vec<(Text, Text)> {
    let members = tree.at(&["metadata", "annotations"]).map(Tree::members).unwrap_or_default();
    let pair = |m: &super::tree::Member| {
        let key = Text { raw: m.key.clone(), span: m.key_span, via: None, maybe: m.tree.maybe };
        Some((key, Text::of(&m.tree)?))
    };
    members.iter().filter_map(pair).collect()
}

fn service(object: &Object) -> Option<Service> {
    let spec = object.tree.get("spec")?;
    let selector = spec.get("selector").filter(|s| !s.members().is_empty());
    let port = |tree: &Tree| ServicePort {
        name: text_at(tree, &["name"]),
        port: text_at(tree, &["port"]),
        target: text_at(tree, &["targetPort"]),
        node_port: text_at(tree, &["nodePort"]),
    };
    let affinity = spec.member("sessionAffinity").filter(|m| !m.tree.maybe);
    Some(Service {
        name: object.name.clone(),
        span: object.name.span,
        service_type: text_at(spec, &["type"]),
        headless: spec.text_at(&["clusterIP"]) == Some("None"),
        namespace: text_at(&object.tree, &["metadata", "namespace"]),
        selector: selector.map(|s| labels(Some(s))),
        ports: spec.get("ports").map(|p| p.items().iter().map(port).collect()).unwrap_or_default(),
        session_affinity: affinity.and_then(|m| Some((m.key_span, Text::of(&m.tree)?))),
        annotations: annotations(&object.tree),
    })
}

fn route(object: &Object) -> Route {
    let mut route = Route {
        kind: object.kind.clone(),
        name: object.name.clone(),
        annotations: annotations(&object.tree),
        backends: Vec::new(),
        paths: Vec::new(),
        affinity: Vec::new(),
    };
    if let Some(spec) = object.tree.get("spec") {
        backends(spec, &object.kind, &mut route, 0);
    }
    route
}

/// Looks for Services wherever the kinds of routes name them.
fn backends(tree: &Tree, kind: &str, route: &mut Route, depth: usize) {
    if depth > 12 {
        return;
    }
    for item in tree.items() {
        backends(item, kind, route, depth + 1);
    }
    for member in tree.members() {
        let value = &member.tree;
        match member.key.as_str() {
            "backend" | "defaultBackend" => {
                let modern = text_at(value, &["service", "name"]).map(|service| {
                    let number = text_at(value, &["service", "port", "number"]);
                    Backend { service, port: number.or_else(|| text_at(value, &["service", "port", "name"])) }
                });
                let old = || {
                    let service = text_at(value, &["serviceName"])?;
                    Some(Backend { service, port: text_at(value, &["servicePort"]) })
                };
                route.backends.extend(modern.or_else(old));
            }
            "backendRefs" => {
                for item in value.items() {
                    let other = item.text_at(&["kind"]).is_some_and(|k| k != "Service");
                    if let Some(service) = text_at(item, &["name"]).filter(|_| !other) {
                        route.backends.push(Backend { service, port: text_at(item, &["port"]) });
                    }
                }
            }
            "services" if kind == "IngressRoute" => {
                for item in value.items() {
                    if let Some(service) = text_at(item, &["name"]) {
                        route.backends.push(Backend { service, port: text_at(item, &["port"]) });
                    }
                }
            }
            "httpCookie" | "sticky" | "sessionPersistence" if !value.maybe && !value.members().is_empty() => {
                route.affinity.push((member.key.clone(), member.key_span));
            }
            "path" | "host" | "hostname" => {
                route.paths.extend(
                    value.raw().map(str::to_owned).or_else(|| Some(value.get("value")?.raw()?.into())),
                );
            }
            _ => backends(value, kind, route, depth + 1),
        }
    }
}

fn configuration(object: &Object) -> Configuration {
    let tree = &object.tree;
    let encrypted = tree.get("sops").is_some();
    let kind = match object.kind.as_str() {
        "ConfigMap" => ConfigurationKind::ConfigMap,
        "Secret" if !encrypted => ConfigurationKind::Secret,
        _ => ConfigurationKind::SealedSecret,
    };
    let mut entries = Vec::new();
    let mut open = object.generated_elsewhere;
    for (field, encoded) in [("stringData", false), ("data", kind == ConfigurationKind::Secret)] {
        let Some(data) = tree.get(field) else { continue };
        open |= data.is_open();
        if kind == ConfigurationKind::SealedSecret && field == "data" {
            // An ExternalSecret lists where each key comes from.
            for item in data.items() {
                let key = text_at(item, &["secretKey"]);
                entries.extend(key.map(|key| ConfigurationEntry { key, value: None, encoded: true }));
            }
        }
        for member in data.members() {
            let key =
                Text { raw: member.key.clone(), span: member.key_span, via: None, maybe: member.tree.maybe };
            let value = (kind != ConfigurationKind::SealedSecret).then(|| Text::of(&member.tree)).flatten();
            entries.push(ConfigurationEntry { key, value, encoded });
        }
    }
    if kind == ConfigurationKind::SealedSecret {
        let sealed = tree.at(&["spec", "encryptedData"]).map(Tree::members).unwrap_or_default();
        for member in sealed {
            let key = Text { raw: member.key.clone(), span: member.key_span, via: None, maybe: false };
            entries.push(ConfigurationEntry { key, value: None, encoded: true });
        }
        let listed = tree.at(&["spec", "data"]).map(Tree::items).unwrap_or_default();
        for key in listed.iter().filter_map(|item| text_at(item, &["secretKey"])) {
            entries.push(ConfigurationEntry { key, value: None, encoded: true });
        }
        open |= tree.at(&["spec", "dataFrom"]).is_some();
    }
    let whole = matches!(tree.value, Value::Mapping { open: true, .. });
    let target = text_at(tree, &["spec", "target", "name"]).filter(|_| object.kind == "ExternalSecret");
    Configuration {
        kind,
        name: target.unwrap_or_else(|| object.name.clone()),
        secret_type: tree.text_at(&["type"]).map(str::to_owned),
        entries,
        open: open || whole,
    }
}

fn autoscaler(object: &Object) -> Option<Autoscaler> {
    let spec = object.tree.get("spec")?;
    let target = spec.get("scaleTargetRef")?;
    let first = |names: [&str; 2]| names.iter().find_map(|name| number(spec.get(name)?));
    Some(Autoscaler {
        target: (target.text_at(&["kind"]).unwrap_or("Deployment").to_owned(), text_at(target, &["name"])?),
        maximum: first(["maxReplicas", "maxReplicaCount"]),
        minimum: first(["minReplicas", "minReplicaCount"]),
        span: object.name.span,
    })
}

/// Adds what `envFrom` brings from the ConfigMaps and Secrets of the application.
fn join_sources(application: &mut Application) {
    let configurations = application.configurations.clone();
    for workload in &mut application.workloads {
        for container in workload.init.iter_mut().chain(&mut workload.containers) {
            super::read_pods::join_sources(container, &configurations);
        }
    }
}

/// Seconds that a command line sleeps, if that is all it does.
pub(super) fn sleeps(words: &[&str]) -> Option<i64> {
    let line = match words {
        [shell, flag, line] if flag.starts_with('-') && ["sh", "bash", "ash"].contains(&file_name(shell)) => {
            return sleeps(&line.split_whitespace().collect::<Vec<_>>());
        }
        words => words,
    };
    match line {
        [program, seconds] if file_name(program) == "sleep" => seconds.trim_end_matches('s').parse().ok(),
        _ => None,
    }
}
