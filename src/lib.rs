//! twelvelint judges a service repository by the twelve factors.
pub mod facts;
pub mod frontends;
pub mod source;
pub mod syntax;
