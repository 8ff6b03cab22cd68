//! Factor IX, Disposability.

use super::Rule;

mod no_readiness_probe;
mod grace_period_too_short;
mod ack_before_work;
pub mod evidence;
mod entrypoint_without_exec;
mod no_graceful_shutdown;
mod package_manager_as_init;
mod shell_wrapper_swallows_signal;
mod sigint_only_shutdown;
mod signals_disabled;
mod uncatchable_signal;
mod unreachable_shutdown;
mod worker_ignores_sigterm;
mod wrong_stop_signal;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[
    &no_graceful_shutdown::RULE,
    &sigint_only_shutdown::RULE,
    &signals_disabled::RULE,
    &unreachable_shutdown::RULE,
    &shell_wrapper_swallows_signal::RULE,
    &entrypoint_without_exec::RULE,
    &package_manager_as_init::RULE,
    &wrong_stop_signal::RULE,
    &uncatchable_signal::RULE,
    &worker_ignores_sigterm::RULE,
    &ack_before_work::RULE, &grace_period_too_short::RULE, &no_readiness_probe::RULE];
