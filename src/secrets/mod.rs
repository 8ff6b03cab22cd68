//! Secrets: which names hold them, what a value looks like, and how it is masked wherever it becomes text.

pub mod base64;
pub mod class;
pub mod mask;
pub mod name;

pub use base64::decode_base64;
pub use class::{ValueClass, classify, credentialed_url};
pub use mask::{mask_line, mask_value};
pub use name::is_secret_name;
