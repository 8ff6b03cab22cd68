//! Runs over a folder of checked-out repositories, by hand: `TWELVELINT_CORPUS=… cargo test -- --ignored`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::discover::Inventory;
use crate::discover::kind::FileKind;
use crate::source::{FileId, decode};
use crate::syntax::doc::parse_yaml;
use crate::syntax::dotenv::parse_dotenv;
use crate::vfs::{OsFs, Vfs};
use crate::world::compose::{
    ComposeEnvironment, ComposeFile, EnvFiles, EnvPair, ServiceRole, link, referenced_files,
};

/// The `.env` files of one repository, read on demand.
struct DiskEnvFiles<'a> {
    vfs: &'a OsFs,
    inventory: &'a Inventory,
}

impl EnvFiles for DiskEnvFiles<'_> {
    fn file_at(&self, path: &str) -> Option<FileId> {
        let at = self.inventory.files.binary_search_by(|f| f.path.as_str().cmp(path)).ok()?;
        u32::try_from(at).ok().map(FileId)
    }

    fn entries(&self, path: &str) -> Option<Vec<EnvPair>> {
        let text = decode(self.vfs.read(path, 1 << 20).ok()?).0;
        Some(EnvPair::of(self.file_at(path)?, &parse_dotenv(&text)))
    }
}

#[test]
#[ignore = "needs a corpus"]
#[expect(clippy::disallowed_methods, reason = "a test run by hand says where its corpus is")]
fn all_compose_files_link() {
    let Ok(corpus) = std::env::var("TWELVELINT_CORPUS") else { return };
    let top = OsFs::new(PathBuf::from(&corpus), 1);
    let mut totals = Totals::default();
    for group in top.names("") {
        for repository in top.names(&group) {
            let folder = PathBuf::from(&corpus).join(&group).join(&repository);
            totals.add(&repository, &OsFs::new(folder, 2));
        }
    }
    println!("{totals:?}");
    assert_eq!(totals.awesome, 39);
}

#[derive(Debug, Default)]
struct Totals {
    files: usize,
    projects: usize,
    environments: usize,
    services: usize,
    unresolved: usize,
    roles: BTreeMap<&'static str, usize>,
    awesome: usize,
}

impl Totals {
    fn add(&mut self, name: &str, vfs: &OsFs) {
        let inventory = Inventory::take(vfs, &[String::new()], &globset::GlobSet::empty(), None);
        let mut documents = BTreeMap::new();
        let mut wanted: Vec<usize> = inventory
            .files
            .iter()
            .enumerate()
            .filter(|(_, f)| f.kind == Some(FileKind::Compose))
            .map(|(at, _)| at)
            .collect();
        while let Some(at) = wanted.pop() {
            let Some(found) = inventory.files.get(at).filter(|_| !documents.contains_key(&at)) else {
                continue;
            };
            let parsed = parse_yaml(&decode(vfs.read(&found.path, 1 << 20).unwrap_or_default()).0);
            let others = referenced_files(&found.path, &parsed);
            let position = |path: &String| inventory.files.binary_search_by(|f| f.path.cmp(path)).ok();
            wanted.extend(others.iter().filter_map(position));
            documents.insert(at, parsed);
        }
        let files: Vec<ComposeFile<'_>> = documents
            .iter()
            .filter_map(|(at, document)| {
                let found = inventory.files.get(*at)?;
                let file = FileId(u32::try_from(*at).ok()?);
                Some(ComposeFile { file, path: &found.path, role: found.role, document })
            })
            .collect();
        let projects = link(&files, &DiskEnvFiles { vfs, inventory: &inventory });
        self.files += files.len();
        self.projects += projects.len();
        if name == "docker+awesome-compose" {
            self.awesome = projects.len();
        }
        for project in &projects {
            println!("{name}/{} ({})", project.folder, project.name);
            for environment in &project.environments {
                self.environment(environment, &inventory);
            }
        }
    }

    fn environment(&mut self, environment: &ComposeEnvironment, inventory: &Inventory) {
        let path = |file: &FileId| {
            let path = inventory.files.get(file.0 as usize).map_or("", |f| f.path.as_str());
            path.rsplit('/').next().unwrap_or("").to_owned()
        };
        let set: Vec<_> = environment.files.iter().map(path).collect();
        let (label, role, count) = (&environment.label, environment.role, environment.services.len());
        println!("  {label} {role:?} {count} services: {}", set.join(" + "));
        self.environments += 1;
        self.services += count;
        for miss in &environment.unresolved {
            println!("    {}: {}", path(&miss.span.file), miss.message);
            self.unresolved += 1;
        }
        for service in &environment.services {
            let role = match service.role {
                ServiceRole::App => "app",
                ServiceRole::Backing(_) => "backing",
                ServiceRole::Tool(_) => "tool",
                ServiceRole::Proxy(_) => "proxy",
                ServiceRole::ThirdParty => "third party",
            };
            if role == "third party" {
                let image = service.image.as_ref().map_or("none", |i| i.value.text.raw.as_str());
                println!("    third party {}: {image}", service.name.value);
            }
            *self.roles.entry(role).or_insert(0) += 1;
        }
    }
}
