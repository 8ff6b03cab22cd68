//! GitLab CI (its "CI/CD YAML syntax reference"): local `include`, `extends`, `!reference`, `default` and hidden jobs.

use std::collections::{BTreeMap, BTreeSet};

use crate::discover::kind::FileKind;
use crate::facts::artefact::{Artefact, ScriptedDocument};
use crate::source::{FileId, Span};
use crate::syntax::doc::NodeRef;
use crate::world::Located;
use crate::world::image::Tree;
use crate::world::image_reference::image_reference;
use crate::world::packages::normalise;

use super::model::{Job, Pipelines, ServiceContainer, Step, Trigger, Unknown, Workflow};
use super::resolve::{Frame, Resolver};
use super::scope::{Scope, is_known};

/// Most files that one pipeline includes.
const MAX_FILES: usize = 100;

/// Longest chain of `extends` and `!reference`.
const MAX_CHAIN: usize = 12;

/// Keys at the top that are no jobs.
const NO_JOBS: &[&str] = &[
    "default",
    "include",
    "stages",
    "variables",
    "workflow",
    "image",
    "services",
    "cache",
    "before_script",
    "after_script",
    "pages:deploy",
    "spec",
    "types",
];

/// A node and the file it stands in.
#[derive(Clone, Copy)]
struct Place<'a> {
    file: FileId,
    node: NodeRef<'a>,
    key: Span,
}

/// Reads the pipeline, if there is one.
pub(super) fn load(tree: Tree<'_>, pipelines: &mut Pipelines) {
    let start = tree.inventory.files.iter().position(|f| {
        f.kind == Some(FileKind::GitlabCi) && f.path.eq_ignore_ascii_case(".gitlab-ci.yml") && !f.above
    });
    let Some(file) = start.and_then(|at| u32::try_from(at).ok()).map(FileId) else { return };
    let mut loader = Loader { tree, keys: BTreeMap::new(), files: Vec::new(), unknown: Vec::new() };
    loader.include(file);
    loader.build(file, pipelines);
}

/// The paths that a pipeline includes from its own repository, relative to the root.
pub fn included_files(document: &ScriptedDocument) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for root in document.document.roots() {
        for include in root.get("include").iter().flat_map(|i| one_or_all(*i)) {
            let local =
                include.as_str().filter(|p| !p.contains("://")).or_else(|| include.get("local")?.as_str());
            found.extend(local.and_then(|path| normalise(path.trim_start_matches('/'))));
        }
    }
    found
}

/// The items of a list, or the one node.
fn one_or_all(node: NodeRef<'_>) -> Vec<NodeRef<'_>> {
    if node.is_sequence() { node.items().collect() } else { vec![node] }
}

struct Loader<'a> {
    tree: Tree<'a>,
    /// The top-level entries of all files; later ones first.
    keys: BTreeMap<&'a str, Vec<Place<'a>>>,
    files: Vec<FileId>,
    unknown: Vec<Unknown>,
}

