//! Knowledge tables: names of libraries → concepts. Teaching a library means adding rows, not code; a table names
//! no rule and no factor.

pub mod concept;
pub mod pattern;
pub mod resolve;
pub mod table;

pub use concept::Concept;
pub use resolve::{Event, resolve, resolve_as};
pub use table::{Row, RowId, TableError, Tables};
