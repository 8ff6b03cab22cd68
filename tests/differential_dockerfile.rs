//! Our Dockerfile parser against two others: whatever they read, ours reads as the same instructions.
//!
//! Both refuse or misread some files; where they misread, the fault is listed by name, and the list is checked so
//! that an entry that is no longer needed fails the test. `TWELVELINT_CORPUS=folder cargo test --test
//! differential_dockerfile -- --ignored --nocapture` compares on a folder of real repositories.
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

use dockerfile_parser as old;
use parse_dockerfile as new;
use proptest::prelude::*;
use twelvelint::source::{ByteRange, Spanned};
use twelvelint::syntax::docker::{Body, CommandForm, Instruction, Transfer, parse_dockerfile};

/// Fixture, parser, what it does wrong there.
const KNOWN_FAULTS: [(&str, &str, &str); 6] = [
    ("doubled_escape", "parse-dockerfile", "takes a doubled escape character for a continuation"),
    ("doubled_escape", "dockerfile-parser", "takes a doubled escape character for a continuation"),
    ("flags", "dockerfile-parser", "takes a flag without a value for a source"),
    ("json_lookalikes", "dockerfile-parser", "takes single quotes for JSON"),
    ("rust_service", "dockerfile-parser", "keeps the flags of RUN in the command"),
    ("unknown_instruction", "dockerfile-parser", "cuts an unknown instruction at its first sign"),
];

/// One instruction: the keyword, then argument values.
type Shape = Vec<String>;

/// Joins continuations, drops comment lines, makes runs of blanks one blank.
fn joined(text: &str, escape: char) -> String {
    let mut out = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with('#') {
            continue;
        }
        let trimmed = line.trim_end();
        match trimmed.strip_suffix(escape) {
            Some(rest) if !rest.ends_with(escape) => out.push_str(rest),
            _ => out.push_str(line),
        }
    }
    collapse(&out)
}

