//! Files into one model: `extends`, `include`, merging, and the variables of each file.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::interpolate::interpolate;
use super::merge::{merge_files, merge_services, settle};
use super::tree::{MAX_NODES, Tree, Value};
use super::{ComposeFile, EnvFiles, Unresolved};
use crate::source::{FileId, Span};
use crate::world::packages::{folder_of, join, normalise};

/// Longest chain of `extends` that is followed.
const MAX_CHAIN: usize = 32;

/// Most files that one environment includes, each counted as often as it is included.
const MAX_INCLUDES: usize = 200;

/// Most nodes that `extends` copies in one environment.
const MAX_COPIED: usize = 500_000;

/// The values of variables.
pub(super) type Variables = BTreeMap<String, String>;

/// All compose files of the repository.
pub(super) struct Loader<'a> {
    pub files: &'a [ComposeFile<'a>],
    by_path: BTreeMap<&'a str, usize>,
    pub env_files: &'a dyn EnvFiles,
}

/// What is known about the files of one environment.
pub(super) struct Context<'a> {
    pub loader: &'a Loader<'a>,
    settings: BTreeMap<FileId, Settings>,
    trees: BTreeMap<FileId, Option<Rc<Tree>>>,
    pub unresolved: Vec<Unresolved>,
    /// Files that `include` and `extends` brought in.
    pub joined: BTreeSet<FileId>,
    includes_left: usize,
    nodes_left: usize,
}

/// How the values of one file are understood.
#[derive(Clone)]
struct Settings {
    /// What relative paths start from.
    folder: Rc<str>,
    variables: Rc<Variables>,
}

impl<'a> Loader<'a> {
    pub(super) fn new(files: &'a [ComposeFile<'a>], env_files: &'a dyn EnvFiles) -> Self {
        let by_path = files.iter().enumerate().map(|(at, f)| (f.path, at)).collect();
        Loader { files, by_path, env_files }
    }

    /// The compose file at `path`.
    pub(super) fn at(&self, path: &str) -> Option<(usize, &'a ComposeFile<'a>)> {
        let at = *self.by_path.get(path)?;
        self.files.get(at).map(|file| (at, file))
    }

    /// The merged model of `files` (positions, in merge order), and what was learned on the way.
    pub(super) fn model(&'a self, files: &[usize]) -> (Tree, Context<'a>) {
        let mut context = Context {
            loader: self,
            settings: BTreeMap::new(),
            trees: BTreeMap::new(),
            unresolved: Vec::new(),
            joined: BTreeSet::new(),
            includes_left: MAX_INCLUDES,
            nodes_left: MAX_COPIED,
        };
        let files: Vec<_> = files.iter().filter_map(|at| self.files.get(*at)).collect();
        let folder = files.first().map_or("", |f| folder_of(f.path));
        let env = [join(folder, ".env")];
        let variables = context.variables(&env, &Variables::new());
        let settings = Settings { folder: folder.into(), variables: Rc::new(variables) };
        let tree = context.merged(&files, &settings, &mut Vec::new());
        for file in files {
            context.joined.remove(&file.file);
        }
        (tree, context)
    }
}

/// The tree of one file; none when it has too many nodes. A file of version 1 is brought into today's form.
pub(super) fn tree_of(file: &ComposeFile<'_>) -> Option<Tree> {
    let mut budget = MAX_NODES;
    let Some(root) = file.document.root() else { return Some(Tree::empty(file.file)) };
    let tree = Tree::read(root, file.file, &mut budget)?;
    if super::project::shape(&tree) != super::project::Shape::VersionOne {
        return Some(tree);
    }
    let span = tree.span();
    let key =
        super::Located::new("services".to_owned(), Span::new(file.file, crate::source::ByteRange::at(0)));
    let member = super::tree::Member { key, entries: vec![span], tree: tree.clone() };
    Some(Tree { value: Value::Mapping(vec![member]), ..tree })
}

/// True for what lies outside the repository: a URL or a reference to a registry or git host.
pub(super) fn is_remote(path: &str) -> bool {
    path.contains("://")
        || path.starts_with("git@")
        || path.starts_with("oci:")
        || path.starts_with("github.com/")
}

