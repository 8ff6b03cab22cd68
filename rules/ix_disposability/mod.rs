use super::Rule;

mod shell_wrapper_swallows_signal;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[&shell_wrapper_swallows_signal::RULE];
