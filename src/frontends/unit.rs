//! Unit files of systemd.

use crate::facts::artefact::Artefact;
use crate::facts::{FileFacts, allow, collect_allows};
use crate::source::ByteRange;
use crate::syntax::unit::parse_unit;

/// Reads a unit file.
pub fn extract(text: &str) -> FileFacts {
    let unit = parse_unit(text);
    let allows = if text.contains(allow::MARKER) {
        let comments: Vec<ByteRange> = unit.comments.iter().map(|c| c.range).collect();
        let mut regions: Vec<ByteRange> = unit.sections.iter().map(|s| s.name.range).collect();
        regions.extend(unit.sections.iter().flat_map(|s| &s.entries).map(|e| e.range));
        collect_allows(text, &comments, &regions)
    } else {
        Vec::new()
    };
    let problems = unit.problems.clone();
    FileFacts { artefact: Artefact::Unit(Box::new(unit)), allows, problems }
}
