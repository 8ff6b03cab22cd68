//! Factor XI, Logs.

use super::Rule;

pub mod evidence;
mod direct_shipping;
mod file_appender;
mod file_appender_config;
mod guard_dropped;
mod log_volume;
mod logging_driver_none;
mod redirected_to_file;
mod rotation_in_image;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[
    &file_appender::RULE,
    &file_appender_config::RULE,
    &redirected_to_file::RULE,
    &log_volume::RULE,
    &rotation_in_image::RULE,
    &direct_shipping::RULE,
    &guard_dropped::RULE,
    &logging_driver_none::RULE,
];
