use proptest::prelude::*;

use super::*;

/// Keyword, flags and argument values of one instruction, separated by `|`.
fn show(instruction: &Instruction) -> String {
    let mut parts = vec![format!("{:?}", instruction.keyword)];
    parts.extend(instruction.flags.iter().map(|flag| match &flag.value {
        Some(value) => format!("--{}={value}", flag.name),
        None => format!("--{}", flag.name),
    }));
    let all = |words: &[Spanned<String>]| words.iter().map(|word| word.value.clone()).collect::<Vec<_>>();
    let heredoc = |doc: &Heredoc| {
        let signs = format!("{}{}", if doc.expand { "" } else { "!" }, if doc.strip_tabs { "-" } else { "" });
        format!("{signs}{}:{:?}", doc.name.value, doc.content.value)
    };
    match &instruction.body {
        Body::From { image, name } => {
            parts.push(image.value.clone());
            parts.extend(name.iter().map(|name| format!("as {}", name.value)));
        }
        Body::Run(form)
        | Body::Cmd(form)
        | Body::Entrypoint(form)
        | Body::Shell(form)
        | Body::Healthcheck(Some(form)) => match form {
            CommandForm::Shell { text, heredocs, .. } => {
                parts.push(format!("sh {text}"));
                parts.extend(heredocs.iter().map(heredoc));
            }
            CommandForm::Exec { words, .. } => parts.push(format!("{:?}", all(words))),
        },
        Body::Healthcheck(None) => parts.push("none".into()),
        Body::Env(settings) | Body::Label(settings) => {
            parts.extend(settings.iter().map(|s| format!("{}={}", s.name.value, s.value.value)));
        }
        Body::Arg(arguments) => parts.extend(arguments.iter().map(|a| match &a.default {
            Some(default) => format!("{}={}", a.name.value, default.value),
            None => a.name.value.clone(),
        })),
        Body::Copy(transfer) | Body::Add(transfer) => {
            parts.extend(all(&transfer.sources));
            parts.push(format!("to {}", transfer.destination.value));
            parts.extend(transfer.heredocs.iter().map(heredoc));
        }
        Body::Expose(words) | Body::Volume(words) => parts.extend(all(words)),
        Body::User(word) | Body::Workdir(word) | Body::StopSignal(word) | Body::Maintainer(word) => {
            parts.push(word.value.clone());
        }
        Body::Onbuild(inner) => parts.push(format!("({})", show(inner))),
        Body::Unknown { text } => parts.push(text.clone()),
    }
    parts.join("|")
}

fn show_all(text: &str) -> String {
    parse_dockerfile(text).instructions.iter().map(show).collect::<Vec<_>>().join("\n")
}

