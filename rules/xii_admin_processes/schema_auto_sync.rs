//! `admin/schema-auto-sync`: starting the service rewrites or empties its database.

use crate::discover::role::Role;
use crate::facts::code::Language;
use crate::knowledge::Concept;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::commands::CommandClass;
use crate::world::compose::ServiceRole;
use crate::world::spring::{Profile, default_of, relaxed};
use crate::world::view::Reach;
use crate::world::{Subject, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "admin/schema-auto-sync",
    factor: Factor::AdminProcesses,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust), Need::Cargo, Need::Images, Need::Node, Need::Procfile, Need::Compose],
    subject: SubjectKind::File,
    page: include_str!("schema_auto_sync.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    code(view, sink);
    commands(view, sink);
    settings(view, sink);
    application_settings(view, sink);
}

/// Calls on the way to serving.
fn code(view: &View<'_>, sink: &mut Sink<'_>) {
    for event in view.events(Concept::SchemaSync) {
        for (id, service) in view.world.services_of(event.file) {
            let own = View { subject: Subject::Service(id), ..*view };
            let development = event.event.scope.debug_only
                || event.function().is_some_and(|f| own.is_for_development(f, event.call()) || own.runs_on_demand(f, event.call()));
            if own.reach(event) != Reach::Serving || own.is_embedded(event) || development {
                continue;
            }
            let empties = event.event.attribute("destructive") == Some("yes");
            let finding = sink
                .at(event.name_span())
                .service(Some(id))
                .argument("service", &service.name)
                .argument("what", event.callee().rsplit(['.', ':']).next().unwrap_or(""));
            sink.report(if empties { finding.variant("empties").level(Level::Error) } else { finding });
            break;
        }
    }
}

/// Start commands.
fn commands(view: &View<'_>, sink: &mut Sink<'_>) {
    for start in view.starts().iter().filter(|s| s.is_production() && !s.is_release_step()) {
        for command in start.tree.commands.iter().filter(|c| !c.expanded) {
            let found = command.matches().into_iter().find(|m| {
                m.row.class == CommandClass::MigratesSchema && (m.row.has_note("empties") || m.row.has_note("syncs"))
            });
            let by_default = command.condition.as_ref().is_none_or(|c| !c.on_arguments && !c.on_failure);
            let Some(found) = found.filter(|_| by_default && command.is_unconditional()) else { continue };
            let place = start.place(command);
            let finding =
                sink.at(command.span).service(start.service).argument("command", command.head(found));
            let finding = if place.file == command.span.file { finding } else { finding.related(place, "start") };
            sink.report(if found.row.has_note("empties") {
                finding.variant("command-empties").level(Level::Error)
            } else {
                finding.variant("command")
            });
        }
    }
}

/// Variables that switch an object mapper's own schema changes on.
fn settings(view: &View<'_>, sink: &mut Sink<'_>) {
    let Subject::File(file) = view.subject else { return };
    let mut said: Vec<(Span, &str, &str)> = Vec::new();
    for environment in view.world.projects.iter().flat_map(|p| &p.environments) {
        let services = environment.services.iter().filter(|_| environment.role == Role::Production);
        for service in services.filter(|s| s.role == ServiceRole::App) {
            for entry in &service.environment {
                let Some(raw) = entry.raw.as_ref().filter(|raw| raw.span.file == file) else { continue };
                said.push((raw.span, &entry.name.value, entry.value.as_deref().unwrap_or("")));
            }
        }
    }
    for start in view.starts().iter().filter(|s| s.is_production()) {
        for (name, value) in start.image().into_iter().flat_map(|(_, built)| &built.env) {
            said.push((value.span, name, value.value.as_deref().unwrap_or("")));
        }
    }
    said.sort_by_key(|(span, ..)| *span);
    said.dedup();
    for (span, name, value) in said {
        let Some(empties) = switches_on(name, value) else { continue };
        let finding = sink.at(span).argument("name", name).argument("value", value);
        sink.report(if empties {
            finding.variant("setting-empties").level(Level::Error)
        } else {
            finding.variant("setting")
        });
    }
}

/// Settings of Spring Boot in files.
fn application_settings(view: &View<'_>, sink: &mut Sink<'_>) {
    let Subject::File(file) = view.subject else { return };
    let Some(found) = view.world.inventory.files.get(file.0 as usize) else { return };
    let settings = view.world.spring_settings(file);
    if settings.is_empty() || found.role != Role::Production {
        return;
    }
    // A database inside the program is gone with it.
    const EMBEDDED: &[&str] = &["jdbc:h2:", "jdbc:hsqldb:", "jdbc:derby:", "jdbc:sqlite:"];
    if settings.iter().any(|(_, s)| EMBEDDED.iter().any(|e| s.value.value.contains(e))) {
        return;
    }
    let Some(service) = view.world.java_service_at(&found.path) else { return };
    for (profile, setting) in settings.iter().filter(|(p, _)| *p != Profile::Development) {
        let value = default_of(&setting.value.value);
        let Some(empties) = switches_on(&relaxed(&setting.key).replace("ddlauto", "ddl_auto"), value) else { continue };
        let finding = sink.at(setting.value.span).service(Some(service));
        let finding = finding.argument("name", &setting.key).argument("value", value);
        let finding = if empties {
            finding.variant("setting-empties").level(Level::Error)
        } else {
            finding.variant("setting")
        };
        sink.report(match profile {
            Profile::Deployed => finding,
            _ => finding.level(Level::Info).confidence(Confidence::Medium),
        });
    }
}

/// Whether the setting rewrites the schema at start, and if so whether it empties it.
fn switches_on(name: &str, value: &str) -> Option<bool> {
    let name = name.to_ascii_lowercase().replace(['.', '-'], "_");
    match (name.as_str(), value.to_ascii_lowercase().as_str()) {
        ("spring_jpa_hibernate_ddl_auto" | "spring_jpa_properties_hibernate_hbm2ddl_auto", "update") => Some(false),
        (
            "spring_jpa_hibernate_ddl_auto" | "spring_jpa_properties_hibernate_hbm2ddl_auto",
            "create" | "create-drop",
        ) => Some(true),
        ("typeorm_synchronize", "true" | "1") => Some(false),
        ("typeorm_drop_schema", "true" | "1") => Some(true),
        _ => None,
    }
}
