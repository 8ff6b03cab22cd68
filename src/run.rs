//! The commands, from parsed arguments to output text and exit code. Only `main.rs` prints.

mod audit;

use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};

use crate::cli::{
    BaselineArgs, CheckArgs, Cli, ColorChoice, Command, EnvArgs, EnvFormat, ExplainArgs, FactsArgs, Format,
    SelectionArgs,
};
use crate::config::{self, Config, ConfigFile, FailOn};
use crate::engine::{self, Request};
use crate::explain;
use crate::parallel;
use crate::policy::baseline::Baseline;
use crate::policy::diff::Diff;
use crate::policy::selection::Selection;
use crate::report::build::{Input, Sources, build};
use crate::report::environment::{self as inventory, Inventory};
use crate::report::{Report, json, narrow, text};
use crate::rules::Level;
use crate::vfs::{Edited, EntryKind, OsFs, Vfs};

/// More threads than this help nobody, and a machine can run out of them.
const MOST_JOBS: usize = 64;

/// Configs above this size (bytes) are refused.
const CONFIG_LIMIT: u64 = 1024 * 1024;
/// Of baselines, diffs and standard input no more is read.
const OWN_LIMIT: u64 = 1024 * 1024 * 1024;

/// What a command gives back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// For standard output.
    pub out: String,
    /// For standard error.
    pub err: String,
    /// The exit code: 0 nothing at or above the gate, 1 findings, 2 misuse, 3 incomplete and so asked for.
    pub code: u8,
}

impl Outcome {
    fn misuse(message: impl std::fmt::Display) -> Self {
        Outcome { err: format!("twelvelint: {message}\n"), code: 2, ..Outcome::default() }
    }
}

/// Runs a command.
pub fn run(cli: &Cli) -> Outcome {
    match &cli.command {
        Command::Check(arguments) => check(cli, arguments).unwrap_or_else(|outcome| outcome),
        Command::Audit(arguments) => audit::run(cli, arguments).unwrap_or_else(|outcome| outcome),
        Command::Explain(arguments) if explain::is_fingerprint(&arguments.subject) => {
            explain_finding(arguments).unwrap_or_else(|outcome| outcome)
        }
        Command::Explain(arguments) => explain::subject(&arguments.subject),
        Command::Baseline(arguments) => baseline(arguments).unwrap_or_else(|outcome| outcome),
        Command::Rules(arguments) => Outcome { out: explain::rules(arguments.format), ..Outcome::default() },
        Command::Env(arguments) => environment(arguments).unwrap_or_else(|outcome| outcome),
        Command::Facts(arguments) => facts(arguments).unwrap_or_else(|outcome| outcome),
    }
}

/// The checked paths below one root.
struct Target {
    root: PathBuf,
    starts: Vec<String>,
    base: String,
    typed: String,
}

fn target(paths: &[PathBuf]) -> Result<Target, Outcome> {
    let mut root: Option<PathBuf> = None;
    let mut fulls = Vec::new();
    for path in paths {
        let (found, full) =
            OsFs::find_root(path).map_err(|error| Outcome::misuse(format!("{}: {error}", path.display())))?;
        root = Some(match root {
            None => found,
            Some(known) if found == known || found.starts_with(&known) => known,
            Some(known) if known.starts_with(&found) => found,
            Some(known) if !has_git(&known) && !has_git(&found) => common(&known, &found),
            Some(_) => {
                let runs: Vec<String> =
                    paths.iter().map(|path| format!("`twelvelint check {}`", path.display())).collect();
                return Err(Outcome::misuse(format!(
                    "these paths lie in different repositories, and a file's role and owner hang on its own; type {}",
                    runs.join(", then ")
                )));
            }
        });
        fulls.push(full);
    }
    let root = root.unwrap_or_default();
    let relative = |full: &Path| {
        let rest = full.strip_prefix(&root).unwrap_or(full);
        rest.components().map(|c| c.as_os_str().to_string_lossy().into_owned()).collect::<Vec<_>>().join("/")
    };
    let starts: Vec<String> = fulls.iter().map(|f| relative(f)).collect();
    let mut base_path = fulls.first().cloned().unwrap_or_default();
    for full in fulls.iter().skip(1) {
        base_path = common(&base_path, full);
    }
    if crate::vfs::is_file(&base_path) {
        base_path = base_path.parent().map(Path::to_path_buf).unwrap_or(base_path);
    }
    let typed: Vec<String> = paths.iter().map(|p| p.to_string_lossy().into_owned()).collect();
    Ok(Target { base: relative(&base_path), root, starts, typed: typed.join(" ") })
}