impl<'a> Context<'a> {
    /// What relative paths in `file` start from.
    pub(super) fn folder(&self, file: FileId) -> &str {
        self.settings.get(&file).map_or("", |s| &s.folder)
    }

    /// The value of a variable as used in `file`.
    pub(super) fn variable(&self, file: FileId, name: &str) -> Option<String> {
        self.settings.get(&file)?.variables.get(name).cloned()
    }

    /// The root-relative form of a path in `file`; none when it leaves the repository.
    pub(super) fn resolve_path(&self, file: FileId, path: &str) -> Option<String> {
        let drive = path.get(1..3).is_some_and(|rest| rest == ":\\" || rest == ":/");
        if is_remote(path) || path.starts_with(['/', '~', '\\']) || drive {
            return None;
        }
        normalise(&join(self.folder(file), path))
    }

    /// Notes something that could not be followed.
    pub(super) fn miss(&mut self, message: impl Into<String>, span: Span) {
        let miss = Unresolved { message: message.into(), span };
        if !self.unresolved.contains(&miss) {
            self.unresolved.push(miss);
        }
    }

    /// The text of a scalar with its variables replaced.
    pub(super) fn value(&self, tree: &Tree) -> Option<String> {
        interpolate(tree.text()?, &|name| self.variable(tree.file, name)).value
    }

    /// The variables that the files at `paths` set, one after the other; `outer` wins.
    fn variables(&self, paths: &[String], outer: &Variables) -> Variables {
        let mut variables = Variables::new();
        for path in paths {
            let Some(path) = normalise(path) else { continue };
            for pair in self.loader.env_files.entries(&path).unwrap_or_default() {
                let value = if pair.literal {
                    Some(pair.value.value)
                } else {
                    let known = |name: &str| outer.get(name).or_else(|| variables.get(name)).cloned();
                    interpolate(&pair.value.value, &known).value
                };
                if let Some(value) = value {
                    variables.insert(pair.name.value, value);
                }
            }
        }
        variables.extend(outer.iter().map(|(name, value)| (name.clone(), value.clone())));
        variables
    }

    fn tree(&mut self, file: &ComposeFile<'a>) -> Option<Rc<Tree>> {
        if let Some(known) = self.trees.get(&file.file) {
            return known.clone();
        }
        let tree = tree_of(file).map(Rc::new);
        if tree.is_none() {
            self.miss("the file has too many nodes to be linked", Span::whole(file.file));
        }
        self.trees.insert(file.file, tree.clone());
        tree
    }

