//! What keeps factor XII: administration as subcommands, programs, release steps or one-off containers of one release.

use crate::facts::code::Language;
use crate::knowledge::Concept;
use crate::rules::evidence::{Collector, EvidenceSink};
use crate::rules::Need;
use crate::source::Span;
use crate::world::commands::CommandClass;
use crate::world::image::StartCommand;
use crate::world::{Service, View};

/// Collects it.
pub static EVIDENCE: Collector = Collector {
    needs: &[
        Need::Source(Language::Rust),
        Need::Source(Language::Python),
        Need::Images,
        Need::Compose,
        Need::Procfile,
        Need::Paths,
        Need::Pipelines,
    ],
    collect,
};

/// Words in the names of one-off tasks.
const TASKS: &[&str] = &[
    "migrate", "migrates", "migration", "migrations", "admin", "seed", "backfill", "console", "repair", "reindex",
    "recompute", "cleanup", "prune", "import", "export", "reset", "healthcheck", "manage", "vacuum", "rebuild",
    "verify", "create", "delete", "purge", "backup", "restore", "init", "setup", "test", "check", "dump", "compact",
];

fn collect(view: &View<'_>, sink: &mut EvidenceSink<'_>) {
    let Some((_, service)) = view.service() else { return };
    if !view.is_judged() {
        return;
    }
    subcommands(view, service, sink);
    for other in view.world.services.iter() {
        let sibling = other.package == service.package && service.package.is_some();
        if sibling && other.name != service.name && is_task(&other.name) {
            let function = other.entry.and_then(|f| view.world.code.function(f).map(|found| (f, found)));
            let place = function.and_then(|(f, found)| {
                Some(Span::new(view.world.code.files.get(f.file)?.file, found.name.range))
            });
            if let Some(place) = place {
                sink.keeps("program", place).argument("program", &other.name);
            }
        }
    }
    for entry in view.procfile_entries() {
        if entry.name.eq_ignore_ascii_case("release") || is_task(&entry.name) {
            sink.keeps("release", entry.span).argument("name", &entry.name);
        }
    }
    one_off(view, sink);
    for step in view.one_off_steps() {
        sink.keeps("step", step.span)
            .argument("job", &step.job.name)
            .argument("command", step.command.program());
    }
    let boot = !view.boot_migrations().is_empty();
    let migrations = !view.events(Concept::SchemaMigration).is_empty() || has_migrations(view);
    let state = view.events(Concept::ConnectionSink).iter().any(|e| {
        matches!(e.event.attribute("service"), Some("postgres" | "mysql" | "sql" | "mongodb" | "sqlite" | "cassandra"))
    });
    let depends = view.compose_runs().iter().any(|run| {
        run.service.depends_on.iter().any(|d| {
            let target = run.environment.service(&d.service.value);
            target.and_then(|s| s.role.backing()).is_some_and(|kind| kind.family == "sql")
        })
    });
    if !sink.is_decided() && !migrations && !state && !depends && view.has_source() {
        return sink.not_applicable("no-state");
    }
    if boot {
        sink.unknown("boot");
    }
    sink.unknown(match (migrations, state || depends) {
        (true, _) => "migrations",
        (false, true) => "state",
        (false, false) => "language",
    });
}

/// Subcommands of the program that are named after one-off tasks.
fn subcommands(view: &View<'_>, service: &Service, sink: &mut EvidenceSink<'_>) {
    if service.binary.is_none() {
        return;
    }
    for (_, file) in view.code_files() {
        let declared = file.facts.types.iter().filter(|t| {
            !t.scope.test
                && t.attributes.iter().any(|a| {
                    matches!(a.last(), "Subcommand" | "StructOpt" | "Parser" | "Clap" | "FromArgs")
                })
        });
        for variant in declared.flat_map(|t| &t.fields) {
            // The same derives stand on structs, whose fields are options.
            if variant.value.starts_with(char::is_uppercase) && is_task(&variant.value) {
                sink.keeps("subcommand", Span::new(file.file, variant.range))
                    .argument("subcommand", &variant.value)
                    .argument("program", &service.name);
            }
        }
    }
}

/// Compose services that run a one-off task in the image of the service.
fn one_off(view: &View<'_>, sink: &mut EvidenceSink<'_>) {
    for run in view.compose_runs() {
        let Some(dockerfile) = run.service.build.as_ref().and_then(|b| b.dockerfile.as_deref()) else { continue };
        for workload in &view.world.workloads {
            let built = workload.built.is_some();
            let same = run.environment.services.iter().any(|s| {
                s.name.value == workload.name
                    && s.build.as_ref().and_then(|b| b.dockerfile.as_deref()) == Some(dockerfile)
                    && s.entries.iter().any(|e| crate::world::runs::contains(*e, workload.span))
            });
            let task = |c: &StartCommand| c.class(CommandClass::MigratesSchema).is_some();
            let serves = workload.start.commands.iter().any(|c| c.class(CommandClass::Server).is_some());
            if let Some(command) = workload.start.commands.iter().find(|c| task(c)).filter(|_| built && same && !serves) {
                sink.keeps("one-off", workload.span)
                    .argument("service", &workload.name)
                    .argument("command", command.program());
            }
        }
    }
}

/// True when a folder of migrations lies in what the service is built from.
fn has_migrations(view: &View<'_>) -> bool {
    view.source_folders().iter().any(|folder| {
        let files = view.world.inventory.files.iter();
        files.filter(|f| crate::discover::is_below(&f.path, folder)).any(|f| {
            let mut parts = f.path.rsplit('/').skip(1);
            parts.any(|p| matches!(p, "migrations" | "migrate" | "alembic"))
        })
    })
}

/// True when a word of `name` names a one-off task.
fn is_task(name: &str) -> bool {
    crate::secrets::name::words(name).iter().any(|word| TASKS.contains(&word.as_str()))
}
