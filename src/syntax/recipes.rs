//! Reads justfiles and makefiles as far as it takes to know which commands a recipe runs: recipes with their
//! dependencies and bodies, simple variables, includes. Functions and conditions are not evaluated.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::source::{ByteRange, Spanned};
use crate::syntax::embedded::hide_moustaches;
use crate::syntax::shell::{Script, parse_shell_mapped};
use crate::syntax::text_map::TextMap;

/// Recipes of one file are read up to this number.
const MAX_RECIPES: usize = 5_000;

/// A justfile or makefile.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RecipeFile {
    /// The recipes in order.
    pub recipes: Vec<Recipe>,
    /// Other files of recipes: `import`, `mod`, `include`.
    pub imports: Vec<Spanned<String>>,
    /// Other names of recipes: alias, recipe.
    pub aliases: Vec<(String, String)>,
    /// Comments with their sign left out.
    pub comments: Vec<Spanned<String>>,
}

/// A recipe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Its name as written in the header.
    pub name: Spanned<String>,
    /// How many arguments it takes.
    pub parameters: usize,
    /// Recipes that run before it, or behind it.
    pub dependencies: Vec<String>,
    /// What it runs.
    pub script: Script,
    /// From the header to the end of the body.
    pub range: ByteRange,
}

impl RecipeFile {
    /// The recipe called `name`, aliases followed.
    pub fn recipe(&self, name: &str) -> Option<&Recipe> {
        let name = self.aliases.iter().find(|(alias, _)| alias == name).map_or(name, |(_, to)| to.as_str());
        self.recipes.iter().find(|r| r.name.value == name)
    }
}

/// One line and where it starts.
struct Line<'a> {
    text: &'a str,
    start: usize,
}

fn lines(text: &str) -> Vec<Line<'_>> {
    let mut at = 0;
    let mut found = Vec::new();
    for line in text.split_inclusive('\n') {
        found.push(Line { text: line.trim_end_matches(['\n', '\r']), start: at });
        at += line.len();
    }
    found
}

/// Reads a justfile.
pub fn parse_just(text: &str) -> RecipeFile {
    let lines = lines(text);
    let mut file = RecipeFile::default();
    let mut variables = BTreeMap::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        let body = line.text.trim_start_matches('@');
        let words: Vec<&str> = body.split_whitespace().collect();
        if let Some(comment) = line.text.strip_prefix('#') {
            let range = ByteRange::new(line.start, line.start + line.text.len());
            file.comments.push(Spanned::new(comment.trim().to_owned(), range));
            continue;
        }
        if line.text.starts_with([' ', '\t', '[', '}', ')']) || words.is_empty() {
            continue;
        }
        match words.as_slice() {
            ["alias", name, ":=", target, ..] => {
                file.aliases.push(((*name).to_owned(), (*target).to_owned()));
                continue;
            }
            ["import" | "import?", path, ..] => {
                file.imports.push(placed(line, path, path.trim_matches(['\'', '"'])));
                continue;
            }
            ["set" | "export" | "unexport", ..] if body.contains(":=") || words.len() == 2 => {
                if let Some((name, value)) = just_variable(body.trim_start_matches("export ")) {
                    variables.insert(name, value);
                }
                continue;
            }
            ["set", ..] => continue,
            ["mod" | "mod?", name, rest @ ..] if !body.contains(':') => {
                let path = rest
                    .first()
                    .map_or_else(|| format!("{name}.just"), |p| p.trim_matches(['\'', '"']).into());
                file.imports.push(placed(line, name, &path));
                continue;
            }
            _ => {}
        }
        if let Some((name, value)) = just_variable(body) {
            variables.insert(name, value);
            continue;
        }
        let Some(header) = just_header(body) else { continue };
        let first = at;
        while lines.get(at).is_some_and(|l| l.text.starts_with([' ', '\t']) || l.text.trim().is_empty()) {
            at += 1;
        }
        let inside = trimmed(lines.get(first..at).unwrap_or_default());
        let offset = line.text.len() - body.len();
        let name = ByteRange::new(line.start + offset, line.start + offset + header.name.len());
        let end = inside.last().map_or(line.start + line.text.len(), |l| l.start + l.text.len());
        file.recipes.push(Recipe {
            name: Spanned::new(header.name.to_owned(), name),
            parameters: header.parameters,
            dependencies: header.dependencies,
            script: body_script(inside, &variables, Dialect::Just),
            range: ByteRange::new(line.start, end),
        });
        if file.recipes.len() > MAX_RECIPES {
            break;
        }
    }
    file
}

