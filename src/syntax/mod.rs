//! Parsers without meaning: bytes in, spanned trees and problems out, never a failure.

pub mod command;
pub mod doc;
pub mod docker;
pub mod docker_stages;
pub mod dockerignore;
pub mod dotenv;
pub mod embedded;
pub mod helm;
pub mod ini;
pub mod problem;
pub mod procfile;
pub mod recipes;
pub mod shell;
pub mod shell_replacement;
pub mod text_map;
pub mod unit;
pub mod xml;
