//! Runs the stages: discovers, reads and extracts in parallel, links, and asks the rules. A front-end or rule that
//! panics costs one file or one judgement, never the run.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use aho_corasick::AhoCorasick;
use globset::GlobSet;

use crate::config::Config;
use crate::discover::kind::FileKind;
use crate::discover::role::Role;
use crate::discover::{self, DEFAULT_SIZE_LIMIT, Inventory, git_index};
use crate::facts::allow::AllowComment;
use crate::facts::artefact::Artefact;
use crate::facts::code::Language;
use crate::knowledge::{TableError, Tables};
use crate::parallel;
use crate::reading::{self, Extracted, Reader, Reading, language_of};
use crate::rules::{Finding, Rule, Sink};
use crate::source::{FileId, Span, decode};
use crate::vfs::Vfs;
use crate::world::compose::referenced_files;
use crate::world::coverage::Gap;
use crate::world::documented::{self, NameSearch};
use crate::world::duplicates::{self, Duplicate};
use crate::world::link::{self, DeclaredService, LinkedCode};
use crate::world::mentions::{self, Mention, WantedMention};
use crate::world::packages::{Package, folder_of, join, normalise};
use crate::world::pipeline;
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
    find_manifests(request.vfs, &mut inventory);
    inventory.version_control = request.vfs.version_control();
    let languages = inventory.files.iter().filter_map(|f| language_of(f.kind?)).collect();
    let mut tables = Tables::built_in(&languages)?;
    add_user_tables(request, &mut tables)?;
    let jobs = parallel::threads(request.jobs);
    let triggers: BTreeMap<Language, AhoCorasick> =
        languages.iter().filter_map(|l| Some((*l, reading::triggers(&tables, *l)?))).collect();
    let reader = Reader::new(request.vfs, &tables, &triggers);
    let wanted: Vec<FileId> = file_ids(&inventory).filter(|id| is_read(&inventory, *id)).collect();
    let mut first = parallel::map(&wanted, jobs, |file| reader.read(&inventory, *file, None));
    drop_other_yaml(&mut inventory, &mut first);
    read_compose_parts(reader, &mut inventory, &mut first);
    read_pipeline_parts(reader, &mut inventory, &mut first);
    let mut reading = Reading { gaps: gaps_of_discovery(&inventory), ..Reading::default() };
    let mut passed_over = Vec::new();
    let mut generated = Vec::new();
    for extracted in first {
        if extracted.generated {
            generated.push(extracted.file);
        } else if extracted.is_passed_over() {
            passed_over.push(extracted.file);
        }
        reading.take_in(&inventory, extracted);
    }
    // The packages are known from here on: all that linking asks for later is source code.
    let packages = link::link_packages(&inventory, &reading.facts);
    let code = link_code(reader, &inventory, &packages, &mut reading, passed_over, jobs);
    for file in generated {
        if let Some(found) = inventory.files.get_mut(file.0 as usize) {
            found.role = Role::Generated;
        }
    }
    let Reading { mut facts, mut gaps, .. } = reading;
    let mut allows = BTreeMap::new();
    for (file, facts) in &mut facts {
        if !facts.allows.is_empty() {
            allows.insert(*file, std::mem::take(&mut facts.allows));
        }
    }
    gaps.sort();
    gaps.dedup();
    let declared = declared_services(request.config, request.config_folder);
    let mut world = link::link(inventory, facts, packages, code, gaps, &tables, &declared);
    world.mentions = find_mentions(request.vfs, &world, jobs);
    world.name_places = find_names(request.vfs, &world, world.names_in_question());
    world.duplicates = find_duplicates(request.vfs, &world, jobs);
    Ok(Analysis { world, allows, tables })
}

fn gaps_of_discovery(inventory: &Inventory) -> Vec<Gap> {
    let skips = inventory.skips.iter();
    skips
        .map(|skip| Gap {
            path: skip.path.clone(),
            file: None,
            kind: skip.kind,
            range: None,
            reason: skip.reason.clone(),
            internal: false,
        })
        .collect()
}

