//! Package scripts: what stands behind `npm start`, `yarn workspace x run y`, `npm-run-all a b`, `concurrently`.

use crate::facts::manifest::NodeManifest;
use crate::source::{FileId, Span};
use crate::world::commands::file_name;

use super::expand::{Expander, Frame};
use super::files::{Found, clean, join};
use super::model::{Position, StartWord};

/// Words behind `yarn`, `pnpm` and `bun` that are no scripts.
const BUILT_IN: &[&str] = &[
    "install",
    "i",
    "add",
    "remove",
    "rm",
    "exec",
    "dlx",
    "x",
    "ci",
    "build",
    "init",
    "audit",
    "cache",
    "config",
    "create",
    "global",
    "info",
    "link",
    "list",
    "ls",
    "outdated",
    "pack",
    "prune",
    "publish",
    "rebuild",
    "run",
    "store",
    "up",
    "update",
    "upgrade",
    "version",
    "view",
    "why",
    "workspaces",
    "node",
    "set",
    "plugin",
    "dedupe",
    "deploy",
    "import",
    "help",
    "login",
    "pm",
    "unlink",
    "patch",
];

/// A call of package scripts.
struct Call<'w> {
    scripts: Vec<&'w str>,
    folder: Option<&'w str>,
    package: Option<&'w str>,
    parallel: bool,
}

impl Expander<'_> {
    /// Follows the package scripts that `words` call; false when none is found.
    pub(super) fn package_script(&mut self, words: &[StartWord], frame: &Frame) -> bool {
        let texts: Vec<&str> = words.iter().map(|w| w.text.as_str()).collect();
        let Some((program, rest)) = texts.split_first() else { return false };
        match file_name(program) {
            "npm" | "pnpm" | "yarn" | "bun" => {
                let Some(call) = read_call(file_name(program), rest) else { return false };
                self.run_scripts(&call, frame)
            }
            "npm-run-all" | "npm-run-all2" | "run-s" | "run-p" => {
                let parallel =
                    file_name(program) == "run-p" || rest.iter().any(|w| matches!(*w, "-p" | "--parallel"));
                let scripts = rest.iter().copied().filter(|w| !w.starts_with('-')).collect();
                self.run_scripts(&Call { scripts, folder: None, package: None, parallel }, frame)
            }
            "concurrently" | "conc" => self.concurrently(words, frame),
            _ => false,
        }
    }

    fn concurrently(&mut self, words: &[StartWord], frame: &Frame) -> bool {
        let mut skip = false;
        let mut first = true;
        let mut found = false;
        for word in words.iter().skip(1) {
            if std::mem::take(&mut skip) {
                continue;
            }
            if word.text.starts_with('-') {
                let takes =
                    ["-n", "--names", "-c", "--prefix-colors", "-p", "--prefix", "-s", "--success", "-m"];
                skip = takes.contains(&word.text.as_str());
                continue;
            }
            let position = if std::mem::take(&mut first) { Position::Main } else { Position::Background };
            let inner = beside(frame, position);
            found = true;
            let script =
                word.text.split_once(':').filter(|(tool, _)| ["npm", "yarn", "pnpm", "bun"].contains(tool));
            match script {
                Some((_, script)) => {
                    let call = Call { scripts: vec![script], folder: None, package: None, parallel: false };
                    self.run_scripts(&call, &inner);
                }
                None => {
                    let range = word.span.range.unwrap_or_default();
                    let text = crate::source::Spanned::new(word.text.clone(), range);
                    self.configured(&text, word.span.file, &inner);
                }
            }
        }
        found
    }

    fn run_scripts(&mut self, call: &Call<'_>, frame: &Frame) -> bool {
        let Some((file, manifest)) = self.manifest(call, frame) else { return false };
        let manifest = manifest.clone();
        let mut names: Vec<String> = Vec::new();
        for wanted in &call.scripts {
            match wanted.split_once('*') {
                Some((start, end)) => {
                    names.extend(manifest.scripts.iter().map(|(name, _)| name.value.clone()).filter(|n| {
                        n.len() >= start.len() + end.len()
                            && n.starts_with(start)
                            && n.ends_with(end.trim_matches('*'))
                    }))
                }
                None => names.push((*wanted).to_owned()),
            }
        }
        let mut found = false;
        let last = names.len().saturating_sub(1);
        for (at, name) in names.iter().enumerate() {
            let position = match (call.parallel, at) {
                (true, 0) => Position::Main,
                (true, _) => Position::Background,
                (false, at) if at == last => Position::Main,
                (false, _) => Position::Helper,
            };
            found |= self.run_script(file, &manifest, name, &beside(frame, position));
        }
        found
    }

    /// Follows one script, with the `pre` and `post` scripts of its name.
    fn run_script(&mut self, file: FileId, manifest: &NodeManifest, name: &str, frame: &Frame) -> bool {
        let find = |wanted: &str| manifest.scripts.iter().find(|(n, _)| n.value == wanted).map(|(_, c)| c);
        let Some(command) = find(name) else { return false };
        let mut inner = frame.clone();
        inner.package = Some(file);
        if let Some(before) = find(&format!("pre{name}")) {
            let mut helper = beside(&inner, Position::Helper);
            helper.via.push(Span::new(file, before.range));
            self.configured(before, file, &helper);
        }
        inner.via.push(Span::new(file, command.range));
        self.configured(command, file, &inner);
        true
    }

    /// The `package.json` that a call means.
    fn manifest(&self, call: &Call<'_>, frame: &Frame) -> Option<(FileId, &NodeManifest)> {
        let tree = self.site.tree;
        let has = |m: &NodeManifest| {
            call.scripts.iter().any(|s| s.contains('*') || m.scripts.iter().any(|(n, _)| n.value == *s))
        };
        if let Some(name) = call.package {
            let name = name.trim_start_matches("./").trim_end_matches("...");
            return tree.inventory.files.iter().filter(|f| f.path.ends_with("package.json")).find_map(|f| {
                let (file, manifest) = tree.node_manifest(&f.path)?;
                let own = manifest.name.as_ref().is_some_and(|n| n.value == name);
                let by_folder =
                    f.path.strip_suffix("/package.json").is_some_and(|folder| folder.ends_with(name));
                ((own || by_folder) && has(manifest)).then_some((file, manifest))
            });
        }
        if let (Some(file), None) = (frame.package, call.folder) {
            let path = tree.inventory.files.get(file.0 as usize)?.path.as_str();
            return tree.node_manifest(path).filter(|(_, m)| has(m));
        }
        let by_id = |file: FileId| {
            let path = tree.inventory.files.get(file.0 as usize)?.path.as_str();
            tree.node_manifest(path).filter(|(_, m)| has(m))
        };
        let Some((build, target)) = self.site.image else {
            let home = frame.folder.as_deref().unwrap_or(self.site.home);
            let folder = clean(&format!("{home}/{}", call.folder.unwrap_or("")));
            let path =
                if folder.is_empty() { "package.json".into() } else { format!("{folder}/package.json") };
            return tree.node_manifest(&path).filter(|(_, m)| has(m));
        };
        let folder = frame.folder.clone().unwrap_or_else(|| "/".into());
        let inside = join(&join(&folder, call.folder.unwrap_or("")), "package.json");
        if let Some(Found::File(file)) = build.find(target, &inside)
            && let Some(found) = by_id(file)
        {
            return Some(found);
        }
        build.in_context(&format!("{}/package.json", call.folder.unwrap_or(""))).and_then(by_id)
    }
}

