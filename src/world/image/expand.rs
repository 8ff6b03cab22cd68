//! From the first command of a container to all that it starts: through wrappers, `sh -c` texts, entrypoint scripts
//! and package scripts.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::facts::artefact::Artefact;
use crate::source::{ByteRange, FileId, Span, Spanned};
use crate::syntax::command::{Behaviour, WrapperTable, unwrap_command};
use crate::syntax::shell::{Command, Item, Script, Word, parse_shell_mapped};
use crate::syntax::shell_replacement::{Replacement, ShellFamily, shell_replacement};
use crate::syntax::text_map::TextMap;
use crate::world::commands::file_name;

use super::base::SystemShell;
use super::files::{Build, Found, Tree, clean, join};
use super::model::{
    Condition, Position, ProcessTree, ShellInFront, StartCommand, StartRedirect, StartWord, StartWrapper,
};

static WRAPPERS: LazyLock<WrapperTable> = LazyLock::new(|| {
    WrapperTable::from_toml(include_str!("../../../rules/knowledge/wrappers.toml")).unwrap_or_default()
});

/// How many commands one start is followed through.
const BUDGET: usize = 400;

/// How deep scripts may call scripts.
const DEPTH: usize = 12;

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
    fn at(&self, position: Position) -> Frame {
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

/// A script being walked.
struct Walk<'s> {
    file: FileId,
    functions: BTreeMap<&'s str, &'s [Item]>,
    arguments: Vec<StartWord>,
    /// The command that takes the shell's place without `exec`.
    replaced_by: Option<ByteRange>,
}

impl<'a> Expander<'a> {
    pub fn new(site: Site<'a>) -> Self {
        Self { site, out: ProcessTree { complete: true, ..ProcessTree::default() }, budget: BUDGET }
    }

