//! What the requests of one process share: collections behind locks, in the state of handlers and in statics.

use crate::facts::code::{Constant, Function, TypeDeclaration};
use crate::facts::value::{Value, ValueKind};
use crate::source::Span;

use super::code::CodeFile;
use super::view::View;

/// A collection behind a lock that the state of handlers holds.
#[derive(Clone, Debug)]
pub struct SharedCollection {
    /// The type that handlers are given.
    pub state: String,
    /// The field, or the alias.
    pub name: String,
    /// Where it is declared.
    pub declared: Span,
    /// The collection.
    pub held: Held,
    /// Where something is put in.
    pub written: Span,
}

/// What a lock guards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// `HashMap`.
    pub collection: String,
    /// The type of its values, generic arguments left out; resolved as the file resolves it.
    pub value: String,
    /// Position of the file that says so in [`super::CodeWorld::files`].
    pub at: usize,
}

/// Types through which frameworks hand state to handlers.
const EXTRACTORS: &[&str] = &[
    "axum::extract::State",
    "axum::extract::state::State",
    "axum::Extension",
    "axum::extract::Extension",
    "actix_web::web::Data",
    "rocket::State",
    "rocket::state::State",
    "poem::web::Data",
    "ntex::web::types::State",
];

/// Collections that somebody puts things into.
const COLLECTIONS: &[&str] = &[
    "HashMap",
    "BTreeMap",
    "IndexMap",
    "HashSet",
    "BTreeSet",
    "Vec",
    "VecDeque",
    "FxHashMap",
    "AHashMap",
    "RwHashMap",
    "RwAHashMap",
];

/// Collections with locks of their own.
const LOCKED: &[&str] = &["DashMap", "DashSet", "RwHashMap", "RwAHashMap"];

/// Calls that put something into a collection.
const INSERTS: &[&str] =
    &["insert", "push", "push_back", "push_front", "entry", "upsert", "extend", "append"];

