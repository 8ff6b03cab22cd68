//! What command lines do, by `rules/knowledge/commands.toml` (its head documents the schema).

use std::sync::LazyLock;

use serde::Deserialize;

/// What a command line does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CommandClass {
    /// Resolves or downloads dependencies.
    InstallsDependencies,
    /// Turns source code into a program.
    Compiles,
    /// Bundles or copies assets.
    BuildsAssets,
    /// Gets source code.
    FetchesSource,
    /// A server or reloader for the developer's machine.
    DevelopmentServer,
    /// Changes the schema of a database.
    MigratesSchema,
    /// A server fit for production.
    Server,
    /// Takes jobs from a queue.
    Worker,
    /// Starts timed work.
    Scheduler,
    /// A cron daemon.
    Cron,
    /// Puts itself, or what it starts, in the background.
    Daemonizes,
    /// Starts and watches several other programs.
    ProcessManager,
    /// Follows log files, or sleeps for ever.
    Tail,
    /// Works on behalf of another program.
    Helper,
    /// A reverse proxy.
    Proxy,
    /// A database, cache, queue or search engine.
    Datastore,
    /// Ends by itself.
    OneShot,
    /// Runs tests.
    Tests,
    /// Looks at source code without running it: formatting, lints, types, known flaws of dependencies.
    StaticCheck,
    /// Builds an image.
    BuildsImage,
    /// Pushes an image to a registry.
    PublishesImage,
    /// Runs or asks a container, to see whether what was built works.
    SmokeTest,
    /// Brings a release to where it runs.
    Deploys,
}

impl CommandClass {
    /// True for programs that run for ever and are the point of a container.
    pub fn is_long_running(self) -> bool {
        use CommandClass::{Cron, DevelopmentServer, Proxy, Scheduler, Server, Worker};
        matches!(self, Server | Worker | Scheduler | Cron | DevelopmentServer | Proxy)
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Runner {
    programs: Vec<String>,
    #[serde(default)]
    subcommands: Vec<String>,
    #[serde(default)]
    option: Option<String>,
    #[serde(default)]
    script: Vec<String>,
    #[serde(default)]
    values: Vec<String>,
}

/// A row of the table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandRow {
    /// What it does.
    pub class: CommandClass,
    programs: Vec<String>,
    #[serde(default)]
    arguments: Vec<String>,
    #[serde(default)]
    with: Vec<String>,
    #[serde(default)]
    without: Vec<String>,
    #[serde(default)]
    values: Vec<String>,
    #[serde(default)]
    notes: Vec<String>,
    /// The languages it is about; empty for any.
    #[serde(default)]
    pub languages: Vec<String>,
}

impl CommandRow {
    /// True when the row carries this note.
    pub fn has_note(&self, note: &str) -> bool {
        self.notes.iter().any(|n| n == note)
    }
}

/// All rows.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CommandTable {
    #[serde(default, rename = "runner")]
    runners: Vec<Runner>,
    #[serde(default, rename = "command")]
    commands: Vec<CommandRow>,
}

/// A row that a command line matched.
#[derive(Clone, Copy, Debug)]
pub struct CommandMatch<'t> {
    /// The row.
    pub row: &'t CommandRow,
    /// The word of the program, runners left out.
    pub program: usize,
    /// The last word that decided.
    pub last: usize,
}

static TABLE: LazyLock<CommandTable> =
    LazyLock::new(|| toml::from_str(include_str!("../../rules/knowledge/commands.toml")).unwrap_or_default());

/// The built-in table.
pub fn command_table() -> &'static CommandTable {
    &TABLE
}

/// The file name of a program, as written in a command line.
pub fn file_name(word: &str) -> &str {
    word.rsplit('/').next().unwrap_or(word)
}

/// True for a command line of something that ends: nobody waits for it to stop.
pub fn ends_by_itself(words: &[&str]) -> bool {
    use CommandClass::{BuildsAssets, FetchesSource, InstallsDependencies, MigratesSchema, OneShot, Tail};
    let found = command_table().matches(words);
    let short = |class| {
        matches!(class, BuildsAssets | FetchesSource | InstallsDependencies | MigratesSchema | OneShot | Tail)
    };
    found.iter().any(|m| short(m.row.class)) && !found.iter().any(|m| m.row.class.is_long_running())
}

