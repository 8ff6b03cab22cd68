//! Settings files and files of private keys.

use crate::discover::kind::FileKind;
use crate::facts::FileFacts;
use crate::facts::artefact::Artefact;
use crate::source::{ByteRange, Spanned};
use crate::syntax::doc::parse_json;

use super::{cargo, compose, process_config};

/// Reads a settings file of `kind`. A file that is a template of a tool is no gap: nothing is concluded from what it
/// does not say.
pub fn extract(kind: FileKind, text: &str) -> FileFacts {
    let facts = match kind {
        FileKind::SettingsToml => cargo::document(text),
        FileKind::SettingsYaml => compose::extract(text),
        FileKind::SettingsJson => {
            FileFacts { artefact: Artefact::Document(Box::new(parse_json(text))), ..FileFacts::default() }
        }
        _ => process_config::ini(text),
    };
    FileFacts { problems: Vec::new(), ..facts }
}

/// Reads a file that may hold a private key: keeps the line in front of one that no password protects.
pub fn key(text: &str) -> FileFacts {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        let opens = trimmed.starts_with("-----BEGIN") && trimmed.ends_with("PRIVATE KEY-----");
        let rest = text.get(at + line.len()..).unwrap_or("");
        if opens && !trimmed.contains("ENCRYPTED") && !rest.trim_start().starts_with("Proc-Type:") {
            let start = at + line.len() - line.trim_start().len();
            let range = ByteRange::new(start, start + trimmed.len());
            let line = Spanned::new(trimmed.to_owned(), range);
            return FileFacts { artefact: Artefact::Line(Box::new(line)), ..FileFacts::default() };
        }
        at += line.len();
    }
    FileFacts::default()
}
