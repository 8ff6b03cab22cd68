//! `twelvelint audit`: each path is one repository.

use std::path::PathBuf;

use super::{Ends, Outcome, exit_code, use_color, with_report};
use crate::audit::{self, Audit};
use crate::cli::{AuditArgs, AuditFormat, CheckArgs, Cli};
use crate::config::{self, FailOn};
use crate::report::{audit_json, audit_markdown, audit_text};

/// Audits the paths.
///
/// # Errors
/// Misuse, as an outcome.
pub fn run(cli: &Cli, arguments: &AuditArgs) -> Result<Outcome, Outcome> {
    let fail_on = arguments.fail_on.unwrap_or(FailOn::Never);
    let mut audits = Vec::new();
    let mut code = 0;
    for path in repositories(arguments)? {
        let check = CheckArgs {
            paths: vec![path],
            fail_on: arguments.fail_on,
            selection: arguments.selection.clone(),
            ..CheckArgs::default()
        };
        let outcome = with_report(&check, Ends::Run, |report, judged| {
            let code = exit_code(&report, fail_on, false);
            audits.push(audit::build(judged.input, judged.sources, report, arguments.label.clone()));
            Ok(Outcome { code, ..Outcome::default() })
        })?;
        if arguments.selection.show_config {
            return Ok(outcome);
        }
        code = code.max(outcome.code);
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
