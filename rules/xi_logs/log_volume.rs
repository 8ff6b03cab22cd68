//! `logs/log-volume`: a volume keeps the log files of the service.

use crate::discover::role::Role;
use crate::rules::{Confidence, Factor, Finding, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::compose::{ComposeService, MountKind, ServiceRole};
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "logs/log-volume",
    factor: Factor::Logs,
    also: &[],
    level: Level::Info,
    confidence: Confidence::Medium,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Compose, Need::Images],
    subject: SubjectKind::File,
    page: include_str!("log_volume.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for start in view.starts().iter().filter(|s| s.is_production()) {
        let Some((image, built)) = start.image() else { continue };
        for (path, at) in view.world.layer_volumes(image, built) {
            if is_log_folder(&path) {
                sink.report(said(sink, at, &path).variant("image").service(start.service));
            }
        }
    }
    let crate::world::Subject::File(file) = view.subject else { return };
    let environments = view.world.projects.iter().flat_map(|p| &p.environments);
    for environment in environments.filter(|e| e.role == Role::Production) {
        let own = environment.services.iter().filter(|s| s.role == ServiceRole::App);
        for service in own.filter(|s| !reads_host(s) && !view.world.extends_foreign_program(s)) {
            let mounts = service.volumes.iter().filter(|m| m.span.file == file && !m.read_only);
            for mount in mounts.filter(|m| m.kind != MountKind::Tmpfs && is_log_folder(m.target.value.shown())) {
                let finding = said(sink, mount.span, mount.target.value.shown());
                sink.report(finding.argument("service", service.name.value.clone()));
            }
        }
    }
}

fn said(sink: &Sink<'_>, at: Span, path: &str) -> Finding {
    sink.at(at).argument("path", path)
}

/// `/app/logs`, `/var/log/shop`; not `/var/lib/kafka/log`, which is data.
fn is_log_folder(path: &str) -> bool {
    let path = path.trim_end_matches('/');
    let named = path.rsplit('/').next().is_some_and(|last| matches!(last, "log" | "logs"));
    (named || path == "/var/log" || path.starts_with("/var/log/")) && !path.starts_with("/var/lib/")
}

/// A collector: it mounts what the host or the container engine writes.
fn reads_host(service: &ComposeService) -> bool {
    service.volumes.iter().any(|mount| {
        let source = mount.source.as_ref().map_or("", |s| s.value.shown());
        source.starts_with("/var/run/docker") || source.starts_with("/var/lib/docker") || source == "/var/log"
    })
}
