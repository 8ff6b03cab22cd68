//! Factor X, Dev/prod parity.

use super::Rule;

pub mod evidence;
mod backing_service_version_skew;
mod unpinned_backing_service;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[&backing_service_version_skew::RULE, &unpinned_backing_service::RULE];
