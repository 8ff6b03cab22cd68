//! Whatever serde_yaml reads, our tree reads as the same values.
//!
//! Known differences, each a function below, are evened out on both sides before comparing:
//! - `known_number_spellings`: serde_yaml reads `0b11`, `-0x1F`, `+0o7` as numbers, the core schema does not, and it
//!   reads `012` as text where the core schema has a number.
//! - `known_core_tags`: serde_yaml keeps `!!binary` and the like as tags and drops others; for us tags of the core
//!   schema only set the type.
//! - `known_empty_foreign_tags`: `!!python/name:x` and the like without a value are empty text for serde_yaml, null here.
//! - `known_byte_order_mark`: serde_yaml refuses a text that starts with one.
//! - `known_old_line_breaks`: U+0085, U+2028 and U+2029 end a line for serde_yaml, as in YAML 1.1, but not here.
//! - Texts that serde_yaml refuses (repeated keys among them) are out of scope, as are merge keys: neither side
//!   applies them here.
#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout
)]

use std::path::{Path, PathBuf};
use std::time::Instant;

use proptest::prelude::*;
use serde::Deserialize;
use serde_yaml::Value;
use serde_yaml::value::{Tag, TaggedValue};
use twelvelint::syntax::doc::{NodeRef, NodeValue, Parsed, Scalar, ScalarKind, parse_yaml};

fn ours(node: NodeRef<'_>) -> Value {
    let value = match &node.node.value {
        NodeValue::Null => Value::Null,
        NodeValue::Scalar(scalar) => scalar_value(node, scalar),
        NodeValue::Sequence(_) => Value::Sequence(node.items().map(ours).collect()),
        NodeValue::Mapping(entries) => {
            let pair = |entry: &_| {
                let twelvelint::syntax::doc::Entry { key, value } = entry;
                (ours(node.doc.view(key)), ours(node.doc.view(value)))
            };
            Value::Mapping(entries.iter().map(pair).collect())
        }
        NodeValue::Alias(_) => Value::String("an alias that leads nowhere".to_owned()),
    };
    let value = known_empty_foreign_tags(node, value);
    match node.tag().and_then(|tag| tag.strip_prefix('!')) {
        Some(tag) if !tag.is_empty() && !known_core_tags(tag) => {
            Value::Tagged(Box::new(TaggedValue { tag: Tag::new(tag), value }))
        }
        _ => value,
    }
}

fn scalar_value(node: NodeRef<'_>, scalar: &Scalar) -> Value {
    match scalar.kind {
        ScalarKind::Boolean => node.as_bool().map_or(Value::Null, Value::Bool),
        ScalarKind::Integer => match (node.as_int(), scalar.text.parse::<u64>()) {
            (Some(value), _) => Value::Number(value.into()),
            (None, Ok(value)) => Value::Number(value.into()),
            _ => node.as_float().map_or(Value::Null, |value| Value::Number(value.into())),
        },
        ScalarKind::Float => node.as_float().map_or(Value::Null, |value| Value::Number(value.into())),
        _ => Value::String(scalar.text.clone()),
    }
}

fn known_core_tags(tag: &str) -> bool {
    tag.starts_with('!') || tag.starts_with("<tag:yaml.org,2002:")
}

/// An absent value with a tag such as `!!python/name:x` is an empty text for serde_yaml.
fn known_empty_foreign_tags(node: NodeRef<'_>, value: Value) -> Value {
    let foreign = node.tag().is_some_and(|tag| tag.starts_with("!!") && tag != "!!null");
    if foreign && value.is_null() { Value::String(String::new()) } else { value }
}

