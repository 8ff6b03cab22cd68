//! Process managers inside a container: what supervisord, uWSGI, circus, s6, honcho and their kin start.

use crate::facts::artefact::Artefact;
use crate::source::{FileId, Span, Spanned};
use crate::syntax::ini::{Ini, IniEntry};
use crate::world::commands::file_name;

use super::expand::{Expander, Frame};
use super::files::{Found, clean, join};
use super::model::{Position, StartWord};

impl Expander<'_> {
    /// Follows the configuration of the process manager that `words` start; false when they start none.
    pub(super) fn managed(&mut self, words: &[StartWord], frame: &Frame) -> bool {
        let texts: Vec<&str> = words.iter().map(|w| w.text.as_str()).collect();
        let Some((program, rest)) = texts.split_first() else { return false };
        let managed = Frame { position: Some(Position::Managed), ..frame.clone() };
        match file_name(program) {
            "supervisord" => {
                let path = value_of(rest, &["-c", "--configuration"]);
                let places =
                    ["/etc/supervisor/supervisord.conf", "/etc/supervisord.conf", "supervisord.conf"];
                let named = path.into_iter().chain(places).find_map(|p| self.config(p, frame));
                let mut files: Vec<FileId> = named.into_iter().collect();
                // `[include] files = conf.d/*.conf` is what the distributions ship.
                files.extend(self.copied(|path| path.contains("supervisor") && path.ends_with(".conf")));
                files.sort_unstable();
                files.dedup();
                self.programs(&files, &managed)
            }
            "circusd" => {
                let file = rest.iter().find(|w| w.ends_with(".ini")).and_then(|p| self.config(p, frame));
                self.programs(&file.into_iter().collect::<Vec<_>>(), &managed)
            }
            "uwsgi" => {
                let path =
                    value_of(rest, &["--ini", "-i"]).or(rest.iter().copied().find(|w| w.ends_with(".ini")));
                let Some(file) = path.and_then(|p| self.config(p, frame)) else { return false };
                self.uwsgi(file, frame)
            }
            "honcho" | "foreman" | "overmind" | "goreman" | "hivemind" | "forego" => {
                let named = value_of(rest, &["-f", "--procfile"]).unwrap_or("Procfile");
                let only: Vec<&str> = rest.iter().copied().filter(|w| !w.starts_with('-')).skip(1).collect();
                let Some(file) = self.config(named, frame) else { return false };
                self.procfile(file, &only, &managed)
            }
            "init" if *program == "/init" && rest.is_empty() => self.s6(&managed),
            _ => false,
        }
    }

    /// The file of the repository that a path of a command line means.
    fn config(&self, path: &str, frame: &Frame) -> Option<FileId> {
        let path = path.trim_start_matches("file://");
        let Some((build, target)) = self.site.image else {
            return self.site.tree.file_at(&clean(&format!("{}/{path}", self.site.home)));
        };
        match build.find(target, &join(frame.folder.as_deref().unwrap_or("/"), path)) {
            Some(Found::File(file)) => Some(file),
            _ => None,
        }
    }

    /// Files below the folders that the image copies as a whole, and files that it copies by name, by their path.
    fn copied(&self, wanted: impl Fn(&str) -> bool) -> Vec<FileId> {
        let Some((build, target)) = self.site.image else { return Vec::new() };
        let folders = build.copied_folders(target);
        let files = self.site.tree.inventory.files.iter().filter(|f| wanted(&f.path));
        files
            .filter(|f| folders.iter().any(|folder| crate::discover::is_below(&f.path, folder)))
            .filter_map(|f| self.site.tree.file_at(&f.path))
            .collect()
    }

    /// `[program:x] command = …` of supervisord, `[watcher:x] cmd = …` of circus.
    fn programs(&mut self, files: &[FileId], frame: &Frame) -> bool {
        let mut found = false;
        for file in files {
            let Artefact::Ini(ini) = self.site.tree.artefact(*file) else { continue };
            for section in &ini.sections {
                let kind = section.name.value.split(':').next().unwrap_or("");
                if !matches!(kind, "program" | "watcher" | "fcgi-program") {
                    continue;
                }
                let off = section.get("autostart").is_some_and(|e| e.value.value == "false");
                let Some(command) = section.get("command").or_else(|| section.get("cmd")).filter(|_| !off)
                else {
                    continue;
                };
                let mut inner = frame.clone();
                inner.via.push(Span::new(*file, section.name.range));
                self.configured(&without_placeholders(&command.value), *file, &inner);
                found = true;
            }
        }
        found
    }

    /// uWSGI is itself the server; beside it run `attach-daemon` programs, and hooks run commands before.
    fn uwsgi(&mut self, file: FileId, frame: &Frame) -> bool {
        let Artefact::Ini(ini) = self.site.tree.artefact(file) else { return false };
        let ini: &Ini = ini;
        let mut found = false;
        let entries: Vec<&IniEntry> = ini.sections.iter().flat_map(|s| &s.entries).collect();
        for entry in entries {
            let key = entry.key.value.as_str();
            let position = match key {
                _ if key.starts_with("attach-daemon") || key.starts_with("smart-attach-daemon") => {
                    Position::Managed
                }
                _ if key.starts_with("legion-attach-daemon") => Position::Managed,
                _ if key.starts_with("hook-") || key.starts_with("exec-") => Position::Helper,
                _ => continue,
            };
            let mut text = entry.value.clone();
            if position == Position::Helper && key.starts_with("hook-") {
                let Some(command) = text.value.strip_prefix("exec:") else { continue };
                let dropped = text.value.len() - command.len();
                text.range = crate::source::ByteRange::new(
                    text.range.start as usize + dropped,
                    text.range.end as usize,
                );
                text.value = command.to_owned();
            }
            // `attach-daemon2 = cmd=…,freq=…`
            if let Some(behind) = text.value.strip_prefix("cmd=") {
                let command = behind.split(',').next().unwrap_or(behind);
                let start = text.range.start as usize + "cmd=".len();
                text.range = crate::source::ByteRange::new(start, start + command.len());
                text.value = command.to_owned();
            }
            let inner = Frame { position: Some(position), ..frame.clone() };
            self.configured(&without_placeholders(&text), file, &inner);
            found = true;
        }
        found
    }

    fn procfile(&mut self, file: FileId, only: &[&str], frame: &Frame) -> bool {
        let Artefact::Procfile(procfile) = self.site.tree.artefact(file) else { return false };
        for (name, command) in &procfile.processes {
            if only.is_empty() || only.contains(&name.value.as_str()) {
                self.configured(command, file, frame);
            }
        }
        true
    }

    /// The services of an s6-overlay: `s6-rc.d/<name>/{type,run,up}` and the older `services.d/<name>/run`.
    fn s6(&mut self, frame: &Frame) -> bool {
        let mut found = false;
        for file in self.copied(|path| path.contains("s6-rc.d/") && path.ends_with("/type")) {
            let Artefact::Line(kind) = self.site.tree.artefact(file) else { continue };
            let path = self.site.tree.inventory.files.get(file.0 as usize).map_or("", |f| f.path.as_str());
            let Some(folder) = path.strip_suffix("/type") else { continue };
            let position = match kind.value.as_str() {
                "longrun" => Position::Managed,
                "oneshot" => Position::Helper,
                _ => continue,
            };
            let Some(run) = self.site.tree.file_at(&format!("{folder}/run")) else { continue };
            let inner = Frame { position: Some(position), ..frame.clone() };
            self.whole_script(run, &inner);
            found = true;
        }
        for file in self.copied(|path| path.contains("services.d/") && path.ends_with("/run")) {
            self.whole_script(file, frame);
            found = true;
        }
        found
    }
}

/// `%(name)` stands for a value; to a shell it would begin a subshell. The length stays.
fn without_placeholders(text: &Spanned<String>) -> Spanned<String> {
    let mut value = String::with_capacity(text.value.len());
    let mut inside = false;
    for c in text.value.chars() {
        match c {
            '(' if value.ends_with('%') => {
                inside = true;
                value.push('_');
            }
            ')' if inside => {
                inside = false;
                value.push('_');
            }
            c => value.push(c),
        }
    }
    Spanned::new(value, text.range)
}

fn value_of<'w>(words: &[&'w str], options: &[&str]) -> Option<&'w str> {
    let at = words.iter().position(|w| options.contains(w));
    let long = || {
        let joined = words.iter().find_map(|w| w.split_once('=').filter(|(name, _)| options.contains(name)));
        joined.map(|(_, value)| value)
    };
    at.and_then(|at| words.get(at + 1).copied()).or_else(long)
}
