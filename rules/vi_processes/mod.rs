//! Factor VI, Processes.

use super::Rule;

mod writable_volume_on_app;
mod sticky_sessions;
mod ephemeral_signing_key;
pub mod evidence;
mod in_memory_session_store;
mod local_lock_singleton;
mod mutable_static_state;
mod per_process_limiter;
mod shared_mutable_state;
mod sqlite_file_as_primary_store;
mod upload_to_local_disk;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[&in_memory_session_store::RULE, &upload_to_local_disk::RULE, &ephemeral_signing_key::RULE, &shared_mutable_state::RULE, &mutable_static_state::RULE, &per_process_limiter::RULE, &local_lock_singleton::RULE, &sqlite_file_as_primary_store::RULE, &sticky_sessions::RULE, &writable_volume_on_app::RULE];
