//! Values of secrets that manifests hold: in the environment of containers, in ConfigMaps and Secrets, in the values
//! of charts, in Compose files.

use crate::discover::role::Role;
use crate::facts::artefact::Artefact;
use crate::secrets::{ValueClass, classify, credentialed_url, decode_base64, is_secret_name};
use crate::source::{FileId, Span};
use crate::syntax::doc::NodeRef;

use super::compose::{EntrySource, ServiceRole, inner};
use super::kubernetes::{Application, ApplicationKind, ConfigurationKind, Text, VariableValue};
use super::view::{Need, View};

/// What holds a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holder {
    /// The environment of a container, or a ConfigMap.
    Manifest,
    /// A Secret.
    Secret,
    /// `values.yaml` of a chart.
    Values,
    /// A Compose file.
    Compose,
}

/// A value of a secret.
#[derive(Clone, Debug)]
pub struct ManifestSecret {
    /// The variable or key.
    pub name: String,
    /// The container, object or service.
    pub owner: String,
    /// The value.
    pub span: Span,
    /// The template that prints it.
    pub via: Option<Span>,
    /// What the value looks like.
    pub class: ValueClass,
    /// What holds it.
    pub holder: Holder,
    /// The role of the application.
    pub role: Role,
}

impl View<'_> {
    /// The values of secrets in the manifests of the tree, those of applications for development left out.
    pub fn manifest_secrets(&self) -> Vec<ManifestSecret> {
        let mut found = Vec::new();
        for application in self.applications() {
            self.of_application(application, &mut found);
        }
        if self.needs.contains(&Need::Compose) {
            self.of_projects(&mut found);
        }
        found.retain(|secret| !self.is_to_be_replaced(secret.span));
        found
    }

    /// True when a comment in front of the value, or behind the one before, tells the reader to put in another.
    fn is_to_be_replaced(&self, span: Span) -> bool {
        let (Artefact::Document(document), Some(range)) = (self.world.artefact(span.file), span.range) else {
            return false;
        };
        let near =
            |at: u32| at <= range.start && range.start - at < 120 || at >= range.end && at - range.end < 4;
        document.comments.iter().any(|comment| {
            let text = comment.value.to_ascii_lowercase();
            (near(comment.range.end) || near(comment.range.start))
                && ["replace", "your ", "change this", "change me"].iter().any(|word| text.contains(word))
        })
    }

    /// The texts that manifests hold as they are, with their places: the environment of containers, ConfigMaps, and
    /// Secrets that are not encoded.
    pub fn manifest_values(&self) -> Vec<(String, Span)> {
        let mut found = Vec::new();
        let mut add = |value: &Text| found.extend(value.known().map(|text| (text.to_owned(), value.span)));
        for application in self.applications() {
            for container in application.workloads.iter().flat_map(|w| w.all_containers()) {
                for variable in &container.environment {
                    if let VariableValue::Literal(value) = &variable.value {
                        add(value);
                    }
                }
            }
            for entry in application.configurations.iter().flat_map(|c| &c.entries).filter(|e| !e.encoded) {
                entry.value.iter().for_each(&mut add);
            }
        }
        found
    }

    fn of_application(&self, application: &Application, found: &mut Vec<ManifestSecret>) {
        let role = application.role;
        for (workload, container) in
            application.workloads.iter().flat_map(|w| w.all_containers().map(move |c| (w, c)))
        {
            for variable in &container.environment {
                let VariableValue::Literal(value) = &variable.value else { continue };
                let Some(class) = judge(&variable.name.raw, value) else { continue };
                let owner = workload.name.shown();
                let holder = self.holder(value.span);
                let (span, via) = (value.span, value.via);
                found.push(ManifestSecret {
                    name: variable.name.shown(),
                    owner,
                    span,
                    via,
                    class,
                    holder,
                    role,
                });
            }
        }
        for configuration in &application.configurations {
            let sealed = configuration.kind == ConfigurationKind::SealedSecret;
            for entry in configuration.entries.iter().filter(|_| !sealed) {
                let Some(value) = &entry.value else { continue };
                let decoded = match entry.encoded.then(|| value.known().and_then(decode_base64)) {
                    Some(None) => continue,
                    Some(Some(text)) => Text { raw: text, ..value.clone() },
                    None => value.clone(),
                };
                let Some(class) = judge(&entry.key.raw, &decoded) else { continue };
                let holder = match (self.holder(value.span), configuration.kind) {
                    (Holder::Values, _) => Holder::Values,
                    (_, ConfigurationKind::Secret) => Holder::Secret,
                    (holder, _) => holder,
                };
                let owner = configuration.name.shown();
                let (span, via) = (value.span, value.via);
                found.push(ManifestSecret { name: entry.key.shown(), owner, span, via, class, holder, role });
            }
        }
        if application.kind == ApplicationKind::Chart {
            for file in &application.files {
                self.of_values(*file, application, found);
            }
        }
    }

    fn holder(&self, span: Span) -> Holder {
        match self.world.artefact(span.file) {
            Artefact::Document(_) if self.world.path(span.file).ends_with("values.yaml") => Holder::Values,
            _ => Holder::Manifest,
        }
    }

    /// The defaults of a chart, also where no template that could be followed prints them.
    fn of_values(&self, file: FileId, application: &Application, found: &mut Vec<ManifestSecret>) {
        let Artefact::Document(values) = self.world.artefact(file) else { return };
        if !self.world.path(file).ends_with("values.yaml") {
            return;
        }
        if let Some(root) = values.root() {
            walk(root, file, application, 0, found);
        }
    }

    fn of_projects(&self, found: &mut Vec<ManifestSecret>) {
        let environments = self.world.projects.iter().flat_map(|p| &p.environments);
        for environment in environments.filter(|e| e.role == Role::Production) {
            for service in environment.services.iter().filter(|s| s.role == ServiceRole::App) {
                for entry in service.environment.iter().filter(|e| e.source == EntrySource::Compose) {
                    let Some(raw) = entry.raw.as_ref().filter(|r| !r.value.contains('$')) else { continue };
                    let text = Text { raw: raw.value.clone(), span: raw.span, via: None, maybe: false };
                    let Some(class) = judge(&entry.name.value, &text) else { continue };
                    found.push(ManifestSecret {
                        name: entry.name.value.clone(),
                        owner: service.name.value.clone(),
                        span: raw.span,
                        via: None,
                        class,
                        holder: Holder::Compose,
                        role: environment.role,
                    });
                }
            }
        }
    }
}

