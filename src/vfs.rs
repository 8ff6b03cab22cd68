//! The only code that touches the file system. Everything is addressed relative to one root, with `/` between
//! names, so that no absolute path can reach facts or outputs.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this is the one module that touches the file system"
)]

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use ignore::{WalkBuilder, WalkState};

/// What a walk found at a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EntryKind {
    /// A regular file of so many bytes.
    File(u64),
    /// A symbolic link and the path it holds, as written; it is never followed.
    Link(String),
    /// A directory that is a repository of its own (holds `.git`) below the root.
    Submodule,
}

/// A path that a walk found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Relative to the root.
    pub path: String,
    /// What it is.
    pub kind: EntryKind,
}

/// The result of a walk, sorted by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// What was found.
    pub entries: Vec<Entry>,
    /// Paths that could not be looked at, each with the reason.
    pub unreadable: Vec<(String, String)>,
}

/// A tree of files below one root.
pub trait Vfs: Sync {
    /// Everything below `start` (empty for the root; a file lists itself), ignore files honoured, `.git` left out.
    fn list(&self, start: &str) -> Listing;
    /// What is at `path` itself, links not followed.
    fn entry(&self, path: &str) -> Option<Entry>;
    /// The names in directory `path`, not recursive, sorted; empty when it is none.
    fn names(&self, path: &str) -> Vec<String>;
    /// The bytes of a file, at most `limit` of them plus one; fails for links that leave the root and special files.
    fn read(&self, path: &str, limit: u64) -> io::Result<Vec<u8>>;
    /// The bytes of `.git/index`, following a `gitdir:` file; none when there is no repository or no index.
    fn git_index(&self) -> Option<Vec<u8>>;
    /// Whether the tree is under version control of some kind; none where its absence would prove nothing.
    fn version_control(&self) -> Option<bool>;
}

/// Folders and files by which the systems of version control are known.
const VERSION_CONTROL: &[&str] = &[
    ".git",
    ".jj",
    ".hg",
    ".svn",
    ".bzr",
    ".pijul",
    "_darcs",
    ".fslckout",
    "_FOSSIL_",
    "CVS",
    ".sl",
    ".p4config",
];

/// What exported archives and container builds leave behind: version control is elsewhere.
const EXPORTS: &[&str] =
    &[".git_archival.txt", ".hg_archival.txt", ".tarball-version", ".cargo_vcs_info.json", "PKG-INFO"];

/// The files of this machine below a folder.
pub struct OsFs {
    root: PathBuf,
    threads: usize,
    copied: bool,
}

impl OsFs {
    /// A view of the folder `root`, walked by `threads` threads (0: as many as there are processors).
    pub fn new(root: PathBuf, threads: usize) -> Self {
        Self { root, threads, copied: false }
    }

    /// The same; when `copied`, the tree may be a copy without its version control: a checkout of a pipeline.
    pub fn copied(self, copied: bool) -> Self {
        Self { copied, ..self }
    }

    /// The nearest ancestor of `path` (itself included) that holds `.git`, and whether there is one; else the
    /// folder `path` itself (the parent, for a file).
    ///
    /// # Errors
    /// When `path` does not exist or cannot be looked at.
    pub fn find_root(path: &Path) -> io::Result<(PathBuf, PathBuf)> {
        let full = std::fs::canonicalize(path)?;
        let folder = if full.is_dir() { full.clone() } else { full.parent().unwrap_or(&full).to_path_buf() };
        std::fs::read_dir(&folder)?;
        let root = folder.ancestors().find(|a| a.join(".git").exists()).unwrap_or(&folder).to_path_buf();
        Ok((root, full))
    }

    /// Everything below `top` that the ignore files from `from` (a folder above it, or itself) down to it do not name,
    /// and whether `top` itself was met on the way.
    fn walk(&self, from: &Path, top: &Path) -> (Listing, bool) {
        let odd: Arc<Mutex<Vec<PathBuf>>> = Arc::default();
        let reached = AtomicBool::new(false);
        let found = Mutex::new(Listing::default());
        let mut queue = vec![from.to_path_buf()];
        while let Some(from) = queue.pop() {
            let honoured = !has_odd_ignore_file(&from);
            self.walk_one(&from, top, honoured, &found, &odd, &reached);
            queue.append(&mut odd.lock().unwrap_or_else(|poisoned| poisoned.into_inner()));
        }
        let mut listing = found.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
        listing.entries.sort();
        listing.entries.dedup();
        listing.unreadable.sort();
        (listing, reached.into_inner())
    }