impl View<'_> {
    /// The collections that handlers of the subject share and write, in order of declaration.
    pub fn shared_collections(&self) -> Vec<SharedCollection> {
        let mut states: Vec<(usize, String)> = Vec::new();
        for (at, file) in self.code_files() {
            for function in file.facts.functions.iter().filter(|f| !f.scope.test) {
                for parameter in &function.parameters {
                    if let Some(state) = state_in(file, &parameter.type_name) {
                        states.push((at, state.to_owned()));
                    }
                }
            }
        }
        states.sort();
        states.dedup();
        let mut found: Vec<SharedCollection> = Vec::new();
        for (at, state) in states {
            self.collections_of(at, &state, &state, 3, &mut found);
        }
        found.sort_by_key(|c| c.declared);
        found.dedup_by_key(|c| c.declared);
        found
    }

    fn collections_of(
        &self,
        at: usize,
        state: &str,
        type_name: &str,
        depth: usize,
        into: &mut Vec<SharedCollection>,
    ) {
        let Some(depth) = depth.checked_sub(1) else { return };
        let inner = without_pointers(type_name);
        let Some((home, declared)) = self.type_declaration(at, base_of(inner)) else { return };
        let Some(file) = self.world.code.files.get(home) else { return };
        let parts: Vec<(&str, crate::source::ByteRange, &String)> = if declared.fields.is_empty() {
            // An alias.
            declared
                .field_types
                .iter()
                .map(|t| (declared.name.value.as_str(), declared.name.range, t))
                .collect()
        } else {
            let fields = declared.fields.iter().zip(&declared.field_types);
            fields.map(|(f, t)| (f.value.as_str(), f.range, t)).collect()
        };
        for (name, range, written) in parts {
            match guarded(written) {
                Some((collection, value)) => {
                    let held = Held { collection, value, at: home };
                    let is_alias = declared.fields.is_empty();
                    let Some(written) = self.write_of(name, is_alias, &held) else { continue };
                    into.push(SharedCollection {
                        state: last(base_of(without_pointers(state))).to_owned(),
                        name: name.to_owned(),
                        declared: Span::new(file.file, range),
                        held,
                        written,
                    });
                }
                None => self.collections_of(home, state, written, depth, into),
            }
        }
    }

    /// Where something is put into the collection called `name`: a function that touches the field and inserts.
    fn write_of(&self, name: &str, is_alias: bool, held: &Held) -> Option<Span> {
        for (_, file) in self.code_files() {
            for call in &file.facts.calls {
                let inserts = INSERTS.contains(&call.callee.last()) && !call.scope.test;
                if !inserts || !of_collection(call.callee.as_str(), &held.collection) {
                    continue;
                }
                let function = call.function.and_then(|f| file.facts.functions.get(f as usize));
                if function
                    .is_some_and(|f| f.scope.test || f.name.value == "new" || f.name.value == "default")
                {
                    continue;
                }
                let near = || {
                    file.facts.calls.iter().any(|c| {
                        c.function == call.function
                            && matches!(c.callee.last(), "lock" | "write" | "try_lock" | "try_write")
                            && c.receiver
                                .as_ref()
                                .is_some_and(|r| touches(file, r, name, is_alias, function, 6))
                    })
                };
                let direct =
                    call.receiver.as_ref().is_some_and(|r| touches(file, r, name, is_alias, function, 8));
                // A guard that is bound mutably is not followed.
                let unknown = call.receiver.as_ref().is_none_or(|r| is_open(file, r, 6));
                if direct || unknown && near() {
                    return Some(Span::new(file.file, call.range));
                }
            }
        }
        None
    }

    /// The declaration of the type `name` as written in file number `at`, and the file it stands in.
    pub fn type_declaration(&self, at: usize, name: &str) -> Option<(usize, &TypeDeclaration)> {
        let code = &self.world.code;
        let absolute = code.canonical(&code.absolute(at, name));
        let own = last(&absolute);
        let found = self.code_files().flat_map(|(home, file)| {
            file.facts
                .types
                .iter()
                .filter(|t| t.name.value == own && !t.scope.test)
                .map(move |t| (home, file, t))
        });
        let mut candidates: Vec<(usize, &CodeFile, &TypeDeclaration)> = found.collect();
        let exact = candidates
            .iter()
            .position(|(_, file, t)| format!("{}::{}", file.module, t.name.value) == absolute);
        if let Some(exact) = exact {
            return candidates.get(exact).map(|(home, _, t)| (*home, *t));
        }
        // Modules inside a file are not part of its module's name.
        (candidates.len() == 1).then(|| candidates.pop().map(|(home, _, t)| (home, t))).flatten()
    }

    /// True when values of the type `held` says are written out or read in: things of the program's domain.
    pub fn is_domain_value(&self, held: &Held) -> bool {
        self.type_declaration(held.at, &held.value).is_some_and(|(_, declared)| {
            declared.attributes.iter().any(|a| {
                matches!(
                    a.last(),
                    "Serialize" | "Deserialize" | "ToSchema" | "Object" | "FromRow" | "Queryable"
                )
            })
        })
    }
}

/// The collection that a static guards with a lock.
pub fn guarded_static(constant: &Constant) -> Option<(String, String)> {
    guarded(&constant.type_name)
}

/// The state in a parameter's type, aliases of the same file opened.
fn state_in<'f>(file: &'f CodeFile, type_name: &'f str) -> Option<&'f str> {
    handed_state(type_name).or_else(|| {
        let own = last(base_of(type_name));
        let alias = file.facts.types.iter().find(|t| t.fields.is_empty() && t.name.value == own)?;
        handed_state(alias.field_types.first()?)
    })
}

/// The state in a parameter's type: `AppState` of `State<Arc<AppState>>`.
fn handed_state(type_name: &str) -> Option<&str> {
    let base = base_of(type_name);
    EXTRACTORS.contains(&base).then(|| inside(type_name, base)).flatten()
}

/// What stands between the brackets behind `base`.
fn inside<'t>(text: &'t str, base: &str) -> Option<&'t str> {
    text.strip_prefix(base)?.strip_prefix('<')?.strip_suffix('>')
}

/// A type without the pointers around it.
fn without_pointers(mut text: &str) -> &str {
    for _ in 0..6 {
        let base = base_of(text);
        if !matches!(last(base), "Arc" | "Rc" | "Box" | "Cow" | "Option" | "Data") {
            break;
        }
        let Some(inner) = inside(text, base) else { break };
        text = inner;
    }
    text
}

fn base_of(text: &str) -> &str {
    text.split('<').next().unwrap_or(text).trim()
}

