//! The merge rules of the Compose Specification ("Merge and override").
//!
//! Mappings merge, sequences append, scalars are replaced. `command`, `entrypoint` and `healthcheck.test` are
//! replaced whole; `environment`, `labels` and their like merge by key in both of their forms; `depends_on` and
//! `networks` by name. `!reset` removes what is below, `!override` replaces it. Sequences whose items are unique by
//! something (volumes by target, ports by the whole) are made so when they are read.

use super::tree::{Member, Tag, Tree, Value};

/// Where in a compose file two values meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Root,
    Services,
    Service,
    Build,
    Deploy,
    Healthcheck,
    /// `NAME=value` items or a mapping.
    Pairs,
    /// Names or a mapping by name.
    Names,
    /// One text or a list of texts.
    Texts,
    /// The later one wins.
    Replaced,
    Other,
}

impl Place {
    fn child(self, key: &str) -> Place {
        match (self, key) {
            (Place::Root, "services") => Place::Services,
            (Place::Services, _) => Place::Service,
            (Place::Service, "environment" | "labels" | "annotations" | "sysctls") => Place::Pairs,
            (Place::Service, "command" | "entrypoint") => Place::Replaced,
            (Place::Service, "depends_on" | "networks") => Place::Names,
            (Place::Service, "env_file" | "dns" | "dns_search" | "dns_opt" | "tmpfs") => Place::Texts,
            (Place::Service, "build") => Place::Build,
            (Place::Service, "deploy") => Place::Deploy,
            (Place::Service, "healthcheck") => Place::Healthcheck,
            (Place::Build, "args" | "labels") | (Place::Deploy, "labels") => Place::Pairs,
            (Place::Healthcheck, "test") => Place::Replaced,
            _ => Place::Other,
        }
    }
}

/// `over` merged over `base`, both whole files.
pub(super) fn merge_files(base: Tree, over: Tree) -> Tree {
    merge(base, over, Place::Root)
}

/// `over` merged over `base`, both services.
pub(super) fn merge_services(base: Tree, over: Tree) -> Tree {
    merge(base, over, Place::Service)
}

/// A file without the entries that `!reset` removes, in the forms that reading expects.
pub(super) fn settle(tree: Tree) -> Tree {
    let empty = Tree { tag: None, value: Value::Mapping(Vec::new()), ..tree };
    merge(empty, tree, Place::Root)
}

fn merge(base: Tree, over: Tree, place: Place) -> Tree {
    if over.tag == Some(Tag::Override) || place == Place::Replaced {
        return clean(over, place);
    }
    let (base, over) = (in_form(base, place), in_form(over, place));
    let Tree { file, range, tag, value } = over;
    let value = match (base.value, value) {
        (value, Value::Null) => {
            return Tree { value, file: base.file, range: base.range, tag: base.tag };
        }
        (Value::Mapping(below), Value::Mapping(above)) => Value::Mapping(merge_members(below, above, place)),
        (Value::Sequence(mut below), Value::Sequence(above)) => {
            below.extend(above.into_iter().filter(|item| item.tag != Some(Tag::Reset)));
            Value::Sequence(below)
        }
        (_, value) => return clean(Tree { file, range, tag, value }, place),
    };
    Tree { file, range, tag: None, value }
}

fn merge_members(mut below: Vec<Member>, above: Vec<Member>, place: Place) -> Vec<Member> {
    let mut places: std::collections::HashMap<String, usize> =
        below.iter().enumerate().map(|(at, m)| (m.key.value.clone(), at)).collect();
    let mut removed = Vec::new();
    for mut member in above {
        let known = places.get(&member.key.value).copied();
        if member.tree.tag == Some(Tag::Reset) {
            removed.extend(known);
            continue;
        }
        let place = if place == Place::Pairs { Place::Replaced } else { place.child(&member.key.value) };
        match known.and_then(|at| below.get_mut(at)) {
            Some(earlier) => {
                let base = std::mem::replace(&mut earlier.tree, Tree::empty(member.tree.file));
                let scalar = matches!(member.tree.value, Value::Scalar { .. });
                earlier.tree = merge(base, member.tree, place);
                earlier.entries.append(&mut member.entries);
                if scalar || place == Place::Replaced {
                    earlier.key = member.key;
                }
            }
            None => {
                places.insert(member.key.value.clone(), below.len());
                member.tree = clean(member.tree, place);
                below.push(member);
            }
        }
    }
    let mut at = 0;
    below.retain(|_| {
        at += 1;
        !removed.contains(&(at - 1))
    });
    below
}

/// A value that nothing is below of: in the expected form, without what `!reset` removes.
fn clean(tree: Tree, place: Place) -> Tree {
    let mut tree = in_form(tree, place);
    tree.tag = None;
    match &mut tree.value {
        Value::Mapping(members) => {
            members.retain(|m| m.tree.tag != Some(Tag::Reset));
            for member in members {
                let inner = place.child(&member.key.value);
                let taken = std::mem::replace(&mut member.tree, Tree::empty(tree.file));
                member.tree = clean(taken, inner);
            }
        }
        Value::Sequence(items) => items.retain(|item| item.tag != Some(Tag::Reset)),
        _ => {}
    }
    tree
}

/// The form in which values of `place` merge.
fn in_form(tree: Tree, place: Place) -> Tree {
    let value = match (place, &tree.value) {
        (Place::Pairs, Value::Sequence(items)) => Value::Mapping(items.iter().filter_map(pair).collect()),
        (Place::Names, Value::Sequence(items)) => {
            let named = |item: &Tree| {
                let mut member = member_of(item, item.text()?.len())?;
                member.tree.value = Value::Null;
                Some(member)
            };
            Value::Mapping(items.iter().filter_map(named).collect())
        }
        (Place::Texts, Value::Scalar { .. } | Value::Mapping(_)) => {
            let item = Tree { tag: None, ..tree.clone() };
            Value::Sequence(vec![item])
        }
        (Place::Build, Value::Scalar { text, .. }) => {
            let key = super::Located::new("context".to_owned(), tree.span());
            let item = tree.piece(0, text.len());
            Value::Mapping(vec![Member { key, entries: vec![tree.span()], tree: item }])
        }
        _ => return tree,
    };
    Tree { value, ..tree }
}

/// `NAME=value` or `NAME` as an entry.
fn pair(item: &Tree) -> Option<Member> {
    let text = item.text()?;
    let Some(equals) = text.find('=') else {
        let mut member = member_of(item, text.len())?;
        member.tree.value = Value::Null;
        return Some(member);
    };
    let mut member = member_of(item, equals)?;
    member.tree = item.piece(equals + 1, text.len());
    Some(member)
}

fn member_of(item: &Tree, key_end: usize) -> Option<Member> {
    let key = item.text()?.get(..key_end)?.trim_end().to_owned();
    let span = item.part(0, key.len());
    let tree = Tree { tag: item.tag, ..item.clone() };
    Some(Member { key: super::Located::new(key, span), entries: vec![item.span()], tree })
}
