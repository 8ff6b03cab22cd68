//! Images: what each Dockerfile builds, and what a container of it runs when it starts.

mod base;
mod expand;
mod files;
mod front;
mod managers;
mod model;
mod node;
mod recipes;
mod script;
#[cfg(test)]
mod tests;
mod unit;

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::artefact::Artefact;
use crate::source::{ByteRange, FileId, Span};
use crate::syntax::docker::{Body, CommandForm, Dockerfile};
use crate::syntax::docker_stages::{
    EffectiveCommand, Resolved, Stage, chain, copies_from, effective, find_stage, stages,
};
use crate::syntax::text_map::TextMap;

pub use base::{SystemShell, system_shell};
pub use expand::{Site, cover, wrapper_table};
pub use files::Tree;
pub use model::*;
pub use unit::unit_start;

use expand::{Expander, Frame};
use files::{Build, join};

/// A stage that another file selects.
#[derive(Clone, Debug)]
pub struct SelectedTarget {
    /// The stage's name or number; none for the last one.
    pub target: Option<String>,
    /// The build context, relative to the root.
    pub context: Option<String>,
    /// Where it is selected.
    pub span: Span,
}

/// What replaces the image's own commands in a workload.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// Instead of `ENTRYPOINT`; also drops `CMD`.
    pub entrypoint: Option<Vec<StartWord>>,
    /// Instead of `CMD`.
    pub command: Option<Vec<StartWord>>,
    /// The platform puts an init process in front.
    pub init: bool,
}

/// The images of all Dockerfiles. `selected` names, by Dockerfile, the stages that other files build; without an
/// entry it is the last one.
pub fn link(tree: Tree<'_>, selected: &BTreeMap<FileId, Vec<SelectedTarget>>) -> Vec<Image> {
    let mut images = Vec::new();
    for (at, artefact) in tree.artefacts.iter().enumerate() {
        let (Artefact::Dockerfile(file), Ok(id)) = (artefact, u32::try_from(at)) else { continue };
        let dockerfile = FileId(id);
        let Some(found) = tree.inventory.files.get(at) else { continue };
        let stages = stages(file);
        let mut targets = Vec::new();
        for choice in selected.get(&dockerfile).into_iter().flatten() {
            let Some(target) = target_of(&stages, choice.target.as_deref()) else { continue };
            if targets.iter().any(|t: &BuiltImage| t.target == target) {
                continue;
            }
            let build = Build::new(tree, dockerfile, file, &stages, choice.context.as_deref());
            let mut built = build_target(&build, target, &Overrides::default());
            built.selected_at = Some(choice.span);
            targets.push(built);
        }
        if targets.is_empty() && !stages.is_empty() {
            let build = Build::new(tree, dockerfile, file, &stages, None);
            targets.push(build_target(&build, stages.len() - 1, &Overrides::default()));
        }
        let stage = |s: &Stage| ImageStage {
            name: s.name.as_ref().map(|n| n.value.clone()),
            base: s.base.value.clone(),
            from: span_of(dockerfile, file, s.instructions.start),
        };
        images.push(Image {
            dockerfile,
            role: found.role,
            folder: found.path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned(),
            stages: stages.iter().map(stage).collect(),
            targets,
        });
    }
    images
}

/// The image that `dockerfile` gives for `target` (the last stage without one), built in `context`, started with
/// `overrides`: for workloads that say more than the Dockerfile does.
pub fn built_image(
    tree: Tree<'_>,
    dockerfile: FileId,
    target: Option<&str>,
    context: Option<&str>,
    overrides: &Overrides,
) -> Option<BuiltImage> {
    let Artefact::Dockerfile(file) = tree.artefact(dockerfile) else { return None };
    let stages = stages(file);
    let target = target_of(&stages, target)?;
    let build = Build::new(tree, dockerfile, file, &stages, context);
    Some(build_target(&build, target, overrides))
}

/// Folders that can be the build context of `dockerfile`, likeliest first.
pub fn contexts(tree: Tree<'_>, dockerfile: FileId) -> Vec<String> {
    let Artefact::Dockerfile(file) = tree.artefact(dockerfile) else { return Vec::new() };
    Build::new(tree, dockerfile, file, &stages(file), None).contexts
}

fn target_of(stages: &[Stage], target: Option<&str>) -> Option<usize> {
    match target {
        Some(name) => find_stage(stages, name, stages.len()),
        None => stages.len().checked_sub(1),
    }
}

