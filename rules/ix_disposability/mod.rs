//! Factor IX, Disposability.

use super::Rule;

pub mod evidence;
mod no_graceful_shutdown;
mod shell_wrapper_swallows_signal;
mod sigint_only_shutdown;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[&no_graceful_shutdown::RULE, &sigint_only_shutdown::RULE, &shell_wrapper_swallows_signal::RULE];
