//! Functions that hand one of their parameters to a read of an environment variable: at once, or through another such
//! function.

use std::collections::{BTreeMap, BTreeSet};

use crate::discover::role::Role;
use crate::facts::code::Call;
use crate::facts::value::{Value, ValueKind};
use crate::knowledge::Concept;

use super::{CodeWorld, FunctionRef};

/// What a helper does with its parameters.
#[derive(Clone, Debug)]
pub struct Helper {
    /// The parameter that names the variable.
    pub key: u32,
    /// What stands in for it.
    pub default: Option<HelperDefault>,
    /// It fails where the variable is unset.
    pub required: bool,
    /// It gives the read's own result: whoever unwraps it fails where the variable is unset.
    pub direct: bool,
}

/// What stands in for a variable that a helper reads.
#[derive(Clone, Copy, Debug)]
pub enum HelperDefault {
    /// Another parameter.
    Parameter(u32),
    /// Something that its result says.
    Literal,
}

/// Names that say too little to look for who calls them.
const COMMON: &[&str] =
    &["default", "string", "lookup", "required", "optional", "parse", "fetch", "value", "config", "setting"];

impl CodeWorld {
    /// Finds the helpers: those that read, then those that call one of these.
    pub(in crate::world) fn find_helpers(&mut self) {
        let mut found: BTreeMap<FunctionRef, Helper> = BTreeMap::new();
        for (at, file) in self.files.iter().enumerate() {
            for event in file.events.iter().filter(|e| e.concept == Concept::EnvRead) {
                let Some(function) = event.function else { continue };
                let Some(ValueKind::Parameter(key)) = event.role("key").map(|v| &v.kind) else { continue };
                let target = FunctionRef { file: at, function };
                let result = self.function(target).and_then(|f| f.result.as_ref());
                let (default, required) = match event.role("default").map(|v| &v.kind) {
                    // `def read(key, default): return os.environ.get(key, default)`
                    Some(ValueKind::Parameter(n)) => (Some(HelperDefault::Parameter(*n)), false),
                    _ => result.map_or((None, false), |r| helper_default(r, event.call)),
                };
                let direct =
                    matches!(result.map(|r| &r.kind), Some(ValueKind::Call(n)) if Some(*n) == event.call);
                found.entry(target).or_insert(Helper { key: *key, default, required, direct });
            }
        }
        let more = self.through_helpers(&found);
        for (target, helper) in more {
            found.entry(target).or_insert(helper);
        }
        self.helpers = found;
    }

    /// Functions that hand a parameter on to one of `known`.
    fn through_helpers(&self, known: &BTreeMap<FunctionRef, Helper>) -> Vec<(FunctionRef, Helper)> {
        let names: BTreeSet<&str> =
            known.keys().filter_map(|f| self.function(*f)).map(|f| f.name.value.as_str()).collect();
        let mut found = Vec::new();
        for (at, file) in self.files.iter().enumerate() {
            for (position, call) in file.facts.calls.iter().enumerate() {
                let Some(function) = call.function.filter(|_| names.contains(call.callee.last())) else {
                    continue;
                };
                let [target] = self.functions_named(at, call.callee.as_str())[..] else { continue };
                let Some(helper) = known.get(&target) else { continue };
                let Some(key) = parameter(call, helper.key) else { continue };
                let here = FunctionRef { file: at, function };
                let result = self.function(here).and_then(|f| f.result.as_ref());
                let own = u32::try_from(position).ok();
                let (default, required) = match helper.default {
                    Some(HelperDefault::Parameter(n)) => {
                        (parameter(call, n).map(HelperDefault::Parameter), false)
                    }
                    Some(HelperDefault::Literal) => (None, false),
                    None => result.map_or((None, false), |r| helper_default(r, own)),
                };
                let direct = matches!(result.map(|r| &r.kind), Some(ValueKind::Call(n)) if Some(*n) == own);
                let fails = helper.default.is_none() && (helper.required || helper.direct && call.required);
                found.push((here, Helper { key, default, required: required || fails, direct }));
            }
        }
        found
    }

    /// Names of helpers of production code by which files can be found that call them.
    pub(in crate::world) fn helper_names(&self) -> impl Iterator<Item = &str> {
        let own = self.helpers.keys().filter(|f| {
            self.files.get(f.file).is_some_and(|file| !file.test && file.role == Role::Production)
        });
        let names = own.filter_map(|f| self.function(*f)).map(|f| f.name.value.as_str());
        names.filter(|name| name.len() > 5 && !COMMON.contains(name))
    }
}

/// The parameter of the enclosing function that stands at position `n` of the call.
fn parameter(call: &Call, n: u32) -> Option<u32> {
    match call.arguments.get(n as usize)?.value.kind {
        ValueKind::Parameter(parameter) => Some(parameter),
        _ => None,
    }
}

/// What a helper's result says about an unset variable.
fn helper_default(result: &Value, read: Option<u32>) -> (Option<HelperDefault>, bool) {
    match &result.kind {
        ValueKind::Either(parts) => match parts.last().map(|p| &p.kind) {
            Some(ValueKind::Parameter(n)) => (Some(HelperDefault::Parameter(*n)), false),
            Some(ValueKind::Text(_) | ValueKind::Integer(_)) => (Some(HelperDefault::Literal), false),
            _ => (None, false),
        },
        ValueKind::Required(inner) => {
            (None, matches!(inner.kind, ValueKind::Call(call) if Some(call) == read))
        }
        _ => (None, false),
    }
}
