//! Services: runnable targets, what kind of program each is, and which code it reaches.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::discover::role::Role;
use crate::facts::code::Language;
use crate::knowledge::{Concept, Tables};
use crate::source::FileId;

use super::code::{CodeWorld, FunctionRef};
use super::packages::{Package, PackageId};
use super::reach::{CallGraph, Step, chain};

/// Position of a service in [`super::World::services`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServiceId(pub usize);

/// What kind of program a runnable target is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceKind {
    /// Answers requests.
    Web,
    /// Takes work from a queue or runs for ever without answering requests.
    Worker,
    /// Starts timed work.
    Scheduler,
    /// One-off tasks of a service.
    Admin,
    /// A program for a person at a terminal.
    Cli,
    /// A program with windows.
    Desktop,
    /// No program.
    Library,
    /// A compiler plug-in.
    ProcMacro,
    /// Helps to build others.
    BuildTool,
    /// A stateful system that others attach.
    Backing,
    /// Helps to test others.
    TestSupport,
}

impl ServiceKind {
    /// The name in outputs and config.
    pub fn slug(self) -> &'static str {
        match self {
            ServiceKind::Web => "web",
            ServiceKind::Worker => "worker",
            ServiceKind::Scheduler => "scheduler",
            ServiceKind::Admin => "admin",
            ServiceKind::Cli => "cli",
            ServiceKind::Desktop => "desktop",
            ServiceKind::Library => "library",
            ServiceKind::ProcMacro => "proc-macro",
            ServiceKind::BuildTool => "build-tool",
            ServiceKind::Backing => "backing",
            ServiceKind::TestSupport => "test-support",
        }
    }

    /// True for programs that the platform keeps running.
    pub fn is_long_running(self) -> bool {
        matches!(self, ServiceKind::Web | ServiceKind::Worker | ServiceKind::Scheduler)
    }
}

/// Why the kind of a service was chosen, when the config says it.
pub const DECLARED: &str = "declared in the config";

impl Service {
    /// True for what is judged by the factors: programs that the platform runs, one-off tasks among them, and systems
    /// that the config declares to be backing services.
    pub fn is_judged(&self) -> bool {
        let declared = self.kind == ServiceKind::Backing && self.kind_reason == DECLARED;
        self.kind.is_long_running() || self.kind == ServiceKind::Admin || declared
    }
}

/// A runnable target.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name, unique in the tree.
    pub name: String,
    /// What kind of program it is.
    pub kind: ServiceKind,
    /// Why the kind was chosen, in words.
    pub kind_reason: String,
    /// Its folder, relative to the root.
    pub folder: String,
    /// The package that holds its binary.
    pub package: Option<PackageId>,
    /// Its binary's name.
    pub binary: Option<String>,
    /// The Dockerfile of its image, for a service that is known by its image alone.
    pub image: Option<FileId>,
    /// Its `main`.
    pub entry: Option<FunctionRef>,
    /// What `main` reaches.
    pub reached: BTreeMap<FunctionRef, Step>,
    /// What it reaches when it serves: arms of other subcommands left out.
    pub serving: BTreeMap<FunctionRef, Step>,
    /// The subcommands that do not lead to a server start, when some do.
    pub other_arms: BTreeSet<String>,
    /// The packages whose code it is built from, its own included.
    pub packages: BTreeSet<PackageId>,
    /// What the dependencies of its package say about it: `desktop`, `cli`, `server`, `serverless`, `wasm`.
    pub dependency_roles: BTreeSet<String>,
    /// Client libraries of backing services among the dependencies of its packages, by the tables.
    pub clients: BTreeSet<String>,
    /// An image, Procfile or workload of this tree starts it.
    pub shipped: bool,
}

/// The services of the Rust packages. `shipped` names binaries that an artefact of the tree starts.
pub fn rust_services(
    code: &CodeWorld,
    graph: &CallGraph,
    packages: &[Package],
    tables: &Tables,
    shipped: &BTreeSet<String>,
) -> Vec<Service> {
    let known_clients = known_clients(tables);
    let mut services = Vec::new();
    for (position, package) in packages.iter().enumerate() {
        for binary in &package.binaries {
            let id = PackageId(position);
            let entry = entry_of(code, &binary.path);
            // `check src`: the manifest lies above, the program itself does not.
            if package.above && entry.is_none() {
                continue;
            }
            let mut service = Service {
                name: binary.name.clone(),
                kind: ServiceKind::Cli,
                kind_reason: String::new(),
                folder: package.folder.clone(),
                package: Some(id),
                binary: Some(binary.name.clone()),
                image: None,
                entry,
                reached: entry.map(|e| graph.reach(e, &|_, _| true)).unwrap_or_default(),
                serving: BTreeMap::new(),
                other_arms: BTreeSet::new(),
                packages: closure(id, packages),
                dependency_roles: dependency_roles(package, tables),
                clients: clients(&closure(id, packages), packages, &known_clients),
                shipped: shipped.contains(&binary.name),
            };
            (service.serving, service.other_arms) = serving(code, graph, &service);
            (service.kind, service.kind_reason) = kind_of(code, package, &service, packages, tables);
            services.push(service);
        }
    }
    services
}

