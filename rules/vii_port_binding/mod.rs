//! Factor VII, Port binding.

use super::Rule;

pub mod evidence;
mod host_network;
mod port_mismatch;
mod hard_coded_container_ip;
mod healthcheck_port_frozen;
mod legacy_links;
mod loopback_bind;
mod port_not_from_env;
mod injected_webserver;
mod localhost_peer;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[&port_not_from_env::RULE, &loopback_bind::RULE, &healthcheck_port_frozen::RULE, &hard_coded_container_ip::RULE, &legacy_links::RULE,
    &injected_webserver::RULE,
    &localhost_peer::RULE, &port_mismatch::RULE, &host_network::RULE];