fn beside(frame: &Frame, position: Position) -> Frame {
    let position = match (frame.position, position) {
        (Some(Position::Helper), _) => Position::Helper,
        (Some(outer @ (Position::Background | Position::Managed)), Position::Main) => outer,
        (_, position) => position,
    };
    Frame { position: Some(position), ..frame.clone() }
}

fn read_call<'w>(program: &str, rest: &[&'w str]) -> Option<Call<'w>> {
    let mut call = Call { scripts: Vec::new(), folder: None, package: None, parallel: false };
    let mut words = rest.iter().copied().peekable();
    let mut run = false;
    while let Some(word) = words.next() {
        match word {
            "--prefix" | "-C" | "--dir" | "--cwd" => call.folder = words.next(),
            "--filter" | "-F" | "-w" | "--workspace" if program != "yarn" => call.package = words.next(),
            "workspace" if program == "yarn" => call.package = words.next(),
            "--" => break,
            _ if word.starts_with("--prefix=")
                || word.starts_with("--cwd=")
                || word.starts_with("--dir=") =>
            {
                call.folder = word.split_once('=').map(|(_, value)| value);
            }
            _ if word.starts_with("--filter=") || word.starts_with("--workspace=") => {
                call.package = word.split_once('=').map(|(_, value)| value);
            }
            _ if word.starts_with('-') => {}
            "run" | "run-script" => run = true,
            _ => {
                let script = run
                    || matches!(word, "start" | "test" | "stop" | "restart")
                    || (program != "npm" && !BUILT_IN.contains(&word));
                if script {
                    call.scripts.push(word);
                }
                break;
            }
        }
    }
    (!call.scripts.is_empty()).then_some(call)
}
