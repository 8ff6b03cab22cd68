use super::{Image, Position, Tree, link};
use crate::discover::Inventory;
use crate::facts::artefact::Artefact;
use crate::frontends;
use crate::vfs::MemFs;
use std::collections::BTreeMap;

fn images(files: &[(&str, &str)]) -> Vec<Image> {
    let mut vfs = MemFs::new();
    for (path, text) in files {
        vfs.add((*path).to_owned(), (*text).to_owned());
    }
    let inventory = Inventory::take(&vfs, &[String::new()], &globset::GlobSet::empty(), None);
    let text = |path: &str| files.iter().find(|(p, _)| *p == path).map_or("", |(_, t)| t);
    let artefacts: Vec<Artefact> = inventory
        .files
        .iter()
        .map(|f| f.kind.map_or(Artefact::None, |kind| frontends::extract(kind, text(&f.path)).artefact))
        .collect();
    link(Tree { inventory: &inventory, artefacts: &artefacts }, &BTreeMap::new())
}

fn lines(files: &[(&str, &str)]) -> Vec<(Position, String)> {
    let images = images(files);
    let tree = &images[0].targets[0].start;
    tree.commands.iter().map(|c| (c.position, c.line())).collect()
}

#[test]
fn exec_form_joins_entrypoint_and_command() {
    let found = lines(&[("Dockerfile", "FROM x\nENTRYPOINT [\"tini\", \"--\", \"app\"]\nCMD [\"serve\"]\n")]);
    assert_eq!(found, [(Position::Main, "app serve".to_owned())]);
}

#[test]
fn entrypoint_scripts_are_followed() {
    let found = lines(&[
        (
            "docker/Dockerfile",
            "FROM x\nWORKDIR /app\nCOPY docker/entry.sh ./\nENTRYPOINT [\"./entry.sh\"]\nCMD [\"gunicorn\", \"a\"]\n",
        ),
        ("docker/entry.sh", "#!/bin/sh\nset -e\npython manage.py migrate\nworker &\nexec \"$@\"\n"),
    ]);
    let expected = [
        (Position::Helper, "python manage.py migrate"),
        (Position::Background, "worker"),
        (Position::Main, "gunicorn a"),
    ];
    assert_eq!(found, expected.map(|(p, l)| (p, l.to_owned())));
}

#[test]
fn scripts_come_through_other_stages() {
    let found = lines(&[
        (
            "Dockerfile",
            "FROM node AS build\nWORKDIR /src\nCOPY . .\nFROM node\nCOPY --from=build /src/bin/start.sh /start.sh\nCMD /start.sh\n",
        ),
        ("bin/start.sh", "#!/bin/sh\nnode server.js\n"),
    ]);
    assert_eq!(found, [(Position::Main, "node server.js".to_owned())]);
}

#[test]
fn package_scripts_are_followed() {
    let found = lines(&[
        ("web/Dockerfile", "FROM node\nWORKDIR /app\nCOPY . .\nCMD [\"npm\", \"start\"]\n"),
        (
            "web/package.json",
            r#"{"scripts":{"prestart":"knex migrate:latest","start":"npm run serve","serve":"vite --host"}}"#,
        ),
    ]);
    let found: Vec<String> = found.into_iter().map(|(_, l)| l).collect();
    assert_eq!(found, ["npm start", "knex migrate:latest", "npm run serve", "vite --host"]);
}

#[test]
fn managers_start_programs() {
    let found = lines(&[
        (
            "Dockerfile",
            "FROM x\nCOPY supervisord.conf /etc/supervisord.conf\nCMD [\"supervisord\", \"-n\", \"-c\", \"/etc/supervisord.conf\"]\n",
        ),
        (
            "supervisord.conf",
            "[program:web]\ncommand=gunicorn app\n[program:work]\ncommand=celery -A a worker\n",
        ),
    ]);
    let expected = [
        (Position::Main, "supervisord -n -c /etc/supervisord.conf"),
        (Position::Managed, "gunicorn app"),
        (Position::Managed, "celery -A a worker"),
    ];
    assert_eq!(found, expected.map(|(p, l)| (p, l.to_owned())));
}

#[test]
fn shells_in_front_are_judged_by_family() {
    let stays = |base: &str, command: &str| {
        let images = images(&[("Dockerfile", &format!("FROM {base}\n{command}\n"))]);
        images[0].targets[0].start.shells.first().map(|s| s.stays)
    };
    assert_eq!(stays("ubuntu:22.04", "CMD app --serve"), Some(true));
    assert_eq!(stays("alpine", "CMD app --serve"), Some(false));
    assert_eq!(stays("amazonlinux:2023", "CMD app --serve"), Some(false));
    assert_eq!(stays("ubuntu", "CMD exec app"), Some(false));
    assert_eq!(stays("ubuntu", "CMD [\"app\"]"), None);
    assert_eq!(stays("unknown/base", "CMD app"), Some(false));
    assert_eq!(stays("ubuntu", "CMD [\"tini\", \"--\", \"sh\", \"-c\", \"app\"]"), Some(true));
    assert_eq!(stays("ubuntu", "SHELL [\"/bin/bash\", \"-c\"]\nCMD app"), Some(false));
}

#[test]
fn hostile_scripts_and_stages_end() {
    let script = "#!/bin/sh\nf() { f; f; f; }\nf\n./entry.sh\n";
    let mut dockerfile = String::from("FROM x AS s0\nCOPY . /a\n");
    for stage in 1..40 {
        let last = stage - 1;
        dockerfile.push_str(&format!("FROM x AS s{stage}\n"));
        for _ in 0..8 {
            dockerfile.push_str(&format!("COPY --from=s{last} /a /a\n"));
        }
    }
    dockerfile
        .push_str("COPY entry.sh /entry.sh\nWORKDIR /\nENTRYPOINT [\"/entry.sh\"]\nCMD [\"/a/none.sh\"]\n");
    let images = images(&[("Dockerfile", &dockerfile), ("entry.sh", script)]);
    assert!(!images[0].targets[0].start.complete);
}

#[test]
fn compose_words_replace_the_command() {
    let words = super::split_words(
        "flask run --port '80 80'",
        crate::source::FileId(0),
        crate::source::ByteRange::new(5, 29),
    );
    let texts: Vec<&str> = words.iter().map(|w| w.text.as_str()).collect();
    assert_eq!(texts, ["flask", "run", "--port", "80 80"]);
    assert_eq!(words[0].span.range, Some(crate::source::ByteRange::new(5, 10)));
}
