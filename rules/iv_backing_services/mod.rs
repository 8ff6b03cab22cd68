//! Factor IV, Backing services.

use super::Rule;

pub mod evidence;
mod hardcoded_service_address;
mod unattached_dependency;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[&hardcoded_service_address::RULE, &unattached_dependency::RULE];
