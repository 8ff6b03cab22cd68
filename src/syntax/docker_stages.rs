//! Stages of a Dockerfile: which builds on which, and what an image built from one of them would carry.
//!
//! Follows the Dockerfile reference ("FROM", "ARG" scope, "ENTRYPOINT" and `CMD` interaction) and evaluates only
//! what the file itself decides: a value that a build argument, a build platform or an external base image may
//! change is absent, never guessed. `ONBUILD` triggers of earlier stages are not run.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::docker::expand::{Lookup, expand};
use super::docker::{Body, CommandForm, Dockerfile, Instruction, Transfer};
use crate::source::{ByteRange, Spanned};

#[cfg(test)]
mod tests;

/// One `FROM` and what follows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Its number, from 0.
    pub index: usize,
    /// The name behind `AS`.
    pub name: Option<Spanned<String>>,
    /// The base as written.
    pub base: Spanned<String>,
    /// The base with the defaults of global `ARG`s put in; absent when they do not decide it.
    pub resolved_base: Option<String>,
    /// The earlier stage it builds on.
    pub parent: Option<usize>,
    /// The value of `--platform` as written.
    pub platform: Option<String>,
    /// Its instructions in [`Dockerfile::instructions`], `FROM` included.
    pub instructions: Range<usize>,
}

/// Something an instruction said, and what it comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    /// The argument as written.
    pub written: Spanned<String>,
    /// Its value, variables expanded and quotes removed; absent when it is not decided by the file.
    pub value: Option<String>,
    /// The instruction in [`Dockerfile::instructions`].
    pub instruction: usize,
}

/// A command that takes effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EffectiveCommand {
    /// The command.
    pub form: CommandForm,
    /// The instruction in [`Dockerfile::instructions`].
    pub instruction: usize,
    /// The whole instruction.
    pub range: ByteRange,
}

/// A health check that takes effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EffectiveHealthcheck {
    /// The command; absent for `HEALTHCHECK NONE`.
    pub form: Option<CommandForm>,
    /// The instruction in [`Dockerfile::instructions`].
    pub instruction: usize,
    /// The whole instruction.
    pub range: ByteRange,
}

/// What an image built up to a stage carries, as far as the file says. Absent means: what the base image says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Effective {
    /// `CMD`.
    pub cmd: Option<EffectiveCommand>,
    /// An `ENTRYPOINT` dropped a `CMD` that came from further down the chain or from the base image.
    pub cmd_reset: bool,
    /// `ENTRYPOINT`.
    pub entrypoint: Option<EffectiveCommand>,
    /// `SHELL`.
    pub shell: Option<EffectiveCommand>,
    /// `HEALTHCHECK`.
    pub healthcheck: Option<EffectiveHealthcheck>,
    /// `STOPSIGNAL`.
    pub stop_signal: Option<Resolved>,
    /// `USER`.
    pub user: Option<Resolved>,
    /// `WORKDIR`, relative ones joined to those before.
    pub workdir: Option<Resolved>,
    /// `EXPOSE`, each port.
    pub expose: Vec<Resolved>,
    /// `VOLUME`, each path.
    pub volumes: Vec<Resolved>,
    /// `ENV` by name; `written` is the value.
    pub env: BTreeMap<String, Resolved>,
}

/// Groups `file` into stages. Instructions before the first `FROM` belong to none.
pub fn stages(file: &Dockerfile) -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    let mut globals = Scope { exhaustive: true, ..Scope::default() };
    // Names are looked up as often as there are stages: a map keeps a file of thousands of stages linear.
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    for (at, instruction) in file.instructions.iter().enumerate() {
        match &instruction.body {
            Body::From { image, name } => {
                if let Some(last) = stages.last_mut() {
                    last.instructions.end = at;
                }
                let resolved_base = globals.expand(&image.value, file.escape).filter(|base| !base.is_empty());
                let parent =
                    resolved_base.as_deref().and_then(|base| names.get(&base.to_lowercase()).copied());
                let index = stages.len();
                if let Some(name) = name {
                    names.insert(name.value.to_lowercase(), index);
                }
                let platform = instruction.flag("platform").and_then(|flag| flag.value.clone());
                let (name, base) = (name.clone(), image.clone());
                let instructions = at..file.instructions.len();
                stages.push(Stage { index, name, base, resolved_base, parent, platform, instructions });
            }
            Body::Arg(_) if stages.is_empty() => globals.arguments(instruction, file.escape, None),
            _ => {}
        }
    }
    stages
}

