//! The pods of workloads.

use super::model::{Configuration, ConfigurationKind, Setting, Text};
use super::objects::Object;
use super::pods::{
    Container, ContainerPort, EnvironmentSource, Mount, PreStop, Probe, Variable, VariableValue, Volume,
    VolumeKind, Workload, WorkloadKind,
};
use super::read::{annotations, labels, number, setting, sleeps, text_at, texts};
use super::tree::Tree;

/// The workload that an object describes.
pub(super) fn workload(object: &Object, kind: WorkloadKind) -> Workload {
    let tree = &object.tree;
    let template = match kind {
        WorkloadKind::Pod => Some(tree),
        WorkloadKind::CronJob => tree.at(&["spec", "jobTemplate", "spec", "template"]),
        _ => tree.at(&["spec", "template"]),
    };
    let pod = template.and_then(|t| t.get("spec"));
    let mut found = Workload {
        kind,
        name: object.name.clone(),
        file: object.file,
        labels: labels(template.and_then(|t| t.at(&["metadata", "labels"]))),
        replicas: setting(tree, &["spec", "replicas"], number),
        history: tree.at(&["spec", "revisionHistoryLimit"]).filter(|t| !t.maybe).and_then(number),
        containers: Vec::new(),
        init: Vec::new(),
        volumes: Vec::new(),
        host_network: None,
        grace: Setting::Unknown,
        shared_processes: false,
        complete: object.complete,
        annotations: annotations(tree),
    };
    let Some(pod) = pod else {
        found.complete = false;
        return found;
    };
    found.labels.open |=
        template.is_some_and(|t| t.get("metadata").is_some_and(Tree::is_open) || t.is_open());
    found.grace = setting(pod, &["terminationGracePeriodSeconds"], number);
    let network = pod.member("hostNetwork").filter(|m| m.tree.truth() == Some(true) && !m.tree.maybe);
    found.host_network = network.map(|m| m.key_span);
    found.shared_processes = pod.get("shareProcessNamespace").is_some_and(|t| t.truth() != Some(false));
    found.volumes =
        pod.get("volumes").map(|v| v.items().iter().filter_map(volume).collect()).unwrap_or_default();
    let templates = tree.at(&["spec", "volumeClaimTemplates"]).map(Tree::items).unwrap_or_default();
    for claim in templates {
        if let Some(name) = text_at(claim, &["metadata", "name"]) {
            let modes = claim.at(&["spec", "accessModes"]).map(texts).unwrap_or_default();
            let kind = VolumeKind::OwnClaim;
            found.volumes.push(Volume { name, kind, source: None, read_only: false, modes });
        }
    }
    for item in pod.get("initContainers").map(Tree::items).unwrap_or_default() {
        let Some(container) = container(item) else { continue };
        match item.text_at(&["restartPolicy"]) {
            Some("Always") => found.containers.push(container),
            _ => found.init.push(container),
        }
    }
    let containers = pod.get("containers");
    found.containers.extend(containers.iter().flat_map(|c| c.items()).filter_map(container));
    found.complete &= !pod.is_open() && !containers.is_none_or(Tree::is_open);
    found
}

fn volume(tree: &Tree) -> Option<Volume> {
    let name = text_at(tree, &["name"])?;
    let claim = tree.get("persistentVolumeClaim");
    let host = tree.get("hostPath");
    let configuration = ["configMap", "secret", "projected", "downwardAPI", "csi"];
    let (kind, source) = if let Some(claim) = claim {
        (VolumeKind::Claim, text_at(claim, &["claimName"]))
    } else if let Some(host) = host {
        (VolumeKind::HostPath, text_at(host, &["path"]))
    } else if tree.member("emptyDir").is_some() || tree.get("ephemeral").is_some() {
        (VolumeKind::EmptyDir, None)
    } else if configuration.iter().any(|key| tree.get(key).is_some()) {
        (VolumeKind::Configuration, None)
    } else {
        (VolumeKind::Other, None)
    };
    let read_only = claim.and_then(|c| c.get("readOnly")).is_some_and(|r| r.truth() == Some(true));
    Some(Volume { name, kind, source, read_only, modes: Vec::new() })
}

