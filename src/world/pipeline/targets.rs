//! Named things that runners run: recipes, package scripts, tasks of monorepos, aliases of cargo.

use crate::discover::kind::FileKind;
use crate::discover::role::Role;
use crate::facts::artefact::{Artefact, ScriptedDocument};
use crate::facts::manifest::NodeManifest;
use crate::source::{FileId, Span};
use crate::syntax::doc::NodeRef;
use crate::syntax::recipes::RecipeFile;
use crate::world::commands::file_name;
use crate::world::image::start_word;
use crate::world::packages::{folder_of, join, normalise};

use super::resolve::{Frame, Resolver};
use super::runners::{option, shown, split};

/// Words behind `yarn`, `pnpm` and `bun` that are never scripts.
pub(super) const BUILT_IN: &[&str] = &[
    "install", "i", "add", "remove", "rm", "exec", "dlx", "x", "ci", "init", "audit", "cache", "config",
    "create", "global", "info", "link", "list", "ls", "outdated", "pack", "prune", "publish", "rebuild",
    "store", "up", "update", "upgrade", "version", "view", "why", "set", "plugin", "dedupe", "import",
    "help", "login", "pm", "unlink", "patch", "fetch", "licenses", "import",
];

impl<'a> Resolver<'a> {
    /// A file of recipes and those that it includes.
    pub(super) fn recipe_files(&self, file: FileId) -> Vec<(FileId, &'a RecipeFile)> {
        let mut found: Vec<(FileId, &'a RecipeFile)> = Vec::new();
        let mut queue = vec![file];
        while let Some(file) = queue.pop().filter(|_| found.len() < 50) {
            let Artefact::Recipes(recipes) = self.tree.artefact(file) else { continue };
            if found.iter().any(|(f, _)| *f == file) {
                continue;
            }
            found.push((file, recipes));
            let folder = folder_of(self.tree.path(file));
            for import in &recipes.imports {
                let path = normalise(&join(folder, &import.value));
                let beside = |path: String| {
                    let module = path.strip_suffix(".just").map(|p| format!("{p}/mod.just"));
                    self.tree.file_at(&path).or_else(|| self.tree.file_at(&module?))
                };
                queue.extend(path.and_then(beside));
            }
        }
        found
    }

    /// Follows the recipe `name` and those it depends on; false when there is none. With `own_folder`, recipes run in
    /// the folder of the first file, as those of `just` do.
    pub(super) fn recipe(
        &mut self,
        files: &[(FileId, &'a RecipeFile)],
        name: &str,
        own_folder: bool,
        site: Span,
        frame: &Frame,
    ) -> bool {
        let found = files.iter().find_map(|(file, f)| Some((*file, f.recipe(name)?)));
        let Some((file, recipe)) = found else { return false };
        let Some(mut inner) = frame.enter(site, (file, recipe.range)) else { return true };
        if own_folder {
            let root = files.first().map_or(file, |(file, _)| *file);
            inner.folder = Some(folder_of(self.tree.path(root)).to_owned());
        }
        let here = Span::new(file, recipe.name.range);
        for dependency in &recipe.dependencies {
            // What is no recipe is a file of make.
            self.recipe(files, dependency, own_folder, here, &inner);
        }
        self.script(&recipe.script, file, &inner);
        true
    }

    /// `npm run x`, `yarn workspace a test`, `pnpm -r lint`.
    pub(super) fn package_manager(&mut self, name: &str, rest: &[&str], site: Span, frame: &Frame) -> bool {
        let values = [
            "--prefix",
            "-C",
            "--dir",
            "--cwd",
            "--filter",
            "-F",
            "-w",
            "--workspace",
            "--loglevel",
            "--reporter",
            "--config",
            "--timeout",
        ];
        // `pnpm -w` stands alone.
        let values: Vec<&str> = values.into_iter().filter(|v| !(name == "pnpm" && *v == "-w")).collect();
        let (options, plain) = split(rest, &values);
        let folder = self.folder(frame, option(&options, &["--prefix", "-C", "--dir", "--cwd"]));
        let mut everywhere = options.iter().any(|(n, _)| {
            matches!(*n, "-r" | "--recursive" | "--workspaces" | "-ws" | "--filter" | "-F" | "--workspace")
                || (*n == "-w" && name == "npm")
        });
        let scripts: Vec<&str> = match (name, plain.as_slice()) {
            (_, ["run" | "run-script" | "rum", script, ..]) => {
                let found = match everywhere {
                    true => self.scripts_everywhere(&[script], site, frame),
                    false => self.package_scripts(&[script], folder.as_deref(), site, frame),
                };
                if !found && !options.iter().any(|(n, _)| *n == "--if-present") {
                    self.unknown(site, format!("`{name} run {script}`: no script of this name"));
                }
                return true;
            }
            ("npm", ["test" | "t" | "tst", ..]) => vec!["test"],
            ("yarn" | "pnpm", ["test", ..]) => vec!["test"],
            ("npm", ["start" | "restart" | "stop", ..]) => vec!["start"],
            ("yarn", ["workspace", _, "run", script, ..] | ["workspace", _, script, ..]) => {
                everywhere = true;
                vec![script]
            }
            ("yarn", ["workspaces", "foreach" | "run", behind @ ..]) => {
                everywhere = true;
                behind.iter().copied().filter(|w| *w != "run").take(1).collect()
            }
            ("yarn" | "pnpm", [tool @ ("nx" | "turbo" | "lerna"), ..]) => {
                let at = rest.iter().position(|w| w == tool).unwrap_or(0);
                self.monorepo(rest.get(at..).unwrap_or_default(), site, frame);
                return true;
            }
            ("npm" | "pnpm" | "yarn", ["exec" | "x" | "dlx", tool @ ("nx" | "turbo" | "lerna"), ..]) => {
                let at = rest.iter().position(|w| w == tool).unwrap_or(0);
                self.monorepo(rest.get(at..).unwrap_or_default(), site, frame);
                return true;
            }
            ("yarn" | "pnpm", [script, ..]) if !BUILT_IN.contains(script) => vec![script],
            _ => return false,
        };
        if everywhere {
            return self.scripts_everywhere(&scripts, site, frame);
        }
        self.package_scripts(&scripts, folder.as_deref(), site, frame)
    }

    /// Follows scripts of the nearest `package.json`; `name:*` stands for all that begin so.
    pub(super) fn package_scripts(
        &mut self,
        names: &[&str],
        folder: Option<&str>,
        site: Span,
        frame: &Frame,
    ) -> bool {
        let manifest = folder.and_then(|folder| self.nearest(folder, &["package.json"]));
        let Some((file, manifest)) = manifest.and_then(|f| Some((f, self.node_manifest(f)?))) else {
            self.unknown(site, format!("`{}`: no package.json", names.join(" ")));
            return false;
        };
        let mut found = false;
        for name in names {
            found |= self.package_script(file, manifest, name, site, frame);
        }
        found
    }

    fn scripts_everywhere(&mut self, names: &[&str], site: Span, frame: &Frame) -> bool {
        let tree = self.tree;
        let mut found = false;
        for (at, artefact) in tree.artefacts.iter().enumerate() {
            let (Artefact::NodeManifest(manifest), Ok(at)) = (artefact, u32::try_from(at)) else { continue };
            let inside =
                tree.inventory.files.get(at as usize).is_some_and(|f| !f.above && f.role != Role::Vendored);
            for name in names.iter().filter(|_| inside) {
                found |= self.package_script(FileId(at), manifest, name, site, frame);
            }
        }
        found
    }

    fn node_manifest(&self, file: FileId) -> Option<&'a NodeManifest> {
        match self.tree.artefact(file) {
            Artefact::NodeManifest(manifest) => Some(manifest),
            _ => None,
        }
    }

    fn package_script(
        &mut self,
        file: FileId,
        manifest: &'a NodeManifest,
        name: &str,
        site: Span,
        frame: &Frame,
    ) -> bool {
        let wanted = |script: &str| match name.strip_suffix('*') {
            Some(start) => script.starts_with(start),
            None => {
                script == name
                    || script.strip_prefix("pre") == Some(name)
                    || script.strip_prefix("post") == Some(name)
            }
        };
        let mut found = false;
        for (script, command) in manifest.scripts.iter().filter(|(n, _)| wanted(&n.value)) {
            found = true;
            let Some(mut inner) = frame.enter(site, (file, script.range)) else { continue };
            inner.folder = Some(folder_of(self.tree.path(file)).to_owned());
            self.text(&command.value, Span::new(file, command.range), &inner);
        }
        found
    }

    /// `nx affected -t lint,test`, `turbo run build`, `lerna run test`.
    pub(super) fn monorepo(&mut self, texts: &[&str], site: Span, frame: &Frame) -> bool {
        let rest = texts.get(1..).unwrap_or_default();
        let values = [
            "-t",
            "--target",
            "--targets",
            "--projects",
            "-p",
            "--exclude",
            "--base",
            "--head",
            "--filter",
            "-F",
            "--parallel",
            "--configuration",
            "-c",
            "--scope",
            "--concurrency",
            "--tags",
            "--args",
        ];
        let (options, plain) = split(rest, &values);
        let named = option(&options, &["-t", "--target", "--targets"]);
        let mut targets: Vec<String> = named.iter().flat_map(|t| t.split(',')).map(str::to_owned).collect();
        match plain.as_slice() {
            ["run-many" | "affected", ..] => {}
            ["run", all @ ..] if texts.first().map(|t| file_name(t)) == Some("turbo") => {
                targets.extend(all.iter().map(|t| (*t).to_owned()));
            }
            ["run", one, ..] => targets.extend(one.split(':').nth(1).or(Some(*one)).map(str::to_owned)),
            ["format:check", ..] => targets.push("lint".into()),
            [one, ..] => targets.push((*one).to_owned()),
            [] => {}
        }
        // `-t lint test`: several words behind one option.
        if let Some(at) = rest.iter().position(|w| matches!(*w, "-t" | "--target" | "--targets")) {
            let more = rest.get(at + 2..).unwrap_or_default().iter().take_while(|w| !w.starts_with('-'));
            targets.extend(more.map(|t| (*t).to_owned()));
        }
        let mut found = false;
        for target in &targets {
            let mut here = self.scripts_everywhere(&[target.as_str()], site, frame);
            here |= self.project_target(target, site, frame);
            found |= here;
            if !here {
                self.unknown(site, format!("`{}`: no target {target}", shown(texts)));
            }
        }
        found
    }

    /// Targets called `name` in all `project.json` of Nx.
    fn project_target(&mut self, name: &str, site: Span, frame: &Frame) -> bool {
        let tree = self.tree;
        let mut found = false;
        for (at, artefact) in tree.artefacts.iter().enumerate() {
            let (Artefact::Scripted(document), Ok(at)) = (artefact, u32::try_from(at)) else { continue };
            let Some(path) = tree.inventory.files.get(at as usize).map(|f| &f.path) else { continue };
            if !path.ends_with("project.json") {
                continue;
            }
            let target = document.document.root().and_then(|r| r.get_path(&["targets", name]));
            let Some(target) = target else { continue };
            let Some(mut inner) = frame.enter(site, (FileId(at), target.range())) else { continue };
            inner.folder = Some(folder_of(path).to_owned());
            found |=
                target.get("options").is_some_and(|o| self.scripts_below(document, o, FileId(at), &inner));
        }
        found
    }

    /// Tasks called `names` of a task file beside or above `folder`; without names the task `default`.
    pub(super) fn tasks(
        &mut self,
        runner: &str,
        files: &[&str],
        names: &[&str],
        folder: Option<String>,
        site: Span,
        frame: &Frame,
    ) -> bool {
        let file = folder.as_deref().and_then(|folder| self.nearest(folder, files));
        let tree = self.tree;
        let Some((file, Artefact::Scripted(document))) = file.map(|f| (f, tree.artefact(f))) else {
            self.unknown(site, format!("`{runner} {}`: no file of tasks", names.join(" ")));
            return false;
        };
        let default = ["default"];
        let names = if names.is_empty() { &default } else { names };
        let mut found = false;
        for name in names {
            let task = document.document.root().and_then(|r| r.get("tasks")?.get(name));
            let Some(task) = task else {
                self.unknown(site, format!("`{runner} {name}`: no task of this name"));
                continue;
            };
            let Some(mut inner) = frame.enter(site, (file, task.range())) else { continue };
            inner.folder = Some(folder_of(self.tree.path(file)).to_owned());
            let depends = task.get("deps").or_else(|| task.get("depends"));
            let mut before: Vec<&str> = Vec::new();
            for node in depends.iter().flat_map(NodeRef::items) {
                before.extend(node.as_str().or_else(|| node.get("task")?.as_str()));
            }
            for node in task.get("cmds").iter().flat_map(NodeRef::items) {
                before.extend(node.get("task").and_then(|t| t.as_str()));
            }
            if !before.is_empty() {
                found |= self.tasks(runner, files, &before, inner.folder.clone(), site, &inner);
            }
            found |= self.scripts_below(document, task, file, &inner);
        }
        found
    }

    /// Follows all shell texts at and below `node`.
    pub(super) fn scripts_below(
        &mut self,
        document: &'a ScriptedDocument,
        node: NodeRef<'a>,
        file: FileId,
        frame: &Frame,
    ) -> bool {
        let inside = node.range();
        let mut found = false;
        for (_, script) in document.scripts.iter().filter(|(range, _)| inside.contains(*range)) {
            found = true;
            self.script(script, file, frame);
        }
        found
    }

    /// Aliases of `.cargo/config.toml`, `cargo xtask`, `cargo make`.
    pub(super) fn cargo(&mut self, rest: &[&str], site: Span, frame: &Frame) -> bool {
        let rest: Vec<&str> = rest.iter().copied().skip_while(|w| w.starts_with('+')).collect();
        let (options, plain) =
            split(&rest, &["-p", "--package", "--bin", "--manifest-path", "-C", "-Z", "--config"]);
        let Some(first) = plain.first().copied() else { return false };
        if matches!(first, "run" | "r") {
            let target = option(&options, &["-p", "--package", "--bin"]).unwrap_or("");
            if ["xtask", "ci", "dev", "tasks", "test"]
                .iter()
                .any(|t| target.split(['-', '_']).any(|w| w == *t))
            {
                self.unknown(site, format!("`cargo run` of {target} is not followed"));
            }
            return false;
        }
        if matches!(first, "xtask" | "make" | "dev" | "x") {
            self.unknown(site, format!("`cargo {first}` is not followed"));
            return false;
        }
        let Some(folder) = frame.folder.as_deref() else { return false };
        let config = [".cargo/config.toml", ".cargo/config"];
        let tree = self.tree;
        let Some(Artefact::Document(document)) = self.nearest(folder, &config).map(|f| tree.artefact(f))
        else {
            return false;
        };
        let alias = document.root().and_then(|r| r.get("alias")?.get(first));
        let Some(alias) = alias else { return false };
        let range = site.range.unwrap_or_default();
        let text = alias
            .as_str()
            .map(str::to_owned)
            .unwrap_or_else(|| alias.items().filter_map(|i| i.as_str()).collect::<Vec<_>>().join(" "));
        let mut words = vec![start_word("cargo", site.file, range)];
        words.extend(text.split_whitespace().map(|w| start_word(w, site.file, range)));
        let behind = rest.iter().skip_while(|w| **w != first).skip(1);
        words.extend(behind.map(|w| start_word(w, site.file, range)));
        let Some(mut inner) = frame.enter(site, (site.file, alias.range())) else { return false };
        inner.via.clone_from(&frame.via);
        self.simple(words, Vec::new(), site, &mut inner);
        true
    }
}

/// The kinds of files that are read on demand when a pipeline runs them.
pub fn is_script_path(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    !name.contains('.') && crate::discover::kind::kind_of_path(path).is_none_or(|k| k == FileKind::Shell)
}