/// What the words of a workload's command start in an image that the tree does not build.
pub fn foreign_start(
    tree: Tree<'_>,
    home: &str,
    image: Option<&str>,
    words: Vec<StartWord>,
    init: bool,
) -> ProcessTree {
    let site = Site { tree, image: None, home, shell: image.and_then(system_shell), follow: true };
    let mut expander = Expander::new(site);
    let origin = words.iter().map(|w| w.span).reduce(cover);
    let frame = Frame {
        first: true,
        position: Some(Position::Main),
        origin,
        via: origin.into_iter().collect(),
        init: init.then(|| "init: true".to_owned()),
        ..Frame::default()
    };
    expander.words(words, &frame);
    expander.out
}

/// What an entry of a Procfile in the folder `home` starts.
pub fn procfile_start(
    tree: Tree<'_>,
    home: &str,
    file: FileId,
    command: &crate::source::Spanned<String>,
) -> ProcessTree {
    let site = Site { tree, image: None, home, shell: None, follow: true };
    let mut expander = Expander::new(site);
    let frame = Frame { position: Some(Position::Main), ..Frame::default() };
    expander.configured(command, file, &frame);
    expander.out
}

/// The words of a text that is split as a shell splits it, but not run by one.
pub fn split_words(text: &str, file: FileId, range: ByteRange) -> Vec<StartWord> {
    let script = crate::syntax::shell::parse_shell_mapped(text, &expand::inner_map(text, range));
    let simple = match script.items.as_slice() {
        [item] => match item.pipeline.as_slice() {
            [command] => command.simple(),
            _ => None,
        },
        _ => None,
    };
    match simple {
        Some(simple) => simple.words.iter().map(|word| expand::start_word(word, file)).collect(),
        None => text.split_whitespace().map(|word| start_word(word, file, range)).collect(),
    }
}

/// A word of a command that is written in `file`: its text, and the bytes it stands in.
pub fn start_word(text: &str, file: FileId, range: ByteRange) -> StartWord {
    StartWord {
        text: text.to_owned(),
        span: Span::new(file, range),
        expands: false,
        map: expand::inner_map(text, range),
    }
}

fn span_of(dockerfile: FileId, file: &Dockerfile, instruction: usize) -> Span {
    match file.instructions.get(instruction) {
        Some(found) => Span::new(dockerfile, found.range),
        None => Span::whole(dockerfile),
    }
}

fn build_target(build: &Build<'_>, target: usize, overrides: &Overrides) -> BuiltImage {
    let (file, stages) = (build.file, build.stages);
    let id = build.dockerfile;
    let said = effective(file, stages, target);
    let value = |r: &Resolved| ImageValue { value: r.value.clone(), span: Span::new(id, r.written.range) };
    let root = chain(stages, target).last().and_then(|index| stages.get(*index));
    let base = root.and_then(|stage| stage.resolved_base.clone());
    let base_span = root.map_or(Span::whole(id), |stage| Span::new(id, stage.base.range));
    let shell = base.as_deref().and_then(system_shell).map(|shell| brought_shell(shell, build, target));
    let site = Site { tree: build.tree, image: Some((build, target)), home: "", shell, follow: true };
    let mut expander = Expander::new(site);
    let frame = Frame {
        first: true,
        position: Some(Position::Main),
        folder: Some(build.workdir(target)),
        ..Frame::default()
    };
    let shell_words = said.shell.as_ref().map(|s| words_of(s, id)).filter(|w| !w.is_empty());
    start(&mut expander, &said.entrypoint, &said.cmd, overrides, shell_words, id, &frame);
    let start = std::mem::take(&mut expander.out);
    let program_sources = program_sources(build, target, &start);
    let whole = |c: &EffectiveCommand| Span::new(id, c.range);
    BuiltImage {
        target,
        selected_at: None,
        base,
        base_span,
        shell,
        entrypoint: said.entrypoint.as_ref().map(whole),
        cmd: said.cmd.as_ref().map(whole),
        env: said.env.iter().map(|(name, r)| (name.clone(), value(r))).collect(),
        user: said.user.as_ref().map(value),
        workdir: said.workdir.as_ref().map(value),
        stop_signal: said.stop_signal.as_ref().map(value),
        expose: said.expose.iter().map(value).collect(),
        start,
        runs: runs(build, target),
        program_sources,
    }
}

