//! Tables of texts and what is read from them. `outline` writes a tree as one line; ranges are checked by the text they
//! cover.

use proptest::prelude::*;

use super::{MAX_DEPTH, Node, NodeRef, NodeValue, Parsed, ScalarKind, parse_json, parse_toml, parse_yaml};

type Parse = fn(&str) -> Parsed;
const ALL: [Parse; 3] = [parse_yaml, parse_toml, parse_json];

/// One line for a tree: text quoted, other scalars bare, aliases as `*n` or `*?`.
fn outline(node: &Node) -> String {
    let tag = node.tag.as_ref().map_or(String::new(), |tag| format!("{tag} "));
    let list = |parts: Vec<String>| parts.join(", ");
    let value = match &node.value {
        NodeValue::Null => "null".to_owned(),
        NodeValue::Scalar(scalar) if scalar.kind == ScalarKind::Text => format!("{:?}", scalar.text),
        NodeValue::Scalar(scalar) => scalar.text.clone(),
        NodeValue::Sequence(items) => format!("[{}]", list(items.iter().map(outline).collect())),
        NodeValue::Mapping(entries) => {
            let entry = |key: &Node, value: &Node| format!("{}: {}", outline(key), outline(value));
            format!("{{{}}}", list(entries.iter().map(|e| entry(&e.key, &e.value)).collect()))
        }
        NodeValue::Alias(target) => target.map_or("*?".to_owned(), |index| format!("*{index}")),
    };
    tag + &value
}

fn outlines(parsed: &Parsed) -> Vec<String> {
    parsed.documents.iter().map(|document| outline(&document.root)).collect()
}

fn messages(parsed: &Parsed) -> Vec<&str> {
    parsed.problems.iter().map(|problem| problem.message.as_str()).collect()
}

/// Checks trees, and that problems appear exactly when `problem` is not empty, the first one containing it.
#[track_caller]
fn check(parse: Parse, text: &str, trees: &[&str], problem: &str) {
    let parsed = parse(text);
    assert_eq!(outlines(&parsed), trees, "trees of {text:?}, problems {:?}", messages(&parsed));
    let first = parsed.problems.first().map_or("", |problem| problem.message.as_str());
    assert_eq!(problem.is_empty(), first.is_empty(), "problems of {text:?}: {:?}", messages(&parsed));
    assert!(first.contains(problem), "first problem of {text:?}: {first:?}");
}

/// Checks the text that the node at `path` covers; a path part that is a number is an item.
#[track_caller]
fn check_range(parse: Parse, text: &str, path: &[&str], covers: &str) {
    let parsed = parse(text);
    let root = parsed.root().expect("a document");
    let node = path.iter().fold(root, |node, part| step(node, part));
    assert_eq!(node.range().slice(text), covers, "{path:?} in {text:?}");
}

#[track_caller]
fn step<'a>(node: NodeRef<'a>, part: &str) -> NodeRef<'a> {
    let item = part.parse().ok().and_then(|index| node.items().nth(index));
    item.or_else(|| node.get(part)).unwrap_or_else(|| panic!("nothing under {part}"))
}

