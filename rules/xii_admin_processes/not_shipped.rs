//! `admin/not-shipped`: a program for one-off tasks is left out of the image that ships its sibling.

use std::collections::BTreeSet;

use crate::discover::role::Role;
use crate::facts::code::Language;
use crate::knowledge::Concept;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::{Service, ServiceId, ServiceKind, Subject, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "admin/not-shipped",
    factor: Factor::AdminProcesses,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::Medium,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust), Need::Cargo, Need::Images],
    subject: SubjectKind::Service,
    page: include_str!("not_shipped.md"),
    check,
};

/// Words in the names of programs that do one-off tasks on the data of a service.
const TASKS: &[&str] = &[
    "migrate", "migration", "migrations", "migrator", "admin", "seed", "seeder", "backfill", "console", "manage",
    "reindex",
];

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some((_, service)) = view.service() else { return };
    let words = crate::secrets::name::words(&service.name);
    let task = words.iter().find(|w| TASKS.contains(&w.as_str()));
    let aside = matches!(service.kind, ServiceKind::TestSupport | ServiceKind::BuildTool | ServiceKind::Desktop);
    // Whoever answers requests is a service of its own, whatever it is called.
    let (Some(task), false) = (task, aside || service.kind.is_long_running()) else { return };
    let Some(place) = place_of(view, service) else { return };
    let known: BTreeSet<&str> = view.world.services.iter().filter_map(|s| s.binary.as_deref()).collect();
    let shipments = view.world.shipments(&known);
    let ours: Vec<&Service> = view.world.siblings(service).filter(|s| s.kind.is_long_running()).collect();
    let names: BTreeSet<&str> = ours.iter().filter_map(|s| s.binary.as_deref()).collect();
    let taken = |name: &str| shipments.iter().flat_map(|(_, s)| &s.binaries).any(|b| b.name == name);
    let started = view.world.images.iter().any(|image| {
        image.targets.iter().any(|b| b.start.commands.iter().any(|c| c.program() == service.name))
    });
    if taken(&service.name) || started {
        return;
    }
    // One image that may hold it is enough.
    let shipping = || shipments.iter().filter(|(_, s)| s.binaries.iter().any(|b| names.contains(b.name.as_str())));
    if shipping().any(|(_, s)| s.open) {
        return;
    }
    let found = shipping().find_map(|(image, s)| {
        let binary = s.binaries.iter().find(|b| names.contains(b.name.as_str()))?;
        let sibling = ours.iter().find(|o| o.binary.as_deref() == Some(binary.name.as_str()))?;
        Some((image, binary, sibling))
    });
    let Some((image, binary, sibling)) = found else { return };
    if !shares_data(service, sibling) || has_subcommand(view, sibling, task) || migrates_itself(view, sibling, task) {
        return;
    }
    let folder = binary.source.strip_suffix(binary.name.as_str()).unwrap_or("");
    let destination = match binary.destination.strip_suffix(binary.name.as_str()) {
        Some(before) if before.ends_with('/') => format!("{before}{}", service.name),
        _ => binary.destination.clone(),
    };
    let copy = format!("COPY --from={} {folder}{} {destination}", binary.stage, service.name);
    sink.report(
        sink.at(place)
            .related(binary.span, "sibling")
            .argument("program", &service.name)
            .argument("sibling", &sibling.name)
            .argument("dockerfile", view.world.path(image.dockerfile))
            .argument("copy", copy)
            .argument("task", task),
    );
}

/// The program works on what its sibling keeps: it is built from the same package, or from one that both share and
/// that connects to a backing service.
fn shares_data(service: &Service, sibling: &Service) -> bool {
    service.package == sibling.package
        || !service.clients.is_empty() && service.packages.intersection(&sibling.packages).next().is_some()
}

/// True when the shipped program has a subcommand for the task.
fn has_subcommand(view: &View<'_>, sibling: &Service, task: &str) -> bool {
    let files = view.world.code.files.iter().filter(|f| {
        !f.test && f.role == Role::Production && f.package.is_some_and(|p| sibling.packages.contains(&p))
    });
    let stem = task.get(..4).unwrap_or(task);
    files.flat_map(|f| &f.facts.types).any(|t| {
        let derived = t.attributes.iter().any(|a| matches!(a.last(), "Subcommand" | "StructOpt" | "Parser" | "Clap"));
        derived && t.fields.iter().any(|f| f.value.to_ascii_lowercase().starts_with(stem))
    })
}

/// True when the program is for migrations, and the shipped one carries them and applies them by itself.
fn migrates_itself(view: &View<'_>, sibling: &Service, task: &str) -> bool {
    let at = view.world.services.iter().position(|s| s.name == sibling.name);
    task.starts_with("migrat")
        && at.is_some_and(|at| {
            let own = View { subject: Subject::Service(ServiceId(at)), ..*view };
            !own.events(Concept::SchemaMigration).is_empty()
        })
}

/// The `main` of the program.
fn place_of(view: &View<'_>, service: &Service) -> Option<Span> {
    let entry = service.entry?;
    let function = view.world.code.function(entry)?;
    Some(Span::new(view.world.code.files.get(entry.file)?.file, function.name.range))
}
