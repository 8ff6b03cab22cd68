//! Factor IV, Backing services.

use super::Rule;

mod embedded_backing_service;
pub mod evidence;
mod hardcoded_service_address;
mod locator_baked_into_image;
mod peer_service_host_literal;
mod provider_branch;
mod provider_handle_literal;
mod third_party_endpoint_literal;
mod unattached_dependency;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[&hardcoded_service_address::RULE, &unattached_dependency::RULE, &locator_baked_into_image::RULE, &embedded_backing_service::RULE, &peer_service_host_literal::RULE, &provider_handle_literal::RULE, &provider_branch::RULE, &third_party_endpoint_literal::RULE];
