use super::Rule;

mod migrate_in_start_command;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[&migrate_in_start_command::RULE];
