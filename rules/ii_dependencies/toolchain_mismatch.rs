//! `dependencies/toolchain-mismatch`: an image builds with another compiler than the manifest asks for.

use std::collections::BTreeSet;

use crate::discover::role::Role;
use crate::facts::artefact::Artefact;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::{FileId, Span, Spanned};
use crate::world::image::StartCommand;
use crate::world::image_reference::image_reference;
use crate::world::packages::{folder_of, join};
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "dependencies/toolchain-mismatch",
    factor: Factor::Dependencies,
    also: &[],
    level: Level::Error,
    confidence: Confidence::High,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Images, Need::Cargo],
    subject: SubjectKind::Dockerfile,
    page: include_str!("toolchain_mismatch.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some(image) = view.image().filter(|i| i.role == Role::Production) else { return };
    let mut seen = BTreeSet::new();
    // Somebody who calls rustup has chosen the compiler there.
    if image.targets.iter().flat_map(|t| &t.runs).any(|c| c.program() == "rustup") {
        return;
    }
    for command in image.targets.iter().flat_map(|t| &t.runs).filter(|c| builds(c)) {
        let (Some(manifest), Some(step)) = (command.manifest, view.world.build_step(image, command)) else { continue };
        let Some((version, tag)) = step.base.as_deref().and_then(rust_version) else { continue };
        if !seen.insert(step.base_span) {
            continue;
        }
        let finding = sink
            .at(step.base_span)
            .argument("tag", tag)
            .argument("version", shown(&version))
            .related(command.span, "build");
        match (toolchain_file(view, manifest), minimum(view, manifest)) {
            // rustup, which the image brings, installs what the file says.
            (Some((file, channel)), _) => {
                let wanted = parse(&channel.value);
                if wanted.as_ref().is_some_and(|wanted| !agree(&version, wanted)) {
                    let finding = finding.variant("channel").level(Level::Info).argument("wanted", channel.value.clone());
                    sink.report(finding.related(Span::new(file, channel.range), "channel"));
                }
            }
            (None, Some((file, least))) => {
                let wanted = parse(&least.value);
                if wanted.as_ref().is_some_and(|wanted| is_older(&version, wanted)) {
                    let finding = finding.argument("wanted", least.value.clone());
                    sink.report(finding.related(Span::new(file, least.range), "minimum"));
                }
            }
            (None, None) => {}
        }
    }
}

fn builds(command: &StartCommand) -> bool {
    let texts = command.texts();
    // `cargo +nightly` names its own compiler.
    command.program() == "cargo"
        && matches!(texts.get(1), Some(&("build" | "b" | "install" | "run" | "test" | "chef" | "rustc")))
}

/// The version in the name of an image that brings rustup, and its tag.
fn rust_version(base: &str) -> Option<(Vec<u32>, String)> {
    let reference = image_reference(base);
    let tag = reference.tag.clone()?;
    let name = reference.repository.rsplit('/').next()?;
    let text = match name {
        "rust" => tag.as_str(),
        "cargo-chef" => tag.split("rust-").nth(1)?,
        _ => return None,
    };
    Some((parse(text)?, tag))
}

/// The numbers at the start of a version; none when it starts with something else.
fn parse(text: &str) -> Option<Vec<u32>> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let numbers: Option<Vec<u32>> = text.get(..end)?.split('.').map(|n| n.parse().ok()).collect();
    numbers.filter(|n| !n.is_empty())
}

/// True when `one` is lower in the numbers that both state: `1` is every 1.x.
fn is_older(one: &[u32], other: &[u32]) -> bool {
    one.iter().zip(other).find(|(a, b)| a != b).is_some_and(|(a, b)| a < b)
}

fn agree(one: &[u32], other: &[u32]) -> bool {
    one.iter().zip(other).all(|(a, b)| a == b)
}

fn shown(version: &[u32]) -> String {
    version.iter().map(u32::to_string).collect::<Vec<_>>().join(".")
}

/// `rust-toolchain.toml` at or above the manifest, with the channel it names.
fn toolchain_file(view: &View<'_>, manifest: FileId) -> Option<(FileId, Spanned<String>)> {
    let mut folder = folder_of(view.world.path(manifest));
    loop {
        for name in ["rust-toolchain.toml", "rust-toolchain"] {
            let Some(file) = view.world.file_at(&join(folder, name)) else { continue };
            let channel = match view.world.artefact(file) {
                Artefact::Document(document) => document
                    .root()
                    .and_then(|root| root.get_path(&["toolchain", "channel"]))
                    .and_then(|c| Some(Spanned::new(c.as_str()?.to_owned(), c.range()))),
                _ => None,
            };
            // A file that cannot be read may name anything.
            return Some((file, channel.unwrap_or_else(|| Spanned::new(String::new(), Default::default()))));
        }
        if folder.is_empty() {
            return None;
        }
        folder = folder_of(folder);
    }
}

/// `rust-version` of the package, or what its workspace says for all.
fn minimum(view: &View<'_>, manifest: FileId) -> Option<(FileId, Spanned<String>)> {
    let of = |file: FileId| match view.world.artefact(file) {
        Artefact::CargoManifest(manifest) => {
            let shared = manifest.workspace.as_ref().and_then(|w| w.rust_version.clone());
            manifest.rust_version.clone().or(shared).map(|version| (file, version))
        }
        _ => None,
    };
    let package = view.world.packages.iter().find(|p| p.manifest_file == manifest);
    let root = package.and_then(|p| view.world.file_at(&join(&p.workspace_folder, "Cargo.toml")));
    of(manifest).or_else(|| of(root?))
}