fn dependency_roles(package: &Package, tables: &Tables) -> BTreeSet<String> {
    let normal = package.manifest.dependencies.iter();
    normal
        .filter(|d| d.kind == crate::facts::manifest::DependencyKind::Normal)
        .filter_map(|d| tables.dependency_role(Language::Rust, d.package_name()))
        .map(str::to_owned)
        .collect()
}

/// Crates that connect to backing services, by the tables.
fn known_clients(tables: &Tables) -> BTreeSet<&str> {
    let rows = tables.rows().iter().filter(|r| {
        let embedded = r.set.get("service").is_some_and(|s| s == "sqlite");
        r.concept == Concept::ConnectionSink && !embedded && r.table.starts_with("rust/")
    });
    let crates = rows.flat_map(|r| {
        let name = r.name.split("::").next().unwrap_or("");
        name.trim_matches(['{', '}', '?', '*', '.']).split(',')
    });
    crates.filter(|c| !c.is_empty() && c.chars().all(|c| c.is_alphanumeric() || c == '_')).collect()
}

/// Those of `known` that some of `own` depend on.
fn clients(own: &BTreeSet<PackageId>, packages: &[Package], known: &BTreeSet<&str>) -> BTreeSet<String> {
    let dependencies = own.iter().filter_map(|id| packages.get(id.0)).flat_map(|p| &p.manifest.dependencies);
    dependencies
        .filter(|d| d.kind == crate::facts::manifest::DependencyKind::Normal)
        .filter(|d| known.contains(d.package_name().replace('-', "_").as_str()))
        .map(|d| d.package_name().to_owned())
        .collect()
}

fn entry_of(code: &CodeWorld, path: &str) -> Option<FunctionRef> {
    let at = code.files.iter().position(|f| f.path == path)?;
    let functions = &code.files.get(at)?.facts.functions;
    // Rocket's `#[launch]` makes a `main` of the function that it marks.
    let launched = |f: &crate::facts::code::Function| f.attributes.iter().any(|a| a.last() == "launch");
    let main = functions
        .iter()
        .position(|f| f.name.value == "main" && f.container.is_empty())
        .or_else(|| functions.iter().position(launched))?;
    Some(FunctionRef { file: at, function: u32::try_from(main).ok()? })
}

/// `package` and all packages its normal path dependencies lead to.
fn closure(package: PackageId, packages: &[Package]) -> BTreeSet<PackageId> {
    let mut seen = BTreeSet::from([package]);
    let mut queue = vec![package];
    while let Some(at) = queue.pop() {
        for (_, next) in packages.get(at.0).map(|p| p.local_dependencies.as_slice()).unwrap_or_default() {
            if seen.insert(*next) {
                queue.push(*next);
            }
        }
    }
    seen
}

/// What the program reaches on the way to its server starts; all it reaches when it starts none.
/// With it the subcommands that start none.
fn serving(
    code: &CodeWorld,
    graph: &CallGraph,
    service: &Service,
) -> (BTreeMap<FunctionRef, Step>, BTreeSet<String>) {
    let Some(entry) = service.entry else { return Default::default() };
    let subcommands = subcommands(code, service);
    let mut serve_arms = BTreeSet::new();
    let mut starts = false;
    for target in service.reached.keys() {
        let Some(file) = code.files.get(target.file) else { continue };
        let here = file.events.iter().filter(|e| {
            e.concept == Concept::ServerStart && e.function == Some(target.function) && !e.scope.test
        });
        for event in here {
            starts = true;
            let steps = chain(&service.reached, *target);
            let calls = steps.iter().filter_map(|(f, call)| code.call(f.file, *call));
            let own = event.call.and_then(|c| code.call(target.file, c));
            serve_arms.extend(calls.chain(own).flat_map(|c| c.arms.iter().cloned()));
        }
    }
    if !starts {
        return (service.reached.clone(), BTreeSet::new());
    }
    let other: BTreeSet<String> = subcommands.difference(&serve_arms).cloned().collect();
    let serving = graph.reach(entry, &|from, call| {
        let Some(call) = code.call(from.file, call) else { return true };
        !call.arms.iter().any(|arm| other.contains(arm))
    });
    (serving, other)
}

