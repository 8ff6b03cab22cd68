//! Ports, mounts and environments: the parts of a service that have short forms.

use super::interpolate::split_outside;
use super::load::Context;
use super::model::Text;
use super::parts::{EntrySource, EnvFileReference, EnvironmentEntry, Mount, MountKind, Port, PortRange};
use super::read::{located, text, texts};
use super::tree::{Member, Tree};
use super::{Located, Unresolved};
use crate::source::FileId;

/// `ports`; an item that repeats an earlier one is left out.
pub(super) fn ports(context: &Context<'_>, service: &Tree) -> Vec<Port> {
    let mut ports: Vec<Port> = Vec::new();
    for item in service.get("ports").map(Tree::items).unwrap_or_default() {
        let port = if item.text().is_some() { short_port(context, item) } else { long_port(context, item) };
        let key = |p: &Port| {
            let raw = |l: &Option<Located<String>>| l.as_ref().map(|l| l.value.clone());
            (p.host_ip.clone(), raw(&p.published_raw), raw(&p.target_raw), p.protocol.clone())
        };
        match ports.iter_mut().find(|p| key(p) == key(&port)) {
            Some(earlier) => *earlier = port,
            None => ports.push(port),
        }
    }
    ports
}

/// `[[HOST:]PUBLISHED:]TARGET[/PROTOCOL]`.
fn short_port(context: &Context<'_>, item: &Tree) -> Port {
    let whole = text(context, item);
    // A default may bring in colons of its own: then the value alone shows the parts.
    let parts = |t: &str| split_outside(t, b':');
    let tree = match &whole.value {
        Some(value) if parts(value).len() > parts(&whole.raw).len() => {
            let mut tree = item.clone();
            tree.value = super::tree::Value::Scalar { text: value.clone(), exact: false };
            tree
        }
        _ => item.clone(),
    };
    let raw = tree.text().unwrap_or("").to_owned();
    let mut pieces = parts(&raw);
    let mut protocol = "tcp".to_owned();
    if let Some((start, end)) = pieces.pop() {
        let last = raw.get(start..end).unwrap_or("");
        let slash = split_outside(last, b'/').first().map_or(last.len(), |(_, at)| *at);
        if let Some(named) = last.get(slash + 1..) {
            protocol = text(context, &tree.piece(start + slash + 1, start + slash + 1 + named.len()))
                .shown()
                .to_ascii_lowercase();
        }
        pieces.push((start, start + slash));
    }
    let mut pieces = pieces.into_iter().map(|(start, end)| tree.piece(start, end)).rev();
    let target = pieces.next();
    let published = pieces.next().filter(|p| p.text() != Some(""));
    let mut host: Vec<String> = pieces.map(|p| text(context, &p).shown().to_owned()).collect();
    host.reverse();
    let host = host.join(":").trim_matches(['[', ']']).to_owned();
    Port {
        span: item.span(),
        raw: whole,
        host_ip: (!host.is_empty()).then_some(host),
        published: published.as_ref().and_then(|p| range(context, p)),
        published_raw: published.as_ref().map(raw_of),
        target: target.as_ref().and_then(|t| range(context, t)),
        target_raw: target.as_ref().map(raw_of),
        protocol,
        mode: None,
    }
}

fn long_port(context: &Context<'_>, item: &Tree) -> Port {
    let shown = |key: &str| item.get(key).map(|t| text(context, t).shown().to_owned());
    let published = item.get("published").filter(|p| p.text() != Some(""));
    let target = item.get("target");
    Port {
        span: item.span(),
        raw: published.map(|p| text(context, p)).unwrap_or_default(),
        host_ip: shown("host_ip").filter(|h| !h.is_empty()),
        published: published.and_then(|p| range(context, p)),
        published_raw: published.map(raw_of),
        target: target.and_then(|t| range(context, t)),
        target_raw: target.map(raw_of),
        protocol: shown("protocol").map_or_else(|| "tcp".to_owned(), |p| p.to_ascii_lowercase()),
        mode: shown("mode"),
    }
}

fn raw_of(tree: &Tree) -> Located<String> {
    Located::new(tree.text().unwrap_or("").to_owned(), tree.span())
}

fn range(context: &Context<'_>, tree: &Tree) -> Option<PortRange> {
    let value = context.value(tree)?;
    let (start, end) = value.split_once('-').unwrap_or((&value, &value));
    let (start, end) = (start.trim().parse().ok()?, end.trim().parse().ok()?);
    (start <= end).then_some(PortRange { start, end })
}

