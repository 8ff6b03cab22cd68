//! Which compose files make up a project, and which sets of them are started together.
//!
//! The default file of a folder (`compose.yaml`, else `compose.yml`, `docker-compose.yml`, `docker-compose.yaml`)
//! with its override file is the environment `default`: what `docker compose up` starts. Where an override exists
//! and no other file of the folder stands for production, the default file alone is an environment too (`base`),
//! because that is what gets deployed with `-f`.
//!
//! Every other file of the folder is an environment of its own, alone or over a base. It is taken alone when Compose
//! could start it alone (every service has an image or build, and all services, networks, volumes, secrets and
//! configs that it uses are declared in it) and it is more than an override: it names a service the base lacks, or
//! it defines all of the base's services (more than one, or a single one with `build` again), or it declares a
//! network or volume of the base again, or there is no base.
//! Else it is merged over the base without the override. The base is the default file; without one, the only file
//! called `base`, `common` or the like, or the file whose name has the most of this one's parts between dots and no
//! other (`docker-compose.mysql.yml` for `docker-compose.e2e.mysql.yml`).
//!
//! A file that another one includes is no environment of its own; nor is one that others extend and that is called
//! `base`, `common` or the like, or has no name of a compose file.

use std::collections::{BTreeMap, BTreeSet};

use super::load::{Loader, include_paths, tree_of};
use super::model::{ComposeEnvironment, ComposeProject, ServiceRole};
use super::tree::{Member, Tree, Value};
use super::{ComposeFile, EnvFiles, read};
use crate::discover::role::Role;
use crate::source::FileId;
use crate::syntax::doc::Parsed;
use crate::world::backing::{ImageClass, image_kind};
use crate::world::packages::{folder_of, join, normalise};

/// Names of default files, the one that wins first.
const DEFAULTS: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

/// Words that name a file others build on.
const BASE_WORDS: [&str; 9] =
    ["base", "common", "shared", "core", "services", "template", "templates", "defaults", "extends"];

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A compose file.
    Current,
    /// A compose file of version 1: services at the top level.
    VersionOne,
    /// Something else.
    None,
}

/// What the document `tree` is.
pub(super) fn shape(tree: &Tree) -> Shape {
    let has = |key: &str| tree.member(key).is_some();
    if has("apiVersion") || has("kind") || has("jobs") || has("on") {
        return Shape::None;
    }
    if ["services", "include", "networks", "volumes", "configs", "secrets"].iter().any(|key| has(key)) {
        return Shape::Current;
    }
    let is_service =
        |m: &Member| ["image", "build", "extends"].iter().any(|key| m.tree.member(key).is_some());
    if !tree.members().is_empty() && tree.members().iter().all(is_service) {
        Shape::VersionOne
    } else {
        Shape::None
    }
}

/// A compose file as grouping sees it.
struct Entry {
    at: usize,
    folder: String,
    name: String,
    words: Vec<String>,
    parts: Vec<String>,
    tree: Tree,
    includes: BTreeSet<usize>,
    extends: BTreeSet<usize>,
}

/// The paths, relative to the root, of the files that the compose file at `path` extends or includes.
pub fn referenced_files(path: &str, document: &Parsed) -> Vec<String> {
    let file = ComposeFile { file: FileId(0), path, role: Role::Production, document };
    let Some(tree) = tree_of(&file) else { return Vec::new() };
    let (includes, extends) = references(&tree);
    let paths = includes.into_iter().chain(extends);
    paths.filter_map(|p| normalise(&join(folder_of(path), &p))).collect()
}

/// The paths that a file includes and extends, as written.
fn references(tree: &Tree) -> (Vec<String>, Vec<String>) {
    let include = tree.get("include");
    let single = include.filter(|i| i.text().is_some()).map(std::slice::from_ref);
    let items = single.or(include.map(Tree::items)).unwrap_or_default();
    let text = |t: &Tree| t.text().map(str::to_owned);
    let includes = items.iter().flat_map(include_paths).filter_map(|p| text(&p)).collect();
    let services = tree.get("services").map(Tree::members).unwrap_or_default();
    let file = |m: &Member| m.tree.get("extends").and_then(|e| e.get("file")).and_then(text);
    (includes, services.iter().filter_map(file).collect())
}

