//! From the first command of a container to all that it starts: through wrappers, `sh -c` texts, entrypoint scripts
//! and package scripts.

use std::sync::LazyLock;

use crate::facts::artefact::Artefact;
use crate::source::{ByteRange, FileId, Span, Spanned};
use crate::syntax::command::{Behaviour, WrapperTable, unwrap_command};
use crate::syntax::shell::{Script, Word, parse_shell_mapped};
use crate::syntax::shell_replacement::{Replacement, ShellFamily, shell_replacement};
use crate::syntax::text_map::TextMap;
use crate::world::commands::file_name;

use super::base::SystemShell;
use super::files::{Build, Found, Tree, clean, join};
use super::model::{
    Condition, Position, ProcessTree, ShellInFront, StartCommand, StartRedirect, StartWord, StartWrapper,
};
use super::script::{Walk, functions};

static WRAPPERS: LazyLock<WrapperTable> = LazyLock::new(|| {
    WrapperTable::from_toml(include_str!("../../../rules/knowledge/wrappers.toml")).unwrap_or_default()
});

/// The programs that only start another one.
pub fn wrapper_table() -> &'static WrapperTable {
    &WRAPPERS
}

/// How many commands and lists one start is followed through.
const BUDGET: usize = 1000;

/// How deep scripts may call scripts.
pub(super) const DEPTH: usize = 24;

/// Where a command is started: what its paths mean, and which shell there is.
#[derive(Clone, Copy)]
pub struct Site<'a> {
    /// The tree.
    pub tree: Tree<'a>,
    /// The image it runs in, and its target.
    pub image: Option<(&'a Build<'a>, usize)>,
    /// The folder of the repository that relative paths start from outside of images.
    pub home: &'a str,
    /// What `/bin/sh` is.
    pub shell: Option<SystemShell>,
    /// Follow scripts, package scripts and the configurations of process managers.
    pub follow: bool,
}

/// What is known about the place of a command in the tree of processes.
#[derive(Clone, Default)]
pub(super) struct Frame {
    pub position: Option<Position>,
    /// It is the first process, or becomes it.
    pub first: bool,
    pub init: Option<String>,
    pub via: Vec<Span>,
    pub condition: Option<Condition>,
    pub redirects: Vec<StartRedirect>,
    pub piped: Vec<Vec<StartWord>>,
    pub assignments: Vec<(String, String)>,
    pub folder: Option<String>,
    pub depth: usize,
    /// The `package.json` whose script is being followed.
    pub package: Option<FileId>,
    /// The instruction or value that findings about the first process name.
    pub origin: Option<Span>,
}

impl Frame {
    pub(super) fn at(&self, position: Position) -> Frame {
        // What a helper or a background program starts never is the main command.
        let position = match self.position {
            Some(Position::Helper) => Position::Helper,
            Some(Position::Background) if position == Position::Main => Position::Background,
            Some(Position::Managed) if position == Position::Main => Position::Managed,
            _ => position,
        };
        Frame { position: Some(position), ..self.clone() }
    }

    pub(super) fn deeper(&self, via: Option<Span>) -> Frame {
        let mut frame = Frame { depth: self.depth + 1, ..self.clone() };
        frame.via.extend(via);
        frame
    }
}

/// Follows commands.
pub(super) struct Expander<'a> {
    pub site: Site<'a>,
    pub out: ProcessTree,
    budget: usize,
}

impl<'a> Expander<'a> {
    pub fn new(site: Site<'a>) -> Self {
        Self { site, out: ProcessTree { complete: true, ..ProcessTree::default() }, budget: BUDGET }
    }

    /// Takes one step of the budget; false when nothing is left.
    pub(super) fn spend(&mut self) -> bool {
        let left = self.budget.checked_sub(1);
        self.budget = left.unwrap_or(0);
        left.is_some()
    }

    /// Follows a command line that is started without a shell.
    pub fn words(&mut self, words: Vec<StartWord>, frame: &Frame) {
        if frame.depth > DEPTH || !self.spend() {
            self.out.complete = false;
            return;
        }
        let unwrapped = unwrap_command(&words, &WRAPPERS);
        let mut frame = frame.clone();
        let mut wrappers = Vec::new();
        let front = words.len().saturating_sub(unwrapped.command.len());
        let rewrites =
            words.iter().take(front).any(|w| w.text.starts_with("-r") || w.text.starts_with("--rewrite"));
        for wrapper in &unwrapped.wrappers {
            match wrapper.behaviour {
                Behaviour::Exec => {}
                Behaviour::Forwards => frame.init = Some(wrapper.name.clone()),
                Behaviour::Neither => frame.first = false,
            }
            wrappers.push(StartWrapper {
                name: wrapper.name.clone(),
                behaviour: wrapper.behaviour,
                rewrites_signals: rewrites && wrapper.name == "dumb-init",
            });
        }
        let command = unwrapped.command.to_vec();
        let Some(program) = command.first() else {
            // An init process without a command of ours starts what its configuration says.
            if self.site.follow && !self.managed(&words, &frame.deeper(None)) {
                self.out.complete = false;
            }
            return;
        };
        let name = file_name(&program.text).to_owned();
        if is_shell(&name) {
            return self.shell_program(&name, &command, &frame);
        }
        let known = !program.expands || !program.text.starts_with('$');
        if self.site.follow && known && self.script_file(&program.text, &command, &frame) {
            return;
        }
        if !known && program.text.matches('/').count() == 0 {
            self.out.complete = false;
            return;
        }
        self.leaf(command, wrappers, &frame);
    }

