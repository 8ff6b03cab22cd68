//! `docker run`, `docker compose exec`, `docker build`: what runs in a container, or while an image is built.

use crate::facts::artefact::Artefact;
use crate::source::FileId;
use crate::world::commands::file_name;
use crate::world::image::{Overrides, StartCommand, StartWord, built_image};
use crate::world::packages::{join, normalise};

use super::model::CiCommand;
use super::resolve::{Frame, Resolver};

/// Options of `docker run` and `docker compose run` that take a word.
const VALUES: &[&str] = &[
    "-v",
    "--volume",
    "-e",
    "--env",
    "--name",
    "-p",
    "--publish",
    "-w",
    "--workdir",
    "-u",
    "--user",
    "--network",
    "--net",
    "--entrypoint",
    "--env-file",
    "-f",
    "--file",
    "--profile",
    "--project-name",
    "-h",
    "--hostname",
    "--mount",
    "--platform",
    "--pull",
    "--restart",
    "--add-host",
    "--link",
    "-m",
    "--memory",
    "--cpus",
    "--ulimit",
    "--shm-size",
    "--health-cmd",
    "--exit-code-from",
    "--scale",
    "--timeout",
    "--wait-timeout",
    "--health-interval",
    "--health-timeout",
    "--health-retries",
    "-l",
    "--label",
    "--ip",
    "--device",
    "--index",
    "-t",
    "--tag",
    "--build-arg",
    "--target",
    "--cache-from",
    "--cache-to",
    "--output",
    "-o",
    "--secret",
    "--ssh",
    "--builder",
    "--progress",
    "--iidfile",
    "--metadata-file",
    "--attest",
    "--sbom",
    "--provenance",
    "--build-context",
    "--cidfile",
];

/// A call of docker, taken apart.
pub(super) struct DockerCall<'w> {
    /// The words of the subcommand, `["compose", "run"]` or `["build"]`.
    pub verbs: Vec<&'w str>,
    /// Options with their values.
    pub options: Vec<(&'w str, &'w StartWord)>,
    /// Positions of the words that are none of these.
    pub plain: Vec<usize>,
}

/// Takes a command line of docker apart; `-t` is a tag where an image is built, and takes no word elsewhere.
pub(super) fn docker_call(command: &StartCommand) -> Option<DockerCall<'_>> {
    let first = command.words.first().map(|w| file_name(&w.text))?;
    let mut call = DockerCall { verbs: Vec::new(), options: Vec::new(), plain: Vec::new() };
    if first.ends_with("-compose") {
        call.verbs.push("compose");
    }
    let mut at = 1;
    while let Some(word) = command.words.get(at) {
        let text = word.text.as_str();
        at += 1;
        if text.starts_with('-') && text.len() > 1 {
            if let Some((name, _)) = text.split_once('=').filter(|(n, _)| n.starts_with("--")) {
                call.options.push((name, word));
                continue;
            }
            let builds = call.verbs.contains(&"build") || call.verbs.contains(&"bake");
            let takes = VALUES.contains(&text) && (builds || text != "-t");
            // `-T` and `-it` of compose run stand alone.
            match command.words.get(at).filter(|_| takes) {
                Some(value) => {
                    call.options.push((text, value));
                    at += 1;
                }
                None => call.options.push((text, word)),
            }
            continue;
        }
        let group = matches!(
            call.verbs.as_slice(),
            [] | ["compose" | "buildx" | "image" | "container" | "manifest" | "builder"]
                | ["buildx", "imagetools"]
        );
        if group && call.plain.is_empty() {
            call.verbs.push(text);
            continue;
        }
        call.plain.push(at - 1);
        // Behind the image or service stands the command that runs in it.
        if matches!(call.verbs.last(), Some(&("run" | "exec" | "create"))) {
            call.plain.extend(at..command.words.len());
            break;
        }
    }
    Some(call)
}

