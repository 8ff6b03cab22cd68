//! Factor XII, Admin processes.

use super::Rule;

mod different_image;
mod migrate_in_start_command;
mod migrate_on_boot;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[&migrate_on_boot::RULE, &migrate_in_start_command::RULE, &different_image::RULE];
