//! Source files linked: modules, re-exports, functions and constants by their absolute names.
//!
//! Absolute names begin with the crate's name; `name#x` is the crate of the extra binary `x` of package `name`.

mod dispatch;
pub(super) mod helpers;

use std::collections::{BTreeMap, BTreeSet};

use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};

use crate::discover::role::Role;
use crate::facts::code::{Call, CodeFacts, Constant, Function, Language};
use crate::facts::value::Value;
use crate::knowledge::{Concept, Event};
use crate::parallel;
use crate::source::{FileId, Span};

use super::packages::{Package, PackageId};

/// A source file with its place among the packages.
#[derive(Clone, Debug)]
pub struct CodeFile {
    /// Its number.
    pub file: FileId,
    /// Its path, relative to the root.
    pub path: String,
    /// Its role.
    pub role: Role,
    /// The package it belongs to; none for other languages than Rust and for stray files.
    pub package: Option<PackageId>,
    /// Absolute path of its module.
    pub module: String,
    /// Absolute path of its crate's root.
    pub crate_root: String,
    /// A test module declared it (`#[cfg(test)] mod x;`), or its own attributes say so.
    pub test: bool,
    /// What it says.
    pub facts: CodeFacts,
    /// What its calls do, by the tables.
    pub events: Vec<Event>,
}

/// A function: position of its file in [`CodeWorld::files`], and its own in the file's facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FunctionRef {
    /// Position of the file.
    pub file: usize,
    /// Position of the function.
    pub function: u32,
}

/// All source files and their symbols.
#[derive(Debug, Default)]
pub struct CodeWorld {
    /// The files, sorted by number.
    pub files: Vec<CodeFile>,
    functions: HashMap<String, Vec<FunctionRef>>,
    methods: HashMap<String, Vec<FunctionRef>>,
    constants: HashMap<String, (usize, usize)>,
    exports: HashMap<String, String>,
    glob_exports: HashMap<String, Vec<String>>,
    crate_roots: HashSet<String>,
    /// Last segments of everything that the tree itself defines or re-exports: most calls name none of them.
    own_names: HashSet<String>,
    calls_by_name: HashMap<String, Vec<(usize, u32)>>,
    /// Trait and method → the functions that implement it.
    implementations: BTreeMap<(String, String), Vec<FunctionRef>>,
    /// By position of the file: the last segment and the canonical path of each import.
    imports: Vec<Vec<(String, String)>>,
    /// By position of the file: what the names of its calls can mean.
    resolved: Vec<HashMap<String, Vec<FunctionRef>>>,
    /// By position of the file: traits of this tree that it names.
    traits: Vec<Vec<String>>,
    crates: Vec<BTreeMap<String, String>>,
    /// Functions that read the environment variable which a parameter names.
    pub(super) helpers: BTreeMap<FunctionRef, helpers::Helper>,
    /// Struct literals by type.
    pub(super) records: HashMap<String, Vec<super::records::RecordRef>>,
}

/// What one file defines and re-exports, by absolute names.
#[derive(Default)]
struct Symbols {
    functions: Vec<(String, FunctionRef)>,
    /// Production methods by their bare names.
    methods: Vec<(String, FunctionRef)>,
    constants: Vec<(String, (usize, usize))>,
    exports: Vec<(String, String)>,
    globs: Vec<(String, String)>,
}

impl CodeWorld {
    /// Links `files` (sorted by number) into symbol tables, on `jobs` threads.
    pub fn link(files: Vec<CodeFile>, packages: &[Package], jobs: usize) -> Self {
        let mut world = CodeWorld {
            crates: packages.iter().map(|p| crate_names(p, packages)).collect(),
            files,
            ..Self::default()
        };
        world.mark_test_modules();
        let root = |file: &CodeFile| file.crate_root.split('#').next().unwrap_or("").to_owned();
        world.crate_roots = world.files.iter().map(root).collect();
        let positions: Vec<usize> = (0..world.files.len()).collect();
        for symbols in parallel::map(&positions, jobs, |at| world.symbols_of(*at)) {
            world.add_symbols(symbols);
        }
        world.own_names = world.names_of_the_tree();
        world.index_calls();
        world.imports = parallel::map(&positions, jobs, |at| world.canonical_imports(*at));
        world.add_implementations();
        world.resolved = world.resolve_calls(jobs);
        world
    }

