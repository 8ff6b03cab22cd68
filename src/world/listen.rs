//! What a listening socket is bound to: host and port, each a literal, set from outside, or not known.

use crate::knowledge::Concept;
use crate::source::Span;

use super::meaning::{EnvironmentRead, Meaning, MeaningKind};
use super::view::{EventRef, Reach, View};

/// Host or port of an address.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// Always this: the text, and where it is written.
    Literal(String, Span),
    /// Set from outside: the variable where it is known, and what stands in when it is unset.
    Configured(Option<String>, Option<(String, Span)>),
    /// Not certain.
    Unknown,
}

/// A socket that a program listens on.
#[derive(Clone, Debug)]
pub struct Endpoint<'w> {
    /// The call that binds it.
    pub event: EventRef<'w>,
    /// The address.
    pub host: Part,
    /// The port.
    pub port: Part,
    /// It serves metrics, health or administration beside the main one.
    pub helper: bool,
}

impl Endpoint<'_> {
    /// True when it is for the same machine on purpose: a loopback address beside a main one that is none.
    pub fn is_inward(&self, all: &[Endpoint<'_>]) -> bool {
        let mut others = all
            .iter()
            .filter(|o| (o.event.at, o.event.event.range) != (self.event.at, self.event.event.range));
        self.has_loopback_literal()
            && others.any(|other| self.helper || !other.helper && !other.has_loopback_literal())
    }

    fn has_loopback_literal(&self) -> bool {
        matches!(&self.host, Part::Literal(host, _) if is_loopback(host))
    }
}

impl<'w> View<'w> {
    /// The sockets that a service listens on when it serves.
    pub fn endpoints(&self) -> Vec<Endpoint<'w>> {
        let mut found: Vec<Endpoint<'w>> = Vec::new();
        for event in self.events(Concept::Listen) {
            if self.reach(event) != Reach::Serving || event.event.scope.not_unix {
                continue;
            }
            let (host, port) = match (self.role(event, "address"), self.role(event, "port")) {
                (Some(address), _) => parts_of(&address),
                (None, Some(port)) => {
                    (self.role(event, "host").map_or(Part::Unknown, |h| host_of(&h)), port_of(&port))
                }
                (None, None) => (Part::Unknown, Part::Unknown),
            };
            let (host, port) = match self.may_be_handed_over(event) {
                true => (Part::Configured(None, None), Part::Configured(None, None)),
                false => (host, port),
            };
            found.push(Endpoint { event, host, port, helper: self.is_helper(event) });
        }
        found
    }

    /// True when the function of `event` takes a socket that a supervisor opened, where there is one.
    fn may_be_handed_over(&self, event: EventRef<'_>) -> bool {
        event.file.facts.calls.iter().filter(|c| c.function == event.event.function).any(|call| {
            match call.callee.last() {
                "take_tcp_listener" | "take_std_tcp_listener" => true,
                "from_env" => call.callee.as_str().to_ascii_lowercase().contains("listenfd"),
                _ => false,
            }
        })
    }

    /// True when the code of `event` is named after metrics, health or administration.
    pub fn is_helper(&self, event: EventRef<'_>) -> bool {
        const WORDS: &[&str] =
            &["metric", "prometheus", "health", "probe", "debug", "telemetry", "pprof", "admin"];
        let function = event.function().and_then(|f| self.world.code.function(f));
        let name = function.map_or(String::new(), |f| f.name.value.to_ascii_lowercase());
        let module = event.file.module.rsplit("::").next().unwrap_or("").to_ascii_lowercase();
        let switches = event.call().map(|c| c.conditions.join(" ").to_ascii_lowercase()).unwrap_or_default();
        WORDS.iter().any(|word| name.contains(word) || module.contains(word) || switches.contains(word))
    }
}

