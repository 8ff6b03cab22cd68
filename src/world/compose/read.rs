//! A merged model, typed.

use super::Located;
use super::fields::{env_files, environment, mounts, ports, unique_texts};
use super::interpolate::interpolate;
use super::load::{Context, is_remote};
use super::model::*;
use super::parts::*;
use super::tree::{Member, Tree, Value};
use crate::source::Span;
use crate::world::image_reference::image_reference;
use crate::world::packages::{join, normalise};

/// A scalar's text with its variables looked up.
pub(super) fn text(context: &Context<'_>, tree: &Tree) -> Text {
    let raw = tree.text().unwrap_or("").to_owned();
    let outcome = interpolate(&raw, &|name| context.variable(tree.file, name));
    let mut text = Text { value: outcome.value, ..Text::default() };
    for found in outcome.uses {
        if let Some((operator, range)) = found.argument.filter(|(operator, _)| operator.is_default()) {
            let span = tree.part(range.start as usize, range.end as usize);
            let default = Located::new(range.slice(&raw).to_owned(), span);
            text.defaults.push(InterpolationDefault { variable: found.name.clone(), operator, default });
        }
        let span = tree.part(found.range.start as usize, found.range.end as usize);
        let operator = found.argument.map(|(operator, _)| operator);
        text.variables.push(VariableUse { name: Located::new(found.name, span), operator });
    }
    text.raw = raw;
    text
}

/// A scalar's text and place.
pub(super) fn located(context: &Context<'_>, tree: &Tree) -> Located<Text> {
    Located::new(text(context, tree), tree.span())
}

/// The texts of a list; a single text is a list of one.
pub(super) fn texts(context: &Context<'_>, tree: &Tree) -> Vec<Located<Text>> {
    let items = if tree.text().is_some() { std::slice::from_ref(tree) } else { tree.items() };
    items.iter().filter(|i| i.text().is_some()).map(|i| located(context, i)).collect()
}

fn text_at(context: &Context<'_>, tree: &Tree, key: &str) -> Option<Located<Text>> {
    tree.get(key).filter(|t| t.text().is_some()).map(|t| located(context, t))
}

/// A name with its variables replaced, or as written.
fn name_of(context: &Context<'_>, tree: &Tree) -> Option<Located<String>> {
    tree.text()?;
    Some(Located::new(text(context, tree).shown().to_owned(), tree.span()))
}

fn key_values(context: &Context<'_>, tree: Option<&Tree>) -> Vec<KeyValue> {
    let pair = |m: &Member| KeyValue {
        name: m.key.clone(),
        value: m.tree.text().map(|_| located(context, &m.tree)),
    };
    tree.map(Tree::members).unwrap_or_default().iter().map(pair).collect()
}

fn command(context: &Context<'_>, tree: Option<&Tree>) -> Option<CommandValue> {
    let tree = tree?;
    match &tree.value {
        Value::Scalar { .. } => Some(CommandValue::Text(located(context, tree))),
        Value::Sequence(_) => Some(CommandValue::List(texts(context, tree))),
        _ => None,
    }
}

/// The service that `member` of `services` holds. Its role is decided later.
pub(super) fn service(context: &mut Context<'_>, member: &Member) -> ComposeService {
    let tree = &member.tree;
    let env_files = env_files(context, tree);
    let context = &*context;
    let at = |key: &str| text_at(context, tree, key);
    let deploy = tree.get("deploy");
    let deployed = |key: &str| deploy.and_then(|d| text_at(context, d, key));
    let is_empty = |command: &CommandValue| match command {
        CommandValue::Text(text) => text.value.raw.is_empty(),
        CommandValue::List(words) => words.is_empty(),
    };
    ComposeService {
        name: member.key.clone(),
        span: member.entries.first().copied().unwrap_or(tree.span()),
        entries: member.entries.clone(),
        role: ServiceRole::ThirdParty,
        image: at("image").map(image),
        build: tree.get("build").map(|b| build(context, b)),
        command: command(context, tree.get("command")).filter(|c| !is_empty(c)),
        entrypoint: command(context, tree.get("entrypoint")),
        environment: environment(context, tree, &env_files),
        env_files,
        depends_on: dependencies(context, tree),
        links: links(context, tree.get("links")),
        external_links: links(context, tree.get("external_links")),
        ports: ports(context, tree),
        expose: unique_texts(context, tree.get("expose")),
        volumes: mounts(context, tree),
        volumes_from: unique_texts(context, tree.get("volumes_from")),
        networks: service_networks(context, tree),
        network_mode: at("network_mode"),
        container_name: at("container_name"),
        hostname: at("hostname"),
        replicas: deployed("replicas").and_then(whole).or_else(|| at("scale").and_then(whole)),
        deploy_mode: deployed("mode"),
        endpoint_mode: deployed("endpoint_mode"),
        restart: at("restart"),
        profiles: unique_texts(context, tree.get("profiles")),
        stop_signal: at("stop_signal"),
        stop_grace_period: at("stop_grace_period"),
        init: tree.get("init").and_then(|t| Some(Located::new(t.truth()?, t.span()))),
        privileged: tree.get("privileged").and_then(Tree::truth) == Some(true),
        healthcheck: tree.get("healthcheck").map(|h| healthcheck(context, h)),
        labels: key_values(context, tree.get("labels")),
        secrets: grants(context, tree.get("secrets")),
        configs: grants(context, tree.get("configs")),
        logging: tree.get("logging").map(|l| Logging {
            span: l.span(),
            driver: text_at(context, l, "driver"),
            options: key_values(context, l.get("options")),
        }),
        platform: at("platform"),
        user: at("user"),
        working_dir: at("working_dir"),
        extra_hosts: extra_hosts(context, tree),
        extends: tree.get("extends").and_then(|e| extends(context, e)),
    }
}

