//! `logs/file-appender-config`: a configuration has the service write its events to a log file.

use crate::discover::role::Role;
use crate::facts::artefact::Artefact;
use crate::rules::{Confidence, Factor, Finding, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::FileId;
use crate::world::image::{Position, names_development};
use crate::world::log_config::{ConfiguredLog, file_appenders, of_options};
use crate::world::{Origin, ServiceId, Start, Subject, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "logs/file-appender-config",
    factor: Factor::Logs,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::A,
    // Few of the projects it was measured on do it at all.
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Images, Need::Procfile, Need::Compose, Need::Cargo],
    subject: SubjectKind::File,
    page: include_str!("file_appender_config.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Subject::File(file) = view.subject else { return };
    let Some(found) = view.world.inventory.files.get(file.0 as usize) else { return };
    let name = found.path.rsplit('/').next().unwrap_or("");
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    if found.role != Role::Production || names_development(stem) {
        return;
    }
    match view.world.artefact(file) {
        Artefact::Xml(xml) => {
            let Some(service) = view.world.java_service_at(&found.path) else { return };
            for log in file_appenders(file, xml) {
                let finding = finding(sink, &log, Some(service));
                sink.report(match log.used {
                    Some(used) => finding.related(used, "logger"),
                    None => finding,
                });
            }
        }
        Artefact::Ini(_) | Artefact::Document(_) => {
            managed(view, file, sink);
            settings(view, file, &found.path, sink);
        }
        Artefact::Unit(_) => {
            for start in view.starts().iter().filter(|s| s.is_production() && !s.is_release_step()) {
                if let Some(log) = view.world.unit_log(file) {
                    let finding = finding(sink, &log, start.service).variant("unit");
                    sink.report(finding);
                }
            }
        }
        _ => {}
    }
    options(view, sink);
}

/// What settings of the program itself say: those of Spring Boot, a configuration of log4rs.
fn settings(view: &View<'_>, file: FileId, path: &str, sink: &mut Sink<'_>) {
    let logs = view.world.spring_logs(file);
    if let Some(service) = view.world.java_service_at(path).filter(|_| !logs.is_empty()) {
        for log in &logs {
            let finding = finding(sink, log, Some(service)).variant("spring");
            sink.report(finding);
        }
    }
    for log in view.world.log4rs_appenders(file) {
        let Some(service) = view.world.rust_service_with(path, "log4rs") else { return };
        let finding = finding(sink, &log, Some(service)).variant("log4rs");
        sink.report(match log.used {
            Some(used) => finding.related(used, "logger"),
            None => finding,
        });
    }
}

/// What the configuration of a process manager says of the programs that an image runs under it.
fn managed(view: &View<'_>, file: FileId, sink: &mut Sink<'_>) {
    for image in view.world.images.iter().filter(|i| i.role == Role::Production) {
        for built in &image.targets {
            let service = view.world.service_of_image(image.dockerfile);
            let start = Start { origin: Origin::Image(image, built), tree: &built.start, service };
            let command = start.mains().next().map(|c| c.span);
            for log in view.world.managed_logs(file, &start) {
                let finding = finding(sink, &log, service).variant("setting");
                sink.report(match command {
                    Some(command) if command.file != file => finding.related(command, "start"),
                    _ => finding,
                });
            }
        }
    }
}

/// What options of the commands say that the artefact starts.
fn options(view: &View<'_>, sink: &mut Sink<'_>) {
    for start in view.starts().iter().filter(|s| s.is_production() && !s.is_release_step()) {
        for command in start.tree.commands.iter().filter(|c| c.position != Position::Helper && !c.expanded) {
            let Some(log) = of_options(command) else { continue };
            let finding = finding(sink, &log, start.service).variant("option").argument("command", command.program());
            let place = start.place(command);
            sink.report(if place.file == log.span.file { finding } else { finding.related(place, "start") });
        }
    }
}

/// A finding about `log`; files that are data of the service and not its event stream weigh less.
fn finding(sink: &Sink<'_>, log: &ConfiguredLog, service: Option<ServiceId>) -> Finding {
    let path = log.path.as_deref().unwrap_or("");
    let finding = sink.at(log.span).service(service).argument("name", &log.name);
    let finding = finding.argument("path", if path.is_empty() { "a file" } else { path });
    let data = |text: &str| {
        let words = crate::secrets::name::words(text);
        words.iter().any(|w| matches!(w.as_str(), "audit" | "wal" | "journal" | "replay"))
    };
    if data(path) || data(&log.name) {
        return finding.level(Level::Info).confidence(Confidence::Medium);
    }
    finding
}
