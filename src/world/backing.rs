//! What well-known images are, from `rules/knowledge/images.toml`.

use std::sync::LazyLock;

use serde::Deserialize;

use super::image_reference::ImageReference;
use crate::knowledge::Tables;

/// What an image is to the services that run beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImageClass {
    /// A stateful system that applications attach to.
    Backing,
    /// For people: consoles, mail catchers, monitoring.
    Tool,
    /// A reverse proxy or web server.
    Proxy,
    /// A language or system, to run one's own code in.
    Runtime,
}

/// How much of a version tells releases apart that do not replace each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
pub enum VersionPart {
    /// The first number.
    #[default]
    #[serde(rename = "major")]
    Major,
    /// The first two numbers.
    #[serde(rename = "major.minor")]
    MajorMinor,
    /// None: releases are named by date or replace each other.
    #[serde(rename = "none")]
    None,
}

/// A row of the table.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ImageKind {
    /// `postgres`.
    pub slug: String,
    /// What it is to others.
    pub class: ImageClass,
    /// Which task it does, so that kinds with the same task can be told from others: `sql`, `cache`.
    #[serde(default)]
    pub family: String,
    /// How versions compare.
    #[serde(default)]
    pub version: VersionPart,
    /// The port it listens on unless told otherwise.
    #[serde(default)]
    pub port: Option<u16>,
    /// Schemes of URLs that lead to it.
    #[serde(default)]
    pub schemes: Vec<String>,
    /// Variables that its client libraries read by themselves.
    #[serde(default)]
    pub variables: Vec<String>,
    /// Names of images.
    pub images: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TableFile {
    kind: Vec<ImageKind>,
}

static KINDS: LazyLock<Vec<ImageKind>> = LazyLock::new(|| read().unwrap_or_default());

fn read() -> Result<Vec<ImageKind>, toml::de::Error> {
    toml::from_str::<TableFile>(Tables::shared("images")).map(|file| file.kind)
}

impl ImageKind {
    /// The part of a tag that tells releases apart, behind `v` and before what follows the numbers: `16` of
    /// `16.2-alpine`. None when the tag starts with no number, or has fewer numbers than are needed.
    pub fn version_of(&self, tag: &str) -> Option<String> {
        let parts = match self.version {
            VersionPart::Major => 1,
            VersionPart::MajorMinor => 2,
            VersionPart::None => return None,
        };
        let tag = tag.strip_prefix('v').unwrap_or(tag);
        let end = tag.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(tag.len());
        let numbers: Vec<&str> = tag.get(..end)?.split('.').filter(|n| !n.is_empty()).take(parts).collect();
        (numbers.len() == parts).then(|| numbers.join("."))
    }
}

/// All kinds, in the order of the table.
pub fn image_kinds() -> &'static [ImageKind] {
    &KINDS
}

/// The kind called `slug`.
pub fn kind_by_slug(slug: &str) -> Option<&'static ImageKind> {
    KINDS.iter().find(|kind| kind.slug == slug)
}

/// The kind to which URLs with `scheme` lead; for `postgresql+asyncpg` and `jdbc:postgresql` too.
pub fn kind_by_scheme(scheme: &str) -> Option<&'static ImageKind> {
    let scheme = scheme.to_ascii_lowercase();
    let scheme = scheme.strip_prefix("jdbc:").unwrap_or(&scheme);
    let scheme = scheme.split('+').next().unwrap_or(scheme);
    KINDS.iter().find(|kind| kind.schemes.iter().any(|s| s == scheme))
}

/// What an image is. Names in the table with a `/` match the end of the repository, others its last part; the
/// longest match wins.
pub fn image_kind(image: &ImageReference) -> Option<&'static ImageKind> {
    let matching = |kind: &'static ImageKind| {
        let longest = kind.images.iter().filter(|name| matches(name, image)).map(String::len).max()?;
        Some((longest, kind))
    };
    // Of equal lengths the first in the table.
    KINDS.iter().filter_map(matching).rev().max_by_key(|(length, _)| *length).map(|(_, kind)| kind)
}

fn matches(name: &str, image: &ImageReference) -> bool {
    if !name.contains('/') {
        return image.basename() == name;
    }
    let start = image.repository.strip_suffix(name);
    start.is_some_and(|start| start.is_empty() || start.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::{image_kind, image_kinds, kind_by_scheme, kind_by_slug, read};
    use crate::world::image_reference::image_reference;

    #[test]
    fn the_table_loads() {
        assert_eq!(read().map(|kinds| kinds.len() > 40).map_err(|e| e.to_string()), Ok(true));
        let mut slugs: Vec<_> = image_kinds().iter().map(|k| &k.slug).collect();
        let mut images: Vec<_> = image_kinds().iter().flat_map(|k| &k.images).collect();
        let before = (slugs.len(), images.len());
        slugs.sort();
        slugs.dedup();
        images.sort();
        images.dedup();
        assert_eq!((slugs.len(), images.len()), before, "a slug or image stands twice");
    }

    #[test]
    fn images_have_kinds() {
        let cases = [
            ("postgres:16", Some("postgres")),
            ("docker.io/library/postgres:16-alpine", Some("postgres")),
            ("bitnami/postgresql", Some("postgres")),
            ("ghcr.io/acme/postgis/postgis:16-3.4", Some("postgres")),
            ("timescale/timescaledb-ha:pg16", Some("postgres")),
            ("pgvector/pgvector:pg17", Some("postgres")),
            ("postgrest/postgrest", None),
            ("mcr.microsoft.com/mssql/server:2022-latest", Some("mssql")),
            ("mcr.microsoft.com/acme/server", None),
            ("valkey/valkey:8", Some("valkey")),
            ("redis/redis-stack", Some("redis")),
            ("confluentinc/cp-kafka:7.5.0", Some("kafka")),
            ("quay.io/minio/minio", Some("minio")),
            ("minio/mc", Some("minio-client")),
            ("adminer", Some("adminer")),
            ("dpage/pgadmin4", Some("pgadmin")),
            ("axllent/mailpit", Some("mailpit")),
            ("nginx:alpine", Some("nginx")),
            ("node:20", Some("node")),
            ("acme/web", None),
        ];
        for (image, kind) in cases {
            let found = image_kind(&image_reference(image)).map(|k| k.slug.as_str());
            assert_eq!(found, kind, "{image}");
        }
    }

    #[test]
    fn versions_compare_by_kind() {
        let cases = [
            ("postgres", "16.2-alpine", Some("16")),
            ("postgres", "alpine", None),
            ("postgres", "v16", Some("16")),
            ("mysql", "8.0.36", Some("8.0")),
            ("mysql", "8", None),
            ("minio", "RELEASE.2024", None),
        ];
        for (slug, tag, version) in cases {
            let found = kind_by_slug(slug).and_then(|k| k.version_of(tag));
            assert_eq!(found.as_deref(), version, "{slug}:{tag}");
        }
        let slug = |scheme| kind_by_scheme(scheme).map(|k| k.slug.as_str());
        assert_eq!(slug("postgresql+asyncpg"), Some("postgres"));
        assert_eq!(slug("jdbc:mysql"), Some("mysql"));
        assert_eq!(slug("https"), None);
    }
}