#[test]
fn instructions() {
    let cases = [
        ("FROM a", "From|a"),
        (
            "from --platform=$BUILDPLATFORM a:1@sha256:b As build",
            "From|--platform=$BUILDPLATFORM|a:1@sha256:b|as build",
        ),
        ("  RUN  a b  ", "Run|sh a b"),
        ("RUN [\"a\", \"b c\"]", "Run|[\"a\", \"b c\"]"),
        ("RUN [ -f x ] && y", "Run|sh [ -f x ] && y"),
        ("RUN [ \"$a\" = \"b\" ]", "Run|sh [ \"$a\" = \"b\" ]"),
        (
            "RUN --mount=type=cache,target=/x --network=none a --b",
            "Run|--mount=type=cache,target=/x|--network=none|sh a --b",
        ),
        ("CMD []", "Cmd|[]"),
        ("CMD [ \"a\\n\\u00e9\\ud83d\\ude00\\\"\" ]", "Cmd|[\"a\\né😀\\\"\"]"),
        ("SHELL [\"/bin/bash\", \"-c\"]", "Shell|[\"/bin/bash\", \"-c\"]"),
        ("HEALTHCHECK NONE", "Healthcheck|none"),
        (
            "HEALTHCHECK --interval=5s --retries=3 CMD curl x || exit 1",
            "Healthcheck|--interval=5s|--retries=3|sh curl x || exit 1",
        ),
        ("HEALTHCHECK CMD [\"a\"]", "Healthcheck|[\"a\"]"),
        ("ENV A=b C=\"d e\" F='g $h' I=j\\ k L=\"m\\\"n\" O=", "Env|A=b|C=d e|F=g $h|I=j k|L=m\"n|O="),
        ("ENV A b  \"c\" d ", "Env|A=b  c d"),
        ("LABEL a.b=\"c\" d=e", "Label|a.b=c|d=e"),
        ("LABEL a several words", "Label|a=several words"),
        ("ARG A", "Arg|A"),
        ("ARG A=1 B C=\"x y\" D=", "Arg|A=1|B|C=x y|D="),
        ("COPY --from=build --chown=a:b x y /z", "Copy|--from=build|--chown=a:b|x|y|to /z"),
        ("ADD [\"a b\", \"c\"]", "Add|a b|to c"),
        ("EXPOSE 80 443/tcp $PORT", "Expose|80|443/tcp|$PORT"),
        ("VOLUME /a /b", "Volume|/a|/b"),
        ("VOLUME [\"/a\"]", "Volume|/a"),
        ("USER a:b", "User|a:b"),
        ("WORKDIR /a b", "Workdir|/a b"),
        ("STOPSIGNAL SIGQUIT", "StopSignal|SIGQUIT"),
        ("MAINTAINER a <b@c>", "Maintainer|a <b@c>"),
        ("ONBUILD RUN a", "Onbuild|(Run|sh a)"),
        ("# c\nRUN a \\\n# c \\\n\n  b \\  \n\tc\nUSER d", "Run|sh a   b \tc\nUser|d"),
        ("RUN a\\\\\nUSER d", "Run|sh a\\\\\nUser|d"),
        ("RUN a \\\r\n  b\r\nUSER d\r\n", "Run|sh a   b\nUser|d"),
        ("\u{feff}# escape=`\nRUN a `\nb\\\nUSER d", "Run|sh a b\\\nUser|d"),
        ("# syntax=docker/dockerfile:1\n#escape = `\nCMD a `\n b", "Cmd|sh a  b"),
        ("# note\n# escape=`\nRUN a`\nUSER d", "Run|sh a`\nUser|d"),
        ("RUN <<EOF\na\nUSER x\nEOF\nUSER d", "Run|sh <<EOF|EOF:\"a\\nUSER x\\n\"\nUser|d"),
        (
            "RUN <<-\"E\" cat <<F\n\ta\n\tE\nb\nF\nUSER d",
            "Run|sh <<-\"E\" cat <<F|!-E:\"a\\n\"|F:\"b\\n\"\nUser|d",
        ),
        ("COPY <<A <<'B' /x/\na\nA\nb\nB\nUSER d", "Copy|<<A|<<'B'|to /x/|A:\"a\\n\"|!B:\"b\\n\"\nUser|d"),
        ("ONBUILD COPY <<E /x\nb\nE\nUSER d", "Onbuild|(Copy|<<E|to /x|E:\"b\\n\")\nUser|d"),
        ("RUN echo $((1<<2)) \"<<E\" <<< x\nUSER d", "Run|sh echo $((1<<2)) \"<<E\" <<< x\nUser|d"),
        ("\\\nUSER d\\\n", "User|d"),
        ("US\\\nER d", "User|d"),
        ("", ""),
        ("# only\n\n", ""),
    ];
    for (text, expected) in cases {
        assert_eq!(show_all(text), expected, "{text}");
        assert_eq!(parse_dockerfile(text).problems, [], "{text}");
    }
}