fn placed(line: &Line<'_>, word: &str, value: &str) -> Spanned<String> {
    let at = line.start + line.text.find(word).unwrap_or(0);
    Spanned::new(value.to_owned(), ByteRange::new(at, at + word.len()))
}

/// `name := "literal"`; none for a recipe.
fn just_variable(body: &str) -> Option<(String, String)> {
    let (name, value) = body.split_once(":=")?;
    let name = name.trim();
    if name.contains(char::is_whitespace) || name.contains(':') {
        return None;
    }
    let value = value.trim();
    let quote = value.chars().next().filter(|c| matches!(c, '\'' | '"'));
    let literal =
        quote.and_then(|q| value.strip_prefix(q)?.strip_suffix(q)).filter(|v| !v.contains(['"', '\'']));
    // A computed value stays an unknown word.
    Some((name.to_owned(), literal.map_or_else(|| format!("${{_{name}}}"), str::to_owned)))
}

struct Header<'a> {
    name: &'a str,
    parameters: usize,
    dependencies: Vec<String>,
}

fn just_header(body: &str) -> Option<Header<'_>> {
    let end = body.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'))?;
    let name = body.get(..end).filter(|n| !n.is_empty())?;
    // The colon of the header stands outside of quotes and brackets.
    let mut quote = None;
    let mut depth = 0;
    let mut colon = None;
    for (at, c) in body.char_indices() {
        match (quote, c) {
            (Some(q), c) if c == q => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            (None, ':') if depth == 0 => {
                colon = Some(at);
                break;
            }
            _ => {}
        }
    }
    let colon = colon?;
    let parameters = body.get(end..colon)?.split_whitespace().count();
    let behind = body.get(colon + 1..)?.split('#').next().unwrap_or("");
    let mut dependencies = Vec::new();
    let mut depth = 0;
    for word in behind.split_whitespace() {
        let opens = word.starts_with('(');
        if depth == 0 && word != "&&" {
            let name = word.trim_start_matches('(').trim_end_matches(')');
            dependencies.extend(Some(name.to_owned()).filter(|n| !n.is_empty()));
        }
        depth += i32::from(opens);
        depth -= i32::try_from(word.matches(')').count()).unwrap_or(0);
        depth = depth.max(0);
    }
    Some(Header { name, parameters, dependencies })
}

/// Reads a makefile.
pub fn parse_make(text: &str) -> RecipeFile {
    let lines = lines(text);
    let mut file = RecipeFile::default();
    let mut variables = BTreeMap::from([("MAKE".to_owned(), "make".to_owned())]);
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        at += 1;
        // A header or a value may be continued.
        let mut logical = line.text.trim_end_matches('\\').to_owned();
        while lines.get(at - 1).is_some_and(|l| l.text.ends_with('\\')) {
            let Some(next) = lines.get(at) else { break };
            logical.push(' ');
            logical.push_str(next.text.trim_end_matches('\\'));
            at += 1;
        }
        if let Some(comment) = line.text.strip_prefix('#') {
            let range = ByteRange::new(line.start, line.start + line.text.len());
            file.comments.push(Spanned::new(comment.trim().to_owned(), range));
            continue;
        }
        if line.text.starts_with('\t') {
            continue;
        }
        let body = logical.trim_start();
        if let Some(rest) = ["include ", "-include ", "sinclude "].iter().find_map(|p| body.strip_prefix(p)) {
            for path in rest.split_whitespace().filter(|p| !p.contains('$')) {
                file.imports.push(placed(line, path, path));
            }
            continue;
        }
        if let Some((name, value)) = make_variable(body) {
            let value = expand_make(&value, &variables);
            variables.insert(name, value);
            continue;
        }
        let Some((targets, rest)) = body.split_once(':').filter(|(t, _)| !t.contains(['=', '"', '\'']))
        else {
            continue;
        };
        let rest = rest.trim_start_matches(':').split('#').next().unwrap_or("");
        let (prerequisites, inline) = rest.split_once(';').map_or((rest, None), |(p, i)| (p, Some(i)));
        let first = at;
        let of_rule = |l: &Line<'_>| {
            l.text.starts_with('\t')
                || l.text.trim().is_empty()
                || l.text.starts_with('#')
                || ["ifeq", "ifneq", "ifdef", "ifndef", "else", "endif"].iter().any(|w| l.text.starts_with(w))
        };
        while lines.get(at).is_some_and(of_rule) {
            at += 1;
        }
        let inside = trimmed(lines.get(first..at).unwrap_or_default());
        let prerequisites = expand_make(prerequisites, &variables);
        let names =
            prerequisites.split_whitespace().filter(|w| *w != "|").map(str::to_owned).collect::<Vec<_>>();
        let end = inside.last().map_or(line.start + line.text.len(), |l| l.start + l.text.len());
        let mut script = body_script(inside, &variables, Dialect::Make);
        if let Some(inline) = inline.filter(|i| !i.trim().is_empty()) {
            let at = line.start + line.text.find(inline).unwrap_or(0);
            let text = [Line { text: inline, start: at }];
            let mut head = body_script(&text, &variables, Dialect::Make);
            head.items.append(&mut script.items);
            script = head;
        }
        for target in expand_make(targets, &variables).split_whitespace() {
            let place = placed(line, target, target);
            file.recipes.push(Recipe {
                name: place,
                parameters: 0,
                dependencies: names.clone(),
                script: script.clone(),
                range: ByteRange::new(line.start, end),
            });
        }
        if file.recipes.len() > MAX_RECIPES {
            break;
        }
    }
    file
}

