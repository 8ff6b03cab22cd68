//! The functions of templates that have the same result in every release; all others are unknown.

use std::rc::Rc;

use super::data::{Data, Datum, Field, in_quotes, to_yaml};
use super::text::{Piece, Pieces, UNKNOWN, indented, joined, slice, trimmed};

/// Most nodes that one `toYaml` writes.
const MAX_YAML: usize = 20_000;

/// Most items of a collection that a function makes.
const MAX_ITEMS: usize = 5_000;

/// Deepest nesting of collections.
const MAX_DEPTH: usize = 256;

/// Longest text that a function makes out of a shorter one.
const MAX_TEXT: usize = 1 << 20;

/// The result of function `name`.
pub(super) fn call(name: &str, arguments: &[Datum]) -> Datum {
    logic(name, arguments)
        .or_else(|| texts(name, arguments))
        .or_else(|| collections(name, arguments))
        .or_else(|| numbers(name, arguments))
        .filter(is_small)
        .unwrap_or_else(Datum::unknown)
}

/// False for what only a template that wants to be a burden makes.
fn is_small(value: &Datum) -> bool {
    let size = match &value.value {
        Data::List(items) => items.len(),
        Data::Map(fields) => fields.len(),
        _ => 0,
    };
    size <= MAX_ITEMS && value.depth <= MAX_DEPTH
}

fn logic(name: &str, arguments: &[Datum]) -> Option<Datum> {
    let found = match (name, arguments) {
        ("default", [fallback, value]) => match value.truthy() {
            Some(true) => value.clone(),
            Some(false) => fallback.clone(),
            None => Datum::unknown(),
        },
        ("default", [fallback]) => fallback.clone(),
        ("required", [_, value]) => match value.truthy() {
            Some(false) => Datum::unknown(),
            _ => value.clone(),
        },
        ("coalesce", values) => {
            for value in values {
                match value.truthy() {
                    Some(true) => return Some(value.clone()),
                    Some(false) => {}
                    None => return Some(Datum::unknown()),
                }
            }
            Datum::default()
        }
        ("ternary", [yes, no, test]) => match test.truthy()? {
            true => yes.clone(),
            false => no.clone(),
        },
        ("not", [value]) => Datum::truth(!value.truthy()?),
        ("empty", [value]) => Datum::truth(!value.truthy()?),
        ("and", values) => {
            for value in values {
                match value.truthy() {
                    Some(false) => return Some(value.clone()),
                    Some(true) => {}
                    // A later false one decides.
                    None if values.iter().any(|v| v.truthy() == Some(false)) => {
                        return Some(Datum::truth(false));
                    }
                    None => return Some(Datum::unknown()),
                }
            }
            values.last()?.clone()
        }
        ("or", values) => {
            for value in values {
                match value.truthy() {
                    Some(true) => return Some(value.clone()),
                    Some(false) => {}
                    None => return Some(Datum::unknown()),
                }
            }
            values.last()?.clone()
        }
        ("eq", [first, others @ ..]) if !others.is_empty() => {
            let first = first.known_text()?;
            let others: Option<Vec<String>> = others.iter().map(Datum::known_text).collect();
            Datum::truth(others?.contains(&first))
        }
        ("ne", [a, b]) => Datum::truth(a.known_text()? != b.known_text()?),
        ("lt", [a, b]) => Datum::truth(a.integer()? < b.integer()?),
        ("le", [a, b]) => Datum::truth(a.integer()? <= b.integer()?),
        ("gt", [a, b]) => Datum::truth(a.integer()? > b.integer()?),
        ("ge", [a, b]) => Datum::truth(a.integer()? >= b.integer()?),
        ("kindIs" | "typeIs", [kind, value]) => Datum::truth(is_kind(&kind.known_text()?, value)?),
        ("fail", _) => Datum::unknown(),
        _ => return None,
    };
    Some(found)
}

fn is_kind(kind: &str, value: &Datum) -> Option<bool> {
    let own: &[&str] = match &value.value {
        Data::Unknown => return None,
        Data::Nil => &["invalid", "<nil>"],
        Data::Truth(_) => &["bool"],
        Data::Number(_) => &["int", "int64", "float64"],
        Data::Text(_) => &["string"],
        Data::List(_) => &["slice", "[]interface {}"],
        Data::Map(_) => &["map", "map[string]interface {}"],
    };
    Some(own.contains(&kind))
}

