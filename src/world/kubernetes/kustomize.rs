//! Kustomizations: resources, bases and components, and what is changed in them.

use std::collections::BTreeSet;

use crate::facts::artefact::Artefact;
use crate::source::{FileId, Span};
use crate::syntax::doc::{Parsed, parse_json, parse_yaml};
use crate::world::image_reference::image_reference;
use crate::world::packages::{folder_of, join, normalise};

use super::Files;
use super::model::Text;
use super::objects::{self, Object};
use super::patch;
use super::tree::{MAX_NODES, Member, Origin, Tree, Value};

/// Deepest nesting of kustomizations.
const MAX_NESTING: usize = 12;

/// Most objects of one kustomization.
const MAX_OBJECTS: usize = 5_000;

/// What a kustomization gives.
#[derive(Debug, Default)]
pub(super) struct Built {
    pub objects: Vec<Object>,
    pub files: BTreeSet<FileId>,
    pub complete: bool,
}

/// The paths, relative to the root, that a kustomization takes other files or folders from.
pub(super) fn referenced(path: &str, tree: &Tree) -> Vec<String> {
    let folder = folder_of(path);
    let lists = ["resources", "bases", "components"].iter().filter_map(|key| tree.get(key));
    let texts = lists.flat_map(|list| list.items()).filter_map(Tree::text);
    texts.filter(|t| !is_remote(t)).filter_map(|t| normalise(&join(folder, t))).collect()
}

fn is_remote(text: &str) -> bool {
    text.contains("://")
        || text.contains("?ref=")
        || text.starts_with("git@")
        || text.starts_with("github.com")
}

/// What the file says, as a tree.
pub(super) fn tree_of(files: &Files<'_>, file: FileId) -> Option<Tree> {
    let Artefact::Document(parsed) = files.artefact(file) else { return None };
    Some(Tree::read(parsed.root()?, Origin::File(file), &mut MAX_NODES.clone()))
}

/// Builds the kustomization in `file`.
pub(super) fn build(files: &Files<'_>, file: FileId, seen: &mut Vec<FileId>) -> Built {
    let mut built = Built { complete: true, ..Built::default() };
    let Some(tree) = tree_of(files, file).filter(|_| !seen.contains(&file) && seen.len() < MAX_NESTING)
    else {
        return Built::default();
    };
    seen.push(file);
    built.files.insert(file);
    let folder = folder_of(files.path(file)).to_owned();
    for key in ["resources", "bases", "components"] {
        let Some(list) = tree.get(key) else { continue };
        for item in list.items() {
            let path = item.text().filter(|t| !is_remote(t)).and_then(|t| normalise(&join(&folder, t)));
            let Some(path) = path else {
                built.complete = false;
                continue;
            };
            add(files, &path, seen, &mut built);
            if built.objects.len() > MAX_OBJECTS {
                built.complete = false;
                built.objects.truncate(MAX_OBJECTS);
            }
        }
    }
    if tree.get("helmCharts").is_some()
        || tree.get("generators").is_some()
        || tree.get("transformers").is_some()
    {
        built.complete = false;
    }
    generated(files, &folder, &tree, &mut built);
    change(files, &folder, &tree, &mut built);
    seen.pop();
    built
}

fn add(files: &Files<'_>, path: &str, seen: &mut Vec<FileId>, built: &mut Built) {
    if let Some(inner) = files.kustomization_in(path) {
        let found = build(files, inner, seen);
        built.complete &= found.complete;
        built.objects.extend(found.objects);
        built.files.extend(found.files);
        return;
    }
    match files.file_at(path).map(|file| (file, files.artefact(file))) {
        Some((file, Artefact::Document(parsed))) => {
            built.files.insert(file);
            built.objects.extend(objects::of_file(file, parsed));
        }
        _ => built.complete = false,
    }
}

/// Adds what the generators of ConfigMaps and Secrets make.
fn generated(files: &Files<'_>, folder: &str, tree: &Tree, built: &mut Built) {
    for (key, kind) in [("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret")] {
        for item in tree.get(key).map(Tree::items).unwrap_or_default() {
            let Some(name) = item.get("name").and_then(Text::of) else { continue };
            let mut members: Vec<Member> = Vec::new();
            let mut elsewhere = false;
            for literal in item.get("literals").map(Tree::items).unwrap_or_default() {
                let Some((name, value)) = literal.raw().and_then(|t| t.split_once('=')) else { continue };
                let value = value.trim_matches(['"', '\'']).to_owned();
                let tree = Tree::scalar(value, literal.span, None);
                members.push(Member { key: name.to_owned(), key_span: literal.span, tree });
            }
            let lists = ["envs", "env"].iter().filter_map(|k| item.get(k));
            let paths =
                lists.flat_map(|l| if l.items().is_empty() { std::slice::from_ref(l) } else { l.items() });
            for path in paths.filter_map(Tree::text) {
                let file = normalise(&join(folder, path)).and_then(|p| files.file_at(&p));
                let Some((file, Artefact::Dotenv(settings))) = file.map(|f| (f, files.artefact(f))) else {
                    elsewhere = true;
                    continue;
                };
                for entry in &settings.entries {
                    let span = Span::new(file, entry.value.range);
                    let tree = Tree::scalar(entry.value.value.clone(), span, None);
                    let key_span = Span::new(file, entry.key.range);
                    members.push(Member { key: entry.key.value.clone(), key_span, tree });
                }
            }
            elsewhere |= item.get("files").is_some();
            let open = elsewhere || item.is_open();
            let field = if kind == "Secret" { "stringData" } else { "data" };
            let data = Tree { value: Value::Mapping { members, open }, ..item.clone() };
            let entry = Member { key: field.into(), key_span: item.span, tree: data };
            let whole = Tree { value: Value::Mapping { members: vec![entry], open: false }, ..item.clone() };
            let file = item.span.file;
            let known = built.objects.iter_mut().find(|o| o.kind == kind && o.name.raw == name.raw);
            match known {
                // `behavior: merge` and the like.
                Some(known) => patch::merge(&mut known.tree, &whole, 0),
                None => built.objects.push(Object {
                    kind: kind.into(),
                    name,
                    file,
                    tree: whole,
                    complete: true,
                    generated_elsewhere: elsewhere,
                }),
            }
        }
    }
}

