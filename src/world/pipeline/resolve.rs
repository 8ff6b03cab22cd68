//! From the commands of a step to all that they lead to: through shell scripts, recipes, package scripts and tasks.

use std::collections::BTreeMap;

use crate::facts::artefact::Artefact;
use crate::source::{ByteRange, FileId, Span};
use crate::syntax::command::unwrap_command;
use crate::syntax::shell::{Command, CommandKind, Connector, Item, Keyword, Redirect, Script, Word};
use crate::syntax::shell::{parse_shell_mapped, visit_commands};
use crate::syntax::text_map::TextMap;
use crate::world::commands::file_name;
use crate::world::image::{Condition, Position, StartCommand, StartRedirect, StartWord, Tree, cover};
use crate::world::image::{start_word, wrapper_table};
use crate::world::packages::{folder_of, normalise};

use super::model::{CiCommand, Unknown};
use super::scope::Scope;

/// How many commands one step is followed through.
const BUDGET: usize = 3_000;

/// How deep runners may call runners.
const DEPTH: usize = 12;

/// Where a command stands: what its variables and paths mean, and what led to it.
#[derive(Clone, Default)]
pub(super) struct Frame {
    pub scope: Scope,
    /// The folder it runs in; none when it is not known.
    pub folder: Option<String>,
    pub via: Vec<Span>,
    pub remote: bool,
    pub in_container: bool,
    pub in_image: bool,
    pub tolerated: bool,
    pub on_failure: bool,
    pub depth: usize,
    /// Recipes, scripts and tasks on the way here.
    pub chain: Vec<(FileId, ByteRange)>,
    pub redirects: Vec<StartRedirect>,
    pub piped: Vec<Vec<StartWord>>,
}

impl Frame {
    /// The frame of what `site` calls; none where that is already on the way, or too deep.
    pub fn enter(&self, site: Span, called: (FileId, ByteRange)) -> Option<Frame> {
        if self.depth >= DEPTH || self.chain.contains(&called) {
            return None;
        }
        let mut frame =
            Frame { depth: self.depth + 1, redirects: Vec::new(), piped: Vec::new(), ..self.clone() };
        frame.via.push(site);
        frame.chain.push(called);
        Some(frame)
    }
}

/// Functions of the script that is walked.
pub(super) type Functions<'s> = BTreeMap<&'s str, &'s [Item]>;

/// Follows commands.
pub(super) struct Resolver<'a> {
    pub tree: Tree<'a>,
    pub out: Vec<CiCommand>,
    pub unknown: Vec<Unknown>,
    budget: usize,
}

impl<'a> Resolver<'a> {
    pub fn new(tree: Tree<'a>) -> Self {
        Self { tree, out: Vec::new(), unknown: Vec::new(), budget: BUDGET }
    }

    /// Notes that what stands at `span` could not be followed.
    pub fn unknown(&mut self, span: Span, reason: impl Into<String>) {
        let unknown = Unknown { span, reason: reason.into() };
        if !self.unknown.contains(&unknown) && self.unknown.len() < 200 {
            self.unknown.push(unknown);
        }
    }

    /// Follows a whole script.
    pub fn script(&mut self, script: &Script, file: FileId, frame: &Frame) {
        let mut functions = Functions::new();
        for item in &script.items {
            collect_functions(std::slice::from_ref(item), &mut functions);
        }
        let mut frame = frame.clone();
        self.list(&script.items, file, &functions, &mut frame);
    }

    fn list(&mut self, items: &[Item], file: FileId, functions: &Functions<'_>, frame: &mut Frame) {
        let mut after: Option<Connector> = None;
        for (at, item) in items.iter().enumerate() {
            self.budget = self.budget.saturating_sub(1);
            if self.budget == 0 {
                self.unknown(Span::new(file, item.range), "more commands than are followed");
                return;
            }
            let tolerated =
                item.connector_after == Connector::Or && items.get(at + 1).is_some_and(is_nothing);
            let mut inner = frame.clone();
            inner.tolerated |= tolerated;
            inner.on_failure |= after == Some(Connector::Or);
            self.pipeline(item, file, functions, &mut inner);
            // What the command did to the folder and to variables stays.
            frame.folder = inner.folder;
            frame.scope = inner.scope;
            after = Some(item.connector_after);
        }
    }

    fn pipeline(&mut self, item: &Item, file: FileId, functions: &Functions<'_>, frame: &mut Frame) {
        for (at, command) in item.pipeline.iter().enumerate() {
            let mut inner = frame.clone();
            for later in item.pipeline.get(at + 1..).unwrap_or_default() {
                let words = later.simple().map(|s| words(&s.words, file, &frame.scope)).unwrap_or_default();
                inner.piped.push(words);
            }
            inner.redirects.extend(command.redirects.iter().map(|r| redirect(r, file)));
            self.command(command, file, functions, &mut inner);
            if item.pipeline.len() == 1 {
                frame.folder = inner.folder;
                frame.scope = inner.scope;
            }
        }
    }

