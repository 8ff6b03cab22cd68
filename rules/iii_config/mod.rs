//! Factor III, Config.

use super::Rule;

pub mod evidence;
mod plaintext_secret_in_manifest;
mod compile_time_config;
mod mutates_own_environment;
mod profile_conditional_literal;
mod environment_groups;
mod file_only_config;
mod secret_in_config_file;
mod secret_literal;
mod undeclared_env_var;
mod env_name_mismatch;
mod dead_config;
mod credential_in_url;
mod dotenv_committed;
mod dotenv_in_image;
mod insecure_secret_default;
mod secret_baked_into_image;
mod secret_in_sink;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[
    &secret_in_sink::RULE,
    &insecure_secret_default::RULE,
    &credential_in_url::RULE,
    &secret_baked_into_image::RULE,
    &dotenv_committed::RULE,
    &dotenv_in_image::RULE,
    &compile_time_config::RULE,
    &mutates_own_environment::RULE,
    &profile_conditional_literal::RULE,
    &environment_groups::RULE,
    &file_only_config::RULE,
    &secret_in_config_file::RULE,
    &secret_literal::RULE,
    &undeclared_env_var::RULE,
    &env_name_mismatch::RULE,
    &dead_config::RULE, &plaintext_secret_in_manifest::RULE];
