//! Names, values and scopes, case by case.

use super::*;

/// Checks many small sources; each case is a body of a function with its expected calls.
#[track_caller]
fn check_bodies(head: &str, cases: &[(&str, &str)]) {
    for (body, expected) in cases {
        check(&format!("{head}\nasync fn main() {{ {body} }}"), expected);
    }
}

/// The value of the last argument of the last call named `sink`.
fn sunk(text: &str) -> String {
    let facts = extract(text);
    let code = code(&facts);
    let call = code.calls.iter().rfind(|call| call.callee.last() == "sink");
    let value = call.and_then(|call| call.arguments.last()).map(|argument| shown(&code, &argument.value));
    value.unwrap_or_else(|| "no sink".into())
}

#[track_caller]
fn check_values(cases: &[(&str, &str)]) {
    for (body, expected) in cases {
        let text = format!(
            "use std::env; fn sink(x: X) {{}}\nconst PORT: u16 = 1;\nfn f(a: &str, b: u16) {{ {body} }}"
        );
        assert_eq!(sunk(&text), *expected, "\n--- body\n{body}");
    }
}

#[test]
fn names_through_imports() {
    let head = "use tokio::net::TcpListener as L; use std::{env, net::{self, SocketAddr, tcp::{a as b}}};
        use anyhow::anyhow; use actix_web as web; use web::HttpServer; mod config; use config::load;
        use super::up; use crate::top::deep as down; pub use self::inner::thing; extern crate slog as s;
        use glob::*; mod inner { pub fn thing() { own(); super::helper(); super::super::above(); } fn own() {} }
        fn helper() {}";
    let inner = "self::inner::own()
        self::helper()
        super::above()
        ";
    let cases = [
        ("L::bind(x).await", "tokio::net::TcpListener::bind(@?x) awaited"),
        ("env::var(\"X\")", "std::env::var(\"X\")"),
        ("net::lookup(); b()", "std::net::lookup()\nstd::net::tcp::a()"),
        ("SocketAddr::from(1)", "std::net::SocketAddr::from(1)"),
        ("anyhow::bail!(); anyhow!()", "anyhow::bail!()\nanyhow::anyhow!()"),
        ("HttpServer::new(f)", "actix_web::HttpServer::new(@?f)"),
        ("load(); config::other()", "self::config::load()\nself::config::other()"),
        ("up(); down(); thing()", "super::up()\ncrate::top::deep()\nself::inner::thing()"),
        ("s::log(); helper(); nobody()", "slog::log()\nself::helper()\n?nobody()"),
        ("use redis::Client; Client::open(1)", "redis::Client::open(1)"),
        ("fn nested() {} nested()", "self::main::nested()"),
        ("::tokio::spawn(1); r#type()", "tokio::spawn(1)\n?type()"),
        ("String::from(\"a\").go(); Vec::new()", "String.go()\nVec::new()"),
        (
            "Unknown::new(); <L as T>::bind(1); <L>::bind(2)",
            "?Unknown::new()\n?T::bind(1)\ntokio::net::TcpListener::bind(2)",
        ),
    ];
    for (body, expected) in cases {
        check(&format!("{head}\nasync fn main() {{ {body} }}"), &format!("{inner}{expected}"));
    }
}