    /// Collects what only the meaning of values needs, when no more files will come.
    pub fn finish(&mut self) {
        self.records = super::records::collect(self);
    }

    /// The files, to be linked again with others.
    pub fn into_files(self) -> Vec<CodeFile> {
        self.files
    }

    /// Production calls by the last segment of their name, where a function of the tree has that name.
    fn index_calls(&mut self) {
        let own: BTreeSet<&str> =
            self.files.iter().flat_map(|f| &f.facts.functions).map(|f| f.name.value.as_str()).collect();
        let mut index: HashMap<String, Vec<(usize, u32)>> = HashMap::new();
        for (at, file) in self.files.iter().enumerate().filter(|(_, f)| !f.test && f.role == Role::Production)
        {
            for (position, call) in file.facts.calls.iter().enumerate().filter(|(_, c)| !c.scope.test) {
                let (name, Ok(position)) = (call.callee.last(), u32::try_from(position)) else { continue };
                if own.contains(name) {
                    index.entry(name.to_owned()).or_default().push((at, position));
                }
            }
        }
        self.calls_by_name = index;
    }

    fn mark_test_modules(&mut self) {
        let mut tests = BTreeSet::new();
        for file in &self.files {
            for module in file.facts.modules.iter().filter(|m| m.scope.test || file.test) {
                let container = if module.container.is_empty() {
                    String::new()
                } else {
                    format!("::{}", module.container)
                };
                tests.insert(format!("{}{container}::{}", file.module, module.name));
            }
        }
        for file in &mut self.files {
            file.test = file.test
                || file.facts.file_scope.test
                || tests.contains(&file.module)
                || file
                    .module
                    .match_indices("::")
                    .any(|(at, _)| file.module.get(..at).is_some_and(|above| tests.contains(above)));
        }
    }

    /// What file number `at` defines and re-exports, by absolute names.
    fn symbols_of(&self, at: usize) -> Symbols {
        let mut symbols = Symbols::default();
        let Some(file) = self.files.get(at) else { return symbols };
        // Of Python only what one file calls of its own: names of other files are not followed.
        let python = file.facts.language == Language::Python;
        let (home, separator) = if python { (&file.path, ".") } else { (&file.module, "::") };
        let qualify = |container: &str, name: &str| match container {
            "" => format!("{home}{separator}{name}"),
            _ => format!("{home}{separator}{container}{separator}{name}"),
        };
        for (position, function) in file.facts.functions.iter().enumerate() {
            let Ok(position) = u32::try_from(position) else { break };
            let reference = FunctionRef { file: at, function: position };
            symbols.functions.push((qualify(&function.container, &function.name.value), reference));
            let method = function.is_method && !function.scope.test && !python;
            if method && !file.test && file.role == Role::Production {
                symbols.methods.push((function.name.value.clone(), reference));
            }
        }
        if python {
            return symbols;
        }
        let constants = file.facts.constants.iter().enumerate();
        symbols.constants =
            constants.map(|(position, c)| (qualify(&c.container, &c.name.value), (at, position))).collect();
        for import in file.facts.imports.iter().filter(|i| i.exported) {
            let target = self.absolute(at, import.path.as_str());
            if import.local == "*" {
                symbols.globs.push((file.module.clone(), target.trim_end_matches("::*").to_owned()));
            } else {
                symbols.exports.push((qualify("", &import.local), target));
            }
        }
        symbols
    }