    /// Walks what lies below `from` and on the way to `top` or below it. Folders whose ignore files are no regular
    /// files go to `odd`: to open a named pipe would be to wait for ever, and a link may lead anywhere.
    fn walk_one(
        &self,
        from: &Path,
        top: &Path,
        honoured: bool,
        found: &Mutex<Listing>,
        odd: &Arc<Mutex<Vec<PathBuf>>>,
        reached: &AtomicBool,
    ) {
        let (own_top, odd) = (top.to_path_buf(), Arc::clone(odd));
        let walker = WalkBuilder::new(from)
            .hidden(false)
            .parents(false)
            .require_git(false)
            .ignore(honoured)
            .git_ignore(honoured)
            .git_global(false)
            .git_exclude(false)
            .follow_links(false)
            .threads(self.threads)
            .filter_entry(move |entry| {
                let path = entry.path();
                let wanted = path.starts_with(&own_top) || own_top.starts_with(path);
                if !wanted || entry.file_name() == ".git" {
                    return false;
                }
                let is_odd = entry.file_type().is_some_and(|t| t.is_dir()) && has_odd_ignore_file(path);
                if is_odd {
                    odd.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(path.to_path_buf());
                }
                !is_odd
            })
            .build_parallel();
        walker.run(|| {
            let mut batch = Batch { listing: Listing::default(), into: found };
            Box::new(move |result| {
                let entry = match result {
                    Ok(entry) => entry,
                    Err(error) => {
                        batch.listing.unreadable.push(describe(&error, |p| self.relative(p)));
                        return WalkState::Continue;
                    }
                };
                let path = entry.path();
                if path == top {
                    reached.store(true, Ordering::Relaxed);
                }
                if !entry.file_type().is_some_and(|t| t.is_dir()) {
                    batch.listing.entries.extend(self.entry_of(path));
                    return WalkState::Continue;
                }
                if !top.starts_with(path) && path.join(".git").exists() {
                    let relative = self.relative(path).unwrap_or_default();
                    batch.listing.entries.push(Entry { path: relative, kind: EntryKind::Submodule });
                    return WalkState::Skip;
                }
                WalkState::Continue
            })
        });
    }

    /// False for a path that an index may name and that leads out of the root: absolute ones, `..`, and those with a
    /// symbolic link on the way.
    fn stays_inside(&self, path: &str) -> bool {
        if path.is_empty() || path.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return false;
        }
        let mut folder = self.root.clone();
        let parents = path.rsplit_once('/').map_or("", |(parents, _)| parents);
        parents.split('/').filter(|part| !part.is_empty()).all(|part| {
            folder.push(part);
            std::fs::symlink_metadata(&folder).is_ok_and(|metadata| metadata.is_dir())
        })
    }

    fn relative(&self, path: &Path) -> Option<String> {
        let relative = path.strip_prefix(&self.root).ok()?;
        let parts: Vec<_> = relative.components().map(|c| c.as_os_str().to_string_lossy()).collect();
        Some(parts.join("/"))
    }

    fn entry_of(&self, path: &Path) -> Option<Entry> {
        let relative = self.relative(path)?;
        let metadata = std::fs::symlink_metadata(path).ok()?;
        let kind = if metadata.is_symlink() {
            EntryKind::Link(std::fs::read_link(path).ok()?.to_string_lossy().into_owned())
        } else if metadata.is_file() {
            EntryKind::File(metadata.len())
        } else {
            return None;
        };
        Some(Entry { path: relative, kind })
    }
}

impl Vfs for OsFs {
    fn list(&self, start: &str) -> Listing {
        let top = if start.is_empty() { self.root.clone() } else { self.root.join(start) };
        // From the root, so that ignore files above the start count as they do for the whole tree.
        let (listing, reached) = self.walk(&self.root, &top);
        if reached { listing } else { self.walk(&top, &top).0 }
    }

    fn entry(&self, path: &str) -> Option<Entry> {
        self.stays_inside(path).then(|| self.entry_of(&self.root.join(path)))?
    }

