//! Policy: what becomes of findings after the rules have spoken. Levels, suppressions and overlaps are unknown to
//! rules.

pub mod baseline;
pub mod diff;
pub mod level;
pub mod overlap;
pub mod selection;
pub mod suppress;