impl<'a> Loader<'a> {
    fn document(&self, file: FileId) -> Option<&'a ScriptedDocument> {
        match self.tree.artefact(file) {
            Artefact::Scripted(document) => Some(document),
            _ => None,
        }
    }

    /// Takes in the entries of a file behind those that it includes.
    fn include(&mut self, file: FileId) {
        if self.files.contains(&file) || self.files.len() >= MAX_FILES {
            return;
        }
        self.files.push(file);
        let Some(document) = self.document(file) else { return };
        for root in document.document.roots() {
            for include in root.get("include").iter().flat_map(|i| one_or_all(*i)) {
                let span = Span::new(file, include.range());
                let local = include
                    .as_str()
                    .filter(|p| !p.contains("://"))
                    .or_else(|| include.get("local")?.as_str());
                match local.and_then(|path| normalise(path.trim_start_matches('/'))) {
                    Some(path) => match self.tree.file_at(&path).filter(|f| self.document(*f).is_some()) {
                        Some(found) => self.include(found),
                        None => self.unknown.push(Unknown { span, reason: format!("{path} is not read") }),
                    },
                    None => {
                        let reason = "a part of the pipeline is not in this repository".to_owned();
                        self.unknown.push(Unknown { span, reason });
                    }
                }
            }
            for entry in root.entries() {
                let key = Span::new(file, entry.key_range);
                self.keys.entry(entry.key).or_default().insert(0, Place { file, node: entry.value, key });
            }
        }
    }

    /// The mappings that make up a job, what wins first.
    fn layers(&self, name: &str, depth: usize) -> Vec<Place<'a>> {
        let mut found = Vec::new();
        for place in self.keys.get(name).into_iter().flatten() {
            found.push(*place);
        }
        if depth < MAX_CHAIN {
            let extends = found.iter().find_map(|p| p.node.get("extends"));
            let parents: Vec<&str> =
                extends.map(one_or_all).unwrap_or_default().into_iter().filter_map(|n| n.as_str()).collect();
            for parent in parents.into_iter().rev() {
                found.extend(self.layers(parent, depth + 1));
            }
        }
        found.truncate(64);
        found
    }

    /// What the layers say about `key`, else the defaults.
    fn get(&self, layers: &[Place<'a>], key: &str) -> Option<Place<'a>> {
        let at = |p: &Place<'a>| p.node.get(key).map(|node| Place { node, ..*p });
        let inherited = || {
            let default = self.keys.get("default").and_then(|d| d.iter().find_map(at));
            default.or_else(|| self.keys.get(key)?.first().copied())
        };
        let global = ["image", "services", "before_script", "after_script"];
        layers.iter().find_map(at).or_else(|| inherited().filter(|_| global.contains(&key)))
    }

    fn build(self, file: FileId, pipelines: &mut Pipelines) {
        let Some(root) = self.document(file).and_then(|d| d.document.root()) else { return };
        let workflow = pipelines.workflows.len();
        let stages = self.keys.get("stages").and_then(|s| s.first()).map(|p| p.node);
        let mut order: Vec<String> = vec![".pre".into()];
        match stages {
            Some(node) => order.extend(node.items().filter_map(|n| n.as_str().map(str::to_owned))),
            None => order.extend(["build", "test", "deploy"].map(str::to_owned)),
        }
        order.push(".post".into());
        let mut scope = Scope::default();
        for place in self.keys.get("variables").into_iter().flatten().rev() {
            variables(&mut scope, place.node);
        }
        let mut made: Vec<(usize, usize, Option<Vec<String>>, String)> = Vec::new();
        let names: Vec<&'a str> = self.keys.keys().copied().collect();
        for name in names {
            let layers = self.layers(name, 0);
            let is_job = !name.starts_with('.') && !NO_JOBS.contains(&name);
            let Some(first) = layers.first().filter(|p| is_job && p.node.is_mapping()).copied() else {
                continue;
            };
            let job = self.job(name, first, &layers, workflow, &scope);
            let stage = self.get(&layers, "stage").and_then(|p| p.node.as_str()).unwrap_or("test");
            let stage = order.iter().position(|s| s == stage).unwrap_or(1);
            let needs = self.get(&layers, "needs").map(|p| {
                let items = one_or_all(p.node).into_iter();
                items
                    .filter_map(|n| Some(n.as_str().or_else(|| n.get("job")?.as_str())?.to_owned()))
                    .collect()
            });
            made.push((pipelines.jobs.len(), stage, needs, name.to_owned()));
            pipelines.jobs.push(job);
        }
        // Without `needs`, a job waits for all earlier stages; jobs that may fail do not hold it up.
        for (at, stage, needs, _) in &made {
            let waits = |other: &(usize, usize, Option<Vec<String>>, String)| match needs {
                Some(names) => names.contains(&other.3),
                None => other.1 < *stage,
            };
            let found: Vec<usize> = made.iter().filter(|o| o.0 != *at && waits(o)).map(|o| o.0).collect();
            let held = |at: &usize| pipelines.jobs.get(*at).is_some_and(|j| !j.allow_failure);
            let found: Vec<usize> = found.into_iter().filter(held).collect();
            if let Some(job) = pipelines.jobs.get_mut(*at) {
                job.needs = found;
            }
        }
        pipelines.unknown.extend(self.unknown);
        let head = root.entries().first().map_or(root.range(), |e| e.key_range);
        pipelines.workflows.push(Workflow {
            file,
            name: "GitLab CI".into(),
            head: Span::new(file, head),
            triggers: vec![Trigger {
                event: "push".into(),
                branches: Vec::new(),
                tags: Vec::new(),
                on_paths: false,
                span: Span::new(file, head),
            }],
            jobs: made.iter().map(|m| m.0).collect(),
            after: Vec::new(),
        });
    }

    fn job(&self, name: &str, first: Place<'a>, layers: &[Place<'a>], workflow: usize, outer: &Scope) -> Job {
        let mut scope = outer.clone();
        for layer in layers.iter().rev() {
            if let Some(node) = layer.node.get("variables") {
                variables(&mut scope, node);
            }
        }
        let text = |p: Place<'a>, key: &str| {
            let node = if p.node.is_mapping() { p.node.get(key)? } else { p.node };
            node.as_str().map(|t| Located::new(scope.fill(t), Span::new(p.file, node.range())))
        };
        let find = |key: &str, name: &str| self.get(layers, key).and_then(|p| text(p, name));
        let failure = self.get(layers, "allow_failure");
        let mut job = Job {
            workflow,
            name: name.to_owned(),
            title: name.to_owned(),
            span: first.key,
            needs: Vec::new(),
            environment: find("environment", "name"),
            condition: find("when", "when"),
            services: Vec::new(),
            container: find("image", "name"),
            matrix: Vec::new(),
            steps: Vec::new(),
            allow_failure: failure.is_some_and(|p| p.node.as_bool() == Some(true)),
            unknown: Vec::new(),
        };
        if let Some(services) = self.get(layers, "services") {
            for node in services.node.items() {
                let image = node.get("name").filter(|_| node.is_mapping()).unwrap_or(node);
                let Some(written) = image.as_str() else { continue };
                let filled = scope.fill(written);
                let reference = image_reference(&filled);
                let alias = node.get("alias").and_then(|a| a.as_str());
                job.services.push(ServiceContainer {
                    name: alias.unwrap_or_else(|| reference.basename()).to_owned(),
                    image: Located::new(filled.clone(), Span::new(services.file, image.range())),
                    references: if is_known(&filled) { vec![reference] } else { Vec::new() },
                });
            }
        }
        if let Some(trigger) = self.get(layers, "trigger") {
            let span = Span::new(trigger.file, trigger.node.range());
            job.unknown.push(Unknown {
                span,
                reason: "a pipeline that is started from here is not followed".into(),
            });
        }
        let mut frame = Frame { scope: scope.clone(), folder: Some(String::new()), ..Frame::default() };
        for key in ["before_script", "script", "after_script"] {
            let Some(place) = self.get(layers, key) else { continue };
            let mut step = Step { name: key.to_owned(), scope: scope.clone(), ..Step::default() };
            let mut resolver = Resolver::new(self.tree);
            self.scripts(place, &mut resolver, &mut frame, 0);
            step.commands = resolver.out;
            job.unknown.extend(resolver.unknown);
            job.steps.push(step);
        }
        job
    }

    /// Follows the lines of a script, `!reference` and nested lists included.
    fn scripts(&self, place: Place<'a>, resolver: &mut Resolver<'a>, frame: &mut Frame, depth: usize) {
        let node = place.node;
        if depth > MAX_CHAIN {
            return;
        }
        if node.tag() == Some("!reference") {
            let path: Vec<&str> = node.items().filter_map(|n| n.as_str()).collect();
            if let [job, key] = path.as_slice() {
                let layers = self.layers(job, 0);
                match self.get(&layers, key) {
                    Some(found) => self.scripts(found, resolver, frame, depth + 1),
                    None => {
                        resolver.unknown(Span::new(place.file, node.range()), "the reference leads nowhere")
                    }
                }
            }
            return;
        }
        if node.is_sequence() {
            for node in node.items() {
                self.scripts(Place { node, ..place }, resolver, frame, depth + 1);
            }
            return;
        }
        if let Some(script) = self.document(place.file).and_then(|d| d.script(node.range())) {
            resolver.script(script, place.file, frame);
        }
    }
}

fn variables(scope: &mut Scope, node: NodeRef<'_>) {
    for entry in node.entries() {
        if let Some(value) = entry.value.as_str().or_else(|| entry.value.get("value")?.as_str()) {
            scope.set(entry.key, value);
        }
    }
}