#[test]
fn receivers() {
    let head = "use tokio::net::TcpListener; use actix_web::HttpServer; use std::sync::Arc;
        struct App { listener: TcpListener, pool: Arc<sqlx::PgPool> }";
    check_bodies(
        head,
        &[
            (
                "let l = TcpListener::bind(1).await?; { let l = 2; l.shadowed(); } l.accept();",
                "tokio::net::TcpListener::bind(1) awaited\n?.shadowed()\ntokio::net::TcpListener::bind().accept()",
            ),
            (
                "let mut s = HttpServer::new(1); s.workers(2); s = s.bind(3).unwrap(); s.run()",
                "actix_web::HttpServer::new(1)\nactix_web::HttpServer::new().workers(2)
                 actix_web::HttpServer::new().bind(3)\nactix_web::HttpServer::new().run()",
            ),
            ("if env != \"dev\" { a() } else { b() }", "?a() if=not env dev\n?b() if=env dev"),
            ("if !x && (y == 1) { a() } else { b() }", "?a() if=y/not x\n?b() if=not x y"),
            ("let mut s = make(); if x { s = other(); } s.run()", "?make()\n?other() if=x\n?.run()"),
            ("let l: TcpListener = x; l.accept()", "tokio::net::TcpListener.accept()"),
            ("let a = (&*make()).go(); (a as u8).b()", "?make()\n?make().go()\nu8.b()"),
            ("let (a, b) = pair(); a.go(); b.0.stop()", "?pair()\n?.go()\n?.stop()"),
            ("CONFIG.get(); x.y.z()", "?CONFIG.get()\n?.z()"),
            (
                "let app = App { listener: l, pool: p }; app.listener.accept();",
                "tokio::net::TcpListener.accept()",
            ),
        ],
    );
    check(
        &format!(
            "{head} impl App {{ fn new(l: &TcpListener, p: &mut Arc<sqlx::PgPool>) -> Self {{ l.accept(); p.get();
             Self::new(1, 2).run() }}
             async fn run(self: Arc<Self>) {{ self.listener.accept(); self.pool.get(); self.stop(); }} }}"
        ),
        "tokio::net::TcpListener.accept()
         sqlx::PgPool.get()
         self::App::new(1, 2)
         self::App::new().run()
         tokio::net::TcpListener.accept()
         sqlx::PgPool.get()
         self::App.stop()",
    );
}

#[test]
fn values() {
    check_values(
        &[
            ("sink(\"a\\n\")", "\"a\\n\""),
            ("sink(b\"k\")", "\"k\""),
            ("sink(-5)", "-5"),
            ("sink(60 * 60)", "3600"),
            ("sink(PORT)", "@self::PORT"),
            ("sink(a)", "$0"),
            ("sink(b.into())", "$1"),
            ("let p = 8080; let q = p; sink(q)", "8080"),
            ("let p = 8080; { let p = 1; } sink(p)", "8080"),
            ("let mut p = 8080; p = 1; sink(p)", "_"),
            ("let mut p = 8080; p += 1; sink(p)", "_"),
            ("let mut p = 8080; sink(p)", "8080"),
            ("let mut s = \"a\".to_string(); s.push_str(\"b\"); sink(s)", "_"),
            ("sink(env::var(\"P\").unwrap())", "req(std::env::var(\"P\"))"),
            ("sink(env::var(\"P\").expect(\"set P\").parse::<u16>()?)", "req(std::env::var(\"P\"))"),
            ("sink(env::var(\"P\").unwrap_or(\"80\".into()))", "(std::env::var(\"P\") or \"80\")"),
            (
                "sink(env::var(\"P\").unwrap_or_else(|_| String::from(\"80\")))",
                "(std::env::var(\"P\") or \"80\")",
            ),
            (
                "sink(env::var(\"P\").ok().and_then(|p| p.parse().ok()).unwrap_or(80))",
                "(std::env::var(\"P\") or 80)",
            ),
            ("sink(env::var(\"P\").unwrap_or_default())", "(std::env::var(\"P\") or \"\")"),
            ("sink(env::var(\"P\").map_or(80, |p| p.parse().unwrap()))", "(req(std::env::var(\"P\")) or 80)"),
            (
                "sink(env::var(\"A\").or_else(|_| env::var(\"B\"))?)",
                "req((std::env::var(\"A\") or std::env::var(\"B\")))",
            ),
            ("sink(env::var(\"P\").unwrap_or_else(|e| panic!(\"{e}\")))", "req(std::env::var(\"P\"))"),
            (
                "sink(env::var(\"P\").unwrap_or_else(|_| { eprintln!(); std::process::exit(1) }))",
                "req(std::env::var(\"P\"))",
            ),
            (
                "let p = if let Ok(p) = env::var(\"P\") { p } else { \"80\".to_string() }; sink(p)",
                "(std::env::var(\"P\") or \"80\")",
            ),
            (
                "let p = match env::var(\"P\") { Ok(p) => p, Err(_) => \"80\".into() }; sink(p)",
                "(std::env::var(\"P\") or \"80\")",
            ),
            (
                "let p = match env::var(\"P\") { Ok(p) => p, Err(e) => return }; sink(p)",
                "req(std::env::var(\"P\"))",
            ),
            ("let Ok(p) = env::var(\"P\") else { return }; sink(p)", "req(std::env::var(\"P\"))"),
            ("let p = if let Some(_) = c() { \"a\" } else { \"b\" }; sink(p)", "_"),
            ("let p = if x { 1 } else { 2 }; sink(p)", "_"),
            ("sink(format!(\"{}:{b}\", a))", "($0 + \":\" + $1)"),
            ("sink(format!(\"{host}:{PORT:>5}/{{x}}\", host = a))", "($0 + \":\" + @self::PORT + \"/{x}\")"),
            ("sink(\"http://\".to_owned() + a + \"/\")", "(\"http://\" + $0 + \"/\")"),
            ("sink(concat!(\"a\", \"b\"))", "(\"a\" + \"b\")"),
            ("sink([0; 64])", "[0; n]"),
            ("sink(vec![0u8; 64])", "[0; n]"),
            ("sink(SocketAddr::from(([0, 0, 0, 0], 3000)))", "?SocketAddr::from([[0, 0, 0, 0], 3000])"),
            ("sink((a, 1))", "[$0, 1]"),
            ("let (h, p) = (\"h\", 1); sink(p)", "1"),
            ("let (h, p) = c(); sink(p)", "?c().1"),
            ("let Config { port, .. } = c(); sink(port)", "?c().port"),
            ("sink(Config { port: 1, ..d() }.port)", "1"),
            ("sink(Config { port: 1, host: a })", "?Config{port: 1, host: $0}"),
            ("sink(Some(Ok(Arc::new(x))))", "?Arc::new(@?x)"),
            ("sink(Box::new(|| { 5 }))", "|| 5"),
            ("let g = |k: &str| env::var(k).unwrap(); sink(g(\"X\"))", "self::f::g(\"X\")"),
            ("sink({ let t = a; t })", "$0"),
            ("sink(a.split(':').next())", "_.split(\":\").next()"),
        ]
        .map(|(body, expected)| {
            (body, if expected.starts_with("_.split") { "str.split().next()" } else { expected })
        }),
    );
}