#[test]
fn problems_do_not_lose_the_file() {
    let cases = [
        ("FORM a\nUSER b", "Unknown|a\nUser|b", "`FORM` is no Dockerfile instruction"),
        ("FROM\nUSER b", "From|\nUser|b", "FROM needs an argument"),
        ("FROM a b\nUSER b", "From|a\nUser|b", "FROM takes an image and, behind AS, one name"),
        ("CMD ['a']", "Cmd|sh ['a']", "not a JSON array of strings, so a shell runs it as it is written"),
        ("CMD [\"a\", 1]", "Cmd|sh [\"a\", 1]", "a JSON array may only hold strings here"),
        ("ENV A=1 B", "Env|A=1", "`NAME=value` is owed here"),
        ("ENV A", "Env|A=", "a value is owed behind the name"),
        ("COPY a", "Copy|a|to ", "COPY needs a source and a destination"),
        ("SHELL a", "Shell|sh a", "SHELL needs a JSON array of strings"),
        ("HEALTHCHECK curl", "Unknown", "HEALTHCHECK takes CMD or NONE"),
        ("RUN <<E\na\nUSER b", "Run|sh <<E\nUnknown|\nUser|b", "here-document without its closing `E`"),
        ("ONBUILD ONBUILD RUN a", "Onbuild|(Unknown|RUN a)", "`ONBUILD` is not allowed behind ONBUILD"),
        ("# escape=x\nUSER b", "User|b", "the escape character must be a backslash or a backtick"),
        ("# check=a\n# check=b\nUSER b", "User|b", "the parser directive `check` stands twice"),
        ("USER", "User|", "USER needs an argument"),
    ];
    for (text, expected, problem) in cases {
        let file = parse_dockerfile(text);
        let shown = show_all(text).replace("Healthcheck|curl", "Unknown");
        assert_eq!(shown, expected, "{text}");
        assert!(file.problems.iter().any(|p| p.message == problem), "{text}: {:?}", file.problems);
    }
}

#[test]
fn ranges_slice_the_file() {
    let text = "\u{feff}# syntax=docker/dockerfile:1\n# hi\nFROM é AS b \nRUN a && \\\n # inner\n  exec b <<E | c\nbody\nE\n\
                ENV A=\"x y\" B=$C\nCMD [\"sh\", \"-c\", \"a \\\\\\\"b\\\\\\\" \\u0026\\u0026 exec c\"]\n";
    let file = parse_dockerfile(text);
    let slice = |range: ByteRange| range.slice(text);
    assert_eq!(file.syntax.as_ref().map(|s| slice(s.range)), Some("docker/dockerfile:1"));
    let comments: Vec<&str> = file.comments.iter().map(|comment| slice(comment.range)).collect();
    assert_eq!(comments, ["# hi", "# inner"]);
    let ranges: Vec<&str> = file.instructions.iter().map(|instruction| slice(instruction.range)).collect();
    assert_eq!(
        ranges,
        [
            "FROM é AS b",
            "RUN a && \\\n # inner\n  exec b <<E | c\nbody\nE",
            "ENV A=\"x y\" B=$C",
            "CMD [\"sh\", \"-c\", \"a \\\\\\\"b\\\\\\\" \\u0026\\u0026 exec c\"]",
        ]
    );
    let Body::From { image, name } = &file.instructions[0].body else { panic!() };
    assert_eq!((slice(image.range), name.as_ref().map(|name| slice(name.range))), ("é", Some("b")));
    let Body::Run(CommandForm::Shell { script, heredocs, .. }) = &file.instructions[1].body else { panic!() };
    let exec = &script.items[1].pipeline[0];
    assert_eq!(slice(exec.range), "exec b <<E");
    assert_eq!(exec.redirects[0].heredoc.as_ref().map(|body| slice(body.range)), Some("body\n"));
    assert_eq!((slice(heredocs[0].content.range), slice(heredocs[0].name.range)), ("body\n", "E"));
    let Body::Env(settings) = &file.instructions[2].body else { panic!() };
    assert_eq!((slice(settings[0].value.range), slice(settings[1].name.range)), ("\"x y\"", "B"));
    let Body::Cmd(CommandForm::Exec { words, maps }) = &file.instructions[3].body else { panic!() };
    assert_eq!((words[2].value.as_str(), slice(words[1].range)), ("a \\\"b\\\" && exec c", "\"-c\""));
    let script = crate::syntax::shell::parse_shell_mapped(&words[2].value, &maps[2]);
    assert_eq!(slice(script.items[1].range), "exec c");
}