    fn merged(&mut self, files: &[&ComposeFile<'a>], settings: &Settings, stack: &mut Vec<FileId>) -> Tree {
        let mut model: Option<Tree> = None;
        for file in files {
            let tree = self.file(file, settings, stack);
            model = Some(match model {
                Some(model) => merge_files(model, tree),
                None => settle(tree),
            });
        }
        model.unwrap_or_else(|| Tree::empty(FileId(u32::MAX)))
    }

    /// One file, its `extends` and `include` followed.
    fn file(&mut self, file: &ComposeFile<'a>, settings: &Settings, stack: &mut Vec<FileId>) -> Tree {
        self.settings.insert(file.file, settings.clone());
        let Some(whole) = self.tree(file) else { return Tree::empty(file.file) };
        let mut tree = (*whole).clone();
        if let Value::Mapping(members) = &mut tree.value
            && let Some(services) = members.iter_mut().find(|m| m.key.value == "services")
            && let Value::Mapping(services) = &mut services.tree.value
        {
            for service in services {
                let mut trail = vec![(file.file, service.key.value.clone())];
                let own = std::mem::replace(&mut service.tree, Tree::empty(file.file));
                service.tree = self.extended(own, &whole, file, &mut trail);
            }
        }
        let Some(include) = tree.take("include") else { return tree };
        stack.push(file.file);
        let mut included: Option<Tree> = None;
        let single = matches!(include.tree.value, Value::Scalar { .. });
        let items = if single { std::slice::from_ref(&include.tree) } else { include.tree.items() };
        for item in items {
            if let Some(model) = self.included(item, settings, stack) {
                included = Some(match included {
                    Some(before) => merge_files(before, model),
                    None => model,
                });
            }
        }
        stack.pop();
        match included {
            Some(included) => merge_files(included, tree),
            None => tree,
        }
    }

    /// The model that one item of `include` names.
    fn included(&mut self, item: &Tree, settings: &Settings, stack: &mut Vec<FileId>) -> Option<Tree> {
        let paths = include_paths(item);
        let mut files = Vec::new();
        for path in &paths {
            let Some(value) = self.value(path) else {
                self.miss("include of a path that holds an unknown variable", path.span());
                continue;
            };
            let found = self.resolve_path(item.file, &value).and_then(|p| self.loader.at(&p));
            match found {
                Some((_, file)) if stack.contains(&file.file) => {
                    self.miss("the file includes itself", path.span());
                }
                Some((_, file)) if self.includes_left > 0 => {
                    self.includes_left -= 1;
                    self.joined.insert(file.file);
                    files.push(file);
                }
                Some(_) => self.miss("too many included files", path.span()),
                None => self.miss(format!("included file `{value}` was not read"), path.span()),
            }
        }
        let first = files.first()?;
        let folder = match item.get("project_directory").and_then(|t| self.value(t)) {
            Some(folder) => self.resolve_path(item.file, &folder)?,
            None => folder_of(first.path).to_owned(),
        };
        let env: Vec<String> = match item.get("env_file") {
            Some(list) => {
                let texts = if list.text().is_some() { std::slice::from_ref(list) } else { list.items() };
                texts.iter().filter_map(|t| self.resolve_path(t.file, &self.value(t)?)).collect()
            }
            None => vec![join(&folder, ".env")],
        };
        let variables = Rc::new(self.variables(&env, &settings.variables));
        Some(self.merged(&files, &Settings { folder: folder.into(), variables }, stack))
    }

    /// A service merged over what it extends; `whole` is the file it is written in.
    fn extended(
        &mut self,
        own: Tree,
        whole: &Rc<Tree>,
        file: &ComposeFile<'a>,
        trail: &mut Vec<(FileId, String)>,
    ) -> Tree {
        let Some(extends) = own.get("extends").cloned() else { return own };
        let (name, path) = match extends.text() {
            Some(_) => (Some(&extends), None),
            None => (extends.get("service"), extends.get("file")),
        };
        let Some(name) = name.and_then(|n| self.value(n)) else { return own };
        let mut target = (file, Rc::clone(whole));
        let loader = self.loader;
        if let Some(path) = path {
            let value = self.value(path);
            let found = value.as_ref().and_then(|v| self.resolve_path(path.file, v));
            let Some((_, other)) = found.and_then(|p| loader.at(&p)) else {
                let value = value.unwrap_or_else(|| path.text().unwrap_or("").to_owned());
                self.miss(format!("extended file `{value}` was not read"), path.span());
                return own;
            };
            if let Some(settings) = self.settings.get(&file.file) {
                let folder = folder_of(other.path).into();
                let settings = Settings { folder, variables: Rc::clone(&settings.variables) };
                self.settings.entry(other.file).or_insert(settings);
            }
            let Some(tree) = self.tree(other) else { return own };
            if other.file != file.file {
                self.joined.insert(other.file);
            }
            target = (other, tree);
        }
        let Some(parent) = target.1.get("services").and_then(|s| s.get(&name)).cloned() else {
            self.miss(format!("extended service `{name}` does not exist"), extends.span());
            return own;
        };
        let step = (target.0.file, name);
        if trail.contains(&step) || trail.len() >= MAX_CHAIN {
            self.miss("the service extends itself", extends.span());
            return own;
        }
        let Some(left) = self.nodes_left.checked_sub(parent.size()) else {
            self.miss("too much is extended to be followed", extends.span());
            return own;
        };
        self.nodes_left = left;
        trail.push(step);
        let mut parent = self.extended(parent, &target.1, target.0, trail);
        trail.pop();
        parent.take("extends");
        let mut empty = parent.clone();
        empty.value = Value::Mapping(Vec::new());
        merge_services(merge_services(empty, parent), own)
    }
}

/// The paths that one item of `include` names.
pub(super) fn include_paths(item: &Tree) -> Vec<Tree> {
    match item.get("path") {
        _ if item.text().is_some() => vec![item.clone()],
        Some(path) if path.text().is_some() => vec![path.clone()],
        Some(path) => path.items().to_vec(),
        None => Vec::new(),
    }
}