    fn add_symbols(&mut self, symbols: Symbols) {
        for (name, reference) in symbols.functions {
            self.functions.entry(name).or_default().push(reference);
        }
        for (name, reference) in symbols.methods {
            self.methods.entry(name).or_default().push(reference);
        }
        self.constants.extend(symbols.constants);
        self.exports.extend(symbols.exports);
        for (module, target) in symbols.globs {
            self.glob_exports.entry(module).or_default().push(target);
        }
    }

    /// The absolute form of `name` as written in file number `at`; names of other crates keep their first segment,
    /// renamed dependencies get their real one.
    pub fn absolute(&self, at: usize, name: &str) -> String {
        let Some(file) = self.files.get(at) else { return name.to_owned() };
        if file.facts.language == Language::Python {
            return match name.strip_prefix("self.") {
                Some(rest) => format!("{}.{rest}", file.path),
                None => name.to_owned(),
            };
        }
        if let Some(rest) = name.strip_prefix("crate::") {
            return format!("{}::{rest}", file.crate_root);
        }
        if let Some(rest) = name.strip_prefix("self::") {
            return format!("{}::{rest}", file.module);
        }
        let mut module = file.module.as_str();
        let mut rest = name;
        while let Some(behind) = rest.strip_prefix("super::") {
            module = module.rsplit_once("::").map_or(module, |(parent, _)| parent);
            rest = behind;
        }
        if rest.len() != name.len() {
            return format!("{module}::{rest}");
        }
        let (first, tail) = name.split_once("::").unwrap_or((name, ""));
        let known = file.package.and_then(|p| self.crates.get(p.0)).and_then(|names| names.get(first));
        match known {
            Some(real) if !tail.is_empty() => format!("{real}::{tail}"),
            _ => name.to_owned(),
        }
    }

    /// `name` (absolute) with re-exports followed, at most eight of them.
    pub fn canonical(&self, name: &str) -> String {
        let mut name = name.to_owned();
        for _ in 0..8 {
            let Some(next) = self.follow_export(&name) else { break };
            if next == name {
                break;
            }
            name = next;
        }
        name
    }

    /// True when the tree defines or re-exports something of the last segment of `name`.
    fn is_named_here(&self, name: &str) -> bool {
        let behind = name.bytes().rposition(|b| matches!(b, b'.' | b':' | b'?')).map_or(0, |at| at + 1);
        self.own_names.contains(name.get(behind..).unwrap_or(name))
    }

    /// The last segment and the canonical path of each import of file number `at`.
    fn canonical_imports(&self, at: usize) -> Vec<(String, String)> {
        let imports = self.files.get(at).into_iter().flat_map(|f| &f.facts.imports);
        let canonical = |path: &str| self.canonical(&self.absolute(at, path));
        let named = imports.filter(|i| i.local != "*");
        named.map(|i| (i.path.last().to_owned(), canonical(i.path.as_str()))).collect()
    }

    fn names_of_the_tree(&self) -> HashSet<String> {
        let mut names = HashSet::new();
        for file in &self.files {
            names.extend(file.facts.functions.iter().map(|f| f.name.value.clone()));
            names.extend(file.facts.constants.iter().map(|c| c.name.value.clone()));
            names.extend(file.facts.imports.iter().filter(|i| i.exported).map(|i| i.local.clone()));
        }
        names
    }

    fn follow_export(&self, name: &str) -> Option<String> {
        if self.is_external(name) {
            return None;
        }
        // The longest exported prefix wins; `().` and `.` end a path segment as `::` does.
        for (at, _) in name.rmatch_indices("::").chain(std::iter::once((name.len(), ""))) {
            let prefix = name.get(..at).unwrap_or("");
            let prefix_name = prefix.split(['(', '.']).next().unwrap_or(prefix);
            if let Some(target) = self.exports.get(prefix_name) {
                return Some(format!("{target}{}", name.get(prefix_name.len()..).unwrap_or("")));
            }
        }
        let head = name.split(['(', '.']).next().unwrap_or(name);
        if self.functions.contains_key(head) || self.constants.contains_key(head) {
            return None;
        }
        let known = |name: &str| {
            let head = name.split(['(', '.']).next().unwrap_or(name);
            self.functions.contains_key(head)
                || self.constants.contains_key(head)
                || self.exports.contains_key(head)
        };
        for (at, _) in head.rmatch_indices("::").filter(|_| !self.glob_exports.is_empty()) {
            let (Some(module), Some(rest)) = (name.get(..at), name.get(at + 2..)) else { continue };
            let targets = self.glob_exports.get(module).map(Vec::as_slice).unwrap_or_default();
            if let Some(found) =
                targets.iter().map(|target| format!("{target}::{rest}")).find(|name| known(name))
            {
                return Some(found);
            }
        }
        None
    }

