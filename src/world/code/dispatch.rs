//! Calls whose target no path tells: methods of traits, of subcommands, of re-exported and constant values.

use std::collections::{BTreeMap, BTreeSet};

use crate::discover::role::Role;
use crate::facts::value::ValueKind;

use super::{CodeWorld, FunctionRef};

/// A name with more implementations says nothing.
const MANY: usize = 8;

impl CodeWorld {
    pub(super) fn add_implementations(&mut self) {
        let mut implementations: BTreeMap<(String, String), Vec<FunctionRef>> = BTreeMap::new();
        let canonical = |at: usize, name: &str| self.canonical(&self.absolute(at, name));
        for (at, file) in self.files.iter().enumerate() {
            let used = !file.test && file.role == Role::Production;
            for (position, function) in file.facts.functions.iter().enumerate().filter(|_| used) {
                let (Some(of_trait), Ok(position)) = (&function.of_trait, u32::try_from(position)) else {
                    continue;
                };
                if function.scope.test || of_trait.is_unresolved() {
                    continue;
                }
                let of_trait = canonical(at, of_trait.as_str());
                let key = (of_trait, function.name.value.clone());
                implementations.entry(key).or_default().push(FunctionRef { file: at, function: position });
            }
        }
        let known: BTreeSet<&String> = implementations.keys().map(|(name, _)| name).collect();
        let mut traits = Vec::with_capacity(self.files.len());
        for (at, file) in self.files.iter().enumerate() {
            let imported = self.imports.get(at).into_iter().flatten().map(|(_, path)| path);
            let imported = imported.filter(|path| known.contains(path)).cloned();
            let declared: BTreeSet<&str> =
                file.facts.functions.iter().filter_map(|f| Some(f.of_trait.as_ref()?.as_str())).collect();
            let declared = declared.into_iter().map(|name| canonical(at, name));
            let mut names: Vec<String> =
                imported.chain(declared).filter(|name| known.contains(name)).collect();
            names.sort();
            names.dedup();
            traits.push(names);
        }
        self.traits = traits;
        self.implementations = implementations;
    }

    /// Methods named `method` of the traits that file `at` names: a method of a trait can be called only where its
    /// trait is in scope.
    pub(super) fn dispatched(&self, at: usize, method: &str) -> Vec<FunctionRef> {
        let mut found = Vec::new();
        for name in self.traits.get(at).into_iter().flatten() {
            found.extend(self.implementations.get(&(name.clone(), method.to_owned())).into_iter().flatten());
        }
        found.sort();
        found.dedup();
        if found.len() > MANY { Vec::new() } else { found }
    }

    /// Methods named `method` of types that are named after a subcommand: `Run(c) => c.execute()` calls
    /// `RunCommand::execute`.
    pub fn of_subcommand(&self, method: &str, arms: &[String]) -> Vec<FunctionRef> {
        let Some(all) = self.methods.get(method) else { return Vec::new() };
        let arms: Vec<String> = arms
            .iter()
            .filter(|a| a.len() > 2 && !matches!(a.as_str(), "Some" | "None" | "Err"))
            .map(|a| a.to_ascii_lowercase())
            .collect();
        let named = |reference: &&FunctionRef| {
            let Some(function) = self.function(**reference) else { return false };
            let module =
                self.files.get(reference.file).and_then(|f| f.module.rsplit("::").next()).unwrap_or("");
            let owner = function.container.rsplit("::").next().unwrap_or("").to_ascii_lowercase();
            arms.iter().any(|arm| owner.contains(arm.as_str()) || module.replace('_', "") == *arm)
        };
        let found: Vec<FunctionRef> = all.iter().filter(named).copied().collect();
        if found.len() > 3 { Vec::new() } else { found }
    }

    /// True when file `at` imports the type that method `reference` belongs to.
    pub(super) fn names_type(&self, at: usize, reference: FunctionRef) -> bool {
        let (Some(imports), Some(function)) = (self.imports.get(at), self.function(reference)) else {
            return false;
        };
        let owner = function.container.rsplit("::").next().unwrap_or("");
        let Some(home) = self.files.get(reference.file) else { return false };
        let is_owner = |path: &str| {
            path.strip_prefix(home.module.as_str()).and_then(|rest| rest.strip_prefix("::"))
                == Some(function.container.as_str())
        };
        !owner.is_empty() && imports.iter().any(|(last, path)| last == owner && is_owner(path))
    }

    /// `found`, and for a method that a trait declares what implements it.
    pub(super) fn with_implementations(&self, found: &[FunctionRef]) -> Vec<FunctionRef> {
        let mut all = found.to_vec();
        for reference in found {
            let Some(function) = self.function(*reference) else { continue };
            let Some(of_trait) = &function.of_trait else { continue };
            if of_trait.last() != function.container.rsplit("::").next().unwrap_or("") {
                continue;
            }
            let name = self.canonical(&self.absolute(reference.file, of_trait.as_str()));
            let more = self.implementations.get(&(name, function.name.value.clone()));
            all.extend(more.filter(|m| m.len() <= MANY).into_iter().flatten());
        }
        all.sort();
        all.dedup();
        all
    }

    /// Other names of what `written` in file `at` names: with re-exports of this workspace followed, with the type of
    /// a constant in place of its name, below one of the modules whose names the file takes whole.
    pub fn other_names(&self, at: usize, written: &str, globs: &[String]) -> Vec<String> {
        let mut names = Vec::new();
        if let Some(lost) = written.strip_prefix('?') {
            if lost.is_empty() || lost.starts_with('.') {
                return names;
            }
            let first = lost.split(['.', ':', '(']).next().unwrap_or(lost);
            for glob in globs.iter().filter(|_| self.own_names.contains(first)) {
                let below = format!("{glob}::{lost}");
                let real = self.canonical(&below);
                if real != below {
                    names.push(real);
                }
            }
        } else {
            let absolute = self.absolute(at, written);
            let real = self.canonical(&absolute);
            if real != written && real != absolute {
                names.push(real);
            }
        }
        let owner = written.rsplit_once('.').filter(|(owner, _)| !owner.ends_with(')'));
        if let Some((owner, method)) = owner
            && let Some((file, constant)) = self.constant(at, owner.trim_start_matches('?'))
        {
            let type_name = constant.type_name.split('<').next().unwrap_or("");
            if !type_name.is_empty() {
                names.push(format!("{}.{method}", self.canonical(&self.absolute(file, type_name))));
            }
            if let ValueKind::Call(call) = &constant.value.kind
                && let Some(maker) = self.call(file, *call)
            {
                names.push(format!(
                    "{}().{method}",
                    self.canonical(&self.absolute(file, maker.callee.as_str()))
                ));
            }
        }
        names
    }
}
