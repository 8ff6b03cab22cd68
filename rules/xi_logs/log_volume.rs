//! `logs/log-volume`: a volume keeps the log files of the service.

use crate::discover::role::Role;
use crate::rules::{Confidence, Factor, Finding, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::{ByteRange, Span};
use crate::syntax::docker::Body;
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
        for instruction in view.world.layers(image, built) {
            let Body::Volume(paths) = &instruction.body else { continue };
            for path in paths.iter().filter(|p| is_log_folder(&p.value)) {
                let at = Span::new(image.dockerfile, inside_quotes(path.range, &path.value));
                sink.report(said(sink, at, &path.value).variant("image").service(start.service));
            }
        }
    }
    let crate::world::Subject::File(file) = view.subject else { return };
    let environments = view.world.projects.iter().flat_map(|p| &p.environments);
    for environment in environments.filter(|e| e.role == Role::Production) {
        for service in environment.services.iter().filter(|s| s.role == ServiceRole::App && !reads_host(s)) {
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

/// The range of a word without its quotes.
fn inside_quotes(range: ByteRange, value: &str) -> ByteRange {
    let quoted = (range.end - range.start) as usize == value.len() + 2;
    if quoted { ByteRange::new(range.start as usize + 1, range.end as usize - 1) } else { range }
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
