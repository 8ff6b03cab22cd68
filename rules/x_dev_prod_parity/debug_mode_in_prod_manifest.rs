//! `parity/debug-mode-in-prod-manifest`: what is deployed says that it is for development.

use crate::discover::role::Role;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::compose::{ComposeProject, ComposeService, MountKind, ServiceRole};
use crate::world::image::names_development;
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "parity/debug-mode-in-prod-manifest",
    factor: Factor::DevProdParity,
    also: &[Factor::Config],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Images, Need::Compose],
    subject: SubjectKind::Repository,
    page: include_str!("debug_mode_in_prod_manifest.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for image in view.world.images.iter().filter(|i| i.role == Role::Production) {
        for built in &image.targets {
            let stage = image.stages.get(built.target);
            if stage.is_some_and(|s| s.is_development()) {
                continue;
            }
            for (name, value) in &built.env {
                let Some(text) = value.value.as_deref() else { continue };
                let Some(production) = switch(name, text) else { continue };
                // A program in C may mean anything by it.
                let interpreted = built.base.as_deref().is_some_and(|base| {
                    ["python", "ruby", "php", "node", "django", "uv"].iter().any(|language| base.contains(language))
                });
                if name == "DEBUG" && !interpreted {
                    continue;
                }
                report(sink, value.span, name, text, production, "image");
            }
        }
    }
    for project in &view.world.projects {
        compose(view, project, sink);
    }
}

fn compose(view: &View<'_>, project: &ComposeProject, sink: &mut Sink<'_>) {
    // Beside a file for production the plain one is the developer's.
    let named = |span: Span| {
        let name = view.world.path(span.file).rsplit('/').next().unwrap_or("");
        name.split(['.', '-', '_']).any(|word| matches!(word, "prod" | "production"))
    };
    let files = project.environments.iter().flat_map(|e| &e.files);
    let has_production = files.into_iter().any(|file| named(Span::whole(*file)));
    for environment in project.environments.iter().filter(|e| e.role == Role::Production) {
        let own = environment.services.iter().filter(|s| s.role == ServiceRole::App && !is_for_development(s));
        for service in own {
            for entry in &service.environment {
                let (Some(text), Some(raw)) = (entry.value.as_deref(), &entry.raw) else { continue };
                let Some(production) = switch(&entry.name.value, text) else { continue };
                // A variable with a default is a knob that each deploy turns.
                let role = view.world.inventory.files.get(raw.span.file.0 as usize).map(|f| f.role);
                let apart = has_production && !named(raw.span) || role != Some(Role::Production);
                if !apart && entry.variables.is_empty() {
                    report(sink, raw.span, &entry.name.value, text, production, "");
                }
            }
        }
    }
}

fn report(sink: &mut Sink<'_>, span: Span, name: &str, value: &str, production: &str, variant: &'static str) {
    let finding = sink.at(span).variant(variant).argument("name", name).argument("value", value);
    sink.report(finding.argument("production", production));
}

/// It mounts the developer's working copy, or its stage or profiles are for development.
fn is_for_development(service: &ComposeService) -> bool {
    let build = service.build.as_ref();
    let stage = build.and_then(|b| b.target.as_ref()).is_some_and(|t| names_development(t.value.shown()));
    let recipe = build.and_then(|b| b.dockerfile.as_deref()).is_some_and(|path| {
        crate::discover::role::role_of_path(path) != Role::Production
    });
    let mut profiles = service.profiles.iter().map(|p| p.value.shown()).peekable();
    let profiled = profiles.peek().is_some() && profiles.all(names_development);
    let context = build.and_then(|b| b.context_folder.as_deref());
    let working_copy = service.volumes.iter().any(|mount| {
        let whole = mount.source.as_ref().is_some_and(|s| matches!(s.value.shown(), "." | "./"));
        let below = context.zip(mount.source_path.as_deref()).is_some_and(|(context, source)| {
            source == context || source.strip_prefix(context).is_some_and(|rest| {
                context.is_empty() || rest.starts_with('/')
            }) && matches!(source.rsplit('/').next(), Some("src" | "app" | "lib"))
        });
        mount.kind == MountKind::Bind && (whole || below)
    });
    stage || recipe || profiled || working_copy
}

/// What production would say, when `name=value` switches to development.
fn switch(name: &str, value: &str) -> Option<&'static str> {
    let lower = value.trim().to_ascii_lowercase();
    let on = matches!(lower.as_str(), "1" | "true" | "on" | "yes");
    let development = matches!(lower.as_str(), "development" | "dev" | "develop" | "local");
    match name {
        "FLASK_DEBUG" | "DJANGO_DEBUG" | "APP_DEBUG" | "DEBUG" | "QUART_DEBUG" if on => Some("0"),
        "FLASK_ENV" | "NODE_ENV" | "RAILS_ENV" | "RACK_ENV" | "APP_ENV" | "LOCO_ENV" | "HANAMI_ENV" if development => {
            Some("production")
        }
        "MIX_ENV" if development => Some("prod"),
        "GIN_MODE" | "ROCKET_PROFILE" if lower == "debug" => Some("release"),
        "ASPNETCORE_ENVIRONMENT" | "DOTNET_ENVIRONMENT" if development => Some("Production"),
        "SPRING_PROFILES_ACTIVE" if lower.split(',').any(|p| matches!(p.trim(), "dev" | "development" | "local")) => {
            Some("prod")
        }
        _ => None,
    }
}