/// Links compose files into projects, sorted by folder.
pub fn link(files: &[ComposeFile<'_>], env_files: &dyn EnvFiles) -> Vec<ComposeProject> {
    let loader = Loader::new(files, env_files);
    let mut entries: Vec<Entry> = Vec::new();
    for (at, file) in files.iter().enumerate() {
        let tree = tree_of(file).unwrap_or_else(|| Tree::empty(file.file));
        if shape(&tree) == Shape::None {
            continue;
        }
        let folder = folder_of(file.path).to_owned();
        let position = |path: &String| Some(loader.at(&normalise(&join(&folder, path))?)?.0);
        let (includes, extends) = references(&tree);
        let includes = includes.iter().filter_map(position).filter(|to| *to != at).collect();
        let extends = extends.iter().filter_map(position).filter(|to| *to != at).collect();
        let name = file.path.rsplit('/').next().unwrap_or("").to_ascii_lowercase();
        entries.push(Entry {
            at,
            words: words_of(&name, &['.', '-', '_']),
            parts: words_of(&name, &['.']),
            name,
            folder,
            tree,
            includes,
            extends,
        });
    }
    let mut projects: Vec<ComposeProject> =
        groups(&entries).into_iter().filter_map(|group| project(&loader, &group)).collect();
    projects.sort_by(|a, b| a.folder.cmp(&b.folder));
    projects
}

/// The words of a compose file's name that tell it from others: `e2e`, `mysql` of `docker-compose.e2e.mysql.yml`.
fn words_of(name: &str, separators: &[char]) -> Vec<String> {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let usual = ["docker", "compose", "podman", "docker-compose", "docker_compose", "podman-compose", ""];
    stem.split(separators).filter(|word| !usual.contains(word)).map(str::to_owned).collect()
}

/// Entries that share a folder or refer to each other.
fn groups(entries: &[Entry]) -> Vec<Vec<&Entry>> {
    let mut group_of: Vec<usize> = (0..entries.len()).collect();
    let mut by_folder: BTreeMap<&str, usize> = BTreeMap::new();
    let by_at: BTreeMap<usize, usize> = entries.iter().enumerate().map(|(n, e)| (e.at, n)).collect();
    let mut join = |a: usize, b: usize| {
        let (a, b) = (root(&mut group_of, a), root(&mut group_of, b));
        if let Some(slot) = group_of.get_mut(a.max(b)) {
            *slot = a.min(b);
        }
    };
    for (n, entry) in entries.iter().enumerate() {
        let first = *by_folder.entry(&entry.folder).or_insert(n);
        join(first, n);
        for other in entry.includes.iter().chain(&entry.extends).filter_map(|at| by_at.get(at)) {
            join(n, *other);
        }
    }
    let mut groups: BTreeMap<usize, Vec<&Entry>> = BTreeMap::new();
    for (n, entry) in entries.iter().enumerate() {
        groups.entry(root(&mut group_of, n)).or_default().push(entry);
    }
    groups.into_values().collect()
}

fn root(group_of: &mut [usize], mut at: usize) -> usize {
    while let Some(&up) = group_of.get(at).filter(|up| **up != at) {
        let next = group_of.get(up).copied().unwrap_or(up);
        if let Some(slot) = group_of.get_mut(at) {
            *slot = next;
        }
        at = up;
    }
    at
}

fn project(loader: &Loader<'_>, group: &[&Entry]) -> Option<ComposeProject> {
    let included: BTreeSet<usize> = group.iter().flat_map(|e| e.includes.iter().copied()).collect();
    let extended: BTreeSet<usize> = group.iter().flat_map(|e| e.extends.iter().copied()).collect();
    let is_part = |e: &Entry| {
        let base = e.words.iter().any(|w| BASE_WORDS.contains(&w.as_str())) || !e.name.contains("compose");
        included.contains(&e.at) || extended.contains(&e.at) && base
    };
    let mut folders: BTreeMap<&str, Vec<&Entry>> = BTreeMap::new();
    for entry in group.iter().copied() {
        folders.entry(&entry.folder).or_default().push(entry);
    }
    let mut sets: Vec<(String, Vec<usize>)> = Vec::new();
    let folder =
        folders.keys().copied().min_by_key(|f| (f.matches('/').count() + usize::from(!f.is_empty()), *f))?;
    for (at, entries) in &folders {
        let label = |label: String| if *at == folder { label } else { format!("{at}/{label}") };
        let found = folder_sets(loader, entries, &is_part).into_iter();
        sets.extend(found.map(|(name, files)| (label(name), files)));
    }
    if sets.is_empty() {
        let first = group.first()?;
        sets.push((label_of(first), vec![first.at]));
    }
    sets.sort_by_key(|(label, _)| label != "default");
    let mut name = None;
    let mut environments: Vec<ComposeEnvironment> = Vec::new();
    for (label, files) in sets {
        let (environment, called) = environment(loader, label, &files);
        name = name.or(called);
        environments.push(environment);
    }
    decide_roles(&mut environments);
    let last = folder.rsplit('/').next().filter(|last| !last.is_empty());
    Some(ComposeProject {
        name: name.unwrap_or_else(|| last.unwrap_or("root").to_owned()),
        folder: folder.to_owned(),
        environments,
    })
}

fn label_of(entry: &Entry) -> String {
    if entry.words.is_empty() { "default".to_owned() } else { entry.words.join("-") }
}

/// The sets of files of one folder that are started together, each with its label.
fn folder_sets(
    loader: &Loader<'_>,
    entries: &[&Entry],
    is_part: &dyn Fn(&Entry) -> bool,
) -> Vec<(String, Vec<usize>)> {
    let default = DEFAULTS.iter().find_map(|name| entries.iter().copied().find(|e| e.name == *name));
    let is_override = |e: &Entry| e.words == ["override"];
    let over = default.and_then(|_| entries.iter().copied().find(|e| is_override(e)));
    let is_own = |e: &Entry| default.is_none_or(|d| d.at != e.at) && over.is_none_or(|o| o.at != e.at);
    let mut sets: Vec<(String, Vec<usize>)> = Vec::new();
    let mut production = false;
    for entry in entries.iter().copied().filter(|e| is_own(e) && !is_part(e)) {
        let files = files_under(entry, entries, default, 0);
        let role = loader.files.get(entry.at).map(|f| f.role);
        production |= role == Some(Role::Production) && files.len() > 1;
        sets.push((label_of(entry), files));
    }
    sets.sort();
    if let Some(default) = default.filter(|d| !is_part(d)) {
        let mut files = vec![default.at];
        if let Some(over) = over {
            files.push(over.at);
            if !production {
                sets.insert(0, ("base".to_owned(), vec![default.at]));
            }
        }
        sets.insert(0, ("default".to_owned(), files));
    }
    sets
}

/// The files that are started with `entry`, itself last.
fn files_under(entry: &Entry, entries: &[&Entry], default: Option<&Entry>, depth: usize) -> Vec<usize> {
    let base = default.or_else(|| base_without_default(entry, entries)).filter(|b| b.at != entry.at);
    match base {
        Some(base) if depth < 8 && !stands_alone(entry, default) => {
            let mut files = match default {
                Some(default) => vec![default.at],
                None => files_under(base, entries, None, depth + 1),
            };
            files.push(entry.at);
            files
        }
        _ => vec![entry.at],
    }
}

fn base_without_default<'e>(entry: &Entry, entries: &[&'e Entry]) -> Option<&'e Entry> {
    let others = || entries.iter().copied().filter(|e| e.at != entry.at);
    let fewer = |e: &&Entry| {
        let inside = e.parts.iter().all(|part| entry.parts.contains(part));
        !e.parts.is_empty() && e.parts.len() < entry.parts.len() && inside
    };
    others().filter(fewer).max_by_key(|e| e.parts.len()).or_else(|| {
        let mut named = others().filter(|e| e.words.iter().any(|w| BASE_WORDS.contains(&w.as_str())));
        let first = named.next()?;
        named.next().is_none().then_some(first)
    })
}