/// The class of `value`, when it is a secret that stands there.
fn judge(name: &str, value: &Text) -> Option<ValueClass> {
    let text = value.known()?.trim();
    if value.maybe || !is_secret_name(name) || names_another(name, text) || credentialed_url(text).is_some() {
        return None;
    }
    let last = name.rsplit(['_', '-', '.']).next().unwrap_or(name);
    let class = match classify(name, text) {
        ValueClass::Text if text.eq_ignore_ascii_case(name) || text.eq_ignore_ascii_case(last) => {
            return None;
        }
        // A short word in small letters is made for trying things out.
        ValueClass::Text
            if text.len() < 12 && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()) =>
        {
            ValueClass::Weak
        }
        ValueClass::Text if text.to_ascii_lowercase().contains("insecure") => ValueClass::Weak,
        class => class,
    };
    let counts = class.is_literal_secret() && class != ValueClass::Placeholder;
    (counts && !is_setting(text)).then_some(class)
}

/// `existingSecret: web-keys`, `passwordSecret: db`: the value says which object holds the secret.
fn names_another(name: &str, text: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let plain = text.chars().all(|c| c.is_ascii_lowercase() || matches!(c, '-' | '.' | '_'));
    let named = lower.ends_with("secret") || lower.ends_with("secretkey") || lower.ends_with("passwordkey");
    lower.starts_with("existing")
        || (named && plain && text.contains(['-', '_']))
        || lower == "secret" && plain
}

/// Truth values, numbers of a kind, paths and the names of other variables are no secrets.
fn is_setting(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["true", "false", "null", "none", "nil", "yes", "no", "on", "off", "disabled", "enabled"]
        .contains(&lower.as_str())
        || text.starts_with('/')
        || text.starts_with("./")
        || text.contains("://")
        || text.contains('\n') && !text.contains("PRIVATE KEY")
        || text.len() > 1 && text.chars().all(|c| c.is_ascii_uppercase() || c == '_')
        || text.contains(char::is_whitespace) && !text.contains("PRIVATE KEY")
        || [
            "your",
            "replace",
            "change",
            "insert",
            "example",
            "placeholder",
            "dummy",
            "xxx",
            "generate",
            "openssl",
        ]
        .iter()
        .any(|w| lower.contains(w))
}

fn walk(
    node: NodeRef<'_>,
    file: FileId,
    application: &Application,
    depth: usize,
    found: &mut Vec<ManifestSecret>,
) {
    if depth > 24 || found.len() > 5_000 {
        return;
    }
    for item in node.items() {
        walk(item, file, application, depth + 1, found);
    }
    for entry in node.entries() {
        walk(entry.value, file, application, depth + 1, found);
        let Some(scalar) = entry.value.as_scalar() else { continue };
        let range = inner(entry.value.range(), &scalar.text).0;
        let span = Span::new(file, range);
        let text = Text { raw: scalar.text.clone(), span, via: None, maybe: false };
        let Some(class) = judge(entry.key, &text) else { continue };
        let owner = application.label.clone();
        let (name, role) = (entry.key.to_owned(), application.role);
        found.push(ManifestSecret { name, owner, span, via: None, class, holder: Holder::Values, role });
    }
}
