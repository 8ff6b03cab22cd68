//! Secrets: which names hold them, what a value looks like, and how it is masked wherever it becomes text.

pub mod class;
pub mod mask;
pub mod name;

pub use class::{ValueClass, classify, credentialed_url};
pub use mask::{mask_line, mask_value};
pub use name::is_secret_name;
