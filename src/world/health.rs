//! Health checks: which port of the container they ask.

use crate::facts::artefact::Artefact;
use crate::source::{ByteRange, FileId, Span};
use crate::syntax::docker::{Body, CommandForm};
use crate::syntax::docker_stages::{chain, stages};

use super::World;
use super::compose::{CommandValue, Healthcheck};
use super::image::{BuiltImage, Image};

/// A port that a health check names in digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProbePort {
    /// The port.
    pub port: u16,
    /// Its digits.
    pub span: Span,
}

impl World {
    /// The port that the health check of an image asks on the container itself, when it is written in digits.
    pub fn image_probe(&self, image: &Image, built: &BuiltImage) -> Option<ProbePort> {
        let Artefact::Dockerfile(file) = self.artefact(image.dockerfile) else { return None };
        let all = stages(file);
        let own = chain(&all, built.target);
        let instructions = own
            .iter()
            .filter_map(|at| file.instructions.get(all.get(*at)?.instructions.clone()))
            .flat_map(|stage| stage.iter().rev());
        let mut checks = instructions.filter_map(|instruction| match &instruction.body {
            Body::Healthcheck(check) => Some(check.as_ref()),
            _ => None,
        });
        match checks.next()?? {
            CommandForm::Shell { text, map, .. } => {
                let (port, range) = probe_port(text)?;
                let span = Span::new(image.dockerfile, map.source_range(range));
                Some(ProbePort { port, span })
            }
            CommandForm::Exec { words, maps } => {
                let texts: Vec<&str> = words.iter().map(|w| w.value.as_str()).collect();
                let (at, port, range) = probe_port_of_words(&texts)?;
                let map = maps.get(at)?;
                Some(ProbePort { port, span: Span::new(image.dockerfile, map.source_range(range)) })
            }
        }
    }
}

/// The port that the health check of a compose service asks on the container itself, when it is written in digits.
pub fn compose_probe(check: &Healthcheck) -> Option<ProbePort> {
    let within = |file: FileId, whole: Option<ByteRange>, raw: &str, digits: ByteRange| {
        let whole = whole?;
        // Quotes around the text, when there are any, stand in front of it.
        let quotes = whole.len().checked_sub(raw.len()).filter(|n| *n == 0 || *n == 2)? / 2;
        let start = whole.start as usize + quotes + digits.start as usize;
        Some(Span::new(file, ByteRange::new(start, start + digits.len())))
    };
    match check.test.as_ref()? {
        CommandValue::Text(text) => {
            let (port, range) = probe_port(&text.value.raw)?;
            let span = within(text.span.file, text.span.range, &text.value.raw, range).unwrap_or(text.span);
            Some(ProbePort { port, span })
        }
        CommandValue::List(items) => {
            let texts: Vec<&str> = items.iter().map(|i| i.value.raw.as_str()).collect();
            let (at, port, range) = probe_port_of_words(&texts)?;
            let item = items.get(at)?;
            let span = within(item.span.file, item.span.range, &item.value.raw, range).unwrap_or(item.span);
            Some(ProbePort { port, span })
        }
    }
}

/// Names of the container itself.
const OWN_HOSTS: &[&str] = &["localhost", "127.0.0.1", "0.0.0.0", "[::1]", "::1"];

fn probe_port_of_words(words: &[&str]) -> Option<(usize, u16, ByteRange)> {
    for (at, word) in words.iter().enumerate() {
        if let Some((port, range)) = probe_port(word) {
            return Some((at, port, range));
        }
        // `nc -z localhost 8080`
        if OWN_HOSTS.contains(word)
            && let Some(next) = words.get(at + 1)
            && let Ok(port) = next.parse()
        {
            return Some((at + 1, port, ByteRange::new(0, next.len())));
        }
    }
    None
}

/// The first port behind a name of the container itself in a command line; none when a variable stands in any such
/// place.
fn probe_port(text: &str) -> Option<(u16, ByteRange)> {
    let mut found = None;
    for host in OWN_HOSTS {
        for (at, _) in text.match_indices(host) {
            let behind = at + host.len();
            let Some(rest) = text.get(behind..) else { continue };
            let Some(start) = rest.strip_prefix([':', ' ']).map(|_| behind + 1) else { continue };
            let digits = text.get(start..).unwrap_or_default();
            if digits.starts_with('$') {
                return None;
            }
            let length = digits.bytes().take_while(u8::is_ascii_digit).count();
            let ends = digits
                .get(length..)
                .is_some_and(|end| !end.starts_with(|c: char| c.is_alphanumeric() || c == '.'));
            let port = digits.get(..length).and_then(|d| d.parse().ok());
            if let (true, Some(port), None) = (ends, port, found) {
                found = Some((port, ByteRange::new(start, start + length)));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{probe_port, probe_port_of_words};

    #[test]
    fn ports_of_health_checks() {
        let cases = [
            ("curl -f http://localhost:8080/health || exit 1", Some(8080)),
            ("wget --spider -q http://127.0.0.1:3000", Some(3000)),
            ("nc -z localhost 9092", Some(9092)),
            ("curl http://localhost:${PORT:-8080}/health", None),
            ("curl http://localhost/health", None),
            ("curl http://config-server:8888", None),
            ("curl http://localhost:80abc", None),
            ("app healthcheck", None),
        ];
        for (text, port) in cases {
            assert_eq!(probe_port(text).map(|(port, _)| port), port, "{text}");
        }
        assert_eq!(probe_port_of_words(&["nc", "-z", "localhost", "80"]).map(|f| (f.0, f.1)), Some((3, 80)));
    }
}
