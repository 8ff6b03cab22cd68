//! Which databases a service is built to talk to, by the dependencies of its packages.

use std::collections::BTreeMap;

use crate::facts::manifest::{CargoDependency, DependencyKind};
use crate::source::Span;

use super::World;
use super::services::Service;

/// Packages that talk to one kind of store.
const CLIENTS: &[(&str, &str)] = &[
    ("rusqlite", "sqlite"),
    ("tokio-rusqlite", "sqlite"),
    ("libsql", "sqlite"),
    ("async-sqlite", "sqlite"),
    ("deadpool-sqlite", "sqlite"),
    ("postgres", "postgres"),
    ("tokio-postgres", "postgres"),
    ("deadpool-postgres", "postgres"),
    ("bb8-postgres", "postgres"),
    ("mysql", "mysql"),
    ("mysql_async", "mysql"),
    ("mongodb", "mongodb"),
    ("tiberius", "mssql"),
    ("scylla", "cassandra"),
    ("cdrs-tokio", "cassandra"),
    ("redis", "redis"),
    ("fred", "redis"),
    ("deadpool-redis", "redis"),
    ("rustis", "redis"),
    ("aws-sdk-dynamodb", "dynamodb"),
    ("surrealdb", "surrealdb"),
    ("neo4rs", "neo4j"),
    ("clickhouse", "clickhouse"),
    ("elasticsearch", "elasticsearch"),
    ("firestore", "firestore"),
    ("etcd-client", "etcd"),
    ("tikv-client", "tikv"),
    ("sqlx-postgres", "postgres"),
    ("sqlx-mysql", "mysql"),
    ("sqlx-sqlite", "sqlite"),
    ("diesel_async", "postgres"),
    ("diesel-async", "postgres"),
];

/// Libraries whose features tell.
const LIBRARIES: &[&str] = &[
    "sqlx",
    "sea-orm",
    "sea-orm-migration",
    "diesel",
    "rbatis",
    "welds",
    "prisma-client-rust",
    "toasty",
    "ormlite",
];

impl World {
    /// The kinds of stores that a service is built to talk to, with the dependency that says so.
    pub fn store_drivers(&self, service: &Service) -> BTreeMap<&'static str, Span> {
        let mut found = BTreeMap::new();
        for package in service.packages.iter().filter_map(|id| self.packages.get(id.0)) {
            let normal = package.manifest.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal);
            for dependency in normal {
                let span = Span::new(package.manifest_file, dependency.key.range);
                let inherited = dependency
                    .inherited
                    .then(|| self.inherited(&package.workspace_folder, dependency))
                    .flatten();
                let name = inherited.map_or(dependency.package_name(), CargoDependency::package_name);
                for (client, kind) in CLIENTS {
                    if name == *client {
                        found.entry(*kind).or_insert(span);
                    }
                }
                if LIBRARIES.contains(&name) {
                    let features =
                        dependency.features.iter().chain(inherited.iter().flat_map(|d| &d.features));
                    for feature in features {
                        let feature = feature.strip_prefix("sqlx-").unwrap_or(feature);
                        let kind = ["sqlite", "postgres", "mysql", "mssql"]
                            .into_iter()
                            .find(|k| feature.starts_with(k));
                        if feature == "all" {
                            found.entry("sqlite").or_insert(span);
                            found.entry("postgres").or_insert(span);
                        }
                        if let Some(kind) = kind {
                            found.entry(kind).or_insert(span);
                        }
                    }
                }
            }
        }
        found
    }

    /// What `[workspace.dependencies]` says about a dependency.
    fn inherited(&self, workspace: &str, dependency: &CargoDependency) -> Option<&CargoDependency> {
        let path =
            if workspace.is_empty() { "Cargo.toml".to_owned() } else { format!("{workspace}/Cargo.toml") };
        let crate::facts::artefact::Artefact::CargoManifest(manifest) = self.artefact(self.file_at(&path)?)
        else {
            return None;
        };
        let mut declared = manifest.dependencies.iter().filter(|d| d.kind == DependencyKind::Workspace);
        declared.find(|d| d.key.value == dependency.key.value)
    }
}
