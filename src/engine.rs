//! Runs the stages: discovers, reads and extracts in parallel, links, and asks the rules. A front-end or rule that
//! panics costs one file or one judgement, never the run.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use aho_corasick::AhoCorasick;
use globset::GlobSet;

use crate::config::Config;
use crate::discover::kind::FileKind;
use crate::discover::role::{Role, says_generated};
use crate::discover::{self, DEFAULT_SIZE_LIMIT, Inventory, git_index};
use crate::facts::FileFacts;
use crate::facts::allow::AllowComment;
use crate::facts::artefact::Artefact;
use crate::facts::code::Language;
use crate::frontends;
use crate::knowledge::{TableError, Tables};
use crate::parallel;
use crate::rules::{Finding, Rule, Sink};
use crate::source::{ByteRange, FileId, Span, decode};
use crate::vfs::Vfs;
use crate::world::compose::referenced_files;
use crate::world::coverage::Gap;
use crate::world::link::{self, DeclaredService};
use crate::world::mentions::{self, Mention, WantedMention};
use crate::world::packages::join;
use crate::world::{Subject, View, World};

/// Rounds of parsing what linking asked for.
const ROUNDS: usize = 8;

/// What a run is about.
pub struct Request<'a> {
    /// The tree.
    pub vfs: &'a dyn Vfs,
    /// Checked paths, relative to the root; an empty one is the whole tree.
    pub starts: Vec<String>,
    /// The config in force.
    pub config: &'a Config,
    /// Folder of the config file, relative to the root.
    pub config_folder: &'a str,
    /// Paths that are not read.
    pub exclude: GlobSet,
    /// Paths that version control knows; `None` reads the git index.
    pub tracked: Option<Vec<String>>,
    /// Threads; 0 for one a processor.
    pub jobs: usize,
}

/// What a run saw.
pub struct Analysis {
    /// The linked facts.
    pub world: World,
    /// Suppression comments by file.
    pub allows: BTreeMap<FileId, Vec<AllowComment>>,
    /// The loaded tables.
    pub tables: Tables,
}

/// One file after extraction.
struct Extracted {
    file: FileId,
    facts: Option<FileFacts>,
    generated: bool,
    gap: Option<Gap>,
    invalid_at: Option<ByteRange>,
}

