//! Names of images (the reference grammar of the OCI distribution project).

/// The parts of an image's name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ImageReference {
    /// Host and port of the registry; none for the default one.
    pub registry: Option<String>,
    /// The path below the registry, `library/` left out.
    pub repository: String,
    /// The tag.
    pub tag: Option<String>,
    /// The digest, `sha256:…`.
    pub digest: Option<String>,
}

impl ImageReference {
    /// The last part of the repository.
    pub fn basename(&self) -> &str {
        self.repository.rsplit('/').next().unwrap_or(&self.repository)
    }

    /// True when both name the same repository, whatever tag or digest.
    pub fn same_repository(&self, other: &ImageReference) -> bool {
        self.registry == other.registry && self.repository == other.repository
    }
}

/// Names of the default registry.
const DEFAULT_REGISTRIES: [&str; 4] =
    ["docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com"];

/// Takes the name of an image apart; `text` holds no variables any more.
///
/// What stands before the first `/` is a registry when it holds a `.` or a `:` or is `localhost`. An ill-formed name
/// gives an empty repository.
pub fn image_reference(text: &str) -> ImageReference {
    let text = text.trim();
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest.to_owned())),
        None => (text, None),
    };
    let slash = rest.rfind('/').map_or(0, |at| at + 1);
    let (name, tag) = match rest.get(slash..).and_then(|last| last.find(':')) {
        Some(colon) => {
            (rest.get(..slash + colon).unwrap_or(""), rest.get(slash + colon + 1..).map(str::to_owned))
        }
        None => (rest, None),
    };
    let (registry, path) = match name.split_once('/') {
        Some((first, path)) if first.contains(['.', ':']) || first == "localhost" => (Some(first), path),
        _ => (None, name),
    };
    let registry =
        registry.map(str::to_ascii_lowercase).filter(|r| !DEFAULT_REGISTRIES.contains(&r.as_str()));
    let path = if registry.is_none() { path.strip_prefix("library/").unwrap_or(path) } else { path };
    let is_ok = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    let repository = if path.chars().all(is_ok) { path.to_owned() } else { String::new() };
    ImageReference { registry, repository, tag: tag.filter(|t| !t.is_empty()), digest }
}

#[cfg(test)]
mod tests {
    use super::image_reference;

    #[test]
    fn names_are_taken_apart() {
        let cases = [
            ("postgres", None, "postgres", None, None),
            ("postgres:16-alpine", None, "postgres", Some("16-alpine"), None),
            ("library/redis:7", None, "redis", Some("7"), None),
            ("docker.io/library/redis", None, "redis", None, None),
            ("docker.io/bitnami/redis:7", None, "bitnami/redis", Some("7"), None),
            ("localhost/app", Some("localhost"), "app", None, None),
            ("localhost:5000/a/b:1", Some("localhost:5000"), "a/b", Some("1"), None),
            ("registry.example.com:5000/app", Some("registry.example.com:5000"), "app", None, None),
            ("ghcr.io/acme/web@sha256:ab", Some("ghcr.io"), "acme/web", None, Some("sha256:ab")),
            ("ghcr.io/acme/web:1@sha256:ab", Some("ghcr.io"), "acme/web", Some("1"), Some("sha256:ab")),
            ("acme/web:", None, "acme/web", None, None),
            ("a b", None, "", None, None),
            ("", None, "", None, None),
        ];
        for (text, registry, repository, tag, digest) in cases {
            let found = image_reference(text);
            let seen = (found.registry.as_deref(), found.repository.as_str());
            assert_eq!(seen, (registry, repository), "{text}");
            assert_eq!((found.tag.as_deref(), found.digest.as_deref()), (tag, digest), "{text}");
        }
    }
}
