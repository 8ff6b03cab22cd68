//! `port-binding/injected-webserver`: the application needs a web server that something else brings.

use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::commands::file_name;
use crate::world::image::{BuiltImage, cover};
use crate::world::{Origin, Purpose, Start, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "port-binding/injected-webserver",
    factor: Factor::PortBinding,
    also: &[],
    level: Level::Info,
    confidence: Confidence::Medium,
    grade: Grade::C,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Images],
    subject: SubjectKind::File,
    page: include_str!("injected_webserver.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for start in view.starts() {
        if !start.is_production() || start.purpose() > Purpose::Deployed {
            continue;
        }
        only_a_socket(&start, sink);
        let Origin::Image(_, built) = start.origin else { continue };
        if let Some((server, help)) = server_of_base(built) {
            let finding = sink.at(built.base_span).service(start.service).variant(help);
            sink.report(finding.argument("server", server));
        }
    }
}

/// The web server that the base image brings for applications that are put into it.
fn server_of_base(built: &BuiltImage) -> Option<(&'static str, &'static str)> {
    let base = built.base.as_deref()?;
    let (name, tag) = base.rsplit_once(':').unwrap_or((base, ""));
    match file_name(name) {
        "php" if tag.contains("apache") => Some(("Apache", "php")),
        "tomcat" => Some(("Tomcat", "java")),
        "jetty" => Some(("Jetty", "java")),
        "wildfly" | "jboss-eap" => Some(("WildFly", "java")),
        "server-full" | "server-web" if name.contains("payara") => Some(("Payara", "java")),
        "iis" => Some(("IIS", "")),
        name if name.contains("mod_wsgi") || name.contains("mod-wsgi") => Some(("Apache", "wsgi")),
        _ => None,
    }
}

/// A server that listens on a socket of the file system: another one has to stand in front of it.
fn only_a_socket(start: &Start<'_>, sink: &mut Sink<'_>) {
    for command in start.mains().filter(|c| matches!(c.program(), "gunicorn" | "uvicorn" | "hypercorn" | "granian" | "puma")) {
        let words: Vec<&str> = command.texts();
        let bound = |at: &usize| {
            let word = words.get(*at).copied().unwrap_or("");
            let next = words.get(*at + 1).copied().unwrap_or("");
            match word {
                "-b" | "--bind" => next.starts_with("unix:"),
                "--uds" => true,
                _ => word.starts_with("--bind=unix:") || word.starts_with("--uds=") || word.starts_with("-bunix:"),
            }
        };
        let binds = words.iter().filter(|w| **w == "-b" || w.starts_with("--bind") || w.starts_with("--uds")).count();
        let Some(at) = (0..words.len()).find(bound).filter(|_| binds == 1) else { continue };
        let (Some(option), next) = (command.words.get(at), command.words.get(at + 1)) else { continue };
        let joined = option.text.contains('=') || option.text.starts_with("-bunix");
        let span = next.filter(|_| !joined).map_or(option.span, |n| cover(option.span, n.span));
        let finding = sink.at(span).service(start.service).variant("socket");
        sink.report(finding.argument("server", command.program()));
    }
}
