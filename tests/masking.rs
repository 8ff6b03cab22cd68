//! No output shows a secret that stands in an audited file, wherever it stands and whatever it looks like.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used)]

mod support;

use proptest::prelude::*;
use twelvelint::config::Config;
use twelvelint::engine;
use twelvelint::explain;
use twelvelint::policy::selection::Selection;
use twelvelint::report::build::{Input, Sources, build};
use twelvelint::report::{environment, json, text};
use twelvelint::vfs::MemFs;

fn tree(secret: &str) -> MemFs {
    let mut tree = MemFs::new();
    let mut add = |path: &str, text: String| tree.add(path, text);
    add("Cargo.toml", "[package]\nname = \"shop\"\nversion = \"0.1.0\"\n".into());
    add(
        "src/main.rs",
        format!(
            "const KEY: &str = \"{secret}\";\nasync fn main() {{\n    let a = std::env::var(\"JWT_SECRET\").unwrap_or(\"{secret}\".into());\n    let b = jsonwebtoken::EncodingKey::from_secret(\"{secret}\".as_bytes());\n    let c = jsonwebtoken::EncodingKey::from_secret(KEY.as_ref());\n    let d = sqlx::PgPool::connect(\"postgres://app:{secret}@db/shop\").await;\n    axum::serve(l, r).await;\n}}\n"
        ),
    );
    add(".env", format!("JWT_SECRET={secret}\nDATABASE_URL=postgres://app:{secret}@db/shop\n"));
    add(
        "compose.yaml",
        format!(
            "services:\n  web:\n    build: .\n    environment:\n      JWT_SECRET: ${{JWT_SECRET:-{secret}}}\n      API_KEY: \"{secret}\"\n      DATABASE_URL: postgres://app:{secret}@db/shop\n    depends_on: [db]\n  db:\n    image: postgres\n    environment:\n      - POSTGRES_PASSWORD={secret}\n"
        ),
    );
    add(
        "Dockerfile",
        format!(
            "FROM debian:trixie\nENV DB_PASSWORD={secret}\nENV API_TOKEN {secret}\nENV U=postgres://app:{secret}@db/shop\nCMD sh -c \"app --password {secret} > /var/log/app.log\"\n"
        ),
    );
    add("README.md", format!("Set `JWT_SECRET={secret}` and `API_KEY`.\n"));
    add("run.sh", format!("export API_TOKEN={secret}\nDATABASE_URL=postgres://app:{secret}@db/shop shop\n"));
    add("Procfile", format!("web: API_TOKEN={secret} shop\n"));
    add(".cargo/config.toml", format!("[env]\nJWT_SECRET = \"{secret}\"\n"));
    add(
        "app.py",
        format!("import os\nSECRET_KEY = \"{secret}\"\nTOKEN = os.getenv(\"API_TOKEN\", \"{secret}\")\n"),
    );
    tree
}

fn outputs(tree: &MemFs) -> Vec<(&'static str, String)> {
    let config = Config::default();
    let analysis = support::analyse(tree, &config);
    let selection = Selection::new(&[], &[], &config, true);
    let (findings, broken) = engine::judge(&analysis.world, selection.rules(), 1);
    assert!(!findings.is_empty() && broken.is_empty());
    let sources = Sources::new(tree, &analysis);
    let input = Input {
        analysis: &analysis,
        selection: &selection,
        config: &config,
        config_folder: "",
        base: "",
        root: ".",
        no_suppressions: true,
    };
    let report = build(&input, &sources, findings, &broken);
    let names = analysis.world.variables().keys().cloned().collect();
    let documented = engine::find_documented(tree, &analysis.world, names);
    let inventory = environment::Inventory::new(&analysis.world, &sources, &documented, "", ".");
    assert!(inventory.variables.iter().any(|v| v.name == "JWT_SECRET" && v.secret));
    let style = |color| text::Style { color, width: 100, pedantic: true, quiet: false, verbose: true };
    vec![
        ("text", text::render(&report, &sources, style(false))),
        ("text with colours", text::render(&report, &sources, style(true))),
        ("json", json::render(&report)),
        ("facts", explain::facts(tree, &analysis, "")),
        ("env", environment::text::render(&inventory, 100)),
        ("env as JSON", environment::json::render(&inventory)),
        ("env as Markdown", environment::markdown::render(&inventory)),
        ("sample", environment::example::render(&inventory)),
    ]
}

#[test]
fn weak_secrets_are_not_shown_by_facts_either() {
    let secret = "letmein";
    let tree = tree(secret);
    for (format, output) in outputs(&tree) {
        let shown = output.lines().find(|line| line.contains(secret));
        assert!(shown.is_none(), "{format} shows {secret}: {shown:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn random_secrets_are_never_shown(head in "[a-z][A-Z][0-9]", tail in "[A-Za-z0-9]{15,40}") {
        let secret = format!("{head}{tail}");
        prop_assume!(twelvelint::secrets::classify("API_TOKEN", &secret).is_strong());
        for (format, output) in outputs(&tree(&secret)) {
            prop_assert!(!output.contains(&secret), "{} shows {}:\n{}", format, secret, output);
        }
    }
}
