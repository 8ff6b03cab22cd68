//! Factor VIII, Concurrency.

use super::Rule;

pub mod evidence;
mod bundled_process_types;
mod cron_in_web_container;
mod daemonize;
mod in_process_scheduler;
mod pid_file;
mod scale_blocker;
mod undeclared_process_type;

/// The factor's rules, in the order they are shown.
pub const RULES: &[&Rule] = &[&bundled_process_types::RULE, &scale_blocker::RULE, &daemonize::RULE, &pid_file::RULE, &cron_in_web_container::RULE, &in_process_scheduler::RULE,
    &undeclared_process_type::RULE,
];
