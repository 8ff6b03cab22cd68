use proptest::prelude::*;

use super::*;

/// One line per structure: words in quotes where they need it, `<…>` around compounds, connectors between items.
fn show_items(items: &[Item]) -> String {
    let mut out = String::new();
    for item in items {
        if item.negated {
            out += "! ";
        }
        let commands: Vec<String> = item.pipeline.iter().map(show_command).collect();
        out += &commands.join(" | ");
        out += match item.connector_after {
            Connector::End => "",
            Connector::Semicolon => "; ",
            Connector::Newline => " / ",
            Connector::And => " && ",
            Connector::Or => " || ",
            Connector::Background => " & ",
        };
    }
    out
}

fn show_command(command: &Command) -> String {
    let mut parts: Vec<String> = Vec::new();
    match &command.kind {
        CommandKind::Simple(simple) => {
            parts.extend(
                simple.assignments.iter().map(|(name, value)| format!("{}={}", name.value, show_word(value))),
            );
            parts.extend(simple.words.iter().map(show_word));
        }
        CommandKind::Compound(compound) => {
            let words: Vec<String> = compound.words.iter().map(show_word).collect();
            let bodies: Vec<String> = compound.bodies.iter().map(|body| show_items(body)).collect();
            parts.push(format!(
                "<{:?} {}? {}: {}>",
                compound.keyword,
                words.join(" "),
                show_items(&compound.conditions),
                bodies.join(" :: ")
            ));
        }
    }
    for redirect in &command.redirects {
        let fd = redirect.fd.map(|fd| fd.to_string()).unwrap_or_default();
        parts.push(format!("{fd}{}{}", redirect.operator, show_word(&redirect.target)));
        if let Some(body) = &redirect.heredoc {
            parts.push(format!("{:?}", body.value));
        }
    }
    parts.join(" ")
}

fn show_word(word: &Word) -> String {
    if word.text.is_empty() || word.text.contains(' ') {
        format!("«{}»", word.text)
    } else {
        word.text.clone()
    }
}

#[test]
fn structure() {
    let cases = [
        ("node server.js", "node server.js"),
        ("a; b && c || d & e", "a; b && c || d & e"),
        ("a\nb\r\nc\n", "a / b / c / "),
        ("\u{feff}a b", "a b"),
        ("cd /app && \\\n  exec node s.js", "cd /app && exec node s.js"),
        ("a b\\\r\nc", "a bc"),
        ("! a | b |& c", "! a | b | c"),
        ("A=1 B='x y' cmd \"$C\"", "A=1 B=«x y» cmd $C"),
        ("A= cmd", "A=«» cmd"),
        ("A+=1 B[2]=x", "A=1 B=x"),
        ("cmd A=1", "cmd A=1"),
        ("a=(x 'y z' $(b)) c", "a=«(x 'y z' $(b))» c"),
        ("cmd >/dev/null 2>&1", "cmd >/dev/null 2>&1"),
        ("cmd &>> log <<<word", "cmd &>>log <<<word"),
        ("2>err cmd 3<>f 12", "cmd 12 2>err 3<>f"),
        ("cmd # comment; not a command\nb", "cmd / b"),
        ("echo a#b '#c'", "echo a#b #c"),
        ("echo \"a \\\"b\\\" \\$c\" 'it''s' d\\ e", "echo «a \"b\" $c» its «d e»"),
        ("echo $'a\\tb\\x41\\u00e9\\'' $\"x y\"", "echo a\tbAé' «x y»"),
        ("if a; then b; elif c; then d; else e; fi >f", "<If ? a; c; : b;  :: d;  :: e; > >f"),
        ("while read l; do echo $l; done < f", "<While ? read l; : echo $l; > <f"),
        ("until a\ndo b\ndone; c", "<Until ? a / : b / >; c"),
        ("for x in a \"b c\"; do d; done", "<For x a «b c»? : d; >"),
        ("for x; do d; done", "<For x? : d; >"),
        ("for ((i=0; i<3; i++)); do d; done", "<For «((i=0; i<3; i++))»? : d; >"),
        ("case $1 in a|b) c ;; (*) d ;; esac", "<Case $1 a b *? : c :: d>"),
        ("case x in\n  a)\n    b\n    ;;\n  *) ;;\nesac", "<Case x a *? : b /  :: >"),
        ("(a; b) && { c; }", "<Subshell ? : a; b> && <Group ? : c; >"),
        ("f() { a; }\nf", "<Function(\"f\") ? : <Group ? : a; >> / f"),
        (
            "function f { a; }; function g () (b)",
            "<Function(\"f\") ? : <Group ? : a; >>; <Function(\"g\") ? : <Subshell ? : b>>",
        ),
        (
            "[[ $a == b && ( -n c || $d =~ ^(x|y)$ ) ]] && e",
            "[[ $a == b && ( -n c || $d =~ ^(x|y)$ ) ]] && e",
        ),
        ("((i++)) && a", "((i++)) && a"),
        ("((a); b)", "<Subshell ? : <Subshell ? : a>; b>"),
        ("cat <<EOF\nx $y\nEOF\na", "cat <<EOF \"x $y\\n\" / a"),
        ("cat <<-'E O' <<B | d\n\tx\n\tE O\ny\nB\na", "cat <<-«E O» \"x\\n\" <<B \"y\\n\" | d / a"),
        ("a $(cat <<E\nx\nE\n) b", "a «$(cat <<E\nx\nE\n)» b"),
        ("declare -a x=(a b)", "declare -a «x=(a b)»"),
        ("([[ a ]])", "<Subshell ? : [[ a ]]>"),
        ("ls @(a|b) !(c)", "ls @(a|b) !(c)"),
        ("diff <(a) >(b)", "diff <(a) >(b)"),
        ("exec \"$@\"", "exec $@"),
        ("echo { a }", "echo { a }"),
        ("if=1 cmd; done.sh", "if=1 cmd; done.sh"),
        ("fish; thenx; {a,b}", "fish; thenx; {a,b}"),
    ];
    for (text, expected) in cases {
        let script = parse_shell(text);
        assert_eq!(show_items(&script.items), expected, "{text}");
        assert_eq!(script.problems, [], "{text}");
    }
}

