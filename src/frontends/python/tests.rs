//! Small sources and what is read from them, as text.

use crate::facts::artefact::Artefact;
use crate::facts::code::{CallKind, CodeFacts};
use crate::facts::value::{Value, ValueKind};

use super::extract;

fn code(text: &str) -> CodeFacts {
    match extract(text).artefact {
        Artefact::Code(code) => *code,
        _ => panic!("no code"),
    }
}

fn shown(code: &CodeFacts, value: &Value) -> String {
    let list =
        |parts: &[Value], sign: &str| parts.iter().map(|p| shown(code, p)).collect::<Vec<_>>().join(sign);
    match &value.kind {
        ValueKind::Unknown => "_".into(),
        ValueKind::Text(text) => format!("{text:?}"),
        ValueKind::Integer(number) => number.to_string(),
        ValueKind::Boolean(value) => value.to_string(),
        ValueKind::Call(call) => {
            code.calls.get(*call as usize).map_or("?!".into(), |c| format!("{}()", c.callee))
        }
        ValueKind::Required(inner) => format!("req({})", shown(code, inner)),
        ValueKind::Either(parts) => format!("({})", list(parts, " or ")),
        ValueKind::Join(parts) => format!("({})", list(parts, " + ")),
        ValueKind::Name(name) => format!("@{name}"),
        ValueKind::Parameter(n) => format!("${n}"),
        ValueKind::List(parts) => format!("[{}]", list(parts, ", ")),
        ValueKind::Record(_, parts) => {
            let parts: Vec<String> = parts.iter().map(|(k, v)| format!("{k}: {}", shown(code, v))).collect();
            format!("{{{}}}", parts.join(", "))
        }
        ValueKind::Closure(inner) => format!("lambda {}", shown(code, inner)),
        ValueKind::Field(inner, name) => format!("{}.{name}", shown(code, inner)),
        ValueKind::Repeat(inner) => format!("[{}; n]", shown(code, inner)),
    }
}

/// All calls, one a line.
fn calls(text: &str) -> Vec<String> {
    let code = code(text);
    code.calls
        .iter()
        .map(|call| {
            let arguments: Vec<String> = call
                .arguments
                .iter()
                .map(|a| match &a.name {
                    Some(name) => format!("{name}={}", shown(&code, &a.value)),
                    None => shown(&code, &a.value),
                })
                .collect();
            let mut line = format!("{}({})", call.callee, arguments.join(", "));
            for (flag, word) in [
                (call.kind == CallKind::Assignment, " set"),
                (call.scope.test, " test"),
                (call.scope.debug_only, " debug"),
                (call.scope.message, " message"),
            ] {
                if flag {
                    line.push_str(word);
                }
            }
            if !call.conditions.is_empty() {
                line.push_str(&format!(" if={}", call.conditions.join("/")));
            }
            line
        })
        .collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(calls(text), expected, "\n{text}");
}

#[test]
fn names_through_imports() {
    check("import os\nos.getenv('X')", &["os.getenv(\"X\")"]);
    check("import os as o\no.environ.get('X', 'd')", &["os.environ.get(\"X\", \"d\")"]);
    check(
        "from os import environ as e, getenv\ngetenv('A')\ne['B']",
        &["os.getenv(\"A\")", "os.environ[](\"B\")"],
    );
    check("import a.b\na.b.c()", &["a.b.c()"]);
    check("from . import settings\nsettings.load()", &["?.load()"]);
    check("def own(): pass\nown()\nother()", &["self.own()", "?other()"]);
    check(
        "from environs import Env\nenv = Env()\nenv.str('A')\nenv('B')",
        &["environs.Env()", "environs.Env().str(\"A\")", "environs.Env().__call__(\"B\")"],
    );
    check("x = a()\nx = b()\nx.go()", &["?a()", "?b()", "?.go()"]);
}

#[test]
fn assignments() {
    check(
        "from flask import Flask\napp = Flask(__name__)\napp.secret_key = 'a'\napp.config['KEY'] = 'b'",
        &[
            "flask.Flask(@?__name__)",
            "flask.Flask().secret_key(\"a\") set",
            "flask.Flask().config[](\"KEY\", \"b\") set",
        ],
    );
    check("KEY = 'a'\nname = 'b'\nclass C:\n  TOKEN = 'c'", &["KEY(\"a\") set", "TOKEN(\"c\") set"]);
    check("def f(app):\n  app.config['K'] = 1", &["?.config[](\"K\", 1) set"]);
}