/// Links the source code among `reading`. A file that no trigger word led to (`passed_over`) may still hold a link of a
/// call chain: linking says which names it misses, and what mentions one is read and all of it linked again.
fn link_code(
    reader: Reader<'_>,
    inventory: &Inventory,
    packages: &[Package],
    reading: &mut Reading,
    mut passed_over: Vec<FileId>,
    jobs: usize,
) -> LinkedCode {
    let mut files = Vec::new();
    let mut asked = BTreeSet::new();
    let mut rounds = 0..ROUNDS;
    loop {
        let code = std::mem::take(&mut reading.code).into_iter();
        files.extend(
            code.map(|(file, facts, events)| link::code_file(inventory, packages, file, facts, events)),
        );
        let code = link::link_code(files, packages, reader.tables(), jobs);
        if passed_over.is_empty() || rounds.next().is_none() {
            return code;
        }
        let words = link::missing_callers(&code, reader.tables());
        let words: Vec<String> = words.into_iter().filter(|w| asked.insert(w.clone())).collect();
        let Some(automaton) = (!words.is_empty()).then(|| AhoCorasick::new(&words).ok()).flatten() else {
            return code;
        };
        let more = parallel::map(&passed_over, jobs, |file| reader.read(inventory, *file, Some(&automaton)));
        passed_over = more.iter().filter(|e| e.is_passed_over()).map(|e| e.file).collect();
        more.into_iter().for_each(|extracted| reading.take_in(inventory, extracted));
        if reading.code.is_empty() {
            return code;
        }
        files = code.world.into_files();
    }
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

fn declared_services(config: &Config, base: &str) -> Vec<DeclaredService> {
    let folder = |root: &str| normalise(&join(base, root)).unwrap_or_default();
    let settings = config.services.iter();
    settings
        .map(|(name, settings)| DeclaredService {
            name: name.clone(),
            folder: settings.root.as_ref().map(|root| folder(root.get_ref())),
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

/// Where documents name the variables `names`, by name; one place a file.
pub fn find_documented(vfs: &dyn Vfs, world: &World, names: Vec<String>) -> BTreeMap<String, Vec<Span>> {
    find_in(vfs, world, names, &documented::documents(&world.inventory))
}

/// Where any text file of the tree names the variables `names`, by name; one place a file.
fn find_names(vfs: &dyn Vfs, world: &World, names: Vec<String>) -> BTreeMap<String, Vec<Span>> {
    if names.is_empty() {
        return BTreeMap::new();
    }
    find_in(vfs, world, names, &documented::texts(&world.inventory))
}

fn find_in(
    vfs: &dyn Vfs,
    world: &World,
    names: Vec<String>,
    files: &[FileId],
) -> BTreeMap<String, Vec<Span>> {
    let Some(search) = NameSearch::new(names) else { return BTreeMap::new() };
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    let found = parallel::map(files, jobs, |file| {
        let bytes = vfs.read(world.path(*file), documented::DOCUMENT_LIMIT).unwrap_or_default();
        (*file, search.find(&decode(bytes).0))
    });
    let mut places: BTreeMap<String, Vec<Span>> = BTreeMap::new();
    for (file, names) in found {
        for (name, range) in names {
            places.entry(name).or_default().push(Span::new(file, range));
        }
    }
    places
}

/// Finds manifests that are called like settings: `secrets.yaml`, `config.yaml`.
fn find_manifests(vfs: &dyn Vfs, inventory: &mut Inventory) {
    for file in inventory.files.iter_mut().filter(|f| f.kind == Some(FileKind::SettingsYaml)) {
        let bytes = vfs.read(&file.path, DEFAULT_SIZE_LIMIT).unwrap_or_default();
        let line = |word: &[u8]| bytes.split(|b| *b == b'\n').any(|line| line.starts_with(word));
        if line(b"apiVersion:") && line(b"kind:") {
            file.kind = Some(FileKind::Kubernetes);
        }
    }
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

/// Compares the files of different components that may be the same.
fn find_duplicates(vfs: &dyn Vfs, world: &World, jobs: usize) -> Vec<Duplicate> {
    let groups = duplicates::candidates(world);
    let read = |file: FileId| {
        let bytes = vfs.read(world.path(file), duplicates::COMPARE_LIMIT).ok()?;
        String::from_utf8(bytes).ok()
    };
    let found = parallel::map(&groups, jobs, |group| duplicates::compare(group, &read));
    let mut found: Vec<Duplicate> = found.into_iter().flatten().collect();
    found.sort();
    found
}

/// Reads the files that compose files extend or include and whose names do not tell what they are.
fn read_compose_parts(reader: Reader<'_>, inventory: &mut Inventory, extracted: &mut Vec<Extracted>) {
    let mut from = 0;
    for _ in 0..ROUNDS {
        let mut parts = BTreeSet::new();
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
            extracted.push(reader.read(inventory, FileId(file), None));
        }
    }
}

/// Reads the parts of pipelines whose names do not tell what they are: included files, and scripts without extension
/// that a pipeline, recipe or script runs.
fn read_pipeline_parts(reader: Reader<'_>, inventory: &mut Inventory, extracted: &mut Vec<Extracted>) {
    let mut from = 0;
    for _ in 0..ROUNDS {
        let mut parts: BTreeMap<String, FileKind> = BTreeMap::new();
        for file in extracted.get(from..).unwrap_or_default() {
            let Some(artefact) = file.facts.as_ref().map(|f| &f.artefact) else { continue };
            let found = inventory.files.get(file.file.0 as usize);
            if let Artefact::Scripted(document) = artefact
                && found.is_some_and(|f| f.kind == Some(FileKind::GitlabCi))
            {
                parts.extend(pipeline::included_files(document).into_iter().map(|p| (p, FileKind::GitlabCi)));
            }
            let folder = found.map_or("", |f| folder_of(&f.path));
            for path in pipeline::referenced_scripts(artefact) {
                parts.extend(normalise(&join(folder, &path)).map(|p| (p, FileKind::Shell)));
                parts.extend(normalise(&path).map(|p| (p, FileKind::Shell)));
            }
        }
        from = extracted.len();
        for (path, kind) in parts {
            let Ok(at) = inventory.files.binary_search_by(|f| f.path.as_str().cmp(&path)) else { continue };
            let Some(found) = inventory.files.get_mut(at).filter(|f| f.kind.is_none()) else { continue };
            found.kind = Some(kind);
            let Ok(file) = u32::try_from(at) else { continue };
            extracted.push(reader.read(inventory, FileId(file), None));
        }
    }
}

/// Asks each rule about each of its subjects, on `jobs` threads. Gives the findings and, for each rule that panicked,
/// its name.
pub fn judge(world: &World, rules: &[&'static Rule], jobs: usize) -> (Vec<Finding>, Vec<&'static str>) {
    let asked: Vec<(&'static Rule, Subject)> = rules
        .iter()
        .flat_map(|rule| world.subjects(rule.subject).into_iter().map(move |subject| (*rule, subject)))
        .collect();
    let judged = parallel::map(&asked, jobs, |(rule, subject)| {
        let service = match subject {
            Subject::Service(id) => Some(*id),
            _ => None,
        };
        let mut found = Vec::new();
        let view = View { world, subject: *subject, needs: rule.needs };
        let judged = catch_unwind(AssertUnwindSafe(|| {
            let mut sink = Sink::new(rule, service, &mut found);
            (rule.check)(&view, &mut sink);
        }));
        (found, judged.is_err().then_some(rule.name))
    });
    let (findings, broken): (Vec<_>, Vec<_>) = judged.into_iter().unzip();
    let mut broken: Vec<&'static str> = broken.into_iter().flatten().collect();
    broken.dedup();
    (findings.into_iter().flatten().collect(), broken)
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
