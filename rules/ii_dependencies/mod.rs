use super::Rule;

mod unlocked_install;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[&unlocked_install::RULE];
