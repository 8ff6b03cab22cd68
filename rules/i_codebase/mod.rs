//! Factor I, Codebase.

use super::Rule;

pub mod evidence;
mod branch_per_environment;
mod build_output_tracked;
mod duplicated_source_across_services;
mod no_version_control;
mod path_escapes_repo;
mod untracked_build_input;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[
    &path_escapes_repo::RULE,
    &build_output_tracked::RULE,
    &untracked_build_input::RULE,
    &duplicated_source_across_services::RULE,
    &no_version_control::RULE,
    &branch_per_environment::RULE,
];
