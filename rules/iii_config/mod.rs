//! Factor III, Config.

use super::Rule;

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
];
