//! Signals that shell scripts trap.

use crate::discover::role::Role;
use crate::facts::artefact::Artefact;
use crate::source::{FileId, Span};
use crate::syntax::shell::visit_commands;

use super::World;

impl World {
    /// The signals behind `trap` in a shell script that is shipped, as written.
    pub fn trapped_signals(&self, file: FileId) -> Vec<(Span, &str)> {
        let mut found = Vec::new();
        let production =
            self.inventory.files.get(file.0 as usize).is_some_and(|f| f.role == Role::Production);
        let Artefact::Shell(script) = self.artefact(file) else { return found };
        if production {
            visit_commands(&script.items, &mut |command| {
                let trap = command.simple().filter(|s| s.name() == Some("trap"));
                let signals = trap.and_then(|s| s.words.get(2..)).unwrap_or_default();
                found.extend(signals.iter().map(|w| (Span::new(file, w.range), w.text.as_str())));
            });
        }
        found
    }
}