#[test]
fn values() {
    let sunk = |body: &str| {
        let code = code(&format!("import os\n{body}"));
        let call = code.calls.iter().rfind(|c| c.callee.last() == "?sink").expect("a sink");
        call.arguments.first().map(|a| shown(&code, &a.value)).unwrap_or_default()
    };
    for (body, expected) in [
        ("sink(os.environ['X'])", "req(os.environ[]())"),
        ("sink(os.getenv('X') or 'd')", "(os.getenv() or \"d\")"),
        ("sink(os.getenv('X') if os.getenv('X') else 'd')", "(os.getenv() or \"d\")"),
        ("KEY = 'a'\nsink(KEY)", "\"a\""),
        ("def f():\n  sink(KEY)\nKEY = 'a'", "\"a\""),
        ("k = 'a'\nk = 'b'\nsink(k)", "_"),
        ("k = 'a'\nk += 'b'\nsink(k)", "_"),
        ("if x:\n  k = 'a'\nsink(k)", "_"),
        ("sink('a' 'b')", "\"ab\""),
        ("sink('a' + 'b')", "\"ab\""),
        ("sink(f'{a}://{b}')", "(@?a + \"://\" + @?b)"),
        ("sink(b'key')", "\"key\""),
        ("sink('key'.encode('utf-8'))", "\"key\""),
        ("sink(str(os.getenv('X')))", "os.getenv()"),
        ("sink({'a': 'b'})", "{a: \"b\"}"),
        ("def f(a, b='x'):\n  sink(b)", "$1"),
        ("class C:\n  def f(self, a):\n    sink(a)", "$0"),
        ("sink('''a\n\\tb''')", "\"a\\n\\tb\""),
    ] {
        assert_eq!(sunk(body), expected, "{body}");
    }
}

#[test]
fn scopes() {
    check(
        "def test_x():\n  a()\nclass TestY:\n  def m(self):\n    b()\nclass Z(unittest.TestCase):\n  def m(self): c()",
        &["?a() test", "?b() test", "?c() test"],
    );
    check("if DEBUG:\n  a()\nelse:\n  b()", &["?a() debug if=DEBUG", "?b() if=not DEBUG"]);
    check("if not DEBUG:\n  a()\nelse:\n  b()", &["?a() if=not DEBUG", "?b() debug if=DEBUG"]);
    check(
        "if env != 'dev' and not x:\n  a()\nelif y is not None or z:\n  b()",
        &["?a() if=not x/not env dev", "?b() if=y z/not env dev x"],
    );
    check("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n  a()", &[]);
    check("if key == 'x':\n  raise ValueError('no')", &["?ValueError(\"no\") message if=key x"]);
    check("if __name__ == '__main__':\n  a()", &["?a() if=__name__ __main__"]);
    check("@pytest.fixture\ndef key():\n  a()", &["?a() test"]);
}

#[test]
fn helpers_fallbacks_and_urls() {
    let code = code(
        "import os\ndef read(key, default=None):\n  return os.environ.get(key, default)\nx = os.getenv('A') or 'b'\nu = 'http://x/y'\nif u.startswith('http://z'): pass\n\"\"\"http://doc\"\"\"",
    );
    let result = code.functions.first().and_then(|f| f.result.as_ref()).map(|r| shown(&code, r));
    assert_eq!(result.as_deref(), Some("os.environ.get()"));
    assert_eq!(code.fallbacks.len(), 1);
    let urls: Vec<_> =
        code.url_literals.iter().map(|u| (u.text.value.as_str(), u.scope.comparison)).collect();
    assert_eq!(urls, [("http://x/y", false), ("http://z", true)]);
}

#[test]
fn broken_files_give_facts_and_problems() {
    let facts = extract("import os\nx = os.getenv('A'\ndef f(:\n  pass\ny = os.getenv('B')\n");
    assert!(!facts.problems.is_empty());
    assert!(matches!(facts.artefact, Artefact::Code(_)));
    assert!(extract("").problems.is_empty());
}

#[test]
fn deep_nesting_is_a_problem_and_no_crash() {
    for text in [
        format!("x = {}1{}", "(".repeat(100_000), ")".repeat(100_000)),
        format!("x = {}1", "not ".repeat(100_000)),
        format!("x = {}", "1 + ".repeat(100_000) + "1"),
        format!("x = a{}", ".b()".repeat(100_000)),
        format!("x = {}", "[".repeat(100_000)),
        (0..3_000).map(|n| format!("{}if x:\n", " ".repeat(n % 900))).collect::<String>(),
    ] {
        let _ = extract(&text);
    }
}

#[test]
fn suppression_comments_cover_the_next_statement() {
    let text = "# twelvelint: allow(config/x) -- why\nKEY = (\n  'a'\n)\nOTHER = 1\n";
    let facts = extract(text);
    let allow = facts.allows.first().expect("one");
    assert!(allow.covers.iter().any(|range| range.slice(text).starts_with("KEY = (")));
}