/// Host and port of an address.
pub fn parts_of(address: &Meaning) -> (Part, Part) {
    match &address.kind {
        MeaningKind::Text(text) => split(text, address.span),
        MeaningKind::List(parts) => match parts.as_slice() {
            [host, port] => (host_of(host), port_of(port)),
            [only] => parts_of(only),
            _ => (Part::Unknown, Part::Unknown),
        },
        MeaningKind::Call(name, arguments) => {
            let name = name.trim_start_matches('?');
            match (last_two(name), arguments.as_slice()) {
                ("SocketAddr::new" | "SocketAddrV4::new", [host, port])
                | ("SocketAddrV6::new", [host, port, ..]) => (host_of(host), port_of(port)),
                (
                    "SocketAddr::from" | "SocketAddr::V4" | "SocketAddr::V6" | "SocketAddr::try_from",
                    [inner],
                ) => parts_of(inner),
                ("SocketAddr::from_str", [inner]) => parts_of(inner),
                _ => (Part::Unknown, Part::Unknown),
            }
        }
        MeaningKind::Join(parts) => split_join(parts),
        MeaningKind::Either(parts) => {
            let all: Vec<_> = parts.iter().map(parts_of).collect();
            (either(all.iter().map(|(host, _)| host)), either(all.iter().map(|(_, port)| port)))
        }
        MeaningKind::Environment(read) => {
            let default = read.default.as_ref().map(parts_of);
            let (host, port) = default.unwrap_or((Part::Unknown, Part::Unknown));
            (configured(read, host), configured(read, port))
        }
        _ => (Part::Unknown, Part::Unknown),
    }
}

fn split(text: &str, span: Span) -> (Part, Part) {
    let Some((host, port)) = text.rsplit_once(':') else { return (Part::Unknown, Part::Unknown) };
    if port.is_empty() || !port.bytes().all(|b| b.is_ascii_digit()) {
        return (Part::Unknown, Part::Unknown);
    }
    (Part::Literal(host.to_owned(), span), Part::Literal(port.to_owned(), span))
}

/// Text put together: what stands in front of the last colon is the host.
fn split_join(parts: &[Meaning]) -> (Part, Part) {
    let colon = parts.iter().rposition(|p| p.text().is_some_and(|t| t.contains(':')));
    let Some((at, text)) = colon.and_then(|at| Some((at, parts.get(at)?.text()?))) else {
        return (Part::Unknown, Part::Unknown);
    };
    let Some((before, behind)) = text.rsplit_once(':') else { return (Part::Unknown, Part::Unknown) };
    let span = parts.get(at).map(|p| p.span);
    let rest = parts.get(at + 1..).unwrap_or_default();
    let port = match (behind, rest, span) {
        ("", [port], _) => port_of(port),
        (digits, [], Some(span)) if digits.bytes().all(|b| b.is_ascii_digit()) && !digits.is_empty() => {
            Part::Literal(digits.to_owned(), span)
        }
        _ => Part::Unknown,
    };
    let host = match (before, parts.get(..at).unwrap_or_default(), span) {
        ("", [host], _) => host_of(host),
        (host, [], Some(span)) if !host.is_empty() => Part::Literal(host.to_owned(), span),
        _ => Part::Unknown,
    };
    (host, port)
}