fn collapse(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn values(words: &[Spanned<String>]) -> impl Iterator<Item = String> {
    words.iter().map(|word| word.value.clone())
}

fn form(form: &CommandForm, shape: &mut Shape) {
    match form {
        CommandForm::Shell { text, heredocs, .. } => {
            // A lone here-document is the command itself: parse-dockerfile shows no text for it.
            let lone = !heredocs.is_empty() && text.split_whitespace().count() == 1;
            shape.push(if lone { "sh ".to_owned() } else { format!("sh {}", collapse(text)) });
            shape.extend(heredocs.iter().map(|heredoc| heredoc.content.value.clone()));
        }
        CommandForm::Exec { words, .. } => shape.extend(values(words)),
    }
}

/// What we read, in the terms of parse-dockerfile.
fn ours(instruction: &Instruction, source: &str, escape: char) -> Shape {
    let mut shape = vec![format!("{:?}", instruction.keyword).to_uppercase()];
    let text = |ranges: &mut dyn Iterator<Item = ByteRange>| {
        let whole = ranges.reduce(ByteRange::to).unwrap_or_default();
        joined(whole.slice(source), escape)
    };
    match &instruction.body {
        Body::From { image, name } => {
            shape.push(image.value.clone());
            shape.extend(name.iter().map(|name| name.value.clone()));
        }
        Body::Run(command) | Body::Cmd(command) | Body::Entrypoint(command) | Body::Shell(command) => {
            form(command, &mut shape);
        }
        Body::Healthcheck(command) => match command {
            Some(command) => form(command, &mut shape),
            None => shape.push("none".into()),
        },
        Body::Env(settings) | Body::Label(settings) => {
            shape.push(text(&mut settings.iter().flat_map(|s| [s.name.range, s.value.range])));
        }
        Body::Arg(arguments) => {
            let ranges = |a: &twelvelint::syntax::docker::Argument| {
                a.default.as_ref().map_or(a.name.range, |default| a.name.range.to(default.range))
            };
            shape.push(text(&mut arguments.iter().map(ranges)));
        }
        Body::Copy(Transfer { sources, destination, heredocs })
        | Body::Add(Transfer { sources, destination, heredocs }) => {
            let mut bodies = heredocs.iter();
            for source in sources {
                let body = source.value.starts_with("<<").then(|| bodies.next()).flatten();
                shape.push(body.map_or(source.value.clone(), |body| body.content.value.clone()));
            }
            shape.push(destination.value.clone());
        }
        Body::Expose(words) | Body::Volume(words) => shape.extend(values(words)),
        Body::User(word) | Body::Workdir(word) | Body::StopSignal(word) | Body::Maintainer(word) => {
            shape.push(collapse(&word.value));
        }
        Body::Onbuild(inner) => shape.extend(ours(inner, source, escape)),
        Body::Unknown { text } => shape.push(text.clone()),
    }
    shape
}

fn new_command(command: &new::Command<'_>, escape: char, shape: &mut Shape) {
    match command {
        new::Command::Exec(words) => shape.extend(words.value.iter().map(|word| word.value.to_string())),
        new::Command::Shell(text) => shape.push(format!("sh {}", joined(text.value, escape))),
        _ => {}
    }
}

/// What parse-dockerfile reads.
fn theirs_new(instruction: &new::Instruction<'_>, escape: char) -> Shape {
    use new::Instruction as I;
    let mut shape = Vec::new();
    let mut start = |name: &str| shape.push(name.to_owned());
    let sources = |src: &[new::Source<'_>]| -> Vec<String> {
        let source = |source: &new::Source<'_>| match source {
            new::Source::Path(path) => path.value.to_string(),
            new::Source::HereDoc(doc) => doc.value.to_string(),
            _ => String::new(),
        };
        src.iter().map(source).collect()
    };
    match instruction {
        I::From(i) => {
            start("FROM");
            shape.push(i.image.value.to_string());
            shape.extend(i.as_.iter().map(|(_, name)| name.value.to_string()));
        }
        I::Run(i) => {
            start("RUN");
            new_command(&i.arguments, escape, &mut shape);
            shape.extend(i.here_docs.iter().map(|doc| doc.value.to_string()));
        }
        I::Cmd(i) => {
            start("CMD");
            new_command(&i.arguments, escape, &mut shape);
        }
        I::Entrypoint(i) => {
            start("ENTRYPOINT");
            new_command(&i.arguments, escape, &mut shape);
        }
        I::Shell(i) => {
            start("SHELL");
            shape.extend(i.arguments.iter().map(|word| word.value.to_string()));
        }
        I::Healthcheck(i) => {
            start("HEALTHCHECK");
            match &i.arguments {
                new::HealthcheckArguments::Cmd { arguments, .. } => {
                    new_command(arguments, escape, &mut shape)
                }
                _ => shape.push("none".into()),
            }
        }
        I::Env(i) => {
            start("ENV");
            shape.push(joined(&i.arguments.value, escape));
        }
        I::Label(i) => {
            start("LABEL");
            shape.push(joined(&i.arguments.value, escape));
        }
        I::Arg(i) => {
            start("ARG");
            shape.push(joined(&i.arguments.value, escape));
        }
        I::Copy(i) => {
            start("COPY");
            shape.extend(sources(&i.src));
            shape.push(i.dest.value.to_string());
        }
        I::Add(i) => {
            start("ADD");
            shape.extend(sources(&i.src));
            shape.push(i.dest.value.to_string());
        }
        I::Expose(i) => {
            start("EXPOSE");
            shape.extend(i.arguments.iter().map(|word| word.value.to_string()));
        }
        I::Volume(i) => {
            start("VOLUME");
            let (new::JsonOrStringArray::Json(new::Spanned { value: words, .. })
            | new::JsonOrStringArray::String(words)) = &i.arguments;
            shape.extend(words.iter().map(|word| word.value.to_string()));
        }
        I::User(i) => {
            start("USER");
            shape.push(joined(&i.arguments.value, escape));
        }
        I::Workdir(i) => {
            start("WORKDIR");
            shape.push(joined(&i.arguments.value, escape));
        }
        I::Stopsignal(i) => {
            start("STOPSIGNAL");
            shape.push(joined(&i.arguments.value, escape));
        }
        I::Maintainer(i) => {
            start("MAINTAINER");
            shape.push(joined(&i.name.value, escape));
        }
        I::Onbuild(i) => {
            start("ONBUILD");
            shape.extend(theirs_new(&i.instruction, escape));
        }
        _ => start("?"),
    }
    shape
}

/// What we read, in the terms of dockerfile-parser: decoded pairs, and the rest as text.
fn ours_old(instruction: &Instruction, source: &str, escape: char) -> Shape {
    let pair = |name: &Spanned<String>, value: &str| format!("{}={}", name.value, value);
    match &instruction.body {
        Body::Env(settings) => {
            let pairs = settings.iter().map(|s| pair(&s.name, &collapse(&s.value.value)));
            ["ENV".to_owned()].into_iter().chain(pairs).collect()
        }
        Body::Label(settings) => {
            let pairs = settings.iter().map(|s| pair(&s.name, &collapse(&s.value.value)));
            ["LABEL".to_owned()].into_iter().chain(pairs).collect()
        }
        Body::Arg(arguments) => {
            let one = |a: &twelvelint::syntax::docker::Argument| match &a.default {
                Some(default) => pair(&a.name, &default.value),
                None => a.name.value.clone(),
            };
            ["ARG".to_owned()].into_iter().chain(arguments.iter().map(one)).collect()
        }
        Body::From { .. } | Body::Run(_) | Body::Cmd(_) | Body::Entrypoint(_) | Body::Copy(_) => {
            ours(instruction, source, escape)
        }
        _ => {
            let keyword = instruction.keyword_range.slice(source);
            let rest = instruction.range.slice(source).get(keyword.len()..).unwrap_or("");
            vec![keyword.to_uppercase(), joined(rest, escape)]
        }
    }
}