    /// The functions that the call name `name` in file `at` can mean: by its path, and for methods of unknown
    /// receivers by a name that only one production method has.
    pub fn functions_named(&self, at: usize, name: &str) -> Vec<FunctionRef> {
        if !self.is_named_here(name) {
            return Vec::new();
        }
        match self.resolved.get(at).and_then(|known| known.get(name)) {
            Some(found) => found.clone(),
            None => self.find_functions(at, name),
        }
    }

    /// What the names of all calls can mean, asked once for each name of a file.
    fn resolve_calls(&self, jobs: usize) -> Vec<HashMap<String, Vec<FunctionRef>>> {
        let positions: Vec<usize> = (0..self.files.len()).collect();
        parallel::map(&positions, jobs, |at| {
            let mut known: HashMap<String, Vec<FunctionRef>> = HashMap::new();
            for call in self.files.get(*at).into_iter().flat_map(|f| &f.facts.calls) {
                let name = call.callee.as_str();
                if self.is_named_here(name) && !known.contains_key(name) {
                    known.insert(name.to_owned(), self.find_functions(*at, name));
                }
            }
            known
        })
    }

    fn find_functions(&self, at: usize, name: &str) -> Vec<FunctionRef> {
        if !name.starts_with('?') {
            let name = self.canonical(&self.absolute(at, name));
            if let Some(found) = self.functions.get(&name) {
                return self.with_implementations(found);
            }
            // A method of a typed receiver (`Type.run`), or of what a constructor returned (`Type::new().run`).
            let (owner, method) = match name.rsplit_once('.') {
                Some(pair) => pair,
                None => return Vec::new(),
            };
            let owner_type = match owner.strip_suffix("()") {
                Some(constructor) => constructor.rsplit_once("::").map_or(constructor, |(owner, _)| owner),
                None => owner,
            };
            if let Some(found) = self.functions.get(&format!("{owner_type}::{method}")) {
                return self.with_implementations(found);
            }
            if let Some(found) = self.implementations.get(&(owner_type.to_owned(), method.to_owned())) {
                return found.clone();
            }
            if !owner_type.contains("::") || self.is_external(owner_type) {
                return Vec::new();
            }
        }
        let method = name.rsplit(['.', ':']).next().unwrap_or(name);
        let of_traits = self.dispatched(at, method);
        if !of_traits.is_empty() {
            return of_traits;
        }
        let all = self.methods.get(method).map(Vec::as_slice).unwrap_or_default();
        match all {
            [only] if method.len() > 3 && !COMMON_METHODS.contains(&method) => return vec![*only],
            _ => {}
        }
        // Of several types with such a method, the one that the file names.
        let mut named = all.iter().filter(|r| self.names_type(at, **r));
        match (named.next(), named.next()) {
            (Some(only), None) => vec![*only],
            _ => Vec::new(),
        }
    }

    /// True when `name`, as written in file `at`, belongs to a crate of this tree.
    pub fn is_of_this_tree(&self, at: usize, name: &str) -> bool {
        !name.starts_with('?') && !self.is_external(&self.absolute(at, name))
    }

    fn is_external(&self, name: &str) -> bool {
        let first = name.split("::").next().unwrap_or(name);
        let first = first.split('#').next().unwrap_or(first);
        !self.crate_roots.contains(first)
    }