    fn command(&mut self, command: &Command, file: FileId, functions: &Functions<'_>, frame: &mut Frame) {
        match &command.kind {
            CommandKind::Simple(simple) => {
                for word in simple.assignments.iter().map(|(_, w)| w).chain(&simple.words) {
                    self.substitutions(word, file, functions, frame);
                }
                let assignments: Vec<(String, String)> = simple
                    .assignments
                    .iter()
                    .map(|(name, word)| (name.value.clone(), frame.scope.fill(&word.text)))
                    .collect();
                if simple.words.is_empty() {
                    for (name, value) in assignments {
                        // A value that a command computes is not known any more.
                        match value.contains("$(") || value.contains('`') {
                            true => drop(frame.scope.environment.remove(&name)),
                            false => frame.scope.set(&name, &value),
                        }
                    }
                    return;
                }
                let range = command.range;
                let all = words(&simple.words, file, &frame.scope);
                let heredoc = command.redirects.iter().find_map(|r| r.heredoc.as_ref());
                if let Some(body) = heredoc {
                    self.heredoc(&all, body, file, range, frame);
                }
                if let Some(name) = simple.name()
                    && let Some(body) = functions.get(name)
                {
                    let first = body.first().map_or(range, |i| i.range);
                    if let Some(mut inner) = frame.enter(Span::new(file, range), (file, first)) {
                        inner.via.clone_from(&frame.via);
                        self.list(body, file, functions, &mut inner);
                    }
                    return;
                }
                self.simple(all, assignments, Span::new(file, range), frame);
            }
            CommandKind::Compound(compound) => {
                if matches!(compound.keyword, Keyword::Function(_)) {
                    return;
                }
                for word in &compound.words {
                    self.substitutions(word, file, functions, frame);
                }
                let subshell = compound.keyword == Keyword::Subshell;
                let mut inner = frame.clone();
                self.list(&compound.conditions, file, functions, &mut inner);
                for body in &compound.bodies {
                    self.list(body, file, functions, &mut inner);
                }
                if !subshell {
                    frame.folder = inner.folder;
                    frame.scope = inner.scope;
                }
            }
        }
    }

    fn substitutions(&mut self, word: &Word, file: FileId, functions: &Functions<'_>, frame: &Frame) {
        for script in &word.substitutions {
            let mut inner = frame.clone();
            self.list(&script.items, file, functions, &mut inner);
        }
    }

    /// `ssh host <<EOF`, `bash <<EOF`: the body is a script.
    fn heredoc(
        &mut self,
        words: &[StartWord],
        body: &crate::source::Spanned<String>,
        file: FileId,
        range: ByteRange,
        frame: &Frame,
    ) {
        let unwrapped = unwrap_command(words, wrapper_table());
        let program = unwrapped.command.first().map_or("", |w| file_name(&w.text));
        let remote = program == "ssh";
        if !remote && !is_shell(program) {
            return;
        }
        let map = match body.range.len() == body.value.len() {
            true => TextMap::at(body.range.start as usize, body.value.len()),
            false => whole(body.value.len(), body.range),
        };
        let script = parse_shell_mapped(&body.value, &map);
        if let Some(mut inner) = frame.enter(Span::new(file, range), (file, body.range)) {
            inner.remote |= remote;
            if remote {
                inner.folder = None;
            }
            self.script(&script, file, &inner);
        }
    }

    /// Follows the shell text `text`, which stands at `span`.
    pub fn text(&mut self, text: &str, span: Span, frame: &Frame) {
        let range = span.range.unwrap_or_default();
        let quotes = range.len().saturating_sub(text.len()) / 2;
        let map = match range.len() == text.len() + 2 * quotes && quotes <= 1 {
            true => TextMap::at(range.start as usize + quotes, text.len()),
            false => whole(text.len(), range),
        };
        let script = parse_shell_mapped(text, &map);
        self.script(&script, span.file, frame);
    }