fn old_command(command: &old::ShellOrExecExpr, shape: &mut Shape) {
    match command {
        old::ShellOrExecExpr::Shell(text) => shape.push(format!("sh {}", collapse(&text.to_string()))),
        old::ShellOrExecExpr::Exec(words) => {
            shape.extend(words.elements.iter().map(|word| word.content.clone()))
        }
    }
}

/// What dockerfile-parser reads.
fn theirs_old(instruction: &old::Instruction) -> Shape {
    use old::Instruction as I;
    let mut shape = Vec::new();
    match instruction {
        I::From(i) => {
            shape.extend(["FROM".to_owned(), i.image.content.clone()]);
            shape.extend(i.alias.iter().map(|alias| alias.content.clone()));
        }
        I::Arg(i) => {
            let value = i.value.as_ref().map_or(String::new(), |value| format!("={}", value.content));
            shape.extend(["ARG".to_owned(), format!("{}{value}", i.name.content)]);
        }
        I::Label(i) => {
            shape.push("LABEL".to_owned());
            shape.extend(
                i.labels.iter().map(|l| format!("{}={}", l.name.content, collapse(&l.value.content))),
            );
        }
        I::Env(i) => {
            shape.push("ENV".to_owned());
            shape.extend(
                i.vars.iter().map(|v| format!("{}={}", v.key.content, collapse(&v.value.to_string()))),
            );
        }
        I::Run(i) => {
            shape.push("RUN".to_owned());
            old_command(&i.expr, &mut shape);
        }
        I::Cmd(i) => {
            shape.push("CMD".to_owned());
            old_command(&i.expr, &mut shape);
        }
        I::Entrypoint(i) => {
            shape.push("ENTRYPOINT".to_owned());
            old_command(&i.expr, &mut shape);
        }
        I::Copy(i) => {
            shape.push("COPY".to_owned());
            shape.extend(i.sources.iter().map(|source| source.content.clone()));
            shape.push(i.destination.content.clone());
        }
        I::Misc(i) => {
            shape.extend([i.instruction.content.to_uppercase(), collapse(&i.arguments.to_string())])
        }
    }
    shape
}

/// Nothing when the other parser refuses the file, else the first pair of instructions that differ.
fn differs(parser: &str, text: &str) -> Option<Option<(Shape, Shape)>> {
    let file = parse_dockerfile(text);
    let (ours, theirs): (Vec<Shape>, Vec<Shape>) = match parser {
        "parse-dockerfile" => {
            let theirs = new::parse(text).ok()?;
            let ours = file.instructions.iter().map(|i| ours(i, text, file.escape)).collect();
            (ours, theirs.instructions.iter().map(|i| theirs_new(i, file.escape)).collect())
        }
        _ => {
            let theirs = old::Dockerfile::parse(text).ok()?;
            let ours = file.instructions.iter().map(|i| ours_old(i, text, file.escape)).collect();
            (ours, theirs.instructions.iter().map(theirs_old).collect())
        }
    };
    let len = ours.len().max(theirs.len());
    let at = |shapes: &[Shape], index: usize| shapes.get(index).cloned().unwrap_or_default();
    let pairs = (0..len).map(|index| (at(&ours, index), at(&theirs, index)));
    Some(pairs.into_iter().find(|(ours, theirs)| ours != theirs))
}

const PARSERS: [&str; 2] = ["parse-dockerfile", "dockerfile-parser"];

fn fixtures() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/dockerfile");
    let mut found: Vec<(String, String)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            (path.file_stem().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(path).unwrap())
        })
        .collect();
    found.sort();
    found
}

#[test]
fn fixtures_agree_but_for_known_faults() {
    let (mut unexpected, mut compared) = (Vec::new(), 0);
    for (name, text) in fixtures() {
        for parser in PARSERS {
            let known = KNOWN_FAULTS.iter().any(|(file, by, _)| (*file, *by) == (name.as_str(), parser));
            match differs(parser, &text) {
                None => continue,
                Some(Some((ours, theirs))) if !known => {
                    unexpected.push(format!("{name}, {parser}\n    ours   {ours:?}\n    theirs {theirs:?}"));
                }
                Some(None) if known => unexpected.push(format!("{name}, {parser}: the known fault is gone")),
                Some(_) => {}
            }
            compared += 1;
        }
    }
    assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
    assert!(compared > 35, "the others read only {compared} of the fixtures");
}

