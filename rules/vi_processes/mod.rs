//! Factor VI, Processes.

use super::Rule;

pub mod evidence;
mod in_memory_session_store;
mod upload_to_local_disk;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[&in_memory_session_store::RULE, &upload_to_local_disk::RULE];
