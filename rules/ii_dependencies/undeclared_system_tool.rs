//! `dependencies/undeclared-system-tool`: a service calls a program that its image does not have.

use std::collections::BTreeMap;

use crate::facts::code::Language;
use crate::knowledge::Concept;
use crate::rules::{Confidence, Factor, Finding, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::image::{BuiltImage, Image, system_shell};
use crate::world::meaning::MeaningKind;
use crate::world::tools::{Provision, install_command, tool_of};
use crate::world::view::{EventRef, Reach};
use crate::world::{Meaning, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "dependencies/undeclared-system-tool",
    factor: Factor::Dependencies,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::Medium,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust), Need::Source(Language::Python), Need::Images, Need::Compose],
    subject: SubjectKind::Service,
    page: include_str!("undeclared_system_tool.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some((_, service)) = view.service() else { return };
    if !service.kind.is_long_running() {
        return;
    }
    let mut calls: BTreeMap<String, Vec<(EventRef<'_>, Span)>> = BTreeMap::new();
    for event in view.events(Concept::ProcessSpawn) {
        if event.event.scope.not_unix || event.event.scope.debug_only || view.is_test_helper(event) {
            continue;
        }
        // A library of the workspace holds calls for others too.
        let foreign = event.file.package != service.package;
        if service.entry.is_some() && foreign && view.reach(event) == Reach::Unknown {
            continue;
        }
        let Some((program, span)) = view.role(event, "program").and_then(|m| program_of(&m)) else { continue };
        let own = view.world.services.iter().any(|s| s.binary.as_deref() == Some(program.as_str()));
        if !own {
            calls.entry(program).or_default().push((event, span));
        }
    }
    let images = images(view);
    for (program, mut sites) in calls {
        sites.sort_by_key(|(event, _)| (view.reach(*event) != Reach::Serving, event.span()));
        let Some(((first, span), others)) = sites.split_first() else { continue };
        let answers: Vec<(Provision, &BuiltImage)> =
            images.iter().map(|(image, built)| (view.world.provides(image, built, &program), *built)).collect();
        let finding = sink.at(*span).argument("program", program.clone()).argument("name", &service.name);
        let absent = answers.iter().find(|(answer, _)| *answer == Provision::Absent);
        let mut finding = match absent {
            Some((_, built)) => missing(finding, &program, built, first.file.facts.language),
            None if !answers.is_empty() && answers.iter().all(|(answer, _)| *answer == Provision::Present) => continue,
            None => finding.variant("unknown").level(Level::Info),
        };
        // What another subcommand calls, or a caller that copes with its absence, is no fault of the service.
        let followed = service.entry.is_some();
        if followed && view.reach(*first) != Reach::Serving || copes(*first) {
            finding = finding.level(Level::Info);
        }
        for (_, other) in others {
            finding = finding.related(*other, "also");
        }
        sink.report(finding);
    }
}

fn missing(finding: Finding, program: &str, built: &BuiltImage, language: Language) -> Finding {
    let base = built.base.as_deref().unwrap_or_default();
    let finding = finding.argument("base", base).related(built.base_span, "base");
    let library = tool_of(program).and_then(|tool| match language {
        Language::Rust => tool.library.as_deref(),
        _ => tool.python.as_deref(),
    });
    let install = system_shell(base).and_then(|shell| install_command(shell, program));
    let finding = finding.argument("library", library.unwrap_or("")).argument("install", install.clone().unwrap_or_default());
    match (install.is_some(), library.is_some()) {
        (true, true) => finding.variant("library"),
        (true, false) => finding,
        // Without a package manager nothing can add it at run time either.
        (false, true) => finding.variant("empty-library").level(Level::Error).confidence(Confidence::High),
        (false, false) => finding.variant("empty").level(Level::Error).confidence(Confidence::High),
    }
}

/// The images that start the service.
fn images<'w>(view: &View<'w>) -> Vec<(&'w Image, &'w BuiltImage)> {
    let deployed: Vec<_> = view.deployments().into_iter().map(|d| (d.image, d.built)).collect();
    if !deployed.is_empty() {
        return deployed;
    }
    let image = view.service().and_then(|(_, service)| view.world.image_of(service.image?));
    image.into_iter().flat_map(|image| image.targets.iter().map(move |built| (image, built))).collect()
}

/// The name of the program that is started, and where it stands: of a list the first, of a command line the first word.
fn program_of(meaning: &Meaning) -> Option<(String, Span)> {
    let text = match &meaning.kind {
        MeaningKind::Text(text) => text.as_str(),
        MeaningKind::List(parts) => return parts.first().and_then(program_of),
        MeaningKind::Join(parts) => match parts.first().map(|p| &p.kind) {
            Some(MeaningKind::Text(text)) if text.contains(' ') => text.as_str(),
            _ => return None,
        },
        _ => return None,
    };
    let word = text.split_whitespace().find(|w| !w.contains('='))?;
    let system = ["/bin/", "/usr/bin/", "/sbin/", "/usr/sbin/", "/usr/local/bin/"];
    let name = match word.contains('/') {
        true => system.iter().find_map(|folder| word.strip_prefix(folder))?,
        false => word,
    };
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.+".contains(c));
    (plain && !name.is_empty() && !name.contains(".exe")).then(|| (name.to_owned(), meaning.span))
}

/// True when the function looks at the error for a program that is not there.
fn copes(event: EventRef<'_>) -> bool {
    let mut calls = event.file.facts.calls.iter().filter(|c| c.function == event.event.function);
    let named = |call: &crate::facts::code::Call| {
        call.arms.iter().chain(&call.conditions).any(|text| text.contains("NotFound") || text.contains("FileNotFoundError"))
            || call.callee.last() == "which"
    };
    calls.any(named)
}
