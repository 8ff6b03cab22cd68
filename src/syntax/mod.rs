//! Parsers without meaning: bytes in, spanned trees and problems out, never a failure.

pub mod doc;
pub mod problem;