/// The host that a value means.
pub fn host_of(host: &Meaning) -> Part {
    match &host.kind {
        MeaningKind::Text(text) => Part::Literal(text.clone(), host.span),
        MeaningKind::List(parts) => {
            let bytes: Option<Vec<i64>> = parts
                .iter()
                .map(|p| match p.kind {
                    MeaningKind::Integer(n) => Some(n),
                    _ => None,
                })
                .collect();
            match bytes {
                Some(bytes) if bytes.len() == 4 || bytes.len() == 8 || bytes.len() == 16 => {
                    Part::Literal(address(&bytes), host.span)
                }
                _ => Part::Unknown,
            }
        }
        MeaningKind::Repeat(inner) => match inner.kind {
            MeaningKind::Integer(0) => Part::Literal("0.0.0.0".into(), host.span),
            _ => Part::Unknown,
        },
        MeaningKind::Constant(name) => match last_two(name.trim_start_matches('?')) {
            "Ipv4Addr::LOCALHOST" => Part::Literal("127.0.0.1".into(), host.span),
            "Ipv6Addr::LOCALHOST" => Part::Literal("::1".into(), host.span),
            "Ipv4Addr::UNSPECIFIED" => Part::Literal("0.0.0.0".into(), host.span),
            "Ipv6Addr::UNSPECIFIED" => Part::Literal("::".into(), host.span),
            _ => Part::Unknown,
        },
        MeaningKind::Call(name, arguments) => {
            match (last_two(name.trim_start_matches('?')), arguments.as_slice()) {
                (
                    "IpAddr::V4" | "IpAddr::V6" | "IpAddr::from" | "Ipv4Addr::from" | "Ipv6Addr::from",
                    [inner],
                ) => host_of(inner),
                ("Ipv4Addr::new" | "Ipv6Addr::new", parts) => {
                    let list = Meaning { span: host.span, kind: MeaningKind::List(parts.to_vec()) };
                    host_of(&list)
                }
                _ => Part::Unknown,
            }
        }
        MeaningKind::Either(parts) => {
            let all: Vec<Part> = parts.iter().map(host_of).collect();
            either(all.iter())
        }
        MeaningKind::Environment(read) => {
            configured(read, read.default.as_ref().map_or(Part::Unknown, host_of))
        }
        _ => Part::Unknown,
    }
}

/// The port that a value means.
pub fn port_of(port: &Meaning) -> Part {
    match &port.kind {
        MeaningKind::Integer(number) => Part::Literal(number.to_string(), port.span),
        MeaningKind::Text(text) if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) => {
            Part::Literal(text.clone(), port.span)
        }
        MeaningKind::Either(parts) => {
            let all: Vec<Part> = parts.iter().map(port_of).collect();
            either(all.iter())
        }
        MeaningKind::Environment(read) => {
            configured(read, read.default.as_ref().map_or(Part::Unknown, port_of))
        }
        _ => Part::Unknown,
    }
}

fn configured(read: &EnvironmentRead, default: Part) -> Part {
    let default = match default {
        Part::Literal(text, span) => Some((text, span)),
        Part::Configured(_, default) => default,
        Part::Unknown => None,
    };
    Part::Configured(read.key.clone(), default)
}

/// The first of several: certain only when all are literals, and equal.
fn either<'p>(mut parts: impl Iterator<Item = &'p Part> + Clone) -> Part {
    if let Some(Part::Configured(key, default)) = parts.clone().find(|p| matches!(p, Part::Configured(..))) {
        let literal = parts.find_map(|p| match p {
            Part::Literal(text, span) => Some((text.clone(), *span)),
            _ => None,
        });
        return Part::Configured(key.clone(), default.clone().or(literal));
    }
    match parts.next() {
        Some(first @ Part::Literal(text, _))
            if parts.all(|p| matches!(p, Part::Literal(other, _) if other == text)) =>
        {
            first.clone()
        }
        _ => Part::Unknown,
    }
}

/// The written form of an address of 4 bytes, 8 groups or 16 bytes.
fn address(parts: &[i64]) -> String {
    match parts {
        [_, _, _, _] => parts.iter().map(i64::to_string).collect::<Vec<_>>().join("."),
        _ if parts.iter().all(|p| *p == 0) => "::".into(),
        [rest @ .., 1] if rest.iter().all(|p| *p == 0) => "::1".into(),
        _ => "an address".into(),
    }
}

/// True for a host that only the same machine can reach.
pub fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost")
        || host == "::1"
        || (host.starts_with("127.") && host.matches('.').count() == 3)
}

/// The last two segments of a path.
fn last_two(name: &str) -> &str {
    name.rmatch_indices("::").nth(1).map_or(name, |(at, _)| name.get(at + 2..).unwrap_or(name))
}