    /// The constant that `name` in file `at` means, with the position of its file.
    pub fn constant(&self, at: usize, name: &str) -> Option<(usize, &Constant)> {
        if !self.is_named_here(name) {
            return None;
        }
        let name = self.canonical(&self.absolute(at, name));
        let (file, position) = self.constants.get(&name).copied()?;
        Some((file, self.files.get(file)?.facts.constants.get(position)?))
    }

    /// A function by reference.
    pub fn function(&self, reference: FunctionRef) -> Option<&Function> {
        self.files.get(reference.file)?.facts.functions.get(reference.function as usize)
    }

    /// Call number `call` of file `at`.
    pub fn call(&self, at: usize, call: u32) -> Option<&Call> {
        self.files.get(at)?.facts.calls.get(call as usize)
    }

    /// The event of `concept` that call number `call` of file `at` is.
    pub fn event_of_call(&self, at: usize, call: u32, concept: Concept) -> Option<&Event> {
        self.files.get(at)?.events.iter().find(|e| e.call == Some(call) && e.concept == concept)
    }

    /// Where `value` of file `at` stands.
    pub fn span(&self, at: usize, value: &Value) -> Option<Span> {
        Some(Span::new(self.files.get(at)?.file, value.range))
    }

    /// Production calls of a function: position of the file, number of the call.
    pub fn calls_of(&self, target: FunctionRef) -> Vec<(usize, u32)> {
        let Some(name) = self.function(target).map(|f| f.name.value.as_str()) else { return Vec::new() };
        let candidates = self.calls_by_name.get(name).map(Vec::as_slice).unwrap_or_default();
        let means = |at: usize, call: u32| {
            self.call(at, call).is_some_and(|c| self.functions_named(at, c.callee.as_str()).contains(&target))
        };
        candidates.iter().copied().filter(|(at, call)| means(*at, *call)).collect()
    }
}

/// Names that so many types have that one of them says nothing.
const COMMON_METHODS: &[&str] = &[
    "build", "call", "check", "clone", "close", "connect", "default", "execute", "fetch", "find", "flush",
    "from", "handle", "init", "insert", "into", "iter", "join", "load", "next", "open", "poll", "push",
    "read", "recv", "remove", "run", "save", "send", "serve", "spawn", "start", "stop", "update", "wait",
    "with", "write", "bind", "listen", "migrate",
];

/// The crate names that source code of `package` uses → the real ones: local packages and renamed dependencies.
fn crate_names(package: &Package, packages: &[Package]) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    names.insert(package.crate_name.clone(), package.crate_name.clone());
    for dependency in package.manifest.dependencies.iter().filter(|d| d.package.is_some()) {
        names.insert(dependency.crate_name(), dependency.package_name().replace('-', "_"));
    }
    for (name, id) in &package.local_dependencies {
        if let Some(local) = packages.get(id.0) {
            names.insert(name.clone(), local.crate_name.clone());
        }
    }
    names
}

/// Absolute module path and crate root of the Rust file at `path` of `package`.
pub fn module_of(path: &str, package: &Package) -> (String, String) {
    let inside = path.strip_prefix(package.folder.as_str()).unwrap_or(path).trim_start_matches('/');
    let source = inside.strip_prefix("src/").unwrap_or(inside);
    let stem = source.strip_suffix(".rs").unwrap_or(source);
    let (root, rest) = match stem.strip_prefix("bin/") {
        Some(rest) => {
            let (name, behind) = rest.split_once('/').unwrap_or((rest, "main"));
            (format!("{}#{name}", package.crate_name), behind.to_owned())
        }
        None => (package.crate_name.clone(), stem.to_owned()),
    };
    let mut segments: Vec<&str> = rest.split('/').collect();
    if matches!(segments.last(), Some(&"mod" | &"main" | &"lib")) {
        segments.pop();
    }
    let module = segments.iter().fold(root.clone(), |module, segment| format!("{module}::{segment}"));
    (module, root)
}