    fn names(&self, path: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.root.join(path)) else { return Vec::new() };
        let mut names: Vec<_> =
            entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    fn read(&self, path: &str, limit: u64) -> io::Result<Vec<u8>> {
        use std::io::Read as _;
        if !self.stays_inside(path) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "leads out of the root"));
        }
        let full = self.root.join(path);
        let metadata = std::fs::symlink_metadata(&full)?;
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len().min(limit)).unwrap_or(0) + 1);
        std::fs::File::open(&full)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn git_index(&self) -> Option<Vec<u8>> {
        let dot_git = self.root.join(".git");
        let folder = if dot_git.is_dir() {
            dot_git
        } else {
            let text = String::from_utf8(read_regular(&dot_git, 4096)?).ok()?;
            let target = text.strip_prefix("gitdir:")?.trim().to_owned();
            self.root.join(target)
        };
        read_regular(&folder.join("index"), INDEX_LIMIT)
    }

    fn version_control(&self) -> Option<bool> {
        let known = |folder: &Path| VERSION_CONTROL.iter().any(|name| folder.join(name).exists());
        if self.root.ancestors().any(known) {
            return Some(true);
        }
        let container = ["/.dockerenv", "/run/.containerenv"].iter().any(|path| Path::new(path).exists());
        let exported = EXPORTS.iter().any(|name| self.root.join(name).exists());
        (!self.copied && !container && !exported).then_some(false)
    }
}

/// True when an ignore file of `folder` is there and no regular file; git reads none of these either.
fn has_odd_ignore_file(folder: &Path) -> bool {
    [".gitignore", ".ignore"]
        .iter()
        .any(|name| std::fs::symlink_metadata(folder.join(name)).is_ok_and(|m| !m.is_file() && !m.is_dir()))
}

/// Indexes above this size (bytes) are not read.
const INDEX_LIMIT: u64 = 512 * 1024 * 1024;

/// The bytes of a regular file of at most `limit` bytes; a named pipe or device would never end.
fn read_regular(path: &Path, limit: u64) -> Option<Vec<u8>> {
    let metadata = std::fs::metadata(path).ok()?;
    if metadata.is_file() && metadata.len() <= limit { std::fs::read(path).ok() } else { None }
}

fn describe(error: &ignore::Error, relative: impl Fn(&Path) -> Option<String>) -> (String, String) {
    match error {
        ignore::Error::WithPath { path, err } => (relative(path).unwrap_or_default(), err.to_string()),
        ignore::Error::WithDepth { err, .. } => describe(err, relative),
        other => (String::new(), other.to_string()),
    }
}

/// One walker thread's finds, handed over when the thread ends.
struct Batch<'a> {
    listing: Listing,
    into: &'a Mutex<Listing>,
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        let mut into = self.into.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        into.entries.append(&mut self.listing.entries);
        into.unreadable.append(&mut self.listing.unreadable);
    }
}

/// Files in memory, for tests and rule examples; lists all of them, ignore files or not.
#[derive(Clone, Debug, Default)]
pub struct MemFs {
    files: BTreeMap<String, Vec<u8>>,
    links: BTreeMap<String, String>,
    tracked: Option<Vec<String>>,
}

impl MemFs {
    /// An empty tree without a git index.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file.
    pub fn add(&mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) {
        self.files.insert(path.into(), bytes.into());
    }

    /// Adds a symbolic link that holds `target`.
    pub fn add_link(&mut self, path: impl Into<String>, target: impl Into<String>) {
        self.links.insert(path.into(), target.into());
    }

    /// The paths that the index of this tree names; without a call there is no index.
    pub fn set_tracked(&mut self, paths: Vec<String>) {
        self.tracked = Some(paths);
    }

    /// The paths set with [`MemFs::set_tracked`].
    pub fn tracked(&self) -> Option<&[String]> {
        self.tracked.as_deref()
    }
}

impl Vfs for MemFs {
    fn list(&self, start: &str) -> Listing {
        let below = |path: &str| {
            start.is_empty() || path == start || path.strip_prefix(start).is_some_and(|r| r.starts_with('/'))
        };
        let mut entries: Vec<_> = self.files.keys().chain(self.links.keys()).filter(|p| below(p)).collect();
        entries.sort();
        Listing {
            entries: entries.into_iter().filter_map(|p| self.entry(p)).collect(),
            unreadable: Vec::new(),
        }
    }

    fn entry(&self, path: &str) -> Option<Entry> {
        if let Some(target) = self.links.get(path) {
            return Some(Entry { path: path.to_owned(), kind: EntryKind::Link(target.clone()) });
        }
        let bytes = self.files.get(path)?;
        Some(Entry { path: path.to_owned(), kind: EntryKind::File(bytes.len() as u64) })
    }

    fn names(&self, path: &str) -> Vec<String> {
        let prefix = if path.is_empty() { String::new() } else { format!("{path}/") };
        let mut names: Vec<_> = self
            .files
            .keys()
            .filter_map(|p| p.strip_prefix(&prefix))
            .filter_map(|rest| rest.split('/').next())
            .map(str::to_owned)
            .collect();
        names.dedup();
        names
    }

