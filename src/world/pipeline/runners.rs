//! What stands behind `just test`, `make check`, `npm run lint`, `nx affected -t test`, `docker compose run`.

use crate::source::Span;
use crate::world::commands::file_name;
use crate::world::image::StartCommand;
use crate::world::packages::{join, normalise};

use super::resolve::{Frame, Resolver, is_shell};

/// Words of options that take the next word, and the rest: `(options, plain words)`.
pub(super) fn split<'w>(rest: &[&'w str], with_value: &[&str]) -> (Vec<(&'w str, &'w str)>, Vec<&'w str>) {
    let mut options = Vec::new();
    let mut plain = Vec::new();
    let mut at = 0;
    while let Some(word) = rest.get(at).copied() {
        at += 1;
        if word == "--" {
            plain.extend(rest.get(at..).unwrap_or_default());
            break;
        }
        if let Some((name, value)) = word.split_once('=').filter(|(n, _)| n.starts_with('-')) {
            options.push((name, value));
        } else if word.starts_with('-') && word.len() > 1 {
            if with_value.contains(&word) {
                options.push((word, rest.get(at).copied().unwrap_or("")));
                at += 1;
            } else {
                options.push((word, ""));
            }
        } else {
            plain.push(word);
        }
    }
    (options, plain)
}

pub(super) fn option<'o>(options: &[(&str, &'o str)], names: &[&str]) -> Option<&'o str> {
    options.iter().find(|(n, v)| names.contains(n) && !v.is_empty()).map(|(_, value)| *value)
}

