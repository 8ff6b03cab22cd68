//! The combinations of a matrix.

use std::collections::BTreeMap;

use crate::syntax::doc::NodeRef;

use super::scope::Scope;

/// Most combinations that are told apart.
const MAX_LEGS: usize = 64;

/// The combinations of `strategy.matrix`: the product of its lists, `exclude` and `include` applied. Empty where an
/// expression decides.
pub(super) fn legs(matrix: NodeRef<'_>, scope: &Scope) -> Vec<BTreeMap<String, String>> {
    let mut legs: Vec<BTreeMap<String, String>> = vec![BTreeMap::new()];
    for entry in matrix.entries() {
        if matches!(entry.key, "include" | "exclude") {
            continue;
        }
        let values: Vec<BTreeMap<String, String>> =
            entry.value.items().map(|item| flat(entry.key, item, scope)).collect();
        if values.is_empty() {
            continue;
        }
        let mut next = Vec::new();
        for leg in &legs {
            for value in &values {
                if next.len() < MAX_LEGS {
                    let mut leg = leg.clone();
                    leg.extend(value.clone());
                    next.push(leg);
                }
            }
        }
        legs = next;
    }
    let of = |key: &str| -> Vec<BTreeMap<String, String>> {
        let node = matrix.get(key);
        let items = node.iter().flat_map(NodeRef::items);
        items
            .map(|item| {
                let mut leg = BTreeMap::new();
                for entry in item.entries() {
                    leg.extend(flat(entry.key, entry.value, scope));
                }
                leg
            })
            .collect()
    };
    let excluded = of("exclude");
    legs.retain(|leg| {
        !excluded.iter().any(|e| !e.is_empty() && e.iter().all(|(k, v)| leg.get(k) == Some(v)))
    });
    let own: Vec<String> = legs.first().map(|l| l.keys().cloned().collect()).unwrap_or_default();
    let base = legs.clone();
    for included in of("include") {
        let fits = |leg: &BTreeMap<String, String>| {
            own.iter().all(|key| included.get(key).is_none_or(|value| leg.get(key) == Some(value)))
        };
        let extends = !own.is_empty() && base.iter().any(fits);
        if extends {
            for leg in legs.iter_mut().filter(|leg| fits(leg)) {
                leg.extend(included.clone());
            }
        } else if legs.len() < MAX_LEGS {
            legs.push(included);
        }
    }
    legs.retain(|leg| !leg.is_empty());
    legs
}

/// A value and, for a mapping, its fields under their paths.
fn flat(key: &str, node: NodeRef<'_>, scope: &Scope) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    if let Some(text) = node.as_str() {
        found.insert(key.to_owned(), scope.fill(text));
    }
    for entry in node.entries() {
        if let Some(text) = entry.value.as_str() {
            found.insert(format!("{key}.{}", entry.key), scope.fill(text));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::legs;
    use crate::syntax::doc::parse_yaml;
    use crate::world::pipeline::scope::Scope;

    fn shown(yaml: &str) -> Vec<String> {
        let parsed = parse_yaml(yaml);
        let legs = legs(parsed.root().unwrap(), &Scope::default());
        legs.iter().map(|l| l.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(" ")).collect()
    }

    #[test]
    fn combinations() {
        assert_eq!(
            shown("os: [a, b]\npg: [14, 16]\n"),
            ["os=a pg=14", "os=a pg=16", "os=b pg=14", "os=b pg=16"]
        );
        assert_eq!(
            shown("os: [a, b]\nexclude:\n- os: b\ninclude:\n- os: a\n  x: 1\n- os: c\n"),
            ["os=a x=1", "os=c"]
        );
        assert_eq!(shown("include:\n- db: x\n- db: y\n"), ["db=x", "db=y"]);
        assert_eq!(shown("t: [{n: 1, m: 2}]\n"), ["t.m=2 t.n=1"]);
        assert_eq!(shown("t: ${{ fromJson(x) }}\n"), Vec::<String>::new());
    }
}