/// The words as a JSON array.
pub fn exec_form(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|w| format!("{w:?}")).collect();
    format!("[{}]", quoted.join(", "))
}

impl CommandTable {
    /// The rows that `words` match.
    pub fn matches(&self, words: &[&str]) -> Vec<CommandMatch<'_>> {
        self.matches_with(self, words)
    }

    /// The rows that `words` match, the runners of `runners` left out.
    pub fn matches_with(&self, runners: &CommandTable, words: &[&str]) -> Vec<CommandMatch<'_>> {
        let program = runners.program_of(words);
        let Some(name) = words.get(program).copied() else { return Vec::new() };
        let rest = words.get(program + 1..).unwrap_or_default();
        let rows = self.commands.iter().filter(|row| row.programs.iter().any(|p| is_program(p, name)));
        rows.filter_map(|row| {
            let last = row.last_word(rest)?;
            Some(CommandMatch { row, program, last: last.map_or(program, |at| program + 1 + at) })
        })
        .collect()
    }

    /// The position of the program that is really run, behind runners such as `npx` or `python -m`.
    pub fn program_of(&self, words: &[&str]) -> usize {
        let mut program = 0;
        for _ in 0..4 {
            let Some(name) = words.get(program).copied() else { break };
            let rest = words.get(program + 1..).unwrap_or_default();
            let next = self
                .runners
                .iter()
                .filter(|r| r.programs.iter().any(|p| is_program(p, name)))
                .find_map(|r| r.target(rest));
            match next {
                Some(offset) => program += 1 + offset,
                None => break,
            }
        }
        program
    }
}

impl Runner {
    /// The position in `rest` of the program it runs.
    fn target(&self, rest: &[&str]) -> Option<usize> {
        if let Some(option) = &self.option {
            let at = rest.iter().position(|w| w == option)?;
            // Behind a script, the option is the script's own.
            let before = rest.get(..at).unwrap_or_default();
            return (before.iter().all(|w| w.starts_with('-')) && rest.len() > at + 1).then_some(at + 1);
        }
        let mut plain = arguments(rest, &self.values).into_iter();
        let first = plain.next()?;
        let word = rest.get(first).copied().unwrap_or("");
        if !self.script.is_empty() {
            let known = self.script.iter().any(|s| s == word || s == file_name(word));
            return known.then_some(first);
        }
        if self.subcommands.is_empty() {
            return Some(first);
        }
        self.subcommands.iter().any(|s| s == word).then(|| plain.next()).flatten()
    }
}

impl CommandRow {
    /// Whether the words behind the program match, and the last one that decided.
    fn last_word(&self, rest: &[&str]) -> Option<Option<usize>> {
        if self.without.iter().any(|w| find_word(rest, w).is_some()) {
            return None;
        }
        let mut last = None;
        if !self.with.is_empty() {
            last = Some(self.with.iter().find_map(|w| find_word(rest, w))?);
        }
        if !self.arguments.is_empty() {
            let plain = arguments(rest, &self.values);
            let matched = self.arguments.iter().find_map(|wanted| match_arguments(wanted, rest, &plain))?;
            last = last.max(matched);
        }
        Some(last)
    }
}

/// The position of the last word, if the words that are no options begin with `wanted`.
fn match_arguments(wanted: &str, rest: &[&str], plain: &[usize]) -> Option<Option<usize>> {
    if wanted.is_empty() {
        return plain.is_empty().then_some(None);
    }
    let mut last = None;
    for (at, pattern) in wanted.split(' ').enumerate() {
        let position = *plain.get(at)?;
        if !glob(pattern, rest.get(position).copied().unwrap_or("")) {
            return None;
        }
        last = Some(position);
    }
    Some(last)
}

/// Positions of the words that are neither options nor the values of the options in `values`.
fn arguments(rest: &[&str], values: &[String]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut skip = false;
    for (at, word) in rest.iter().enumerate() {
        if std::mem::take(&mut skip) {
            continue;
        }
        if word.starts_with('-') && word.len() > 1 {
            skip = values.iter().any(|v| v == word);
        } else {
            found.push(at);
        }
    }
    found
}