fn has_git(folder: &Path) -> bool {
    OsFs::find_root(folder).is_ok_and(|(root, _)| crate::vfs::is_repository(&root))
}

fn common(a: &Path, b: &Path) -> PathBuf {
    a.components().zip(b.components()).take_while(|(x, y)| x == y).map(|(x, _)| x).collect()
}

/// The config in force: where it was found, and its folder relative to the root.
struct Found {
    config: Config,
    folder: String,
}

fn read_config(bytes: Vec<u8>, shown: String, path: Option<String>) -> Result<Config, Outcome> {
    if bytes.len() as u64 > CONFIG_LIMIT {
        return Err(Outcome::misuse(format!("{shown}: larger than {} KiB", CONFIG_LIMIT / 1024)));
    }
    let (text, invalid) = crate::source::decode(bytes);
    if invalid.is_some() {
        return Err(Outcome::misuse(format!("{shown}: not valid UTF-8")));
    }
    let config = Config::parse(&text, &shown).map_err(Outcome::misuse)?;
    Ok(Config { file: Some(ConfigFile { shown, path }), ..config })
}

fn find_config(selection: &SelectionArgs, target: &Target) -> Result<Found, Outcome> {
    let none = || Found { config: Config::default(), folder: String::new() };
    if selection.isolated {
        return Ok(none());
    }
    if let Some(path) = &selection.config {
        let name = path.to_string_lossy().into_owned();
        let bytes = crate::vfs::read_own_file(path, CONFIG_LIMIT)
            .map_err(|error| Outcome::misuse(format!("{name}: {error}")))?;
        let folder = crate::vfs::folder_below(path, &target.root).unwrap_or_default();
        let config = read_config(bytes, name, crate::vfs::path_below(path, &target.root))?;
        return Ok(Found { config, folder });
    }
    let fs = OsFs::new(target.root.clone(), 1);
    let mut folder = Some(target.base.as_str());
    while let Some(current) = folder {
        let path = crate::world::packages::join(current, config::FILE_NAME);
        if let Some(entry) = fs.entry(&path) {
            let name = crate::report::build::relative_to(&path, &target.base);
            if let EntryKind::Link(to) = entry.kind {
                let message = format!("{name}: links are not followed; name the file: `--config {to}`");
                return Err(Outcome::misuse(message));
            }
            let bytes = fs.read(&path, CONFIG_LIMIT);
            let bytes = bytes.map_err(|error| Outcome::misuse(format!("{name}: {error}")))?;
            let config = read_config(bytes, name, Some(path))?;
            return Ok(Found { config, folder: current.to_owned() });
        }
        folder = (!current.is_empty()).then(|| crate::world::packages::folder_of(current));
    }
    Ok(none())
}

fn check(cli: &Cli, arguments: &CheckArgs) -> Result<Outcome, Outcome> {
    let baseline = arguments.baseline.as_deref().map(read_baseline).transpose()?;
    let diff = arguments.diff.as_deref().map(read_diff).transpose()?;
    with_report(arguments, Ends::Process, |mut report, judged| {
        let Judged { sources, selection, target, fail_on, .. } = *judged;
        if let Some(baseline) = &baseline {
            let runs = |rule: &str| rule.starts_with("twelvelint/") || selection.runs(rule);
            let sees = |file: &str| target.starts.iter().any(|start| crate::discover::is_below(file, start));
            narrow::against_baseline(&mut report, baseline, runs, sees);
        }
        if let Some(diff) = &diff {
            narrow::to_changes(&mut report, diff, sources);
        }
        let out = match arguments.format {
            Format::Json => json::render(&report),
            Format::Text => {
                let style = text::Style {
                    color: use_color(cli.color),
                    width: config::terminal_width(),
                    pedantic: arguments.pedantic,
                    quiet: cli.quiet,
                    verbose: cli.verbose,
                };
                text::render(&report, sources, style)
            }
        };
        let code = exit_code(&report, fail_on, arguments.require_complete);
        Ok(Outcome { out, err: String::new(), code })
    })
}

