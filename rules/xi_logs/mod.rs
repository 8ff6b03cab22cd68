use super::Rule;

mod redirected_to_file;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[&redirected_to_file::RULE];