    fn read(&self, path: &str, limit: u64) -> io::Result<Vec<u8>> {
        let bytes = self.files.get(path).ok_or_else(|| io::Error::from(io::ErrorKind::NotFound))?;
        let end = usize::try_from(limit.saturating_add(1)).unwrap_or(usize::MAX).min(bytes.len());
        Ok(bytes.get(..end).unwrap_or_default().to_vec())
    }

    fn git_index(&self) -> Option<Vec<u8>> {
        None
    }

    fn version_control(&self) -> Option<bool> {
        let has = |names: &[&str]| {
            self.files.keys().any(|path| path.split('/').next().is_some_and(|first| names.contains(&first)))
        };
        if self.tracked.is_some() || has(VERSION_CONTROL) {
            return Some(true);
        }
        (!has(EXPORTS)).then_some(false)
    }
}

/// The bytes of a file that the user named on the command line, at most `limit` of them plus one.
///
/// # Errors
/// When it cannot be read.
pub fn read_own_file(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The path of the file at `path` relative to `root`, whether it is there or not; none when it lies elsewhere.
pub fn path_below(path: &Path, root: &Path) -> Option<String> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let full = std::fs::canonicalize(folder).ok()?.join(path.file_name()?);
    let parts = full.strip_prefix(root).ok()?.components();
    let parts: Vec<_> = parts.map(|c| c.as_os_str().to_string_lossy().into_owned()).collect();
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// A tree in which one file says something else than on the disk, or is not there yet.
pub struct Edited<'a> {
    inner: &'a dyn Vfs,
    path: String,
    bytes: Vec<u8>,
}

impl<'a> Edited<'a> {
    /// `inner` with `bytes` as what stands at `path`.
    pub fn new(inner: &'a dyn Vfs, path: String, bytes: Vec<u8>) -> Self {
        Edited { inner, path, bytes }
    }

    fn own_entry(&self) -> Entry {
        Entry { path: self.path.clone(), kind: EntryKind::File(self.bytes.len() as u64) }
    }
}

impl Vfs for Edited<'_> {
    fn list(&self, start: &str) -> Listing {
        let mut listing = self.inner.list(start);
        listing.entries.retain(|entry| entry.path != self.path);
        let inside =
            self.path.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if start.is_empty() || inside {
            listing.entries.push(self.own_entry());
            listing.entries.sort();
        }
        listing
    }

    fn entry(&self, path: &str) -> Option<Entry> {
        if path == self.path { Some(self.own_entry()) } else { self.inner.entry(path) }
    }

    fn names(&self, path: &str) -> Vec<String> {
        self.inner.names(path)
    }

    fn read(&self, path: &str, limit: u64) -> io::Result<Vec<u8>> {
        if path != self.path {
            return self.inner.read(path, limit);
        }
        let end = usize::try_from(limit.saturating_add(1)).unwrap_or(usize::MAX).min(self.bytes.len());
        Ok(self.bytes.get(..end).unwrap_or_default().to_vec())
    }

    fn git_index(&self) -> Option<Vec<u8>> {
        self.inner.git_index()
    }

    fn version_control(&self) -> Option<bool> {
        self.inner.version_control()
    }
}

/// Writes a file that the user named on the command line.
///
/// # Errors
/// When it cannot be written.
pub fn write_own_file(path: &Path, text: &str) -> io::Result<()> {
    std::fs::write(path, text)
}

/// True when `path` is a regular file, links followed.
pub fn is_file(path: &Path) -> bool {
    path.is_file()
}

/// The folders in `folder` whose names do not begin with a dot, by name. Symbolic links are not followed.
///
/// # Errors
/// When `folder` cannot be read.
pub fn child_folders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        if entry.file_type()?.is_dir() && !hidden {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// True when `folder` holds `.git`.
pub fn is_repository(folder: &Path) -> bool {
    folder.join(".git").exists()
}

/// The folder of the file at `path`, relative to `root`; none when it lies elsewhere.
pub fn folder_below(path: &Path, root: &Path) -> Option<String> {
    let full = std::fs::canonicalize(path).ok()?;
    let relative = full.parent()?.strip_prefix(root).ok()?.to_path_buf();
    let parts: Vec<_> = relative.components().map(|c| c.as_os_str().to_string_lossy().into_owned()).collect();
    Some(parts.join("/"))
}
