//! Factor V, Build, release, run.

use super::Rule;

pub mod evidence;
mod build_at_run_time;
mod config_baked_at_build;
mod dev_server_in_image;
mod mutable_base_image;
mod self_modifying_at_run_time;
mod source_bind_mount;
mod toolchain_in_runtime_image;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[&build_at_run_time::RULE, &dev_server_in_image::RULE, &toolchain_in_runtime_image::RULE, &source_bind_mount::RULE, &mutable_base_image::RULE, &config_baked_at_build::RULE, &self_modifying_at_run_time::RULE];
