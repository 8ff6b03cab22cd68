//! Factor II, Dependencies.

use super::Rule;

mod floating_version;
mod git_dependency_unpinned;
mod missing_lockfile;
mod unlocked_install;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[
    &missing_lockfile::RULE,
    &unlocked_install::RULE,
    &git_dependency_unpinned::RULE,
    &floating_version::RULE,
];
