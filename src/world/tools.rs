//! Which programs an image has besides its own, by `rules/knowledge/tools.toml` (its head documents the schema).

use std::sync::LazyLock;

use serde::Deserialize;

use crate::syntax::docker::{Body, Instruction};

use super::World;
use super::commands::file_name;
use super::image::{BuiltImage, Image, StartCommand, SystemShell, system_shell};
use super::image_reference::image_reference;

/// What is known of a program that a service calls.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tool {
    /// Names of programs.
    pub programs: Vec<String>,
    /// Beginnings of names of packages that bring them.
    pub packages: Vec<String>,
    /// The package of Debian and Ubuntu.
    pub apt: String,
    /// The package of Alpine.
    pub apk: String,
    /// The package of the Red Hat family.
    pub dnf: String,
    /// What a program in Rust can use instead.
    #[serde(default)]
    pub library: Option<String>,
    /// What a program in Python can use instead.
    #[serde(default)]
    pub python: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Set {
    base: String,
    programs: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    set: Vec<Set>,
    tool: Vec<Tool>,
}

static TABLE: LazyLock<Table> =
    LazyLock::new(|| toml::from_str(include_str!("../../rules/knowledge/tools.toml")).unwrap_or_default());

/// Whether an image has a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provision {
    /// Its base or one of its layers brings it.
    Present,
    /// Its base is known not to have it, and no layer adds it.
    Absent,
    /// The base, or something that runs in a layer, is not known.
    Unknown,
}

/// The tool that `program` belongs to.
pub fn tool_of(program: &str) -> Option<&'static Tool> {
    TABLE.tool.iter().find(|tool| tool.programs.iter().any(|p| p == program))
}

/// The command that installs `program` in an image with this shell; none where nothing can be installed.
pub fn install_command(shell: SystemShell, program: &str) -> Option<String> {
    let tool = tool_of(program);
    let package = |of: fn(&Tool) -> &String| tool.map_or(program, |t| of(t).as_str()).to_owned();
    match shell {
        SystemShell::Ash => Some(format!("RUN apk add --no-cache {}", package(|t| &t.apk))),
        SystemShell::Dash => Some(format!(
            "RUN apt-get update && apt-get install -y --no-install-recommends {}",
            package(|t| &t.apt)
        )),
        SystemShell::Bash => Some(format!("RUN dnf install -y {}", package(|t| &t.dnf))),
        SystemShell::None => None,
    }
}

/// Images on Debian whose plain tags bring tools for building.
const BUILDPACK: &[&str] = &[
    "rust",
    "python",
    "node",
    "golang",
    "ruby",
    "gcc",
    "perl",
    "erlang",
    "elixir",
    "haskell",
    "openjdk",
    "buildpack-deps",
    "pypy",
    "cargo-chef",
    "maven",
    "gradle",
];

impl World {
    /// Whether a container of `built` finds `program` on its path.
    pub fn provides(&self, image: &Image, built: &BuiltImage, program: &str) -> Provision {
        let Some(base) = built.base.as_deref() else { return Provision::Unknown };
        let mut unknown = false;
        for command in self.layer_commands(image, built) {
            if brings(command, program) {
                return Provision::Present;
            }
            unknown |= is_opaque(command);
        }
        for instruction in self.layers(image, built) {
            match copies(instruction, program) {
                Some(Provision::Present) => return Provision::Present,
                Some(_) => unknown = true,
                None => {}
            }
        }
        match base_has(base, program) {
            Provision::Absent if unknown => Provision::Unknown,
            decided => decided,
        }
    }
}

/// True when the command installs the program, or runs or names it itself.
fn brings(command: &StartCommand, program: &str) -> bool {
    let packages = tool_of(program).map(|t| t.packages.as_slice()).unwrap_or_default();
    command.texts().iter().any(|word| {
        let name = file_name(word).split(['=', '@']).next().unwrap_or("");
        name == program || packages.iter().any(|package| name.starts_with(package.as_str()))
    })
}

/// True for commands that may install anything: scripts, makefiles, and what they download.
fn is_opaque(command: &StartCommand) -> bool {
    let words = command.texts();
    let script = words
        .iter()
        .any(|w| w.ends_with(".sh") || w.ends_with(".py") || w.ends_with(".run") || w.starts_with("./"));
    let piped = command
        .piped_into
        .iter()
        .flatten()
        .any(|w| matches!(file_name(&w.text), "sh" | "bash" | "ash" | "python3"));
    let packaged = words.iter().any(|w| w.contains('$') && command.words.len() > 1)
        && words.iter().any(|w| matches!(*w, "install" | "add"));
    script
        || piped
        || packaged
        || matches!(command.program(), "make" | "ansible-playbook" | "nix" | "nix-env" | "tar" | "unzip")
}

