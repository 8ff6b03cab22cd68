//! Factor XI, Logs.

use super::Rule;

pub mod evidence;
mod file_appender;
mod redirected_to_file;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[&file_appender::RULE, &redirected_to_file::RULE];
