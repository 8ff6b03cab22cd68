//! What files of the `.env` family and Cargo's configuration declare.

use std::collections::BTreeSet;

use crate::discover::FoundFile;
use crate::discover::kind::FileKind;
use crate::discover::role::Role;
use crate::facts::artefact::Artefact;
use crate::source::{FileId, Span};
use crate::world::World;
use crate::world::compose::Located;

use super::{Declaration, Declarer};

/// The `.env` family, samples included.
pub(super) fn dotenv(world: &World, into: &mut Vec<Declaration>) {
    for (id, file, artefact) in files(world) {
        let Artefact::Dotenv(settings) = artefact else { continue };
        let sample = matches!(file.role, Role::Template | Role::Example);
        for entry in &settings.entries {
            let value = Located::new(entry.value.value.clone(), Span::new(id, entry.value.range));
            into.push(Declaration {
                name: Located::new(entry.key.value.clone(), Span::new(id, entry.key.range)),
                value: Some(value),
                declarer: if sample { Declarer::Sample } else { Declarer::Dotenv },
                role: file.role,
                tracked: file.tracked,
                services: BTreeSet::new(),
                workload: None,
            });
        }
    }
}

/// The `[env]` table of `.cargo/config.toml`.
pub(super) fn cargo_config(world: &World, into: &mut Vec<Declaration>) {
    for (id, file, artefact) in files(world).filter(|(_, f, _)| f.kind == Some(FileKind::CargoConfig)) {
        let Artefact::Document(document) = artefact else { continue };
        for node in document.root().iter().flat_map(|root| root.get("env")).flat_map(|env| env.entries()) {
            let value = node.value.get("value").unwrap_or(node.value);
            let text = value.as_str().map(str::to_owned);
            into.push(Declaration {
                name: Located::new(node.key.to_owned(), Span::new(id, node.key_range)),
                value: text.map(|text| Located::new(text, Span::new(id, value.range()))),
                declarer: Declarer::CargoConfig,
                role: file.role,
                tracked: file.tracked,
                services: BTreeSet::new(),
                workload: None,
            });
        }
    }
}

/// The files of the tree with what was read from them; those above the checked path and of others left out.
fn files(world: &World) -> impl Iterator<Item = (FileId, &FoundFile, &Artefact)> {
    let all = world.inventory.files.iter().zip(&world.artefacts).enumerate();
    all.filter(|(_, (f, _))| !f.above && f.role != Role::Vendored)
        .filter_map(|(at, (f, artefact))| Some((FileId(u32::try_from(at).ok()?), f, artefact)))
}
