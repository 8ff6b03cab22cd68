//! Discovery: which files there are, what each is for, and whether version control knows it.

pub mod git_index;
pub mod kind;
pub mod kubernetes;
pub mod role;
pub mod settings;

use std::collections::BTreeSet;

use globset::GlobSet;

use crate::vfs::{EntryKind, Vfs};
use kind::{FileKind, kind_of_path};
use role::{Role, role_of_path};

/// Source files above this size (bytes) are not parsed; the gap is reported as coverage.
pub const DEFAULT_SIZE_LIMIT: u64 = 1024 * 1024;

/// A file of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundFile {
    /// Relative to the root, `/` between names.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
    /// Which front-end reads it, if any.
    pub kind: Option<FileKind>,
    /// What it is for.
    pub role: Role,
    /// Whether the git index names it; none without a readable index.
    pub tracked: Option<bool>,
    /// It lies above the checked path: read for context, never reported on.
    pub above: bool,
}

/// A symbolic link of the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundLink {
    /// Where it stands, relative to the root.
    pub path: String,
    /// What it holds, as written.
    pub target: String,
    /// Whether the git index names it.
    pub tracked: Option<bool>,
}

/// A file or folder that was not looked into, and why.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skip {
    /// Relative to the root.
    pub path: String,
    /// What would have read it.
    pub kind: Option<FileKind>,
    /// In words.
    pub reason: String,
}

/// All that discovery found, sorted by path.
#[derive(Clone, Debug, Default)]
pub struct Inventory {
    /// Regular files.
    pub files: Vec<FoundFile>,
    /// Symbolic links; they are never followed.
    pub links: Vec<FoundLink>,
    /// What could not be looked into.
    pub skips: Vec<Skip>,
    /// Paths of all tracked files, also of those that were not walked; none without a readable index.
    pub tracked: Option<BTreeSet<String>>,
    /// Whether the tree is under version control of some kind; none where that cannot be told.
    pub version_control: Option<bool>,
}

impl Inventory {
    /// Walks `starts` (relative to the root; an empty one is the whole tree) and what above them gives context.
    ///
    /// `exclude` removes paths, except tracked ones above the starts. `tracked` comes from
    /// [`git_index::tracked_paths`].
    pub fn take(
        vfs: &dyn Vfs,
        starts: &[String],
        exclude: &GlobSet,
        tracked: Option<BTreeSet<String>>,
    ) -> Self {
        let mut inventory = Inventory { tracked, ..Inventory::default() };
        let mut seen = BTreeSet::new();
        for start in starts {
            inventory.walk(vfs, start, exclude, &mut seen);
        }
        for start in starts {
            inventory.look_above(vfs, start, &mut seen);
        }
        inventory.files.sort_by(|a, b| a.path.cmp(&b.path));
        inventory.links.sort_by(|a, b| a.path.cmp(&b.path));
        inventory.skips.sort();
        inventory
    }

    fn walk(&mut self, vfs: &dyn Vfs, start: &str, exclude: &GlobSet, seen: &mut BTreeSet<String>) {
        let listing = vfs.list(start);
        for (path, reason) in listing.unreadable {
            self.skips.push(Skip { kind: kind_of_path(&path), path, reason });
        }
        let mut entries = listing.entries;
        // Ignore rules hide tracked files too, and a committed `.env` that `.gitignore` names is exactly such a file.
        for path in self.tracked.iter().flatten().filter(|p| is_below(p, start)) {
            if entries.binary_search_by(|e| e.path.as_str().cmp(path)).is_err() {
                entries.extend(vfs.entry(path));
            }
        }
        for entry in entries {
            if exclude.is_match(&entry.path) || !seen.insert(entry.path.clone()) {
                continue;
            }
            let tracked = self.tracked.as_ref().map(|t| t.contains(&entry.path));
            match entry.kind {
                EntryKind::File(size) => self.files.push(FoundFile {
                    kind: kind_of_path(&entry.path),
                    role: role_of_path(&entry.path),
                    path: entry.path,
                    size,
                    tracked,
                    above: false,
                }),
                EntryKind::Link(target) => {
                    self.links.push(FoundLink { path: entry.path, target, tracked });
                }
                EntryKind::Submodule => self.skips.push(Skip {
                    path: entry.path,
                    kind: None,
                    reason: "a repository of its own".into(),
                }),
            }
        }
    }

    fn look_above(&mut self, vfs: &dyn Vfs, start: &str, seen: &mut BTreeSet<String>) {
        let mut folder = start;
        while let Some(parent) = (!folder.is_empty()).then(|| folder.rsplit_once('/').map_or("", |(p, _)| p))
        {
            folder = parent;
            for name in vfs.names(folder) {
                let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
                let Some(kind) = kind_of_path(&path).filter(|k| k.is_manifest()) else { continue };
                let Some(entry) = vfs.entry(&path) else { continue };
                let EntryKind::File(size) = entry.kind else { continue };
                if seen.insert(path.clone()) {
                    let tracked = self.tracked.as_ref().map(|t| t.contains(&path));
                    let role = role_of_path(&path);
                    self.files.push(FoundFile { path, size, kind: Some(kind), role, tracked, above: true });
                }
            }
        }
    }

    /// The files in `folder` and below it; all for the empty one.
    pub fn below<'a>(&'a self, folder: &'a str) -> impl Iterator<Item = &'a FoundFile> {
        let from = self.files.partition_point(|f| f.path.as_str() < folder);
        let behind = self.files.get(from..).unwrap_or_default().iter();
        behind.take_while(move |f| f.path.starts_with(folder)).filter(move |f| is_below(&f.path, folder))
    }

    /// The file at `path`.
    pub fn file(&self, path: &str) -> Option<&FoundFile> {
        let at = self.files.binary_search_by(|f| f.path.as_str().cmp(path)).ok()?;
        self.files.get(at)
    }
}

/// True when `path` is `folder` or lies below it; the empty folder holds everything.
pub fn is_below(path: &str, folder: &str) -> bool {
    folder.is_empty() || path == folder || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}