/// A shell-less base into which the file copies whole trees or a shell may have one after all.
fn brought_shell(shell: SystemShell, build: &Build<'_>, target: usize) -> SystemShell {
    if shell != SystemShell::None {
        return shell;
    }
    let brings =
        chain(build.stages, target).iter().filter_map(|index| build.stages.get(*index)).any(|stage| {
            let own = build.file.instructions.get(stage.instructions.clone()).unwrap_or_default();
            own.iter().any(|instruction| match &instruction.body {
                Body::Copy(transfer) | Body::Add(transfer) => {
                    let to = transfer.destination.value.trim_end_matches('/');
                    matches!(to, "" | "/bin" | "/bin/sh" | "/usr/bin" | "/usr" | "." | "/bin/bash")
                        || transfer
                            .sources
                            .iter()
                            .any(|s| s.value.contains("busybox") || s.value.ends_with("/sh"))
                }
                _ => false,
            })
        });
    if brings { SystemShell::Ash } else { shell }
}

fn start(
    expander: &mut Expander<'_>,
    entrypoint: &Option<EffectiveCommand>,
    cmd: &Option<EffectiveCommand>,
    overrides: &Overrides,
    shell: Option<Vec<StartWord>>,
    id: FileId,
    frame: &Frame,
) {
    let cmd_words = match (&overrides.command, &overrides.entrypoint, cmd) {
        (Some(words), _, _) => Some(words.clone()),
        (None, Some(_), _) | (None, None, None) => None,
        (None, None, Some(cmd)) => Some(form_words(cmd, &shell, id)),
    };
    let mut frame = frame.clone();
    frame.init = overrides.init.then(|| "init: true".to_owned());
    let origin = |command: &EffectiveCommand| Span::new(id, command.range);
    if let Some(words) = &overrides.entrypoint {
        let mut words = words.clone();
        words.extend(cmd_words.into_iter().flatten());
        frame.origin = words.iter().map(|w| w.span).reduce(cover);
        frame.via.extend(frame.origin);
        return expander.words(words, &frame);
    }
    match entrypoint {
        Some(entry) => {
            frame.via.push(origin(entry));
            frame.origin = Some(origin(entry));
            let mut words = form_words(entry, &shell, id);
            if matches!(entry.form, CommandForm::Exec { .. }) {
                // A shell-form entrypoint ignores the command.
                words.extend(cmd_words.into_iter().flatten());
                if let Some(words) = &overrides.command {
                    frame.origin = words.iter().map(|w| w.span).reduce(cover).or(frame.origin);
                    frame.via = frame.origin.into_iter().collect();
                }
                // A wrapped CMD is the one to mend.
                if let (Some(cmd), None) = (cmd, &overrides.command)
                    && matches!(cmd.form, CommandForm::Shell { .. })
                {
                    frame.origin = Some(origin(cmd));
                }
            }
            expander.words(words, &frame);
        }
        None => {
            let Some(words) = cmd_words else { return };
            let own = cmd.as_ref().filter(|_| overrides.command.is_none()).map(origin);
            frame.origin = own.or_else(|| words.iter().map(|w| w.span).reduce(cover));
            frame.via.extend(frame.origin);
            expander.words(words, &frame);
        }
    }
}

/// The words that run: of the exec form itself, of the shell form `/bin/sh -c TEXT`.
fn form_words(command: &EffectiveCommand, shell: &Option<Vec<StartWord>>, id: FileId) -> Vec<StartWord> {
    match &command.form {
        CommandForm::Exec { .. } => words_of(command, id),
        CommandForm::Shell { text, map, .. } => {
            let range = map.source_range(ByteRange::new(0, text.len()));
            let mut words = shell.clone().unwrap_or_else(|| {
                let word = |text: &str| StartWord {
                    text: text.to_owned(),
                    span: Span::new(id, range),
                    expands: false,
                    map: TextMap::default(),
                };
                vec![word("/bin/sh"), word("-c")]
            });
            words.push(StartWord {
                text: text.clone(),
                span: Span::new(id, range),
                expands: false,
                map: map.clone(),
            });
            words
        }
    }
}

fn words_of(command: &EffectiveCommand, id: FileId) -> Vec<StartWord> {
    let CommandForm::Exec { words, maps } = &command.form else { return Vec::new() };
    let word = |(at, word): (usize, &crate::source::Spanned<String>)| StartWord {
        text: word.value.clone(),
        span: Span::new(id, word.range),
        expands: false,
        map: maps.get(at).cloned().unwrap_or_default(),
    };
    words.iter().enumerate().map(word).collect()
}