/// The stage that `reference` (a `--from`, a build target) means: a name, case ignored, or a number.
///
/// `before` limits the search to earlier stages; a name given twice means the later one.
pub fn find_stage(stages: &[Stage], reference: &str, before: usize) -> Option<usize> {
    let earlier = stages.get(..before.min(stages.len())).unwrap_or(&[]);
    let named = earlier.iter().rfind(|stage| {
        stage.name.as_ref().is_some_and(|name| name.value.to_lowercase() == reference.to_lowercase())
    });
    let numbered = || reference.parse::<usize>().ok().and_then(|index| earlier.get(index));
    named.or_else(numbered).map(|stage| stage.index)
}

/// The stages from `target` down to the one that builds on an external image: `[target, parent, …, root]`.
pub fn chain(stages: &[Stage], target: usize) -> Vec<usize> {
    let mut chain = Vec::new();
    let mut next = stages.get(target);
    while let Some(stage) = next {
        chain.push(stage.index);
        // Parents are earlier by construction; trees read back from a cache may not be.
        next = stage.parent.filter(|parent| *parent < stage.index).and_then(|parent| stages.get(parent));
    }
    chain
}

/// What an image built with `target` as its last stage carries.
pub fn effective(file: &Dockerfile, stages: &[Stage], target: usize) -> Effective {
    walk(file, stages, target, &mut |_, _, _| {})
}

/// The values of `COPY --from` and `ADD --from` in stage `target`: instruction, and the reference expanded.
pub fn copies_from(file: &Dockerfile, stages: &[Stage], target: usize) -> Vec<(usize, Option<String>)> {
    let mut found = Vec::new();
    walk(file, stages, target, &mut |at, instruction, scope| {
        let is_own = stages.get(target).is_some_and(|stage| stage.instructions.contains(&at));
        if let (true, Body::Copy(Transfer { .. }) | Body::Add(Transfer { .. })) = (is_own, &instruction.body)
            && let Some(from) = instruction.flag("from")
        {
            let value = from.value.as_deref().and_then(|value| scope.expand(value, file.escape));
            found.push((at, value));
        }
    });
    found
}

/// Walks the chain from its root to `target`; `visit` sees each instruction with the variables before it.
fn walk(
    file: &Dockerfile,
    stages: &[Stage],
    target: usize,
    visit: &mut dyn FnMut(usize, &Instruction, &Scope),
) -> Effective {
    let mut chain = chain(stages, target);
    chain.reverse();
    let mut globals = Scope { exhaustive: true, ..Scope::default() };
    let before = stages.first().map_or(0, |stage| stage.instructions.start);
    for instruction in file.instructions.iter().take(before) {
        globals.arguments(instruction, file.escape, None);
    }
    let root = chain.first().and_then(|root| stages.get(*root));
    let from_scratch = root.is_some_and(|stage| stage.resolved_base.as_deref() == Some("scratch"));
    let mut walker = Walker {
        escape: file.escape,
        scope: Scope { exhaustive: from_scratch, ..Scope::default() },
        workdir: from_scratch.then(|| "/".to_owned()),
        out: Effective::default(),
        cmd_in_stage: false,
    };
    for stage in chain.iter().filter_map(|index| stages.get(*index)) {
        walker.cmd_in_stage = false;
        let instructions = file.instructions.get(stage.instructions.clone()).unwrap_or(&[]);
        for (offset, instruction) in instructions.iter().enumerate() {
            let at = stage.instructions.start + offset;
            visit(at, instruction, &walker.scope);
            walker.instruction(at, instruction, &globals);
        }
    }
    walker.out.env = walker.scope.env;
    walker.out
}

/// Variables that are in effect.
#[derive(Default)]
struct Scope {
    env: BTreeMap<String, Resolved>,
    /// Build arguments; an absent value may be given on the command line.
    arguments: BTreeMap<String, Option<String>>,
    /// Nothing else can be set: there is no base image with variables of its own.
    exhaustive: bool,
}

impl Scope {
    fn lookup(&self, name: &str) -> Lookup {
        // ENV wins over ARG (Dockerfile reference, "Using ARG variables").
        let value = match (self.env.get(name), self.arguments.get(name)) {
            (Some(env), _) => env.value.clone(),
            (None, Some(argument)) => argument.clone(),
            (None, None) if self.exhaustive && !is_predefined(name) => return Lookup::Unset,
            (None, None) => None,
        };
        value.map_or(Lookup::Unknown, Lookup::Value)
    }

    fn expand(&self, text: &str, escape: char) -> Option<String> {
        expand(text, escape, &|name| self.lookup(name))
    }

