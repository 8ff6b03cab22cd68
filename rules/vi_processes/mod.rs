//! Factor VI, Processes.

use super::Rule;

mod ephemeral_signing_key;
mod in_memory_session_store;
mod upload_to_local_disk;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[&in_memory_session_store::RULE, &upload_to_local_disk::RULE, &ephemeral_signing_key::RULE];