#[test]
fn broken_text_keeps_its_readable_part_and_says_what_is_wrong() {
    let cases = [
        ("a 'b", "a b", "quote without end"),
        ("a \"b $(c", "a «b $(c»", "`)` is missing"),
        ("if a; then b", "<If ? a; : b>", "`fi` is missing"),
        ("a; fi; b", "a; b", "closes nothing"),
        ("a ) b", "ab", "closes nothing"),
        ("&& a", "a", "a command is missing here"),
        ("a | ", "a", "a command is missing here"),
        ("a >", "a >«»", "a redirect needs a target"),
        ("cat <<E\nx\n", "cat <<E \"x\\n\" / ", "here-document without its closing delimiter"),
        ("if a; then (b; fi; c", "<If ? a; : <Subshell ? : b; >>; c", "`)` is missing"),
        ("[[ a", "[[ a", "`]]` is missing"),
        ("echo ${a b}", "echo «${a b}»", "this expansion cannot be read"),
    ];
    for (text, expected, problem) in cases {
        let script = parse_shell(text);
        assert_eq!(show_items(&script.items), expected, "{text}");
        assert!(script.problems.iter().any(|p| p.message == problem), "{text}: {:?}", script.problems);
    }
}

#[test]
fn variables_and_substitutions() {
    let text =
        "run ${PORT:-\"80 80\"} $HOST${A:=${B#x}} \"$(get `one \\`two\\``)\" $((n + $M)) $1 ${#L} ${P[0]%/*}";
    let script = parse_shell(text);
    let words = &script.items[0].pipeline[0].simple().unwrap().words;
    let variables: Vec<_> = words
        .iter()
        .flat_map(|word| &word.variables)
        .map(|v| (v.name.as_str(), v.operator.as_deref(), v.default.as_deref(), v.range.slice(text)))
        .collect();
    assert_eq!(
        variables,
        [
            ("PORT", Some(":-"), Some("80 80"), "${PORT:-\"80 80\"}"),
            ("HOST", None, None, "$HOST"),
            ("A", Some(":="), Some("${B#x}"), "${A:=${B#x}}"),
            ("B", Some("#"), Some("x"), "${B#x}"),
            ("M", None, None, "$M"),
            ("1", None, None, "$1"),
            ("L", None, None, "${#L}"),
            ("P", Some("%"), Some("/*"), "${P[0]%/*}"),
        ]
    );
    let mut names = Vec::new();
    visit_commands(&script.items, &mut |command| {
        let first = &command.simple().unwrap().words[0];
        names.push((first.text.as_str(), first.range.slice(text)));
    });
    assert_eq!(names, [("run", "run"), ("get", "get"), ("one", "one"), ("two", "two")]);
    assert!(words.iter().skip(1).all(|word| word.has_expansion));
}