#[test]
fn yaml_trees() {
    for (text, trees, problem) in [
        ("", vec![], ""),
        ("# only a comment\n", vec![], ""),
        ("---\n", vec!["null"], ""),
        ("a: 1\nb: 'x'\nc:\n", vec![r#"{"a": 1, "b": "x", "c": null}"#], ""),
        ("- a\n-\n- - b\n  - ~\n", vec![r#"["a", null, ["b", null]]"#], ""),
        ("[a, {b: c}, 'd', e: f,]", vec![r#"["a", {"b": "c"}, "d", {"e": "f"}]"#], ""),
        (
            "x: 0x1F\ny: 0o17\nz: 017\nf: 1.5e3\ni: -.inf\nn: .NaN\n",
            vec![r#"{"x": 0x1F, "y": 0o17, "z": 017, "f": 1.5e3, "i": -.inf, "n": .NaN}"#],
            "",
        ),
        (
            "on: yes\nt: True\nd: 2024-01-02\ne: 1e\nv: 1.2.3\np: +\n",
            vec![r#"{"on": "yes", "t": True, "d": "2024-01-02", "e": "1e", "v": "1.2.3", "p": "+"}"#],
            "",
        ),
        (
            "a: !reset null\nb: !override [x]\nc: !Ref Name\nd: !!str 1\ne: !!int '1'\nf: !reset\ng: ! 1\n",
            vec![
                r#"{"a": !reset null, "b": !override ["x"], "c": !Ref "Name", "d": !!str "1", "e": !!int 1, "f": !reset null, "g": ! "1"}"#,
            ],
            "",
        ),
        ("? k\n: v\n? [a]\n: w\n? z\n", vec![r#"{"k": "v", ["a"]: "w", "z": null}"#], ""),
        ("a: 1\r\nb:\r\n  - x\r\n", vec![r#"{"a": 1, "b": ["x"]}"#], ""),
        ("\u{feff}键: 值\n", vec![r#"{"键": "值"}"#], ""),
        ("a: 1\n---\nb: 2\n...\n---\n- 3\n", vec![r#"{"a": 1}"#, r#"{"b": 2}"#, "[3]"], ""),
        (
            "a: 1\n---\nb: [2, 3\n---\nc: 4\n",
            vec![r#"{"a": 1}"#, r#"{"b": [2]}"#, r#"{"c": 4}"#],
            "unclosed bracket",
        ),
        ("a: 1\n---\nb: 2\n\tc: \"x\n---\nd: 4\n", vec![r#"{"a": 1}"#, r#"{"b": null}"#, r#"{"d": 4}"#], " "),
        ("a: 1\nb: \"open\nc: 3\n", vec![r#"{"a": 1, "b": null}"#], "unclosed quote"),
        ("a: &x 1\nb: *x\nc: *y\n", vec![r#"{"a": 1, "b": *0, "c": *?}"#], "no anchor"),
        ("a: &x [1, *x]\n", vec![r#"{"a": [1, *?]}"#], "inside the node"),
        ("a: 1\nb: 2\na: 3\n", vec![r#"{"a": 1, "b": 2, "a": 3}"#], "duplicate key `a`"),
        ("a: |\n  x\n   y\n\nb: >-\n  x\n  y\nc: |", vec![r#"{"a": "x\n y\n", "b": "x y", "c": ""}"#], ""),
        ("a: |\n  end", vec![r#"{"a": "end"}"#], ""),
    ] {
        check(parse_yaml, text, &trees, problem);
    }
}

#[test]
fn toml_trees() {
    for (text, tree, problem) in [
        ("", "{}", ""),
        (
            "a = 1\nb = \"5\"\nc = 'x'\nd = true\ne = 1979-05-27\nf = 1_000.5\n",
            r#"{"a": 1, "b": "5", "c": "x", "d": true, "e": 1979-05-27, "f": 1000.5}"#,
            "",
        ),
        (
            "z.y.x = 0x1_0\nz.w = [1, {a.b = 2}]\n",
            r#"{"z": {"y": {"x": 0x10}, "w": [1, {"a": {"b": 2}}]}}"#,
            "",
        ),
        (
            "[b.c]\nx = 1\n[a]\ny = 2\n[[l]]\nq = 1\n[[l]]\nq = 2\n",
            r#"{"b": {"c": {"x": 1}}, "a": {"y": 2}, "l": [{"q": 1}, {"q": 2}]}"#,
            "",
        ),
        ("a = \nb = foo\nc = \"open\nd = 4\n", r#"{"a": null, "b": "foo", "c": "open", "d": 4}"#, " "),
        ("\u{feff}a = 1\r\n\"键\" = \"值\"\r\n", r#"{"a": 1, "键": "值"}"#, ""),
        ("a = 1\na = 2\n", r#"{"a": 1}"#, "duplicate key"),
        ("a = fals\n", r#"{"a": "fals"}"#, "boolean"),
    ] {
        check(parse_toml, text, &[tree], problem);
    }
}

#[test]
fn json_trees() {
    for (text, trees, problem) in [
        ("", vec![], ""),
        ("{}", vec!["{}"], ""),
        (
            "\u{feff}{\"a\": [1, -2.5e3, true, null, \"x\"]}\r\n",
            vec![r#"{"a": [1, -2.5e3, true, null, "x"]}"#],
            "",
        ),
        ("// c\n{ /* d */ \"a\": 1, // e\n \"b\": [1,],\n}", vec![r#"{"a": 1, "b": [1]}"#], ""),
        (r#"["\u00e9\ud83d\ude00\n\/\"", "\\"]"#, vec![r#"["é😀\n/\"", "\\"]"#], ""),
        (r#"["\ud83dx", "\q"]"#, vec!["[\"\u{fffd}x\", \"q\"]"], "unknown escape"),
        ("{\"a\": 1 \"b\": 2}", vec![r#"{"a": 1, "b": 2}"#], "comma is missing"),
        ("{\"a\" 1}", vec![r#"{"a": 1}"#], "colon is missing"),
        ("{\"a\": , \"b\": 2}", vec![r#"{"a": null, "b": 2}"#], "without a value"),
        ("{\"a\"}", vec![r#"{"a": null}"#], "without a value"),
        ("{a: 'x'}", vec![r#"{"a": "x"}"#], "`a` is no value"),
        ("[1, 2", vec!["[1, 2]"], "not closed"),
        ("[\"open\n, 2]", vec![r#"["open", 2]"#], "not closed on its line"),
        ("[1}, 2", vec!["[1]"], "other kind"),
        ("1 2", vec!["1"], "behind the value"),
        ("{\"a\": 1, \"a\": 2}", vec![r#"{"a": 1, "a": 2}"#], "duplicate key"),
        ("/* open", vec![], "comment is not closed"),
        ("}", vec![], "does not belong"),
    ] {
        check(parse_json, text, &trees, problem);
    }
}

#[test]
fn yaml_ranges() {
    let text = "\u{feff}服务:\r\n  web: &w !t\r\n    image: \"a:1\" # note\r\n    empty:\r\n    list:\r\n    - x y  \r\n    -\r\n    - k: v\r\n      l: |+ # why\r\n        text\r\n\r\n    flow: {a: [1, 2], b}\r\n    tagged: !reset\r\n  job: *w\r\nlast: 'it''s'\r\n";
    for (path, covers) in [
        (vec!["服务", "web", "image"], "\"a:1\""),
        (vec!["服务", "web", "empty"], ""),
        (vec!["服务", "web", "list"], "- x y  \r\n    -\r\n    - k: v\r\n      l: |+ # why\r\n        text"),
        (vec!["服务", "web", "list", "0"], "x y"),
        (vec!["服务", "web", "list", "2"], "k: v\r\n      l: |+ # why\r\n        text"),
        (vec!["服务", "web", "list", "2", "l"], "|+ # why\r\n        text"),
        (vec!["服务", "web", "flow"], "{a: [1, 2], b}"),
        (vec!["服务", "web", "flow", "a"], "[1, 2]"),
        (vec!["服务", "web", "tagged"], "!reset"),
        (vec!["服务", "job", "image"], "\"a:1\""),
        (vec!["last"], "'it''s'"),
    ] {
        check_range(parse_yaml, text, &path, covers);
    }
    let parsed = parse_yaml(text);
    let root = parsed.root().expect("a document");
    assert_eq!(root.range().start, 3);
    assert_eq!(root.get_path(&["服务", "web", "empty"]).map(|node| node.range()), {
        let after = text.find("empty:").map(|at| at + "empty:".len());
        after.map(crate::source::ByteRange::at)
    });
    assert_eq!(root.get_path(&["服务", "job"]).map(|node| node.written_at().slice(text)), Some("*w"));
    let anchor = parsed.anchors.first().expect("an anchor");
    assert_eq!((anchor.name.as_str(), anchor.range.slice(text)), ("w", "&w"));
}

#[test]
fn toml_ranges() {
    let text = "x.y = 1 # c\n[pkg]\nname = \"n\"\nmeta.k = 'v'\n\n[pkg.dep]\n# d\ni = {a.b=0x1_0, c=[1,\n2]}\n[[aot]]\nz = \"\"\"q\n\"\"\"\n[[aot]]\nz = 2\n[m.n]\n";
    for (path, covers) in [
        (vec!["x"], "y = 1"),
        (vec!["x", "y"], "1"),
        (vec!["pkg"], "[pkg]\nname = \"n\"\nmeta.k = 'v'"),
        (vec!["pkg", "meta"], "k = 'v'"),
        (vec!["pkg", "dep"], "[pkg.dep]\n# d\ni = {a.b=0x1_0, c=[1,\n2]}"),
        (vec!["pkg", "dep", "i"], "{a.b=0x1_0, c=[1,\n2]}"),
        (vec!["pkg", "dep", "i", "a"], "b=0x1_0"),
        (vec!["pkg", "dep", "i", "c"], "[1,\n2]"),
        (vec!["aot"], "[[aot]]\nz = \"\"\"q\n\"\"\"\n[[aot]]\nz = 2"),
        (vec!["aot", "1"], "[[aot]]\nz = 2"),
        (vec!["aot", "0", "z"], "\"\"\"q\n\"\"\""),
        (vec!["m"], "[m.n]"),
    ] {
        check_range(parse_toml, text, &path, covers);
    }
    assert!(parse_toml(text).problems.is_empty());
}

#[test]
fn json_ranges() {
    let text = "{\"a\": [1, {\"b\": \"é\\n\"}], // c\n \"d\": null}";
    for (path, covers) in [
        (vec!["a"], "[1, {\"b\": \"é\\n\"}]"),
        (vec!["a", "1", "b"], "\"é\\n\""),
        (vec!["d"], "null"),
        (vec![], text),
    ] {
        check_range(parse_json, text, &path, covers);
    }
}

#[test]
fn comments_are_found_outside_of_strings_only() {
    for (parse, text, expected) in [
        (parse_yaml as Parse, "# a\nb: 'x # no' #c\n", vec![("a", "# a"), ("c", "#c")]),
        (
            parse_toml,
            "# a\nk = \"x # no\" # b\nl = '''\n# no\n''' # c\nm = \"\\\" # no\"\n'q#' = '\\' # d\r\n",
            vec![("a", "# a"), ("b", "# b"), ("c", "# c"), ("d", "# d")],
        ),
        (parse_json, "/* a */ {\"b\": \"// no\" // c\n}", vec![("a", "/* a */"), ("c", "// c")]),
    ] {
        let parsed = parse(text);
        let found: Vec<_> = parsed.comments.iter().map(|c| (c.value.as_str(), c.range.slice(text))).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn many_comments_in_a_row_are_no_error() {
    let text = format!("a:\n{}  - x\n", "  # line\n".repeat(5_000));
    let parsed = parse_yaml(&text);
    assert_eq!((parsed.comments.len(), parsed.problems.len()), (5_000, 0));
}

#[test]
fn accessors_respect_types() {
    let parsed =
        parse_yaml("i: 0x1F\nq: '5'\nt: TRUE\ny: yes\nf: 1.5\nbig: 99999999999999999999\nn: ~\nneg: -7\n");
    let root = parsed.root().expect("a document");
    let get = |key: &str| root.get(key).expect("a value");
    assert_eq!((get("i").as_int(), get("q").as_int(), get("neg").as_int()), (Some(31), None, Some(-7)));
    assert_eq!((get("t").as_bool(), get("y").as_bool()), (Some(true), None));
    assert_eq!(
        (get("f").as_float(), get("big").as_int(), get("big").as_float()),
        (Some(1.5), None, Some(1e20))
    );
    assert_eq!((get("i").as_str(), get("n").as_str(), get("n").is_null()), (Some("0x1F"), None, true));
    let parsed = parse_toml("i = \"5\"\nj = +5\nb = 0b11\nt = true\n");
    let root = parsed.root().expect("a document");
    let int = |key: &str| root.get(key).and_then(|node| node.as_int());
    assert_eq!((int("i"), int("j"), int("b")), (None, Some(5), Some(3)));
    assert_eq!(root.get("t").and_then(|node| node.as_bool()), Some(true));
}

#[test]
fn merge_keys() {
    for (text, expected) in [
        ("b: &b {x: 1, y: 2}\nm:\n  <<: *b\n  y: 3\n", "y=3 x=1"),
        ("b: &b {x: 1}\nc: &c {x: 2, z: 3}\nm:\n  <<: [*b, *c]\n", "x=1 z=3"),
        ("b: &b {x: 1}\nc: &c {<<: *b, z: 3}\nm: {<<: *c}\n", "z=3 x=1"),
        ("m: {<<: {x: 1}, a: 2}\n", "a=2 x=1"),
        ("m: {'<<': 1}\n", "<<=1"),
        ("m: &m {<<: *m, a: 1}\n", "a=1"),
        ("m: {<<: 5, a: 1, a: 2}\n", "a=2"),
        ("k: &k key\nm: {*k : 1, ~: 2, [c]: 3}\n", "key=1 null=2"),
    ] {
        let parsed = parse_yaml(text);
        let mapping = parsed.root().and_then(|root| root.get("m")).expect("a mapping");
        let entries = mapping.entries();
        let shown: Vec<_> =
            entries.iter().map(|e| format!("{}={}", e.key, e.value.as_str().unwrap_or("?"))).collect();
        assert_eq!(shown.join(" "), expected, "{text}");
        for entry in &entries {
            let found = mapping.entry(entry.key).expect("the entry");
            assert_eq!(found.value.range(), entry.value.range(), "get {} of {text}", entry.key);
            assert_eq!(found.merged, entry.merged);
        }
    }
}

#[test]
fn entry_regions_cover_entries_of_blocks() {
    let cases: [(Parse, &str, Vec<&str>); 3] = [
        (
            parse_yaml,
            "a: &x\n  b: {c: d}\nl:\n- m\n- n: 1\n",
            vec!["a: &x\n  b: {c: d}", "b: {c: d}", "l:\n- m\n- n: 1", "m", "n: 1", "n: 1"],
        ),
        (parse_toml, "[t]\na = [1]\n", vec!["[t]\na = [1]", "a = [1]"]),
        (parse_json, "{\"a\": [1]}", vec!["\"a\": [1]", "1"]),
    ];
    for (parse, text, expected) in cases {
        let parsed = parse(text);
        let regions: Vec<_> = parsed.entry_regions().iter().map(|region| region.slice(text)).collect();
        assert_eq!(regions, expected);
    }
}

/// Number of nodes a walk through aliases and merge keys visits.
fn walk(node: NodeRef<'_>) -> usize {
    let items: usize = node.items().map(walk).sum();
    let entries: usize = node.entries().into_iter().map(|entry| walk(entry.value)).sum();
    1 + items + entries
}

#[test]
fn bombs_of_aliases_and_merges_end() {
    let names: Vec<String> = (0..40).map(|n| format!("a{n}")).collect();
    let mut sequences = "a0: &a0 [x, x, x]\n".to_owned();
    let mut merges = "a0: &a0 {x: 1}\n".to_owned();
    for pair in names.windows(2) {
        let [before, now] = pair else { continue };
        sequences += &format!("{now}: &{now} [{}]\n", vec![format!("*{before}"); 9].join(", "));
        merges += &format!("{now}: &{now} {{<<: [{}]}}\n", vec![format!("*{before}"); 9].join(", "));
    }
    let chain =
        (1..2_000).fold("a0: &a0 [x]\n".to_owned(), |text, n| text + &format!("a{n}: &a{n} [*a{}]\n", n - 1));
    for text in [sequences, merges, chain] {
        let parsed = parse_yaml(&text);
        let visited = walk(parsed.root().expect("a document"));
        assert!(visited < 2 * super::MAX_EXPANDED, "{visited} nodes");
        assert!(messages(&parsed).iter().any(|message| message.contains("too much")));
    }
}

#[test]
fn ordinary_aliases_are_not_limited() {
    let uses: String = (0..1_000).map(|n| format!("u{n}: {{<<: *d, n: {n}}}\n")).collect();
    let text = format!("d: &d {{a: 1, b: [1, 2, 3]}}\n{uses}");
    let parsed = parse_yaml(&text);
    assert!(parsed.problems.is_empty());
    assert_eq!(parsed.root().and_then(|root| root.get_path(&["u999", "a"])?.as_int()), Some(1));
}

fn depth(node: &Node) -> usize {
    match &node.value {
        NodeValue::Sequence(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        NodeValue::Mapping(entries) => {
            1 + entries.iter().map(|entry| depth(&entry.key).max(depth(&entry.value))).max().unwrap_or(0)
        }
        _ => 0,
    }
}

#[test]
fn deep_nesting_is_cut_and_reported() {
    let deep = 100_000;
    let stairs: String = (0..2_000).map(|n| format!("{}a:\n", " ".repeat(n))).collect();
    let nested_dots = format!("a{}={{", ".a".repeat(70)).repeat(1_000);
    let texts = [
        "[".repeat(deep),
        "{".repeat(deep),
        "- ".repeat(deep),
        "? ".repeat(deep),
        "a: ".repeat(deep),
        "{a: ".repeat(deep),
        "{\"a\":".repeat(deep),
        "[{\"a\":".repeat(deep),
        "&a [".repeat(deep),
        "!t [".repeat(deep),
        "[? ".repeat(deep),
        stairs,
        format!("x = 1\na = {}", "[".repeat(deep)),
        format!("a = {}", "{a=".repeat(deep)),
        format!("[{}a]\nb = 1\n", "a.".repeat(deep)),
        format!("{}a = 1\n", "a.".repeat(deep)),
        nested_dots,
        format!("{}1{}", "[".repeat(deep), "]".repeat(deep)),
    ];
    for text in &texts {
        let parsed = ALL.map(|parse| parse(text));
        let start = text.get(..40).unwrap_or(text);
        assert!(parsed.iter().any(|parsed| !parsed.problems.is_empty()), "{start}");
        for document in parsed.iter().flat_map(|parsed| &parsed.documents) {
            assert!(depth(&document.root) <= MAX_DEPTH, "{} levels in {start}", depth(&document.root));
        }
    }
}

#[test]
fn reading_resumes_behind_deep_documents_and_statements() {
    let text = format!("a: 1\n---\nb: {}\n---\nc: 3\n", "[".repeat(100_000));
    let parsed = parse_yaml(&text);
    let kept = outlines(&parsed);
    assert_eq!((kept.len(), kept.last().map(String::as_str)), (3, Some(r#"{"c": 3}"#)));
    let text = format!("a = 1 # one\nb = {}\n", "[".repeat(100_000));
    check(parse_toml, &text, &[r#"{"a": 1}"#], "nested deeper");
    let text = "---\n[\n".repeat(20_000);
    assert_eq!(parse_yaml(&text).problems.len(), super::MAX_PROBLEMS);
}

#[test]
fn results_are_plain_data() {
    fn plain<T: Clone + PartialEq + serde::Serialize + for<'d> serde::Deserialize<'d> + Send + 'static>(
        _: &T,
    ) {
    }
    let parsed = parse_yaml("a: &x [1]\nb: *x\n");
    plain(&parsed);
    let text = serde_json::to_string(&parsed).expect("serialises");
    assert_eq!(serde_json::from_str::<Parsed>(&text).expect("deserialises"), parsed);
}

fn assert_ranges(text: &str, parsed: &Parsed) {
    let check = |range: crate::source::ByteRange| {
        assert!(text.get(range.start as usize..range.end as usize).is_some(), "{range:?} in {text:?}");
    };
    fn each(node: &Node, check: &dyn Fn(crate::source::ByteRange)) {
        check(node.range);
        match &node.value {
            NodeValue::Sequence(items) => items.iter().for_each(|item| each(item, check)),
            NodeValue::Mapping(entries) => entries.iter().for_each(|entry| {
                each(&entry.key, check);
                each(&entry.value, check);
            }),
            _ => {}
        }
    }
    parsed.documents.iter().for_each(|document| each(&document.root, &check));
    parsed.problems.iter().for_each(|problem| check(problem.range));
    parsed.comments.iter().for_each(|comment| check(comment.range));
    parsed.anchors.iter().for_each(|anchor| check(anchor.range));
    parsed.entry_regions().into_iter().for_each(check);
    parsed.roots().for_each(|root| assert!(walk(root) > 0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_is_read(text in any::<String>()) {
        for parse in ALL {
            assert_ranges(&text, &parse(&text));
        }
    }

    #[test]
    fn any_soup_of_tokens_is_read(parts in prop::collection::vec(prop::sample::select(vec![
        "a", "b: ", "c = ", "- ", "\n", "\r\n", "  ", "[", "]", "{", "}", ",", ":", "'", "\"", "\"\"\"", "'''", "# x",
        "|", ">-", "&x ", "*x", "<<: ", "!t ", "!!str ", "---\n", "...\n", "? ", "é", "\u{feff}", "\\", "\\u00e9", ".",
        "[a]\n", "[[a]]\n", "[a.b]\n", "a.b = 1\n", "1", "true", "null", "//", "/*", "*/", "%TAG", "\t", "=", "~", "\0",
    ]), 0..40)) {
        let text = parts.concat();
        for parse in ALL {
            assert_ranges(&text, &parse(&text));
        }
    }
}
