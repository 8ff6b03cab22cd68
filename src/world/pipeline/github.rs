//! Workflows of GitHub Actions (its "Workflow syntax" and "Metadata syntax" references), called workflows and actions
//! of the repository put in their place.

use std::collections::BTreeMap;

use crate::discover::kind::{FileKind, ci_system};
use crate::facts::artefact::{Artefact, ScriptedDocument};
use crate::source::{FileId, Span};
use crate::syntax::doc::NodeRef;
use crate::world::Located;
use crate::world::image::Tree;
use crate::world::image_reference::image_reference;
use crate::world::packages::{join, normalise};

use super::matrix::legs;
use super::model::{ActionUse, Job, Pipelines, ServiceContainer, Step, Trigger, Workflow};
use super::resolve::{Frame, Resolver};
use super::scope::{Scope, is_known};

/// How deep workflows may call workflows, and actions actions.
const DEPTH: usize = 6;

/// Most jobs that calls may multiply to.
const MAX_JOBS: usize = 2_000;

/// Reads all workflows.
pub(super) fn load(tree: Tree<'_>, pipelines: &mut Pipelines) {
    let mut loader = Loader { tree, pipelines, called: Vec::new() };
    let files: Vec<FileId> = loader.files().collect();
    // Workflows that are only called are read where they are called; what nobody calls is read by itself.
    let (callable, started): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|file| loader.root(*file).is_some_and(|r| only_called(r)));
    for file in started {
        loader.workflow(file);
    }
    for file in callable {
        if !loader.called.contains(&file) {
            loader.workflow(file);
        }
    }
}

fn only_called(root: NodeRef<'_>) -> bool {
    let events = triggers(root, FileId(0));
    !events.is_empty() && events.iter().all(|t| t.event == "workflow_call")
}

struct Loader<'a, 'p> {
    tree: Tree<'a>,
    pipelines: &'p mut Pipelines,
    called: Vec<FileId>,
}

/// What a call hands to a workflow.
#[derive(Clone, Default)]
struct Call {
    scope: Scope,
    prefix: String,
    via: Vec<Span>,
    needs: Vec<usize>,
    depth: usize,
}