/// Reads and links a tree.
///
/// # Errors
/// When a knowledge table is broken.
pub fn analyse(request: &Request<'_>) -> Result<Analysis, TableError> {
    let tracked = match &request.tracked {
        Some(paths) => Some(paths.iter().cloned().collect()),
        None => request.vfs.git_index().and_then(|bytes| git_index::tracked_paths(&bytes)),
    };
    let mut inventory = Inventory::take(request.vfs, &request.starts, &request.exclude, tracked);
    discover::kubernetes::assign(&mut inventory);
    let languages = inventory.files.iter().filter_map(|f| language_of(f.kind?)).collect();
    let mut tables = Tables::built_in(&languages)?;
    add_user_tables(request, &mut tables)?;
    let jobs = match request.jobs {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        jobs => jobs,
    };
    let triggers: BTreeMap<Language, AhoCorasick> =
        languages.iter().filter_map(|l| Some((*l, automaton(&tables, *l)?))).collect();
    let wanted: Vec<FileId> = file_ids(&inventory).filter(|id| is_read(&inventory, *id)).collect();
    let mut first =
        parallel::map(&wanted, jobs, |file| read_file(request.vfs, &inventory, *file, &triggers, None));
    drop_other_yaml(&mut inventory, &mut first);
    read_compose_parts(request.vfs, &mut inventory, &mut first);
    let read = |file: FileId, force: Option<&AhoCorasick>| {
        read_file(request.vfs, &inventory, file, &triggers, force)
    };
    let mut facts: BTreeMap<FileId, FileFacts> = BTreeMap::new();
    let mut gaps: Vec<Gap> = inventory
        .skips
        .iter()
        .map(|skip| Gap {
            path: skip.path.clone(),
            file: None,
            kind: skip.kind,
            range: None,
            reason: skip.reason.clone(),
        })
        .collect();
    let mut unparsed = Vec::new();
    let mut generated = Vec::new();
    for extracted in first {
        if extracted.generated {
            generated.push(extracted.file);
        } else if extracted.facts.is_none() && extracted.gap.is_none() {
            unparsed.push(extracted.file);
        }
        take_in(&inventory, extracted, &mut facts, &mut gaps);
    }
    // A file that no trigger word led to may still hold a link of a call chain: linking says which names it misses.
    let mut files = Vec::new();
    link::take_code(&inventory, &mut facts, &tables, &mut files);
    let mut asked = std::collections::BTreeSet::new();
    let mut rounds = 0..ROUNDS;
    let code = loop {
        let code = link::link_code(&inventory, &facts, files, &tables, jobs);
        if unparsed.is_empty() || rounds.next().is_none() {
            break code;
        }
        let words = link::missing_callers(&code, &tables);
        let words: Vec<String> = words.into_iter().filter(|w| asked.insert(w.clone())).collect();
        let Some(force) = (!words.is_empty()).then(|| AhoCorasick::new(&words).ok()).flatten() else {
            break code;
        };
        let more = parallel::map(&unparsed, jobs, |file| read(*file, Some(&force)));
        let known = facts.len();
        for extracted in more {
            if extracted.facts.is_some() {
                unparsed.retain(|f| *f != extracted.file);
                take_in(&inventory, extracted, &mut facts, &mut gaps);
            }
        }
        if facts.len() == known {
            break code;
        }
        files = code.into_files();
        link::take_code(&inventory, &mut facts, &tables, &mut files);
    };
    for file in generated {
        if let Some(found) = inventory.files.get_mut(file.0 as usize) {
            found.role = Role::Generated;
        }
    }
    let mut allows = BTreeMap::new();
    for (file, facts) in &mut facts {
        if !facts.allows.is_empty() {
            allows.insert(*file, std::mem::take(&mut facts.allows));
        }
    }
    gaps.sort();
    gaps.dedup();
    let declared = declared_services(request.config);
    let mut world = link::link(inventory, facts, code, gaps, &tables, &declared);
    world.mentions = find_mentions(request.vfs, &world, jobs);
    Ok(Analysis { world, allows, tables })
}

/// Adds the tables in the folders that the config names: `<folder>/<language>/<library>.toml`.
fn add_user_tables(request: &Request<'_>, tables: &mut Tables) -> Result<(), TableError> {
    for folder in &request.config.knowledge {
        let folder = join(request.config_folder, folder.get_ref().trim_end_matches('/'));
        let listing = request.vfs.list(&folder);
        let mut found = false;
        for path in listing.entries.iter().map(|e| &e.path).filter(|p| p.ends_with(".toml")) {
            let fail = |message: String| TableError { table: path.clone(), line: None, message };
            let language = path.rsplit('/').nth(1).and_then(Language::from_slug);
            let language = language.ok_or_else(|| fail("its folder names no language".into()))?;
            let bytes =
                request.vfs.read(path, DEFAULT_SIZE_LIMIT).map_err(|error| fail(error.to_string()))?;
            tables.add(language, path, &decode(bytes).0)?;
            found = true;
        }
        if !found {
            return Err(TableError { table: folder, line: None, message: "holds no knowledge table".into() });
        }
    }
    Ok(())
}

fn declared_services(config: &Config) -> Vec<DeclaredService> {
    let settings = config.services.iter();
    settings
        .map(|(name, settings)| DeclaredService {
            name: name.clone(),
            folder: settings.root.as_ref().map(|r| r.trim_matches('/').to_owned()),
            kind: settings.kind,
        })
        .collect()
}

/// Searches the sources of applications for the names of services that they depend on.
fn find_mentions(vfs: &dyn Vfs, world: &World, jobs: usize) -> Vec<Mention> {
    let mut work: BTreeMap<FileId, Vec<WantedMention>> = BTreeMap::new();
    for wanted in mentions::wanted(&world.projects) {
        for file in mentions::files(&world.inventory, &wanted) {
            work.entry(file).or_default().push(wanted.clone());
        }
    }
    let work: Vec<_> = work.into_iter().collect();
    let found = parallel::map(&work, jobs, |(file, wanted)| {
        let bytes = vfs.read(world.path(*file), mentions::SEARCH_LIMIT).unwrap_or_default();
        let (text, _) = decode(bytes);
        let hits = wanted.iter().filter_map(|w| Some((w, mentions::find(&text, &w.host)?)));
        hits.map(|(w, range)| Mention { wanted: w.clone(), span: Span::new(*file, range) })
            .collect::<Vec<_>>()
    });
    let mut found: Vec<Mention> = found.into_iter().flatten().collect();
    found.sort();
    found
}