/// The pieces of a value that is printed; none for what is no scalar.
fn pieces(value: &Datum) -> Option<Pieces> {
    match value.value {
        Data::List(_) | Data::Map(_) | Data::Unknown => None,
        _ => Some(value.printed()),
    }
}

fn texts(name: &str, arguments: &[Datum]) -> Option<Datum> {
    let place_of = |value: &Datum| value.printed().first().and_then(|p| p.place);
    // A text that was changed stands where the first part of it is written.
    let changed = |value: &Datum, text: String| {
        let place = place_of(value);
        Datum::pieces(vec![Piece { text, place, ..Piece::default() }])
    };
    let each = |value: &Datum, change: &dyn Fn(&str) -> String| {
        let text = joined(&pieces(value)?);
        Some(changed(value, change(&text)))
    };
    let found = match (name, arguments) {
        ("quote", [value]) => quoted(value, '"'),
        ("squote", [value]) => quoted(value, '\''),
        ("toString" | "print", [value]) => Datum::pieces(pieces(value)?),
        ("print", values) => {
            let mut all = Vec::new();
            for value in values {
                all.extend(value.printed());
            }
            Datum::pieces(all)
        }
        ("printf", [format, values @ ..]) => formatted(&format.known_text()?, values)?,
        ("trunc", [length, value]) => {
            let all = pieces(value)?;
            let text = joined(&all);
            let length = usize::try_from(length.integer()?).ok()?;
            Datum::pieces(slice(&all, 0, text.floor_char_boundary(length)))
        }
        ("trim", [value]) => Datum::pieces(trimmed(pieces(value)?, char::is_whitespace, true, true)),
        ("trimSuffix", [suffix, value]) => {
            let (all, suffix) = (pieces(value)?, suffix.known_text()?);
            let text = joined(&all);
            let kept = text.strip_suffix(&suffix).unwrap_or(&text).len();
            Datum::pieces(slice(&all, 0, kept))
        }
        ("trimPrefix", [prefix, value]) => {
            let (all, prefix) = (pieces(value)?, prefix.known_text()?);
            let text = joined(&all);
            let from = text.len() - text.strip_prefix(&prefix).unwrap_or(&text).len();
            Datum::pieces(slice(&all, from, text.len()))
        }
        ("trimAll", [set, value]) => {
            let set = set.known_text()?;
            Datum::pieces(trimmed(pieces(value)?, |c| set.contains(c), true, true))
        }
        ("lower", [value]) => each(value, &|t| t.to_lowercase())?,
        ("upper", [value]) => each(value, &|t| t.to_uppercase())?,
        ("title", [value]) => each(value, &|t| {
            let mut characters = t.chars();
            characters.next().map(|c| c.to_uppercase().chain(characters).collect()).unwrap_or_default()
        })?,
        ("kebabcase", [value]) => each(value, &|t| t.replace(['_', ' '], "-").to_lowercase())?,
        ("snakecase", [value]) => each(value, &|t| t.replace(['-', ' '], "_").to_lowercase())?,
        ("replace", [old, new, value]) => {
            let (old, new) = (old.known_text()?, new.known_text()?);
            if old.is_empty() {
                return None;
            }
            let all = pieces(value)?;
            let text = joined(&all);
            if text.matches(&old).count().saturating_mul(new.len()) > MAX_TEXT {
                return None;
            }
            if text.contains(&old) { each(value, &|t| t.replace(&old, &new))? } else { Datum::pieces(all) }
        }
        ("nospace", [value]) => each(value, &|t| t.split_whitespace().collect())?,
        ("indent" | "nindent", [width, value]) => {
            let width = usize::try_from(width.integer()?).ok()?;
            let all = value.printed();
            let lines = all.iter().map(|p| memchr::memchr_iter(b'\n', p.text.as_bytes()).count());
            if lines.sum::<usize>().saturating_mul(width) > MAX_TEXT {
                return None;
            }
            let mut all = indented(all, width);
            if name == "nindent" {
                all.insert(0, Piece::new("\n"));
            }
            Datum::pieces(all)
        }
        ("toYaml" | "toYamlPretty", [value]) => {
            let mut all = Vec::new();
            to_yaml(value, 0, &mut MAX_YAML.clone(), &mut all);
            Datum::pieces(all)
        }
        ("toJson" | "toRawJson", [value]) => match &value.value {
            Data::List(_) | Data::Map(_) => Datum::unknown(),
            Data::Text(_) => quoted(value, '"'),
            _ => Datum::pieces(pieces(value)?),
        },
        ("contains", [part, text]) => Datum::truth(text.known_text()?.contains(&part.known_text()?)),
        ("hasPrefix", [part, text]) => Datum::truth(text.known_text()?.starts_with(&part.known_text()?)),
        ("hasSuffix", [part, text]) => Datum::truth(text.known_text()?.ends_with(&part.known_text()?)),
        ("b64enc", [value]) => changed(value, format!("{UNKNOWN}")),
        ("cat", values) => {
            let texts: Option<Vec<String>> = values.iter().map(Datum::known_text).collect();
            Datum::text(texts?.join(" "))
        }
        ("join", [separator, list]) => {
            let Data::List(items) = &list.value else { return None };
            let separator = separator.known_text()?;
            if items.len().saturating_mul(separator.len()) > MAX_TEXT {
                return None;
            }
            let mut all = Vec::new();
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    all.push(Piece::new(separator.clone()));
                }
                all.extend(item.printed());
            }
            Datum::pieces(all)
        }
        ("splitList", [separator, text]) => {
            let (separator, text) = (separator.known_text()?, text.known_text()?);
            let parts: Vec<Datum> = text.split(separator.as_str()).take(1000).map(Datum::text).collect();
            Datum::of(Data::List(Rc::new(parts)))
        }
        _ => return None,
    };
    Some(found)
}

