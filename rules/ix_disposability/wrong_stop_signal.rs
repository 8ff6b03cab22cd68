//! `disposability/wrong-stop-signal`: the signal that stops the container does not mean a graceful stop to its server.

use crate::facts::artefact::Artefact;
use crate::rules::{Confidence, Factor, Finding, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::backing::{ImageClass, image_kind};
use crate::world::commands::file_name;
use crate::world::image::{BuiltImage, StartCommand};
use crate::world::image_reference::image_reference;
use crate::world::{Origin, Purpose, Start, Subject, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "disposability/wrong-stop-signal",
    factor: Factor::Disposability,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Images, Need::Compose],
    subject: SubjectKind::File,
    page: include_str!("wrong_stop_signal.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for start in view.starts() {
        if start.is_production() && start.purpose() == Purpose::Deployed {
            judge(view, &start, sink);
        }
    }
    let Subject::File(file) = view.subject else { return };
    for service in view.world.projects.iter().flat_map(|p| &p.environments).flat_map(|e| &e.services) {
        let signal = service.stop_signal.as_ref().filter(|s| s.span.file == file && kills(s.value.shown()));
        if let Some(signal) = signal {
            sink.report(sink.at(signal.span).variant("kill").argument("server", &service.name.value));
        }
    }
}

fn judge(view: &View<'_>, start: &Start<'_>, sink: &mut Sink<'_>) {
    of_unit(start, sink);
    let Some(built) = start.built() else { return };
    let command = start.mains().find(|c| !c.expanded || c.program() == "uwsgi");
    let name = command.map_or("the service", |c| c.program());
    if let (Origin::Image(..), Some(signal)) = (start.origin, &built.stop_signal) {
        if signal.value.as_deref().is_some_and(kills) {
            sink.report(sink.at(signal.span).service(start.service).variant("kill").argument("server", name));
        }
        // Whoever sets a signal has thought of it.
        return;
    }
    // Behind a shell or a script no signal arrives at all, which is another finding.
    let alone = start.tree.scripts.is_empty() && !start.tree.shells.iter().any(|s| s.stays);
    let Some(command) = command.filter(|_| alone) else { return };
    let finding = |variant: &'static str, signal: &str| {
        let place = start.place(command);
        let finding = sink.at(place).service(start.service).variant(variant);
        let finding = finding.argument("server", command.program()).argument("signal", signal);
        if place == command.span { finding } else { finding.related(command.span, "command") }
    };
    let found: Option<Finding> = match command.program() {
        "uwsgi" if reloads(view, built, command) => Some(finding("uwsgi", "SIGINT")),
        "nginx" | "openresty" | "tengine" if is_own_base(built) => Some(finding("", "SIGQUIT")),
        program if program.starts_with("php-fpm") && is_own_base(built) => Some(finding("", "SIGQUIT")),
        "httpd" | "apache2" | "apachectl" | "apache2ctl" if is_own_base(built) => Some(finding("", "SIGWINCH")),
        _ => None,
    };
    if let Some(found) = found {
        sink.report(found);
    }
}

/// `KillSignal` and `KillMode` of a unit.
fn of_unit(start: &Start<'_>, sink: &mut Sink<'_>) {
    let Some(unit) = start.unit().filter(|u| !u.is_job()) else { return };
    let server = start.mains().next().map_or("", |c| c.program());
    if let Some(signal) = unit.kill_signal.as_ref().filter(|s| kills(&s.value)) {
        sink.report(sink.at(signal.span).service(start.service).variant("kill").argument("server", server));
    }
    if let Some(mode) = unit.kill_mode.as_ref().filter(|m| m.value == "none") {
        sink.report(sink.at(mode.span).service(start.service).variant("mode").argument("server", server));
    }
}

fn kills(signal: &str) -> bool {
    matches!(signal.trim_start_matches("SIG"), "KILL" | "9" | "STOP" | "19")
}

/// The base is a distribution or a language: none of them sets a signal for a web server.
fn is_own_base(built: &BuiltImage) -> bool {
    const SYSTEMS: &[&str] =
        &["debian", "ubuntu", "alpine", "fedora", "centos", "rockylinux", "almalinux", "amazonlinux", "opensuse", "ubi"];
    let Some(base) = built.base.as_deref() else { return false };
    let name = base.split(['@', ':']).next().unwrap_or(base);
    let last = file_name(name);
    let language = image_kind(&image_reference(base)).is_some_and(|k| k.class == ImageClass::Runtime && k.slug != "php");
    language || SYSTEMS.iter().any(|s| last == *s || *s == "ubi" && last.starts_with("ubi"))
}

/// uWSGI takes SIGTERM for a reload unless it is told to die; only a configuration that was read whole can say.
fn reloads(view: &View<'_>, built: &BuiltImage, command: &StartCommand) -> bool {
    let words = command.texts();
    let told = |text: &str| ["die-on-term", "exit-on-reload", "hook-master-start"].iter().any(|k| text.contains(k));
    let by_environment = built.env.iter().any(|(name, _)| name.starts_with("UWSGI_"));
    if by_environment || words.iter().any(|w| told(w) || w.ends_with(".yml") || w.ends_with(".yaml") || w.ends_with(".xml")) {
        return false;
    }
    let named: Vec<&str> = words.iter().copied().filter(|w| w.ends_with(".ini")).map(file_name).collect();
    let mut read = 0;
    for (file, artefact) in view.world.inventory.files.iter().zip(&view.world.artefacts) {
        let Artefact::Ini(ini) = artefact else { continue };
        if !named.contains(&file_name(&file.path)) {
            continue;
        }
        read += 1;
        if ini.sections.iter().flat_map(|s| &s.entries).any(|e| told(&e.key.value)) {
            return false;
        }
    }
    named.is_empty() && !words.iter().any(|w| *w == "--ini" || w.starts_with("--emperor")) || read > 0
}
