//! `twelvelint audit`: each path is one repository.

use std::path::PathBuf;

use super::{MOST_JOBS, Outcome, exit_code, find_config, target, use_color};
use crate::audit::{self, Audit};
use crate::cli::{AuditArgs, AuditFormat, Cli};
use crate::config::{self, FailOn};
use crate::engine::{self, Request};
use crate::explain;
use crate::policy::selection::Selection;
use crate::report::build::{Input, Sources, build};
use crate::report::{audit_json, audit_markdown, audit_text};
use crate::vfs::OsFs;

/// Audits the paths.
///
/// # Errors
/// Misuse, as an outcome.
pub fn run(cli: &Cli, arguments: &AuditArgs) -> Result<Outcome, Outcome> {
    for selector in arguments.selection.select.iter().chain(&arguments.selection.ignore) {
        config::check_selector(selector).map_err(Outcome::misuse)?;
    }
    let paths = repositories(arguments)?;
    let mut audits = Vec::new();
    let mut code = 0;
    for path in &paths {
        let target = target(std::slice::from_ref(path))?;
        let found = find_config(&arguments.selection, &target)?;
        let fail_on = arguments.fail_on.unwrap_or(FailOn::Never);
        if arguments.selection.show_config {
            let out = explain::settings(&found.config, found.file.as_deref(), arguments.fail_on, fail_on);
            return Ok(Outcome { out, ..Outcome::default() });
        }
        let (select, ignore) = (&arguments.selection.select, &arguments.selection.ignore);
        let selection = Selection::new(select, ignore, &found.config, false);
        let jobs = arguments.selection.jobs.unwrap_or(0).min(MOST_JOBS);
        let fs = OsFs::new(target.root.clone(), jobs);
        let request = Request {
            vfs: &fs,
            starts: target.starts.clone(),
            config: &found.config,
            config_folder: &found.folder,
            exclude: found.config.exclude_set(&found.folder),
            tracked: None,
            jobs,
        };
        let analysis = engine::analyse(&request).map_err(Outcome::misuse)?;
        let (findings, broken) = engine::judge(&analysis.world, selection.rules());
        let sources = Sources::new(&fs, &analysis);
        let input = Input {
            analysis: &analysis,
            selection: &selection,
            config: &found.config,
            config_folder: &found.folder,
            base: &target.base,
            root: &target.typed,
            no_suppressions: arguments.selection.no_suppressions,
        };
        let report = build(&input, &sources, findings, &broken);
        code = code.max(exit_code(&report, fail_on, false));
        audits.push(audit::build(&input, &sources, report, arguments.label.clone()));
    }
    Ok(Outcome { out: render(cli, arguments.format, &audits), err: String::new(), code })
}

fn render(cli: &Cli, format: AuditFormat, audits: &[Audit]) -> String {
    match format {
        AuditFormat::Json => audit_json::render(audits),
        AuditFormat::Markdown => audit_markdown::render(audits, cli.quiet),
        AuditFormat::Text => audit_text::render(
            audits,
            audit_text::Style {
                color: use_color(cli.color),
                unicode: config::environment_is_unicode(),
                width: config::terminal_width(),
                quiet: cli.quiet,
                verbose: cli.verbose,
            },
        ),
    }
}

/// The paths as typed, and the folders in each `--each`.
fn repositories(arguments: &AuditArgs) -> Result<Vec<PathBuf>, Outcome> {
    let mut paths = arguments.paths.clone();
    for folder in &arguments.each {
        let fail = |error: std::io::Error| Outcome::misuse(format!("{}: {error}", folder.display()));
        let children = crate::vfs::child_folders(folder).map_err(fail)?;
        if children.is_empty() {
            return Err(Outcome::misuse(format!("{}: holds no folder", folder.display())));
        }
        paths.extend(children);
    }
    if paths.is_empty() {
        paths.push(PathBuf::from("."));
    }
    Ok(paths)
}
