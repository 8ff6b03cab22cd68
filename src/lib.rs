//! twelvelint judges a service repository by the twelve factors.
pub mod source;
pub mod syntax;
