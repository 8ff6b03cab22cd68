//! Factor VII, Port binding.

use super::Rule;

pub mod evidence;
mod loopback_bind;
mod port_not_from_env;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[&port_not_from_env::RULE, &loopback_bind::RULE];