#[test]
fn helpers_and_results() {
    let text = "fn or(key: &str, default: impl Into<String>) -> String { std::env::var(key).unwrap_or_else(|_| default.into()) }
        fn main() { let read = |k: &str| std::env::var(k); read(\"X\"); }";
    let facts = extract(text);
    let code = code(&facts);
    let lines: Vec<String> = code
        .functions
        .iter()
        .map(|function| {
            let parameters: Vec<String> =
                function.parameters.iter().map(|p| format!("{}: {}", p.name, p.type_name)).collect();
            let result = function.result.as_ref().map_or("-".into(), |value| shown(&code, value));
            format!("{}/{}({}) = {result}", function.container, function.name.value, parameters.join(", "))
        })
        .collect();
    assert_eq!(
        lines,
        [
            "/or(key: str, default: impl Into<String>) = (std::env::var($0) or $1)",
            "/main() = -",
            "main/read(k: str) = std::env::var($0)",
        ]
    );
}

#[test]
fn scopes() {
    check_bodies(
        "use tracing::info;",
        &[
            ("info!(\"{}\", a())", "tracing::info!(\"{}\", ?a())\n?a() message"),
            ("x.expect(&a())", "?a() message"),
            (
                "x.starts_with(a()); a() == b()",
                "?.starts_with(?a())\n?a() comparison\n?a() comparison\n?b() comparison",
            ),
            ("#[cfg(debug_assertions)] a(); #[cfg(windows)] { b() }", "?a() debug\n?b() not-unix"),
            (
                "#[cfg(not(unix))] a(); #[cfg(not(test))] b(); #[cfg(feature = \"x\")] c();",
                "?a() not-unix\n?b()\n?c() conditional",
            ),
            (
                "if cfg!(debug_assertions) { a() } else { b() }",
                "cfg!()\n?a() debug if=cfg! debug_assertions\n?b() if=not cfg! debug_assertions",
            ),
            (
                "match c() { Command::Migrate { x } if x => a(), Some(Command::Serve) => b(), _ => d() }",
                "?c()\n?a() arms=Migrate if=x\n?b() arms=Some/Serve\n?d() arms=_",
            ),
            (
                "tokio::spawn(async move { a().await }); let f = || b();",
                "tokio::spawn(?a())\n?a() awaited closure\n?b() closure",
            ),
        ],
    );
    check(
        "#[cfg(test)] mod t { fn x() { a() } } mod tests { fn x() { b() } } #[tokio::test] async fn y() { c() }
         #[cfg(any(test, feature = \"test-util\"))] fn z() { d() } #[cfg(any(test, feature = \"x\"))] fn w() { e() }",
        "?a() test\n?b() test\n#[tokio::test]() test\n?c() test\n?d() test\n?e() conditional",
    );
    assert!(code(&extract("#![cfg(test)]\nfn x() {}")).file_scope.test);
}

#[test]
fn attributes() {
    check(
        "use actix_web::get; #[derive(clap::Parser)] #[command(version, about = \"x\")] struct Args {
           /// Doc with http://doc.example
           #[arg(long, env = \"PORT\", default_value_t = 80, value_parser = clap::value_parser!(u16).range(1..))] port: u16,
           #[serde(rename(deserialize = \"h\"))] host: Option<String> }
         enum Cmd { #[command(name = \"up\")] Migrate { #[arg(env)] x: u8 } }
         #[get(\"/health\")] async fn health() {} #[cfg_attr(feature = \"x\", instrument(skip(a)))] fn t() {}",
        "#[command](container=\"Args\", version=true, about=\"x\")
         #[arg](field=\"port\", type=\"u16\", container=\"Args\", long=true, env=\"PORT\", default_value_t=80, value_parser=clap::value_parser!().range(_))
         clap::value_parser!(@u16)
         clap::value_parser!().range(_)
         #[serde](field=\"host\", type=\"Option<String>\", container=\"Args\", rename.deserialize=\"h\")
         #[command](field=\"Migrate\", container=\"Cmd\", name=\"up\")
         #[arg](field=\"x\", type=\"u8\", container=\"Cmd::Migrate\", env=true)
         #[actix_web::get](\"/health\")
         #[instrument](skip.a=true) conditional",
    );
}

#[test]
fn macros() {
    check_bodies(
        "use tokio::select;",
        &[
            (
                "select! { biased; _ = sig.recv() => { stop() } r = serve(1), if ok => go(r), else => none() }",
                "tokio::select!()\n?.recv() awaited select\n?stop() select\n?serve(1) awaited select
                 ?go(?serve(1)) select\n?none() select",
            ),
            (
                "serde_json::json!({ \"a\": env::var(\"A\"), \"b\": [c()] })",
                "serde_json::json!()\nenv::var(\"A\") in-macro\n?c() in-macro",
            ),
            ("html! { <a href={ link(1) }>{ x.go() }</a> }", "?html!()\n?link(1) in-macro\n?.go() in-macro"),
            ("quote! { fn x() { a::b(#c); } }", "?quote!()\na::b() in-macro"),
            (
                "tracing::info!(target: \"t\", port = p(), %addr, \"up {}\", q())",
                "tracing::info!(target=\"t\", port=?p(), @?addr, \"up {}\", ?q())\n?p() message\n?q() message",
            ),
            (
                "cfg_if! { if #[cfg(windows)] { a(); } else { b(); } }",
                "?cfg_if!()\n?a() not-unix in-macro\n?b() conditional in-macro",
            ),
        ],
    );
    check(
        "macro_rules! run { ($x:expr) => { start($x).unwrap() }; } fn f() { run!(1) }
         lazy_static! { static ref P: String = env(\"P\"); }",
        "?start() in-macro\nself::run!(1)\n?lazy_static!()\n?env(\"P\")",
    );
}

#[test]
fn assignments_and_types() {
    check_bodies(
        "struct Config { port: u16 }",
        &[
            (
                "let mut c = Config::new(); c.port = 80;",
                "self::Config::new()\nself::Config::new().port(80) set",
            ),
            (
                "let mut o = sqlx::Options::new(); o.log(1).x = 2;",
                "sqlx::Options::new()\nsqlx::Options::new().log(1)\nsqlx::Options::new().log().x(2) set",
            ),
        ],
    );
    let facts = extract("use c::Config; fn f() { envy::from_env::<Config>(); let x: Config = load()?; }");
    let types: Vec<_> = code(&facts).calls.iter().map(|call| call.type_arguments.join(",")).collect();
    assert_eq!(types, ["c::Config", "c::Config"]);
}

/// Names of calls and the text that their ranges cover.
fn named_ranges(text: &str) -> Vec<String> {
    let facts = extract(text);
    code(&facts)
        .calls
        .iter()
        .map(|call| format!("{} | {} | {}", call.callee, call.name_range.slice(text), call.range.slice(text)))
        .collect()
}

#[test]
fn ranges_behind_marks_and_wide_characters() {
    let body = "/// ü\r\nfn f() { let s = \"日本\"; a::b(s).c( ); }\r\n";
    let expected = ["a::b | b | a::b(s)", "a::b().c | c | a::b(s).c( )"];
    for head in [
        "",
        "\u{feff}",
        "#!/usr/bin/env run-cargo-script\n",
        "\u{feff}#!/bin/x é\r\n",
        "#![allow(x)]\n",
        "// ü\n",
    ] {
        assert_eq!(named_ranges(&format!("{head}{body}")), expected, "{head:?}");
    }
}

#[test]
fn broken_items_cost_only_themselves() {
    let text = "fn a() { x(); }\nfn b(p q) { y(); }\nfn c() { z(); }\n";
    let facts = extract(text);
    assert_eq!(facts.problems.len(), 1);
    let names: Vec<_> = code(&facts).calls.iter().map(|call| call.callee.0.clone()).collect();
    assert!(names.contains(&"?x".to_owned()) && names.contains(&"?z".to_owned()), "{names:?}");
    assert_eq!(extract("fn a() { \"unclosed }").problems.len(), 1);
    assert_eq!(extract("fn a() { \"unclosed }").artefact, Artefact::None);
    assert!(!extract("fn f() { x(; }\nfn g() {}").problems.is_empty());
}

#[test]
fn urls() {
    let text = "/// http://doc\nconst A: &str = \"http://a\"; fn f() { x.starts_with(\"http://b\"); info!(\"at http://{c}\");
        html! { <a href=\"http://d\"/> }; }";
    let facts = extract(text);
    let urls: Vec<String> = code(&facts)
        .url_literals
        .iter()
        .map(|url| {
            format!("{}{}{}", url.text.value, flags(url.scope), if url.template { " template" } else { "" })
        })
        .collect();
    assert_eq!(
        urls,
        ["http://a", "http://b comparison", "at http://{c} message template", "http://d in-macro"]
    );
}

#[test]
fn modules_and_constants() {
    let text = "#[cfg(test)] mod t; #[path = \"x/y.rs\"] mod u; mod w { mod v; pub static S: u8 = 1; }
        impl T { const N: usize = 2; }";
    let facts = extract(text);
    let code = code(&facts);
    let modules: Vec<String> = code
        .modules
        .iter()
        .map(|m| format!("{}/{} {:?}{}", m.container, m.name, m.path, flags(m.scope)))
        .collect();
    assert_eq!(modules, ["/t None test", "/u Some(\"x/y.rs\")", "w/v None"]);
    let constants: Vec<String> = code
        .constants
        .iter()
        .map(|c| format!("{}/{}: {} = {}", c.container, c.name.value, c.type_name, shown(&code, &c.value)))
        .collect();
    assert_eq!(constants, ["w/S: u8 = 1", "T/N: usize = 2"]);
}

#[test]
fn suppression_comments_cover_the_next_thing() {
    let text = "fn f() {\n    // twelvelint: allow(config/x) -- why\n    #[cfg(unix)]\n    bind(\n        1,\n    );\n    next();\n}\n\n    let s = 1;\n"
        .replace("\n\n    let s = 1;\n", "\nfn g() { let s = \"// twelvelint: allow(no/no)\"; }\n");
    let facts = extract(&text);
    assert_eq!(facts.allows.len(), 1);
    let covered: Vec<&str> =
        facts.allows.iter().flat_map(|a| a.covers.iter().map(|range| range.slice(&text))).collect();
    assert!(
        covered.iter().any(|text| text.starts_with("#[cfg(unix)]") && text.ends_with(");")),
        "{covered:?}"
    );
}

#[test]
fn functions_know_their_trait() {
    let text = "use store::Database as Db; struct Pg;
        impl Db for Pg { fn open() { fn inner() {} } } impl Pg { fn own(&self) {} }
        trait Local { fn there(); } fn free() {}";
    let facts = extract(text);
    let of = |name: &str| {
        let function = code(&facts).functions.into_iter().find(|f| f.name.value == name);
        function.and_then(|f| f.of_trait).map_or_else(|| "none".to_owned(), |t| t.as_str().to_owned())
    };
    assert_eq!(
        [of("open"), of("own"), of("there"), of("free")],
        ["store::Database", "none", "self::Local", "none"]
    );
}
