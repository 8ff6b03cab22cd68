//! The units of systemd in the tree.

use std::collections::BTreeSet;

use crate::discover::role::Role;
use crate::facts::artefact::Artefact;
use crate::source::{FileId, Span};

use super::World;
use super::image::{ProcessTree, Tree, unit_start};
use super::located::Located;
use super::services::ServiceId;
use super::start::started_names;

/// A unit that starts something.
#[derive(Clone, Debug)]
pub struct SystemdUnit {
    /// Its file.
    pub file: FileId,
    /// The role of its path.
    pub role: Role,
    /// Its name, without extension: `shop`, `shop@`.
    pub name: String,
    /// The command line of the main process, key included.
    pub span: Span,
    /// What it starts.
    pub start: ProcessTree,
    /// `Type`.
    pub kind: Option<Located<String>>,
    /// `PIDFile`.
    pub pid_file: Option<Located<String>>,
    /// `KillSignal`.
    pub kill_signal: Option<Located<String>>,
    /// `KillMode`.
    pub kill_mode: Option<Located<String>>,
    /// `TimeoutStopSec`.
    pub stop_timeout: Option<Located<String>>,
}

impl SystemdUnit {
    /// True for a unit that is done when its command has ended.
    pub fn is_job(&self) -> bool {
        self.kind.as_ref().is_some_and(|k| k.value == "oneshot")
    }

    /// True when it stops its program with another signal than SIGTERM.
    pub fn stops_otherwise(&self) -> bool {
        let signal = self.kill_signal.as_ref().map(|s| s.value.trim_start_matches("SIG"));
        signal.is_some_and(|s| !matches!(s, "TERM" | "15"))
    }
}

/// The units that start something, by file.
pub fn units(tree: Tree<'_>) -> Vec<SystemdUnit> {
    let mut found = Vec::new();
    for (at, artefact) in tree.artefacts.iter().enumerate() {
        let (Artefact::Unit(unit), Ok(id)) = (artefact, u32::try_from(at)) else { continue };
        let Some(file) = tree.inventory.files.get(at) else { continue };
        let id = FileId(id);
        let Some(main) = unit.last("Service", "ExecStart") else { continue };
        let setting = |key: &'static str| {
            let entry = unit.last("Service", key).filter(|e| !e.value.value.is_empty())?;
            Some(Located { value: entry.value.value.clone(), span: Span::new(id, entry.range) })
        };
        let name = file.path.rsplit('/').next().unwrap_or(&file.path);
        found.push(SystemdUnit {
            file: id,
            role: file.role,
            name: name.rsplit_once('.').map_or(name, |(stem, _)| stem).to_owned(),
            span: Span::new(id, main.range),
            start: unit_start(tree, id, unit),
            kind: setting("Type"),
            pid_file: setting("PIDFile"),
            kill_signal: setting("KillSignal"),
            kill_mode: setting("KillMode"),
            stop_timeout: setting("TimeoutStopSec").or_else(|| setting("TimeoutSec")),
        });
    }
    found
}

/// Names of the programs that units of production role keep running.
pub fn started_by_units(units: &[SystemdUnit]) -> BTreeSet<String> {
    let kept = units.iter().filter(|u| u.role == Role::Production && !u.is_job());
    kept.flat_map(|u| started_names(&u.start, &[])).collect()
}

impl World {
    /// The units that start the service, or something that is not known.
    pub fn units_of(&self, service: ServiceId) -> impl Iterator<Item = &SystemdUnit> {
        let units = self.units.iter().filter(|u| u.role == Role::Production);
        units.filter(move |u| self.started_service(&u.start, &[]).is_none_or(|id| id == service))
    }
}
