//! Cargo's manifests and lock files (The Cargo Book).

use crate::facts::artefact::Artefact;
use crate::facts::manifest::{
    CargoBinary, CargoDependency, CargoManifest, CargoWorkspace, DependencyKind, LockedPackage,
};
use crate::facts::{FileFacts, collect_allows};
use crate::source::Spanned;
use crate::syntax::doc::{NodeRef, Parsed, parse_toml};

/// Reads a `Cargo.toml`.
pub fn manifest(text: &str) -> FileFacts {
    let parsed = parse_toml(text);
    let manifest = parsed.root().map(read_manifest).unwrap_or_default();
    finish(text, parsed, Artefact::CargoManifest(Box::new(manifest)))
}

/// Reads a `Cargo.lock`.
pub fn lock(text: &str) -> FileFacts {
    let parsed = parse_toml(text);
    let mut packages = Vec::new();
    for item in parsed.root().and_then(|root| root.get("package")).iter().flat_map(NodeRef::items) {
        let text = |key: &str| item.get(key).and_then(|v| v.as_str()).unwrap_or("").to_owned();
        packages.push(LockedPackage {
            name: text("name"),
            version: text("version"),
            local: item.get("source").is_none(),
            // `name`, `name version` or `name version (source)`.
            dependencies: words(item.get("dependencies"))
                .iter()
                .filter_map(|d| Some(d.split(' ').next()?.to_owned()))
                .collect(),
            commit: text("source").strip_prefix("git+").and_then(|s| Some(s.rsplit_once('#')?.1.to_owned())),
        });
    }
    finish(text, parsed, Artefact::CargoLock(packages))
}

/// Reads a TOML file whose tree is kept as it is (`.cargo/config.toml`, `rust-toolchain.toml`).
pub fn document(text: &str) -> FileFacts {
    let parsed = parse_toml(text);
    let tree = parsed.clone();
    finish(text, parsed, Artefact::Document(Box::new(tree)))
}

fn finish(text: &str, parsed: Parsed, artefact: Artefact) -> FileFacts {
    let comments: Vec<_> = parsed.comments.iter().map(|c| c.range).collect();
    let allows = if text.contains(crate::facts::allow::MARKER) {
        collect_allows(text, &comments, &parsed.entry_regions())
    } else {
        Vec::new()
    };
    FileFacts { artefact, allows, problems: parsed.problems }
}

fn spanned(node: NodeRef<'_>) -> Option<Spanned<String>> {
    node.as_str().map(|text| Spanned::new(text.to_owned(), node.range()))
}

fn strings(node: Option<NodeRef<'_>>) -> Vec<Spanned<String>> {
    node.iter().flat_map(NodeRef::items).filter_map(spanned).collect()
}

fn words(node: Option<NodeRef<'_>>) -> Vec<String> {
    strings(node).into_iter().map(|s| s.value).collect()
}

fn read_manifest(root: NodeRef<'_>) -> CargoManifest {
    let package = root.get("package");
    let library = root.get("lib");
    let text = |node: Option<NodeRef<'_>>, key: &str| {
        node.and_then(|n| n.get(key)).and_then(|v| v.as_str()).map(str::to_owned)
    };
    let flag = |node: Option<NodeRef<'_>>, key: &str| node.and_then(|n| n.get(key)).and_then(|v| v.as_bool());
    let mut dependencies = Vec::new();
    read_dependency_tables(root, &mut dependencies);
    for target in root.get("target").iter().flat_map(NodeRef::entries) {
        read_dependency_tables(target.value, &mut dependencies);
    }
    for source in root.get("patch").iter().flat_map(NodeRef::entries) {
        read_dependencies(Some(source.value), DependencyKind::Patch, &mut dependencies);
    }
    read_dependencies(root.get("replace"), DependencyKind::Patch, &mut dependencies);
    read_dependencies(
        root.get_path(&["workspace", "dependencies"]),
        DependencyKind::Workspace,
        &mut dependencies,
    );
    CargoManifest {
        name: package.and_then(|p| p.get("name")).and_then(spanned),
        package_range: package.map(|p| p.range()),
        rust_version: package.and_then(|p| p.get("rust-version")).and_then(spanned),
        library_name: text(library, "name"),
        library_path: text(library, "path"),
        proc_macro: flag(library, "proc-macro").or(flag(library, "proc_macro")).unwrap_or(false),
        auto_binaries: flag(package, "autobins").unwrap_or(true),
        binaries: root.get("bin").iter().flat_map(NodeRef::items).filter_map(read_binary).collect(),
        dependencies,
        workspace: root.get("workspace").map(|w| CargoWorkspace {
            members: strings(w.get("members")),
            exclude: words(w.get("exclude")),
            rust_version: w.get_path(&["package", "rust-version"]).and_then(spanned),
        }),
        features: root.get("features").iter().flat_map(NodeRef::entries).map(|e| e.key.to_owned()).collect(),
    }
}

fn read_binary(node: NodeRef<'_>) -> Option<CargoBinary> {
    Some(CargoBinary {
        name: node.get("name").and_then(spanned)?,
        path: node.get("path").and_then(|p| p.as_str()).map(str::to_owned),
        required_features: words(node.get("required-features")),
    })
}

fn read_dependency_tables(node: NodeRef<'_>, into: &mut Vec<CargoDependency>) {
    let tables = [
        ("dependencies", DependencyKind::Normal),
        ("dev-dependencies", DependencyKind::Development),
        ("dev_dependencies", DependencyKind::Development),
        ("build-dependencies", DependencyKind::Build),
        ("build_dependencies", DependencyKind::Build),
    ];
    for (key, kind) in tables {
        read_dependencies(node.get(key), kind, into);
    }
}

fn read_dependencies(table: Option<NodeRef<'_>>, kind: DependencyKind, into: &mut Vec<CargoDependency>) {
    for entry in table.iter().flat_map(NodeRef::entries) {
        let value = entry.value;
        let get = |key: &str| value.get(key).and_then(spanned);
        let flag = |key: &str| value.get(key).and_then(|v| v.as_bool());
        into.push(CargoDependency {
            key: Spanned::new(entry.key.to_owned(), entry.key_range),
            package: get("package").map(|p| p.value),
            kind,
            version: spanned(value).or_else(|| get("version")),
            path: get("path"),
            git: get("git"),
            pinned: value.get("rev").is_some() || value.get("tag").is_some(),
            branch: get("branch"),
            inherited: flag("workspace").unwrap_or(false),
            optional: flag("optional").unwrap_or(false),
            default_features: flag("default-features").or(flag("default_features")).unwrap_or(true),
            features: words(value.get("features")),
        });
    }
}