fn container(tree: &Tree) -> Option<Container> {
    let name = text_at(tree, &["name"])?;
    let list = |found: &Tree| (!found.is_open() && !found.items().is_empty()).then(|| texts(found));
    let env = tree.get("env");
    let ports = tree.get("ports");
    let certain = |path: &[&str]| tree.lacks(path) || tree.at(path).is_some();
    let mut environment: Vec<Variable> = Vec::new();
    for item in env.map(Tree::items).unwrap_or_default() {
        let Some(name) = text_at(item, &["name"]) else { continue };
        // The last one of a name wins.
        environment.retain(|known| known.name.raw != name.raw);
        environment.push(Variable { name, span: item.span, value: variable_value(item) });
    }
    let sources = tree.get("envFrom");
    let context = tree.get("securityContext");
    let added = context.and_then(|c| c.at(&["capabilities", "add"])).map(texts).unwrap_or_default();
    let powers = ["NET_ADMIN", "NET_RAW", "SYS_ADMIN", "ALL"];
    let truth = |key: &str| context.and_then(|c| c.get(key)).is_some_and(|t| t.truth() == Some(true));
    let open = tree.is_open();
    let probes = ["livenessProbe", "readinessProbe", "startupProbe"];
    Some(Container {
        name,
        span: tree.span,
        image: text_at(tree, &["image"]),
        command: setting(tree, &["command"], list),
        arguments: setting(tree, &["args"], list),
        environment_open: env.is_some_and(Tree::is_open) || !certain(&["env"]) || !certain(&["envFrom"]),
        environment,
        sources: sources.map(|s| s.items().iter().filter_map(source).collect()).unwrap_or_default(),
        ports: ports.map(|p| p.items().iter().map(port).collect()).unwrap_or_default(),
        ports_open: ports.is_some_and(Tree::is_open) || !certain(&["ports"]),
        probes: probes.iter().filter_map(|kind| probe(kind, tree.get(kind)?)).collect(),
        open,
        pre_stop: tree.at(&["lifecycle", "preStop"]).map(pre_stop),
        mounts: tree
            .get("volumeMounts")
            .map(|m| m.items().iter().filter_map(mount).collect())
            .unwrap_or_default(),
        privileged: truth("privileged") || added.iter().any(|a| powers.contains(&a.raw.as_str())),
        maybe: tree.maybe,
    })
}

fn variable_value(item: &Tree) -> VariableValue {
    let reference = |key: &str| {
        let from = item.at(&["valueFrom", key])?;
        Some((text_at(from, &["name"])?, text_at(from, &["key"])?))
    };
    if item.maybe {
        return VariableValue::Unknown;
    }
    if let Some(value) = item.get("value").and_then(Text::of) {
        return VariableValue::Literal(value);
    }
    if let Some((name, key)) = reference("secretKeyRef") {
        return VariableValue::Key(ConfigurationKind::Secret, name, key);
    }
    if let Some((name, key)) = reference("configMapKeyRef") {
        return VariableValue::Key(ConfigurationKind::ConfigMap, name, key);
    }
    let field = ["fieldRef", "resourceFieldRef"].iter().any(|k| item.at(&["valueFrom", k]).is_some());
    if field { VariableValue::Field } else { VariableValue::Unknown }
}

fn source(item: &Tree) -> Option<EnvironmentSource> {
    let prefix = item.text_at(&["prefix"]).unwrap_or("").to_owned();
    let named = |key: &str| text_at(item, &[key, "name"]);
    let (kind, name) = match named("configMapRef") {
        Some(name) => (ConfigurationKind::ConfigMap, name),
        None => (ConfigurationKind::Secret, named("secretRef")?),
    };
    Some(EnvironmentSource { kind, name, prefix })
}

fn port(tree: &Tree) -> ContainerPort {
    ContainerPort {
        name: text_at(tree, &["name"]),
        number: text_at(tree, &["containerPort"]),
        host_port: tree.get("hostPort").filter(|t| !t.maybe).and_then(number),
        span: tree.span,
    }
}

fn probe(kind: &str, tree: &Tree) -> Option<Probe> {
    let action = ["httpGet", "tcpSocket", "grpc"].iter().find_map(|key| tree.get(key));
    Some(Probe {
        kind: kind.to_owned(),
        port: action.and_then(|a| text_at(a, &["port"])),
        own_host: action.is_none_or(|a| a.get("host").is_none()),
    })
}

fn pre_stop(tree: &Tree) -> PreStop {
    let native = tree.at(&["sleep", "seconds"]).and_then(Tree::integer);
    let words = tree.at(&["exec", "command"]).map(texts).unwrap_or_default();
    let words: Vec<&str> = words.iter().map(|w| w.raw.as_str()).collect();
    PreStop { span: tree.span, sleep: native.or_else(|| sleeps(&words)) }
}

fn mount(tree: &Tree) -> Option<Mount> {
    Some(Mount {
        volume: text_at(tree, &["name"])?,
        path: text_at(tree, &["mountPath"]),
        read_only: tree.get("readOnly").is_some_and(|r| r.truth() != Some(false)),
        span: tree.span,
        maybe: tree.maybe,
    })
}

/// Adds the variables that `envFrom` brings.
pub(super) fn join_sources(container: &mut Container, configurations: &[Configuration]) {
    for source in container.sources.clone() {
        let sealed = ConfigurationKind::SealedSecret;
        let kind_fits = |c: &&Configuration| {
            c.kind == source.kind || (source.kind != ConfigurationKind::ConfigMap && c.kind == sealed)
        };
        let found = configurations.iter().filter(kind_fits).find(|c| c.name.same(&source.name.raw));
        let Some(found) = found else {
            container.environment_open = true;
            continue;
        };
        container.environment_open |= found.open;
        for entry in &found.entries {
            let mut name = entry.key.clone();
            name.raw.insert_str(0, &source.prefix);
            if container.environment.iter().any(|v| v.name.raw == name.raw) {
                continue;
            }
            let value = match (&entry.value, found.kind) {
                (Some(value), ConfigurationKind::ConfigMap) => VariableValue::Literal(value.clone()),
                _ => VariableValue::Key(found.kind, found.name.clone(), entry.key.clone()),
            };
            container.environment.push(Variable { span: name.span, name, value });
        }
    }
}
