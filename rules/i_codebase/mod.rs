//! Factor I, Codebase.

use super::Rule;

pub mod evidence;
mod build_output_tracked;
mod path_escapes_repo;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[&path_escapes_repo::RULE, &build_output_tracked::RULE];
