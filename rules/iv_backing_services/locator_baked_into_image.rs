//! `backing/locator-baked-into-image`: `ENV` of the image that ships says where a service is.

use crate::discover::role::Role;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::secrets::name::words;
use crate::world::backing::{ImageClass, image_kind, image_kinds};
use crate::world::image_reference::image_reference;
use crate::world::locator::{HostKind, Locator, host_kind, locator};
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "backing/locator-baked-into-image",
    factor: Factor::BackingServices,
    also: &[Factor::Config],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::A,
    // Four hits on the projects it was measured on.
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Images, Need::Compose],
    subject: SubjectKind::Dockerfile,
    page: include_str!("locator_baked_into_image.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some(image) = view.image().filter(|i| i.role == Role::Production) else { return };
    for built in &image.targets {
        let base = built.base.as_deref().map(image_reference);
        // The knobs of a packaged system are its own.
        if base.as_ref().and_then(image_kind).is_some_and(|k| matches!(k.class, ImageClass::Backing | ImageClass::Tool)) {
            continue;
        }
        for (name, value) in &built.env {
            let Some(text) = value.value.as_deref() else { continue };
            let Some(found) = remote(name, text.trim(), view) else { continue };
            let mut finding = sink
                .at(value.span)
                .service(view.world.service_of_image(image.dockerfile))
                .argument("name", name)
                .argument("host", &found.host);
            if found.password.is_some() {
                finding = finding.secret(value.span);
            }
            let path = view.world.path(image.dockerfile);
            let environments = view.world.projects.iter().flat_map(|p| &p.environments);
            let workloads = environments.filter(|e| e.role == Role::Production).flat_map(|e| &e.services);
            let mut own = workloads.filter(|s| s.build.as_ref().is_some_and(|b| b.dockerfile.as_deref() == Some(path)));
            sink.report(match own.find_map(|s| s.variable(name)) {
                Some(entry) => finding.level(Level::Info).variant("overridden").related(entry.name.span, "entry"),
                None => finding,
            });
        }
    }
}

/// The address of another machine that the variable `name` holds.
fn remote(name: &str, value: &str, view: &View<'_>) -> Option<Locator> {
    let words = words(name);
    if !names_a_peer(&words) {
        return None;
    }
    let found = locator(value, false).or_else(|| bare(&words, value, view))?;
    let is_file = matches!(found.scheme.as_str(), "file" | "sqlite" | "unix");
    (!is_file && host_kind(&found.host) == HostKind::Remote).then_some(found)
}

/// Words of names that say where something is.
const LOCATOR_WORDS: &[&str] = &[
    "url", "uri", "dsn", "host", "hosts", "hostname", "addr", "address", "endpoint", "endpoints", "server", "servers",
    "broker", "brokers",
];

/// Words of names that are about the program itself, about packages and downloads, or about who may connect.
const OTHER_WORDS: &[&str] = &[
    "listen", "bind", "index", "proxy", "mirror", "registry", "download", "downloads", "release", "releases", "repo",
    "repository", "archive", "source", "docs", "documentation", "homepage", "issues", "allowed", "trusted", "public",
    "base", "site", "self", "own", "virtual", "external", "root", "callback", "redirect", "license", "support", "help",
    "pip", "npm", "uv", "cargo", "rustup", "maven", "gem", "nvm",
];

fn names_a_peer(words: &[String]) -> bool {
    let has = |list: &[&str]| words.iter().any(|w| list.contains(&w.as_str()));
    // `HOST`, `HOSTNAME`, `ADDRESS` alone are the program's own; `APP_URL` too.
    let own = words.iter().all(|w| matches!(w.as_str(), "app" | "next" | "nuxt" | "web") || LOCATOR_WORDS.contains(&w.as_str()))
        && !words.iter().any(|w| matches!(w.as_str(), "dsn" | "broker" | "brokers"));
    has(LOCATOR_WORDS) && !has(OTHER_WORDS) && !own
}

/// A host without a scheme: one with a domain or a port, that of a Compose service, or what `DB_HOST` says.
fn bare(words: &[String], value: &str, view: &View<'_>) -> Option<Locator> {
    let last = words.last().map(String::as_str).unwrap_or("");
    if !LOCATOR_WORDS.contains(&last) || value.contains('/') {
        return None;
    }
    let found = locator(value, true)?;
    let host = found.host.as_str();
    let port = value.get(found.host_at.end..).and_then(|r| r.strip_prefix(':'));
    let has_port = port.is_some_and(|p| p.split(',').next().is_some_and(|p| p.parse::<u16>().is_ok()));
    let address = host.split('.').count() == 4 && host.split('.').all(|part| part.parse::<u8>().is_ok());
    let end = host.rsplit('.').next().unwrap_or("");
    let file = ["py", "js", "ts", "rb", "jar", "sh", "conf", "json", "toml", "yaml", "yml", "html", "sock", "pem", "crt", "key", "log", "txt"];
    let domain = host.contains('.') && end.len() > 1 && end.chars().all(|c| c.is_ascii_alphabetic()) && !file.contains(&end);
    let services = || view.world.projects.iter().flat_map(|p| &p.environments).flat_map(|e| &e.services);
    let declared = || services().any(|s| s.name.value == host);
    let kind = words.iter().any(|w| {
        matches!(w.as_str(), "db" | "database" | "cache" | "smtp")
            || image_kinds().iter().any(|k| k.class == ImageClass::Backing && (k.slug == *w || k.schemes.contains(w)))
    });
    let named = last.starts_with("host") && kind && host.contains(|c: char| c.is_ascii_lowercase()) && !matches!(host, "true" | "false");
    (has_port || address || domain || declared() || named).then_some(found)
}
