//! Factor XI, Logs.

use super::Rule;

mod file_appender;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[&file_appender::RULE];
