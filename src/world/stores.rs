//! Which kinds of backing services the environments of a repository use: containers beside the program, and the URLs
//! that its environment is given.

use std::collections::BTreeSet;

use crate::discover::role::Role;
use crate::facts::artefact::Artefact;
use crate::source::Span;

use super::World;
use super::backing::{image_kind, kind_by_scheme, kind_by_slug};

/// A backing service of an environment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    /// What it does: `sql`, `cache`.
    pub family: String,
    /// What it is: `postgres`, `sqlite`.
    pub kind: String,
    /// The environment.
    pub role: Role,
    /// The image, or the URL.
    pub span: Span,
}

/// All of them.
#[derive(Clone, Debug, Default)]
pub struct Stores {
    /// By place; one for each kind, role and file.
    pub all: Vec<Store>,
}

impl Stores {
    /// The families.
    pub fn families(&self) -> Vec<&str> {
        self.all.iter().map(|s| s.family.as_str()).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// True when the programs of the tree can use several kinds of `family`: whoever installs them chooses.
    pub fn offers_choice(&self, world: &World, family: &str) -> bool {
        const DRIVERS: &[(&str, &[&str])] = &[
            (
                "postgres",
                &[
                    "postgres",
                    "tokio-postgres",
                    "psycopg",
                    "psycopg2",
                    "psycopg2-binary",
                    "asyncpg",
                    "pg",
                    "sqlx-postgres",
                    "postgres-openssl",
                ],
            ),
            (
                "mysql",
                &[
                    "mysql",
                    "mysql_async",
                    "mysqlclient",
                    "pymysql",
                    "aiomysql",
                    "asyncmy",
                    "mysql2",
                    "sqlx-mysql",
                    "mariadb",
                ],
            ),
            (
                "sqlite",
                &[
                    "sqlite",
                    "rusqlite",
                    "aiosqlite",
                    "sqlite3",
                    "better-sqlite3",
                    "sqlx-sqlite",
                    "libsqlite3-sys",
                ],
            ),
        ];
        if family != "sql" {
            return false;
        }
        let mut known = BTreeSet::new();
        let mut note = |word: &str| {
            let lower = word.to_ascii_lowercase();
            known.extend(
                DRIVERS.iter().filter(|(_, names)| names.contains(&lower.as_str())).map(|(kind, _)| *kind),
            );
        };
        for (at, found) in
            world.inventory.files.iter().enumerate().filter(|(_, f)| f.role == Role::Production)
        {
            let Some(artefact) = world.artefacts.get(at).filter(|_| !found.above) else { continue };
            match artefact {
                Artefact::CargoManifest(manifest) => {
                    for dependency in &manifest.dependencies {
                        note(dependency.package_name());
                        let orm = matches!(
                            dependency.package_name(),
                            "sqlx" | "diesel" | "diesel-async" | "sea-orm" | "rbatis"
                        );
                        dependency
                            .features
                            .iter()
                            .filter(|_| orm)
                            .for_each(|f| note(f.trim_start_matches("sqlx-")));
                    }
                    manifest.features.iter().for_each(|feature| note(feature));
                }
                Artefact::Requirements(file) => file.requirements.iter().for_each(|r| note(&r.name)),
                Artefact::NodeManifest(manifest) => {
                    manifest.dependencies.iter().filter(|d| !d.development).for_each(|d| note(&d.name.value));
                }
                _ => {}
            }
        }
        known.len() > 1
    }
}

impl World {
    /// The backing services of all environments.
    pub fn stores(&self) -> Stores {
        let mut all = Vec::new();
        let mut add = |family: &str, kind: &str, role: Role, span: Span| {
            let known =
                all.iter().any(|s: &Store| s.kind == kind && s.role == role && s.span.file == span.file);
            if !known && !family.is_empty() {
                all.push(Store { family: family.to_owned(), kind: kind.to_owned(), role, span });
            }
        };
        for project in &self.projects {
            for environment in &project.environments {
                for service in &environment.services {
                    let (Some(kind), Some(image)) = (service.role.backing(), &service.image) else {
                        continue;
                    };
                    // An override adds to what the base file says; each place counts for the file it stands in.
                    let file = self.inventory.files.get(image.span.file.0 as usize);
                    add(&kind.family, &kind.slug, file.map_or(environment.role, |f| f.role), image.span);
                }
            }
        }
        for declaration in self.declarations() {
            let Some(value) = &declaration.value else { continue };
            let role =
                self.inventory.files.get(value.span.file.0 as usize).map_or(declaration.role, |f| f.role);
            if let Some((family, kind)) = kind_of_url(value.value.trim_matches(['"', '\''])) {
                add(&family, &kind, role, value.span);
            }
        }
        for job in &self.pipelines.jobs {
            for service in &job.services {
                for kind in service.references.iter().filter_map(image_kind) {
                    add(&kind.family, &kind.slug, Role::Ci, service.image.span);
                }
            }
        }
        all.sort_by_key(|s| s.span);
        Stores { all }
    }
}

/// The family and kind of the store that a URL leads to. Files are databases only by the scheme of one.
fn kind_of_url(url: &str) -> Option<(String, String)> {
    let lower = url.to_ascii_lowercase();
    let lower = lower.strip_prefix("jdbc:").unwrap_or(&lower);
    let (scheme, _) = lower.split_once(':')?;
    let scheme = scheme.split('+').next().unwrap_or(scheme);
    if matches!(scheme, "sqlite" | "sqlite3" | "h2" | "hsqldb" | "derby") {
        return Some(("sql".into(), scheme.trim_end_matches('3').to_owned()));
    }
    if !lower.contains("://") {
        return None;
    }
    let kind = kind_by_scheme(scheme)?;
    let kind = kind_by_slug(&kind.slug)?;
    Some((kind.family.clone(), kind.slug.clone()))
}

#[cfg(test)]
mod tests {
    use super::kind_of_url;

    #[test]
    fn urls_tell_kinds() {
        let kind = |url| kind_of_url(url).map(|(_, kind)| kind);
        assert_eq!(kind("postgresql+asyncpg://u@db/shop").as_deref(), Some("postgres"));
        assert_eq!(kind("jdbc:h2:mem:test").as_deref(), Some("h2"));
        assert_eq!(kind("sqlite::memory:").as_deref(), Some("sqlite"));
        assert_eq!(kind("https://example.com"), None);
        assert_eq!(kind("redis"), None);
    }
}
