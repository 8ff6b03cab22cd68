//! Dockerfiles and `.dockerignore`.

use crate::facts::artefact::Artefact;
use crate::facts::{FileFacts, allow, collect_allows};
use crate::source::ByteRange;
use crate::syntax::docker::parse_dockerfile;
use crate::syntax::dockerignore::parse_dockerignore;

/// Reads a Dockerfile.
pub fn extract(text: &str) -> FileFacts {
    let file = parse_dockerfile(text);
    let allows = if text.contains(allow::MARKER) {
        let comments: Vec<ByteRange> = file.comments.iter().map(|c| c.range).collect();
        let regions: Vec<ByteRange> = file.instructions.iter().map(|i| i.range).collect();
        collect_allows(text, &comments, &regions)
    } else {
        Vec::new()
    };
    let problems = file.problems.clone();
    FileFacts { artefact: Artefact::Dockerfile(Box::new(file)), allows, problems }
}

/// Reads a `.dockerignore`.
pub fn ignore(text: &str) -> FileFacts {
    let file = parse_dockerignore(text);
    let allows = if text.contains(allow::MARKER) {
        let comments: Vec<ByteRange> = file.comments.iter().map(|c| c.range).collect();
        let regions: Vec<ByteRange> = file.patterns.iter().map(|p| p.pattern.range).collect();
        collect_allows(text, &comments, &regions)
    } else {
        Vec::new()
    };
    let problems = file.problems.clone();
    FileFacts { artefact: Artefact::Dockerignore(Box::new(file)), allows, problems }
}