impl<'a> Loader<'a, '_> {
    fn files(&self) -> impl Iterator<Item = FileId> + use<'a> {
        let files = self.tree.inventory.files.iter().enumerate();
        let wanted = files.filter(|(_, f)| f.kind == Some(FileKind::GithubWorkflow) && !f.above);
        wanted.filter_map(|(at, _)| u32::try_from(at).ok()).map(FileId)
    }

    fn document(&self, file: FileId) -> Option<&'a ScriptedDocument> {
        match self.tree.artefact(file) {
            Artefact::Scripted(document) => Some(document),
            _ => None,
        }
    }

    fn root(&self, file: FileId) -> Option<NodeRef<'a>> {
        self.document(file)?.document.root().filter(NodeRef::is_mapping)
    }

    fn workflow(&mut self, file: FileId) {
        let Some(root) = self.root(file) else { return };
        let path = self.tree.path(file);
        let at = self.pipelines.workflows.len();
        let head = entry_of(root, &["on", "true"]).map_or(root.range(), |e| e.key_range);
        let after = root.get_path(&["on", "workflow_run", "workflows"]);
        self.pipelines.workflows.push(Workflow {
            file,
            name: root.get("name").and_then(|n| n.as_str()).unwrap_or(path).to_owned(),
            head: Span::new(file, head),
            triggers: triggers(root, file),
            jobs: Vec::new(),
            after: texts(after),
        });
        debug_assert!(ci_system(path).is_some());
        let jobs = self.jobs(file, at, &Call::default());
        if let Some(workflow) = self.pipelines.workflows.get_mut(at) {
            workflow.jobs = jobs;
        }
    }

    /// Reads the jobs of a workflow; gives their positions.
    fn jobs(&mut self, file: FileId, workflow: usize, call: &Call) -> Vec<usize> {
        let Some(root) = self.root(file) else { return Vec::new() };
        let mut scope = call.scope.clone();
        environment(&mut scope, root.get("env"));
        let defaults = root.get_path(&["defaults", "run"]);
        let mut made: Vec<usize> = Vec::new();
        // A key stands for one job, or for those of the workflow it calls.
        let mut by_key: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut wanted: Vec<(usize, Vec<String>)> = Vec::new();
        for entry in root.get("jobs").iter().flat_map(NodeRef::entries) {
            if self.pipelines.jobs.len() >= MAX_JOBS {
                break;
            }
            let node = entry.value;
            let needs = texts(node.get("needs"));
            let span = Span::new(file, entry.key_range);
            let name = format!("{}{}", call.prefix, entry.key);
            let mut positions = Vec::new();
            if let Some(uses) = node.get("uses") {
                positions = self.call(uses, node, workflow, &name, file, &scope, call);
            }
            if positions.is_empty() {
                let job = self.job(file, node, workflow, name, span, &scope, defaults, call);
                positions.push(self.pipelines.jobs.len());
                self.pipelines.jobs.push(job);
            }
            wanted.extend(positions.iter().map(|at| (*at, needs.clone())));
            made.extend(&positions);
            by_key.insert(entry.key, positions);
        }
        for (at, needs) in wanted {
            let positions: Vec<usize> =
                needs.iter().filter_map(|n| by_key.get(n.as_str())).flatten().copied().collect();
            if let Some(job) = self.pipelines.jobs.get_mut(at) {
                job.needs.extend(positions);
                job.needs.extend(&call.needs);
                job.needs.sort_unstable();
                job.needs.dedup();
                job.needs.retain(|n| *n != at);
            }
        }
        made
    }

    /// The jobs of the workflow that a job calls; empty where it is not in this repository.
    #[expect(clippy::too_many_arguments, reason = "one call of a workflow needs both of its ends")]
    fn call(
        &mut self,
        uses: NodeRef<'a>,
        node: NodeRef<'a>,
        workflow: usize,
        name: &str,
        file: FileId,
        scope: &Scope,
        call: &Call,
    ) -> Vec<usize> {
        let path = uses.as_str().and_then(|u| u.strip_prefix("./")).and_then(normalise);
        let Some(target) = path.and_then(|p| self.tree.file_at(&p)).filter(|_| call.depth < DEPTH) else {
            return Vec::new();
        };
        self.called.push(target);
        let mut inner = Scope::default();
        let declared = self.root(target).and_then(|r| {
            r.get_path(&["on", "workflow_call", "inputs"])
                .or_else(|| r.get_path(&["true", "workflow_call", "inputs"]))
        });
        inputs(&mut inner, declared, node.get("with"), scope);
        let mut via = call.via.clone();
        via.push(Span::new(file, uses.range()));
        let inner = Call {
            scope: inner,
            prefix: format!("{name} / "),
            via,
            needs: Vec::new(),
            depth: call.depth + 1,
        };
        self.jobs(target, workflow, &inner)
    }

    #[expect(clippy::too_many_arguments, reason = "what surrounds a job comes from three levels")]
    fn job(
        &mut self,
        file: FileId,
        node: NodeRef<'a>,
        workflow: usize,
        name: String,
        span: Span,
        outer: &Scope,
        defaults: Option<NodeRef<'a>>,
        call: &Call,
    ) -> Job {
        let mut scope = outer.clone();
        let strategy = node.get("strategy");
        let matrix = strategy.and_then(|s| s.get("matrix"));
        let legs = matrix.map(|m| legs(m, &scope)).unwrap_or_default();
        // What every combination agrees on is known.
        for (key, value) in legs.first().into_iter().flatten() {
            if legs.iter().all(|leg| leg.get(key) == Some(value)) {
                scope.define(&format!("matrix.{key}"), value);
            }
        }
        environment(&mut scope, node.get("env"));
        let text =
            |n: NodeRef<'a>| n.as_str().map(|t| Located::new(scope.fill(t), Span::new(file, n.range())));
        let named = |n: Option<NodeRef<'a>>, key: &str| n.and_then(|n| text(n).or_else(|| text(n.get(key)?)));
        let mut job = Job {
            workflow,
            title: node.get("name").and_then(|n| n.as_str()).unwrap_or(&name).to_owned(),
            name,
            span,
            needs: Vec::new(),
            environment: named(node.get("environment"), "name"),
            condition: named(node.get("if"), "if"),
            services: Vec::new(),
            container: named(node.get("container"), "image"),
            steps: Vec::new(),
            allow_failure: node.get("continue-on-error").and_then(|n| n.as_bool()) == Some(true),
            unknown: Vec::new(),
            matrix: legs,
        };
        for entry in node.get("services").iter().flat_map(NodeRef::entries) {
            job.services.extend(service(entry.key, entry.value, file, &scope, &job.matrix));
        }
        if let Some(uses) = node.get("uses") {
            let reason =
                format!("{} is not in this repository", uses.as_str().unwrap_or("the called workflow"));
            job.unknown.push(super::model::Unknown { span: Span::new(file, uses.range()), reason });
        }
        let run = node.get_path(&["defaults", "run"]);
        let default = |key: &str| {
            let own = run.and_then(|r| r.get(key)).or_else(|| defaults?.get(key));
            own.and_then(|n| n.as_str())
        };
        let context = StepContext {
            file,
            folder: default("working-directory").map(str::to_owned),
            shell: default("shell").map(str::to_owned),
            legs: job.matrix.clone(),
            via: call.via.clone(),
            depth: 0,
        };
        let steps = node.get("steps");
        self.steps(steps, &scope, &context, &mut job);
        job
    }

    fn steps(&mut self, steps: Option<NodeRef<'a>>, scope: &Scope, context: &StepContext, job: &mut Job) {
        for node in steps.iter().flat_map(NodeRef::items) {
            let mut scope = scope.clone();
            environment(&mut scope, node.get("env"));
            let title = node.get("name").and_then(|n| n.as_str()).map(|n| scope.fill(n));
            let mut step = Step {
                name: title.unwrap_or_default(),
                id: node.get("id").and_then(|n| n.as_str()).map(str::to_owned),
                condition: node.get("if").and_then(|n| n.as_str()).map(str::to_owned),
                allow_failure: node.get("continue-on-error").and_then(|n| n.as_bool()) == Some(true),
                scope: scope.clone(),
                ..Step::default()
            };
            if let Some(uses) = node.get("uses") {
                self.action(uses, node, &mut step, &scope, context, job);
            }
            for key in ["run", "with"] {
                let Some(value) = node.get(key) else { continue };
                self.commands(value, node, &mut step, context, job);
            }
            job.steps.push(step);
        }
    }

    /// The commands of `run`, or of an input that a shell runs.
    fn commands(
        &self,
        value: NodeRef<'a>,
        node: NodeRef<'a>,
        step: &mut Step,
        context: &StepContext,
        job: &mut Job,
    ) {
        let Some(document) = self.document(context.file) else { return };
        let shell = node.get("shell").and_then(|n| n.as_str()).or(context.shell.as_deref()).unwrap_or("bash");
        if ["python", "node", "perl", "deno"].iter().any(|s| shell.starts_with(s)) {
            return;
        }
        let own = node.get("working-directory").and_then(|n| n.as_str());
        let folder = own.or(context.folder.as_deref()).unwrap_or("");
        let is_ssh = step.action.as_ref().is_some_and(|a| a.name.contains("ssh"));
        let inside = value.range();
        for (range, script) in document.scripts.iter().filter(|(range, _)| inside.contains(*range)) {
            let text = value.as_str().unwrap_or("matrix");
            // Each combination of the matrix runs its own text.
            let varies = text.contains("matrix") && context.legs.len() > 1;
            let scopes = match varies {
                true => context.legs.iter().take(32).map(|leg| with_leg(&step.scope, leg)).collect(),
                false => vec![step.scope.clone()],
            };
            for scope in scopes {
                let mut resolver = Resolver::new(self.tree);
                let folder = scope.fill(folder);
                let frame = Frame {
                    folder: is_known(&folder).then(|| normalise(&folder)).flatten().filter(|_| !is_ssh),
                    scope,
                    via: context.via.clone(),
                    remote: is_ssh,
                    ..Frame::default()
                };
                resolver.script(script, context.file, &frame);
                for command in resolver.out {
                    let known = step.commands.iter().any(|c| {
                        c.command.span == command.command.span && c.command.texts() == command.command.texts()
                    });
                    if !known {
                        step.commands.push(command);
                    }
                }
                job.unknown.extend(
                    resolver.unknown.into_iter().filter(|u| !job.unknown.contains(u)).collect::<Vec<_>>(),
                );
            }
            let _ = range;
        }
    }

    fn action(
        &mut self,
        uses: NodeRef<'a>,
        node: NodeRef<'a>,
        step: &mut Step,
        scope: &Scope,
        context: &StepContext,
        job: &mut Job,
    ) {
        let Some(text) = uses.as_str() else { return };
        let span = Span::new(context.file, uses.range());
        let (name, version) = text.split_once('@').unwrap_or((text, ""));
        let inputs_given = node.get("with");
        let with = inputs_given.iter().flat_map(NodeRef::entries).filter_map(|e| {
            let value = e.value.as_str()?;
            Some((
                e.key.to_owned(),
                Located::new(scope.fill(value), Span::new(context.file, e.value.range())),
            ))
        });
        step.action = Some(ActionUse {
            name: name.to_owned(),
            version: version.to_owned(),
            span,
            with: with.collect(),
        });
        if name.ends_with("/bake-action") {
            let reason = "the targets of bake are not followed".to_owned();
            job.unknown.push(super::model::Unknown { span, reason });
        }
        let Some(folder) = name.strip_prefix("./").and_then(normalise) else { return };
        let found = ["action.yml", "action.yaml"].iter().find_map(|f| self.tree.file_at(&join(&folder, f)));
        let root = found.and_then(|f| Some((f, self.root(f)?)));
        let Some((file, root)) = root.filter(|_| context.depth < DEPTH) else {
            let reason = format!("the action {text} is not in this checkout");
            job.unknown.push(super::model::Unknown { span, reason });
            return;
        };
        if root.get_path(&["runs", "using"]).and_then(|n| n.as_str()) != Some("composite") {
            let reason = format!("the action {text} is a program");
            job.unknown.push(super::model::Unknown { span, reason });
            return;
        }
        let mut inner = Scope { environment: scope.environment.clone(), expressions: BTreeMap::new() };
        inputs(&mut inner, root.get("inputs"), node.get("with"), scope);
        let mut via = context.via.clone();
        via.push(span);
        let context =
            StepContext { file, folder: None, shell: None, legs: Vec::new(), via, depth: context.depth + 1 };
        self.steps(root.get_path(&["runs", "steps"]), &inner, &context, job);
    }
}

