use proptest::prelude::*;

use super::*;

/// Key, decoded value, and the bytes of the value.
type Entries = &'static [(&'static str, &'static str, &'static str)];

#[test]
fn entries() {
    let cases: [(&str, Entries); 21] = [
        ("A=b", &[("A", "b", "b")]),
        ("A = b c # note", &[("A", "b c", "b c")]),
        ("export A=b\r\nB=c\r\n", &[("A", "b", "b"), ("B", "c", "c")]),
        ("\u{feff}A=b", &[("A", "b", "b")]),
        ("A=", &[("A", "", "")]),
        ("A= # note", &[("A", "", "")]),
        ("A=b#c", &[("A", "b#c", "b#c")]),
        ("A=\"b # c\" # d", &[("A", "b # c", "b # c")]),
        ("A='b $c \\n'", &[("A", "b $c \\n", "b $c \\n")]),
        ("A=\"b\\n\\\"c\\\" \\$d \\e\"", &[("A", "b\n\"c\" $d \\e", "b\\n\\\"c\\\" \\$d \\e")]),
        ("A=\"b\nc\"\nD=e", &[("A", "b\nc", "b\nc"), ("D", "e", "e")]),
        ("A='b\r\nc'", &[("A", "b\r\nc", "b\r\nc")]),
        ("A=`b 'c' \"d\"`", &[("A", "b 'c' \"d\"", "b 'c' \"d\"")]),
        ("A=b=c", &[("A", "b=c", "b=c")]),
        ("A=postgres://u:p@h/d?x=#y", &[("A", "postgres://u:p@h/d?x=#y", "postgres://u:p@h/d?x=#y")]),
        ("# A=b\n\n  B=c", &[("B", "c", "c")]),
        ("a.b-c=d", &[("a.b-c", "d", "d")]),
        ("export A", &[]),
        ("exportA=b", &[("exportA", "b", "b")]),
        ("A=é # ü", &[("A", "é", "é")]),
        ("A=b'c'", &[("A", "b'c'", "b'c'")]),
    ];
    for (text, expected) in cases {
        let file = parse_dotenv(text);
        let found: Vec<(&str, &str, &str)> = file
            .entries
            .iter()
            .map(|e| (e.key.range.slice(text), e.value.value.as_str(), e.value.range.slice(text)))
            .collect();
        assert_eq!(found, expected, "{text:?}");
        assert_eq!(file.problems, [], "{text:?}");
    }
}

#[test]
fn problems_and_comments() {
    let cases = [
        ("A=\"b\nC=d", "quote without end", "\"b"),
        ("nonsense here\nC=d", "this is no `NAME=value`", "nonsense here"),
        ("A\nC=d", "`=` is missing", "A"),
        ("A='b' c\nC=d", "text behind the closing quote", "c"),
        ("=b\nC=d", "this is no `NAME=value`", "=b"),
    ];
    for (text, message, slice) in cases {
        let file = parse_dotenv(text);
        assert_eq!((file.problems[0].message.as_str(), file.problems[0].range.slice(text)), (message, slice));
        assert_eq!(file.entries.last().map(|entry| entry.key.value.as_str()), Some("C"), "{text}");
    }
    let text = "#a\nexport B='c' # d\n";
    let file = parse_dotenv(text);
    let comments: Vec<&str> = file.comments.iter().map(|comment| comment.range.slice(text)).collect();
    assert_eq!(comments, ["#a", "# d"]);
    assert_eq!(file.entries[0].range.slice(text), "export B='c'");
    assert!(file.entries[0].exported && file.entries[0].quote == Quote::Single);
}

#[test]
fn hostile_text_ends_quickly() {
    for piece in ["A=\"\\", "A='\n", "A", "=", "#", "A=\"b\n"] {
        parse_dotenv(&piece.repeat(20_000));
    }
}

proptest! {
    #[test]
    fn any_text_is_read(pieces in prop::collection::vec(prop_oneof![
        any::<String>(),
        prop::sample::select(vec!["A", "=", "\"", "'", "\n", "\r\n", " #", "\\", "export ", "é", "`"]).prop_map(str::to_owned),
    ], 0..20)) {
        let text = pieces.concat();
        let file = parse_dotenv(&text);
        let fits = |range: ByteRange| text.get(range.start as usize..range.end as usize).is_some();
        assert!(file.entries.iter().all(|e| fits(e.key.range) && fits(e.value.range) && fits(e.range)));
        assert!(file.comments.iter().all(|comment| fits(comment.range)));
        assert!(file.problems.iter().all(|problem| fits(problem.range)));
    }
}
