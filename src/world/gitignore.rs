//! What the `.gitignore` files of the tree say about a path (gitignore(5)).

use globset::GlobBuilder;

use crate::discover::is_below;
use crate::facts::artefact::Artefact;
use crate::source::{FileId, Span};

use super::World;
use super::packages::folder_of;

impl World {
    /// The line that makes git ignore `path` or a folder above it; none when a later one takes it back, or no file
    /// says so.
    pub fn ignored_at(&self, path: &str) -> Option<Span> {
        let mut decided = None;
        for (at, found) in self.inventory.files.iter().enumerate() {
            let Some(id) = u32::try_from(at).ok().map(FileId) else { break };
            let Artefact::Gitignore(patterns) = self.artefact(id) else { continue };
            let folder = folder_of(&found.path);
            if !is_below(path, folder) {
                continue;
            }
            let inner = path.strip_prefix(folder).unwrap_or(path).trim_start_matches('/');
            for pattern in patterns {
                let (text, again) = match pattern.value.strip_prefix('!') {
                    Some(text) => (text, true),
                    None => (pattern.value.as_str(), false),
                };
                if matches(text, inner) {
                    decided = (!again).then(|| Span::new(id, pattern.range));
                }
            }
        }
        decided
    }

    /// Whether version control has `path`, a file or a folder; none when it is not known. What lies in a repository of
    /// its own counts as tracked.
    pub fn is_tracked(&self, path: &str) -> Option<bool> {
        let tracked = self.inventory.tracked.as_ref()?;
        let inside = format!("{path}/");
        let below = tracked.range(inside.clone()..).next().is_some_and(|first| first.starts_with(&inside));
        let above = std::iter::successors(Some(path), |p| p.rsplit_once('/').map(|(parent, _)| parent));
        Some(path.is_empty() || below || above.into_iter().any(|p| tracked.contains(p)))
    }
}

/// True when `pattern` covers `path` (relative to the file's folder) or a folder above it.
fn matches(pattern: &str, path: &str) -> bool {
    let only_folders = pattern.ends_with('/');
    let body = pattern.trim_end_matches('/');
    let anchored = body.contains('/');
    let body = body.trim_start_matches('/');
    let full = if anchored { body.to_owned() } else { format!("**/{body}") };
    let Ok(glob) = GlobBuilder::new(&full).literal_separator(true).backslash_escape(true).build() else {
        return false;
    };
    let matcher = glob.compile_matcher();
    let mut at = Some((path, true));
    while let Some((candidate, whole)) = at {
        // The path itself may be a file, which a pattern for folders leaves alone.
        if matcher.is_match(candidate) && !(only_folders && whole && has_extension(candidate)) {
            return true;
        }
        at = candidate.rsplit_once('/').map(|(parent, _)| (parent, false));
    }
    false
}

fn has_extension(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.trim_start_matches('.').contains('.'))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_cover_paths() {
        let cases = [
            ("*.log", "a/b.log", true),
            ("/target", "target/debug/app", true),
            ("/target", "a/target", false),
            ("config/local.toml", "config/local.toml", true),
            ("config/local.toml", "a/config/local.toml", false),
            ("certs/", "deploy/certs/key.pem", true),
            ("certs/", "certs.d/key.pem", false),
            ("secret/", "secret.toml", false),
            ("**/generated", "a/generated/x.rs", true),
        ];
        for (pattern, path, wanted) in cases {
            assert_eq!(matches(pattern, path), wanted, "{pattern} {path}");
        }
    }
}
