//! Compose files (the Compose Specification): the tree is kept as it is, because what a file means depends on the
//! files it is merged with.

use crate::facts::artefact::Artefact;
use crate::facts::{FileFacts, collect_allows};
use crate::syntax::doc::parse_yaml;

/// Reads a compose file.
pub fn extract(text: &str) -> FileFacts {
    let parsed = parse_yaml(text);
    let allows = if text.contains(crate::facts::allow::MARKER) {
        let comments: Vec<_> = parsed.comments.iter().map(|c| c.range).collect();
        collect_allows(text, &comments, &parsed.entry_regions())
    } else {
        Vec::new()
    };
    let problems = parsed.problems.clone();
    FileFacts { artefact: Artefact::Document(Box::new(parsed)), allows, problems }
}
