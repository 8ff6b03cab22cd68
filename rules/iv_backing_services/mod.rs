use super::Rule;

mod unattached_dependency;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[&unattached_dependency::RULE];
