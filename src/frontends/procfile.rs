//! Procfiles.

use crate::facts::artefact::Artefact;
use crate::facts::{FileFacts, allow, collect_allows};
use crate::source::ByteRange;
use crate::syntax::procfile::parse_procfile;

/// Reads a Procfile.
pub fn extract(text: &str) -> FileFacts {
    let file = parse_procfile(text);
    let allows = if text.contains(allow::MARKER) {
        let comments: Vec<ByteRange> = file.comments.iter().map(|c| c.range).collect();
        let regions: Vec<ByteRange> =
            file.processes.iter().map(|(name, command)| name.range.to(command.range)).collect();
        collect_allows(text, &comments, &regions)
    } else {
        Vec::new()
    };
    let problems = file.problems.clone();
    FileFacts { artefact: Artefact::Procfile(Box::new(file)), allows, problems }
}
