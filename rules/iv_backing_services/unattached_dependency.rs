//! `backing/unattached-dependency`: an application waits for a backing service that nobody tells it how to reach.

use crate::discover::role::Role;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::backing::{ImageClass, ImageKind, image_kind};
use crate::world::compose::{
    CommandValue, ComposeEnvironment, ComposeService, EnvironmentEntry, Located, MountKind, ServiceRole, Text,
};
use crate::world::image::BuiltImage;
use crate::world::image_reference::image_reference;
use crate::world::{SubjectKind, View, World};

/// The rule.
pub static RULE: Rule = Rule {
    name: "backing/unattached-dependency",
    factor: Factor::BackingServices,
    also: &[Factor::Config],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Stable,
    since: "0.1.0",
    needs: &[Need::Compose, Need::Dotenv, Need::Images],
    subject: SubjectKind::Project,
    page: include_str!("unattached_dependency.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some(project) = view.project() else { return };
    for environment in project.environments.iter().filter(|e| matches!(e.role, Role::Production | Role::Dev)) {
        for service in environment.services.iter().filter(|s| s.role == ServiceRole::App) {
            // An env file that is not in the repository may hold the locator.
            if !service.environment_complete() || may_be_configured_elsewhere(service) {
                continue;
            }
            if is_web_server(view.world, service) {
                continue;
            }
            for (name, span) in dependencies(service) {
                let Some(target) = environment.service(name) else { continue };
                let Some(kind) = target.role.backing() else { continue };
                let told = is_told(service, target, kind, environment)
                    || image_tells(view.world, service, target, kind)
                    || dotenv_tells(view.world, &project.folder, service, target, kind);
                if !told {
                    report(view, sink, service, target, kind, span);
                }
            }
        }
    }
}

fn report(
    view: &View<'_>,
    sink: &mut Sink<'_>,
    service: &ComposeService,
    target: &ComposeService,
    kind: &ImageKind,
    span: Span,
) {
    let folder = service.build.as_ref().and_then(|b| b.context_folder.as_deref()).unwrap_or("");
    let mention =
        view.world.mentions.iter().find(|m| m.wanted.folder == folder && m.wanted.host == target.name.value);
    let scheme = kind.schemes.first().map_or(kind.slug.as_str(), String::as_str);
    let port = kind.port.map(|p| format!(":{p}")).unwrap_or_default();
    let variable = format!("{}_URL", kind.slug.to_ascii_uppercase().replace('-', "_"));
    let finding = sink
        .at(span)
        .argument("service", &service.name.value)
        .argument("target", &target.name.value)
        .argument("variable", variable)
        .argument("locator", format!("{scheme}://{}{port}", target.name.value));
    sink.report(match mention {
        Some(mention) => finding.level(Level::Error).variant("found").related(mention.span, "literal"),
        None => finding.confidence(Confidence::Medium),
    });
}

/// Names of services that `service` waits for or links to, each once.
fn dependencies(service: &ComposeService) -> Vec<(&str, Span)> {
    let mut found: Vec<(&str, Span)> = Vec::new();
    let depends = service.depends_on.iter().map(|d| &d.service);
    for name in depends.chain(service.links.iter().map(|l| &l.target)) {
        if !found.iter().any(|(known, _)| *known == name.value) {
            found.push((&name.value, name.span));
        }
    }
    found
}

/// True when a single file or a folder of settings is mounted into the service, a config is granted, it shares the
/// host's network, or a configuration server tells it what it needs: the locator may come from there.
fn may_be_configured_elsewhere(service: &ComposeService) -> bool {
    let by_file = service.volumes.iter().any(|mount| {
        let target = mount.target.value.shown();
        let name = target.rsplit('/').next().unwrap_or("");
        let is_file = name.contains('.') && !name.ends_with(".sock") && !name.ends_with(".d");
        let settings = ["config", "settings", "secret", "conf"].iter().any(|word| target.contains(word));
        mount.kind == MountKind::Bind && (is_file || settings || target.contains("/etc/"))
    });
    let by_server = service.environment.iter().any(|entry| {
        ["VAULT_", "CONSUL_", "SPRING_CLOUD_CONFIG", "SPRING_CONFIG", "EUREKA_", "ETCD_"]
            .iter()
            .any(|prefix| entry.name.value.starts_with(prefix))
    });
    let host = service.network_mode.as_ref().is_some_and(|mode| mode.value.shown() == "host");
    by_file || by_server || host || !service.configs.is_empty()
}

/// The images that the service's Dockerfile builds.
fn images<'w>(world: &'w World, service: &ComposeService) -> impl Iterator<Item = &'w BuiltImage> {
    let file = service.build.as_ref().and_then(|b| b.dockerfile.as_deref()).and_then(|path| world.file_at(path));
    file.and_then(|file| world.image_of(file)).into_iter().flat_map(|image| &image.targets)
}

/// A web server or proxy waits for what stands behind it, and talks to no database.
fn is_web_server(world: &World, service: &ComposeService) -> bool {
    images(world, service).any(|built| {
        let base = built.base.as_deref().map(image_reference);
        base.as_ref().and_then(image_kind).is_some_and(|kind| kind.class == ImageClass::Proxy)
    })
}

