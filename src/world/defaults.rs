//! Values that settings have when nothing else gives them one: defaults beside environment reads, `impl Default` of
//! settings types, `#[serde(default = "…")]`, defaults handed to a settings loader.

use crate::facts::code::{CallKind, Function, TypeDeclaration};
use crate::facts::value::{Value, ValueKind};
use crate::knowledge::Concept;
use crate::source::Span;

use super::code::{CodeFile, FunctionRef};
use super::meaning::Meaning;
use super::view::View;

/// A setting with a default.
#[derive(Clone, Debug)]
pub struct SettingDefault {
    /// Position of the file in [`super::CodeWorld::files`].
    pub at: usize,
    /// The variable, key or field.
    pub name: String,
    /// The default.
    pub value: Meaning,
    /// Where the setting is read or declared.
    pub setting: Span,
    /// It comes from the environment.
    pub from_environment: bool,
    /// Only in builds for debugging.
    pub debug_only: bool,
}

impl View<'_> {
    /// The defaults of all settings of the subject, in source order of the settings.
    pub fn setting_defaults(&self) -> Vec<SettingDefault> {
        let mut found = Vec::new();
        for placed in self.environment_reads() {
            let (Some(name), Some(value)) = (placed.read.key, placed.read.default) else { continue };
            let (setting, debug_only) = (placed.read.read_at, placed.debug_only);
            found.push(SettingDefault {
                at: placed.at,
                name,
                value,
                setting,
                from_environment: true,
                debug_only,
            });
        }
        self.loader_defaults(&mut found);
        for (at, file) in self.code_files() {
            self.default_implementations(at, file, &mut found);
            self.default_functions(at, file, &mut found);
        }
        found.sort_by_key(|d| d.setting);
        found
    }

    fn loader_defaults(&self, into: &mut Vec<SettingDefault>) {
        for event in self.events(Concept::ConfigDefault) {
            let name = self.role(event, "key").and_then(|k| k.text().map(str::to_owned));
            let (Some(name), Some(value)) = (name, self.role(event, "value")) else { continue };
            into.push(SettingDefault {
                at: event.at,
                name,
                value,
                setting: event.name_span(),
                from_environment: false,
                debug_only: event.event.scope.debug_only,
            });
        }
    }

    /// `impl Default for Settings { fn default() -> Self { Settings { secret: "…" } } }`
    fn default_implementations(&self, at: usize, file: &CodeFile, into: &mut Vec<SettingDefault>) {
        for (position, function) in file.facts.functions.iter().enumerate() {
            if function.name.value != "default" || function.scope.test || function.is_method {
                continue;
            }
            let owner = function.container.rsplit("::").next().unwrap_or("");
            let declared = file.facts.types.iter().find(|t| t.name.value == owner);
            if !is_settings(owner, declared) {
                continue;
            }
            let Some(Value { kind: ValueKind::Record(_, parts), .. }) = &function.result else { continue };
            let position = u32::try_from(position).ok();
            for (name, value) in parts {
                let meaning = self.world.code.meaning(at, position, value);
                into.push(self.of_function(at, file, function, name, meaning));
            }
        }
    }

    /// `#[serde(default = "default_secret")] secret: String` with `fn default_secret() -> String`.
    fn default_functions(&self, at: usize, file: &CodeFile, into: &mut Vec<SettingDefault>) {
        for call in file.facts.calls.iter().filter(|c| c.kind == CallKind::Attribute && !c.scope.test) {
            if call.callee.last() != "#[serde]" {
                continue;
            }
            let text = |name: &str| {
                let argument = call.arguments.iter().find(|a| a.name.as_deref() == Some(name));
                argument.and_then(|a| a.value.as_text())
            };
            let (Some(field), Some(path)) = (text("field"), text("default")) else { continue };
            let name = if path.contains("::") { path.to_owned() } else { format!("self::{path}") };
            let [target] = self.world.code.functions_named(at, &name)[..] else { continue };
            let FunctionRef { file: there, function } = target;
            let (Some(made), Some(home)) =
                (self.world.code.function(target), self.world.code.files.get(there))
            else {
                continue;
            };
            let Some(result) = &made.result else { continue };
            let meaning = self.world.code.meaning(there, Some(function), result);
            into.push(self.of_function(there, home, made, field, meaning));
        }
    }

    fn of_function(
        &self,
        at: usize,
        file: &CodeFile,
        function: &Function,
        name: &str,
        value: Meaning,
    ) -> SettingDefault {
        SettingDefault {
            at,
            name: name.to_owned(),
            value,
            setting: Span::new(file.file, function.name.range),
            from_environment: false,
            debug_only: function.scope.debug_only,
        }
    }

    /// True when code of the subject compares something with `text` and gives up where they are equal.
    pub fn rejects(&self, at: usize, text: &str) -> bool {
        let package = self.world.code.files.get(at).and_then(|f| f.package);
        let same =
            |file: &CodeFile, here: usize| here == at || (package.is_some() && file.package == package);
        self.code_files().filter(|(here, file)| same(file, *here)).any(|(_, file)| {
            file.facts.calls.iter().any(|call| {
                let ends = gives_up(call.callee.last());
                let asked = call.conditions.iter().any(|c| !c.starts_with("not ") && holds_word(c, text));
                let asserted = call.callee.last() == "assert_ne!"
                    && call.arguments.iter().any(|a| a.value.as_text() == Some(text));
                (ends && asked) || asserted
            })
        })
    }
}

fn is_settings(name: &str, declared: Option<&TypeDeclaration>) -> bool {
    let named = ["Settings", "Config", "Configuration", "Options", "Args", "Opts", "Conf", "Env"]
        .iter()
        .any(|suffix| name.ends_with(suffix));
    let read = declared.is_some_and(|t| {
        t.attributes
            .iter()
            .any(|a| matches!(a.last(), "Deserialize" | "Parser" | "Args" | "Clap" | "StructOpt"))
    });
    named || read
}

/// Names of what ends a start-up: macros and functions, and exceptions by their ending.
fn gives_up(last: &str) -> bool {
    matches!(
        last,
        "bail!" | "panic!" | "exit" | "abort" | "ensure!" | "anyhow!" | "eyre!" | "unreachable!" | "raise"
    ) || last.ends_with("Error")
        || last.ends_with("Exception")
        || last.ends_with("ImproperlyConfigured")
}

fn holds_word(condition: &str, text: &str) -> bool {
    !text.is_empty() && (condition == text || condition.split(' ').any(|word| word == text))
}