struct StepContext {
    file: FileId,
    folder: Option<String>,
    shell: Option<String>,
    legs: Vec<BTreeMap<String, String>>,
    via: Vec<Span>,
    depth: usize,
}

/// The scope with the values of one combination of the matrix.
fn with_leg(scope: &Scope, leg: &BTreeMap<String, String>) -> Scope {
    let mut scope = scope.clone();
    for (key, value) in leg {
        scope.define(&format!("matrix.{key}"), value);
    }
    scope
}

fn entry_of<'a>(root: NodeRef<'a>, keys: &[&str]) -> Option<crate::syntax::doc::EntryRef<'a>> {
    keys.iter().find_map(|key| root.entry(key))
}

/// The events that start a workflow. YAML 1.1 readers turn the key `on` into `true`.
fn triggers(root: NodeRef<'_>, file: FileId) -> Vec<Trigger> {
    let Some(on) = entry_of(root, &["on", "true"]).map(|e| e.value) else { return Vec::new() };
    let bare = |event: &str, span| Trigger {
        event: event.to_owned(),
        branches: Vec::new(),
        tags: Vec::new(),
        on_paths: false,
        span: Span::new(file, span),
    };
    if let Some(event) = on.as_str() {
        return vec![bare(event, on.range())];
    }
    let mut found: Vec<Trigger> = on.items().filter_map(|n| Some(bare(n.as_str()?, n.range()))).collect();
    for entry in on.entries() {
        found.push(Trigger {
            branches: texts(entry.value.get("branches")),
            tags: texts(entry.value.get("tags")),
            on_paths: entry.value.get("paths").is_some(),
            ..bare(entry.key, entry.key_range)
        });
    }
    found
}

