//! Factor V, Build, release, run.

use super::Rule;

pub mod evidence;
mod no_rollback_history;
mod deploys_mutable_tag;
mod build_at_run_time;
mod deploy_rebuilds_from_source;
mod dev_server_in_image;
mod mutable_base_image;
mod no_ci_tests;
mod no_smoke_test;
mod no_static_checks;
mod only_mutable_tag_published;
mod publish_not_gated;
mod config_baked_at_build;
mod self_modifying_at_run_time;
mod source_bind_mount;
mod toolchain_in_runtime_image;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[
    &build_at_run_time::RULE,
    &dev_server_in_image::RULE,
    &toolchain_in_runtime_image::RULE,
    &source_bind_mount::RULE,
    &mutable_base_image::RULE,
    &no_ci_tests::RULE,
    &deploy_rebuilds_from_source::RULE,
    &only_mutable_tag_published::RULE,
    &no_smoke_test::RULE,
    &no_static_checks::RULE,
    &publish_not_gated::RULE,
    &config_baked_at_build::RULE,
    &self_modifying_at_run_time::RULE,
    &deploys_mutable_tag::RULE,
    &no_rollback_history::RULE,
];
