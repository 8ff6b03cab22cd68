use std::collections::BTreeSet;

use super::{Application, Files, VariableValue, link};
use crate::discover::{Inventory, kubernetes};
use crate::facts::artefact::Artefact;
use crate::frontends::extract;
use crate::source::FileId;
use crate::vfs::MemFs;

/// The applications of a tree of these files.
fn applications(files: &[(&str, &str)]) -> Vec<Application> {
    let mut fs = MemFs::default();
    for (path, text) in files {
        fs.add(*path, text.as_bytes());
    }
    let mut inventory =
        Inventory::take(&fs, &[String::new()], &globset::GlobSet::empty(), Some(BTreeSet::new()));
    kubernetes::assign(&mut inventory);
    let mut artefacts = Vec::new();
    for found in &inventory.files {
        let text = files.iter().find(|(path, _)| *path == found.path).map_or("", |(_, text)| *text);
        artefacts.push(found.kind.map_or(Artefact::None, |kind| extract(kind, text).artefact));
    }
    link(Files { inventory: &inventory, artefacts: &artefacts })
}

/// Each container's name, image, and variables.
fn containers(application: &Application) -> String {
    let mut out = Vec::new();
    for (workload, container) in application.containers() {
        let mut line = format!("{}/{}", workload.name.shown(), container.name.shown());
        if let Some(image) = &container.image {
            line.push_str(&format!(" {}", image.shown()));
        }
        for variable in &container.environment {
            let value = match &variable.value {
                VariableValue::Literal(text) => text.shown(),
                VariableValue::Key(_, name, key) => format!("<{}.{}>", name.shown(), key.shown()),
                VariableValue::Field => "<field>".into(),
                VariableValue::Unknown => "?".into(),
            };
            line.push_str(&format!(" {}={value}", variable.name.shown()));
        }
        if container.environment_open {
            line.push_str(" +");
        }
        out.push(line);
    }
    out.join("\n")
}

const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: acme/web:1
          env:
            - name: MODE
              value: fast
            - name: KEY
              valueFrom: {secretKeyRef: {name: keys, key: main}}
          envFrom:
            - configMapRef: {name: settings}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data:
  COLOUR: red
  MODE: slow
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080}]
";

#[test]
fn manifests_of_a_folder_are_one_application() {
    let found = applications(&[
        ("k8s/web.yaml", WEB),
        ("config.yaml", "kind: x\n"),
        ("crd.yaml", "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"),
    ]);
    let [application] = found.as_slice() else { panic!("{}", found.len()) };
    assert_eq!(containers(application), "web/web acme/web:1 MODE=fast KEY=<keys.main> COLOUR=red");
    let service = application.service("web").map(|s| application.selected(s).count());
    assert_eq!(service, Some(1));
    assert!(application.complete);
}

#[test]
fn files_that_describe_the_same_object_are_alternatives() {
    assert_eq!(applications(&[("k8s/a.yaml", WEB), ("k8s/b.yaml", WEB)]).len(), 2);
}

#[test]
fn overlays_change_their_base() {
    let base = "resources: [web.yaml]\n";
    let overlay = "\
resources: [../../base]
images:
  - name: acme/web
    newTag: 2.5.0
replicas:
  - name: web
    count: 5
configMapGenerator:
  - name: settings
    behavior: merge
    literals: [COLOUR=blue]
patches:
  - path: patch.yaml
  - target: {kind: Deployment, name: web}
    patch: |-
      - op: add
        path: /spec/template/spec/containers/0/env/-
        value: {name: ADDED, value: 'yes'}
";
    let patch = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: web
          env:
            - {name: MODE, value: patched}
";
    let found = applications(&[
        ("k8s/base/kustomization.yaml", base),
        ("k8s/base/web.yaml", WEB),
        ("k8s/overlays/prod/kustomization.yaml", overlay),
        ("k8s/overlays/prod/patch.yaml", patch),
    ]);
    let [application] = found.as_slice() else { panic!("{}", found.len()) };
    let expected = "web/web acme/web:2.5.0 MODE=patched KEY=<keys.main> ADDED=yes COLOUR=blue";
    assert_eq!(containers(application), expected);
    assert_eq!(application.workloads.first().and_then(|w| w.replicas.set()).map(|r| r.value), Some(5));
}

#[test]
fn charts_are_rendered_and_what_is_not_known_stays_open() {
    let template = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-web
spec:
  template:
    metadata:
      labels: {app: {{ .Release.Name }}}
    spec:
      containers:
        - name: web
          image: \"{{ .Values.image }}:{{ .Chart.AppVersion }}\"
          env:
            - name: PORT
              value: {{ .Values.port | quote }}
            {{- include \"elsewhere\" . | nindent 12 }}
---
apiVersion: v1
kind: Service
metadata: {name: {{ .Release.Name }}}
spec:
  selector: {app: {{ .Release.Name }}}
";
    let found = applications(&[
        ("chart/Chart.yaml", "name: web\nappVersion: 3\n"),
        ("chart/values.yaml", "image: acme/web\nport: 8080\n"),
        ("chart/templates/all.yaml", template),
        ("chart/values-prod.yaml", "port: 1\n"),
    ]);
    let [application] = found.as_slice() else { panic!("{}", found.len()) };
    assert_eq!(containers(application), "RELEASE-web/web acme/web:3 PORT=8080 +");
    let port = application.containers().next().and_then(|(_, c)| c.variable("PORT"));
    let place = port.map(|v| match &v.value {
        VariableValue::Literal(text) => text.span.file,
        _ => FileId(99),
    });
    // In order of path: Chart.yaml, templates/all.yaml, values-prod.yaml, values.yaml.
    assert_eq!(place, Some(FileId(3)));
    assert_eq!(application.services.first().map(|s| application.selected(s).count()), Some(1));
}