fn whole(text: Located<Text>) -> Option<Located<i64>> {
    Some(Located::new(text.value.value?.trim().parse().ok()?, text.span))
}

fn image(text: Located<Text>) -> Located<ImageText> {
    let reference = text.value.value.as_deref().map(image_reference).filter(|r| !r.repository.is_empty());
    Located::new(ImageText { text: text.value, reference }, text.span)
}

fn build(context: &Context<'_>, tree: &Tree) -> Build {
    let context_tree = tree.get("context").filter(|c| c.text().is_some());
    let implied = || {
        let text = Text { raw: ".".into(), value: Some(".".into()), ..Text::default() };
        Located::new(text, at_start(tree.span()))
    };
    let place = context_tree.map_or_else(implied, |c| located(context, c));
    let value = place.value.value.as_deref();
    let context_folder = value.and_then(|v| context.resolve_path(place.span.file, v));
    let inline = tree.get("dockerfile_inline");
    let dockerfile_text = text_at(context, tree, "dockerfile");
    let dockerfile = match (&context_folder, &dockerfile_text) {
        _ if inline.is_some() => None,
        (Some(folder), Some(file)) => {
            let path = file.value.value.as_deref().filter(|p| !p.starts_with('/') && !is_remote(p));
            path.and_then(|path| normalise(&join(folder, path)))
        }
        (Some(folder), None) => Some(join(folder, "Dockerfile")),
        (None, _) => None,
    };
    Build {
        span: tree.span(),
        context: place,
        context_folder,
        dockerfile,
        dockerfile_text,
        dockerfile_inline: inline.and_then(|i| Some(Located::new(i.text()?.to_owned(), i.span()))),
        target: text_at(context, tree, "target"),
        args: key_values(context, tree.get("args")),
    }
}

fn dependencies(context: &Context<'_>, service: &Tree) -> Vec<Dependency> {
    let members = service.get("depends_on").map(Tree::members).unwrap_or_default();
    let condition = |m: &Member| m.tree.get("condition").and_then(|c| name_of(context, c));
    members.iter().map(|m| Dependency { service: m.key.clone(), condition: condition(m) }).collect()
}

fn links(context: &Context<'_>, tree: Option<&Tree>) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    for item in tree.map(Tree::items).unwrap_or_default() {
        let Some(raw) = item.text() else { continue };
        let colon = raw.find(':').unwrap_or(raw.len());
        let Some(target) = name_of(context, &item.piece(0, colon)) else { continue };
        let alias = raw.get(colon + 1..).and_then(|_| name_of(context, &item.piece(colon + 1, raw.len())));
        let link = Link { target, alias };
        if !links.iter().any(|l| l.target.value == link.target.value && l.alias == link.alias) {
            links.push(link);
        }
    }
    links
}

fn service_networks(context: &Context<'_>, service: &Tree) -> Vec<ServiceNetwork> {
    let members = service.get("networks").map(Tree::members).unwrap_or_default();
    let network = |m: &Member| ServiceNetwork {
        name: m.key.clone(),
        aliases: unique_texts(context, m.tree.get("aliases")),
        ipv4_address: text_at(context, &m.tree, "ipv4_address"),
        ipv6_address: text_at(context, &m.tree, "ipv6_address"),
    };
    members.iter().map(network).collect()
}

