//! Source files that components of one tree carry twice.

use std::collections::{BTreeMap, BTreeSet};

use crate::discover::role::Role;
use crate::discover::{Inventory, is_below};
use crate::source::FileId;

use super::packages::folder_of;
use super::{ServiceKind, World};

/// Files above this size (bytes) are not compared.
pub const COMPARE_LIMIT: u64 = 256 * 1024;

/// Files below this size cannot have as many lines of code as count.
const LEAST_BYTES: u64 = 400;

/// Lines of code from which on a file counts.
const LEAST_LINES: usize = 20;

/// The same source in several components.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duplicate {
    /// The files, sorted by path; each belongs to another component.
    pub files: Vec<FileId>,
    /// Folders of the components, in the order of the files.
    pub components: Vec<String>,
    /// Lines of code in it.
    pub lines: usize,
}

/// Groups of files that may be the same: of one name and size, in different components.
pub fn candidates(world: &World) -> Vec<Vec<(FileId, String)>> {
    let folders = component_folders(world);
    let mut groups: BTreeMap<(&str, u64), Vec<(FileId, String)>> = BTreeMap::new();
    for (at, file) in world.inventory.files.iter().enumerate() {
        let name = file.path.rsplit('/').next().unwrap_or(&file.path);
        let fits = (LEAST_BYTES..=COMPARE_LIMIT).contains(&file.size) && file.tracked != Some(false);
        if !fits
            || file.above
            || file.role != Role::Production
            || !is_code(name)
            || is_exempt(&file.path, name)
        {
            continue;
        }
        let owner = folders.iter().filter(|f| is_below(&file.path, f)).max_by_key(|f| f.len());
        let (Some(owner), Ok(at)) = (owner, u32::try_from(at)) else { continue };
        groups.entry((name, file.size)).or_default().push((FileId(at), owner.clone()));
    }
    let several = |group: &Vec<(FileId, String)>| {
        let owners: BTreeSet<&String> = group.iter().map(|(_, owner)| owner).collect();
        owners.len() > 1
    };
    groups.into_values().filter(several).collect()
}

/// The files of `group` whose texts are the same, as `read` gives them.
pub fn compare(group: &[(FileId, String)], read: &dyn Fn(FileId) -> Option<String>) -> Vec<Duplicate> {
    let mut by_text: BTreeMap<String, Vec<(FileId, String)>> = BTreeMap::new();
    for (file, owner) in group {
        let Some(text) = read(*file) else { continue };
        let same = by_text.entry(text).or_default();
        // A file that a component holds twice is its own affair.
        if !same.iter().any(|(_, other)| other == owner) {
            same.push((*file, owner.clone()));
        }
    }
    let mut found = Vec::new();
    for (text, same) in by_text.into_iter().filter(|(_, same)| same.len() > 1) {
        let lines = lines_of_code(&text);
        if lines >= LEAST_LINES && !crate::discover::role::says_generated(&text) {
            let (files, components) = same.into_iter().unzip();
            found.push(Duplicate { files, components, lines });
        }
    }
    found
}

/// Folders of programs that run for a service; the root is none, because all others lie in it.
fn component_folders(world: &World) -> BTreeSet<String> {
    let helps = |kind: ServiceKind| {
        matches!(kind, ServiceKind::TestSupport | ServiceKind::BuildTool | ServiceKind::ProcMacro)
    };
    let services = world.services.iter().filter(|s| s.shipped && !helps(s.kind) && !s.folder.is_empty());
    services.map(|s| own_folder(&world.inventory, &s.folder).to_owned()).collect()
}

/// `cartservice/src` is part of `cartservice` when nothing else is.
fn own_folder<'a>(inventory: &Inventory, folder: &'a str) -> &'a str {
    let source = matches!(folder.rsplit('/').next(), Some("src" | "app" | "docker" | "build"));
    let parent = folder_of(folder);
    let alone = || {
        let below =
            inventory.files.iter().filter(|f| is_below(&f.path, parent) && !is_below(&f.path, folder));
        below.filter(|f| f.path.rsplit('/').next().is_some_and(is_code)).count() == 0
    };
    if source && !parent.is_empty() && alone() { parent } else { folder }
}

fn is_code(name: &str) -> bool {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    matches!(
        extension,
        "rs" | "py"
            | "go"
            | "js"
            | "mjs"
            | "cjs"
            | "ts"
            | "jsx"
            | "tsx"
            | "java"
            | "kt"
            | "cs"
            | "rb"
            | "php"
            | "scala"
            | "ex"
            | "exs"
            | "cpp"
            | "c"
    )
}

/// Files that are alike by convention: settings of tools, migrations, build scripts, generated code.
fn is_exempt(path: &str, name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let stem = lower.split('.').next().unwrap_or("");
    let generated = ["_pb2", "_pb2_grpc", "_pb", "_grpc_pb"].iter().any(|end| stem.ends_with(end))
        || [".pb.go", "_grpc.pb.go", ".gen.go", ".g.cs", ".d.ts", ".min.js", ".bundle.js"]
            .iter()
            .any(|end| lower.ends_with(end));
    let settings = lower.contains(".config.")
        || lower.contains("rc.")
        || matches!(stem, "build" | "setup" | "gulpfile" | "gruntfile");
    let test = stem.starts_with("test_")
        || stem.ends_with("_test")
        || lower.contains(".test.")
        || lower.contains(".spec.");
    let folders = [
        "migrations",
        "migration",
        "proto",
        "protos",
        "pb",
        "generated",
        "dist",
        "static",
        "public",
        "assets",
    ];
    generated || settings || test || path.split('/').any(|folder| folders.contains(&folder))
}

/// Lines that are neither blank nor a comment by their first characters.
fn lines_of_code(text: &str) -> usize {
    let comment = |line: &str| ["//", "#", "*", "/*", "--"].iter().any(|sign| line.starts_with(sign));
    text.lines().map(str::trim).filter(|line| line.len() > 1 && !comment(line)).count()
}
