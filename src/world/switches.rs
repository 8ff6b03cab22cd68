//! Conditions that a call stands under, as far as their words tell: asked for, or not switched off.

use crate::facts::code::Call;
use crate::facts::value::ValueKind;

use super::View;

/// What the conditions around a call say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Switch {
    /// It always runs.
    Always,
    /// It runs unless somebody switches it off.
    OptOut,
    /// It runs only when somebody asks for it.
    OptIn,
}

impl View<'_> {
    /// What the conditions around `call` say about work that `topic` (a part of a word) names.
    pub fn switch(&self, call: &Call, topic: &str) -> Switch {
        let conditions = call.conditions.iter().chain(&call.guards).map(|c| self.condition(c, topic));
        conditions.max().unwrap_or(Switch::Always)
    }

    fn condition(&self, condition: &str, topic: &str) -> Switch {
        let lower = condition.to_ascii_lowercase();
        let (words, inverted) = match lower.strip_prefix("not ") {
            Some(rest) => (rest, true),
            None => (lower.as_str(), false),
        };
        let names: Vec<&str> = words.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
        let Some(name) = names.iter().find(|n| n.contains(topic)) else { return Switch::Always };
        // Whether there is work to do is no switch.
        let state = [
            "pending", "exist", "count", "version", "need", "has_", "latest", "table", "lock", "dirty",
            "migrated",
        ];
        let asked = ["is_empty", "exists", "is_dir", "is_file", "acquired"];
        if state.iter().any(|word| name.contains(word)) || names.iter().any(|n| asked.contains(n)) {
            return Switch::Always;
        }
        // A `!` is not part of a condition's words; nobody runs what was asked to be skipped.
        let off = ["skip", "disable", "no_", "without", "off"].iter().any(|word| name.contains(word))
            || names.iter().any(|n| matches!(*n, "skip" | "no" | "disable" | "disabled"));
        if off {
            return Switch::OptOut;
        }
        if inverted {
            return Switch::Always;
        }
        // A setting that is on by default is switched off by whoever knows of it.
        if self.flag_default(name) == Some(true) { Switch::OptOut } else { Switch::OptIn }
    }

    /// The default of the setting `name`, where the code of the subject states one.
    fn flag_default(&self, name: &str) -> Option<bool> {
        for (_, file) in self.code_files() {
            for function in file.facts.functions.iter().filter(|f| f.name.value == "default" && !f.scope.test)
            {
                let Some(ValueKind::Record(_, parts)) = function.result.as_ref().map(|r| &r.kind) else {
                    continue;
                };
                let field = parts.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
                if let Some(ValueKind::Boolean(value)) = field.map(|(_, v)| &v.kind) {
                    return Some(*value);
                }
            }
        }
        None
    }
}

/// True when a condition around `call` holds only in an environment for development or tests, or in any but production.
pub fn is_for_development(call: &Call) -> bool {
    call.conditions.iter().chain(&call.guards).any(|condition| {
        let lower = condition.to_ascii_lowercase();
        let (text, negated) = lower.strip_prefix("not ").map_or((lower.as_str(), false), |rest| (rest, true));
        let words: Vec<&str> =
            text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|w| !w.is_empty()).collect();
        let (names, asks): (&[&str], &[&str]) = match negated {
            false => (
                &["dev", "development", "develop", "local", "test", "testing"],
                &["is_dev", "is_development", "is_local"],
            ),
            true => (&["prod", "production"], &["is_prod", "is_production"]),
        };
        let environment =
            words.iter().any(|w| ["env", "profile", "stage", "mode"].iter().any(|part| w.contains(part)));
        words.iter().any(|w| asks.contains(w)) || environment && words.iter().any(|w| names.contains(w))
    })
}
