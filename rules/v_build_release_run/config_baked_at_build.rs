//! `build/config-baked-at-build`: what differs between deploys is decided when the image is built.

use crate::discover::kind::FileKind;
use crate::discover::role::Role;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::secrets::name::words;
use crate::source::{FileId, Span};
use crate::world::image::Image;
use crate::world::locator::{HostKind, host_kind, locator};
use crate::world::packages::folder_of;
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "build/config-baked-at-build",
    factor: Factor::BuildReleaseRun,
    also: &[Factor::Config],
    level: Level::Warning,
    confidence: Confidence::Medium,
    grade: Grade::B,
    stage: Stage::Stable,
    since: "0.1.0",
    needs: &[Need::Images, Need::Node],
    subject: SubjectKind::Dockerfile,
    page: include_str!("config_baked_at_build.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some(image) = view.image().filter(|i| i.role == Role::Production) else { return };
    for input in view.world.build_inputs(image) {
        let bundled = is_bundled(&input.name);
        if !names_a_place(&words(&input.name)) || (!bundled && input.mentioned) {
            continue;
        }
        // `/api` means the host that serves the page.
        let literal = input.value.as_deref().filter(|v| !v.is_empty() && !v.contains('$'));
        let place = literal.and_then(|v| locator(v, false)).is_some_and(|l| host_kind(&l.host) == HostKind::Remote);
        let passed_on = input.value.as_deref().is_some_and(|v| v.contains('$'));
        let empty = input.value.as_deref() == Some("");
        if passed_on || (literal.is_some() && !place) {
            continue;
        }
        let finding = sink.at(input.span).argument("name", &input.name).related(input.used_by, "build");
        sink.report(match (empty, bundled) {
            (true, _) | (false, false) => finding.level(Level::Info),
            (false, true) => finding,
        });
    }
    profiles(image, sink);
    if let Some((other, kind)) = twin(view, image.dockerfile) {
        let finding = sink.at(Span::whole(image.dockerfile)).variant("files").level(Level::Info);
        sink.report(finding.argument("environment", kind).related(Span::whole(other), "twin"));
    }
}

/// Variables that the bundlers write into what the browser gets.
fn is_bundled(name: &str) -> bool {
    ["VITE_", "NEXT_PUBLIC_", "REACT_APP_", "VUE_APP_", "NUXT_PUBLIC_", "GATSBY_", "EXPO_PUBLIC_", "PUBLIC_", "NG_APP_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

/// Names of what differs between deploys: where something is.
fn names_a_place(words: &[String]) -> bool {
    let place = ["url", "uri", "host", "hostname", "endpoint", "domain", "origin", "dsn", "server"];
    let other = ["index", "registry", "mirror", "proxy", "download", "release", "repo", "repository", "source", "archive", "docs", "issues"];
    let has = |list: &[&str]| words.iter().any(|w| list.contains(&w.as_str()));
    has(&place) && !has(&other) && words.len() > 1
}

/// `ENV` that says which environment the image is for.
fn profiles(image: &Image, sink: &mut Sink<'_>) {
    const NAMES: &[&str] = &[
        "SPRING_PROFILES_ACTIVE", "APP_ENV", "APP_ENVIRONMENT", "ENVIRONMENT", "DEPLOY_ENV", "RUN_ENV", "RUST_ENV", "RUN_MODE", "ROCKET_PROFILE",
        "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT", "MICRONAUT_ENVIRONMENTS", "QUARKUS_PROFILE",
    ];
    let named = |value: &str| {
        let value = value.to_ascii_lowercase();
        value.split([',', '-', '_']).any(|v| {
            matches!(v, "prod" | "production" | "prd" | "staging" | "stage" | "stg" | "qa" | "uat" | "preprod" | "docker" | "cloud" | "live")
        })
    };
    for (name, value) in image.targets.iter().flat_map(|t| &t.env) {
        let Some(text) = value.value.as_deref().filter(|v| NAMES.contains(&name.as_str()) && named(v)) else { continue };
        let finding = sink.at(value.span).variant("profile").level(Level::Info).confidence(Confidence::High);
        sink.report(finding.argument("name", name).argument("value", text));
    }
}

/// Another Dockerfile of the folder, for production, when this one is for an environment before it.
fn twin(view: &View<'_>, dockerfile: FileId) -> Option<(FileId, &'static str)> {
    let world = view.world;
    let path = world.path(dockerfile);
    let kind = environment(path).filter(|e| *e != "production")?;
    let at = world.inventory.files.iter().position(|f| {
        f.kind == Some(FileKind::Dockerfile) && folder_of(&f.path) == folder_of(path) && environment(&f.path) == Some("production")
    })?;
    Some((FileId(u32::try_from(at).ok()?), kind))
}

/// The environment that the name of a Dockerfile tells.
fn environment(path: &str) -> Option<&'static str> {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    name.split(['.', '-', '_']).find_map(|word| match word {
        "prod" | "production" => Some("production"),
        "staging" | "stage" | "stg" => Some("staging"),
        "qa" => Some("qa"),
        "uat" => Some("uat"),
        "preprod" => Some("preprod"),
        _ => None,
    })
}
