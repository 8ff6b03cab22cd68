use super::Rule;

mod unpinned_backing_service;
mod backing_service_version_skew;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[&unpinned_backing_service::RULE, &backing_service_version_skew::RULE];
