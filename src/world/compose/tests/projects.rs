//! Which files make up projects and environments.

use super::helper::repository;
use crate::config::Config;
use crate::discover::role::Role;
use crate::engine::{Request, analyse};
use crate::vfs::MemFs;
use crate::world::{Subject, SubjectKind, View};

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

#[test]
fn a_part_of_a_name_is_no_base_unless_between_dots() {
    let found = environments(&[
        ("docker-compose.e2e.jwk-cache.yaml", OVER),
        ("docker-compose.e2e.no-jwk-cache.yaml", OVER),
    ]);
    assert_eq!(found.last().map(|f| f.2.as_str()), Some("docker-compose.e2e.no-jwk-cache.yaml"));
    let repo = repository(&[("docker-compose.e2e.yaml", OVER)]);
    let misses: Vec<_> = repo.environment("e2e").unresolved.iter().map(|u| repo.slice(u.span)).collect();
    assert_eq!(misses, ["web"]);
}

#[test]
fn a_file_that_declares_networks_again_stands_alone() {
    let base =
        "services:\n  a: {image: a, networks: [n]}\n  b: {image: b}\n  c: {image: c}\nnetworks: {n: {}}\n";
    let quick = "services:\n  a: {image: a, networks: [n]}\n  b: {image: b}\nnetworks: {n: {}}\n";
    let found = environments(&[("docker-compose.yml", base), ("docker-compose-quickstart.yml", quick)]);
    assert_eq!(found.last().map(|f| f.2.as_str()), Some("docker-compose-quickstart.yml"));
}

#[test]
fn joined_folders_tell_their_environments_apart() {
    let child = "services:\n  web: {extends: {file: dir/compose.yaml, service: web}}\n";
    let found = environments(&[("compose.yaml", child), ("dir/compose.yaml", BASE)]);
    let labels: Vec<_> = found.iter().map(|f| f.0.as_str()).collect();
    assert_eq!(labels, ["default", "dir/default"]);
}

#[test]
fn a_run_reads_the_files_that_compose_files_name() {
    let mut files = MemFs::new();
    files.add("compose.yaml", "services:\n  web: {extends: {file: parts/shared.yml, service: web}}\n");
    files.add("parts/shared.yml", "include: [more.yml]\nservices:\n  web: {build: .}\n");
    files.add("parts/more.yml", "services: {db: {image: \"postgres:16\"}}\n");
    files.add("parts/unrelated.yml", "services: {x: {image: x}}\n");
    let config = Config::default();
    let request = Request {
        vfs: &files,
        starts: vec![String::new()],
        config: &config,
        config_folder: "",
        exclude: globset::GlobSet::empty(),
        tracked: None,
        jobs: 1,
    };
    let world = analyse(&request).unwrap_or_else(|error| panic!("{error:?}")).world;
    assert_eq!(world.subjects(SubjectKind::Project), [Subject::Project(0)]);
    let view =
        View { world: &world, subject: Subject::Project(0), needs: &[crate::world::view::Need::Compose] };
    let project = view.project().unwrap_or_else(|| panic!("no project"));
    let services: Vec<_> = project.environments.iter().flat_map(|e| &e.services).collect();
    assert_eq!(services.len(), 1);
    let folder = services.first().and_then(|s| s.build.as_ref()?.context_folder.as_deref());
    assert_eq!(folder, Some("parts"));
}
