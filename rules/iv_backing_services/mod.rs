use super::Rule;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[];
