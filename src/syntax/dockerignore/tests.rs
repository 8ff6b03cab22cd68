use proptest::prelude::*;

use super::*;

#[test]
fn docker_semantics() {
    let cases = [
        ("target", "target/debug/x", true),
        ("target", "a/target", false),
        ("**/target", "a/b/target/x", true),
        ("**/target", "target", true),
        ("/target/", "target", true),
        ("*.md\n!README.md", "README.md", false),
        ("*.md\n!README.md", "a.md", true),
        ("*.md\n!README*.md\nREADME-secret.md", "README-secret.md", true),
        ("*.md", "a/b.md", false),
        ("*/temp*", "a/temporary.txt", true),
        ("*/*/temp*", "a/b/temp", true),
        ("temp?", "tempa", true),
        ("temp?", "temp/", false),
        ("**\n!src", "src/main.rs", false),
        ("*\n!src", "src/main.rs", false),
        ("*\n!src/", "Cargo.toml", true),
        ("*\n!src/a", "src/b", true),
        ("# a\n\\#b", "#b", true),
        (" #b", "#b", true),
        ("\u{feff}a\r\nb\r\n", "a", true),
        ("\u{feff}a\r\nb\r\n", "b", true),
        ("./a/../b", "b", true),
        ("a{b,c}", "ab", false),
        ("a{b,c}", "a{b,c}", true),
        (".env*", ".env.local", true),
        ("**/*.pem", "certs/x.pem", true),
        ("[a-c].txt", "b.txt", true),
        ("**.log", "a/b/c.log", true),
        ("logs**", "logs/a/b", true),
        ("! a", "a", false),
        ("a\n! a", "a", false),
    ];
    for (text, path, expected) in cases {
        assert_eq!(parse_dockerignore(text).is_ignored(path), expected, "{text:?} {path}");
    }
    let text = "\u{feff} !a \n# c\n!\n[";
    let file = parse_dockerignore(text);
    assert_eq!(file.patterns[0].pattern.range.slice(text), "!a");
    assert_eq!(file.comments[0].range.slice(text), "# c");
    let problems: Vec<&str> = file.problems.iter().map(|problem| problem.range.slice(text)).collect();
    assert_eq!(problems, ["!", "["]);
}

proptest! {
    #[test]
    fn any_text_is_read(text in any::<String>(), path in any::<String>()) {
        let file = parse_dockerignore(&text);
        for pattern in &file.patterns {
            assert!(text.get(pattern.pattern.range.start as usize..pattern.pattern.range.end as usize).is_some());
        }
        file.is_ignored(&path);
    }
}