/// Takes back the kind of YAML files that hold no manifests.
fn drop_other_yaml(inventory: &mut Inventory, extracted: &mut Vec<Extracted>) {
    extracted.retain(|file| {
        let Some(found) = inventory.files.get_mut(file.file.0 as usize) else { return true };
        let read = file.facts.as_ref().is_some_and(|facts| facts.artefact != Artefact::None);
        if found.kind == Some(FileKind::Kubernetes) && !read {
            found.kind = None;
        }
        found.kind.is_some()
    });
}

/// Reads the files that compose files extend or include and whose names do not tell what they are.
fn read_compose_parts(vfs: &dyn Vfs, inventory: &mut Inventory, extracted: &mut Vec<Extracted>) {
    let mut from = 0;
    for _ in 0..ROUNDS {
        let mut parts = std::collections::BTreeSet::new();
        for file in extracted.get(from..).unwrap_or_default() {
            let Some(found) = inventory.files.get(file.file.0 as usize) else { continue };
            if let Some(Artefact::Document(document)) = file.facts.as_ref().map(|f| &f.artefact)
                && found.kind == Some(FileKind::Compose)
            {
                parts.extend(referenced_files(&found.path, document));
            }
        }
        from = extracted.len();
        for path in parts.iter().filter(|p| p.ends_with(".yml") || p.ends_with(".yaml")) {
            let Ok(at) = inventory.files.binary_search_by(|f| f.path.as_str().cmp(path)) else { continue };
            let Some(found) = inventory.files.get_mut(at).filter(|f| f.kind.is_none()) else { continue };
            found.kind = Some(FileKind::Compose);
            let Ok(file) = u32::try_from(at) else { continue };
            extracted.push(read_file(vfs, inventory, FileId(file), &BTreeMap::new(), None));
        }
    }
}

