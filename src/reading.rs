//! Reads single files: bytes → facts and events. What the prefilter passes over costs no parse; what cannot be read,
//! or breaks a front-end, is a gap in coverage and never an end.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use aho_corasick::AhoCorasick;

use crate::discover::kind::FileKind;
use crate::discover::role::says_generated;
use crate::discover::{DEFAULT_SIZE_LIMIT, FoundFile, Inventory};
use crate::facts::FileFacts;
use crate::facts::allow::MARKER;
use crate::facts::artefact::Artefact;
use crate::facts::code::{CodeFacts, Language};
use crate::frontends;
use crate::knowledge::{Event, Tables, resolve};
use crate::source::{ByteRange, FileId, decode};
use crate::vfs::Vfs;
use crate::world::coverage::Gap;

/// Source text → facts, by the kind of file.
pub type Extract = fn(FileKind, &str) -> FileFacts;

/// One file after reading.
#[derive(Debug)]
pub struct Extracted {
    /// The file.
    pub file: FileId,
    /// What it says; none when it was passed over or could not be read.
    pub facts: Option<FileFacts>,
    /// What its calls do.
    events: Vec<Event>,
    /// A program wrote it.
    pub generated: bool,
    gap: Option<Gap>,
    invalid_at: Option<ByteRange>,
}

impl Extracted {
    /// True for a file in which no trigger word stands.
    pub fn is_passed_over(&self) -> bool {
        self.facts.is_none() && self.gap.is_none() && !self.generated
    }
}

/// What reading a file depends on beside the file.
#[derive(Clone, Copy)]
pub struct Reader<'a> {
    vfs: &'a dyn Vfs,
    tables: &'a Tables,
    triggers: &'a BTreeMap<Language, AhoCorasick>,
    extract: Extract,
}

impl<'a> Reader<'a> {
    /// A reader of the files of `vfs`. Of source code it parses what holds one of the `triggers` of its language.
    pub fn new(vfs: &'a dyn Vfs, tables: &'a Tables, triggers: &'a BTreeMap<Language, AhoCorasick>) -> Self {
        Reader { vfs, tables, triggers, extract: frontends::extract }
    }

    /// The tables.
    pub fn tables(self) -> &'a Tables {
        self.tables
    }

    /// Reads a file; source code only when it holds a word of `words`, or else one of the triggers.
    pub fn read(self, inventory: &Inventory, file: FileId, words: Option<&AhoCorasick>) -> Extracted {
        let mut extracted = Extracted {
            file,
            facts: None,
            events: Vec::new(),
            generated: false,
            gap: None,
            invalid_at: None,
        };
        let Some((found, kind)) = inventory.files.get(file.0 as usize).and_then(|f| Some((f, f.kind?)))
        else {
            return extracted;
        };
        let gap = |reason: String, internal: bool| {
            let path = found.path.clone();
            Some(Gap { path, file: Some(file), kind: Some(kind), range: None, reason, internal })
        };
        let bytes = match self.bytes(found, kind) {
            Ok(bytes) => bytes,
            Err(reason) => {
                extracted.gap = gap(reason, false);
                return extracted;
            }
        };
        if let Some(automaton) = words.or_else(|| language_of(kind).and_then(|l| self.triggers.get(&l)))
            && !holds_word(automaton, frontends::production_part(kind, &bytes))
        {
            return extracted;
        }
        // Most YAML files are no manifests.
        if kind == FileKind::Kubernetes && memchr::memmem::find(&bytes, b"apiVersion").is_none() {
            return extracted;
        }
        let (text, invalid_at) = decode(bytes);
        extracted.invalid_at = invalid_at;
        if kind.is_source() && says_generated(&text) {
            extracted.generated = true;
            return extracted;
        }
        let read = catch_unwind(AssertUnwindSafe(|| {
            let facts = (self.extract)(kind, &text);
            let events = match &facts.artefact {
                Artefact::Code(code) => resolve(code, self.tables),
                _ => Vec::new(),
            };
            (facts, events)
        }));
        match read {
            Ok((facts, events)) => (extracted.facts, extracted.events) = (Some(facts), events),
            Err(_) => extracted.gap = gap("internal error while reading it".into(), true),
        }
        extracted
    }

    /// The bytes of a text file of bearable size; else why there are none.
    fn bytes(self, found: &FoundFile, kind: FileKind) -> Result<Vec<u8>, String> {
        let limit = if kind == FileKind::CargoLock { 16 * DEFAULT_SIZE_LIMIT } else { DEFAULT_SIZE_LIMIT };
        let too_large = || format!("larger than {} KiB", limit / 1024);
        if found.size > limit {
            return Err(too_large());
        }
        let bytes = self.vfs.read(&found.path, limit);
        let bytes = bytes.map_err(|error| format!("cannot be read: {}", error.kind()))?;
        if bytes.len() as u64 > limit {
            return Err(too_large());
        }
        if memchr::memchr(0, bytes.get(..8192.min(bytes.len())).unwrap_or_default()).is_some() {
            return Err("not text".into());
        }
        Ok(bytes)
    }
}