/// `volumes` and `tmpfs`; a later item for the same target replaces an earlier one.
pub(super) fn mounts(context: &Context<'_>, service: &Tree) -> Vec<Mount> {
    let mut mounts: Vec<Mount> = Vec::new();
    let volumes = service.get("volumes").map(Tree::items).unwrap_or_default().iter().filter_map(|item| {
        if item.text().is_some() { short_mount(context, item) } else { long_mount(context, item) }
    });
    let tmpfs = service.get("tmpfs").map(Tree::items).unwrap_or_default().iter().filter_map(|item| {
        let (start, end) = *split_outside(item.text()?, b':').first()?;
        let target = located(context, &item.piece(start, end));
        let (span, kind) = (item.span(), MountKind::Tmpfs);
        Some(Mount { span, kind, source: None, source_path: None, target, read_only: false })
    });
    for mount in volumes.chain(tmpfs) {
        let target = mount.target.value.shown().trim_end_matches('/');
        match mounts.iter_mut().find(|m| m.target.value.shown().trim_end_matches('/') == target) {
            Some(earlier) => *earlier = mount,
            None => mounts.push(mount),
        }
    }
    mounts
}

/// `[SOURCE:]TARGET[:MODE]`.
fn short_mount(context: &Context<'_>, item: &Tree) -> Option<Mount> {
    let raw = item.text()?;
    let mut pieces = split_outside(raw, b':');
    // A drive letter is part of its path.
    let drive = |piece: &(usize, usize)| {
        let text = raw.get(piece.0..piece.1).unwrap_or("");
        let next = raw.as_bytes().get(piece.1 + 1).copied();
        text.len() == 1
            && text.starts_with(|c: char| c.is_ascii_alphabetic())
            && matches!(next, Some(b'\\' | b'/'))
    };
    let mut at = 0;
    while at + 1 < pieces.len() {
        if let (Some(first), Some(second)) = (pieces.get(at).copied(), pieces.get(at + 1).copied())
            && drive(&first)
        {
            pieces.remove(at + 1);
            if let Some(piece) = pieces.get_mut(at) {
                *piece = (first.0, second.1);
            }
        }
        at += 1;
    }
    let mut pieces = pieces.into_iter().map(|(start, end)| item.piece(start, end));
    let (first, second, mode) = (pieces.next()?, pieces.next(), pieces.next());
    let (source, target) = match second {
        Some(second) => (Some(first), second),
        None => (None, first),
    };
    let mode = mode.map(|m| text(context, &m).shown().to_owned()).unwrap_or_default();
    let source = source.map(|s| located(context, &s));
    let kind = match &source {
        None => MountKind::Anonymous,
        Some(source) if is_path(&source.value) => MountKind::Bind,
        Some(_) => MountKind::Named,
    };
    Some(Mount {
        span: item.span(),
        kind,
        source_path: source_path(context, kind, source.as_ref(), item.file),
        source,
        target: located(context, &target),
        read_only: mode.split(',').any(|word| word == "ro"),
    })
}

fn long_mount(context: &Context<'_>, item: &Tree) -> Option<Mount> {
    let source = item.get("source").or_else(|| item.get("src")).map(|s| located(context, s));
    let kind = match item.get("type").and_then(Tree::text) {
        Some("bind") => MountKind::Bind,
        Some("tmpfs") => MountKind::Tmpfs,
        Some("volume") if source.is_none() => MountKind::Anonymous,
        Some("volume") => MountKind::Named,
        Some(_) => MountKind::Other,
        None if source.as_ref().is_some_and(|s| is_path(&s.value)) => MountKind::Bind,
        None => MountKind::Named,
    };
    let target = ["target", "destination", "dst"].iter().find_map(|key| item.get(key))?;
    Some(Mount {
        span: item.span(),
        kind,
        source_path: source_path(context, kind, source.as_ref(), item.file),
        source,
        target: located(context, target),
        read_only: ["read_only", "readonly"].iter().any(|k| item.get(k).and_then(Tree::truth) == Some(true)),
    })
}

/// True for a path; a source that is one unknown variable is taken for one, because volumes are named by hand.
fn is_path(source: &Text) -> bool {
    let shown = source.shown();
    shown.starts_with(['.', '/', '~', '\\', '$'])
        || shown.contains('/')
        || shown.get(1..3).is_some_and(|rest| rest == ":\\" || rest == ":/")
}