/// The lines without blank ones at the end.
fn trimmed<'l, 'a>(lines: &'l [Line<'a>]) -> &'l [Line<'a>] {
    let end = lines.iter().rposition(|l| !l.text.trim().is_empty()).map_or(0, |at| at + 1);
    lines.get(..end).unwrap_or_default()
}

fn make_variable(body: &str) -> Option<(String, String)> {
    let at = body.find('=')?;
    let name = body.get(..at)?.trim_end_matches([':', '?', '+', '!']).trim();
    let name = name.strip_prefix("export ").or_else(|| name.strip_prefix("override ")).unwrap_or(name).trim();
    let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c));
    plain.then(|| (name.to_owned(), body.get(at + 1..).unwrap_or("").trim().to_owned()))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Dialect {
    Just,
    Make,
}

/// `$(NAME)` and `${NAME}` of known variables, replaced; others stay unknown words.
fn expand_make(text: &str, variables: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut map = TextMap::default();
    push_make(text, 0, variables, &mut out, &mut map);
    out
}

/// Longest text that variables may grow a body to.
const MAX_EXPANDED: usize = 1 << 20;

fn push_make(
    text: &str,
    start: usize,
    variables: &BTreeMap<String, String>,
    out: &mut String,
    map: &mut TextMap,
) {
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('$') {
        let at = start + text.len() - rest.len();
        push(before, at, out, map);
        let dollar = at + before.len();
        let Some(next) = behind.chars().next() else {
            rest = behind;
            break;
        };
        let closing = match next {
            '(' => behind.find(')'),
            '{' => behind.find('}'),
            _ => None,
        };
        match (next, closing) {
            // The shell's own dollar.
            ('$', _) => {
                push("$", dollar, out, map);
                rest = behind.get(1..).unwrap_or("");
            }
            (_, Some(end)) => {
                let name = behind.get(1..end).unwrap_or("");
                let value = variables.get(name).cloned().unwrap_or_else(|| {
                    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
                    format!("${{_{}}}", name.chars().map(plain).collect::<String>())
                });
                if out.len() + value.len() < MAX_EXPANDED {
                    map.push_decoded(out.len(), value.len(), dollar, end + 2);
                    out.push_str(&value);
                }
                rest = behind.get(end + 1..).unwrap_or("");
            }
            // `$@`, `$<`: what is made, and of what.
            _ => {
                let automatic = "${_automatic}";
                map.push_decoded(out.len(), automatic.len(), dollar, 1 + next.len_utf8());
                out.push_str(automatic);
                rest = behind.get(next.len_utf8()..).unwrap_or("");
            }
        }
    }
    push(rest, start + text.len() - rest.len(), out, map);
}

fn push(text: &str, source: usize, out: &mut String, map: &mut TextMap) {
    if !text.is_empty() {
        map.push(out.len(), source, text.len());
        out.push_str(text);
    }
}

