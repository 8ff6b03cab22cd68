//! Addresses of services inside literals, in the three shapes they are written in: a URL, `key=value` words, and
//! `user:password@tcp(host:port)/name`.

use std::ops::Range;

/// An address found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locator {
    /// The scheme of a URL; empty in the other shapes.
    pub scheme: String,
    /// The user name.
    pub user: Option<String>,
    /// The password.
    pub password: Option<String>,
    /// The host, without port.
    pub host: String,
    /// Bytes of the host in the text.
    pub host_at: Range<usize>,
}

/// What a host name says about where the host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostKind {
    /// This machine.
    Loopback,
    /// A name that is reserved for documents and tests (`example.com`, `.test`).
    Documentation,
    /// Anywhere else.
    Remote,
}

/// The address in `text`, if it holds one. `bare` admits a host or `host:port` alone.
pub fn locator(text: &str, bare: bool) -> Option<Locator> {
    url(text).or_else(|| driver_form(text)).or_else(|| key_value(text)).or_else(|| {
        let host = bare.then(|| host_prefix(text)).flatten()?;
        Some(Locator {
            scheme: String::new(),
            user: None,
            password: None,
            host_at: 0..host.len(),
            host: host.to_owned(),
        })
    })
}

/// Where `host` is.
pub fn host_kind(host: &str) -> HostKind {
    let lower = host.trim_matches(['[', ']']).to_ascii_lowercase();
    if lower == "localhost"
        || lower == "::1"
        || lower.starts_with("127.")
        || lower == "0.0.0.0"
        || lower.ends_with(".localhost")
    {
        return HostKind::Loopback;
    }
    let reserved = ["example.com", "example.org", "example.net", "example", "test", "invalid"];
    if reserved.iter().any(|r| lower == *r || lower.strip_suffix(r).is_some_and(|rest| rest.ends_with('.'))) {
        return HostKind::Documentation;
    }
    HostKind::Remote
}

fn url(text: &str) -> Option<Locator> {
    let at = text.find("://")?;
    let scheme = text.get(..at)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.' | ':');
    if scheme.is_empty() || !scheme.chars().all(plain) || text.contains(char::is_whitespace) {
        return None;
    }
    let from = at + 3;
    let rest = text.get(from..)?;
    let authority = rest.get(..rest.find(['/', '?', '#']).unwrap_or(rest.len()))?;
    let (info, host_from) = match authority.rfind('@') {
        Some(sign) => (authority.get(..sign), from + sign + 1),
        None => (None, from),
    };
    let host = host_prefix(text.get(host_from..from + authority.len())?)?;
    let (user, password) = match info.map(|i| i.split_once(':').unwrap_or((i, ""))) {
        Some((user, password)) => {
            (Some(user.to_owned()), (!password.is_empty()).then(|| password.to_owned()))
        }
        None => (None, None),
    };
    Some(Locator {
        scheme: scheme.to_ascii_lowercase(),
        user: user.filter(|u| !u.is_empty()),
        password,
        host_at: host_from..host_from + host.len(),
        host: host.to_owned(),
    })
}

/// `user:password@tcp(host:port)/name`.
fn driver_form(text: &str) -> Option<Locator> {
    let at = text.find("@tcp(")?;
    let from = at + "@tcp(".len();
    let host = host_prefix(text.get(from..)?.split(')').next()?)?;
    let (user, password) = text.get(..at)?.split_once(':').unwrap_or((text.get(..at)?, ""));
    Some(Locator {
        scheme: String::new(),
        user: (!user.is_empty()).then(|| user.to_owned()),
        password: (!password.is_empty()).then(|| password.to_owned()),
        host_at: from..from + host.len(),
        host: host.to_owned(),
    })
}

/// `host=db user=app password=secret`.
fn key_value(text: &str) -> Option<Locator> {
    let mut found: Option<(usize, &str)> = None;
    let (mut user, mut password) = (None, None);
    let mut from = 0;
    for word in text.split_inclusive([' ', ';']) {
        let start = from;
        from += word.len();
        let Some((key, value)) = word.trim_end_matches([' ', ';']).split_once('=') else { continue };
        let value_at = start + key.len() + 1;
        match key.trim().to_ascii_lowercase().as_str() {
            "host" | "server" | "hostaddr" => found = host_prefix(value).map(|host| (value_at, host)),
            "user" | "username" => user = Some(value.to_owned()),
            "password" | "pwd" => password = Some(value.to_owned()),
            _ => {}
        }
    }
    let (at, host) = found?;
    Some(Locator {
        scheme: String::new(),
        user,
        password: password.filter(|p| !p.is_empty()),
        host_at: at..at + host.len(),
        host: host.to_owned(),
    })
}

/// The host at the start of `text`; none when something else stands there.
fn host_prefix(text: &str) -> Option<&str> {
    if let Some(rest) = text.strip_prefix('[') {
        let end = rest.find(']')?;
        return text.get(..end + 2);
    }
    let end = text.find([':', '/', ',', '?']).unwrap_or(text.len());
    let host = text.get(..end)?;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
    (!host.is_empty() && host.chars().all(fits) && host.chars().any(|c| c.is_ascii_alphanumeric()))
        .then_some(host)
}

#[cfg(test)]
mod tests {
    use super::{HostKind, host_kind, locator};

    #[test]
    fn three_shapes() {
        for (text, host, password) in [
            ("postgres://app:pw@db.internal:5432/app", "db.internal", Some("pw")),
            ("redis://cache", "cache", None),
            ("host=db port=5432 user=app password=pw", "db", Some("pw")),
            ("Server=sql;User=app;Password=pw", "sql", Some("pw")),
            ("app:pw@tcp(db:3306)/app", "db", Some("pw")),
            ("http://[::1]:80/x", "[::1]", None),
            ("db:5432", "db", None),
            ("mail.example.org", "mail.example.org", None),
        ] {
            let found = locator(text, true).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((found.host.as_str(), found.password.as_deref()), (host, password), "{text}");
            assert_eq!(text.get(found.host_at.clone()), Some(host));
        }
        for text in ["sqlite::memory:", "{host}:80", "", "a b c", "postgres:///app?host=/run/pg"] {
            assert_eq!(locator(text, false), None, "{text}");
        }
    }

    #[test]
    fn hosts() {
        assert_eq!(host_kind("localhost"), HostKind::Loopback);
        assert_eq!(host_kind("127.0.0.1"), HostKind::Loopback);
        assert_eq!(host_kind("db.example.com"), HostKind::Documentation);
        assert_eq!(host_kind("latest"), HostKind::Remote);
        assert_eq!(host_kind("db"), HostKind::Remote);
    }
}