fn last(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

/// The collection and the type of its values, when `type_name` is one behind a lock.
fn guarded(type_name: &str) -> Option<(String, String)> {
    let words: Vec<&str> = type_name.split(['<', '>', ',', ' ', '(', ')', '[', ']']).map(last).collect();
    let locked = words.iter().any(|w| matches!(*w, "Mutex" | "RwLock" | "ReentrantMutex" | "FairMutex"));
    let at = words.iter().find(|w| (locked && COLLECTIONS.contains(w)) || LOCKED.contains(w))?;
    let start = type_name.find(&format!("{at}<"))? + at.len() + 1;
    let rest = type_name.get(start..)?;
    // The arguments of the collection, at the outermost depth.
    let (mut depth, mut from, mut arguments) = (0_usize, 0, Vec::new());
    for (position, c) in rest.char_indices() {
        match c {
            '<' | '(' | '[' => depth += 1,
            '>' | ')' | ']' if depth == 0 => {
                arguments.push(rest.get(from..position)?);
                break;
            }
            '>' | ')' | ']' => depth -= 1,
            ',' if depth == 0 => {
                arguments.push(rest.get(from..position)?);
                from = position + 1;
            }
            _ => {}
        }
    }
    let mut value = arguments.iter().map(|a| a.trim()).nth(usize::from(arguments.len() > 1)).unwrap_or("");
    for _ in 0..4 {
        let base = base_of(value);
        if !matches!(last(base), "Arc" | "Vec" | "Option" | "Box" | "VecDeque" | "Mutex" | "RwLock") {
            break;
        }
        let Some(inner) = inside(value, base) else { break };
        value = inner;
    }
    Some(((*at).to_owned(), base_of(value).to_owned()))
}

/// True when the called name may be that of a method of the collection.
fn of_collection(callee: &str, collection: &str) -> bool {
    callee.starts_with('?')
        || callee.contains(collection)
        || callee.contains("lock")
        || callee.contains("write")
}

/// True when nothing is known of where `value` comes from.
pub fn is_open(file: &CodeFile, value: &Value, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    match &value.kind {
        ValueKind::Unknown => true,
        ValueKind::Required(inner) => is_open(file, inner, depth),
        ValueKind::Call(n) => {
            let receiver = file.facts.calls.get(*n as usize).and_then(|c| c.receiver.as_ref());
            receiver.is_some_and(|r| is_open(file, r, depth))
        }
        _ => false,
    }
}

/// True when `value` is reached through the field `name`; for an alias, through a parameter of that type.
fn touches(
    file: &CodeFile,
    value: &Value,
    name: &str,
    is_alias: bool,
    function: Option<&Function>,
    depth: usize,
) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let deeper = |v: &Value| touches(file, v, name, is_alias, function, depth);
    match &value.kind {
        ValueKind::Field(inner, field) => (!is_alias && field == name) || deeper(inner),
        ValueKind::Parameter(n) if is_alias => {
            let parameter = function.and_then(|f| f.parameters.get(*n as usize));
            parameter.is_some_and(|p| {
                let inner = state_in(file, &p.type_name).unwrap_or(&p.type_name);
                last(base_of(without_pointers(inner))) == name
            })
        }
        ValueKind::Call(n) => {
            file.facts.calls.get(*n as usize).and_then(|c| c.receiver.as_ref()).is_some_and(deeper)
        }
        ValueKind::Required(inner) => deeper(inner),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::guarded;

    #[test]
    fn collections_behind_locks() {
        let found = |text: &str| guarded(text).map(|(c, v)| format!("{c} {v}"));
        let cases = [
            (
                "std::sync::Arc<std::sync::Mutex<std::collections::HashMap<u64, app::User>>>",
                Some("HashMap app::User"),
            ),
            ("tokio::sync::RwLock<Vec<app::Todo>>", Some("Vec app::Todo")),
            ("dashmap::DashMap<String, Vec<app::Order>>", Some("DashMap app::Order")),
            (
                "std::sync::Mutex<std::collections::HashMap<(u8, u8), std::sync::Arc<app::Cart>>>",
                Some("HashMap app::Cart"),
            ),
            ("std::collections::HashMap<u64, app::User>", None),
            ("std::sync::Mutex<app::Config>", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(found(text).as_deref(), wanted, "{text}");
        }
    }
}