/// Writes the findings of today as a baseline.
fn baseline(arguments: &BaselineArgs) -> Result<Outcome, Outcome> {
    let check = CheckArgs {
        paths: arguments.paths.clone(),
        pedantic: arguments.pedantic,
        selection: arguments.selection.clone(),
        ..CheckArgs::default()
    };
    with_report(&check, Ends::Process, |report, judged| {
        let text = crate::report::baseline::render(&report, judged.sources);
        let Some(path) = &arguments.output else { return Ok(Outcome { out: text, ..Outcome::default() }) };
        crate::vfs::write_own_file(path, &text)
            .map_err(|error| Outcome::misuse(format!("{}: {error}", path.display())))?;
        let known = match report.diagnostics.len() {
            1 => "1 finding is".to_owned(),
            several => format!("{several} findings are"),
        };
        let err = format!("{known} known from now on: {}\n", path.display());
        Ok(Outcome { err, ..Outcome::default() })
    })
}

/// Traces one finding to the facts and table rows that decided it.
fn explain_finding(arguments: &ExplainArgs) -> Result<Outcome, Outcome> {
    let check = CheckArgs {
        paths: vec![arguments.path.clone()],
        pedantic: true,
        selection: SelectionArgs { no_suppressions: true, ..SelectionArgs::default() },
        ..CheckArgs::default()
    };
    with_report(&check, Ends::Process, |report, judged| {
        explain::finding(&report, judged.analysis, judged.sources, &arguments.subject)
            .map_err(Outcome::misuse)
    })
}

fn read_baseline(path: &Path) -> Result<Baseline, Outcome> {
    let named = |error: String| Outcome::misuse(format!("{}: {error}", path.display()));
    let bytes = crate::vfs::read_own_file(path, OWN_LIMIT).map_err(|error| named(error.to_string()))?;
    Baseline::parse(&crate::source::decode(bytes).0).map_err(named)
}

/// Reads a unified diff; `-` is standard input.
fn read_diff(path: &Path) -> Result<Diff, Outcome> {
    let named = |error: String| Outcome::misuse(format!("{}: {error}", path.display()));
    let bytes = if path.as_os_str() == "-" {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        crate::vfs::read_own_file(path, OWN_LIMIT)
    };
    let bytes = bytes.map_err(|error| named(error.to_string()))?;
    Diff::parse(&crate::source::decode(bytes).0).map_err(named)
}

/// A run, beside its report.
struct Judged<'a> {
    sources: &'a Sources<'a>,
    analysis: &'a engine::Analysis,
    selection: &'a Selection,
    target: &'a Target,
    input: &'a Input<'a>,
    fail_on: FailOn,
}

/// What comes behind a run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    /// Nothing: the process ends soon.
    Process,
    /// Other runs.
    Run,
}

/// Analyses and judges what `arguments` name, and hands the report on.
fn with_report(
    arguments: &CheckArgs,
    ends: Ends,
    then: impl FnOnce(Report, &Judged<'_>) -> Result<Outcome, Outcome>,
) -> Result<Outcome, Outcome> {
    let selectors = arguments.selection.select.iter().chain(&arguments.selection.ignore);
    for selector in selectors {
        config::check_selector(selector).map_err(Outcome::misuse)?;
    }
    for selector in &arguments.selection.select {
        config::check_select(selector).map_err(Outcome::misuse)?;
    }
    let target = target(&arguments.paths)?;
    let found = find_config(&arguments.selection, &target)?;
    let fail_on = arguments.fail_on.or(found.config.fail_on).unwrap_or_default();
    if arguments.selection.show_config {
        let out = explain::settings(&found.config, &arguments.selection, arguments.fail_on, fail_on);
        return Ok(Outcome { out, ..Outcome::default() });
    }
    let selection = Selection::new(
        &arguments.selection.select,
        &arguments.selection.ignore,
        &found.config,
        arguments.pedantic,
    );
    let jobs = arguments.selection.jobs.unwrap_or(0).min(MOST_JOBS);
    let disk = OsFs::new(target.root.clone(), jobs).copied(config::environment_is_pipeline());
    let edited =
        arguments.stdin_filename.as_deref().map(|path| read_edited(path, &target, &disk)).transpose()?;
    let fs: &dyn Vfs = edited.as_ref().map_or(&disk, |(_, edited)| edited);
    let request = Request {
        vfs: fs,
        starts: target.starts.clone(),
        config: &found.config,
        config_folder: &found.folder,
        exclude: found.config.exclude_set(&found.folder),
        tracked: None,
        jobs,
    };
    let analysis = engine::analyse(&request).map_err(Outcome::misuse)?;
    let (findings, broken) = engine::judge(&analysis.world, selection.rules(), parallel::threads(jobs));
    let sources = Sources::new(fs, &analysis);
    let input = Input {
        analysis: &analysis,
        selection: &selection,
        config: &found.config,
        config_folder: &found.folder,
        base: &target.base,
        root: &target.typed,
        no_suppressions: arguments.selection.no_suppressions,
    };
    let mut report = build(&input, &sources, findings, &broken);
    if let Some((path, _)) = &edited {
        narrow::to_file(&mut report, path, &sources);
    }
    let judged = Judged {
        sources: &sources,
        analysis: &analysis,
        selection: &selection,
        target: &target,
        input: &input,
        fail_on,
    };
    let outcome = then(report, &judged);
    if ends == Ends::Process {
        // To take millions of facts apart one by one would be a tenth of the run.
        std::mem::forget(analysis);
    }
    outcome
}

/// The file whose content is on standard input: its path relative to the root, and the tree with it.
fn read_edited<'a>(path: &Path, target: &Target, disk: &'a OsFs) -> Result<(String, Edited<'a>), Outcome> {
    let below = crate::vfs::path_below(path, &target.root)
        .filter(|below| target.starts.iter().any(|start| crate::discover::is_below(below, start)));
    let below = below.ok_or_else(|| {
        Outcome::misuse(format!(
            "{}: this file does not lie in what is checked: {}",
            path.display(),
            target.typed
        ))
    })?;
    let mut bytes = Vec::new();
    let read = std::io::stdin().lock().take(OWN_LIMIT).read_to_end(&mut bytes);
    read.map_err(|error| Outcome::misuse(format!("standard input: {error}")))?;
    Ok((below.clone(), Edited::new(disk, below, bytes)))
}