    /// `sh …`: a text, or a script.
    fn shell_program(&mut self, name: &str, words: &[StartWord], frame: &Frame) {
        let mut at = 1;
        let mut text_follows = false;
        while let Some(word) = words.get(at).filter(|w| w.text.starts_with(['-', '+'])) {
            if word.text == "--" {
                at += 1;
                break;
            }
            let short = !word.text.starts_with("--");
            text_follows |= short && word.text.starts_with('-') && word.text.contains('c');
            at += 1;
            if short && word.text.ends_with('o') {
                at += 1;
            }
        }
        let Some(word) = words.get(at) else { return };
        let rest = words.get(at + 1..).unwrap_or_default();
        if !text_follows {
            if self.site.follow {
                let command = words.get(at..).unwrap_or_default();
                if !word.expands && self.script_file(&word.text, command, frame) {
                    return;
                }
                self.out.complete = false;
            }
            return;
        }
        if word.expands && word.text.trim_start_matches('$').chars().all(|c| c.is_alphanumeric() || c == '_')
        {
            self.out.complete = false;
            return;
        }
        let script = parse_shell_mapped(&word.text, &word.map);
        let program = words.first().map_or("", |w| w.text.as_str());
        // `$0` is the first word behind the text.
        let arguments = rest.get(1..).unwrap_or_default().to_vec();
        self.text(&script, word.span.file, (program, name), arguments, frame);
    }

    /// Follows a command text that a shell runs; `shell` is the shell as called, and its file name.
    pub fn text(
        &mut self,
        script: &Script,
        file: FileId,
        shell: (&str, &str),
        arguments: Vec<StartWord>,
        frame: &Frame,
    ) {
        let mut replaced_by = None;
        if frame.first {
            let family = match shell.1 {
                "bash" => Some(ShellFamily::Bash),
                "ash" => Some(ShellFamily::Ash),
                "dash" => Some(ShellFamily::Dash),
                "sh" => self.site.shell.and_then(SystemShell::family),
                _ => None,
            };
            let missing = self.site.shell == Some(SystemShell::None);
            let known = family.or(match shell.1 {
                // All three agree on it, or nothing is said.
                "sh" => None,
                _ => Some(ShellFamily::Dash),
            });
            let answers: Vec<_> = match known {
                Some(family) => vec![shell_replacement(family, script, false)],
                None => [ShellFamily::Dash, ShellFamily::Bash, ShellFamily::Ash]
                    .map(|family| shell_replacement(family, script, false))
                    .to_vec(),
            };
            let stays = answers.iter().all(|a| a.replacement == Replacement::Stays);
            let tail = answers.into_iter().next().and_then(|a| a.tail);
            if !stays {
                replaced_by = tail.as_ref().map(|t| t.range);
            }
            let tail = tail.map_or_else(Vec::new, |t| self.plain_words(&t.words, file));
            if let Some(span) = frame.origin {
                self.out.shells.push(ShellInFront {
                    program: shell.0.to_owned(),
                    family,
                    missing,
                    stays,
                    tail,
                    init: frame.init.clone(),
                    is_plain: is_plain(script),
                    span,
                });
            }
        }
        let walk = Walk { file, functions: functions(&script.items), arguments, replaced_by };
        self.list(&script.items, &walk, &frame.deeper(None));
    }

    /// Follows the script of the repository that `path` means; false when there is none.
    fn script_file(&mut self, path: &str, words: &[StartWord], frame: &Frame) -> bool {
        let (script, file, inline) = match self.locate(path, frame) {
            Some(Found::File(file)) => match self.site.tree.artefact(file) {
                Artefact::Shell(script) => (script.as_ref(), file, None),
                _ => return false,
            },
            Some(Found::Inline(heredoc)) => {
                let content = &heredoc.content;
                let Some((build, _)) = self.site.image else { return false };
                let mut map = TextMap::default();
                match content.range.len() == content.value.len() {
                    true => map.push(0, content.range.start as usize, content.value.len()),
                    false => map.push_decoded(
                        0,
                        content.value.len(),
                        content.range.start as usize,
                        content.range.len(),
                    ),
                }
                let script = parse_shell_mapped(&content.value, &map);
                (&Script::default(), build.dockerfile, Some(script))
            }
            None => {
                if path.ends_with(".sh") {
                    self.out.complete = false;
                }
                return false;
            }
        };
        let script = inline.as_ref().unwrap_or(script);
        let via = words.iter().map(|w| w.span).reduce(cover);
        if frame.first {
            let front = self.script_in_front(script, file, words, frame);
            self.out.scripts.extend(front);
        }
        let mut frame = frame.deeper(via);
        // The command text of a script is its own; only `exec` leaves it.
        frame.assignments = Vec::new();
        let walk = Walk {
            file,
            functions: functions(&script.items),
            arguments: words.get(1..).unwrap_or_default().to_vec(),
            replaced_by: None,
        };
        self.list(&script.items, &walk, &frame);
        true
    }