/// What a `COPY` or `ADD` says about the program.
fn copies(instruction: &Instruction, program: &str) -> Option<Provision> {
    let (Body::Copy(transfer) | Body::Add(transfer)) = &instruction.body else { return None };
    let destination = transfer.destination.value.trim_end_matches('/');
    let named = |path: &str| file_name(path.trim_end_matches('/')) == program;
    if named(destination) || transfer.sources.iter().any(|s| named(&s.value)) {
        return Some(Provision::Present);
    }
    // A whole folder of programs from elsewhere.
    let folders =
        ["", "/", "/bin", "/usr", "/usr/bin", "/usr/local", "/usr/local/bin", "/sbin", "/usr/sbin", "/opt"];
    let whole = transfer
        .sources
        .iter()
        .any(|s| folders.contains(&s.value.trim_end_matches('/')) || s.value.contains('*'));
    (whole && instruction.flag("from").is_some() && folders.contains(&destination))
        .then_some(Provision::Unknown)
}

fn base_has(base: &str, program: &str) -> Provision {
    let reference = image_reference(base);
    let repository = reference.repository.as_str();
    let name = repository.rsplit('/').next().unwrap_or(repository);
    let tag = reference.tag.as_deref().unwrap_or("");
    let Some(shell) = system_shell(base) else { return Provision::Unknown };
    let has = |set: &str| {
        TABLE.set.iter().filter(|s| s.base == set).any(|s| s.programs.iter().any(|p| p == program))
    };
    let plain = !tag.contains("slim") && !tag.contains("alpine");
    let system = matches!(name, "debian" | "ubuntu" | "alpine" | "busybox" | "scratch")
        || repository.contains("distroless/");
    let known = match shell {
        SystemShell::None => &[][..],
        SystemShell::Ash => &["posix", "busybox"],
        SystemShell::Bash => &["posix", "redhat"],
        SystemShell::Dash if BUILDPACK.contains(&name) && plain => &["posix", "debian", "buildpack"],
        SystemShell::Dash => &["posix", "debian"],
    };
    if known.iter().any(|set| has(set)) {
        return Provision::Present;
    }
    // An image for a language or a service brings that language's own programs.
    let of_base = |tool: &Tool| {
        tool.programs.iter().any(|p| name.starts_with(p.as_str()))
            || tool.packages.iter().any(|p| p.starts_with(name) || name.starts_with(p.as_str()))
    };
    let own = !system
        && (tool_of(program).is_some_and(of_base) || name.contains(program) || program.contains(name));
    let brings_language = !system && !BUILDPACK.contains(&name);
    let distroless = repository.contains("distroless/") && name.starts_with(program.trim_end_matches('3'));
    match () {
        () if own || distroless => Provision::Present,
        () if brings_language => Provision::Unknown,
        () => Provision::Absent,
    }
}

#[cfg(test)]
mod tests {
    use super::{Provision, TABLE, Table, base_has};

    #[test]
    fn the_table_loads() {
        let table: Result<Table, _> = toml::from_str(include_str!("../../rules/knowledge/tools.toml"));
        assert!(table.is_ok(), "{:?}", table.err());
        assert!(TABLE.tool.iter().all(|t| !t.programs.is_empty() && !t.packages.is_empty()));
    }

    #[test]
    fn bases_have_programs() {
        let cases = [
            ("debian:bookworm-slim", "git", Provision::Absent),
            ("debian:bookworm-slim", "tar", Provision::Present),
            ("rust:1.80", "git", Provision::Present),
            ("rust:1.80-slim", "git", Provision::Absent),
            ("rust:1.80-slim", "cargo", Provision::Present),
            ("alpine:3.20", "bash", Provision::Absent),
            ("alpine:3.20", "wget", Provision::Present),
            ("node:20-alpine", "node", Provision::Present),
            ("gcr.io/distroless/cc-debian12", "sh", Provision::Absent),
            ("gcr.io/distroless/python3-debian12", "python3", Provision::Present),
            ("postgres:17", "pg_dump", Provision::Present),
            ("nginx:1.27", "curl", Provision::Unknown),
            ("ghcr.io/acme/base:1", "git", Provision::Unknown),
            ("scratch", "git", Provision::Absent),
        ];
        for (base, program, wanted) in cases {
            assert_eq!(base_has(base, program), wanted, "{base} {program}");
        }
    }
}
