//! Cargo packages: manifests joined with their workspaces, locks and source folders.

use std::collections::BTreeMap;

use globset::Glob;

use crate::discover::role::Role;
use crate::facts::manifest::{CargoManifest, DependencyKind, LockedPackage};
use crate::source::FileId;

/// Position of a package in [`super::World::packages`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PackageId(pub usize);

/// A Cargo package.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its folder, relative to the root; empty for the root.
    pub folder: String,
    /// Its manifest.
    pub manifest_file: FileId,
    /// What the manifest says.
    pub manifest: CargoManifest,
    /// The role of the manifest's path.
    pub role: Role,
    /// The manifest lies above the checked path.
    pub above: bool,
    /// Folder of the workspace root that holds it; its own when there is none.
    pub workspace_folder: String,
    /// Names of the library and binary crates as source code writes them.
    pub crate_name: String,
    /// Binary targets: name and path of the root source file relative to the root.
    pub binaries: Vec<Binary>,
    /// Path of the library's root source file, when it exists.
    pub library: Option<String>,
    /// Positions of packages that normal path dependencies lead to, and the crate name each is called by here.
    pub local_dependencies: Vec<(String, PackageId)>,
}

/// A binary target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binary {
    /// Its name.
    pub name: String,
    /// Its root source file, relative to the root of the tree.
    pub path: String,
}

/// A manifest and where it was read.
pub struct ManifestFile<'a> {
    /// Its number.
    pub file: FileId,
    /// Its path, relative to the root.
    pub path: &'a str,
    /// What it says.
    pub manifest: &'a CargoManifest,
    /// The role of its path.
    pub role: Role,
    /// It lies above the checked path.
    pub above: bool,
}