proptest! {
    #[test]
    fn generated_files_agree(lines in prop::collection::vec((
        prop::sample::select(vec!["RUN a", "run b && c", "CMD [\"a\", \"b c\"]", "ENTRYPOINT [\"x\"]", "ENV A=b C=\"d e\"",
            "COPY a b /c", "COPY --from=x a b", "EXPOSE 80", "WORKDIR /a", "USER me", "ARG A=1", "ARG B", "LABEL a=b",
            "VOLUME /x", "STOPSIGNAL SIGINT", "FROM a:1", "FROM b AS c"]),
        prop::sample::select(vec!["", " \\\n   && more", " \\\n# note\n  x", "\n# comment", "\n", "\n\n"]),
    ), 0..20), crlf in any::<bool>()) {
        // A continuation fits only behind a shell command: elsewhere it would change what the line means.
        let body: String = lines
            .iter()
            .enumerate()
            .map(|(n, (line, tail))| {
                let fits = line.to_lowercase().starts_with("run") || !tail.contains('\\');
                let line = line.replace(" AS c", &format!(" AS c{n}"));
                format!("{line}{}\n", if fits { tail } else { "" })
            })
            .collect();
        let text = format!("FROM start\n{body}");
        let text = if crlf { text.replace('\n', "\r\n") } else { text };
        for parser in PARSERS {
            if let Some(Some((ours, theirs))) = differs(parser, &text) {
                prop_assert_eq!(ours, theirs, "{}", parser);
            }
        }
    }
}

fn dockerfiles(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().to_lowercase());
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && name != ".git" => dockerfiles(&path, found),
            Ok(kind) if kind.is_file() => {
                let text_like = [".md", ".go", ".rs", ".ts", ".js", ".py", ".tpl", ".html", ".dockerignore"];
                let named = name.starts_with("dockerfile")
                    || name.ends_with("dockerfile")
                    || name.starts_with("containerfile");
                if named && !text_like.iter().any(|end| name.ends_with(end)) {
                    found.push(path);
                }
            }
            _ => {}
        }
    }
}

#[test]
#[ignore = "needs TWELVELINT_CORPUS, a folder of repositories"]
fn corpus() {
    let root = std::env::var("TWELVELINT_CORPUS").expect("TWELVELINT_CORPUS names a folder");
    let mut files = Vec::new();
    dockerfiles(Path::new(&root), &mut files);
    files.sort();
    let texts: Vec<(PathBuf, String)> = files
        .into_iter()
        .filter_map(|path| std::fs::read_to_string(&path).ok().map(|text| (path, text)))
        .collect();
    let problems = texts.iter().filter(|(_, text)| !parse_dockerfile(text).problems.is_empty()).count();
    println!("{} files, {problems} with problems of ours", texts.len());
    for (path, text) in &texts {
        for problem in parse_dockerfile(text).problems {
            println!(
                "  problem {}: {} {:?}",
                path.display(),
                problem.message,
                problem.range.slice(text).lines().next()
            );
        }
    }
    for parser in PARSERS {
        let (mut agree, mut refused, mut differ) = (0, 0, 0);
        for (path, text) in &texts {
            // The others may panic on what they do not know.
            match std::panic::catch_unwind(|| differs(parser, text)) {
                Ok(Some(None)) => agree += 1,
                Ok(Some(Some((ours, theirs)))) => {
                    differ += 1;
                    println!("  {parser} {}\n    ours   {ours:?}\n    theirs {theirs:?}", path.display());
                }
                Ok(None) | Err(_) => refused += 1,
            }
        }
        println!("{parser}: {agree} agree, {differ} differ, {refused} refused by it");
    }
    expected_results(&texts);
}

/// BuildKit's own fixtures keep the expected tree beside the Dockerfile: the keywords must be ours.
fn expected_results(texts: &[(PathBuf, String)]) {
    let (mut same, mut other) = (0, 0);
    for (path, text) in texts.iter().filter(|(path, _)| path.to_string_lossy().contains("/testfiles/")) {
        let Ok(result) = std::fs::read_to_string(path.with_file_name("result")) else { continue };
        let word = |line: &str| {
            line.trim_start_matches('(').split([' ', ')', '(']).next().unwrap_or("").to_lowercase()
        };
        let expected: Vec<String> = result.lines().filter(|line| line.starts_with('(')).map(word).collect();
        let file = parse_dockerfile(text);
        let ours: Vec<String> =
            file.instructions.iter().map(|i| i.keyword_range.slice(text).to_lowercase()).collect();
        if ours == expected {
            same += 1;
        } else {
            other += 1;
            println!("  expected {}\n    ours   {ours:?}\n    theirs {expected:?}", path.display());
        }
    }
    println!("expected results: {same} same keywords, {other} other");
}
