//! Patches of kustomizations: strategic merge and JSON 6902. What cannot be applied makes the touched part unknown.

use super::objects::Object;
use super::tree::{Member, Tree, Value};

/// Deepest nesting that merging follows.
const MAX_DEPTH: usize = 40;

/// Applies `patch` to the objects it is meant for.
pub(super) fn apply(objects: &mut Vec<Object>, patch: &Tree, target: Option<&Tree>) {
    let own = if patch.members().is_empty() { None } else { Some(patch) };
    let kind = target.and_then(|t| t.text_at(&["kind"])).or_else(|| own?.text_at(&["kind"]));
    let said = |tree: Option<&Tree>, path: &[&str]| Some(tree?.at(path)?.raw()?.to_owned());
    let name = match target {
        Some(target) => said(Some(target), &["name"]),
        None => said(own, &["metadata", "name"]),
    };
    let selects = |object: &Object| {
        kind.is_none_or(|k| k == object.kind) && name.as_ref().is_none_or(|n| fits(n, &object.name.raw))
    };
    let deletes = patch.text_at(&["$patch"]) == Some("delete");
    if deletes {
        objects.retain(|object| !selects(object));
        return;
    }
    for object in objects.iter_mut().filter(|o| selects(o)) {
        match &patch.value {
            Value::Sequence { items, .. } => {
                for operation in items {
                    operate(object, operation);
                }
            }
            _ => merge(&mut object.tree, patch, 0),
        }
    }
}

/// A target's name is a regular expression; of those only the usual ones are understood, others fit everything.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix(".*") {
        Some(start) => name.starts_with(start),
        None if pattern.contains(['*', '|', '(', '[', '^']) => true,
        None => pattern == name,
    }
}

/// Merges `patch` into `tree` as Kubernetes does: mappings by key, lists of named things by name, others replaced.
pub(super) fn merge(tree: &mut Tree, patch: &Tree, depth: usize) {
    if depth > MAX_DEPTH {
        tree.value = Value::Unknown;
        return;
    }
    match (&mut tree.value, &patch.value) {
        (Value::Mapping { members, open }, Value::Mapping { members: changes, open: more }) => {
            if patch.text_at(&["$patch"]) == Some("replace") {
                *tree = patch.clone();
                return;
            }
            *open |= more;
            for change in changes.iter().filter(|c| !c.key.starts_with('$')) {
                let known = members.iter_mut().find(|m| m.key == change.key);
                match known {
                    _ if change.tree.value == Value::Null => members.retain(|m| m.key != change.key),
                    Some(member) => merge(&mut member.tree, &change.tree, depth + 1),
                    None => members.push(change.clone()),
                }
            }
        }
        (Value::Sequence { items, open }, Value::Sequence { items: changes, open: more }) => {
            let keys = ["name", "containerPort", "mountPath", "port", "topologyKey"];
            let key =
                keys.iter().find(|key| !changes.is_empty() && changes.iter().all(|c| c.get(key).is_some()));
            let Some(key) = key else {
                *tree = patch.clone();
                return;
            };
            *open |= more;
            for change in changes {
                let identity = change.get(key).and_then(Tree::raw);
                let place = items.iter().position(|i| i.get(key).and_then(Tree::raw) == identity);
                match place {
                    Some(at) if change.text_at(&["$patch"]) == Some("delete") => {
                        items.remove(at);
                    }
                    Some(at) => {
                        if let Some(item) = items.get_mut(at) {
                            merge(item, change, depth + 1);
                        }
                    }
                    None => items.push(change.clone()),
                }
            }
        }
        _ => *tree = patch.clone(),
    }
}

/// Applies one operation of JSON 6902.
fn operate(object: &mut Object, operation: &Tree) {
    let (Some(name), Some(path)) = (operation.text_at(&["op"]), operation.text_at(&["path"])) else {
        object.complete = false;
        return;
    };
    let keys: Vec<String> =
        path.split('/').skip(1).map(|k| k.replace("~1", "/").replace("~0", "~")).collect();
    let value = operation.get("value");
    let done = match (name, value) {
        ("add" | "replace", Some(value)) => put(&mut object.tree, &keys, Some(value), name == "add", 0),
        ("remove", _) => put(&mut object.tree, &keys, None, false, 0),
        ("test", _) => Some(()),
        _ => None,
    };
    if done.is_none() {
        object.complete = false;
        if let Some(spec) = object.tree.get("spec").is_some().then_some(&mut object.tree) {
            open_up(spec);
        }
    }
}

fn open_up(tree: &mut Tree) {
    if let Value::Mapping { open, members } = &mut tree.value {
        *open = true;
        for member in members.iter_mut().filter(|m| m.key == "spec" || m.key == "template") {
            open_up(&mut member.tree);
        }
    }
}

fn put(tree: &mut Tree, keys: &[String], value: Option<&Tree>, insert: bool, depth: usize) -> Option<()> {
    let (key, rest) = keys.split_first().filter(|_| depth < MAX_DEPTH)?;
    match &mut tree.value {
        Value::Mapping { members, .. } => {
            let at = members.iter().position(|m| m.key == *key);
            match (at, rest.is_empty(), value) {
                (Some(at), true, Some(value)) => members.get_mut(at)?.tree = value.clone(),
                (Some(at), true, None) => drop(members.remove(at)),
                (Some(at), false, _) => {
                    return put(&mut members.get_mut(at)?.tree, rest, value, insert, depth + 1);
                }
                (None, true, Some(value)) => {
                    let key_span = value.span;
                    members.push(Member { key: key.clone(), key_span, tree: value.clone() });
                }
                (None, ..) => return None,
            }
        }
        Value::Sequence { items, .. } => {
            if key == "-" && rest.is_empty() {
                items.push(value?.clone());
                return Some(());
            }
            let at: usize = key.parse().ok().filter(|at| *at < items.len())?;
            match (rest.is_empty(), value) {
                (true, Some(value)) if insert => items.insert(at, value.clone()),
                (true, Some(value)) => *items.get_mut(at)? = value.clone(),
                (true, None) => drop(items.remove(at)),
                (false, _) => return put(items.get_mut(at)?, rest, value, insert, depth + 1),
            }
        }
        _ => return None,
    }
    Some(())
}

/// Sets the value under `path`, whose outer part must be there.
pub(super) fn set(tree: &mut Tree, path: &[&str], value: &Tree) {
    let keys: Vec<String> = path.iter().map(|k| (*k).to_owned()).collect();
    let _ = put(tree, &keys, Some(value), true, 0);
}
