//! Configurations of process managers: INI files of supervisord, uWSGI and circus, and the small files of s6-rc.

use crate::facts::artefact::Artefact;
use crate::facts::{FileFacts, allow, collect_allows};
use crate::source::{ByteRange, Spanned};
use crate::syntax::ini::parse_ini;

/// Reads an INI file.
pub fn ini(text: &str) -> FileFacts {
    let file = parse_ini(text);
    let allows = if text.contains(allow::MARKER) {
        let comments: Vec<ByteRange> = file.comments.iter().map(|c| c.range).collect();
        let mut regions: Vec<ByteRange> = file.sections.iter().map(|s| s.range).collect();
        regions.extend(file.sections.iter().flat_map(|s| &s.entries).map(|e| e.range));
        collect_allows(text, &comments, &regions)
    } else {
        Vec::new()
    };
    let problems = file.problems.clone();
    FileFacts { artefact: Artefact::Ini(Box::new(file)), allows, problems }
}

/// Reads a file of one word or line, `type` or `up` of an s6-rc service.
pub fn line(text: &str) -> FileFacts {
    let first = text.lines().find(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
    let line = first.map_or("", str::trim);
    let start = text.find(line).unwrap_or(0);
    let line = Spanned::new(line.to_owned(), ByteRange::new(start, start + line.len()));
    FileFacts { artefact: Artefact::Line(Box::new(line)), ..FileFacts::default() }
}
