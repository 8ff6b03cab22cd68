//! The tables' schema, and the one loader for built-in and user tables.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::HashMap;
use include_dir::{Dir, include_dir};
use serde::{Deserialize, Serialize};

use super::concept::Concept;
use super::pattern::Pattern;
use crate::facts::code::Language;

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/rules/knowledge");

/// Number of a row among the loaded tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RowId(pub u32);

/// Where an argument stands: a position (`0`), a keyword, `receiver`, `callee` (the last name segment), or a path
/// into a record (`1.secret`).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Selector {
    /// A position.
    Position(usize),
    /// A keyword or path.
    Word(String),
    /// The first of these that is there.
    First(Vec<Selector>),
}

/// One row: a name and what it means.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Row {
    /// Name pattern; see [`Pattern`]. For types: the path of the type, generic arguments left out. `?.name` stands for
    /// a method of a receiver of which nothing is known.
    pub name: String,
    /// What it does.
    pub concept: Concept,
    /// Which argument plays which role.
    #[serde(default)]
    pub roles: BTreeMap<String, Selector>,
    /// Arguments that must be these literals for the row to apply.
    #[serde(default)]
    pub when: BTreeMap<String, String>,
    /// What the file must bring in for the row to apply, one of these: a path, `path::*` for anything below it, or
    /// `*::Name` for a name from anywhere. Names that begin with `*` need it.
    #[serde(default)]
    pub imports: Vec<String>,
    /// What the segment in front of the last one must end with.
    #[serde(default)]
    pub receiver: Option<String>,
    /// Constant attributes.
    #[serde(default)]
    pub set: BTreeMap<String, String>,
    /// True when the name is a type in a function's parameter list, not a call.
    #[serde(default, rename = "type")]
    pub is_type: bool,
    /// A snippet that the row must find.
    #[serde(default)]
    pub proof: Option<String>,
    /// A snippet that looks alike and that the row must not find.
    #[serde(default)]
    pub near_miss: Option<String>,
    /// The table it came from, `rust/axum.toml`.
    #[serde(skip)]
    pub table: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct TableFile {
    /// What the rows are about; for the reader.
    #[allow(dead_code)]
    library: String,
    /// Where the facts were taken from; for the reader.
    #[serde(default)]
    #[allow(dead_code)]
    source: Option<String>,
    #[serde(default, rename = "row")]
    rows: Vec<Row>,
    #[serde(default)]
    roles: Vec<DependencyRole>,
}

/// A dependency that tells what kind of program a package is.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct DependencyRole {
    /// Package name as in the manifest.
    pub dependency: String,
    /// `desktop`, `cli`, `server`, `serverless` or `wasm`.
    pub role: String,
}

/// A table that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableError {
    /// The table.
    pub table: String,
    /// 1-based line, where known.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
}

impl std::fmt::Display for TableError {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(formatter, "{}:{line}: {}", self.table, self.message),
            None => write!(formatter, "{}: {}", self.table, self.message),
        }
    }
}

/// All loaded tables of some languages.
#[derive(Debug, Default)]
pub struct Tables {
    rows: Vec<Row>,
    by_last_segment: BTreeMap<Language, HashMap<String, Vec<(Pattern, RowId)>>>,
    types: BTreeMap<Language, HashMap<String, RowId>>,
    dependency_roles: BTreeMap<(Language, String), String>,
}

impl Tables {
    /// The built-in tables of `languages`.
    ///
    /// # Errors
    /// When a table is broken; a test keeps that from being shipped.
    pub fn built_in(languages: &BTreeSet<Language>) -> Result<Self, TableError> {
        let mut tables = Tables::default();
        for language in languages {
            let Some(folder) = BUILT_IN.get_dir(language.slug()) else { continue };
            let mut files: Vec<_> = folder.files().collect();
            files.sort_by_key(|file| file.path());
            for file in files {
                let name = file.path().to_string_lossy().replace('\\', "/");
                tables.add(*language, &name, file.contents_utf8().unwrap_or(""))?;
            }
        }
        Ok(tables)
    }