/// All that was read so far.
#[derive(Debug, Default)]
pub struct Reading {
    /// Facts by file; source code is moved to [`Reading::code`].
    pub facts: BTreeMap<FileId, FileFacts>,
    /// Facts and events of source files.
    pub code: Vec<(FileId, CodeFacts, Vec<Event>)>,
    /// What could not be read.
    pub gaps: Vec<Gap>,
}

impl Reading {
    /// Adds a file.
    pub fn take_in(&mut self, inventory: &Inventory, extracted: Extracted) {
        self.gaps.extend(extracted.gap);
        let Some(mut facts) = extracted.facts else { return };
        let found = inventory.files.get(extracted.file.0 as usize);
        let gap = |range: ByteRange, reason: String| Gap {
            path: found.map_or_else(String::new, |f| f.path.clone()),
            file: Some(extracted.file),
            kind: found.and_then(|f| f.kind),
            range: Some(range),
            reason,
            internal: false,
        };
        self.gaps.extend(extracted.invalid_at.map(|at| gap(at, "not valid UTF-8".into())));
        self.gaps.extend(facts.problems.iter().map(|p| gap(p.range, p.message.clone())));
        match std::mem::take(&mut facts.artefact) {
            Artefact::Code(code) => self.code.push((extracted.file, *code, extracted.events)),
            other => facts.artefact = other,
        }
        self.facts.insert(extracted.file, facts);
    }
}

/// The language of a kind of source file.
pub fn language_of(kind: FileKind) -> Option<Language> {
    match kind {
        FileKind::Rust => Some(Language::Rust),
        FileKind::Python => Some(Language::Python),
        _ => None,
    }
}

/// What finds the words of which a source file of `language` must hold one to be worth parsing.
pub fn triggers(tables: &Tables, language: Language) -> Option<AhoCorasick> {
    let mut words = tables.trigger_words(language);
    words.insert(MARKER.to_owned());
    words.insert("://".to_owned());
    words.extend(SECRET_STARTS.iter().map(|start| (*start).to_owned()));
    words.insert(match language {
        Language::Rust => "fn main".to_owned(),
        Language::Python => "__main__".to_owned(),
    });
    AhoCorasick::new(&words).ok()
}

/// True when the line of byte `at` begins with a comment sign: licence texts hold addresses, and say nothing.
fn in_line_comment(bytes: &[u8], at: usize) -> bool {
    let before = bytes.get(..at).unwrap_or_default();
    let start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
    let line = before.get(start..).unwrap_or_default().trim_ascii_start();
    let attribute = line.starts_with(b"#[") || line.starts_with(b"#!");
    line.starts_with(b"//") || line.starts_with(b"*") || (line.starts_with(b"#") && !attribute)
}

/// How literals begin that are secrets whatever they are bound to.
const SECRET_STARTS: &[&str] = &[
    "-----BEGIN",
    "ghp_",
    "gho_",
    "ghs_",
    "github_pat_",
    "glpat-",
    "xoxb-",
    "xoxp-",
    "sk_live_",
    "rk_live_",
    "npm_",
];

/// True when one of the words stands in the code of `bytes` by itself: `ring::` is no part of `String::`.
fn holds_word(automaton: &AhoCorasick, bytes: &[u8]) -> bool {
    let part = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    automaton.find_overlapping_iter(bytes).any(|found| {
        let first = bytes.get(found.start());
        let last = found.end().checked_sub(1).and_then(|at| bytes.get(at));
        let before = found.start().checked_sub(1).and_then(|at| bytes.get(at));
        let joined_in_front = part(first) && part(before);
        // A word that ends with a line under it is the beginning of a longer one.
        let joined_behind = part(last) && last != Some(&b'_') && part(bytes.get(found.end()));
        let marker = bytes.get(found.range()) == Some(MARKER.as_bytes());
        !joined_in_front && !joined_behind && (marker || !in_line_comment(bytes, found.start()))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use globset::GlobSet;

    use super::{Reader, Reading};
    use crate::discover::Inventory;
    use crate::knowledge::Tables;
    use crate::source::FileId;
    use crate::vfs::MemFs;

    #[test]
    fn a_front_end_that_panics_costs_one_file() {
        let mut tree = MemFs::new();
        tree.add("Dockerfile", "FROM a\n");
        let inventory = Inventory::take(&tree, &[String::new()], &GlobSet::empty(), None);
        let (tables, triggers) = (Tables::default(), BTreeMap::new());
        let reader = Reader { extract: |_, _| panic!("broken"), ..Reader::new(&tree, &tables, &triggers) };
        let mut reading = Reading::default();
        reading.take_in(&inventory, reader.read(&inventory, FileId(0), None));
        assert!(reading.facts.is_empty());
        assert!(reading.gaps.iter().all(|gap| gap.internal && gap.path == "Dockerfile"));
        assert_eq!(reading.gaps.len(), 1);
    }
}