fn source_path(
    context: &Context<'_>,
    kind: MountKind,
    source: Option<&Located<Text>>,
    file: FileId,
) -> Option<String> {
    let value = source?.value.value.as_ref()?;
    (kind == MountKind::Bind).then(|| context.resolve_path(file, value)).flatten()
}

/// `env_file`, and with it what the files set.
pub(super) fn env_files(context: &mut Context<'_>, service: &Tree) -> Vec<EnvFileReference> {
    let mut found: Vec<EnvFileReference> = Vec::new();
    let mut misses: Vec<Unresolved> = Vec::new();
    for item in service.get("env_file").map(Tree::items).unwrap_or_default() {
        let path = if item.text().is_some() { Some(item) } else { item.get("path") };
        let Some(path) = path.map(|p| located(context, p)) else { continue };
        let required = item.get("required").and_then(Tree::truth) != Some(false);
        let value = path.value.value.as_ref();
        let resolved = value.and_then(|value| context.resolve_path(path.span.file, value));
        let env_files = context.loader.env_files;
        let file = resolved
            .filter(|path| env_files.entries(path).is_some())
            .and_then(|path| env_files.file_at(&path));
        if file.is_none() && required {
            let message = format!("env_file `{}` was not read", path.value.shown());
            misses.push(Unresolved { message, span: path.span });
        }
        found.retain(|earlier| earlier.path.value.raw != path.value.raw);
        found.push(EnvFileReference { path, file, required });
    }
    for miss in misses {
        context.miss(miss.message, miss.span);
    }
    found
}

/// The effective environment of a service.
pub(super) fn environment(
    context: &Context<'_>,
    service: &Tree,
    env_files: &[EnvFileReference],
) -> Vec<EnvironmentEntry> {
    let members = service.get("environment").map(Tree::members).unwrap_or_default();
    let mut entries: Vec<EnvironmentEntry> = members.iter().filter_map(|m| entry(context, m)).collect();
    let mut named: std::collections::BTreeSet<String> =
        entries.iter().map(|e| e.name.value.clone()).collect();
    for reference in env_files.iter().rev() {
        let (Some(file), Some(path)) = (reference.file, &reference.path.value.value) else { continue };
        let Some(path) = context.resolve_path(reference.path.span.file, path) else { continue };
        let pairs = context.loader.env_files.entries(&path).unwrap_or_default();
        let mut earlier: Vec<(String, String)> = Vec::new();
        let mut added: Vec<EnvironmentEntry> = Vec::new();
        for pair in pairs {
            let known = |name: &str| {
                let own = earlier.iter().rev().find(|(n, _)| n == name).map(|(_, value)| value.clone());
                context.variable(reference.path.span.file, name).or(own)
            };
            let raw = pair.value.value.clone();
            let value = if pair.literal {
                Some(raw.clone())
            } else {
                super::interpolate::interpolate(&raw, &known).value
            };
            earlier.extend(value.clone().map(|value| (pair.name.value.clone(), value)));
            added.retain(|e| e.name.value != pair.name.value);
            added.push(EnvironmentEntry {
                name: pair.name,
                raw: Some(pair.value),
                value,
                pass_through: false,
                source: EntrySource::EnvFile(file),
                variables: Vec::new(),
                defaults: Vec::new(),
            });
        }
        added.retain(|e| named.insert(e.name.value.clone()));
        entries.append(&mut added);
    }
    entries
}

fn entry(context: &Context<'_>, member: &Member) -> Option<EnvironmentEntry> {
    let name = member.key.clone();
    if member.tree.value == super::tree::Value::Null {
        return Some(EnvironmentEntry {
            value: context.variable(name.span.file, &name.value),
            name,
            raw: None,
            pass_through: true,
            source: EntrySource::Compose,
            variables: Vec::new(),
            defaults: Vec::new(),
        });
    }
    let raw = member.tree.text()?.to_owned();
    let text = text(context, &member.tree);
    Some(EnvironmentEntry {
        name,
        raw: Some(Located::new(raw, member.tree.span())),
        value: text.value,
        pass_through: false,
        source: EntrySource::Compose,
        variables: text.variables,
        defaults: text.defaults,
    })
}

/// A list of texts without repetitions; a single text is a list of one.
pub(super) fn unique_texts(context: &Context<'_>, tree: Option<&Tree>) -> Vec<Located<Text>> {
    let mut found: Vec<Located<Text>> = Vec::new();
    for item in tree.map(|t| texts(context, t)).unwrap_or_default() {
        if !found.iter().any(|f| f.value.raw == item.value.raw) {
            found.push(item);
        }
    }
    found
}
