//! Input that nobody writes by hand, and all the code that somebody did.

use super::*;

/// Runs `work` on a stack of the size that the engine gives its parse threads.
fn on_parse_stack(work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(64 << 20).spawn(work).unwrap().join().unwrap();
}

#[test]
fn hostile_nesting_is_refused() {
    on_parse_stack(|| {
        let refused = |text: String, word: &str| {
            let facts = extract(&text);
            assert_eq!(facts.artefact, Artefact::None, "{word}");
            assert!(facts.problems.iter().any(|p| p.message.contains(word)), "{word}: {:?}", facts.problems);
        };
        let n = 100_000;
        refused(format!("fn f() {{ {}{} }}", "(".repeat(n), ")".repeat(n)), "nested");
        refused(format!("fn f() {{ m!({}{}) }}", "[".repeat(n), "]".repeat(n)), "nested");
        refused(format!("fn f() {{ {}x }}", "!".repeat(n)), "prefix");
        refused(format!("fn f() {{ {}x }}", "return ".repeat(n)), "prefix");
        refused(format!("fn f() {{ x{} }}", " + 1".repeat(n)), "tokens");
        refused(format!("fn f() {{ x{} }}", ".b()".repeat(n)), "tokens");
        refused(format!("fn f() {{ if a {{}} {} }}", "else if a {} ".repeat(n)), "tokens");
        refused(format!("fn f(x: {}u8{}) {{}}", "A<".repeat(n), ">".repeat(n)), "generic");
    });
}

#[test]
fn what_the_bounds_let_through_fits_the_stack() {
    on_parse_stack(|| {
        let whole = |text: String| {
            let facts = extract(&text);
            assert!(matches!(facts.artefact, Artefact::Code(_)), "{:?}", facts.problems);
        };
        whole(format!("fn f() {{ x{}; }}", " + 1".repeat(9_990)));
        whole(format!("fn f() {{ x{}; }}", ".b(1)".repeat(6_600)));
        whole(format!("fn f() {{ x{}; }}", ".b?.await".repeat(3_900)));
        whole(format!("fn f() {{ {}1; }}", "x = ".repeat(9_990)));
        whole(format!("fn f() {{ {}1; }}", "|_| ".repeat(250)));
        whole(format!("fn f() {{ if a {{}} {} }}", "else if a {} ".repeat(4_900)));
        whole(format!("use {}x;", "a::".repeat(6_000)));
        whole(format!("fn f() {{ {}{} }}", "(".repeat(250), ")".repeat(250)));
        whole(format!("fn f() {{ {}{} }}", "{".repeat(250), "}".repeat(250)));
        whole(format!("fn f() {{ m! {{ x{} }} }}", ".b(1)".repeat(50_000)));
        whole(format!("fn f() {{ let v = [{}]; }}", "1, ".repeat(100_000)));
        whole(
            (0..3_000).fold("fn f() { let a0 = g();".to_owned(), |text, n| {
                format!("{text} let a{} = [a{n}, a{n}];", n + 1)
            }) + "}",
        );
    });
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config { cases: 256, failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_text_is_survived(text in "\\PC{0,80}") {
        fits(&text);
    }

    #[test]
    fn any_soup_of_tokens_is_survived(words in proptest::collection::vec(proptest::sample::select(SOUP), 0..60)) {
        fits(&words.join(" "));
    }

    #[test]
    fn any_body_is_survived(words in proptest::collection::vec(proptest::sample::select(SOUP), 0..40)) {
        fits(&format!("\u{feff}fn f(a: &str) {{ m!({}); let ü = \"日\"; }}", words.join(" ")));
    }
}

const SOUP: &[&str] = &[
    "fn",
    "f",
    "x",
    "(",
    ")",
    "{",
    "}",
    "[",
    "]",
    "<",
    ">",
    "::",
    ".",
    ",",
    ";",
    "=",
    "=>",
    "!",
    "|",
    "&",
    "*",
    "?",
    "let",
    "mut",
    "if",
    "else",
    "match",
    "impl",
    "struct",
    "use",
    "mod",
    "self",
    "Self",
    "super",
    "crate",
    "as",
    "\"http://日{a}\"",
    "\"{}\"",
    "1",
    "'c'",
    "'a",
    "#",
    "#[cfg(test)]",
    "select!",
    "format!",
    "json!",
    "async",
    "await",
    "move",
    "return",
    "unwrap",
    "map",
    "env",
    "var",
    "$",
    "_",
    "..",
    "// twelvelint: allow(a/b) -- c\n",
    "/* é */",
    "b\"x\"",
    "r#\"y\"#",
    "macro_rules!",
    "{x}",
    "(x)",
    ".b()",
    "static",
    "const",
    "enum",
    "where",
    "in",
    "for",
];

fn fits(text: &str) {
    let facts = extract(text);
    if let Artefact::Code(code) = &facts.artefact {
        check_ranges(text, code);
    }
    for problem in &facts.problems {
        assert!(text.get(problem.range.start as usize..problem.range.end as usize).is_some(), "{problem:?}");
    }
}

#[test]
#[ignore = "needs a folder of real repositories: TWELVELINT_CORPUS"]
fn corpus() {
    let root = std::env::var("TWELVELINT_CORPUS").expect("TWELVELINT_CORPUS names a folder");
    let show = std::env::var("TWELVELINT_SHOW").ok();
    let work = move || {
        let (mut files, mut bytes, mut problems, mut count) = (0_usize, 0_usize, 0_usize, 0_usize);
        let (mut spent, mut parsing) = (std::time::Duration::ZERO, std::time::Duration::ZERO);
        let mut slowest = (std::time::Duration::ZERO, String::new());
        for entry in
            ignore::WalkBuilder::new(&root).standard_filters(false).sort_by_file_path(Ord::cmp).build()
        {
            let Ok(entry) = entry else { continue };
            if entry.path().extension().is_none_or(|ext| ext != "rs") {
                continue;
            }
            #[allow(clippy::disallowed_methods)]
            let Ok(text) = std::fs::read_to_string(entry.path()) else { continue };
            let name = entry.path().display().to_string();
            let start = std::time::Instant::now();
            let facts = extract(&text);
            let took = start.elapsed();
            spent += took;
            let start = std::time::Instant::now();
            drop(syn::parse_file(&text));
            proc_macro2::extra::invalidate_current_thread_spans();
            parsing += start.elapsed();
            if took > slowest.0 {
                slowest = (took, name.clone());
            }
            files += 1;
            bytes += text.len();
            for problem in &facts.problems {
                println!("{name}: {} at {:?}", problem.message, problem.range);
                problems += 1;
            }
            if let Artefact::Code(code) = &facts.artefact {
                count += code.calls.len();
                check_ranges(&text, code);
                if show.as_ref().is_some_and(|show| name.contains(show.as_str())) {
                    println!("=== {name}\n{}", calls(&text));
                }
            }
        }
        let megabytes = bytes as f64 / 1e6;
        println!(
            "{files} files, {megabytes:.1} MB, {:.1} MB/s (parser alone {:.1}), {count} calls, {problems} problems, slowest {:?}",
            megabytes / spent.as_secs_f64(),
            megabytes / parsing.as_secs_f64(),
            slowest
        );
    };
    std::thread::Builder::new().stack_size(64 << 20).spawn(work).unwrap().join().unwrap();
}
