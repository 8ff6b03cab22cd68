//! Facts: what one file says, without what it means.
//!
//! A front-end turns the text of one file into [`FileFacts`]: owned, plain, serialisable data with byte ranges
//! into that file. No concept, factor, table or other file is known here.

pub mod allow;
pub mod artefact;
pub mod code;
pub mod manifest;
pub mod name;
pub mod value;

use serde::{Deserialize, Serialize};

use crate::source::ByteRange;
pub use crate::syntax::problem::Problem;
use allow::AllowComment;
use artefact::Artefact;

/// Everything one file says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FileFacts {
    /// What was read from the file; [`Artefact::None`] when the front-end could read nothing.
    pub artefact: Artefact,
    /// Suppression comments, each with the bytes it covers.
    pub allows: Vec<AllowComment>,
    /// What could not be read, with its place; each one is a coverage gap.
    pub problems: Vec<Problem>,
}

/// Suppression comments of a file, found from its comments and from the regions a comment can cover.
///
/// `comments` are the ranges of whole comments; `regions` are statements, items, mapping entries, instructions
/// or tables, in any order.
pub fn collect_allows(text: &str, comments: &[ByteRange], regions: &[ByteRange]) -> Vec<AllowComment> {
    allow::collect(text, comments, regions)
}
