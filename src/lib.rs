//! twelvelint judges a service repository by the twelve factors.
//!
//! The flow: discover → read → parse and extract facts per file → resolve facts to events by tables → link into
//! services → rules → policy → report. See `ARCHITECTURE.md`.

#![cfg_attr(
    test,
    allow(
        clippy::string_slice,
        clippy::panic,
        clippy::disallowed_methods,
        clippy::iter_over_hash_type,
        clippy::disallowed_types,
        clippy::single_range_in_vec_init
    )
)]

pub mod audit;
pub mod cli;
pub mod config;
pub mod discover;
pub mod engine;
pub mod explain;
pub mod factor_page;
pub mod facts;
pub mod frontends;
pub mod knowledge;
pub mod page;
pub mod parallel;
pub mod policy;
pub mod reading;
pub mod report;
#[path = "../rules/mod.rs"]
pub mod rules;
pub mod run;
pub mod secrets;
pub mod source;
pub mod syntax;
pub mod vfs;
pub mod world;