/// True when `entry` is no override of `base`, and Compose could start it by itself.
fn stands_alone(entry: &Entry, base: Option<&Entry>) -> bool {
    if !entry.includes.is_empty() {
        return true;
    }
    let services = |e: &Entry| e.tree.get("services").map(Tree::members).unwrap_or_default().to_vec();
    let own = services(entry);
    let has = |m: &Member, key: &str| m.tree.get(key).is_some();
    let full = |m: &Member| has(m, "image") || has(m, "build") || has(m, "extends") || has(m, "provider");
    if own.is_empty() || !own.iter().all(full) || !is_closed(&entry.tree) {
        return false;
    }
    let Some(base) = base else { return true };
    let below = services(base);
    let find = |list: &[Member], name: &str| list.iter().position(|m| m.key.value == name);
    let names_more = own.iter().any(|m| find(&below, &m.key.value).is_none());
    let covers = below.iter().all(|m| find(&own, &m.key.value).is_some());
    let builds_again = own.first().is_some_and(|o| has(o, "build")) && below.iter().any(|m| has(m, "build"));
    let again = |key: &str| {
        let list = |t: &Tree| t.get(key).map(Tree::members).unwrap_or_default().to_vec();
        list(&entry.tree).iter().any(|m| find(&list(&base.tree), &m.key.value).is_some())
    };
    let declares_again = own.len() > 1 && (again("networks") || again("volumes"));
    names_more || declares_again || covers && (below.len() > 1 || builds_again)
}

