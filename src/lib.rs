//! twelvelint judges a service repository by the twelve factors.
pub mod discover;
pub mod facts;
pub mod frontends;
pub mod knowledge;
pub mod secrets;
pub mod source;
pub mod syntax;
pub mod vfs;
