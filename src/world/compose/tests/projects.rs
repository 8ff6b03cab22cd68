//! Which files make up projects and environments.

use super::helper::repository;
use crate::discover::role::Role;

const BASE: &str = "services:\n  web: {build: ., depends_on: [db]}\n  db: {image: postgres}\n";
const FULL: &str = "services:\n  web: {image: acme/web, depends_on: [db]}\n  db: {image: postgres}\n  proxy: {image: nginx}\n";
const OVER: &str = "services:\n  web: {ports: [\"80:80\"]}\n";

/// The environments of the first project: label, role and files.
fn environments(files: &[(&str, &str)]) -> Vec<(String, Role, String)> {
    let repo = repository(files);
    let project = repo.projects.first();
    let path = |file: &crate::source::FileId| repo.path(crate::source::Span::whole(*file)).to_owned();
    project
        .iter()
        .flat_map(|p| &p.environments)
        .map(|e| (e.label.clone(), e.role, e.files.iter().map(path).collect::<Vec<_>>().join(" + ")))
        .collect()
}

fn row(label: &str, role: Role, files: &str) -> (String, Role, String) {
    (label.to_owned(), role, files.to_owned())
}

#[test]
fn folders_are_projects() {
    let files = [
        ("a/compose.yaml", BASE),
        ("b/docker-compose.yml", BASE),
        ("b/c/compose.yml", "name: shop\nservices: {x: {image: x}}\n"),
        (".github/workflows/deploy-docker-compose.yml", "on: push\njobs: {}\n"),
        ("k8s/compose-service.yaml", "apiVersion: v1\nkind: Service\n"),
    ];
    let repo = repository(&files);
    let names: Vec<_> = repo.projects.iter().map(|p| (p.name.as_str(), p.folder.as_str())).collect();
    assert_eq!(names, [("a", "a"), ("b", "b"), ("shop", "b/c")]);
}

#[test]
fn the_override_is_development() {
    let found = environments(&[("compose.yaml", BASE), ("compose.override.yml", OVER)]);
    let wanted = [
        row("default", Role::Dev, "compose.yaml + compose.override.yml"),
        row("base", Role::Production, "compose.yaml"),
    ];
    assert_eq!(found, wanted);
    let found = environments(&[
        ("docker-compose.yml", BASE),
        ("docker-compose.override.yml", OVER),
        ("docker-compose.prod.yml", OVER),
        ("docker-compose.test.yml", OVER),
    ]);
    let wanted = [
        row("default", Role::Dev, "docker-compose.yml + docker-compose.override.yml"),
        row("prod", Role::Production, "docker-compose.yml + docker-compose.prod.yml"),
        row("test", Role::Test, "docker-compose.yml + docker-compose.test.yml"),
    ];
    assert_eq!(found, wanted);
}

#[test]
fn whole_files_stand_alone() {
    let single = "services:\n  web: {image: \"acme/web:1\", restart: always}\n";
    let cases = [
        (FULL, "docker-compose.prod.yml"),
        (BASE, "docker-compose.prod.yml"),
        (OVER, "docker-compose.yml + docker-compose.prod.yml"),
        (single, "docker-compose.yml + docker-compose.prod.yml"),
        // Adds a service, but needs one of the base.
        ("services:\n  job: {image: x, depends_on: [db]}\n", "docker-compose.yml + docker-compose.prod.yml"),
        ("services:\n  job: {image: x, networks: [n]}\n", "docker-compose.yml + docker-compose.prod.yml"),
        (
            "services:\n  job: {image: x, volumes: [\"vol:/v\"]}\n",
            "docker-compose.yml + docker-compose.prod.yml",
        ),
        ("services:\n  job: {image: x, volumes: [\"./v:/v\"]}\n", "docker-compose.prod.yml"),
    ];
    for (text, files) in cases {
        let found = environments(&[("docker-compose.yml", BASE), ("docker-compose.prod.yml", text)]);
        assert_eq!(found.last().map(|f| f.2.as_str()), Some(files), "{text}");
        assert_eq!(found.len(), 2);
    }
}

#[test]
fn folders_without_default_file() {
    let found = environments(&[
        ("docker-compose.mysql.yaml", FULL),
        ("docker-compose.postgres.yaml", FULL),
        ("docker-compose.e2e.mysql.yaml", OVER),
    ]);
    let wanted = [
        row("e2e-mysql", Role::Test, "docker-compose.mysql.yaml + docker-compose.e2e.mysql.yaml"),
        row("mysql", Role::Production, "docker-compose.mysql.yaml"),
        row("postgres", Role::Production, "docker-compose.postgres.yaml"),
    ];
    assert_eq!(found, wanted);
    let found = environments(&[("compose.base.yaml", BASE), ("compose.dev.yaml", OVER)]);
    assert_eq!(found.last().map(|f| f.2.as_str()), Some("compose.base.yaml + compose.dev.yaml"));
}

#[test]
fn parents_are_no_environments() {
    let child = "services:\n  web: {extends: {file: services.yml, service: web}}\n";
    let found = environments(&[("compose.yaml", child), ("services.yml", BASE)]);
    assert_eq!(found, [row("default", Role::Production, "compose.yaml")]);
    let child = "services:\n  web: {extends: {file: docker-compose.yml, service: web}}\n  new: {image: x}\n";
    let found = environments(&[("docker-compose.yml", BASE), ("docker-compose.dev.yml", child)]);
    let labels: Vec<_> = found.iter().map(|f| f.0.as_str()).collect();
    assert_eq!(labels, ["default", "dev"]);
}
