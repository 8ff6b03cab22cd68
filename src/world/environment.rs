//! Reads of environment variables: by tables, through helper functions, with what stands in when they are unset.

use crate::facts::value::{Value, ValueKind};
use crate::knowledge::Concept;
use crate::source::Span;

use super::meaning::{EnvironmentRead, Meaning, MeaningKind};
use super::view::View;

/// A read of an environment variable and where it stands.
#[derive(Clone, Debug)]
pub struct PlacedRead {
    /// Position of the file in [`super::CodeWorld::files`].
    pub at: usize,
    /// Position of the enclosing function.
    pub function: Option<u32>,
    /// The read, fallback included.
    pub read: EnvironmentRead,
    /// Inside code that is only built for debugging.
    pub debug_only: bool,
}

impl View<'_> {
    /// Every read of an environment variable in the production code of the subject, in source order. A read with a
    /// fallback appears once, with the fallback.
    pub fn environment_reads(&self) -> Vec<PlacedRead> {
        let code = &self.world.code;
        let mut reads: Vec<PlacedRead> = Vec::new();
        for (at, file) in self.code_files() {
            let mut covered: Vec<Span> = Vec::new();
            for fallback in file.facts.fallbacks.iter().filter(|f| !f.scope.test) {
                let meaning = code.meaning(at, fallback.function, &fallback.value);
                for read in first_reads(&meaning) {
                    covered.push(read.read_at);
                    reads.push(PlacedRead {
                        at,
                        function: fallback.function,
                        read: read.clone(),
                        debug_only: fallback.scope.debug_only,
                    });
                }
            }
            for (position, call) in file.facts.calls.iter().enumerate().filter(|(_, c)| !c.scope.test) {
                let Ok(position) = u32::try_from(position) else { break };
                let here = Span::new(file.file, call.range);
                if covered.contains(&here) {
                    continue;
                }
                let candidate = code.event_of_call(at, position, Concept::EnvRead).is_some()
                    || !code.functions_named(at, call.callee.as_str()).is_empty();
                if !candidate {
                    continue;
                }
                // A helper's own read has no literal key; its callers are the reads.
                if let Some(read) = code.environment_read(at, position, 12).filter(|r| r.key.is_some()) {
                    let debug_only = call.scope.debug_only;
                    reads.push(PlacedRead { at, function: call.function, read, debug_only });
                }
            }
        }
        reads.sort_by_key(|r| r.read.read_at);
        reads
    }
}

/// The reads that decide a value: the outermost ones, not those among their defaults.
fn first_reads(meaning: &Meaning) -> Vec<&EnvironmentRead> {
    match &meaning.kind {
        MeaningKind::Environment(read) => {
            let mut reads = vec![read.as_ref()];
            if let Some(default) = &read.default {
                reads.extend(first_reads(default));
            }
            reads
        }
        MeaningKind::Either(parts) => parts.iter().flat_map(first_reads).collect(),
        _ => Vec::new(),
    }
}

/// True when `value` is or contains call number `call`.
pub fn contains_call(value: &Value, call: u32) -> bool {
    matches!(value.kind, ValueKind::Call(n) if n == call)
        || value.parts().iter().any(|part| contains_call(part, call))
}

/// The reads in Rust whose values are bound to a name that nothing mentions again.
pub fn unused_reads(view: &View<'_>) -> Vec<PlacedRead> {
    let mut reads = view.environment_reads();
    reads.retain(|read| {
        let Some(file) = view.world.code.files.get(read.at) else { return false };
        file.facts.calls.iter().any(|c| c.unused && Span::new(file.file, c.range) == read.read.read_at)
    });
    reads
}
