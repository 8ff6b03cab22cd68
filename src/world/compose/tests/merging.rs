//! Several files: override, extends, include, tags.

use super::helper::{one, repository};
use crate::world::compose::CommandValue;

#[test]
fn an_override_merges_by_the_specification() {
    let base = "services:\n  web:\n    build: ./web\n    command: [a, b]\n    ports: [\"80:80\"]\n    volumes: [\"data:/data\", \"./x:/x\"]\n    environment: [A=1, B=2]\n    depends_on: [db]\n    labels: {k: v}\n    healthcheck: {test: [CMD, a], interval: 5s}\n  db:\n    image: postgres:16\nvolumes: {data: {}}\n";
    let over = "services:\n  web:\n    build: {target: dev}\n    command: run it\n    ports: [\"80:80\", \"81:81\"]\n    volumes: [\"./src:/data\"]\n    environment: {B: 3, C: }\n    depends_on: {cache: {condition: service_started}}\n    labels: [k=w, l=m]\n    healthcheck: {test: curl x}\n  cache: {image: redis}\n";
    let repo = repository(&[("compose.yaml", base), ("compose.override.yaml", over)]);
    let web = repo.service("web");
    assert_eq!(web.build.as_ref().and_then(|b| b.context_folder.as_deref()), Some("web"));
    assert_eq!(web.build.as_ref().and_then(|b| b.target.as_ref()).map(|t| t.value.shown()), Some("dev"));
    assert!(matches!(&web.command, Some(CommandValue::Text(t)) if t.value.raw == "run it"));
    assert_eq!(web.ports.len(), 2);
    let mounts: Vec<_> = web.volumes.iter().map(|v| (repo.slice(v.span), repo.path(v.span))).collect();
    assert_eq!(mounts, [("./src:/data", "compose.override.yaml"), ("./x:/x", "compose.yaml")]);
    let environment: Vec<_> = web
        .environment
        .iter()
        .map(|e| (e.name.value.as_str(), e.value.as_deref(), repo.path(e.name.span)))
        .collect();
    let over = "compose.override.yaml";
    assert_eq!(environment, [("A", Some("1"), "compose.yaml"), ("B", Some("3"), over), ("C", None, over)]);
    let depends: Vec<_> = web.depends_on.iter().map(|d| d.service.value.as_str()).collect();
    assert_eq!(depends, ["db", "cache"]);
    let labels: Vec<_> = web.labels.iter().filter_map(|l| Some(l.value.as_ref()?.value.shown())).collect();
    assert_eq!(labels, ["w", "m"]);
    let health = web.healthcheck.as_ref().and_then(|h| h.test.as_ref());
    assert!(matches!(health, Some(CommandValue::Text(_))));
    assert_eq!(web.entries.len(), 2);
    assert_eq!(repo.path(web.span), "compose.yaml");
}

#[test]
fn reset_and_override_tags() {
    let base = "services:\n  web:\n    image: x\n    ports: [\"80:80\"]\n    volumes: [\"a:/a\"]\n    environment: {A: 1, B: 2}\n    command: [a]\n    depends_on: [db, cache]\n  db: {image: y}\n  cache: {image: z}\nvolumes: {a: }\n";
    let over = "services:\n  web:\n    ports: !override [\"81:81\"]\n    volumes: !reset []\n    environment: {A: !reset null, C: 3}\n    command: !reset null\n    depends_on: !override [db]\n  cache: !reset null\n";
    let repo = repository(&[("compose.yaml", base), ("compose.override.yaml", over)]);
    let web = repo.service("web");
    let ports: Vec<_> = web.ports.iter().map(|p| repo.slice(p.span)).collect();
    assert_eq!(ports, ["81:81"]);
    assert!(web.volumes.is_empty() && web.command.is_none());
    let names: Vec<_> = web.environment.iter().map(|e| e.name.value.as_str()).collect();
    assert_eq!(names, ["B", "C"]);
    assert_eq!(web.depends_on.len(), 1);
    assert!(repo.environment("default").service("cache").is_none());
    assert!(repo.environment("base").service("cache").is_some());
    assert!(one("services:\n  a: {image: x, ports: !reset [\"80\"]}\n").service("a").ports.is_empty());
}

#[test]
fn extends_follows_chains_across_files() {
    let files = [
        (
            "compose.yaml",
            "services:\n  web:\n    extends: {file: common/services.yml, service: app}\n    environment: {B: web}\n    image: web\n  twin:\n    extends: web\n    ports: [\"81:81\"]\n",
        ),
        (
            "common/services.yml",
            "services:\n  app:\n    extends: base\n    build: ./app\n    env_file: app.env\n    environment: [A=app, B=app]\n  base:\n    image: base\n    restart: always\n    environment: {A: base, Z: \"${V:-z}\"}\n",
        ),
        ("common/app.env", "FROM_FILE=1\n"),
        (".env", "V=root\n"),
    ];
    let repo = repository(&files);
    assert_eq!(repo.projects.len(), 1);
    let web = repo.service("web");
    let values: Vec<_> =
        web.environment.iter().map(|e| (e.name.value.as_str(), e.value.as_deref())).collect();
    let wanted = [("A", Some("app")), ("Z", Some("root")), ("B", Some("web")), ("FROM_FILE", Some("1"))];
    assert_eq!(values, wanted);
    assert_eq!(web.build.as_ref().and_then(|b| b.context_folder.as_deref()), Some("common/app"));
    assert_eq!(web.restart.as_ref().map(|r| repo.path(r.span)), Some("common/services.yml"));
    assert_eq!(web.extends.as_ref().map(|e| e.service.value.as_str()), Some("app"));
    let twin = repo.service("twin");
    assert_eq!(twin.image.as_ref().map(|i| i.value.text.shown()), Some("web"));
    assert!(twin.build.is_some() && twin.ports.len() == 1);
    assert_eq!(repo.environment("default").joined.len(), 1);
    assert!(repo.unresolved().is_empty());
    assert_eq!(repo.projects.first().map(|p| p.environments.len()), Some(1));
}