#[test]
fn a_lone_heredoc_is_the_script() {
    let text =
        "RUN <<-EOF\n\tset -e\n\t# why\n\tmake all\n\tEOF\nRUN <<E\n#!/usr/bin/env python3\nprint('\nE\n";
    let file = parse_dockerfile(text);
    let scripts: Vec<&Script> = file
        .instructions
        .iter()
        .map(|instruction| match &instruction.body {
            Body::Run(CommandForm::Shell { script, .. }) => script,
            _ => panic!(),
        })
        .collect();
    let items: Vec<&str> = scripts[0].items.iter().map(|item| item.range.slice(text)).collect();
    assert_eq!(items, ["set -e", "make all"]);
    assert_eq!(file.comments[0].range.slice(text), "# why");
    assert_eq!((scripts[1].shebang.as_deref(), scripts[1].items.len()), (Some("/usr/bin/env python3"), 0));
}

#[test]
fn hostile_text_ends_quickly() {
    for piece in [
        "RUN <<A\n",
        "ONBUILD ",
        "RUN \\\n",
        "\\\n",
        "# escape=`\n",
        "ENV A=$A$A\n",
        "ENV \"",
        "--a ",
        "[",
        "CMD [\"",
        "\n \\\n# a",
    ] {
        parse_dockerfile(&piece.repeat(50_000));
        parse_dockerfile(&format!("RUN {}", piece.repeat(50_000)));
        parse_dockerfile(&format!("CMD {}", piece.repeat(50_000)));
    }
    let distinct: String = (0..50_000).map(|n| format!("RUN <<A{n}\n")).collect();
    assert_eq!(parse_dockerfile(&distinct).instructions.len(), 50_000);
}

fn check(text: &str) {
    let file = parse_dockerfile(text);
    let fits = |range: ByteRange| text.get(range.start as usize..range.end as usize).is_some();
    let mut end = 0;
    for instruction in &file.instructions {
        assert!(fits(instruction.range) && fits(instruction.keyword_range), "{instruction:?}");
        assert!(instruction.range.start >= end, "instructions overlap");
        end = instruction.range.end;
        assert!(instruction.flags.iter().all(|flag| fits(flag.range)));
        match &instruction.body {
            Body::Env(settings) | Body::Label(settings) => {
                assert!(settings.iter().all(|s| fits(s.name.range) && fits(s.value.range)));
            }
            Body::Run(CommandForm::Shell { script, heredocs, .. }) => {
                assert!(script.items.iter().all(|item| fits(item.range)));
                assert!(heredocs.iter().all(|doc| fits(doc.content.range) && fits(doc.name.range)));
            }
            Body::Cmd(CommandForm::Exec { words, .. }) => assert!(words.iter().all(|word| fits(word.range))),
            Body::Copy(transfer) => assert!(transfer.sources.iter().all(|word| fits(word.range))),
            _ => {}
        }
    }
    assert!(file.comments.iter().all(|comment| fits(comment.range)));
    assert!(file.problems.iter().all(|problem| fits(problem.range)));
}

proptest! {
    #[test]
    fn any_text_is_read(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn dockerfile_like_text_is_read(pieces in prop::collection::vec(prop::sample::select(vec![
        "FROM ", "RUN ", "CMD ", "ENV ", "ARG ", "COPY ", "LABEL ", "HEALTHCHECK ", "ONBUILD ", "a", " ", "é", "\n", "\r\n",
        "\\\n", "\\", "`\n", "# ", "escape=`\n", "[", "]", "\"", "'", ",", "=", "--", "<<E", "<<-", "E\n", "\t", "$", "{", "}",
        "\u{feff}", "as ", "\\u00e9", "\u{a0}",
    ]), 0..60)) {
        check(&pieces.concat());
    }
}