fn healthcheck(context: &Context<'_>, tree: &Tree) -> Healthcheck {
    let test = command(context, tree.get("test"));
    let first = match &test {
        Some(CommandValue::Text(text)) => Some(text.value.raw.as_str()),
        Some(CommandValue::List(words)) => words.first().map(|w| w.value.raw.as_str()),
        None => None,
    };
    let disabled = first == Some("NONE") || tree.get("disable").and_then(Tree::truth) == Some(true);
    Healthcheck { span: tree.span(), disabled, test }
}

fn grants(context: &Context<'_>, tree: Option<&Tree>) -> Vec<Grant> {
    let mut grants: Vec<Grant> = Vec::new();
    for item in tree.map(Tree::items).unwrap_or_default() {
        let source = if item.text().is_some() { Some(item) } else { item.get("source") };
        let Some(source) = source.and_then(|s| name_of(context, s)) else { continue };
        grants.push(Grant { source, target: text_at(context, item, "target") });
    }
    grants
}

fn extra_hosts(context: &Context<'_>, service: &Tree) -> Vec<Located<Text>> {
    let Some(tree) = service.get("extra_hosts") else { return Vec::new() };
    if tree.members().is_empty() {
        return texts(context, tree);
    }
    let mut hosts = Vec::new();
    for member in tree.members() {
        let mut address = located(context, &member.tree);
        address.value.raw = format!("{}={}", member.key.value, address.value.raw);
        address.value.value = address.value.value.map(|value| format!("{}={value}", member.key.value));
        hosts.push(address);
    }
    hosts
}

fn extends(context: &Context<'_>, tree: &Tree) -> Option<Extends> {
    if tree.text().is_some() {
        return Some(Extends { service: name_of(context, tree)?, file: None });
    }
    let service = name_of(context, tree.get("service")?)?;
    Some(Extends { service, file: text_at(context, tree, "file") })
}

/// `external: true`, also in the old form with a name below, and that name.
fn external(context: &Context<'_>, tree: &Tree) -> (bool, Option<Located<Text>>) {
    let old = tree.get("external").and_then(|e| text_at(context, e, "name"));
    let external = tree.get("external").is_some_and(|e| !e.members().is_empty() || e.truth() == Some(true));
    (external, old.or_else(|| text_at(context, tree, "name")))
}

fn entry_span(member: &Member) -> Span {
    member.entries.first().copied().unwrap_or(member.key.span)
}

/// `networks` of the top level.
pub(super) fn networks(context: &Context<'_>, model: &Tree) -> Vec<Network> {
    let network = |m: &Member| {
        let (external, external_name) = external(context, &m.tree);
        let ipam = m.tree.get("ipam").and_then(|i| i.get("config")).map(Tree::items).unwrap_or_default();
        Network {
            name: m.key.clone(),
            span: entry_span(m),
            driver: text_at(context, &m.tree, "driver"),
            external,
            external_name,
            internal: m.tree.get("internal").and_then(Tree::truth) == Some(true),
            subnets: ipam.iter().filter_map(|c| text_at(context, c, "subnet")).collect(),
        }
    };
    model.get("networks").map(Tree::members).unwrap_or_default().iter().map(network).collect()
}

/// `volumes` of the top level.
pub(super) fn volumes(context: &Context<'_>, model: &Tree) -> Vec<NamedVolume> {
    let volume = |m: &Member| NamedVolume {
        name: m.key.clone(),
        span: entry_span(m),
        driver: text_at(context, &m.tree, "driver"),
        device: m.tree.get("driver_opts").and_then(|o| text_at(context, o, "device")),
        external: external(context, &m.tree).0,
    };
    model.get("volumes").map(Tree::members).unwrap_or_default().iter().map(volume).collect()
}

/// `secrets` or `configs` of the top level.
pub(super) fn objects(context: &Context<'_>, model: &Tree, key: &str) -> Vec<FileObject> {
    let object = |m: &Member| {
        let file = text_at(context, &m.tree, "file");
        let value = file.as_ref().and_then(|f| f.value.value.as_deref().map(|v| (f.span.file, v)));
        FileObject {
            name: m.key.clone(),
            span: entry_span(m),
            path: value.and_then(|(from, path)| context.resolve_path(from, path)),
            file,
            environment: text_at(context, &m.tree, "environment"),
            content: text_at(context, &m.tree, "content"),
            external: external(context, &m.tree).0,
        }
    };
    model.get(key).map(Tree::members).unwrap_or_default().iter().map(object).collect()
}