/// Asks each rule about each of its subjects. Gives the findings and, for each rule that panicked, its name.
pub fn judge(world: &World, rules: &[&'static Rule]) -> (Vec<Finding>, Vec<&'static str>) {
    let mut findings = Vec::new();
    let mut broken = Vec::new();
    for rule in rules {
        for subject in world.subjects(rule.subject) {
            let service = match subject {
                Subject::Service(id) => Some(id),
                _ => None,
            };
            let mut found = Vec::new();
            let view = View { world, subject, needs: rule.needs };
            let judged = catch_unwind(AssertUnwindSafe(|| {
                let mut sink = Sink::new(rule, service, &mut found);
                (rule.check)(&view, &mut sink);
            }));
            if judged.is_err() {
                broken.push(rule.name);
            }
            findings.append(&mut found);
        }
    }
    broken.dedup();
    (findings, broken)
}

/// The language of a kind of source file.
pub fn language_of(kind: FileKind) -> Option<Language> {
    match kind {
        FileKind::Rust => Some(Language::Rust),
        FileKind::Python => Some(Language::Python),
        _ => None,
    }
}

fn file_ids(inventory: &Inventory) -> impl Iterator<Item = FileId> {
    (0..inventory.files.len()).filter_map(|at| u32::try_from(at).ok()).map(FileId)
}

/// True for files that some rule can need: source code only where it is part of what is shipped.
fn is_read(inventory: &Inventory, file: FileId) -> bool {
    let Some(found) = inventory.files.get(file.0 as usize) else { return false };
    match found.kind {
        None | Some(FileKind::NodeLock) => false,
        Some(kind) if kind.is_source() => found.role == Role::Production,
        Some(_) => !matches!(found.role, Role::Vendored),
    }
}

fn automaton(tables: &Tables, language: Language) -> Option<AhoCorasick> {
    let mut words = tables.trigger_words(language);
    words.insert(crate::facts::allow::MARKER.to_owned());
    words.insert("://".to_owned());
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

/// True when one of the words stands in the code of `bytes` by itself: `ring::` is no part of `String::`.
fn holds_word(automaton: &AhoCorasick, bytes: &[u8]) -> bool {
    let part = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    automaton.find_overlapping_iter(bytes).any(|found| {
        let first = bytes.get(found.start());
        let last = found.end().checked_sub(1).and_then(|at| bytes.get(at));
        let before = found.start().checked_sub(1).and_then(|at| bytes.get(at));
        let joined_in_front = part(first) && part(before);
        let joined_behind = part(last) && part(bytes.get(found.end()));
        let marker = bytes.get(found.range()) == Some(crate::facts::allow::MARKER.as_bytes());
        !joined_in_front && !joined_behind && (marker || !in_line_comment(bytes, found.start()))
    })
}

fn read_file(
    vfs: &dyn Vfs,
    inventory: &Inventory,
    file: FileId,
    triggers: &BTreeMap<Language, AhoCorasick>,
    force: Option<&AhoCorasick>,
) -> Extracted {
    let mut extracted = Extracted { file, facts: None, generated: false, gap: None, invalid_at: None };
    let Some((found, kind)) = inventory.files.get(file.0 as usize).and_then(|f| Some((f, f.kind?))) else {
        return extracted;
    };
    let gap = |reason: String| {
        Some(Gap { path: found.path.clone(), file: Some(file), kind: Some(kind), range: None, reason })
    };
    let limit = if kind == FileKind::CargoLock { 16 * DEFAULT_SIZE_LIMIT } else { DEFAULT_SIZE_LIMIT };
    if found.size > limit {
        extracted.gap = gap(format!("larger than {} KiB", limit / 1024));
        return extracted;
    }
    let bytes = match vfs.read(&found.path, limit) {
        Ok(bytes) if bytes.len() as u64 > limit => {
            extracted.gap = gap(format!("larger than {} KiB", limit / 1024));
            return extracted;
        }
        Ok(bytes) => bytes,
        Err(error) => {
            extracted.gap = gap(format!("cannot be read: {}", error.kind()));
            return extracted;
        }
    };
    if memchr::memchr(0, bytes.get(..8192.min(bytes.len())).unwrap_or_default()).is_some() {
        extracted.gap = gap("not text".into());
        return extracted;
    }
    if let Some(automaton) = force.or_else(|| language_of(kind).and_then(|l| triggers.get(&l)))
        && !holds_word(automaton, &bytes)
    {
        return extracted;
    }
    // Most YAML files are something else.
    if kind == FileKind::Kubernetes && memchr::memmem::find(&bytes, b"apiVersion").is_none() {
        return extracted;
    }
    let (text, invalid_at) = decode(bytes);
    extracted.invalid_at = invalid_at;
    if kind.is_source() && says_generated(&text) {
        extracted.generated = true;
        return extracted;
    }
    match catch_unwind(AssertUnwindSafe(|| frontends::extract(kind, &text))) {
        Ok(facts) => extracted.facts = Some(facts),
        Err(_) => extracted.gap = gap("internal error while reading it".into()),
    }
    extracted
}

fn take_in(
    inventory: &Inventory,
    extracted: Extracted,
    facts: &mut BTreeMap<FileId, FileFacts>,
    gaps: &mut Vec<Gap>,
) {
    gaps.extend(extracted.gap);
    let Some(found) = extracted.facts else { return };
    let path = inventory.files.get(extracted.file.0 as usize).map(|f| (f.path.clone(), f.kind));
    let (path, kind) = path.unwrap_or_default();
    let gap = |range: ByteRange, reason: String| Gap {
        path: path.clone(),
        file: Some(extracted.file),
        kind,
        range: Some(range),
        reason,
    };
    gaps.extend(extracted.invalid_at.map(|at| gap(at, "not valid UTF-8".into())));
    gaps.extend(found.problems.iter().map(|p| gap(p.range, p.message.clone())));
    facts.insert(extracted.file, found);
}
