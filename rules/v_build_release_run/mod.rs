//! Factor V, Build, release, run.

use super::Rule;

pub mod evidence;
mod build_at_run_time;
mod dev_server_in_image;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[&build_at_run_time::RULE, &dev_server_in_image::RULE];