impl Resolver<'_> {
    /// Follows what `command` runs; true when something stands behind it.
    pub(super) fn follow(&mut self, command: &StartCommand, name: &str, frame: &Frame) -> bool {
        let texts: Vec<&str> = command.words.iter().map(|w| w.text.as_str()).collect();
        let rest = texts.get(1..).unwrap_or_default();
        let site = command.span;
        match name {
            _ if is_shell(name) => self.shell(command, frame),
            "source" | "." => rest.first().is_some_and(|path| self.script_file(path, site, frame)),
            "eval" => {
                let Some(inner) = frame.enter(site, (site.file, site.range.unwrap_or_default())) else {
                    return false;
                };
                self.text(&rest.join(" "), site, &inner);
                true
            }
            "ssh" => self.ssh(command, frame),
            "just" => self.just(rest, site, frame),
            "make" | "gmake" => self.make(rest, site, frame),
            "npm" | "pnpm" | "yarn" | "bun" => {
                self.package_manager(name, rest, site, frame) || self.package_binary(command, name, frame)
            }
            "run-s" | "run-p" | "npm-run-all" | "npm-run-all2" => {
                let (_, plain) = split(rest, &[]);
                self.package_scripts(&plain, frame.folder.as_deref(), site, frame)
            }
            "npx" | "bunx" | "pnpx" if matches!(rest.first(), Some(&("nx" | "turbo" | "lerna" | "lage"))) => {
                self.monorepo(rest, site, frame)
            }
            "nx" | "turbo" | "lerna" | "lage" => self.monorepo(&texts, site, frame),
            "task" | "go-task" => {
                let (options, plain) = split(rest, &["-d", "--dir", "-t", "--taskfile"]);
                let names = ["Taskfile.yml", "Taskfile.yaml", "taskfile.yml"];
                let folder = self.folder(frame, option(&options, &["-d", "--dir"]));
                self.tasks("task", &names, &plain, folder, site, frame)
            }
            "mise" | "rtx" => {
                let (_, plain) = split(rest, &["-C", "--cd"]);
                match plain.split_first() {
                    Some((&("run" | "r"), plain)) => {
                        let plain: Vec<&str> = plain.iter().copied().take(1).collect();
                        let names = ["mise.toml", ".mise.toml"];
                        self.tasks("mise run", &names, &plain, frame.folder.clone(), site, frame)
                    }
                    Some((&("exec" | "x"), _)) => self.behind(command, "--", frame),
                    _ => false,
                }
            }
            "cargo" => self.cargo(rest, site, frame),
            "docker" | "podman" | "docker-compose" | "podman-compose" => self.docker(command, frame),
            "xvfb-run" | "retry" | "unbuffer" | "script" | "direnv" | "op" | "infisical" | "cross-env" => {
                self.first_program(command, frame)
            }
            "nix" | "nix-shell" => {
                let text = command.words.iter().position(|w| matches!(w.text.as_str(), "--run"));
                if let Some(word) = text.and_then(|at| command.words.get(at + 1)) {
                    self.text(&word.text.clone(), word.span, frame);
                    return true;
                }
                let followed = ["--command", "-c"].iter().any(|option| self.behind(command, option, frame));
                if !followed && matches!(rest.first(), Some(&("run" | "build" | "flake"))) {
                    self.unknown(site, format!("`{}` is not followed", shown(&texts)));
                }
                followed
            }
            "bazel" | "bazelisk" | "earthly" | "earth" | "dagger" | "pants" | "buck2" | "nix-build"
            | "invoke" | "inv" | "gulp" | "grunt" | "poe" | "lefthook" | "moon" | "rake" => {
                self.unknown(site, format!("`{}` is not followed", shown(&texts)));
                false
            }
            _ if texts.first().is_some_and(|p| p.contains('/') && !p.starts_with('/')) => {
                texts.first().is_some_and(|path| self.script_file(path, site, frame))
            }
            _ => false,
        }
    }

    pub(super) fn folder(&self, frame: &Frame, to: Option<&str>) -> Option<String> {
        let folder = frame.folder.as_deref()?;
        match to {
            Some(to) => normalise(&join(folder, to)),
            None => Some(folder.to_owned()),
        }
    }

    /// `sh -c '…'`, `bash script.sh`.
    fn shell(&mut self, command: &StartCommand, frame: &Frame) -> bool {
        let rest = command.words.get(1..).unwrap_or_default();
        let is_text = |w: &str| w.starts_with('-') && !w.starts_with("--") && w.ends_with('c');
        if let Some(at) = rest.iter().position(|w| is_text(&w.text)) {
            let Some(text) = rest.get(at + 1) else { return false };
            let called = (text.span.file, text.span.range.unwrap_or_default());
            let Some(mut inner) = frame.enter(command.span, called) else { return false };
            inner.via.clone_from(&frame.via);
            self.text(&text.text.clone(), text.span, &inner);
            return true;
        }
        match rest.iter().find(|w| !w.text.starts_with(['-', '+'])) {
            Some(path) => self.script_file(&path.text.clone(), command.span, frame),
            None => false,
        }
    }

    /// What `ssh` runs on the other machine.
    fn ssh(&mut self, command: &StartCommand, frame: &Frame) -> bool {
        let values = ["-i", "-p", "-o", "-l", "-F", "-J", "-b", "-c", "-L", "-R", "-D", "-E", "-W"];
        let mut at = 1;
        while let Some(word) = command.words.get(at).filter(|w| w.text.starts_with('-')) {
            at += if values.contains(&word.text.as_str()) { 2 } else { 1 };
        }
        let Some(words) = command.words.get(at + 1..).filter(|w| !w.is_empty()) else { return false };
        let called = (command.span.file, command.span.range.unwrap_or_default());
        let Some(mut inner) = frame.enter(command.span, called) else { return false };
        inner.remote = true;
        inner.folder = None;
        inner.via.clone_from(&frame.via);
        match words {
            [one] => self.text(&one.text.clone(), one.span, &inner),
            many => self.simple(many.to_vec(), Vec::new(), command.span, &mut inner),
        }
        true
    }

    /// Follows the words behind `separator`.
    fn behind(&mut self, command: &StartCommand, separator: &str, frame: &Frame) -> bool {
        let Some(at) = command.words.iter().position(|w| w.text == separator) else { return false };
        let words = command.words.get(at + 1..).unwrap_or_default().to_vec();
        let mut inner = frame.clone();
        inner.depth += 1;
        if words.is_empty() || inner.depth > 20 {
            return false;
        }
        self.simple(words, Vec::new(), command.span, &mut inner);
        true
    }

    /// `pnpm playwright test`, `yarn jest`: what is no script is a program of a package.
    fn package_binary(&mut self, command: &StartCommand, name: &str, frame: &Frame) -> bool {
        let plain = |w: &str| !w.starts_with('-') && !matches!(w, "exec" | "x" | "dlx" | "run");
        let Some(at) = command.words.iter().skip(1).position(|w| plain(&w.text)) else { return false };
        let words = command.words.get(at + 1..).unwrap_or_default().to_vec();
        let first = words.first().map_or("", |w| w.text.as_str());
        let built_in = super::targets::BUILT_IN.contains(&first) || matches!(first, "test" | "build" | "t");
        let mut inner = frame.clone();
        inner.depth += 1;
        if name == "npm" || built_in || inner.depth > 20 || first.contains('$') {
            return false;
        }
        self.simple(words, Vec::new(), command.span, &mut inner);
        true
    }

    /// Follows the first word that is no option, assignment or number: for wrappers of which no more is known.
    fn first_program(&mut self, command: &StartCommand, frame: &Frame) -> bool {
        if self.behind(command, "--", frame) {
            return true;
        }
        let plain = |w: &str| {
            !w.starts_with('-')
                && !w.contains('=')
                && !w.starts_with(|c: char| c.is_ascii_digit())
                && !matches!(w, "run" | "exec" | ".")
        };
        let Some(at) = command.words.iter().skip(1).position(|w| plain(&w.text)) else { return false };
        let words = command.words.get(at + 1..).unwrap_or_default().to_vec();
        let mut inner = frame.clone();
        inner.depth += 1;
        if inner.depth > 20 {
            return false;
        }
        self.simple(words, Vec::new(), command.span, &mut inner);
        true
    }

    fn just(&mut self, rest: &[&str], site: Span, frame: &Frame) -> bool {
        let values = ["-f", "--justfile", "-d", "--working-directory", "--set", "--shell", "--dotenv-path"];
        let (options, plain) = split(rest, &values);
        if options.iter().any(|(n, _)| matches!(*n, "--list" | "-l" | "--version" | "--fmt" | "--summary")) {
            return false;
        }
        let folder = self.folder(frame, option(&options, &["-d", "--working-directory"]));
        let named = option(&options, &["-f", "--justfile"]);
        let names = ["justfile", "Justfile", ".justfile"];
        let file = folder.as_deref().and_then(|folder| match named {
            Some(path) => self.tree.file_at(&normalise(&join(folder, path))?),
            None => self.nearest(folder, &names),
        });
        let Some(file) = file else {
            self.unknown(site, format!("`just {}`: no justfile", rest.join(" ")));
            return false;
        };
        let files = self.recipe_files(file);
        if plain.is_empty() {
            let first = files.first().and_then(|(_, f)| f.recipes.first()).map(|r| r.name.value.clone());
            return first.is_some_and(|name| self.recipe(&files, &name, true, site, frame));
        }
        let mut found = false;
        let mut at = 0;
        while let Some(name) = plain.get(at) {
            let last = name.rsplit("::").next().unwrap_or(name);
            let takes = files.iter().find_map(|(_, f)| f.recipe(last)).map(|r| r.parameters);
            match takes {
                Some(parameters) => {
                    found |= self.recipe(&files, last, true, site, frame);
                    at += 1 + parameters;
                }
                // `just module recipe`.
                None if at == 0 && plain.len() > 1 => at += 1,
                None if found => break,
                None => {
                    self.unknown(site, format!("`just {name}`: no recipe of this name"));
                    break;
                }
            }
        }
        found
    }

    fn make(&mut self, rest: &[&str], site: Span, frame: &Frame) -> bool {
        let (options, plain) =
            split(rest, &["-C", "--directory", "-f", "--file", "--makefile", "-j", "-I", "-o"]);
        let folder = self.folder(frame, option(&options, &["-C", "--directory"]));
        let names = ["GNUmakefile", "makefile", "Makefile"];
        let file =
            folder.as_deref().and_then(|folder| match option(&options, &["-f", "--file", "--makefile"]) {
                Some(path) => self.tree.file_at(&normalise(&join(folder, path))?),
                None => names.iter().find_map(|n| self.tree.file_at(&join(folder, n))),
            });
        let Some(file) = file else {
            self.unknown(site, format!("`make {}`: no makefile", rest.join(" ")));
            return false;
        };
        let files = self.recipe_files(file);
        let frame = &Frame { folder, ..frame.clone() };
        let mut targets: Vec<&str> =
            plain.iter().copied().filter(|w| !w.contains('=') && w.parse::<u32>().is_err()).collect();
        let first = files.first().and_then(|(_, f)| {
            f.recipes.iter().map(|r| r.name.value.as_str()).find(|n| !n.starts_with('.') && !n.contains('%'))
        });
        if targets.is_empty() {
            targets.extend(first);
        }
        let mut found = false;
        for target in targets {
            if !self.recipe(&files, target, false, site, frame) {
                self.unknown(site, format!("`make {target}`: no recipe of this name"));
            } else {
                found = true;
            }
        }
        found
    }
}

pub(super) fn shown(texts: &[&str]) -> String {
    let mut head: Vec<&str> = texts.iter().copied().take(3).collect();
    if let Some(first) = head.first_mut() {
        *first = file_name(first);
    }
    head.join(" ")
}
