//! Where the sources of an application name a service of its compose project as a host: what a locator that is
//! handed over by nobody must look like.

use std::collections::BTreeSet;

use crate::discover::role::Role;
use crate::discover::{Inventory, is_below};
use crate::source::{ByteRange, FileId, Span};

use super::compose::{ComposeProject, ServiceRole};

/// Files above this size (bytes) are not searched.
pub const SEARCH_LIMIT: u64 = 256 * 1024;

/// A host name to look for below a folder.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WantedMention {
    /// The build context, relative to the root.
    pub folder: String,
    /// The service's name.
    pub host: String,
}

/// A place that names a host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mention {
    /// What was looked for.
    pub wanted: WantedMention,
    /// The host's name in the file.
    pub span: Span,
}

/// The host names worth looking for: backing services that applications of the same project depend on.
pub fn wanted(projects: &[ComposeProject]) -> BTreeSet<WantedMention> {
    let mut wanted = BTreeSet::new();
    for environment in projects.iter().flat_map(|p| &p.environments) {
        for service in environment.services.iter().filter(|s| s.role == ServiceRole::App) {
            let Some(folder) = service.build.as_ref().and_then(|b| b.context_folder.clone()) else {
                continue;
            };
            let names =
                service.depends_on.iter().map(|d| &d.service).chain(service.links.iter().map(|l| &l.target));
            for name in names {
                let backing = environment.service(&name.value).is_some_and(|s| s.role.backing().is_some());
                if backing {
                    wanted.insert(WantedMention { folder: folder.clone(), host: name.value.clone() });
                }
            }
        }
    }
    wanted
}

/// The files in which `wanted` may be named: sources and configuration below its folder, not Compose files,
/// Dockerfiles, tests or documentation.
pub fn files(inventory: &Inventory, wanted: &WantedMention) -> Vec<FileId> {
    let mut files = Vec::new();
    for (at, file) in inventory.files.iter().enumerate() {
        let name = file.path.rsplit('/').next().unwrap_or(&file.path).to_ascii_lowercase();
        let extension = name.rsplit_once('.').map_or("", |(_, e)| e);
        let source = matches!(
            extension,
            "rs" | "go"
                | "py"
                | "js"
                | "mjs"
                | "cjs"
                | "ts"
                | "java"
                | "kt"
                | "cs"
                | "php"
                | "rb"
                | "properties"
                | "yml"
                | "yaml"
                | "json"
                | "toml"
                | "ini"
                | "conf"
                | "cfg"
                | "xml"
                | "env"
        );
        let deployment = name.contains("compose")
            || name.contains("dockerfile")
            || name.contains("lock")
            || name == "package.json";
        let readable = file.role == Role::Production && file.size <= SEARCH_LIMIT && !file.above;
        if source && !deployment && readable && is_below(&file.path, &wanted.folder) {
            files.extend(u32::try_from(at).ok().map(FileId));
        }
    }
    files
}

/// Where `text` names `host` as a host: inside quotes, behind `//`, `@`, `(` or `=`, and in front of a port, path,
/// quote or end of line. Lines that are comments do not count.
pub fn find(text: &str, host: &str) -> Option<ByteRange> {
    for (at, _) in text.match_indices(host) {
        let before = text.get(..at).and_then(|t| t.chars().next_back());
        let rest = text.get(at + host.len()..).unwrap_or("");
        let after = rest.chars().next();
        if !matches!(before, Some('/' | '@' | '(' | '"' | '\'' | '`' | '=')) {
            continue;
        }
        let line = line_before(text, at);
        let comment = ["//", "#", "*", "/*", "--", "<!--", ";"].iter().any(|sign| line.starts_with(sign));
        if comment {
            continue;
        }
        let port = rest.strip_prefix(':').is_some_and(|p| p.starts_with(|c: char| c.is_ascii_digit()));
        let opened = matches!(before, Some('/' | '@' | '('));
        let quoted = matches!(before, Some('"' | '\'' | '`'));
        let closed_quote = matches!(after, Some('"' | '\'' | '`'));
        let address =
            opened && (port || matches!(after, Some('/' | ')' | '"' | '\'' | '`' | '?' | '\n' | '\r' | ',')));
        // A bare quoted word is a host only where the line says so: many things are called `db`.
        let says_host = line.to_ascii_lowercase().contains("host")
            || line.to_ascii_lowercase().contains("addr")
            || line.contains("erver=");
        if (address && before != Some('/'))
            || (opened && before == Some('/') && text.get(..at).is_some_and(|t| t.ends_with("//")) && address)
        {
            return Some(ByteRange::new(at, at + host.len()));
        }
        if (quoted && port)
            || (quoted && closed_quote && says_host)
            || (before == Some('=') && (port || says_host) && !closed_quote)
        {
            return Some(ByteRange::new(at, at + host.len()));
        }
    }
    None
}

/// What stands before byte `at` on its line, at most 400 bytes of it: no line of a person's is longer.
fn line_before(text: &str, at: usize) -> &str {
    let from = text.floor_char_boundary(at.saturating_sub(400));
    let before = text.get(from..at).unwrap_or("");
    before.rsplit('\n').next().unwrap_or("").trim_start()
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn hosts_are_told_from_words() {
        let hits = [
            "sql.Open(\"postgres\", \"postgres://u:p@db:5432/x\")",
            "mongodb://mongo:27017/x",
            "host: \"db\",",
            "let url = \"redis://db/\";",
            "client = Client(\"db:27017\")",
            "spring.data.host=db",
            "jdbc:mysql://db/example",
            "tcp(db:3306)/x",
        ];
        for (text, host) in hits.iter().map(|t| (*t, if t.contains("mongo:") { "mongo" } else { "db" })) {
            assert!(find(text, host).is_some(), "{text}");
        }
        let misses = [
            "let db = open();",
            "import db from './db'",
            "app.use('/db', x)",
            "// host db:5432",
            "name: \"db\"",
            "path/db/x",
            "adb:5432",
        ];
        for text in misses {
            assert_eq!(find(text, "db"), None, "{text}");
        }
    }
}