/// Applies what the kustomization changes: patches, then images and replicas.
fn change(files: &Files<'_>, folder: &str, tree: &Tree, built: &mut Built) {
    for key in ["patches", "patchesStrategicMerge", "patchesJson6902"] {
        for item in tree.get(key).map(Tree::items).unwrap_or_default() {
            // The older list holds paths or texts, the newer mappings with `path` or `patch`.
            let target = item.get("target");
            let body = if item.members().is_empty() { Some(item) } else { item.get("patch") };
            let path = item
                .get("path")
                .and_then(Tree::text)
                .or_else(|| body.and_then(Tree::text).filter(|t| !t.contains('\n')));
            let file = path.and_then(|p| normalise(&join(folder, p))).and_then(|p| files.file_at(&p));
            let patches = match (file, body) {
                (Some(file), _) => {
                    built.files.insert(file);
                    match files.artefact(file) {
                        Artefact::Document(parsed) => trees(parsed, Origin::File(file)),
                        _ => Vec::new(),
                    }
                }
                (None, Some(body)) => inline(body),
                (None, None) => Vec::new(),
            };
            if patches.is_empty() {
                built.complete = false;
                built.objects.iter_mut().for_each(|o| o.complete = false);
            }
            for found in &patches {
                patch::apply(&mut built.objects, found, target);
            }
        }
    }
    for image in tree.get("images").map(Tree::items).unwrap_or_default() {
        let Some(name) = image.text_at(&["name"]) else { continue };
        for object in &mut built.objects {
            set_image(&mut object.tree, name, image, 0);
        }
    }
    for item in tree.get("replicas").map(Tree::items).unwrap_or_default() {
        let (Some(name), Some(count)) = (item.text_at(&["name"]), item.get("count")) else { continue };
        for object in built.objects.iter_mut().filter(|o| o.name.raw == name) {
            patch::set(&mut object.tree, &["spec", "replicas"], count);
        }
    }
}

fn trees(parsed: &Parsed, origin: Origin<'_>) -> Vec<Tree> {
    parsed.roots().map(|root| Tree::read(root, origin, &mut MAX_NODES.clone())).collect()
}

/// A patch that is written as a text: all of it stands where the text does.
fn inline(body: &Tree) -> Vec<Tree> {
    if !body.members().is_empty() {
        return vec![body.clone()];
    }
    let Some(text) = body.raw() else { return Vec::new() };
    let parsed = if text.trim_start().starts_with(['[', '{']) { parse_json(text) } else { parse_yaml(text) };
    let mut found = trees(&parsed, Origin::File(body.span.file));
    found.iter_mut().for_each(|tree| place(tree, body.span));
    found
}

fn place(tree: &mut Tree, span: Span) {
    tree.span = span;
    match &mut tree.value {
        Value::Sequence { items, .. } => items.iter_mut().for_each(|item| place(item, span)),
        Value::Mapping { members, .. } => members.iter_mut().for_each(|member| {
            member.key_span = span;
            place(&mut member.tree, span);
        }),
        _ => {}
    }
}

/// Replaces the image `name` by what the entry `by` of `images` says, wherever a container runs it.
fn set_image(tree: &mut Tree, name: &str, by: &Tree, depth: usize) {
    if depth > 12 {
        return;
    }
    match &mut tree.value {
        Value::Sequence { items, .. } => {
            items.iter_mut().for_each(|item| set_image(item, name, by, depth + 1))
        }
        Value::Mapping { members, .. } => {
            for member in members {
                let text = member.tree.raw().filter(|_| member.key == "image").map(str::to_owned);
                let Some(text) = text else {
                    set_image(&mut member.tree, name, by, depth + 1);
                    continue;
                };
                let reference = image_reference(&text);
                let base = text.split('@').next().unwrap_or(&text);
                let base = base
                    .strip_suffix(&format!(":{}", reference.tag.as_deref().unwrap_or("")))
                    .unwrap_or(base);
                if base != name {
                    continue;
                }
                let new_name = by.text_at(&["newName"]).unwrap_or(base);
                let tag = by.get("newTag").and_then(Tree::raw).map(str::to_owned).or(reference.tag);
                let digest = by.get("digest").and_then(Tree::raw);
                let text = match (digest, tag) {
                    (Some(digest), _) => format!("{new_name}@{digest}"),
                    (None, Some(tag)) => format!("{new_name}:{tag}"),
                    (None, None) => new_name.to_owned(),
                };
                let changed = by.get("newTag").or_else(|| by.get("newName")).or_else(|| by.get("digest"));
                let via = Some(member.tree.span);
                if let Some(changed) = changed {
                    member.tree = Tree::scalar(text, changed.span, via);
                }
            }
        }
        _ => {}
    }
}
