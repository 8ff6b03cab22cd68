//! Factor II, Dependencies.

use super::Rule;

mod missing_lockfile;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[&missing_lockfile::RULE];