    /// Follows a command line.
    pub fn simple(
        &mut self,
        words: Vec<StartWord>,
        assignments: Vec<(String, String)>,
        span: Span,
        frame: &mut Frame,
    ) {
        // A step that is one expression, `${{ matrix.command }}`, runs what the expression holds.
        if let [word] = words.as_slice()
            && word.text.contains(' ')
            && word.expands
            && let Some(inner) = frame.enter(span, (span.file, span.range.unwrap_or_default()))
        {
            let inner = Frame { via: frame.via.clone(), ..inner };
            return self.text(&word.text.clone(), span, &inner);
        }
        let unwrapped = unwrap_command(&words, wrapper_table());
        let command = unwrapped.command.to_vec();
        let front = words.len().saturating_sub(command.len());
        let mut assignments = assignments;
        for word in words.iter().take(front) {
            if let Some((name, value)) = word.text.split_once('=').filter(|(n, _)| !n.starts_with('-')) {
                assignments.push((name.to_owned(), value.to_owned()));
            }
        }
        let Some(program) = command.first().map(|w| w.text.clone()) else { return };
        let name = file_name(&program).to_owned();
        match name.as_str() {
            "cd" | "pushd" => {
                frame.folder = command.get(1).and_then(|to| step_into(frame.folder.as_deref(), to));
                return;
            }
            "popd" => {
                frame.folder = None;
                return;
            }
            "export" | "declare" | "local" | "readonly" => {
                for word in command.iter().skip(1) {
                    if let Some((name, value)) = word.text.split_once('=') {
                        match value.contains("$(") || value.contains('`') {
                            true => drop(frame.scope.environment.remove(name)),
                            false => frame.scope.set(name, value),
                        }
                    }
                }
                return;
            }
            _ => {}
        }
        let mut made = StartCommand {
            span: command.iter().map(|w| w.span).reduce(cover).unwrap_or(span),
            words: command,
            wrappers: Vec::new(),
            assignments,
            redirects: frame.redirects.clone(),
            piped_into: frame.piped.clone(),
            position: Position::Main,
            condition: frame.on_failure.then(|| Condition { on_failure: true, ..Condition::default() }),
            via: frame.via.clone(),
            folder: frame.folder.clone(),
            manifest: None,
            expanded: false,
        };
        made.manifest = self.manifest_of(&made, frame);
        let at = self.out.len();
        let expanded = self.follow(&made, &name, frame);
        if !expanded {
            self.program_file(&made);
        }
        made.expanded = expanded;
        let command = CiCommand {
            command: made,
            remote: frame.remote,
            in_image: frame.in_image,
            in_container: frame.in_container,
            tolerated: frame.tolerated,
        };
        self.out.insert(at, command);
    }

    /// The manifest that a command which installs, builds or tests reads.
    fn manifest_of(&self, command: &StartCommand, frame: &Frame) -> Option<FileId> {
        let texts = command.texts();
        let name = match texts.first().map(|p| file_name(p))? {
            "cargo" | "cross" => "Cargo.toml",
            "npm" | "yarn" | "pnpm" | "bun" => "package.json",
            "uv" | "poetry" | "pdm" => "pyproject.toml",
            "go" => "go.mod",
            _ => return None,
        };
        let option = |names: &[&str]| {
            let at = texts.iter().position(|w| names.contains(w));
            let joined =
                texts.iter().find_map(|w| names.iter().find_map(|n| w.strip_prefix(n)?.strip_prefix('=')));
            at.and_then(|at| texts.get(at + 1).copied()).or(joined)
        };
        let folder = frame.folder.as_deref()?;
        if let Some(path) = option(&["--manifest-path"]) {
            return self.tree.file_at(&normalise(&crate::world::packages::join(folder, path))?);
        }
        let to = option(&["--prefix", "-C", "--dir", "--cwd", "--directory"]);
        let folder = match to {
            Some(to) => normalise(&crate::world::packages::join(folder, to))?,
            None => folder.to_owned(),
        };
        self.nearest(&folder, &[name])
    }

    /// The first of the files `names` in `folder` or above it.
    pub fn nearest(&self, folder: &str, names: &[&str]) -> Option<FileId> {
        let mut folder = folder;
        loop {
            let found =
                names.iter().find_map(|n| self.tree.file_at(&crate::world::packages::join(folder, n)));
            if found.is_some() || folder.is_empty() {
                return found;
            }
            folder = folder_of(folder);
        }
    }

    /// The only file of the tree that can be what an image holds at the relative `path`.
    fn script_of_image(&self, path: &str) -> Option<FileId> {
        let path = path.trim_start_matches("./");
        let below = format!("/{path}");
        let mut found =
            self.tree.inventory.files.iter().filter(|f| f.path.ends_with(&below)).map(|f| f.path.as_str());
        let only = found.next().filter(|_| !path.starts_with('/') && path.contains('/'))?;
        found.next().is_none().then(|| self.tree.file_at(only)).flatten()
    }

    /// Follows the script at `path`; false when there is none.
    pub fn script_file(&mut self, path: &str, site: Span, frame: &Frame) -> bool {
        let Some(folder) = &frame.folder else { return false };
        let Some(full) = normalise(&crate::world::packages::join(folder, path)) else { return false };
        let here = self.tree.file_at(&full);
        let Some(file) = here.or_else(|| self.script_of_image(path).filter(|_| frame.in_container)) else {
            return false;
        };
        let tree = self.tree;
        match tree.artefact(file) {
            Artefact::Shell(script) => {
                if let Some(inner) = frame.enter(site, (file, ByteRange::default())) {
                    self.script(script, file, &inner);
                }
            }
            _ => return false,
        }
        true
    }

