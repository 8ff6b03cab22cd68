//! Configurations of the loggers of Java programs: logback, Log4j 2.

use crate::facts::artefact::Artefact;
use crate::facts::{FileFacts, allow, collect_allows};
use crate::source::ByteRange;
use crate::syntax::xml::parse_xml;

/// Reads one.
pub fn extract(text: &str) -> FileFacts {
    let file = parse_xml(text);
    let allows = if text.contains(allow::MARKER) {
        let regions: Vec<ByteRange> = file.elements.iter().map(|e| e.range).collect();
        collect_allows(text, &file.comments, &regions)
    } else {
        Vec::new()
    };
    let problems = file.problems.clone();
    FileFacts { artefact: Artefact::Xml(Box::new(file)), allows, problems }
}