    pub(super) fn locate(&self, path: &str, frame: &Frame) -> Option<Found<'a>> {
        let Some((build, target)) = self.site.image else {
            let folder = frame.folder.as_deref().unwrap_or(self.site.home);
            let path = clean(&format!("{folder}/{path}"));
            return self.site.tree.file_at(&path).map(Found::File);
        };
        if path.contains('/') {
            return build.find(target, &join(frame.folder.as_deref().unwrap_or("/"), path));
        }
        let folder = frame.folder.clone().unwrap_or_else(|| "/".into());
        let folders = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/sbin", "/usr/sbin"];
        let mut places: Vec<String> = folders.iter().map(|f| format!("{f}/{path}")).collect();
        places.push(join(&folder, path));
        places.iter().find_map(|place| build.find(target, place))
    }

    pub(super) fn plain_words(&self, words: &[Word], file: FileId) -> Vec<StartWord> {
        words.iter().map(|w| start_word(w, file)).collect()
    }

    /// Records a command, and follows what is known to stand behind it.
    fn leaf(&mut self, words: Vec<StartWord>, wrappers: Vec<StartWrapper>, frame: &Frame) {
        let Some(span) = words.iter().map(|w| w.span).reduce(cover) else { return };
        let at = self.out.commands.len();
        self.out.commands.push(StartCommand {
            wrappers,
            assignments: frame.assignments.clone(),
            redirects: frame.redirects.clone(),
            piped_into: frame.piped.clone(),
            position: frame.position.unwrap_or(Position::Main),
            condition: frame.condition.clone(),
            via: frame.via.clone(),
            span,
            folder: frame.folder.clone(),
            expanded: false,
            manifest: None,
            words: words.clone(),
        });
        if !self.site.follow {
            return;
        }
        let mut inner = frame.deeper(Some(span));
        inner.first = false;
        inner.assignments = Vec::new();
        let before = self.out.commands.len();
        let followed = self.package_script(&words, &inner)
            || self.recipes(&words, &inner)
            || self.managed(&words, &inner);
        if (followed || self.out.commands.len() > before)
            && let Some(command) = self.out.commands.get_mut(at)
        {
            command.expanded = true;
        }
    }

    /// Follows `text`, a command of a configuration file, as a shell reads it.
    pub(super) fn configured(&mut self, text: &Spanned<String>, file: FileId, frame: &Frame) {
        let script = parse_shell_mapped(&text.value, &inner_map(&text.value, text.range));
        let walk =
            Walk { file, functions: functions(&script.items), arguments: Vec::new(), replaced_by: None };
        self.list(&script.items, &walk, frame);
    }

    /// Follows all commands of a script of the repository.
    pub(super) fn whole_script(&mut self, file: FileId, frame: &Frame) {
        if let Artefact::Shell(script) = self.site.tree.artefact(file) {
            let walk =
                Walk { file, functions: functions(&script.items), arguments: Vec::new(), replaced_by: None };
            self.list(&script.items, &walk, frame);
        }
    }
}

/// The way from a decoded text to its source, when `range` covers it with or without a pair of quotes.
pub(super) fn inner_map(text: &str, range: ByteRange) -> TextMap {
    let start = range.start as usize;
    if range.len() == text.len() + 2 {
        return TextMap::at(start + 1, text.len());
    }
    if range.len() == text.len() {
        return TextMap::at(start, text.len());
    }
    let mut map = TextMap::default();
    map.push_decoded(0, text.len(), start, range.len());
    map
}

pub(super) fn start_word(word: &Word, file: FileId) -> StartWord {
    StartWord {
        text: word.text.clone(),
        span: Span::new(file, word.range),
        expands: word.has_expansion,
        map: inner_map(&word.text, word.range),
    }
}

/// The smallest span over both; the first where they are in different files.
pub fn cover(a: Span, b: Span) -> Span {
    match (a.range, b.range) {
        (Some(x), Some(y)) if a.file == b.file => Span::new(a.file, x.to(y)),
        _ => a,
    }
}

fn is_shell(name: &str) -> bool {
    matches!(name, "sh" | "bash" | "ash" | "dash" | "zsh" | "ksh")
}

fn is_plain(script: &Script) -> bool {
    let [item] = script.items.as_slice() else { return false };
    let [command] = item.pipeline.as_slice() else { return false };
    let quiet = command.redirects.is_empty() && !item.negated;
    quiet
        && command
            .simple()
            .is_some_and(|s| s.assignments.is_empty() && s.words.iter().all(|w| !w.has_expansion))
}
