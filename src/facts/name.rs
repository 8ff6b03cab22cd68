//! Qualified names: a dotted path in which `()` marks "the value returned by".

use std::fmt;

use serde::{Deserialize, Serialize};

/// A normalised qualified name such as `std::env::var`, `os.environ.get` or `axum::serve().with_graceful_shutdown`.
///
/// Segments are joined by the separator of the language (`::` in Rust, `.` elsewhere). A method of a value that
/// a call returned is written behind `().`: the name of `HttpServer::new(f).bind(a)` is
/// `actix_web::HttpServer::new().bind`. A name whose start could not be resolved begins with `?`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct QName(pub String);

impl QName {
    /// A name from its written form.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The written form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True when nothing is known of where the name comes from.
    pub fn is_unresolved(&self) -> bool {
        self.0.is_empty() || self.0.starts_with('?')
    }

    /// The last segment, without path and receiver.
    pub fn last(&self) -> &str {
        last_segment(&self.0)
    }

    /// The first segment: the crate, package or top-level module.
    pub fn first(&self) -> &str {
        let head = self.0.split("::").next().unwrap_or("");
        head.split('.').next().unwrap_or(head).trim_end_matches("()")
    }

    /// The name of the method `method` of the value that calling this name returns.
    pub fn returned(&self, method: &str) -> Self {
        Self(format!("{}().{method}", self.0))
    }
}

/// The last segment of a written name; separators are `.` and `::`.
pub fn last_segment(name: &str) -> &str {
    let bytes = name.as_bytes();
    let ends = |at: usize| {
        bytes.get(at) == Some(&b'.')
            || bytes.get(at) == Some(&b':') && at > 0 && bytes.get(at - 1) == Some(&b':')
    };
    let start = (0..bytes.len()).rev().find(|at| ends(*at)).map_or(0, |at| at + 1);
    name.get(start..).unwrap_or(name)
}

impl fmt::Display for QName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
