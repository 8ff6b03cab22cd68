//! Front-ends: the text of one file in, [`FileFacts`] out. None of them knows a concept, a factor or a table.

pub mod cargo;
pub mod ci;
pub mod compose;
pub mod dockerfile;
pub mod dotenv;
pub mod gitignore;
pub mod kubernetes;
pub mod logging;
pub mod npm;
pub mod process_config;
pub mod procfile;
pub mod python;
pub mod requirements;
pub mod rust;
pub mod settings;
pub mod shell;
pub mod unit;

use crate::discover::kind::FileKind;
use crate::facts::{FileFacts, allow};

/// The bytes of a file of `kind` that production code can stand in; all of a file with a suppression comment.
pub fn production_part(kind: FileKind, bytes: &[u8]) -> &[u8] {
    let marked = || memchr::memmem::find(bytes, allow::MARKER.as_bytes()).is_some();
    match (kind, std::str::from_utf8(bytes)) {
        (FileKind::Rust, Ok(text)) if !marked() => rust::without_tests(text).as_bytes(),
        _ => bytes,
    }
}

/// Reads the text of a file of `kind`; never fails.
pub fn extract(kind: FileKind, text: &str) -> FileFacts {
    match kind {
        FileKind::Rust => rust::extract(text),
        FileKind::Python => python::extract(text),
        FileKind::CargoManifest => cargo::manifest(text),
        FileKind::CargoLock => cargo::lock(text),
        FileKind::RustToolchain | FileKind::CargoConfig => cargo::document(text),
        FileKind::PackageJson => npm::manifest(text),
        FileKind::Requirements => requirements::extract(text),
        FileKind::Compose => compose::extract(text),
        FileKind::Dockerfile => dockerfile::extract(text),
        FileKind::Dockerignore => dockerfile::ignore(text),
        FileKind::Gitignore => gitignore::patterns(text),
        FileKind::Dotenv => dotenv::extract(text),
        FileKind::Procfile => procfile::extract(text),
        FileKind::Shell => shell::extract(text),
        FileKind::ProcessConfig => process_config::ini(text),
        FileKind::S6 => process_config::line(text),
        FileKind::Kubernetes => kubernetes::manifest(text).unwrap_or_default(),
        FileKind::Kustomization | FileKind::HelmChart | FileKind::HelmValues => kubernetes::tree(text),
        FileKind::HelmTemplate => kubernetes::template(text),
        FileKind::SettingsToml
        | FileKind::SettingsYaml
        | FileKind::SettingsJson
        | FileKind::SettingsLines => settings::extract(kind, text),
        FileKind::PrivateKey => settings::key(text),
        FileKind::SystemdUnit => unit::extract(text),
        FileKind::GithubWorkflow
        | FileKind::GithubAction
        | FileKind::GitlabCi
        | FileKind::PreCommit
        | FileKind::Tasks => ci::document(text),
        FileKind::LoggingXml => logging::extract(text),
        FileKind::Justfile => ci::justfile(text),
        FileKind::Makefile => ci::makefile(text),
        _ => FileFacts::default(),
    }
}