    /// The text of a built-in table that belongs to no language (`ports`, `commands`, `wrappers`, `images`).
    pub fn shared(name: &str) -> &'static str {
        BUILT_IN.get_file(format!("{name}.toml")).and_then(|file| file.contents_utf8()).unwrap_or("")
    }

    /// Adds the rows of one table file.
    ///
    /// # Errors
    /// When the text is no table, or a row names an unknown role or attribute.
    pub fn add(&mut self, language: Language, name: &str, text: &str) -> Result<(), TableError> {
        let fail = |line, message: String| TableError { table: name.to_owned(), line, message };
        let file: TableFile = toml::from_str(text).map_err(|error| {
            let line = error.span().map(|s| text.get(..s.start).unwrap_or("").matches('\n').count() + 1);
            fail(line, error.message().to_owned())
        })?;
        for mut row in file.rows {
            for role in row.roles.keys() {
                if !row.concept.roles().contains(&role.as_str()) {
                    return Err(fail(
                        None,
                        format!("{}: {} has no role `{role}`", row.name, row.concept.slug()),
                    ));
                }
            }
            for attribute in row.set.keys() {
                if !row.concept.attributes().contains(&attribute.as_str()) {
                    let slug = row.concept.slug();
                    return Err(fail(None, format!("{}: {slug} has no attribute `{attribute}`", row.name)));
                }
            }
            if row.name.starts_with('*') && row.imports.is_empty() {
                return Err(fail(None, format!("{}: a name that begins with `*` needs `imports`", row.name)));
            }
            row.table = name.to_owned();
            let id = RowId(u32::try_from(self.rows.len()).unwrap_or(u32::MAX));
            for pattern in Pattern::parse(&row.name).map_err(|message| fail(None, message))? {
                if row.is_type {
                    self.types.entry(language).or_default().insert(row.name.clone(), id);
                }
                let rows = self.by_last_segment.entry(language).or_default();
                rows.entry(pattern.last_segment().to_owned()).or_default().push((pattern, id));
            }
            self.rows.push(row);
        }
        for role in file.roles {
            self.dependency_roles.insert((language, role.dependency), role.role);
        }
        Ok(())
    }

    /// The row with this number.
    pub fn row(&self, id: RowId) -> Option<&Row> {
        self.rows.get(id.0 as usize)
    }

    /// All rows in the order they were loaded.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The rows whose pattern matches the call name `name`.
    pub fn rows_for(&self, language: Language, name: &str, last: &str) -> Vec<RowId> {
        let Some(candidates) = self.by_last_segment.get(&language).and_then(|rows| rows.get(last)) else {
            return Vec::new();
        };
        candidates
            .iter()
            .filter(|(pattern, id)| self.row(*id).is_some_and(|r| !r.is_type) && pattern.matches(name))
            .map(|(_, id)| *id)
            .collect()
    }

    /// The row for the type `path` in a parameter list.
    pub fn row_for_type(&self, language: Language, path: &str) -> Option<RowId> {
        self.types.get(&language)?.get(path).copied()
    }

    /// What a dependency says about the kind of program.
    pub fn dependency_role(&self, language: Language, dependency: &str) -> Option<&str> {
        self.dependency_roles.get(&(language, dependency.to_owned())).map(String::as_str)
    }

    /// Words of which a source file must hold at least one before it is worth parsing: the crate or package of each
    /// row of `language`, for the standard library and tokio the type or module in it.
    pub fn trigger_words(&self, language: Language) -> BTreeSet<String> {
        let mut words = BTreeSet::new();
        let rows = self.by_last_segment.get(&language).into_iter().flat_map(HashMap::values);
        for (pattern, id) in rows.flatten() {
            if pattern.is_open() {
                let imports = self.row(*id).map(|r| r.imports.as_slice()).unwrap_or_default();
                words.extend(imports.iter().map(|import| trigger_word(import.trim_matches(['*', ':']))));
            } else if !pattern.head().starts_with(['?', '#']) {
                words.insert(trigger_word(pattern.head()));
            }
        }
        words.remove("");
        words
    }
}

/// The word of a qualified name without which no file can use it: its crate; for crates that every file uses, the
/// type or module in it.
fn trigger_word(name: &str) -> String {
    let segments: Vec<&str> =
        name.split(['.', ':', '(', '!', '#', '[', '?']).filter(|s| !s.is_empty()).collect();
    let first = segments.first().copied().unwrap_or("");
    let shared = matches!(first, "std" | "tokio" | "core" | "os");
    let named = segments.iter().skip(1).find(|s| s.starts_with(char::is_uppercase));
    let word = if shared { named.or(segments.get(1)).copied().unwrap_or(first) } else { first };
    // `config` is in every file, `config::` in those that use the crate or a module of that name.
    let path = !shared && name.starts_with(&format!("{first}::"));
    if path { format!("{word}::") } else { word.trim_end_matches(']').to_owned() }
}