/// A text, or a list of texts.
fn texts(node: Option<NodeRef<'_>>) -> Vec<String> {
    let Some(node) = node else { return Vec::new() };
    let one = node.as_str().map(str::to_owned);
    one.into_iter().chain(node.items().filter_map(|n| n.as_str().map(str::to_owned))).collect()
}

fn environment(scope: &mut Scope, node: Option<NodeRef<'_>>) {
    for entry in node.iter().flat_map(NodeRef::entries) {
        if let Some(value) = entry.value.as_str() {
            scope.set(entry.key, value);
        }
    }
}

/// The inputs of a called workflow or action: what the caller says, else the default.
fn inputs(inner: &mut Scope, declared: Option<NodeRef<'_>>, with: Option<NodeRef<'_>>, outer: &Scope) {
    for entry in declared.iter().flat_map(NodeRef::entries) {
        if let Some(value) = entry.value.get("default").and_then(|d| d.as_str()) {
            inner.define(&format!("inputs.{}", entry.key), value);
        }
    }
    for entry in with.iter().flat_map(NodeRef::entries) {
        if let Some(value) = entry.value.as_str() {
            inner.define(&format!("inputs.{}", entry.key), &outer.fill(value));
        }
    }
}

/// A container beside a job, with the images that the matrix gives it.
fn service(
    name: &str,
    node: NodeRef<'_>,
    file: FileId,
    scope: &Scope,
    legs: &[BTreeMap<String, String>],
) -> Option<ServiceContainer> {
    let image = node.get("image").filter(|i| i.as_str().is_some()).unwrap_or(node);
    let written = image.as_str()?;
    let mut references = Vec::new();
    let scopes: Vec<Scope> = match legs {
        [] => vec![scope.clone()],
        legs => legs.iter().map(|leg| with_leg(scope, leg)).collect(),
    };
    for scope in scopes {
        let filled = scope.fill(written);
        let reference = image_reference(&filled);
        if is_known(&filled) && !filled.is_empty() && !references.contains(&reference) {
            references.push(reference);
        }
    }
    Some(ServiceContainer {
        name: name.to_owned(),
        image: Located::new(scope.fill(written), Span::new(file, image.range())),
        references,
    })
}