    /// Adds the arguments an `ARG` declares; without a default, one in a stage takes the global one.
    fn arguments(&mut self, instruction: &Instruction, escape: char, globals: Option<&Scope>) {
        let Body::Arg(arguments) = &instruction.body else { return };
        for argument in arguments {
            let name = &argument.name.value;
            let value = match argument.default {
                Some(_) => self.expand(&argument.raw, escape),
                None => globals.and_then(|globals| globals.arguments.get(name).cloned()).flatten(),
            };
            self.arguments.insert(name.clone(), value);
        }
    }
}

/// Set by the builder without a declaration in the global scope (Dockerfile reference, "Automatic platform
/// ARGs in the global scope", "Predefined ARGs").
fn is_predefined(name: &str) -> bool {
    let platform = name.strip_prefix("TARGET").or_else(|| name.strip_prefix("BUILD"));
    platform
        .is_some_and(|part| matches!(part, "PLATFORM" | "OS" | "OSVERSION" | "ARCH" | "VARIANT" | "STAGE"))
        || matches!(
            name.to_ascii_uppercase().as_str(),
            "HTTP_PROXY" | "HTTPS_PROXY" | "FTP_PROXY" | "NO_PROXY" | "ALL_PROXY"
        )
        || matches!(name, "PATH" | "SOURCE_DATE_EPOCH")
        || name.starts_with("BUILDKIT_")
}

struct Walker {
    escape: char,
    scope: Scope,
    workdir: Option<String>,
    out: Effective,
    /// The stage being walked has set `CMD` itself.
    cmd_in_stage: bool,
}

impl Walker {
    fn resolve(&self, at: usize, written: &Spanned<String>) -> Resolved {
        let value = self.scope.expand(&written.value, self.escape);
        Resolved { written: written.clone(), value, instruction: at }
    }

    fn instruction(&mut self, at: usize, instruction: &Instruction, globals: &Scope) {
        let range = instruction.range;
        let command = |form: &CommandForm| EffectiveCommand { form: form.clone(), instruction: at, range };
        match &instruction.body {
            Body::Arg(_) => self.scope.arguments(instruction, self.escape, Some(globals)),
            Body::Env(settings) => {
                // All values of one instruction see the variables before it (reference, "Environment replacement").
                let resolved: Vec<(Option<String>, Resolved)> = settings
                    .iter()
                    .map(|setting| {
                        let value = self.scope.expand(&setting.raw, self.escape);
                        let written = setting.value.clone();
                        let name = self.scope.expand(&setting.name.value, self.escape);
                        (name, Resolved { written, value, instruction: at })
                    })
                    .collect();
                for (name, resolved) in resolved {
                    if let Some(name) = name {
                        self.scope.env.insert(name, resolved);
                    }
                }
            }
            Body::Cmd(form) => {
                self.out.cmd = Some(command(form));
                self.out.cmd_reset = false;
                self.cmd_in_stage = true;
            }
            Body::Entrypoint(form) => {
                self.out.entrypoint = Some(command(form));
                if !self.cmd_in_stage {
                    self.out.cmd = None;
                    self.out.cmd_reset = true;
                }
            }
            Body::Shell(form) => self.out.shell = Some(command(form)),
            Body::Healthcheck(form) => {
                self.out.healthcheck =
                    Some(EffectiveHealthcheck { form: form.clone(), instruction: at, range });
            }
            Body::StopSignal(word) => self.out.stop_signal = Some(self.resolve(at, word)),
            Body::User(word) => self.out.user = Some(self.resolve(at, word)),
            Body::Workdir(word) => {
                let mut resolved = self.resolve(at, word);
                resolved.value = resolved.value.and_then(|path| join(self.workdir.as_deref(), &path));
                self.workdir.clone_from(&resolved.value);
                self.out.workdir = Some(resolved);
            }
            Body::Expose(words) => {
                let ports: Vec<Resolved> = words.iter().map(|word| self.resolve(at, word)).collect();
                self.out.expose.extend(ports);
            }
            Body::Volume(words) => {
                let paths: Vec<Resolved> = words.iter().map(|word| self.resolve(at, word)).collect();
                self.out.volumes.extend(paths);
            }
            _ => {}
        }
    }
}

/// `path` seen from `base`; a relative path under an unknown base is unknown. Windows paths are kept as they are.
fn join(base: Option<&str>, path: &str) -> Option<String> {
    let is_windows = path.as_bytes().get(1) == Some(&b':') || path.starts_with('\\');
    if is_windows {
        return Some(path.to_owned());
    }
    let full = if path.starts_with('/') { path.to_owned() } else { format!("{}/{path}", base?) };
    // Thousands of relative WORKDIRs would add up to a path nobody meant.
    if full.len() > 4096 {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in full.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    Some(format!("/{}", parts.join("/")))
}
