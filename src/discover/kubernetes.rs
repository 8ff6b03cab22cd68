//! Files of Helm charts, kustomizations, and YAML files that may hold manifests: what their paths tell.

use super::kind::FileKind;
use super::role::Role;
use super::{Inventory, is_below};

/// Gives files of charts their kinds, and every other YAML file that no front-end reads the kind of a manifest: what
/// it holds decides later.
pub fn assign(inventory: &mut Inventory) {
    let chart_of = |f: &super::FoundFile| {
        (f.kind == Some(FileKind::HelmChart))
            .then(|| f.path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned())
    };
    let charts: Vec<String> = inventory.files.iter().filter_map(chart_of).collect();
    for file in inventory.files.iter_mut().filter(|f| !f.above) {
        let lower = file.path.to_ascii_lowercase();
        let yaml = lower.ends_with(".yaml") || lower.ends_with(".yml");
        let chart = charts.iter().filter(|c| is_below(&file.path, c)).max_by_key(|c| c.len());
        // What a chart calls settings is part of the chart.
        let settings = file.kind == Some(FileKind::SettingsYaml);
        if settings && chart.is_some_and(|chart| kind_in_chart(&file.path, chart).is_some()) {
            file.kind = None;
        }
        if file.kind.is_none() && (yaml || lower.ends_with(".tpl")) {
            file.kind = match chart {
                Some(chart) => kind_in_chart(&file.path, chart),
                None if yaml && file.role != Role::Vendored => Some(FileKind::Kubernetes),
                None => None,
            };
        }
        let ours = matches!(
            file.kind,
            Some(
                FileKind::Kubernetes
                    | FileKind::Kustomization
                    | FileKind::HelmChart
                    | FileKind::HelmValues
                    | FileKind::HelmTemplate
            )
        );
        if ours && file.role == Role::Production {
            file.role = role_of_path(&lower);
        }
    }
}

fn kind_in_chart(path: &str, chart: &str) -> Option<FileKind> {
    let inside = if chart.is_empty() { path } else { path.strip_prefix(chart)?.strip_prefix('/')? };
    if inside.starts_with("templates/") {
        Some(FileKind::HelmTemplate)
    } else if inside == "values.yaml" {
        Some(FileKind::HelmValues)
    } else {
        None
    }
}

/// The role that words of a manifest's path tell.
fn role_of_path(lower: &str) -> Role {
    let words = lower.split(['/', '-', '_', '.']);
    for word in words {
        match word {
            "kind" | "minikube" | "k3d" | "microk8s" | "skaffold" | "tilt" | "local" | "localhost"
            | "dev" | "develop" | "development" | "devspace" | "debug" => return Role::Dev,
            "test" | "tests" | "testing" | "e2e" => return Role::Test,
            "ci" => return Role::Ci,
            "example" | "examples" | "sample" | "samples" | "tutorial" => return Role::Example,
            _ => {}
        }
    }
    Role::Production
}

#[cfg(test)]
mod tests {
    use super::{kind_in_chart, role_of_path};
    use crate::discover::kind::FileKind;
    use crate::discover::role::Role;

    #[test]
    fn paths_tell_kinds_and_roles() {
        assert_eq!(kind_in_chart("a/templates/x.yaml", "a"), Some(FileKind::HelmTemplate));
        assert_eq!(kind_in_chart("templates/_helpers.tpl", ""), Some(FileKind::HelmTemplate));
        assert_eq!(kind_in_chart("a/values.yaml", "a"), Some(FileKind::HelmValues));
        assert_eq!(kind_in_chart("a/values-prod.yaml", "a"), None);
        assert_eq!(kind_in_chart("a/ci/values.yaml", "a"), None);
        assert_eq!(role_of_path("k8s/overlays/dev/kustomization.yaml"), Role::Dev);
        assert_eq!(role_of_path("k8s/kind-config.yaml"), Role::Dev);
        assert_eq!(role_of_path("k8s/overlays/prod/kustomization.yaml"), Role::Production);
        assert_eq!(role_of_path("k8s/kindness.yaml"), Role::Production);
    }
}