fn find_word(rest: &[&str], wanted: &str) -> Option<usize> {
    rest.iter().position(|word| {
        glob(wanted, word)
            || wanted.starts_with("--")
                && word.strip_prefix(wanted).is_some_and(|behind| behind.starts_with('='))
    })
}

fn is_program(pattern: &str, word: &str) -> bool {
    if pattern.contains('/') { word.ends_with(pattern) } else { glob(pattern, file_name(word)) }
}

/// `*` at either end of `pattern` stands for any text.
fn glob(pattern: &str, text: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(_), Some(_)) => text.contains(pattern.trim_matches('*')),
        (Some(end), None) => text.ends_with(end),
        (None, Some(start)) => text.starts_with(start),
        (None, None) => match pattern.split_once('*') {
            Some((start, end)) => {
                text.len() >= start.len() + end.len() && text.starts_with(start) && text.ends_with(end)
            }
            None => pattern == text,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{CommandClass, CommandTable, command_table};

    fn classes(line: &str) -> Vec<CommandClass> {
        let words: Vec<&str> = line.split(' ').collect();
        command_table().matches(&words).iter().map(|m| m.row.class).collect()
    }

    #[test]
    fn the_table_is_read() {
        let table: Result<CommandTable, _> =
            toml::from_str(include_str!("../../rules/knowledge/commands.toml"));
        assert!(table.as_ref().is_ok_and(|t| !t.commands.is_empty()), "{:?}", table.err());
    }

    #[test]
    fn command_lines_have_classes() {
        use CommandClass::*;
        let cases: &[(&str, CommandClass, bool)] = &[
            ("cargo run --release", Compiles, true),
            ("cargo --version", Compiles, false),
            ("go run main.go", Compiles, true),
            ("./mvnw spring-boot:run", Compiles, true),
            ("./mvnw spring-boot:run", DevelopmentServer, true),
            ("npm ci", InstallsDependencies, true),
            ("npm run build:css", BuildsAssets, true),
            ("npm start", DevelopmentServer, false),
            ("yarn", InstallsDependencies, true),
            ("yarn start", InstallsDependencies, false),
            ("python3.11 manage.py runserver 0.0.0.0:8000", DevelopmentServer, true),
            ("python manage.py migrate --noinput", MigratesSchema, true),
            ("python -m uvicorn app:app --reload", DevelopmentServer, true),
            ("uvicorn app:app --reload-dir=x", DevelopmentServer, false),
            ("uvicorn app:app", Server, true),
            ("npx --no-install prisma migrate deploy", MigratesSchema, true),
            ("prisma generate", MigratesSchema, false),
            ("python manage.py migrate --check", MigratesSchema, false),
            ("python manage.py migrate --plan", MigratesSchema, false),
            ("sea-orm-cli migrate status", MigratesSchema, false),
            ("sea-orm-cli migrate up", MigratesSchema, true),
            ("atlas migrate validate", MigratesSchema, false),
            ("atlas migrate apply --dry-run", MigratesSchema, false),
            ("atlas migrate apply", MigratesSchema, true),
            ("app migrate status", MigratesSchema, false),
            ("alembic -c a.ini upgrade head", MigratesSchema, true),
            ("vite --host 0.0.0.0", DevelopmentServer, true),
            ("vite preview", DevelopmentServer, false),
            ("next start", DevelopmentServer, false),
            ("next dev", DevelopmentServer, true),
            ("node server.js", DevelopmentServer, false),
            ("node --watch server.js", DevelopmentServer, true),
            ("php -S 0.0.0.0:80", DevelopmentServer, true),
            ("php artisan migrate --force", MigratesSchema, true),
            ("migrate -path db -database x up", MigratesSchema, true),
            ("celery -A app worker", Worker, true),
            ("git clone https://example.com/x", FetchesSource, true),
            ("apk add --no-cache curl", InstallsDependencies, true),
        ];
        for (line, class, expected) in cases {
            assert_eq!(classes(line).contains(class), *expected, "{line}: {class:?}");
        }
    }
}
