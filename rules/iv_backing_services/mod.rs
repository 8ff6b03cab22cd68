//! Factor IV, Backing services.

use super::Rule;

pub mod evidence;
mod hardcoded_service_address;
mod locator_baked_into_image;
mod unattached_dependency;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[
    &hardcoded_service_address::RULE,
    &unattached_dependency::RULE,
    &locator_baked_into_image::RULE,
];
