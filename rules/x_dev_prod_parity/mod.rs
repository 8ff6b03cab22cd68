//! Factor X, Dev/prod parity.

use super::Rule;

mod backing_service_type_skew;
mod backing_service_version_skew;
mod debug_mode_in_prod_manifest;
mod environment_branches_adapter;
pub mod evidence;
mod runtime_version_skew;
mod unpinned_backing_service;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[
    &backing_service_type_skew::RULE,
    &backing_service_version_skew::RULE,
    &unpinned_backing_service::RULE,
    &debug_mode_in_prod_manifest::RULE,
    &environment_branches_adapter::RULE,
    &runtime_version_skew::RULE,
];
