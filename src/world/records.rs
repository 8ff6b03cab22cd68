//! Struct literals, so that a field of a value can be followed one hop: `settings.key` to where `Settings` is made.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashMapExt as _};

use crate::discover::role::Role;
use crate::facts::code::{CodeFacts, Language};
use crate::facts::value::{Value, ValueKind};

use super::code::{CodeFile, CodeWorld};
use super::meaning::{Meaning, MeaningKind};

/// A struct literal.
#[derive(Clone, Debug)]
pub struct RecordRef {
    /// Position of its file.
    file: usize,
    /// The function it stands in.
    function: Option<u32>,
    /// Its parts.
    parts: Vec<(String, Value)>,
}

/// Derives by which something else than the code makes values of a type.
const FILLED: &[&str] =
    &["Deserialize", "Parser", "Args", "FromRow", "Queryable", "StructOpt", "Clap", "Envconfig", "Config"];

/// The struct literals of production code by the absolute name of their type; types that a loader fills are left out.
pub fn collect(world: &CodeWorld) -> HashMap<String, Vec<RecordRef>> {
    let rust = |f: &&CodeFile| !f.test && f.role == Role::Production && f.facts.language == Language::Rust;
    let mut filled = BTreeSet::new();
    for file in world.files.iter().filter(rust) {
        for declared in &file.facts.types {
            if declared.attributes.iter().any(|a| FILLED.contains(&a.last())) {
                filled.insert(format!("{}::{}", file.module, declared.name.value));
            }
        }
    }
    let mut records: HashMap<String, Vec<RecordRef>> = HashMap::new();
    for (at, file) in world.files.iter().enumerate().filter(|(_, f)| rust(f)) {
        let mut found = Vec::new();
        each_root(&file.facts, &mut |function, value| gather(value, function, &mut found, 6));
        for (name, record) in found {
            let name = world.canonical(&world.absolute(at, &name));
            if !filled.contains(&name) {
                let list = records.entry(name).or_default();
                let record = RecordRef { file: at, ..record };
                // The list grows file by file: those of this one are its last.
                if !list.iter().rev().take_while(|r| r.file == at).any(|r| r.parts == record.parts) {
                    list.push(record);
                }
            }
        }
    }
    records
}

/// The values of a file outside tests: results, arguments, constants.
fn each_root<'f>(facts: &'f CodeFacts, see: &mut dyn FnMut(Option<u32>, &'f Value)) {
    for (position, function) in facts.functions.iter().enumerate() {
        // What `default` gives is only used where nothing else was said.
        if !function.scope.test && function.name.value != "default" {
            function.result.iter().for_each(|value| see(u32::try_from(position).ok(), value));
        }
    }
    for call in facts.calls.iter().filter(|c| !c.scope.test) {
        call.arguments.iter().for_each(|argument| see(call.function, &argument.value));
    }
    for constant in facts.constants.iter().filter(|c| !c.scope.test) {
        see(None, &constant.value);
    }
}

fn gather(value: &Value, function: Option<u32>, into: &mut Vec<(String, RecordRef)>, depth: usize) {
    let Some(depth) = depth.checked_sub(1) else { return };
    if let ValueKind::Record(name, parts) = &value.kind
        && !name.is_unresolved()
    {
        let record = RecordRef { file: 0, function, parts: parts.clone() };
        into.push((name.as_str().to_owned(), record));
    }
    for part in value.parts() {
        gather(part, function, into, depth);
    }
}

impl CodeWorld {
    /// What the field `name` of `owner` means: of a record that is known, or of a parameter whose type is made in
    /// one place only.
    pub fn meaning_of_field(
        &self,
        at: usize,
        function: Option<u32>,
        owner: &Value,
        name: &str,
        depth: usize,
    ) -> Option<Meaning> {
        if let ValueKind::Parameter(position) = owner.kind {
            let facts = &self.files.get(at)?.facts;
            let parameter = facts.functions.get(function? as usize)?.parameters.get(position as usize)?;
            let type_name = self.canonical(&self.absolute(at, innermost(&parameter.type_name)));
            let [only] = self.records.get(&type_name)?.as_slice() else { return None };
            let (_, value) = only.parts.iter().find(|(part, _)| part == name)?;
            return Some(self.meaning_at(only.file, only.function, value, depth / 2));
        }
        match self.meaning_at(at, function, owner, depth).kind {
            MeaningKind::Record(parts) => parts.into_iter().find(|(part, _)| part == name).map(|(_, m)| m),
            _ => None,
        }
    }
}

/// `Settings` of `State<Arc<Settings>>`.
fn innermost(type_name: &str) -> &str {
    let inner = type_name.rsplit('<').next().unwrap_or(type_name);
    inner.split(['>', ',']).next().unwrap_or(inner).trim_start_matches('&').trim()
}