/// True when the image sets a variable that names `target` or is a locator for it.
fn image_tells(world: &World, service: &ComposeService, target: &ComposeService, kind: &ImageKind) -> bool {
    images(world, service).flat_map(|built| &built.env).any(|(name, value)| {
        is_locator_for(name, target, kind)
            || value.value.as_deref().is_some_and(|v| contains_word(v, &target.name.value))
    })
}

/// True when a file of the `.env` family in the project or the build context has a locator for `target`: the program
/// may read it by itself.
fn dotenv_tells(
    world: &World,
    folder: &str,
    service: &ComposeService,
    target: &ComposeService,
    kind: &ImageKind,
) -> bool {
    let context = service.build.as_ref().and_then(|b| b.context_folder.as_deref()).unwrap_or(folder);
    world.dotenv_names().any(|(path, name)| {
        let near = [folder, context].contains(&path.rsplit_once('/').map_or("", |(folder, _)| folder));
        near && is_locator_for(name, target, kind)
    })
}

/// True when something that `service` is given names `target`, or could.
fn is_told(
    service: &ComposeService,
    target: &ComposeService,
    kind: &ImageKind,
    environment: &ComposeEnvironment,
) -> bool {
    let names = names_of(service, target);
    let mentions = |text: &str| names.iter().any(|name| contains_word(text, name));
    let variables = service.environment.iter().any(|entry| {
        let value = entry.value.as_deref().or(entry.raw.as_ref().map(|r| r.value.as_str())).unwrap_or("");
        mentions(value)
            || kind.variables.contains(&entry.name.value)
            || kind.schemes.iter().any(|s| value.contains(&format!("{s}://")) || value.contains(&format!("{s}+")))
            || (entry.value.is_none() && may_be_locator(entry))
            || is_locator_for(&entry.name.value, target, kind)
    });
    let commands = [&service.command, &service.entrypoint].into_iter().flatten().any(|c| command_mentions(c, &mentions));
    let arguments = service.build.iter().flat_map(|b| &b.args).filter_map(|a| a.value.as_ref()).any(|v| mentions(v.value.shown()));
    let hosts = service.extra_hosts.iter().any(|h| mentions(h.value.shown()));
    let shares_network = service.network_mode.as_ref().is_some_and(|mode| mode.value.shown().ends_with(&target.name.value));
    let secrets = service.secrets.iter().any(|grant| {
        let declared = environment.secrets.iter().find(|s| s.name.value == grant.source.value);
        declared.is_some_and(|s| is_locator_name(&s.name.value))
    });
    variables || commands || arguments || hosts || shares_network || secrets
}

fn names_of<'a>(service: &'a ComposeService, target: &'a ComposeService) -> Vec<&'a str> {
    let mut names = vec![target.name.value.as_str()];
    let texts: Vec<&Located<Text>> = [&target.container_name, &target.hostname].into_iter().flatten().collect();
    names.extend(texts.iter().map(|t| t.value.shown()));
    names.extend(target.networks.iter().flat_map(|n| &n.aliases).map(|a| a.value.shown()));
    let links = service.links.iter().filter(|l| l.target.value == target.name.value);
    names.extend(links.filter_map(|l| l.alias.as_ref()).map(|a| a.value.as_str()));
    names.retain(|n| !n.is_empty());
    names
}

fn command_mentions(command: &CommandValue, mentions: &dyn Fn(&str) -> bool) -> bool {
    match command {
        CommandValue::Text(text) => mentions(text.value.shown()),
        CommandValue::List(words) => words.iter().any(|w| mentions(w.value.shown())),
    }
}

/// A value that is not known here may be the locator when the name is that of one.
fn may_be_locator(entry: &EnvironmentEntry) -> bool {
    is_locator_name(&entry.name.value)
}

/// Words of names that say where something is.
const LOCATOR_WORDS: &[&str] = &[
    "url",
    "uri",
    "dsn",
    "host",
    "hosts",
    "hostname",
    "addr",
    "address",
    "endpoint",
    "server",
    "servers",
    "broker",
    "brokers",
    "connection",
    "conn",
    "connstr",
    "connstring",
    "credentials",
    "datasource",
];

fn is_locator_name(name: &str) -> bool {
    crate::secrets::name::words(name).iter().any(|word| LOCATOR_WORDS.contains(&word.as_str()))
}

/// `REDIS_HOST`, `DB_URL`, `POSTGRES_SERVER`: the service is told where to look, whatever the value says.
fn is_locator_for(name: &str, target: &ComposeService, kind: &ImageKind) -> bool {
    let words = crate::secrets::name::words(name);
    let about = words.iter().any(|w| {
        *w == target.name.value.to_ascii_lowercase()
            || *w == kind.slug
            || kind.schemes.contains(w)
            || (kind.family == "sql" && matches!(w.as_str(), "db" | "database" | "sql" | "jdbc" | "datasource"))
            || (kind.family == "cache" && w == "cache")
            || (kind.family == "queue" && matches!(w.as_str(), "broker" | "queue" | "amqp"))
            || (kind.slug == "mongodb" && matches!(w.as_str(), "mongo" | "db" | "database"))
    });
    about && is_locator_name(name)
}

/// True when `text` holds `word` with no letter, digit, `_` or `-` beside it.
fn contains_word(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|t| t.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|t| t.chars().next());
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}