fn push_just(
    text: &str,
    start: usize,
    variables: &BTreeMap<String, String>,
    out: &mut String,
    map: &mut TextMap,
) {
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("{{") {
        let Some((inner, after)) = behind.split_once("}}") else { break };
        let at = start + text.len() - rest.len();
        push(before, at, out, map);
        let open = at + before.len();
        let whole = text.get(open - start..open - start + inner.len() + 4).unwrap_or("");
        let value = variables.get(inner.trim()).cloned().unwrap_or_else(|| hide_moustaches(whole));
        if out.len() + value.len() < MAX_EXPANDED {
            map.push_decoded(out.len(), value.len(), open, inner.len() + 4);
            out.push_str(&value);
        }
        rest = after;
    }
    push(rest, start + text.len() - rest.len(), out, map);
}

/// The body as a shell script: indentation and the signs `@`, `-`, `+` before a command left out.
fn body_script(lines: &[Line<'_>], variables: &BTreeMap<String, String>, dialect: Dialect) -> Script {
    let mut text = String::new();
    let mut map = TextMap::default();
    let mut continued = false;
    for line in lines {
        let directive = dialect == Dialect::Make && !line.text.starts_with('\t') && lines.len() > 1;
        let mut body = line.text.trim_start();
        if !continued && !directive {
            body = body.trim_start_matches(match dialect {
                Dialect::Just => ['@', '-', '@'],
                Dialect::Make => ['@', '-', '+'],
            });
        }
        let start = line.start + line.text.len() - body.len();
        if !directive {
            match dialect {
                Dialect::Just => push_just(body, start, variables, &mut text, &mut map),
                Dialect::Make => push_make(body, start, variables, &mut text, &mut map),
            }
        }
        continued = line.text.ends_with('\\');
        map.push_decoded(text.len(), 1, line.start + line.text.len(), 1);
        text.push('\n');
    }
    parse_shell_mapped(&text, &map)
}

#[cfg(test)]
mod tests {
    use super::{RecipeFile, parse_just, parse_make};

    /// Recipe → dependencies and commands.
    fn shown(file: &RecipeFile, name: &str) -> String {
        let Some(recipe) = file.recipe(name) else { return "none".into() };
        let commands: Vec<String> = recipe
            .script
            .items
            .iter()
            .filter_map(|i| i.pipeline.first()?.simple())
            .map(|s| s.words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(" "))
            .collect();
        format!("{:?} {:?}", recipe.dependencies, commands)
    }

    #[test]
    fn justfiles() {
        let text = "set shell := ['bash', '-c']\nimport 'more.just'\nargs := \"--all\"\nversion := `git describe`\n\
                    alias t := test\n\n# Runs tests\n[group('x')]\n@test filter='a:b': build (lint \"x\") && done\n    \
                    @cargo test {{args}} {{ filter }}\n    -echo {{version}}\n\nbuild:\n    cargo build\n";
        let file = parse_just(text);
        assert_eq!(
            shown(&file, "t"),
            r#"["build", "lint", "done"] ["cargo test --all ${_filter__}", "echo ${_version}"]"#
        );
        assert_eq!(file.recipe("test").map(|r| r.parameters), Some(1));
        assert_eq!(file.imports.first().map(|i| i.value.as_str()), Some("more.just"));
        let word = &file.recipe("build").unwrap().script.items[0].pipeline[0].simple().unwrap().words[1];
        assert_eq!(word.range.slice(text), "build");
    }

    #[test]
    fn makefiles() {
        let text = "CARGO ?= cargo\nFLAGS := --locked\ninclude common.mk\n.PHONY: test lint\n\
                    test: lint | prepare ; echo first\n\t@$(CARGO) test $(FLAGS) \\\n\t  --all\n\t-for i in a; do echo $$i; done\n\n\
                    lint:\n\t$(MAKE) -C sub check VERSION=$(shell git describe)\n\n%.o: %.c\n\tcc $<\n";
        let file = parse_make(text);
        assert!(
            shown(&file, "test")
                .starts_with(r#"["lint", "prepare"] ["echo first", "cargo test --locked --all"#)
        );
        assert_eq!(shown(&file, "lint"), r#"[] ["make -C sub check VERSION=${_shell_git_describe}"]"#);
        assert_eq!(file.imports.first().map(|i| i.value.as_str()), Some("common.mk"));
        let word = &file.recipe("test").unwrap().script.items[1].pipeline[0].simple().unwrap().words[1];
        assert_eq!(word.range.slice(text), "test");
    }
}