fn quoted(value: &Datum, quote: char) -> Datum {
    let all = value.printed();
    let text = joined(&all);
    if let Data::Nil = value.value {
        return Datum::text("");
    }
    let plain = !text.contains(['"', '\'', '\\']) && !text.contains(char::is_control);
    if plain {
        let mut found = vec![Piece::new(quote)];
        found.extend(all);
        found.push(Piece::new(quote));
        return Datum::pieces(found);
    }
    let text = if quote == '"' { in_quotes(&text) } else { format!("'{}'", text.replace('\'', "''")) };
    let place = all.first().and_then(|p| p.place);
    Datum::pieces(vec![Piece { text, place, ..Piece::default() }])
}

/// `printf` with `%s`, `%d`, `%v`, `%q` and `%t`.
fn formatted(format: &str, values: &[Datum]) -> Option<Datum> {
    let mut all = Vec::new();
    let mut values = values.iter();
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        all.push(Piece::new(rest.get(..at)?));
        let verb = rest.get(at + 1..)?.chars().next()?;
        match verb {
            '%' => all.push(Piece::new("%")),
            's' | 'd' | 'v' | 't' => all.extend(values.next()?.printed()),
            'q' => all.extend(quoted(values.next()?, '"').printed()),
            _ => return None,
        }
        rest = rest.get(at + 1 + verb.len_utf8()..)?;
    }
    all.push(Piece::new(rest));
    Some(Datum::pieces(all))
}