    /// Notes that a program of the repository was not followed, when nothing else says what it does.
    fn program_file(&mut self, command: &StartCommand) {
        use crate::world::commands::CommandClass::{
            BuildsImage, Compiles, Deploys, SmokeTest, StaticCheck, Tests,
        };
        let classes = [Tests, StaticCheck, Compiles, BuildsImage, SmokeTest, Deploys];
        if classes.iter().any(|class| !super::class::command_rows(command, *class).is_empty()) {
            return;
        }
        let is_program = |w: &&str| {
            let extension = w.rsplit('/').next().unwrap_or("").rsplit_once('.').map(|(_, e)| e);
            match extension {
                None => w.starts_with("./"),
                Some(e) => matches!(
                    e,
                    "py" | "js" | "mjs" | "cjs" | "ts" | "rb" | "pl" | "php" | "ps1" | "groovy" | "kts"
                ),
            }
        };
        let Some(folder) = command.folder.as_deref() else { return };
        let texts = command.texts();
        let Some(path) = texts.iter().take(4).find(|w| w.contains('/') && is_program(w)) else { return };
        let known =
            normalise(&crate::world::packages::join(folder, path)).and_then(|p| self.tree.file_at(&p));
        if known.is_some() {
            self.unknown(command.span, format!("{} is not followed", path.trim_start_matches("./")));
        }
    }
}

/// A map of `len` bytes that all stand for `range`.
pub(super) fn whole(len: usize, range: ByteRange) -> TextMap {
    let mut map = TextMap::default();
    map.push_decoded(0, len, range.start as usize, range.len());
    map
}

/// True for the names of shells.
pub(super) fn is_shell(name: &str) -> bool {
    matches!(name, "sh" | "bash" | "dash" | "ash" | "zsh" | "ksh")
}

/// The folder that `to` leads to.
fn step_into(folder: Option<&str>, to: &StartWord) -> Option<String> {
    let text = to.text.as_str();
    // The checkout is where every job starts.
    for name in ["GITHUB_WORKSPACE", "CI_PROJECT_DIR", "_github_workspace_"] {
        for root in [format!("${name}"), format!("${{{name}}}"), format!("${{_{name}}}")] {
            if let Some(rest) = text.strip_prefix(root.as_str()) {
                return normalise(rest.trim_start_matches('/'));
            }
        }
    }
    if text.contains('$') || text.contains('`') {
        // `cd "$(git rev-parse --show-toplevel)"`, `cd "$(dirname "$0")"` and the like.
        return text.contains("show-toplevel").then(String::new);
    }
    normalise(&crate::world::packages::join(folder?, text))
}

/// `true`, `:`, `echo …`: what makes a failure pass.
fn is_nothing(item: &Item) -> bool {
    let name = item.pipeline.first().and_then(Command::simple).and_then(|s| s.name());
    matches!(name, Some("true" | ":" | "echo" | "printf"))
}

fn collect_functions<'s>(items: &'s [Item], functions: &mut Functions<'s>) {
    visit_commands(items, &mut |command| {
        if let CommandKind::Compound(compound) = &command.kind
            && let Keyword::Function(name) = &compound.keyword
            && let Some(body) = compound.bodies.first()
        {
            functions.insert(name, body);
        }
    });
}

/// The words with what is known filled in; a value of several words that is not quoted gives several.
fn words(from: &[Word], file: FileId, scope: &Scope) -> Vec<StartWord> {
    let mut found = Vec::new();
    for (at, word) in from.iter().enumerate() {
        let filled = match word.text.contains('$') {
            true => scope.fill(&word.text),
            false => word.text.clone(),
        };
        let split = word.has_expansion && !word.quoted && filled.contains(' ') && !filled.contains("$(");
        // A lone expression may hold a whole script: it is parsed again.
        if split && !(at == 0 && from.len() == 1) {
            for part in filled.split_whitespace() {
                found.push(expanded_word(part, file, word));
            }
        } else {
            found.push(expanded_word(&filled, file, word));
        }
    }
    found
}

fn expanded_word(text: &str, file: FileId, word: &Word) -> StartWord {
    let mut made = start_word(text, file, word.range);
    made.expands = word.has_expansion;
    made
}

fn redirect(from: &Redirect, file: FileId) -> StartRedirect {
    StartRedirect {
        fd: from.fd,
        operator: from.operator.clone(),
        target: from.target.text.clone(),
        span: Span::new(file, from.range),
    }
}
