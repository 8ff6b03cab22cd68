//! Factor II, Dependencies.

use super::Rule;

pub mod evidence;
mod floating_version;
mod git_dependency_unpinned;
mod implicit_system_library;
mod lockfile_not_in_image;
mod missing_lockfile;
mod toolchain_mismatch;
mod undeclared_system_tool;
mod unlocked_install;
mod unpinned_remote_installer;
mod unversioned_tool_install;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[
    &missing_lockfile::RULE,
    &lockfile_not_in_image::RULE,
    &unlocked_install::RULE,
    &undeclared_system_tool::RULE,
    &git_dependency_unpinned::RULE,
    &floating_version::RULE,
    &unversioned_tool_install::RULE,
    &unpinned_remote_installer::RULE,
    &toolchain_mismatch::RULE,
    &implicit_system_library::RULE,
];