fn collections(name: &str, arguments: &[Datum]) -> Option<Datum> {
    let list = |items: Vec<Datum>| Datum::of(Data::List(Rc::new(items)));
    let found = match (name, arguments) {
        ("list" | "tuple", values) => list(values.to_vec()),
        ("dict", values) => {
            let mut fields = Vec::new();
            for pair in values.chunks(2) {
                let [key, value] = pair else { return None };
                fields.push((key.known_text()?, value.clone()));
            }
            Datum::map(fields)
        }
        ("get" | "index", [map, key]) if matches!(map.value, Data::Map(_)) => map.field(&key.known_text()?),
        ("index", [map, keys @ ..]) if !keys.is_empty() => {
            let mut value = map.clone();
            for key in keys {
                value = match &value.value {
                    Data::Map(_) => value.field(&key.known_text()?),
                    Data::List(items) => {
                        items.get(usize::try_from(key.integer()?).ok()?).cloned().unwrap_or_default()
                    }
                    Data::Nil => Datum::default(),
                    _ => return None,
                };
            }
            value
        }
        ("dig", [path @ .., fallback, map]) => {
            let mut value = map.clone();
            for key in path {
                value = value.field(&key.known_text()?);
            }
            if matches!(value.value, Data::Nil) { fallback.clone() } else { value }
        }
        ("hasKey", [map, key]) => match &map.value {
            Data::Map(fields) => {
                let key = key.known_text()?;
                Datum::truth(fields.iter().any(|f| f.key == key))
            }
            Data::Nil => Datum::truth(false),
            _ => return None,
        },
        ("has", [item, all]) => {
            let Data::List(items) = &all.value else { return None };
            let item = item.known_text()?;
            Datum::truth(items.iter().any(|i| i.known_text().as_ref() == Some(&item)))
        }
        ("len", [value]) => Datum::number(
            i64::try_from(match &value.value {
                Data::List(items) => items.len(),
                Data::Map(fields) => fields.len(),
                Data::Nil => 0,
                _ => value.known_text()?.len(),
            })
            .ok()?,
        ),
        ("first", [all]) => match &all.value {
            Data::List(items) => items.first().cloned().unwrap_or_default(),
            _ => return None,
        },
        ("last", [all]) => match &all.value {
            Data::List(items) => items.last().cloned().unwrap_or_default(),
            _ => return None,
        },
        ("keys", [map]) => match &map.value {
            Data::Map(fields) => list(fields.iter().map(|f| Datum::text(f.key.clone())).collect()),
            _ => return None,
        },
        ("concat", lists) | ("append", lists @ [_, _]) if name == "concat" => {
            let mut all = Vec::new();
            for part in lists {
                match &part.value {
                    Data::List(items) => all.extend(items.iter().cloned()),
                    Data::Nil => {}
                    _ => return None,
                }
            }
            list(all)
        }
        ("append", [all, item]) => match &all.value {
            Data::List(items) => list(items.iter().cloned().chain([item.clone()]).collect()),
            _ => return None,
        },
        ("merge" | "mustMerge", maps) => merged(maps.iter())?,
        ("mergeOverwrite" | "mustMergeOverwrite", maps) => merged(maps.iter().rev())?,
        ("omit" | "pick", [map, keys @ ..]) => {
            let Data::Map(fields) = &map.value else { return None };
            let keys: Option<Vec<String>> = keys.iter().map(Datum::known_text).collect();
            let keys = keys?;
            let kept = fields.iter().filter(|f| keys.contains(&f.key) == (name == "pick"));
            Datum::of(Data::Map(Rc::new(kept.cloned().collect())))
        }
        ("deepCopy" | "mustDeepCopy", [value]) => value.clone(),
        ("until", [count]) => {
            let count = count.integer()?.clamp(0, 200);
            list((0..count).map(Datum::number).collect())
        }
        ("uniq" | "sortAlpha", [value]) => value.clone(),
        ("compact", [all]) => match &all.value {
            Data::List(items) => list(items.iter().filter(|i| i.truthy() != Some(false)).cloned().collect()),
            _ => return None,
        },
        _ => return None,
    };
    Some(found)
}

/// Mappings into one; what comes first wins.
fn merged<'a>(maps: impl Iterator<Item = &'a Datum>) -> Option<Datum> {
    let mut fields: Vec<Field> = Vec::new();
    for map in maps {
        match &map.value {
            Data::Map(own) => {
                for field in own.iter() {
                    match fields.iter_mut().find(|f| f.key == field.key) {
                        Some(known) => {
                            if let (Data::Map(_), Data::Map(_)) = (&known.value.value, &field.value.value) {
                                known.value = merged([&known.value, &field.value].into_iter())?;
                            }
                        }
                        None => fields.push(field.clone()),
                    }
                }
            }
            Data::Nil => {}
            _ => return None,
        }
        if fields.len() > 5000 {
            return None;
        }
    }
    Some(Datum::of(Data::Map(Rc::new(fields))))
}

fn numbers(name: &str, arguments: &[Datum]) -> Option<Datum> {
    let number = |at: usize| arguments.get(at).and_then(Datum::integer);
    let found = match name {
        "int" | "int64" | "toDecimal" | "float64" | "atoi" => {
            let value = arguments.first()?;
            let text = number(0)?.to_string();
            let exact = value.exact && value.known_text().as_deref() == Some(text.as_str());
            return Some(Datum { place: value.place, exact, ..Datum::of(Data::Number(text)) });
        }
        "add" => (0..arguments.len()).try_fold(0_i64, |sum, at| sum.checked_add(number(at)?))?,
        "add1" => number(0)?.checked_add(1)?,
        "sub" => number(0)?.checked_sub(number(1)?)?,
        "mul" => (0..arguments.len()).try_fold(1_i64, |sum, at| sum.checked_mul(number(at)?))?,
        "div" => number(0)?.checked_div(number(1)?)?,
        "mod" => number(0)?.checked_rem(number(1)?)?,
        "max" => (0..arguments.len()).filter_map(number).max()?,
        "min" => (0..arguments.len()).filter_map(number).min()?,
        _ => return None,
    };
    Some(Datum::number(found))
}