/// The service whose container `docker compose run` starts.
pub fn compose_run_target(command: &StartCommand) -> Option<&str> {
    let call = docker_call(command).filter(|c| c.is_compose() && c.verb() == "run")?;
    command.words.get(*call.plain.first()?).map(|w| w.text.as_str())
}

impl DockerCall<'_> {
    /// The verb: `build`, `run`, `up`.
    pub fn verb(&self) -> &str {
        self.verbs.last().copied().unwrap_or("")
    }

    /// True for a call of compose.
    pub fn is_compose(&self) -> bool {
        self.verbs.first() == Some(&"compose")
    }

    /// The values of an option, `--name=` left out.
    pub fn values(&self, names: &[&str]) -> Vec<(String, &StartWord)> {
        let of = self.options.iter().filter(|(name, _)| names.contains(name));
        let value = |word: &StartWord| match word.text.split_once('=').filter(|(n, _)| names.contains(n)) {
            Some((_, value)) => value.to_owned(),
            None => word.text.clone(),
        };
        of.map(|(_, word)| (value(word), *word)).collect()
    }

    /// True when the option is given.
    pub fn has(&self, name: &str) -> bool {
        self.options.iter().any(|(n, _)| *n == name)
    }
}

impl Resolver<'_> {
    pub(super) fn docker(&mut self, command: &StartCommand, frame: &Frame) -> bool {
        let Some(call) = docker_call(command) else { return false };
        match call.verb() {
            "bake" => {
                self.unknown(command.span, "the targets of `docker buildx bake` are not followed");
                false
            }
            "run" | "exec" => {
                let words: Vec<StartWord> =
                    call.plain.iter().skip(1).filter_map(|at| command.words.get(*at)).cloned().collect();
                let called = (command.span.file, command.span.range.unwrap_or_default());
                let Some(mut inner) = frame.enter(command.span, called).filter(|_| !words.is_empty()) else {
                    return false;
                };
                inner.in_container = true;
                inner.via.clone_from(&frame.via);
                // The checkout is what people mount, and images hold the same files.
                self.simple(words, Vec::new(), command.span, &mut inner);
                true
            }
            "build" if !call.is_compose() => {
                let Some((file, target, context)) = self.docker_file(command, &call, frame) else {
                    return false;
                };
                self.image(file, target.as_deref(), context.as_deref(), command.span, frame);
                true
            }
            _ => false,
        }
    }

    /// Dockerfile, target and context of `docker build`.
    pub(super) fn docker_file(
        &self,
        command: &StartCommand,
        call: &DockerCall<'_>,
        frame: &Frame,
    ) -> Option<(FileId, Option<String>, Option<String>)> {
        let folder = frame.folder.as_deref()?;
        let context =
            call.plain.first().and_then(|at| command.words.get(*at)).map_or(".", |w| w.text.as_str());
        let context = normalise(&join(folder, context))?;
        let file = match call.values(&["-f", "--file"]).first() {
            Some((path, _)) => normalise(&join(folder, path))?,
            None => join(&context, "Dockerfile"),
        };
        let target = call.values(&["--target"]).first().map(|(t, _)| t.clone());
        Some((self.tree.file_at(&file)?, target, Some(context)))
    }

    /// The commands that run while an image is built.
    pub(super) fn image(
        &mut self,
        dockerfile: FileId,
        target: Option<&str>,
        context: Option<&str>,
        site: crate::source::Span,
        frame: &Frame,
    ) {
        if !matches!(self.tree.artefact(dockerfile), Artefact::Dockerfile(_)) {
            return;
        }
        let built = built_image(self.tree, dockerfile, target, context, &Overrides::default());
        for mut run in built.into_iter().flat_map(|b| b.runs) {
            let mut via = frame.via.clone();
            via.push(site);
            via.append(&mut run.via);
            run.via = via;
            self.out.push(CiCommand {
                command: run,
                remote: frame.remote,
                in_image: true,
                in_container: frame.in_container,
                tolerated: frame.tolerated,
            });
        }
    }
}
