//! Files of the `.env` family.

use crate::facts::artefact::Artefact;
use crate::facts::{FileFacts, allow, collect_allows};
use crate::source::ByteRange;
use crate::syntax::dotenv::parse_dotenv;

/// Reads a `.env` file.
pub fn extract(text: &str) -> FileFacts {
    let file = parse_dotenv(text);
    let allows = if text.contains(allow::MARKER) {
        let comments: Vec<ByteRange> = file.comments.iter().map(|c| c.range).collect();
        let regions: Vec<ByteRange> = file.entries.iter().map(|e| e.range).collect();
        collect_allows(text, &comments, &regions)
    } else {
        Vec::new()
    };
    let problems = file.problems.clone();
    FileFacts { artefact: Artefact::Dotenv(Box::new(file)), allows, problems }
}
