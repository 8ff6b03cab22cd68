//! Which binaries of a workspace images take along, told by the literal paths of `COPY --from`.

use std::collections::BTreeSet;

use crate::discover::role::Role;
use crate::source::Span;
use crate::syntax::docker::{Body, Keyword, Transfer};
use crate::syntax::docker_stages::chain;

use super::World;
use super::commands::file_name;
use super::image::{BuiltImage, Image};
use super::services::Service;

/// A binary that an image takes from a stage of its own build.
#[derive(Clone, Debug)]
pub struct ShippedBinary {
    /// Its file name.
    pub name: String,
    /// Its path in the stage.
    pub source: String,
    /// Where it goes, as written.
    pub destination: String,
    /// The stage, as written.
    pub stage: String,
    /// The instruction.
    pub span: Span,
}

/// What an image takes from other stages.
#[derive(Clone, Debug, Default)]
pub struct Shipment {
    /// The binaries, in order.
    pub binaries: Vec<ShippedBinary>,
    /// Something else may hold binaries: a folder, a pattern, a variable, a build in the image itself.
    pub open: bool,
}

impl World {
    /// What `built` takes along of the binaries called `known`.
    pub fn shipment(&self, image: &Image, built: &BuiltImage, known: &BTreeSet<&str>) -> Shipment {
        let mut shipment = Shipment::default();
        let Some((file, stages)) = self.recipe(image) else { return Shipment { open: true, ..shipment } };
        for stage in chain(&stages, built.target).iter().filter_map(|at| stages.get(*at)) {
            for instruction in file.instructions.get(stage.instructions.clone()).unwrap_or_default() {
                let (Body::Copy(transfer) | Body::Add(transfer)) = &instruction.body else { continue };
                let from =
                    instruction.flags.iter().find(|f| f.name == "from").and_then(|f| f.value.as_deref());
                match from.filter(|_| instruction.keyword == Keyword::Copy) {
                    Some(stage) => {
                        take(
                            transfer,
                            stage,
                            Span::new(image.dockerfile, instruction.range),
                            known,
                            &mut shipment,
                        );
                    }
                    // Binaries that were built outside: whole folders of them may come in.
                    None => {
                        shipment.open |= transfer.sources.iter().any(|s| may_hold_binaries(&s.value, known))
                    }
                }
            }
        }
        let kept = self.layer_commands(image, built);
        shipment.open |= kept.iter().any(|c| matches!(c.program(), "cargo" | "rustup" | "curl" | "wget"));
        shipment
    }

    /// The images of production role, with what each takes along of `known`.
    pub fn shipments(&self, known: &BTreeSet<&str>) -> Vec<(&Image, Shipment)> {
        let mut found = Vec::new();
        for image in self.images.iter().filter(|i| i.role == Role::Production) {
            for built in &image.targets {
                found.push((image, self.shipment(image, built, known)));
            }
        }
        found
    }

    /// The other programs of the workspace of `service`, those of its own package among them.
    pub fn siblings<'w>(&'w self, service: &'w Service) -> impl Iterator<Item = &'w Service> {
        let home = |s: &Service| s.package.and_then(|p| self.packages.get(p.0)).map(|p| &p.workspace_folder);
        let wanted = home(service);
        self.services.iter().filter(move |s| {
            s.binary.is_some() && s.name != service.name && wanted.is_some() && home(s) == wanted
        })
    }
}

fn take(transfer: &Transfer, stage: &str, span: Span, known: &BTreeSet<&str>, shipment: &mut Shipment) {
    for source in &transfer.sources {
        let name = file_name(&source.value);
        if known.contains(name) && !source.value.contains('$') {
            shipment.binaries.push(ShippedBinary {
                name: name.to_owned(),
                source: source.value.clone(),
                destination: transfer.destination.value.clone(),
                stage: stage.to_owned(),
                span,
            });
        } else {
            shipment.open |= may_hold_binaries(&source.value, known);
        }
    }
}

/// False for a path that is surely no folder of binaries: a file with an extension, or a folder with a name of data.
fn may_hold_binaries(path: &str, known: &BTreeSet<&str>) -> bool {
    const DATA: &[&str] = &[
        "migrations",
        "static",
        "assets",
        "public",
        "templates",
        "locales",
        "certs",
        "ssl",
        "docs",
        "config",
        "configs",
        "frontend",
        "html",
        "www",
        "share",
        "zoneinfo",
        "passwd",
        "group",
        "ca-certificates",
        "licenses",
        "LICENSE",
    ];
    let trimmed = path.trim_end_matches('/');
    let name = file_name(trimmed);
    if path.contains(['*', '?', '[', '$']) {
        // `*.toml` is a pattern for data.
        let extension = name.rsplit_once('.').map(|(_, extension)| extension);
        return extension.is_none_or(|e| e.contains(['*', '?', '[', '$']));
    }
    !(name.len() > 1 && name.trim_start_matches('.').contains('.')
        || DATA.contains(&name)
        || known.contains(name))
}
