//! Manifests of Kubernetes, kustomizations, and the files of Helm charts. Trees are kept as they are: what they mean
//! depends on the files they are combined with.

use crate::facts::artefact::Artefact;
use crate::facts::{FileFacts, collect_allows};
use crate::source::ByteRange;
use crate::syntax::doc::{NodeRef, Parsed, parse_yaml};
use crate::syntax::helm::parse_template;

/// Groups of kinds that are read; those with a dot match the end.
const GROUPS: &[&str] = &[
    "",
    "apps",
    "batch",
    "extensions",
    "autoscaling",
    "policy",
    ".k8s.io",
    "traefik.io",
    "traefik.containo.us",
    "bitnami.com",
    "external-secrets.io",
    "keda.sh",
    "networking.istio.io",
    "argoproj.io",
    "route.openshift.io",
    "apps.openshift.io",
];

/// Reads a YAML file that may hold manifests; none when it does not.
pub fn manifest(text: &str) -> Option<FileFacts> {
    if !text.contains("apiVersion") || !text.contains("kind") {
        return None;
    }
    let parsed = parse_yaml(text);
    if parsed.roots().any(is_object) {
        return Some(document(text, parsed));
    }
    // A manifest that some tool fills in: what it is filled with is not known.
    let word = |key: &str| text.lines().any(|line| line.starts_with(key));
    (text.contains("{{") && word("apiVersion:") && word("kind:"))
        .then(|| FileFacts { problems: Vec::new(), ..template(text) })
}

fn is_object(root: NodeRef<'_>) -> bool {
    let text = |key: &str| root.get(key).and_then(|n| n.as_str());
    let (Some(version), Some(kind)) = (text("apiVersion"), text("kind")) else { return false };
    let group = version.split_once('/').map_or("", |(group, _)| group);
    let known = GROUPS.iter().any(|g| match g.strip_prefix('.') {
        Some(_) => group.ends_with(g),
        None => group == *g,
    });
    known
        && kind.starts_with(|c: char| c.is_ascii_uppercase())
        && !matches!(group, "apiextensions.k8s.io" | "kustomize.config.k8s.io" | "audit.k8s.io")
}

/// Reads a file that is kept as a tree: `Chart.yaml`, `values.yaml`, `kustomization.yaml`.
pub fn tree(text: &str) -> FileFacts {
    document(text, parse_yaml(text))
}

fn document(text: &str, parsed: Parsed) -> FileFacts {
    let allows = if text.contains(crate::facts::allow::MARKER) {
        let comments: Vec<_> = parsed.comments.iter().map(|c| c.range).collect();
        collect_allows(text, &comments, &parsed.entry_regions())
    } else {
        Vec::new()
    };
    // Two entries of one name are an error for some readers only, and all take the last one.
    let problems =
        parsed.problems.iter().filter(|p| !p.message.starts_with("duplicate key")).cloned().collect();
    FileFacts { artefact: Artefact::Document(Box::new(parsed)), allows, problems }
}

/// Reads a template of a chart.
pub fn template(text: &str) -> FileFacts {
    let template = parse_template(text);
    let allows = if text.contains(crate::facts::allow::MARKER) {
        let (comments, lines) = comment_lines(text);
        collect_allows(text, &comments, &lines)
    } else {
        Vec::new()
    };
    let problems = template.problems.clone();
    FileFacts { artefact: Artefact::Template(Box::new(template)), allows, problems }
}

/// The comments of a template, and its other lines: without rendering it has no larger parts.
fn comment_lines(text: &str) -> (Vec<ByteRange>, Vec<ByteRange>) {
    let (mut comments, mut lines) = (Vec::new(), Vec::new());
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let content = line.trim();
        let start = at + (line.len() - line.trim_start().len());
        let range = ByteRange::new(start, start + content.len());
        let comment =
            content.starts_with('#') || content.starts_with("{{/*") || content.starts_with("{{- /*");
        match content.find(" #") {
            _ if content.is_empty() => {}
            _ if comment => comments.push(range),
            Some(hash) => {
                comments.push(ByteRange::new(start + hash + 1, start + content.len()));
                lines.push(range);
            }
            None => lines.push(range),
        }
        at += line.len();
    }
    (comments, lines)
}
