//! Factor VI, Processes.

use super::Rule;

pub mod evidence;
mod writable_volume_on_app;
mod sticky_sessions;
mod in_memory_session_store;
mod upload_to_local_disk;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[&in_memory_session_store::RULE, &upload_to_local_disk::RULE, &sticky_sessions::RULE, &writable_volume_on_app::RULE];
