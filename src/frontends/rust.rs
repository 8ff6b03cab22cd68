//! Rust source through syn.