/// True when everything that the file's services use is declared in it.
fn is_closed(tree: &Tree) -> bool {
    let declared =
        |key: &str, name: &str| name.contains('$') || tree.get(key).is_some_and(|t| t.member(name).is_some());
    tree.get("services").map(Tree::members).unwrap_or_default().iter().all(|service| {
        let service = &service.tree;
        let services = names(service.get("depends_on"))
            .into_iter()
            .chain(names(service.get("links")).into_iter().map(before_colon))
            .chain(service.get("network_mode").and_then(Tree::text).and_then(|m| m.strip_prefix("service:")));
        let extended = service.get("extends").filter(|e| e.get("file").is_none());
        let extended = extended.and_then(|e| e.text().or_else(|| e.get("service").and_then(Tree::text)));
        let named_volume = |item: &Tree| {
            let source = match item.text() {
                Some(text) => text.split_once(':').map(|(source, _)| source.to_owned()),
                None if item.get("type").and_then(Tree::text) != Some("volume") => None,
                None => item.get("source").and_then(Tree::text).map(str::to_owned),
            };
            source.filter(|s| !s.starts_with(['.', '/', '~', '$', '\\']) && !s.contains(['/', '\\']))
        };
        let volumes = service.get("volumes").map(Tree::items).unwrap_or_default();
        services.chain(extended).all(|name| declared("services", name))
            && names(service.get("networks")).iter().all(|n| *n == "default" || declared("networks", n))
            && volumes.iter().filter_map(named_volume).all(|v| v.len() == 1 || declared("volumes", &v))
            && ["secrets", "configs"].iter().all(|key| {
                let items = service.get(key).map(Tree::items).unwrap_or_default();
                let source = |i: &Tree| i.text().or_else(|| i.get("source")?.text()).map(str::to_owned);
                items.iter().filter_map(source).all(|name| declared(key, &name))
            })
    })
}

fn before_colon(text: &str) -> &str {
    text.split(':').next().unwrap_or(text)
}

/// The names in a list, or the keys of a mapping.
fn names(tree: Option<&Tree>) -> Vec<&str> {
    match tree.map(|t| &t.value) {
        Some(Value::Sequence(items)) => items.iter().filter_map(Tree::text).collect(),
        Some(Value::Mapping(members)) => members.iter().map(|m| m.key.value.as_str()).collect(),
        _ => Vec::new(),
    }
}

/// One environment, and the project name it gives.
fn environment(loader: &Loader<'_>, label: String, files: &[usize]) -> (ComposeEnvironment, Option<String>) {
    let (model, mut context) = loader.model(files);
    let members = model.get("services").map(Tree::members).unwrap_or_default();
    let services: Vec<_> = members.iter().map(|m| read::service(&mut context, m)).collect();
    for member in members {
        let known = ["image", "build", "provider"].iter().any(|key| member.tree.get(key).is_some());
        if !known {
            let name = &member.key.value;
            let message =
                format!("service `{name}` has neither image nor build: files are missing that complete it");
            context.miss(message, member.key.span);
        }
    }
    let set: Vec<&ComposeFile<'_>> = files.iter().filter_map(|at| loader.files.get(*at)).collect();
    let name = model.get("name").and_then(|n| context.value(n)).filter(|n| !n.is_empty());
    let mut unresolved = std::mem::take(&mut context.unresolved);
    unresolved.sort_by(|a, b| (a.span, &a.message).cmp(&(b.span, &b.message)));
    let environment = ComposeEnvironment {
        files: set.iter().map(|f| f.file).collect(),
        joined: context.joined.iter().copied().collect(),
        role: set.last().map_or(Role::Production, |f| f.role),
        label,
        services,
        networks: read::networks(&context, &model),
        volumes: read::volumes(&context, &model),
        secrets: read::objects(&context, &model, "secrets"),
        configs: read::objects(&context, &model, "configs"),
        unresolved,
    };
    (environment, name)
}

/// Decides what each service is to the repository; an image that is built in one environment is our own in all.
fn decide_roles(environments: &mut [ComposeEnvironment]) {
    let all = environments.iter().flat_map(|e| &e.services);
    let built: Vec<_> =
        all.filter(|s| s.build.is_some()).filter_map(|s| s.image_reference().cloned()).collect();
    for service in environments.iter_mut().flat_map(|e| &mut e.services) {
        let reference = service.image_reference();
        let own = reference.is_some_and(|r| built.iter().any(|b| b.same_repository(r)));
        let kind = reference.and_then(image_kind);
        let mounts_code = service.volumes.iter().any(|v| v.source_path.is_some());
        service.role = match kind.map(|k| (k.class, k)) {
            _ if service.build.is_some() || own => ServiceRole::App,
            Some((ImageClass::Backing, kind)) => ServiceRole::Backing(kind),
            Some((ImageClass::Tool, kind)) => ServiceRole::Tool(kind),
            Some((ImageClass::Proxy, kind)) => ServiceRole::Proxy(kind),
            Some((ImageClass::Runtime, _)) if mounts_code => ServiceRole::App,
            _ => ServiceRole::ThirdParty,
        };
    }
}
