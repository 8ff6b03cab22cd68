//! Scripts that stay in front of what they start.

use crate::source::{FileId, Span};
use crate::syntax::shell::{Script, visit_commands};
use crate::syntax::shell_replacement::{Replacement, ShellFamily, shell_replacement};

use super::expand::{Expander, Frame};
use super::model::{ScriptInFront, StartWord};

impl Expander<'_> {
    /// The script as what stays in front of its last command; none when it becomes that command, or passes signals on
    /// itself.
    pub(super) fn script_in_front(
        &self,
        script: &Script,
        file: FileId,
        words: &[StartWord],
        frame: &Frame,
    ) -> Option<ScriptInFront> {
        // Script files differ in no shell: only `exec` replaces.
        let answer = shell_replacement(ShellFamily::Dash, script, true);
        let tail = answer.tail.filter(|_| answer.replacement == Replacement::Stays)?;
        if passes_signals_on(script) {
            return None;
        }
        Some(ScriptInFront {
            program: words.first().map_or_else(String::new, |w| w.text.clone()),
            tail: self.plain_words(&tail.words, file),
            span: Span::new(file, tail.range),
            arguments: words.get(1..).unwrap_or_default().to_vec(),
            init: frame.init.clone(),
            via: frame.via.clone(),
        })
    }
}

/// True when the script reacts to SIGTERM itself: with a `trap`, or by a shell that is interactive on purpose.
fn passes_signals_on(script: &Script) -> bool {
    let mut found = false;
    visit_commands(&script.items, &mut |command| {
        let Some(simple) = command.simple() else { return };
        let trap = simple.name() == Some("trap") && simple.words.len() > 2;
        let signals = simple.words.get(2..).unwrap_or_default();
        found |= trap
            && signals.iter().any(|w| {
                matches!(w.text.trim_start_matches("SIG"), "TERM" | "15" | "EXIT" | "0") || w.has_expansion
            });
    });
    found
}
