//! From a path in an image back to the file of the repository that `COPY` puts there.

use crate::discover::Inventory;
use crate::facts::artefact::Artefact;
use crate::facts::manifest::NodeManifest;
use crate::source::FileId;
use crate::syntax::docker::{Body, Dockerfile, Heredoc, Transfer};
use crate::syntax::docker_stages::{Stage, chain, find_stage};

/// The tree's files, for looking up.
#[derive(Clone, Copy)]
pub struct Tree<'a> {
    /// Paths.
    pub inventory: &'a Inventory,
    /// What was read, by [`FileId`].
    pub artefacts: &'a [Artefact],
}

impl<'a> Tree<'a> {
    /// The file at `path`.
    pub fn file_at(&self, path: &str) -> Option<FileId> {
        let at = self.inventory.files.binary_search_by(|f| f.path.as_str().cmp(path)).ok()?;
        u32::try_from(at).ok().map(FileId)
    }

    /// The path of `file`.
    pub fn path(&self, file: FileId) -> &'a str {
        self.inventory.files.get(file.0 as usize).map_or("", |f| f.path.as_str())
    }

    /// What was read from `file`.
    pub fn artefact(&self, file: FileId) -> &'a Artefact {
        self.artefacts.get(file.0 as usize).unwrap_or(&Artefact::None)
    }

    /// The `package.json` at `path`.
    pub fn node_manifest(&self, path: &str) -> Option<(FileId, &'a NodeManifest)> {
        let file = self.file_at(path)?;
        match self.artefact(file) {
            Artefact::NodeManifest(manifest) => Some((file, manifest)),
            _ => None,
        }
    }

    /// True when a file or folder stands at `path`.
    pub fn exists(&self, path: &str) -> bool {
        path.is_empty() || self.file_at(path).is_some() || self.is_folder(path)
    }

    fn is_folder(&self, path: &str) -> bool {
        let prefix = format!("{path}/");
        let at = self.inventory.files.partition_point(|f| f.path.as_str() < prefix.as_str());
        self.inventory.files.get(at).is_some_and(|f| f.path.starts_with(&prefix))
    }
}

/// What stands at a path of an image.
pub enum Found<'a> {
    /// A file of the repository.
    File(FileId),
    /// A here-document of the Dockerfile.
    Inline(&'a Heredoc),
}

/// A Dockerfile with its stages and the folders its build context can be.
pub struct Build<'a> {
    /// The tree.
    pub tree: Tree<'a>,
    /// Its number.
    pub dockerfile: FileId,
    /// The parsed file.
    pub file: &'a Dockerfile,
    /// Its stages.
    pub stages: &'a [Stage],
    /// Folders that can be the build context, likeliest first.
    pub contexts: Vec<String>,
    /// Steps that may still be spent on one search: stages that copy from each other fan out.
    fuel: std::cell::Cell<usize>,
}

impl<'a> Build<'a> {
    /// A build whose context is `context`, or else the folder, at or above the Dockerfile's, that most sources of
    /// `COPY` exist in.
    pub fn new(
        tree: Tree<'a>,
        dockerfile: FileId,
        file: &'a Dockerfile,
        stages: &'a [Stage],
        context: Option<&str>,
    ) -> Self {
        let path = tree.inventory.files.get(dockerfile.0 as usize).map_or("", |f| f.path.as_str());
        let mut contexts: Vec<String> = context.map(str::to_owned).into_iter().collect();
        if contexts.is_empty() {
            let mut folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            contexts.push(folder.to_owned());
            while !folder.is_empty() {
                folder = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
                contexts.push(folder.to_owned());
            }
            let mut scored: Vec<(usize, String)> =
                contexts.into_iter().map(|c| (score(tree, file, &c), c)).collect();
            // A stable sort: of equals the nearest stays first.
            scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
            contexts = scored.into_iter().map(|(_, c)| c).collect();
        }
        Self { tree, dockerfile, file, stages, contexts, fuel: std::cell::Cell::new(0) }
    }