#[test]
fn extends_without_end_or_target() {
    let text = "services:\n  a: {extends: b, image: x}\n  b: {extends: {service: a}}\n  c: {extends: {file: gone.yml, service: x}, image: y}\n  d: {extends: nobody, image: z}\n  e: {extends: e, image: z}\n";
    let repo = one(text);
    assert_eq!(repo.environment("default").services.len(), 5);
    assert_eq!(repo.service("b").image.as_ref().map(|i| repo.slice(i.span)), Some("x"));
    let messages: Vec<_> = repo.unresolved().into_iter().map(|(message, _)| message).collect();
    assert!(messages.contains(&"the service extends itself"));
    assert!(messages.contains(&"extended file `gone.yml` was not read"));
    assert!(messages.contains(&"extended service `nobody` does not exist"));
}

#[test]
fn include_in_both_forms() {
    let files = [
        (
            "compose.yaml",
            "include:\n  - db/compose.yaml\n  - path: [mq/compose.yaml, mq/docker-compose.extra.yml]\n    env_file: mq/q.env\nservices:\n  web: {build: ., depends_on: [db, mq]}\n",
        ),
        (
            "db/compose.yaml",
            "services:\n  db: {image: \"postgres:${PG:-15}\", volumes: [\"./init:/init\"], env_file: db.env}\nvolumes: {data: }\n",
        ),
        ("db/.env", "PG=16\n"),
        ("db/db.env", "PGDATA=/x\n"),
        ("mq/compose.yaml", "services:\n  mq: {image: \"rabbitmq:${Q}\"}\n"),
        ("mq/docker-compose.extra.yml", "services:\n  mq: {ports: [\"5672:5672\"]}\n"),
        ("mq/q.env", "Q=4\n"),
        ("other/compose.yaml", "services:\n  x: {image: x}\n"),
    ];
    let repo = repository(&files);
    let folders: Vec<_> = repo.projects.iter().map(|p| p.folder.as_str()).collect();
    assert_eq!(folders, ["", "other"]);
    assert_eq!(repo.projects.first().map(|p| p.environments.len()), Some(1));
    let image = |name: &str| repo.service(name).image.as_ref().map(|i| i.value.text.shown().to_owned());
    assert_eq!(image("db").as_deref(), Some("postgres:16"));
    assert_eq!(image("mq").as_deref(), Some("rabbitmq:4"));
    assert_eq!(repo.service("mq").ports.len(), 1);
    assert_eq!(repo.service("db").variable("PGDATA").and_then(|v| v.value.as_deref()), Some("/x"));
    let init = repo.service("db").volumes.first().and_then(|v| v.source_path.as_deref());
    assert_eq!(init, Some("db/init"));
    assert_eq!(repo.environment("default").volumes.len(), 1);
    assert_eq!(repo.environment("default").joined.len(), 3);
}

#[test]
fn include_without_end_or_target() {
    let files = [
        (
            "compose.yaml",
            "include: [a/compose.yaml, gone.yaml, \"https://x/y.git\"]\nservices: {r: {image: r}}\n",
        ),
        ("a/compose.yaml", "include: [../b/compose.yaml]\nservices: {a: {image: a}}\n"),
        ("b/compose.yaml", "include: [../a/compose.yaml]\nservices: {b: {image: b}}\n"),
    ];
    let repo = repository(&files);
    assert_eq!(repo.environment("default").services.len(), 3);
    assert_eq!(repo.unresolved().len(), 3);
    let ring = [
        ("a/compose.yaml", "include: [../b/compose.yaml]\nservices: {a: {image: a}}\n"),
        ("b/compose.yaml", "include: [../a/compose.yaml]\nservices: {b: {image: b}}\n"),
    ];
    assert_eq!(repository(&ring).projects.first().map(|p| p.environments.len()), Some(1));
}

#[test]
fn many_includes_of_each_other_end() {
    let names: Vec<String> = (0..40).map(|n| format!("f{n}/compose.yaml")).collect();
    let list: Vec<String> = names.iter().map(|n| format!("../{n}")).collect();
    let text = format!("include: [{}]\nservices: {{}}\n", list.join(", "));
    let files: Vec<(&str, &str)> = names.iter().map(|n| (n.as_str(), text.as_str())).collect();
    assert_eq!(repository(&files).projects.len(), 1);
}
