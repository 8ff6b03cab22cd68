//! Runs over a folder of checked-out repositories, by hand: `TWELVELINT_CORPUS=… cargo test -- --ignored`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::discover::Inventory;
use crate::discover::kind::FileKind;
use crate::source::FileId;
use crate::syntax::doc::parse_yaml;
use crate::vfs::{OsFs, Vfs};
use crate::world::compose::{ComposeFile, EnvFiles, EnvPair, ServiceRole, link};

struct NoEnvFiles;

impl EnvFiles for NoEnvFiles {
    fn file_at(&self, _: &str) -> Option<FileId> {
        None
    }

    fn entries(&self, _: &str) -> Option<Vec<EnvPair>> {
        None
    }
}

#[test]
#[ignore = "needs a corpus"]
fn all_compose_files_link() {
    #[allow(clippy::disallowed_methods)]
    let Ok(corpus) = std::env::var("TWELVELINT_CORPUS") else { return };
    let vfs = OsFs::new(PathBuf::from(corpus), 2);
    let inventory = Inventory::take(&vfs, &[String::new()], &globset::GlobSet::empty(), None);
    let mut documents = BTreeMap::new();
    for (at, found) in inventory.files.iter().enumerate() {
        if found.kind == Some(FileKind::Compose) {
            let bytes = vfs.read(&found.path, 1 << 20).unwrap_or_default();
            documents.insert(at, parse_yaml(&crate::source::decode(bytes).0));
        }
    }
    let files: Vec<ComposeFile<'_>> = documents
        .iter()
        .filter_map(|(at, document)| {
            let found = inventory.files.get(*at)?;
            let file = FileId(u32::try_from(*at).ok()?);
            Some(ComposeFile { file, path: &found.path, role: found.role, document })
        })
        .collect();
    let projects = link(&files, &NoEnvFiles);
    let (mut services, mut unresolved, mut roles) = (0, 0, BTreeMap::new());
    for project in &projects {
        println!("{} ({})", project.folder, project.name);
        for environment in &project.environments {
            let path = |file: &FileId| {
                let path = inventory.files.get(file.0 as usize).map_or("", |f| f.path.as_str());
                path.rsplit('/').next().unwrap_or("").to_owned()
            };
            let set: Vec<_> = environment.files.iter().map(path).collect();
            let count = environment.services.len();
            println!(
                "  {} {:?} {} services: {}",
                environment.label,
                environment.role,
                count,
                set.join(" + ")
            );
            services += count;
            for miss in &environment.unresolved {
                println!("    {}: {}", path(&miss.span.file), miss.message);
                unresolved += 1;
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
                *roles.entry(role).or_insert(0) += 1;
            }
        }
    }
    let environments: usize = projects.iter().map(|p| p.environments.len()).sum();
    println!("{} files, {} projects, {environments} environments", files.len(), projects.len());
    println!("{services} services {roles:?}, {unresolved} unresolved");
    let awesome = projects.iter().filter(|p| p.folder.contains("docker+awesome-compose/"));
    assert_eq!(awesome.count(), 39);
}
