//! What keeps factor III: variables read from the environment, those that a deploy hands over, a tracked sample.

use std::collections::BTreeSet;

use crate::discover::is_below;
use crate::discover::kind::FileKind;
use crate::facts::code::Language;
use crate::knowledge::Concept;
use crate::rules::evidence::{Collector, EvidenceSink};
use crate::rules::Need;
use crate::secrets::name::is_secret_name;
use crate::source::{FileId, Span};
use crate::world::view::Reach;
use crate::world::View;

/// Collects it.
pub static EVIDENCE: Collector = Collector {
    needs: &[Need::Source(Language::Rust), Need::Source(Language::Python), Need::Compose, Need::Dotenv],
    collect,
};

/// Variables of the machine, the shell and the build: no deploy is configured by reading them.
const ORDINARY: &[&str] = &[
    "HOME", "PATH", "USER", "SHELL", "PWD", "TMPDIR", "TERM", "COLUMNS", "EDITOR", "VISUAL", "NO_COLOR", "RUST_LOG",
    "RUST_BACKTRACE", "OUT_DIR", "LANG", "HOSTNAME", "CI", "APPDATA", "LOCALAPPDATA", "XDG_CONFIG_HOME",
    "XDG_DATA_HOME", "XDG_CACHE_HOME", "DISPLAY", "SSH_TTY",
];

fn collect(view: &View<'_>, sink: &mut EvidenceSink<'_>) {
    if !view.is_judged() {
        return;
    }
    let reads = reads(view);
    // What says most comes first.
    for wanted in ["secret", "required"] {
        for (kind, read, name) in reads.iter().filter(|(kind, ..)| *kind == wanted) {
            sink.keeps(kind, *read).argument("variable", name);
        }
    }
    for event in view.events(Concept::EnvPrefix).into_iter().filter(|e| view.reach(*e) != Reach::OtherCommand) {
        let prefix = view.role(event, "prefix");
        match prefix.as_ref().and_then(|p| p.text()) {
            Some(prefix) => sink.keeps("prefix", event.name_span()).argument("prefix", prefix),
            None => sink.keeps("any", event.name_span()),
        };
    }
    for (_, read, name) in reads.iter().filter(|(kind, ..)| *kind == "read") {
        sink.keeps("read", *read).argument("variable", name);
    }
    given(view, sink);
    samples(view, sink);
    sink.unknown(if view.has_source() { "no-read" } else { "language" });
}

/// The variables that are read: the kind of evidence, where, and the name; each name once.
fn reads(view: &View<'_>) -> Vec<(&'static str, Span, String)> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for read in view.environment_reads() {
        let Some(name) = read.read.key.as_deref() else { continue };
        if read.debug_only || ORDINARY.contains(&name) || name.starts_with("CARGO_") || !seen.insert(name.to_owned()) {
            continue;
        }
        let kind = match (is_secret_name(name), read.read.required) {
            (true, _) if read.read.default.is_none() => "secret",
            (_, true) => "required",
            _ => "read",
        };
        found.push((kind, read.read.read_at, name.to_owned()));
    }
    found
}

/// What compose services are given from outside of the file.
fn given(view: &View<'_>, sink: &mut EvidenceSink<'_>) {
    for run in view.compose_runs() {
        let from_outside = |e: &&crate::world::compose::EnvironmentEntry| {
            e.pass_through || e.variables.iter().any(|v| v.operator.is_none_or(|o| !o.is_default()))
        };
        let mut entries = run.service.environment.iter().filter(from_outside).peekable();
        let Some(first) = entries.peek().map(|e| e.name.span) else { continue };
        let names: Vec<&str> = entries.map(|e| e.name.value.as_str()).collect();
        // Where the source is not read, what the deploy hands over is all there is to see.
        let evidence =
            if view.has_source() { sink.supports("given", first) } else { sink.keeps("given", first) };
        evidence
            .argument("service", &run.service.name.value)
            .argument("variable", names.first().copied().unwrap_or(""))
            .argument("count", names.len().to_string());
    }
}

/// Tracked samples of files with settings.
fn samples(view: &View<'_>, sink: &mut EvidenceSink<'_>) {
    let Some((_, service)) = view.service() else { return };
    for (at, file) in view.world.inventory.files.iter().enumerate() {
        let name = file.path.rsplit('/').next().unwrap_or("").to_ascii_lowercase();
        let sample = ["example", "sample", "template", "dist"].iter().any(|word| name.contains(word));
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let near = is_below(&service.folder, folder);
        if let Ok(id) = u32::try_from(at)
            && file.kind == Some(FileKind::Dotenv)
            && sample
            && near
            && file.tracked != Some(false)
        {
            sink.supports("sample", Span::whole(FileId(id))).argument("file", &file.path);
        }
    }
}