fn exit_code(report: &Report, fail_on: FailOn, require_complete: bool) -> u8 {
    let gate = match fail_on {
        FailOn::Error => Some(Level::Error),
        FailOn::Warning => Some(Level::Warning),
        FailOn::Info => Some(Level::Info),
        FailOn::Never => None,
    };
    let over = |d: &&crate::report::Diagnostic| gate.is_some_and(|gate| d.level >= gate) && !d.preview;
    if report.diagnostics.iter().any(|d| over(&d)) {
        1
    } else if require_complete && !report.gaps.is_empty() {
        3
    } else {
        0
    }
}

fn use_color(choice: ColorChoice) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto => std::io::stdout().is_terminal() && config::environment_wants_color(),
    }
}

fn environment(arguments: &EnvArgs) -> Result<Outcome, Outcome> {
    let target = target(std::slice::from_ref(&arguments.path))?;
    let fs = OsFs::new(target.root.clone(), 0);
    let found = find_config(&SelectionArgs::default(), &target)?;
    let request = Request {
        vfs: &fs,
        starts: target.starts.clone(),
        config: &found.config,
        config_folder: &found.folder,
        exclude: found.config.exclude_set(&found.folder),
        tracked: None,
        jobs: 0,
    };
    let analysis = engine::analyse(&request).map_err(Outcome::misuse)?;
    let names = analysis.world.variables().keys().cloned().collect();
    let documented = engine::find_documented(&fs, &analysis.world, names);
    let sources = Sources::new(&fs, &analysis);
    let inventory = Inventory::new(&analysis.world, &sources, &documented, &target.base, &target.typed);
    let out = match (arguments.example, arguments.format) {
        (true, _) => inventory::example::render(&inventory),
        (false, EnvFormat::Json) => inventory::json::render(&inventory),
        (false, EnvFormat::Markdown) => inventory::markdown::render(&inventory),
        (false, EnvFormat::Text) => inventory::text::render(&inventory, config::terminal_width()),
    };
    Ok(Outcome { out, ..Outcome::default() })
}

fn facts(arguments: &FactsArgs) -> Result<Outcome, Outcome> {
    let target = target(std::slice::from_ref(&arguments.path))?;
    let fs = OsFs::new(target.root.clone(), 0);
    let config = Config::default();
    let request = Request {
        vfs: &fs,
        starts: target.starts.clone(),
        config: &config,
        config_folder: "",
        exclude: globset::GlobSet::empty(),
        tracked: None,
        jobs: 0,
    };
    let analysis = engine::analyse(&request).map_err(Outcome::misuse)?;
    Ok(Outcome { out: explain::facts(&fs, &analysis, &target.base), ..Outcome::default() })
}
