//! Factor XII, Admin processes.

use super::Rule;

mod different_image;
mod http_trigger;
pub mod evidence;
mod isolation_bypass;
mod migrate_in_start_command;
mod migrate_on_boot;
mod not_shipped;
mod schema_auto_sync;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[
    &migrate_on_boot::RULE,
    &migrate_in_start_command::RULE,
    &schema_auto_sync::RULE,
    &different_image::RULE,
    &isolation_bypass::RULE,
    &not_shipped::RULE,
    &http_trigger::RULE,
];
