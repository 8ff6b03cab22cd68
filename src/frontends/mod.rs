//! Front-ends: the text of one file in, [`FileFacts`] out. None of them knows a concept, a factor or a table.

pub mod rust;