/// The number a text stands for in one of the two readings only.
fn known_number_spellings(value: &Value) -> Option<Value> {
    let Value::String(text) = value else { return None };
    let (sign, number) = match text.strip_prefix('-') {
        Some(number) => (-1, number),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    for (prefix, radix) in [("0b", 2), ("0x", 16), ("0o", 8)] {
        if let Some(digits) = number.strip_prefix(prefix) {
            return i64::from_str_radix(digits, radix).ok().map(|value| Value::Number((sign * value).into()));
        }
    }
    let padded = number.len() > 1 && number.starts_with('0') && number.bytes().all(|b| b.is_ascii_digit());
    padded.then(|| number.parse::<i64>().ok().map(|value| Value::Number((sign * value).into())))?
}

/// The first difference, with the way to it.
fn difference(theirs: &Value, ours: &Value, path: &str) -> Option<String> {
    let differ = || Some(format!("at {path}: theirs {theirs:?}, ours {ours:?}"));
    match (theirs, ours) {
        (Value::Tagged(theirs), _) if known_core_tags(&theirs.tag.to_string()[1..]) => {
            difference(&theirs.value, ours, path)
        }
        (Value::Tagged(a), Value::Tagged(b)) if a.tag == b.tag => difference(&a.value, &b.value, path),
        (Value::Sequence(a), Value::Sequence(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().find_map(|(n, (a, b))| difference(a, b, &format!("{path}/{n}")))
        }
        (Value::Mapping(a), Value::Mapping(b)) if a.len() != b.len() => {
            let keys = |mapping: &serde_yaml::Mapping| mapping.keys().cloned().collect::<Vec<_>>();
            Some(format!("at {path}: theirs {:?}, ours {:?}", keys(a), keys(b)))
        }
        (Value::Mapping(a), Value::Mapping(b)) => a.iter().zip(b).find_map(|(a, b)| {
            let path = format!("{path}/{:?}", a.0);
            difference(a.0, b.0, &path).or_else(|| difference(a.1, b.1, &path))
        }),
        (Value::Number(a), Value::Number(b)) => {
            let same = a == b || a.as_f64() == b.as_f64() || (a.is_nan() && b.is_nan());
            if same { None } else { differ() }
        }
        (Value::Number(_), Value::String(_)) if known_number_spellings(ours).as_ref() == Some(theirs) => None,
        (Value::String(_), Value::Number(_)) if known_number_spellings(theirs).as_ref() == Some(ours) => None,
        _ if theirs == ours => None,
        _ => differ(),
    }
}

fn known_byte_order_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

fn known_old_line_breaks(text: &str) -> bool {
    text.contains(['\u{85}', '\u{2028}', '\u{2029}'])
}

/// What serde_yaml reads, if it reads all of it.
fn theirs(text: &str) -> Option<Vec<Value>> {
    if known_old_line_breaks(text) {
        return None;
    }
    serde_yaml::Deserializer::from_str(known_byte_order_mark(text))
        .map(|document| Value::deserialize(document).ok())
        .collect()
}

/// Compares both readings; none when serde_yaml refuses the text.
fn compare(text: &str) -> Option<Result<Parsed, String>> {
    let theirs = theirs(text)?;
    let parsed = parse_yaml(text);
    let mut ours: Vec<Value> = parsed.roots().map(ours).collect();
    if ours.is_empty() {
        // A text without any document: null for serde_yaml.
        ours.push(Value::Null);
    }
    if theirs.len() != ours.len() {
        return Some(Err(format!("theirs {} documents, ours {}", theirs.len(), ours.len())));
    }
    let differing = theirs.iter().zip(&ours).enumerate();
    let first = differing.into_iter().find_map(|(n, (a, b))| difference(a, b, &format!("document {n}")));
    Some(first.map_or(Ok(parsed), Err))
}

fn yaml_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() && path.extension().is_some_and(|ext| ext == "yml" || ext == "yaml") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

#[test]
fn fixtures_read_the_same() {
    let files = yaml_files(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/yaml")));
    assert!(files.len() >= 15);
    for file in files {
        let text = std::fs::read_to_string(&file).expect("readable");
        let parsed = compare(&text).unwrap_or_else(|| panic!("{}: refused by serde_yaml", file.display()));
        let parsed = parsed.unwrap_or_else(|difference| panic!("{}: {difference}", file.display()));
        assert!(parsed.problems.is_empty(), "{}: {:?}", file.display(), parsed.problems);
    }
}

/// Reads every YAML file under the folder named by `TWELVELINT_CORPUS` and prints counts and speed. A difference is a
/// failure only if no problem tells of it.
#[test]
#[ignore = "needs a folder of YAML files in TWELVELINT_CORPUS"]
fn corpus_reads_the_same() {
    let folder = std::env::var("TWELVELINT_CORPUS").expect("TWELVELINT_CORPUS names a folder");
    let (mut same, mut theirs_only, mut both, mut ours_only, mut silent) = (0, 0, 0, 0, Vec::new());
    let (mut bytes, mut seconds) = (0, 0.0);
    for file in yaml_files(Path::new(&folder)) {
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        let start = Instant::now();
        let parsed = parse_yaml(&text);
        seconds += start.elapsed().as_secs_f64();
        bytes += text.len();
        match compare(&text) {
            None if parsed.problems.is_empty() => theirs_only += 1,
            None => both += 1,
            Some(Ok(_)) => same += 1,
            Some(Err(_)) if !parsed.problems.is_empty() => ours_only += 1,
            Some(Err(difference)) => silent.push(format!("{}: {difference}", file.display())),
        }
    }
    println!("same {same}; refused by serde_yaml {theirs_only}, by us {ours_only}, by both {both}");
    println!("{:.1} MB at {:.1} MB/s", bytes as f64 / 1e6, bytes as f64 / 1e6 / seconds);
    assert!(silent.is_empty(), "{silent:#?}");
}

fn any_scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(|value| Value::Number(value.into())),
        any::<f64>().prop_map(|value| Value::Number(value.into())),
        "[ -~]{0,20}".prop_map(Value::String),
        "[a-z0-9:#\\-\\n '\"é键\\t]{0,30}".prop_map(Value::String),
        any::<String>().prop_map(Value::String),
        prop::sample::select(vec![
            "null", "~", "yes", "0x1F", "012", "1e3", "<<", "- a", "a: b", "|", "", " ", "\n"
        ])
        .prop_map(|text| Value::String(text.to_owned())),
    ]
}

fn any_value() -> impl Strategy<Value = Value> {
    any_scalar().prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::Sequence),
            prop::collection::vec((any_scalar(), inner), 0..6)
                .prop_map(|pairs| Value::Mapping(pairs.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn serialised_values_read_the_same(value in any_value()) {
        let text = serde_yaml::to_string(&value).expect("serialises");
        if let Some(compared) = compare(&text) {
            prop_assert!(compared.is_ok(), "{:?} in {:?}", compared.err(), text);
        }
    }
}
