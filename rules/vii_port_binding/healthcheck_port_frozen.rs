//! `port-binding/healthcheck-port-frozen`: a health check asks a fixed port, and the service's port can be set.

use crate::facts::code::Language;
use crate::rules::{Confidence, Factor, Finding, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::compose::{ComposeService, Port};
use crate::world::health::{ProbePort, compose_probe};
use crate::world::image::BuiltImage;
use crate::world::meaning::MeaningKind;
use crate::world::{Origin, Start, Subject, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "port-binding/healthcheck-port-frozen",
    factor: Factor::PortBinding,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Images, Need::Compose, Need::Source(Language::Rust), Need::Cargo],
    subject: SubjectKind::File,
    page: include_str!("healthcheck_port_frozen.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for start in view.starts().iter().filter(|s| s.is_production()) {
        let Origin::Image(image, built) = start.origin else { continue };
        let Some(probe) = view.world.image_probe(image, built) else { continue };
        if let Some((variable, place)) = variable_of(view, start, built, probe.port) {
            let help = if built.shell.is_some_and(|s| s.family().is_none()) { "no-shell" } else { "" };
            sink.report(finding(sink, start, probe, &variable, place).variant(help));
        }
    }
    let Subject::File(file) = view.subject else { return };
    for service in view.world.projects.iter().flat_map(|p| &p.environments).flat_map(|e| &e.services) {
        let Some(check) = service.healthcheck.as_ref().filter(|c| c.span.file == file && !c.disabled) else { continue };
        let Some(probe) = compose_probe(check) else { continue };
        if let Some((variable, place)) = given_variable(service, probe.port) {
            let found = sink
                .at(probe.span)
                .variant("compose")
                .argument("port", probe.port.to_string())
                .argument("variable", variable)
                .related(place, "variable");
            sink.report(found);
        }
    }
}

fn finding(sink: &Sink<'_>, start: &Start<'_>, probe: ProbePort, variable: &str, place: Span) -> Finding {
    sink.at(probe.span)
        .service(start.service)
        .argument("port", probe.port.to_string())
        .argument("variable", variable)
        .related(place, "variable")
}

/// The variable that the port of the image's service follows, and where that is said.
fn variable_of(view: &View<'_>, start: &Start<'_>, built: &BuiltImage, port: u16) -> Option<(String, Span)> {
    in_command(start, port).or_else(|| in_code(view, start, port)).or_else(|| {
        let (name, value) = built.env.iter().find(|(name, _)| name == "PORT")?;
        (value.value.as_deref() == Some(port.to_string().as_str())).then(|| (name.clone(), value.span))
    })
}

/// `--port ${PORT:-8080}` in the start command.
fn in_command(start: &Start<'_>, port: u16) -> Option<(String, Span)> {
    for word in start.mains().flat_map(|c| &c.words).filter(|w| w.expands) {
        for part in word.text.split('$').skip(1) {
            let inner = part.trim_start_matches('{');
            let name: String = inner.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            let rest = inner.get(name.len()..).unwrap_or_default();
            let default = rest.strip_prefix(":-").or_else(|| rest.strip_prefix('-')).and_then(|d| d.split('}').next());
            if is_port(&name) && default.is_none_or(|d| d == port.to_string()) {
                return Some((name, word.span));
            }
        }
    }
    None
}

/// A variable for the port that the service's code reads when it serves.
fn in_code(view: &View<'_>, start: &Start<'_>, port: u16) -> Option<(String, Span)> {
    let id = start.service?;
    let service = view.world.services.get(id.0).filter(|s| s.binary.is_some())?;
    let view = View { world: view.world, subject: Subject::Service(id), needs: view.needs };
    for placed in view.environment_reads() {
        let Some(name) = placed.read.key.as_deref().filter(|name| is_port(name)) else { continue };
        let function = placed.function.map(|function| crate::world::FunctionRef { file: placed.at, function });
        let serves = function.is_none_or(|f| service.serving.contains_key(&f));
        let default = placed.read.default.as_ref().map(|d| match &d.kind {
            MeaningKind::Integer(n) => n.to_string(),
            MeaningKind::Text(text) => text.rsplit(':').next().unwrap_or(text).to_owned(),
            _ => String::new(),
        });
        // Another name than `PORT` may be the port of something else.
        let fits = default.map_or(name == "PORT", |d| d == port.to_string() || d.is_empty() && name == "PORT");
        if serves && fits {
            return Some((name.to_owned(), placed.read.key_at.unwrap_or(placed.read.read_at)));
        }
    }
    None
}

fn is_port(name: &str) -> bool {
    name == "PORT" || name.ends_with("_PORT")
}

/// The variable of the shell or of `.env` that decides the port a compose service is given.
fn given_variable(service: &ComposeService, port: u16) -> Option<(&str, Span)> {
    let shown = port.to_string();
    let entries = service.environment.iter().filter(|e| is_port(&e.name.value) && e.value.as_deref() == Some(&shown));
    let mut given = entries.filter_map(|e| Some((e.variables.first()?.name.value.as_str(), e.name.span)));
    let inside = |p: &&Port| p.target.is_some_and(|t| t.start == port);
    let mut published = service.ports.iter().filter(inside).filter_map(|p| {
        let target = p.target_raw.as_ref()?;
        let name = target.value.strip_prefix('$')?.trim_start_matches('{');
        let used = p.raw.variables.iter().find(|v| name.starts_with(v.name.value.as_str()))?;
        Some((used.name.value.as_str(), target.span))
    });
    given.next().or_else(|| published.next())
}
