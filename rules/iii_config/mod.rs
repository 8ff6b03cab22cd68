//! Factor III, Config.

use super::Rule;

mod insecure_secret_default;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[&insecure_secret_default::RULE];