/// Joins manifests into packages. `exists` tells whether a path is a file of the tree, `below` lists the source
/// files in a folder.
pub fn link(
    manifests: &[ManifestFile<'_>],
    exists: &dyn Fn(&str) -> bool,
    below: &dyn Fn(&str) -> Vec<String>,
) -> Vec<Package> {
    let mut packages: Vec<Package> = manifests
        .iter()
        .filter_map(|m| {
            let name = m.manifest.name.as_ref()?.value.clone();
            let folder = folder_of(m.path).to_owned();
            let crate_name = m.manifest.library_name.clone().unwrap_or_else(|| name.replace('-', "_"));
            let library = m
                .manifest
                .library_path
                .as_ref()
                .map(|p| join(&folder, p))
                .unwrap_or_else(|| join(&folder, "src/lib.rs"));
            Some(Package {
                binaries: binaries(m.manifest, &name, &folder, exists, below),
                library: exists(&library).then_some(library),
                workspace_folder: workspace_of(&folder, manifests),
                name,
                manifest_file: m.file,
                manifest: m.manifest.clone(),
                role: m.role,
                above: m.above,
                crate_name,
                folder,
                local_dependencies: Vec::new(),
            })
        })
        .collect();
    packages.sort_by(|a, b| a.folder.cmp(&b.folder));
    let by_folder: BTreeMap<String, PackageId> =
        packages.iter().enumerate().map(|(at, p)| (p.folder.clone(), PackageId(at))).collect();
    let inherited = inherited_paths(manifests);
    let links: Vec<Vec<(String, PackageId)>> =
        packages.iter().map(|p| local_dependencies(p, &by_folder, &inherited)).collect();
    for (package, links) in packages.iter_mut().zip(links) {
        package.local_dependencies = links;
    }
    packages
}

fn binaries(
    manifest: &CargoManifest,
    name: &str,
    folder: &str,
    exists: &dyn Fn(&str) -> bool,
    below: &dyn Fn(&str) -> Vec<String>,
) -> Vec<Binary> {
    let mut found: Vec<Binary> = Vec::new();
    for binary in &manifest.binaries {
        let guesses = match &binary.path {
            Some(path) => vec![path.clone()],
            None => vec![
                format!("src/bin/{}.rs", binary.name.value),
                format!("src/bin/{}/main.rs", binary.name.value),
                "src/main.rs".into(),
            ],
        };
        let path = guesses.iter().map(|g| join(folder, g)).find(|p| exists(p));
        found.extend(path.map(|path| Binary { name: binary.name.value.clone(), path }));
    }
    if manifest.auto_binaries {
        let mut add = |name: String, path: String| {
            if !found.iter().any(|b| b.path == path) {
                found.push(Binary { name, path });
            }
        };
        let main = join(folder, "src/main.rs");
        if exists(&main) {
            add(name.to_owned(), main);
        }
        let bin_folder = join(folder, "src/bin");
        for path in below(&bin_folder) {
            let rest = path.strip_prefix(&bin_folder).unwrap_or("").trim_start_matches('/');
            if let Some(stem) = rest.strip_suffix("/main.rs").or_else(|| rest.strip_suffix(".rs"))
                && !stem.contains('/')
            {
                add(stem.to_owned(), path.clone());
            }
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// The nearest folder upward whose manifest has `[workspace]` and does not exclude `folder`.
fn workspace_of(folder: &str, manifests: &[ManifestFile<'_>]) -> String {
    let mut at = Some(folder);
    while let Some(current) = at {
        let workspace = manifests
            .iter()
            .filter(|m| folder_of(m.path) == current)
            .find_map(|m| m.manifest.workspace.as_ref());
        if let Some(workspace) = workspace {
            let relative = folder.strip_prefix(current).unwrap_or("").trim_start_matches('/');
            let excluded = workspace
                .exclude
                .iter()
                .any(|e| crate::discover::is_below(relative, e.trim_end_matches('/')));
            let member = relative.is_empty()
                || workspace.members.iter().any(|m| {
                    let pattern = m.value.trim_start_matches("./").trim_end_matches('/');
                    pattern == relative
                        || Glob::new(pattern).is_ok_and(|g| g.compile_matcher().is_match(relative))
                });
            // Path dependencies inside the workspace folder are members without being listed.
            if !excluded && (member || !relative.is_empty()) {
                return current.to_owned();
            }
            return folder.to_owned();
        }
        at = (!current.is_empty()).then(|| folder_of(current));
    }
    folder.to_owned()
}

fn inherited_paths(manifests: &[ManifestFile<'_>]) -> BTreeMap<(String, String), String> {
    let mut paths = BTreeMap::new();
    for manifest in manifests {
        let folder = folder_of(manifest.path);
        for dependency in
            manifest.manifest.dependencies.iter().filter(|d| d.kind == DependencyKind::Workspace)
        {
            if let Some(target) = dependency.path.as_ref().and_then(|p| normalise(&join(folder, &p.value))) {
                paths.insert((folder.to_owned(), dependency.key.value.clone()), target);
            }
        }
    }
    paths
}

fn local_dependencies(
    package: &Package,
    by_folder: &BTreeMap<String, PackageId>,
    inherited: &BTreeMap<(String, String), String>,
) -> Vec<(String, PackageId)> {
    let mut links = Vec::new();
    for dependency in package.manifest.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal) {
        let folder = match &dependency.path {
            Some(path) => normalise(&join(&package.folder, &path.value)),
            None if dependency.inherited => {
                inherited.get(&(package.workspace_folder.clone(), dependency.key.value.clone())).cloned()
            }
            None => None,
        };
        if let Some(id) = folder.and_then(|f| by_folder.get(&f)) {
            links.push((dependency.crate_name(), *id));
        }
    }
    links
}

/// The packages of a `Cargo.lock` by name.
pub fn versions<'a>(lock: &'a [LockedPackage], name: &str) -> Vec<&'a str> {
    lock.iter().filter(|p| p.name == name).map(|p| p.version.as_str()).collect()
}

/// The folder of a path; empty at the root.
pub fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// `folder` and `path` joined with `/`.
pub fn join(folder: &str, path: &str) -> String {
    if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") }
}

/// A path without `.` and `..`; none when it leaves the root or is absolute.
pub fn normalise(path: &str) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            other => parts.push(other),
        }
    }
    Some(parts.join("/"))
}