/// Variants of the subcommand enums (clap's `Subcommand`, or any enum of that name) of a service's packages.
fn subcommands(code: &CodeWorld, service: &Service) -> BTreeSet<String> {
    let files = code.files.iter().filter(|f| f.package.is_some_and(|p| service.packages.contains(&p)));
    files
        .flat_map(|f| &f.facts.types)
        .filter(|t| {
            let derived = t
                .attributes
                .iter()
                .any(|a| matches!(a.last(), "Subcommand" | "StructOpt" | "Parser" | "Clap" | "FromArgs"));
            derived
                || matches!(
                    t.name.value.as_str(),
                    "Command" | "Commands" | "Cmd" | "Subcommand" | "SubCommand"
                )
        })
        .flat_map(|t| t.fields.iter().map(|f| f.value.clone()))
        .collect()
}

fn kind_of(
    code: &CodeWorld,
    package: &Package,
    service: &Service,
    packages: &[Package],
    tables: &Tables,
) -> (ServiceKind, String) {
    let name = package.name.to_ascii_lowercase();
    let test_like = [
        "-test",
        "-tests",
        "-testing",
        "_test",
        "_tests",
        "-tester",
        "_tester",
        "testkit",
        "test-support",
        "-mock",
        "-fakes",
        "-bench",
        "-utils",
        "-tools",
        "-tester",
        "_tester",
        "xtask",
    ];
    if package.role != Role::Production
        || test_like.iter().any(|suffix| name.ends_with(suffix))
        || name == "xtask"
    {
        let kind = if name.contains("xtask") { ServiceKind::BuildTool } else { ServiceKind::TestSupport };
        return (kind, format!("the package `{}` is for tests, examples or builds", package.name));
    }
    let events = |concept: Concept| {
        service.serving.keys().any(|f| {
            code.files.get(f.file).is_some_and(|file| {
                file.events.iter().any(|e| {
                    e.concept == concept
                        && e.function == Some(f.function)
                        && !e.scope.test
                        && !e.scope.conditional
                })
            })
        })
    };
    if events(Concept::ServerStart) {
        return (ServiceKind::Web, "its `main` reaches a server start".into());
    }
    let consumes = events(Concept::QueueConsumer);
    if consumes && (service.shipped || !service.dependency_roles.contains("cli")) {
        return (ServiceKind::Worker, "its `main` takes work from a queue".into());
    }
    let role = |wanted: &str| {
        let normal = package
            .manifest
            .dependencies
            .iter()
            .filter(|d| d.kind == crate::facts::manifest::DependencyKind::Normal);
        normal
            .map(|d| d.package_name())
            .find(|d| tables.dependency_role(Language::Rust, d) == Some(wanted))
            .map(str::to_owned)
    };
    if let Some(dependency) = role("desktop") {
        return (ServiceKind::Desktop, format!("it depends on `{dependency}`"));
    }
    // Beside a library, or as one of several, a binary may well be a tool that shares the dependencies.
    let alone = package.binaries.len() == 1 && package.library.is_none();
    if let Some(dependency) = role("serverless") {
        return (ServiceKind::Web, format!("it depends on `{dependency}`"));
    }
    if let Some(dependency) = role("server").filter(|_| alone) {
        return (ServiceKind::Web, format!("it depends on `{dependency}`"));
    }
    let through_local = service.packages.iter().filter_map(|p| packages.get(p.0)).any(|p| {
        p.manifest
            .dependencies
            .iter()
            .any(|d| tables.dependency_role(Language::Rust, d.package_name()) == Some("server"))
    });
    if service.shipped && through_local {
        return (
            ServiceKind::Web,
            "an artefact starts it, and its workspace brings a server framework".into(),
        );
    }
    if let Some(dependency) = role("cli") {
        return (ServiceKind::Cli, format!("it depends on `{dependency}` and starts no server"));
    }
    if service.shipped {
        return (ServiceKind::Worker, "an artefact starts it, and it starts no server".into());
    }
    (ServiceKind::Cli, "nothing starts it, and it starts no server".into())
}