    /// Follows a command line that is started without a shell.
    pub fn words(&mut self, words: Vec<StartWord>, frame: &Frame) {
        if self.budget == 0 || frame.depth > DEPTH {
            self.out.complete = false;
            return;
        }
        self.budget -= 1;
        let unwrapped = unwrap_command(&words, &WRAPPERS);
        let mut frame = frame.clone();
        let mut wrappers = Vec::new();
        for wrapper in &unwrapped.wrappers {
            match wrapper.behaviour {
                Behaviour::Exec => {}
                Behaviour::Forwards => frame.init = Some(wrapper.name.clone()),
                Behaviour::Neither => frame.first = false,
            }
            wrappers.push(StartWrapper { name: wrapper.name.clone(), behaviour: wrapper.behaviour });
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

    fn locate(&self, path: &str, frame: &Frame) -> Option<Found<'a>> {
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

    fn list(&mut self, items: &[Item], walk: &Walk<'_>, frame: &Frame) {
        if frame.depth > DEPTH {
            self.out.complete = false;
            return;
        }
        let last = items.iter().rposition(|item| !ends_quickly(item, &walk.functions));
        let mut folder = frame.folder.clone();
        let mut previous: Option<&Item> = None;
        for (at, item) in items.iter().enumerate() {
            use crate::syntax::shell::Connector::{And, Background, Or};
            let is_last = Some(at) == last;
            let position = match (item.connector_after, is_last) {
                (Background, false) => Position::Background,
                (_, true) => Position::Main,
                _ => Position::Helper,
            };
            let exec = item.pipeline.first().is_some_and(|c| leads_with(c, "exec"));
            let mut inner = if exec { frame.at(Position::Main) } else { frame.at(position) };
            inner.folder.clone_from(&folder);
            if let Some(before) = previous {
                match before.connector_after {
                    And if is_test(before) => {
                        inner.condition = merge(&inner.condition, &variables_of(before))
                    }
                    Or => {
                        // `[ -n "$X" ] || y` is a condition on X; `a || b` runs b when a failed.
                        let mut condition = variables_of(before);
                        condition.on_failure = !is_test(before);
                        inner.condition = merge(&inner.condition, &condition);
                    }
                    _ => {}
                }
            }
            self.pipeline(item, walk, &inner);
            let simple = item.pipeline.first().and_then(Command::simple);
            if let (Some("cd"), Some(to)) =
                (simple.and_then(|s| s.name()), simple.and_then(|s| s.words.get(1)))
            {
                folder = match (to.has_expansion, folder.as_deref()) {
                    (true, _) => None,
                    (false, Some(from)) => Some(join(from, &to.text)),
                    (false, None) => to.text.starts_with('/').then(|| join("/", &to.text)),
                };
            }
            let ends = exec
                && simple.is_some_and(|s| s.words.len() > 1)
                && !matches!(previous.map(|p| p.connector_after), Some(And | Or))
                && item.connector_after != Background;
            if ends {
                break;
            }
            previous = Some(item);
        }
    }

    fn pipeline(&mut self, item: &Item, walk: &Walk<'_>, frame: &Frame) {
        let mut frame = frame.clone();
        let Some((first, readers)) = item.pipeline.split_first() else { return };
        for reader in readers {
            if let Some(simple) = reader.simple() {
                frame.piped.push(self.plain_words(&simple.words, walk.file));
            }
        }
        self.command(first, walk, &frame);
        // `echo x | psql`, `yes | migrate`: what reads works too.
        if !self.site.follow {
            return;
        }
        for reader in readers {
            let mut inner = frame.clone();
            inner.piped = Vec::new();
            inner.first = false;
            self.command(reader, walk, &inner);
        }
    }

    fn command(&mut self, command: &Command, walk: &Walk<'_>, frame: &Frame) {
        let mut frame = frame.clone();
        for redirect in &command.redirects {
            if redirect.heredoc.is_none() {
                frame.redirects.push(StartRedirect {
                    fd: redirect.fd,
                    operator: redirect.operator.clone(),
                    target: redirect.target.text.clone(),
                    span: Span::new(walk.file, redirect.range),
                });
            }
        }
        let Some(simple) = command.simple() else {
            return self.compound(command, walk, &frame);
        };
        let Some(name) = simple.words.first() else { return };
        frame.assignments =
            simple.assignments.iter().map(|(name, value)| (name.value.clone(), value.text.clone())).collect();
        if let Some(body) = simple.name().and_then(|name| walk.functions.get(name)) {
            let inner = Walk {
                file: walk.file,
                functions: walk.functions.clone(),
                arguments: self.expanded(simple.words.get(1..).unwrap_or_default(), walk),
                replaced_by: None,
            };
            let mut frame = frame.deeper(None);
            frame.assignments = Vec::new();
            return self.list(body, &inner, &frame);
        }
        if is_builtin(&name.text) && !name.has_expansion {
            // `exec` with words is a wrapper; everything else here starts no program.
            if !(name.text == "exec" && simple.words.len() > 1) {
                return;
            }
        }
        frame.first &= name.text == "exec" || walk.replaced_by == Some(command.range);
        let words = self.expanded(&simple.words, walk);
        self.words(words, &frame);
    }

    fn compound(&mut self, command: &Command, walk: &Walk<'_>, frame: &Frame) {
        use crate::syntax::shell::{CommandKind, Keyword};
        let CommandKind::Compound(compound) = &command.kind else { return };
        if matches!(compound.keyword, Keyword::Function(_)) {
            return;
        }
        let mut condition = Condition::default();
        for item in &compound.conditions {
            add_variables(&mut condition, item);
        }
        for word in &compound.words {
            add_word(&mut condition, word);
        }
        self.list(&compound.conditions, walk, &frame.at(Position::Helper).deeper(None));
        let mut inner = frame.deeper(None);
        match compound.keyword {
            Keyword::If | Keyword::Case => inner.condition = merge(&frame.condition, &condition),
            Keyword::Subshell => inner.first = false,
            _ => {}
        }
        for body in &compound.bodies {
            self.list(body, walk, &inner);
        }
    }

    /// The words of a shell command with the script's arguments put in.
    fn expanded(&self, words: &[Word], walk: &Walk<'_>) -> Vec<StartWord> {
        let mut found = Vec::new();
        for word in words {
            match word.text.as_str() {
                "$@" | "${@}" | "$*" | "${*}" if word.has_expansion => {
                    found.extend(walk.arguments.iter().cloned())
                }
                text if word.has_expansion && argument_number(text).is_some() => {
                    let at = argument_number(text).unwrap_or(1);
                    match walk.arguments.get(at - 1) {
                        Some(argument) => found.push(argument.clone()),
                        None => found.push(start_word(word, walk.file)),
                    }
                }
                _ => found.push(start_word(word, walk.file)),
            }
        }
        found
    }

    fn plain_words(&self, words: &[Word], file: FileId) -> Vec<StartWord> {
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
        let followed = self.package_script(&words, &inner) || self.managed(&words, &inner);
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

fn functions(items: &[Item]) -> BTreeMap<&str, &[Item]> {
    use crate::syntax::shell::{CommandKind, Keyword};
    let mut found = BTreeMap::new();
    for command in items.iter().flat_map(|item| &item.pipeline) {
        if let CommandKind::Compound(compound) = &command.kind
            && let (Keyword::Function(name), Some(body)) = (&compound.keyword, compound.bodies.first())
        {
            found.insert(name.as_str(), body.as_slice());
        }
    }
    found
}

fn leads_with(command: &Command, name: &str) -> bool {
    command.simple().is_some_and(|s| s.name() == Some(name) && s.words.len() > 1)
}

fn is_test(item: &Item) -> bool {
    item.pipeline
        .first()
        .and_then(Command::simple)
        .is_some_and(|s| matches!(s.name(), Some("[" | "[[" | "test")))
}

/// Builtins and definitions: nothing that a container is started for.
fn ends_quickly(item: &Item, functions: &BTreeMap<&str, &[Item]>) -> bool {
    use crate::syntax::shell::{CommandKind, Keyword};
    item.pipeline.iter().all(|command| match &command.kind {
        CommandKind::Simple(simple) => match simple.words.first() {
            None => true,
            Some(word) => {
                is_builtin(&word.text)
                    && !(word.text == "exec" && simple.words.len() > 1)
                    && !functions.contains_key(word.text.as_str())
            }
        },
        CommandKind::Compound(compound) => {
            matches!(compound.keyword, Keyword::Function(_))
                || compound.bodies.iter().all(|body| body.iter().all(|item| ends_quickly(item, functions)))
        }
    })
}

fn is_builtin(name: &str) -> bool {
    matches!(
        name,
        "exit"
            | "return"
            | "true"
            | "false"
            | ":"
            | "echo"
            | "printf"
            | "wait"
            | "set"
            | "export"
            | "unset"
            | "cd"
            | "trap"
            | "umask"
            | "ulimit"
            | "shift"
            | "readonly"
            | "local"
            | "alias"
            | "["
            | "test"
            | "[["
            | "declare"
            | "eval"
            | "source"
            | "."
            | "read"
            | "exec"
            | "(("
            | "let"
            | "shopt"
            | "break"
            | "continue"
            | "kill"
    )
}

fn argument_number(text: &str) -> Option<usize> {
    let digits = text.strip_prefix('$')?.trim_start_matches('{').trim_end_matches('}');
    digits.parse::<usize>().ok().filter(|n| *n > 0)
}

fn variables_of(item: &Item) -> Condition {
    let mut condition = Condition::default();
    add_variables(&mut condition, item);
    condition
}

fn add_variables(condition: &mut Condition, item: &Item) {
    for simple in item.pipeline.iter().filter_map(Command::simple) {
        for word in &simple.words {
            add_word(condition, word);
        }
    }
}

fn add_word(condition: &mut Condition, word: &Word) {
    for variable in &word.variables {
        if variable.name.chars().all(|c| c.is_ascii_digit() || "@*#".contains(c)) {
            condition.on_arguments = true;
        } else if variable.name != "?" && !condition.variables.contains(&variable.name) {
            condition.variables.push(variable.name.clone());
        }
    }
}

fn merge(outer: &Option<Condition>, inner: &Condition) -> Option<Condition> {
    let mut merged = outer.clone().unwrap_or_default();
    merged.on_arguments |= inner.on_arguments;
    merged.on_failure |= inner.on_failure;
    merged.variables.extend(
        inner.variables.iter().filter(|v| !merged.variables.contains(v)).cloned().collect::<Vec<_>>(),
    );
    Some(merged)
}
