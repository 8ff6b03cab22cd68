//! What a check writes: one format to standard output, and any to files.

use std::path::PathBuf;

use super::Outcome;
use crate::cli::Format;
use crate::report::build::Sources;
use crate::report::text::Style;
use crate::report::{Report, json, sarif, text};

/// The report in `format`.
pub fn render(format: Format, report: &Report, sources: &Sources<'_>, style: Style) -> String {
    match format {
        Format::Text => text::render(report, sources, style),
        Format::Json => json::render(report),
        Format::Sarif => sarif::render(report, sources),
    }
}

/// Refuses two formats for one file.
///
/// # Errors
/// Misuse, as an outcome.
pub fn check_files(files: &[(Format, PathBuf)]) -> Result<(), Outcome> {
    for (at, (_, path)) in files.iter().enumerate() {
        if files.iter().take(at).any(|(_, other)| crate::vfs::is_same_file(path, other)) {
            let message = format!("--output: {} is named twice", path.display());
            return Err(Outcome::misuse(message));
        }
    }
    Ok(())
}

/// Writes each format to its file, without colours.
///
/// # Errors
/// Misuse, as an outcome, when a file cannot be written.
pub fn write_files(
    files: &[(Format, PathBuf)],
    report: &Report,
    sources: &Sources<'_>,
    style: Style,
) -> Result<(), Outcome> {
    for (format, path) in files {
        let text = render(*format, report, sources, Style { color: false, ..style });
        crate::vfs::write_own_file(path, &text)
            .map_err(|error| Outcome::misuse(format!("{}: {error}", path.display())))?;
    }
    Ok(())
}