    /// What stands at the absolute `path` of an image built up to stage `target`.
    pub fn find(&self, target: usize, path: &str) -> Option<Found<'a>> {
        self.fuel.set(2000);
        self.find_in(target, path, 0)
    }

    fn find_in(&self, target: usize, path: &str, depth: usize) -> Option<Found<'a>> {
        let fuel = self.fuel.get();
        if depth > 8 || fuel == 0 {
            return None;
        }
        self.fuel.set(fuel - 1);
        for (transfer, from, workdir) in self.transfers(target) {
            let destination = join(&workdir, &transfer.destination.value);
            for heredoc in &transfer.heredocs {
                if destination == path || format!("{destination}/{}", heredoc.name.value) == path {
                    return Some(Found::Inline(heredoc));
                }
            }
            for source in &transfer.sources {
                for inside in candidates(&source.value, &destination, path) {
                    let found = match from {
                        Some(stage) => {
                            let inside = join("/", &inside);
                            self.find_in(stage, &inside, depth + 1)
                        }
                        None => self.in_context(&inside).map(Found::File),
                    };
                    if found.is_some() {
                        return found;
                    }
                }
            }
        }
        None
    }

    /// The file of the build context at `path`.
    pub fn in_context(&self, path: &str) -> Option<FileId> {
        let path = clean(path);
        self.contexts.iter().find_map(|context| {
            let full = if context.is_empty() { path.clone() } else { format!("{context}/{path}") };
            self.tree.file_at(&full)
        })
    }

    /// Folders of the context that are copied as a whole into an image built up to `target`.
    pub fn copied_folders(&self, target: usize) -> Vec<String> {
        let mut folders = Vec::new();
        for (transfer, from, _) in self.transfers(target) {
            if from.is_some() {
                continue;
            }
            for source in &transfer.sources {
                let path = clean(&source.value);
                for context in &self.contexts {
                    let full = match (context.is_empty(), path.is_empty()) {
                        (true, _) => path.clone(),
                        (false, true) => context.clone(),
                        (false, false) => format!("{context}/{path}"),
                    };
                    if self.tree.is_folder(&full) || full.is_empty() {
                        folders.push(full);
                        break;
                    }
                }
            }
        }
        folders
    }

    /// The working folder at the end of stage `target`. One that is relative to an unknown one counts from `/`, as it
    /// does everywhere here: what matters is that two paths agree.
    pub fn workdir(&self, target: usize) -> String {
        let mut order = chain(self.stages, target);
        order.reverse();
        let stages = order.iter().filter_map(|index| self.stages.get(*index));
        let instructions =
            stages.flat_map(|s| self.file.instructions.get(s.instructions.clone()).unwrap_or_default());
        instructions.fold("/".to_owned(), |folder, instruction| match &instruction.body {
            Body::Workdir(path) => join(&folder, &path.value),
            _ => folder,
        })
    }

    /// True when a variable decides where something is copied, or the working folder.
    pub fn has_variable_paths(&self) -> bool {
        self.file.instructions.iter().any(|instruction| match &instruction.body {
            Body::Workdir(path) => path.value.contains('$'),
            Body::Copy(transfer) | Body::Add(transfer) => {
                transfer.destination.value.contains('$')
                    || transfer.sources.iter().any(|s| s.value.contains('$'))
            }
            _ => false,
        })
    }

    /// File names of what `COPY` puts at `path` under another name.
    pub fn source_names(&self, target: usize, path: &str) -> Vec<String> {
        let mut names = Vec::new();
        for (transfer, _, workdir) in self.transfers(target) {
            let destination = join(&workdir, &transfer.destination.value);
            if destination == path {
                let sources = transfer.sources.iter();
                names.extend(sources.map(|s| s.value.rsplit('/').next().unwrap_or("").to_owned()));
            }
        }
        names
    }

    /// `COPY` and `ADD` of the chain of `target`, last first: the transfer, the stage it copies from (none for the
    /// context), and the working folder at that point. Copies from other images are left out.
    fn transfers(&self, target: usize) -> Vec<(&'a Transfer, Option<usize>, String)> {
        let mut found = Vec::new();
        let mut workdir = "/".to_owned();
        let mut order = chain(self.stages, target);
        order.reverse();
        for stage in order.iter().filter_map(|index| self.stages.get(*index)) {
            for instruction in self.file.instructions.get(stage.instructions.clone()).unwrap_or_default() {
                match &instruction.body {
                    Body::Workdir(path) => workdir = join(&workdir, &path.value),
                    Body::Copy(transfer) | Body::Add(transfer) => {
                        let from = instruction.flag("from").map(|f| f.value.clone().unwrap_or_default());
                        let from = match from {
                            None => None,
                            Some(name) => match find_stage(self.stages, &name, stage.index) {
                                Some(index) => Some(index),
                                None => continue,
                            },
                        };
                        found.push((transfer, from, workdir.clone()));
                    }
                    _ => {}
                }
            }
        }
        found.reverse();
        found
    }
}

/// How many sources of `COPY` exist in `context`.
fn score(tree: Tree<'_>, file: &Dockerfile, context: &str) -> usize {
    let mut score = 0;
    for instruction in &file.instructions {
        let (Body::Copy(transfer) | Body::Add(transfer)) = &instruction.body else { continue };
        if instruction.flag("from").is_some() {
            continue;
        }
        for source in &transfer.sources {
            let path = clean(&source.value);
            if path.is_empty() || path.contains(['*', '$', ':']) || path.starts_with("<<") {
                continue;
            }
            let full = if context.is_empty() { path } else { format!("{context}/{path}") };
            score += usize::from(tree.exists(&full));
        }
    }
    score
}

/// Where in the source `path` of the image can come from, when `source` is copied to `destination`.
fn candidates(source: &str, destination: &str, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    let name = path.rsplit('/').next().unwrap_or(path);
    let source_name = source.trim_end_matches('/').rsplit('/').next().unwrap_or(source);
    if path == destination {
        found.push(source.to_owned());
    }
    let below = match destination {
        "/" => path.strip_prefix('/'),
        _ => path.strip_prefix(destination).and_then(|rest| rest.strip_prefix('/')),
    };
    if let Some(rest) = below {
        let is_match = match source_name.split_once('*') {
            Some((start, end)) => name.starts_with(start) && name.ends_with(end),
            None => name == source_name,
        };
        if is_match && rest == name {
            let folder = source.strip_suffix(source_name).unwrap_or("");
            found.push(format!("{folder}{name}"));
        }
        // A folder: what is in it lands in the destination.
        found.push(format!("{}/{rest}", source.trim_end_matches('/')));
    }
    found
}

/// `path` without `.`, `..` and doubled slashes, relative.
pub fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// `path` seen from `base`, absolute.
pub fn join(base: &str, path: &str) -> String {
    let path = path.trim_matches(['"', '\'']);
    match path.starts_with('/') {
        true => format!("/{}", clean(path)),
        false => format!("/{}", clean(&format!("{base}/{path}"))),
    }
}
