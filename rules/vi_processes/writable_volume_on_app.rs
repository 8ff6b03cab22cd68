//! `processes/writable-volume-on-app`: a service keeps files on a disk that stays with one machine or one copy.

use crate::discover::is_below;
use crate::discover::role::Role;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::backing::{ImageClass, image_kind};
use crate::world::compose::{MountKind, ServiceRole};
use crate::world::image::Image;
use crate::world::image_reference::image_reference;
use crate::world::kubernetes::{Application, VolumeKind, Workload, WorkloadKind};
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "processes/writable-volume-on-app",
    factor: Factor::Processes,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::Medium,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Kubernetes, Need::Compose, Need::Images],
    subject: SubjectKind::Repository,
    page: include_str!("writable_volume_on_app.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for application in view.applications() {
        let apart = [WorkloadKind::Deployment, WorkloadKind::ReplicaSet];
        for workload in application.workloads.iter().filter(|w| apart.contains(&w.kind)) {
            of_workload(view, application, workload, sink);
        }
    }
    of_projects(view, sink);
    of_images(view, sink);
}

fn of_workload(view: &View<'_>, application: &Application, workload: &Workload, sink: &mut Sink<'_>) {
    for container in workload.containers.iter().filter(|c| view.world.dockerfile_of(c).is_some()) {
        for mount in container.mounts.iter().filter(|m| !m.read_only && !m.maybe) {
            let Some(path) = mount.path.as_ref().and_then(|p| p.known()) else { continue };
            let Some(volume) = workload.volume(mount).filter(|v| !v.read_only) else { continue };
            let variant = match volume.kind {
                // Settings come by ConfigMap: what is claimed is kept.
                VolumeKind::Claim if !is_passing(path) => "claim",
                VolumeKind::HostPath if keeps_state(path) && volume.source.as_ref().is_some_and(|s| keeps_state(&s.raw)) => "host",
                _ => continue,
            };
            let claim = application.claim(volume);
            let single = claim.is_some_and(|c| !c.modes.is_empty() && c.modes.iter().all(|m| m.raw.starts_with("ReadWriteOnce")));
            let finding = sink
                .at(mount.span)
                .variant(variant)
                .argument("service", workload.name.shown())
                .argument("path", path)
                .argument("volume", volume.source.as_ref().map_or(volume.name.shown(), |s| s.shown()));
            sink.report(match workload.replicas.set().filter(|r| r.value > 1 && single) {
                Some(replicas) => finding
                    .variant("claim-replicas")
                    .argument("replicas", replicas.value.to_string())
                    .level(Level::Error)
                    .confidence(Confidence::High)
                    .related(replicas.span, "replicas"),
                None => finding,
            });
        }
    }
}

fn of_projects(view: &View<'_>, sink: &mut Sink<'_>) {
    let environments = view.world.projects.iter().flat_map(|p| &p.environments);
    for environment in environments.filter(|e| e.role == Role::Production) {
        let own = environment.services.iter().filter(|s| s.role == ServiceRole::App);
        for service in own.filter(|s| !view.world.extends_foreign_program(s) && !is_system(&s.name.value)) {
            for mount in service.volumes.iter().filter(|m| m.kind == MountKind::Named && !m.read_only) {
                let target = mount.target.value.shown();
                let source = mount.source.as_ref().map_or("", |s| s.value.shown());
                if !keeps_state(target) || !keeps_state(&format!("/{source}")) {
                    continue;
                }
                let finding = sink.at(mount.span).argument("service", &service.name.value);
                let finding = finding.argument("path", target).argument("volume", source);
                // A worker's disk is more often a place to work in.
                let serves = !service.ports.is_empty() || !service.expose.is_empty();
                sink.report(if serves { finding } else { finding.level(Level::Info) });
            }
        }
    }
}

fn of_images(view: &View<'_>, sink: &mut Sink<'_>) {
    for image in view.world.images.iter().filter(|i| i.role == Role::Production) {
        for built in &image.targets {
            let base = built.base.as_deref().and_then(|b| image_kind(&image_reference(b)));
            if base.is_some_and(|k| matches!(k.class, ImageClass::Backing | ImageClass::Tool | ImageClass::Proxy)) {
                continue;
            }
            if !is_service(view, image) {
                continue;
            }
            let all = view.world.layer_volumes(image, built).into_iter();
            let mut kept = all.filter(|(path, _)| keeps_state(path) && !path.contains('$') && !path.split('/').any(is_system));
            let Some((path, span)) = kept.next() else { continue };
            let finding = sink.at(span).variant("image").argument("path", path);
            sink.report(kept.fold(finding, |f, (_, other)| f.related(other, "other")));
        }
    }
}

/// True when the image is built from a program of this repository: a manifest of a build tool lies at its Dockerfile
/// or above.
fn is_service(view: &View<'_>, image: &Image) -> bool {
    let manifests = [
        "Cargo.toml", "package.json", "pyproject.toml", "requirements.txt", "Pipfile", "go.mod", "pom.xml",
        "build.gradle", "build.gradle.kts", "Gemfile", "composer.json", "mix.exs",
    ];
    view.world.inventory.files.iter().any(|file| {
        let (folder, name) = file.path.rsplit_once('/').unwrap_or(("", &file.path));
        manifests.contains(&name) && is_below(&image.folder, folder)
    })
}

/// True for the name of a well-known stateful system.
fn is_system(name: &str) -> bool {
    let kind = image_kind(&image_reference(&name.to_ascii_lowercase()));
    kind.is_some_and(|k| matches!(k.class, ImageClass::Backing | ImageClass::Tool))
}

/// True for folders whose content may be lost.
fn is_passing(path: &str) -> bool {
    path.split(['/', '-', '_', '.']).any(|word| ["cache", "caches", "tmp", "temp", "log", "logs"].contains(&word))
}

/// False for folders whose content may be lost or is not the service's: caches, logs, sockets, settings.
fn keeps_state(path: &str) -> bool {
    let path = path.trim_end_matches('/').to_ascii_lowercase();
    let system = ["/tmp", "/var/tmp", "/run", "/var/run", "/dev", "/sys", "/proc", "/etc", "/var/log", "/var/cache"];
    let below = |folder: &&str| path == **folder || path.strip_prefix(*folder).is_some_and(|r| r.starts_with('/'));
    if path.is_empty() || system.iter().any(below) || path.ends_with(".sock") {
        return false;
    }
    let passing = [
        "cache", "caches", "tmp", "temp", "log", "logs", "target", "modules", "registry", "cargo", "config", "conf",
        "certs", "cert", "ssl", "tls", "secrets", "secret", "static", "assets", "venv", "build", "dist", "sock", "socket",
        "m2", "gradle", "pycache", "coverage", "workspace", "workspaces", "deps", "vendor", "rustup", "migrations",
        "plugins", "templates", "acme", "letsencrypt", "letencrypt", "next", "nuxt",
    ];
    !path.split(['/', '-', '_', '.']).any(|word| passing.contains(&word))
}
