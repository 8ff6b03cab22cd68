//! The inventory of environment variables as a user sees it, in every format.
#![allow(clippy::panic, clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod support;

use twelvelint::config::Config;
use twelvelint::engine;
use twelvelint::report::build::Sources;
use twelvelint::report::environment::{Inventory, example, json, markdown, text};
use twelvelint::vfs::MemFs;

const MAIN: &str = r#"
fn setting(name: &str) -> String { std::env::var(name).expect("set it") }

#[derive(clap::Parser)]
struct Options {
    #[arg(long, env = "SHOP_QUEUE")]
    queue: String,
    #[arg(long, env = "SHOP_LABEL")]
    label: Option<String>,
}

fn main() {
    let url = std::env::var("DATABASE_URL").expect("DATABASE_URL must be set");
    let port = std::env::var("PORT").unwrap_or_else(|_| "8080".into());
    let key = setting("JWT_SECRET");
    let level = std::env::var("SHOP_LEVEL").ok();
    let token = std::env::var("API_TOKEN").unwrap_or("h4Kq9vX2mZ7pLw3Rt8Yb".into());
    if level.is_some() {
        let id = std::env::var("CLIENT_ID").unwrap();
    }
    axum::serve(listener(&url, &port, &key, &token), app()).await;
}
"#;

fn inventory() -> Inventory {
    let mut tree = MemFs::new();
    tree.add("Cargo.toml", "[package]\nname = \"shop\"\nversion = \"0.1.0\"\n".to_owned());
    tree.add("src/main.rs", MAIN.to_owned());
    tree.add("README.md", "# Shop\n\nSet `SHOP_LEVEL`, not SHOP_LEVELS.\n".to_owned());
    tree.add(".env.example", "JWT_SECRET=\nUNUSED_FLAG=1\n".to_owned());
    tree.add(
        "compose.yaml",
        "services:\n  web:\n    build: .\n    environment:\n      DATABASE_URL: postgres://shop:hunter2@db/shop\n".to_owned(),
    );
    tree.add("Dockerfile", "FROM debian:12\nENV PORT 9000\nCMD [\"/shop\"]\n".to_owned());
    let config = Config::default();
    let analysis = support::analyse(&tree, &config);
    let sources = Sources::new(&tree, &analysis);
    let names = analysis.world.variables().keys().cloned().collect();
    let documented = engine::find_documented(&tree, &analysis.world, names);
    Inventory::new(&analysis.world, &sources, &documented, "", ".")
}

#[test]
fn text_names_need_and_places() {
    let shown = text::render(&inventory(), 100);
    let wanted = "\
API_TOKEN  default h4Kq****, secret, of shop
    read src/main.rs:17; declared nowhere
CLIENT_ID  required in some cases, of shop
    read src/main.rs:19; declared nowhere
DATABASE_URL  required, secret, of shop
    read src/main.rs:13; declared compose.yaml:5
JWT_SECRET  required, secret, of shop
    read src/main.rs:15; declared .env.example:1
PORT  default 8080, of shop
    read src/main.rs:14; declared Dockerfile:2
SHOP_LABEL  optional, of shop
    read src/main.rs:8; declared nowhere
SHOP_LEVEL  optional, of shop
    read src/main.rs:16; declared nowhere; documented README.md:3
SHOP_QUEUE  required unless given as an option, of shop
    read src/main.rs:6; declared nowhere

Declared, and read by no code that was seen:
  UNUSED_FLAG
    declared .env.example:2

8 variables read: 2 required, 2 required in some cases, 2 with a default, 2 optional.
";
    assert_eq!(shown, wanted, "\n{shown}");
}

#[test]
fn json_is_versioned_and_masked() {
    let value: serde_json::Value = serde_json::from_str(&json::render(&inventory())).unwrap();
    assert_eq!(value["version"], 1);
    let variables = value["variables"].as_array().unwrap();
    let url = variables.iter().find(|v| v["name"] == "DATABASE_URL").unwrap();
    assert_eq!(url["requirement"], "required");
    assert_eq!(url["secret"], true);
    assert_eq!(url["declared"][0]["by"], "compose");
    assert_eq!(url["declared"][0]["workload"], "web");
    assert_eq!(url["declared"][0]["value"], "postgres://shop:****@db/shop");
    assert_eq!(url["read"][0]["services"][0], "shop");
    let port = variables.iter().find(|v| v["name"] == "PORT").unwrap();
    assert_eq!((&port["default"], &port["declared"][0]["value"]), (&"8080".into(), &"9000".into()));
    let unused = variables.iter().find(|v| v["name"] == "UNUSED_FLAG").unwrap();
    assert_eq!(unused["requirement"], "unread");
}

#[test]
fn markdown_is_a_table() {
    let shown = markdown::render(&inventory());
    assert!(
        shown.contains("| `DATABASE_URL` | required | yes | src/main.rs:13 | compose.yaml:5 |  |\n"),
        "{shown}"
    );
    assert!(shown.contains("| `SHOP_LEVEL` | optional |  | src/main.rs:16 |  | README.md:3 |\n"), "{shown}");
    assert!(shown.contains("## Declared, and read by no code that was seen\n"), "{shown}");
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn the_sample_says_what_to_fill_in() {
    let shown = example::render(&inventory());
    let required = shown.split("May be left out").next().unwrap();
    assert!(
        required.contains(
            "# Read in src/main.rs:13. A secret: keep its value out of the repository.\nDATABASE_URL=\n"
        ),
        "{shown}"
    );
    assert!(required.contains("\nJWT_SECRET=\n"), "{shown}");
    assert!(shown.contains("# Read in src/main.rs:14.\n# PORT=8080\n"), "{shown}");
    assert!(shown.contains("\n# API_TOKEN=\n"), "{shown}");
    assert!(!shown.contains("h4Kq") && !shown.contains("UNUSED_FLAG"), "{shown}");
}

#[test]
fn helpers_of_another_crate_are_seen_through() {
    let mut tree = MemFs::new();
    let manifest =
        |name: &str, rest: &str| format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n{rest}");
    tree.add("Cargo.toml", "[workspace]\nmembers = [\"utils\", \"web\"]\n".to_owned());
    tree.add("utils/Cargo.toml", manifest("shop-utils", ""));
    tree.add("utils/src/lib.rs", "pub mod envs;\n".to_owned());
    tree.add(
        "utils/src/envs.rs",
        "pub fn get_env(name: &str) -> Result<String> { std::env::var(name).map_err(|_| Error) }\n\
         pub fn get_env_parse<T>(name: &str) -> Result<T> { let text = get_env(name)?; text.parse() }\n"
            .to_owned(),
    );
    tree.add("web/Cargo.toml", manifest("web", "[dependencies]\nshop-utils = { path = \"../utils\" }\n"));
    tree.add("web/src/main.rs", "mod config;\nfn main() { config::load(); }\n".to_owned());
    // No word in it is one that a table knows.
    tree.add(
        "web/src/config.rs",
        "use shop_utils::envs::{get_env, get_env_parse};\n\
         pub fn load() -> Result<Config> {\n    Ok(Config { url: get_env(\"SHOP_URL\")?, ttl: get_env_parse(\"SHOP_TTL\")? })\n}\n"
            .to_owned(),
    );
    let analysis = support::analyse(&tree, &Config::default());
    let variables = analysis.world.variables();
    let read: Vec<(&str, usize)> = variables.iter().map(|(name, v)| (name.as_str(), v.reads.len())).collect();
    assert_eq!(read, [("SHOP_TTL", 1), ("SHOP_URL", 1)]);
}
