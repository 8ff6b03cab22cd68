//! Where documents name environment variables.

use aho_corasick::{AhoCorasick, MatchKind};

use crate::discover::Inventory;
use crate::discover::role::Role;
use crate::source::{ByteRange, FileId};

/// Documents above this size (bytes) are not searched.
pub const DOCUMENT_LIMIT: u64 = 1024 * 1024;
/// Other files above this size (bytes) are not searched.
const SEARCH_LIMIT: u64 = 256 * 1024;

/// The files that tell people about the program: Markdown and its kin, without change logs and licences.
pub fn documents(inventory: &Inventory) -> Vec<FileId> {
    let mut found = Vec::new();
    for (at, file) in inventory.files.iter().enumerate() {
        let name = file.path.rsplit('/').next().unwrap_or(&file.path).to_ascii_lowercase();
        let (stem, extension) = name.rsplit_once('.').unwrap_or((&name, ""));
        let document = matches!(extension, "md" | "mdx" | "rst" | "adoc" | "asciidoc")
            || (matches!(extension, "" | "txt") && stem.starts_with("readme"));
        let history = ["change", "history", "licen", "release"].iter().any(|w| stem.starts_with(w));
        let own = !file.above && !matches!(file.role, Role::Vendored) && file.size <= DOCUMENT_LIMIT;
        if document && !history && own {
            found.extend(u32::try_from(at).ok().map(FileId));
        }
    }
    found
}

/// Endings of files that hold no text, or text that no person wrote.
const NO_TEXT: &[&str] = &[
    "lock", "png", "jpg", "jpeg", "gif", "ico", "webp", "svg", "woff", "woff2", "ttf", "otf", "eot", "zip",
    "gz", "tgz", "xz", "jar", "class", "wasm", "so", "a", "o", "exe", "dll", "pdf", "mp4", "mp3", "snap",
    "parquet", "map", "css", "sql",
];

/// All files that may name a variable: sources, manifests, scripts and documents.
pub fn texts(inventory: &Inventory) -> Vec<FileId> {
    let mut found = Vec::new();
    for (at, file) in inventory.files.iter().enumerate() {
        let name = file.path.rsplit('/').next().unwrap_or(&file.path).to_ascii_lowercase();
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        let own = !file.above && !matches!(file.role, Role::Vendored) && file.size <= SEARCH_LIMIT;
        if own && !NO_TEXT.contains(&extension) {
            found.extend(u32::try_from(at).ok().map(FileId));
        }
    }
    found
}

/// Finds names as whole words.
pub struct NameSearch {
    names: Vec<String>,
    automaton: AhoCorasick,
}

impl NameSearch {
    /// A search for `names`; none when there is nothing to look for.
    pub fn new(names: Vec<String>) -> Option<Self> {
        if names.is_empty() {
            return None;
        }
        let automaton = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&names).ok()?;
        Some(Self { names, automaton })
    }

    /// The first place of each name in `text`.
    pub fn find(&self, text: &str) -> Vec<(String, ByteRange)> {
        let part = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
        let bytes = text.as_bytes();
        let mut found: Vec<(String, ByteRange)> = Vec::new();
        let mut seen = vec![false; self.names.len()];
        for hit in self.automaton.find_iter(text) {
            let at = hit.pattern().as_usize();
            let before = hit.start().checked_sub(1).and_then(|at| bytes.get(at));
            if part(before) || part(bytes.get(hit.end())) {
                continue;
            }
            let (Some(name), Some(seen)) = (self.names.get(at), seen.get_mut(at)) else { continue };
            if !std::mem::replace(seen, true) {
                found.push((name.clone(), ByteRange::new(hit.start(), hit.end())));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::NameSearch;

    #[test]
    fn names_are_whole_words() {
        let search = NameSearch::new(vec!["PORT".into(), "DB_URL".into()]).expect("names");
        let found = search.find("set `DB_URL` and APP_PORT, PORTS; PORT=80, PORT again");
        let names: Vec<(&str, u32)> = found.iter().map(|(n, r)| (n.as_str(), r.start)).collect();
        assert_eq!(names, [("DB_URL", 5), ("PORT", 34)]);
    }
}
