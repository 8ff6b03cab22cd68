//! Factor II, Dependencies.

use super::Rule;

pub mod evidence;
mod floating_version;
mod git_dependency_unpinned;
mod missing_lockfile;
mod unlocked_install;
mod unpinned_remote_installer;
mod unversioned_tool_install;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[
    &missing_lockfile::RULE,
    &unlocked_install::RULE,
    &git_dependency_unpinned::RULE,
    &floating_version::RULE,
    &unversioned_tool_install::RULE,
    &unpinned_remote_installer::RULE,
];
