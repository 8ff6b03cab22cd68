//! Facts of package manifests and lock files.

use serde::{Deserialize, Serialize};

use crate::source::{ByteRange, Spanned};

/// What a `Cargo.toml` says (The Cargo Book, "The Manifest Format").
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CargoManifest {
    /// `package.name`; absent in a virtual manifest.
    pub name: Option<Spanned<String>>,
    /// The `[package]` table, header included.
    pub package_range: Option<ByteRange>,
    /// `package.rust-version`.
    pub rust_version: Option<Spanned<String>>,
    /// `lib.name`, when written.
    pub library_name: Option<String>,
    /// `lib.path`, when written.
    pub library_path: Option<String>,
    /// `lib.proc-macro`.
    pub proc_macro: bool,
    /// `package.autobins`; true when unwritten.
    pub auto_binaries: bool,
    /// `[[bin]]` entries: name and path.
    pub binaries: Vec<CargoBinary>,
    /// All dependency tables.
    pub dependencies: Vec<CargoDependency>,
    /// `[workspace]`, when there is one.
    pub workspace: Option<CargoWorkspace>,
    /// Names of features.
    pub features: Vec<String>,
}

/// A `[[bin]]` entry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CargoBinary {
    /// Its name.
    pub name: Spanned<String>,
    /// Its path, relative to the manifest.
    pub path: Option<String>,
    /// Features without which it is not built.
    pub required_features: Vec<String>,
}

/// What a dependency is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DependencyKind {
    /// Part of the program.
    Normal,
    /// For tests, examples and benches.
    Development,
    /// For the build script.
    Build,
    /// `[workspace.dependencies]`: a declaration to inherit from.
    Workspace,
    /// `[patch.*]` or `[replace]`.
    Patch,
}

/// A dependency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CargoDependency {
    /// The key: the name in source code, with `-` for `_`.
    pub key: Spanned<String>,
    /// The package's name where `package = "…"` renames it.
    pub package: Option<String>,
    /// What it is for.
    pub kind: DependencyKind,
    /// The version requirement.
    pub version: Option<Spanned<String>>,
    /// `path`.
    pub path: Option<Spanned<String>>,
    /// `git`.
    pub git: Option<Spanned<String>>,
    /// `rev` or `tag`.
    pub pinned: bool,
    /// `branch`.
    pub branch: Option<Spanned<String>>,
    /// `workspace = true`.
    pub inherited: bool,
    /// `optional = true`.
    pub optional: bool,
    /// `default-features`; true when unwritten.
    pub default_features: bool,
    /// `features`.
    pub features: Vec<String>,
}

impl CargoDependency {
    /// The package's name.
    pub fn package_name(&self) -> &str {
        self.package.as_deref().unwrap_or(&self.key.value)
    }

    /// The crate's name in source code.
    pub fn crate_name(&self) -> String {
        self.key.value.replace('-', "_")
    }
}

/// The `[workspace]` table.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CargoWorkspace {
    /// `members` globs.
    pub members: Vec<Spanned<String>>,
    /// `exclude` paths.
    pub exclude: Vec<String>,
    /// `workspace.package.rust-version`.
    pub rust_version: Option<Spanned<String>>,
}

/// A package of a `Cargo.lock`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LockedPackage {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// True when it comes from the repository itself.
    pub local: bool,
    /// The commit, for a package from a git repository.
    pub commit: Option<String>,
    /// The names of packages that it depends on, for tests too.
    pub dependencies: Vec<String>,
}

/// What a `package.json` says (npm's documentation, "package.json").
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NodeManifest {
    /// `name`.
    pub name: Option<Spanned<String>>,
    /// `scripts`: name and command; the range of the command covers the string with its quotes.
    pub scripts: Vec<(Spanned<String>, Spanned<String>)>,
    /// `dependencies`, `devDependencies` and `optionalDependencies`: name, requirement, and whether for development.
    pub dependencies: Vec<NodeDependency>,
    /// The `dependencies` key, else that of `devDependencies`.
    pub dependencies_range: Option<ByteRange>,
    /// `workspaces` globs.
    pub workspaces: Vec<String>,
    /// `bin` is given.
    pub has_binary: bool,
    /// `main`.
    pub main: Option<String>,
    /// `private`.
    pub private: bool,
    /// `packageManager`.
    pub package_manager: Option<String>,
}

/// A dependency of a `package.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NodeDependency {
    /// The package.
    pub name: Spanned<String>,
    /// The requirement.
    pub requirement: Spanned<String>,
    /// From `devDependencies`.
    pub development: bool,
}

/// What a requirements file of pip says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PythonRequirements {
    /// The requirements in order; files that it includes are read by themselves.
    pub requirements: Vec<PythonRequirement>,
    /// `-c`: another file says which versions.
    pub constrained: bool,
}

/// A requirement of a requirements file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PythonRequirement {
    /// The distribution; empty when only its location is given.
    pub name: String,
    /// The version specifiers as written: `>=2.0,<3`; empty without any.
    pub specifier: String,
    /// Where it is fetched from, when that is written: a URL or a path.
    pub location: Option<Spanned<String>>,
    /// The requirement without markers and options.
    pub range: ByteRange,
}