#[test]
fn ranges_slice_the_text() {
    let text = "# hi\nA=b exec \"x y\" 2>>log | c\n";
    let script = parse_shell(text);
    let command = &script.items[0].pipeline[0];
    let simple = command.simple().unwrap();
    let slices = [
        script.items[0].range,
        command.range,
        simple.assignments[0].0.range,
        simple.assignments[0].1.range,
        simple.words[1].range,
        command.redirects[0].range,
        command.redirects[0].target.range,
        script.comments[0].range,
    ]
    .map(|range| range.slice(text));
    let expected = [
        "A=b exec \"x y\" 2>>log | c",
        "A=b exec \"x y\" 2>>log",
        "A",
        "b",
        "\"x y\"",
        "2>>log",
        "log",
        "# hi",
    ];
    assert_eq!(slices, expected);
}

#[test]
fn shebangs_decide_whether_the_rest_is_shell() {
    let cases = [
        ("#!/bin/sh -e\na", Some("/bin/sh -e"), 1),
        ("#!/usr/bin/env bash\r\na\r\n", Some("/usr/bin/env bash"), 1),
        ("#!/usr/bin/with-contenv sh\na", Some("/usr/bin/with-contenv sh"), 1),
        ("#!/usr/bin/env python3\nimport os; print('x'\n", Some("/usr/bin/env python3"), 0),
        ("a", None, 1),
    ];
    for (text, shebang, items) in cases {
        let script = parse_shell(text);
        assert_eq!((script.shebang.as_deref(), script.items.len()), (shebang, items), "{text}");
        assert_eq!(script.problems, [], "{text}");
    }
}

#[test]
fn mapped_ranges_lead_to_the_source() {
    let source = "RUN a && \\\n# note\n  bcd 'e'";
    let text = "a &&   bcd 'e'";
    let mut map = TextMap::default();
    map.push(0, 4, 5);
    map.push(5, 18, 9);
    let script = parse_shell_mapped(text, &map);
    let words = &script.items[1].pipeline[0].simple().unwrap().words;
    assert_eq!(words[0].range.slice(source), "bcd");
    assert_eq!(words[1].range.slice(source), "'e'");
    assert_eq!(script.items[0].range.slice(source), "a");
}

#[test]
fn hostile_text_ends_quickly() {
    let n = 100_000;
    for piece in [
        "(",
        "((",
        "$(",
        "$((",
        "${a:-",
        "\"$(",
        "`",
        "{ ",
        "if a; then ",
        "case x in a) ",
        "f() ",
        "function f ",
        "! ",
        "a | ",
        "'",
        "\"",
        "<<E ",
        "$((a '(' ) )",
        "((a '(' ) );",
        "a[",
        "a=(",
        "@(",
        "x@(",
        "[[ ",
        "fi ",
        ")",
        ";;",
        "\\",
        "\\\n",
        "cat <<E\n",
        "&",
        "1",
        "$((1)) ",
        "${",
        "`\\`",
        "<(",
        "elif ",
        "while ",
    ] {
        let script = parse_shell(&piece.repeat(n));
        drop(script);
    }
}

fn check(script: &Script, text: &str) {
    for problem in &script.problems {
        assert!(fits(problem.range, text), "{problem:?}");
    }
    visit_commands(&script.items, &mut |command| {
        assert!(fits(command.range, text));
        if let CommandKind::Simple(simple) = &command.kind {
            for word in &simple.words {
                assert!(fits(word.range, text) && command.range.contains(word.range), "{word:?}");
                assert!(word.variables.iter().all(|variable| fits(variable.range, text)));
            }
        }
        assert!(command.redirects.iter().all(|r| fits(r.range, text) && fits(r.target.range, text)));
    });
}

fn fits(range: ByteRange, text: &str) -> bool {
    text.get(range.start as usize..range.end as usize).is_some()
}

proptest! {
    #[test]
    fn any_text_is_read(text in any::<String>()) {
        check(&parse_shell(&text), &text);
    }

    #[test]
    fn shell_like_text_is_read(pieces in prop::collection::vec(prop::sample::select(vec![
        "a", " ", "é", "\"", "'", "$", "${", "}", "(", ")", "$(", "`", "\\", "\n", "\r\n", ";", ";;", "&", "|", "<", ">",
        "<<E", "E", "if ", "then ", "fi", "do ", "done", "for ", "in ", "case ", "esac", "{ ", "#", "=", "[[ ", "]]", "!",
        ":-", "((", "))", "2", "function ", "-",
    ]), 0..60)) {
        let text = pieces.concat();
        check(&parse_shell(&text), &text);
    }
}
