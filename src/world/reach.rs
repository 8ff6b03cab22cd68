//! Which functions a program can reach from its `main`: a name-based call graph over the workspace.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::discover::role::Role;
use crate::facts::code::CallKind;
use crate::facts::value::{Value, ValueKind};
use crate::parallel;

use super::code::{CodeWorld, FunctionRef};

/// How a function was reached for the first time, breadth first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The caller and the number of its call; none for the entry.
    pub from: Option<(FunctionRef, u32)>,
}

/// An edge of the graph.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Edge {
    to: FunctionRef,
    call: u32,
}

/// Calls between functions of the tree, tests left out.
#[derive(Debug, Default)]
pub struct CallGraph {
    edges: BTreeMap<FunctionRef, Vec<Edge>>,
    callers: BTreeMap<FunctionRef, BTreeSet<FunctionRef>>,
}

impl CallGraph {
    /// The graph of all production code, made on `jobs` threads.
    pub fn build(code: &CodeWorld, jobs: usize) -> Self {
        let positions: Vec<usize> = (0..code.files.len()).collect();
        let of_files = parallel::map(&positions, jobs, |at| edges_of(code, *at));
        let edges: BTreeMap<FunctionRef, Vec<Edge>> = of_files.into_iter().flatten().collect();
        let mut callers: BTreeMap<FunctionRef, BTreeSet<FunctionRef>> = BTreeMap::new();
        for (from, edge) in edges.iter().flat_map(|(from, list)| list.iter().map(move |edge| (*from, edge))) {
            callers.entry(edge.to).or_default().insert(from);
        }
        CallGraph { edges, callers }
    }

    /// Everything reachable from `entry` through calls that `follow` admits.
    pub fn reach(
        &self,
        entry: FunctionRef,
        follow: &dyn Fn(FunctionRef, u32) -> bool,
    ) -> BTreeMap<FunctionRef, Step> {
        let mut reached = BTreeMap::from([(entry, Step { from: None })]);
        let mut queue = VecDeque::from([entry]);
        while let Some(from) = queue.pop_front() {
            for edge in self.edges.get(&from).into_iter().flatten() {
                if !reached.contains_key(&edge.to) && follow(from, edge.call) {
                    reached.insert(edge.to, Step { from: Some((from, edge.call)) });
                    queue.push_back(edge.to);
                }
            }
        }
        reached
    }

    /// The functions that call `target` directly.
    pub fn callers(&self, target: FunctionRef) -> &BTreeSet<FunctionRef> {
        static NONE: BTreeSet<FunctionRef> = BTreeSet::new();
        self.callers.get(&target).unwrap_or(&NONE)
    }
}

/// The calls that leave the functions of file number `at`.
fn edges_of(code: &CodeWorld, at: usize) -> BTreeMap<FunctionRef, Vec<Edge>> {
    let mut edges: BTreeMap<FunctionRef, Vec<Edge>> = BTreeMap::new();
    let Some(file) = code.files.get(at) else { return edges };
    if file.test || !matches!(file.role, Role::Production | Role::Example) {
        return edges;
    }
    for (position, call) in file.facts.calls.iter().enumerate() {
        let (Some(function), false, Ok(position)) = (call.function, call.scope.test, u32::try_from(position))
        else {
            continue;
        };
        let from = FunctionRef { file: at, function };
        let mut targets = code.functions_named(at, call.callee.as_str());
        // What an arm of a pattern binds has a type that one file cannot tell.
        let lost = targets.iter().all(|target| *target == from) && call.kind == CallKind::Method;
        if lost && !call.arms.is_empty() {
            targets = code.of_subcommand(call.callee.last(), &call.arms);
        }
        for argument in &call.arguments {
            collect_references(code, at, &argument.value, &mut targets, 0);
        }
        let list = edges.entry(from).or_default();
        list.extend(targets.into_iter().filter(|to| *to != from).map(|to| Edge { to, call: position }));
    }
    edges.retain(|_, list| !list.is_empty());
    for list in edges.values_mut() {
        list.sort();
        list.dedup();
    }
    edges
}

/// Functions that `value` names without calling them: handlers, callbacks, thread bodies.
fn collect_references(code: &CodeWorld, at: usize, value: &Value, into: &mut Vec<FunctionRef>, depth: usize) {
    if depth > 8 {
        return;
    }
    if let ValueKind::Name(name) = &value.kind {
        into.extend(code.functions_named(at, name.as_str()));
    }
    for part in value.parts() {
        collect_references(code, at, part, into, depth + 1);
    }
}

/// The calls that lead to `target`, from the entry on: `(caller, call)` pairs.
pub fn chain(reached: &BTreeMap<FunctionRef, Step>, target: FunctionRef) -> Vec<(FunctionRef, u32)> {
    let mut chain = Vec::new();
    let mut at = target;
    while let Some(Step { from: Some((caller, call)) }) = reached.get(&at) {
        chain.push((*caller, *call));
        at = *caller;
        if chain.len() > 256 {
            break;
        }
    }
    chain.reverse();
    chain
}