/// The commands of `RUN` in the stages that an image built up to `target` is made of.
fn runs(build: &Build<'_>, target: usize) -> Vec<StartCommand> {
    let mut needed = BTreeSet::new();
    let mut queue = vec![target];
    while let Some(stage) = queue.pop() {
        if !needed.insert(stage) {
            continue;
        }
        queue.extend(build.stages.get(stage).and_then(|s| s.parent).filter(|p| *p < stage));
        for (_, from) in copies_from(build.file, build.stages, stage) {
            queue.extend(from.and_then(|name| find_stage(build.stages, &name, stage)));
        }
        let own = build.stages.get(stage).and_then(|s| build.file.instructions.get(s.instructions.clone()));
        for mount in own.into_iter().flatten().flat_map(|i| &i.flags).filter(|f| f.name == "mount") {
            let from =
                mount.value.as_deref().unwrap_or("").split(',').find_map(|part| part.strip_prefix("from="));
            queue.extend(from.and_then(|name| find_stage(build.stages, name, stage)));
        }
    }
    let mut found = Vec::new();
    for stage in needed.iter().filter_map(|index| build.stages.get(*index)) {
        let mut workdir = inherited_workdir(build, stage);
        for instruction in build.file.instructions.get(stage.instructions.clone()).unwrap_or_default() {
            match &instruction.body {
                Body::Workdir(path) => workdir = join(&workdir, &path.value),
                Body::Run(form) => {
                    let site = Site {
                        tree: build.tree,
                        image: Some((build, stage.index)),
                        home: "",
                        shell: None,
                        follow: false,
                    };
                    let mut expander = Expander::new(site);
                    let frame = Frame {
                        position: Some(Position::Helper),
                        folder: Some(workdir.clone()),
                        via: vec![Span::new(build.dockerfile, instruction.range)],
                        ..Frame::default()
                    };
                    let mounted = instruction
                        .flags
                        .iter()
                        .any(|f| f.name == "mount" && f.value.as_deref().unwrap_or("").contains("bind"));
                    match form {
                        CommandForm::Shell { script, .. } => {
                            expander.text(script, build.dockerfile, ("sh", "sh"), Vec::new(), &frame);
                        }
                        CommandForm::Exec { words, maps } => {
                            let words = words.iter().zip(maps).map(|(word, map)| StartWord {
                                text: word.value.clone(),
                                span: Span::new(build.dockerfile, word.range),
                                expands: false,
                                map: map.clone(),
                            });
                            expander.words(words.collect(), &frame);
                        }
                    }
                    for mut command in std::mem::take(&mut expander.out.commands) {
                        command.manifest = manifest_of(build, stage.index, &command, mounted);
                        found.push(command);
                    }
                }
                _ => {}
            }
        }
    }
    found.sort_by_key(|command| command.span);
    found
}

/// The manifest that a package manager reads in the folder of `command`.
fn manifest_of(build: &Build<'_>, stage: usize, command: &StartCommand, mounted: bool) -> Option<FileId> {
    let name = match command.program() {
        "npm" | "yarn" | "pnpm" | "bun" => "package.json",
        "cargo" => "Cargo.toml",
        "go" => "go.mod",
        "uv" | "poetry" => "pyproject.toml",
        _ => return None,
    };
    let path = join(command.folder.as_deref()?, name);
    match build.find(stage, &path) {
        Some(files::Found::File(file)) => Some(file),
        // What a mount or a variable brings cannot be followed; a project that was cloned is not ours.
        _ if mounted || build.has_variable_paths() => build.in_context(name),
        _ => None,
    }
}

fn inherited_workdir(build: &Build<'_>, stage: &Stage) -> String {
    let parent = stage.parent.filter(|p| *p < stage.index);
    parent.map_or_else(|| "/".into(), |parent| build.workdir(parent))
}

/// File names from which `COPY` makes the main programs.
fn program_sources(build: &Build<'_>, target: usize, start: &ProcessTree) -> Vec<String> {
    let mut names = Vec::new();
    for command in start.commands.iter().filter(|c| c.position == Position::Main) {
        let Some(word) = command.words.first() else { continue };
        let path = join(command.folder.as_deref().unwrap_or("/"), &word.text);
        let file = path.rsplit('/').next().unwrap_or("");
        let places = [
            path.clone(),
            format!("/usr/local/bin/{file}"),
            format!("/usr/bin/{file}"),
            format!("/bin/{file}"),
        ];
        names.extend(places.iter().flat_map(|place| build.source_names(target, place)));
    }
    names.sort();
    names.dedup();
    names
}
