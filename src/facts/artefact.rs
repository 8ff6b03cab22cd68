//! What was read from a file, by kind of artefact.

use serde::{Deserialize, Serialize};

use super::code::CodeFacts;
use super::manifest::{CargoManifest, LockedPackage, NodeManifest, PythonRequirements};
use crate::source::{ByteRange, Spanned};
use crate::syntax::doc::Parsed;
use crate::syntax::docker::Dockerfile;
use crate::syntax::dockerignore::DockerIgnore;
use crate::syntax::dotenv::DotEnv;
use crate::syntax::helm::Template;
use crate::syntax::ini::Ini;
use crate::syntax::procfile::Procfile;
use crate::syntax::recipes::RecipeFile;
use crate::syntax::shell::Script;
use crate::syntax::unit::Unit;
use crate::syntax::xml::Xml;

/// The facts of one file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Artefact {
    /// Nothing was read: the file holds no trigger word, or could not be parsed at all.
    #[default]
    None,
    /// Source code.
    Code(Box<CodeFacts>),
    /// `Cargo.toml`.
    CargoManifest(Box<CargoManifest>),
    /// `Cargo.lock`.
    CargoLock(Vec<LockedPackage>),
    /// `package.json`.
    NodeManifest(Box<NodeManifest>),
    /// A requirements file of pip.
    Requirements(Box<PythonRequirements>),
    /// A YAML, TOML or JSON document that is kept as a tree: compose files, tool configurations.
    Document(Box<Parsed>),
    /// A template of a Helm chart.
    Template(Box<Template>),
    /// A Dockerfile.
    Dockerfile(Box<Dockerfile>),
    /// `.dockerignore`.
    Dockerignore(Box<DockerIgnore>),
    /// `.gitignore`: its patterns as written, comments and blank lines left out.
    Gitignore(Vec<Spanned<String>>),
    /// A file of the `.env` family.
    Dotenv(Box<DotEnv>),
    /// A Procfile.
    Procfile(Box<Procfile>),
    /// A shell script.
    Shell(Box<Script>),
    /// An INI file of a process manager.
    Ini(Box<Ini>),
    /// A unit of systemd.
    Unit(Box<Unit>),
    /// An XML file.
    Xml(Box<Xml>),
    /// The first line of a file of few words.
    Line(Box<Spanned<String>>),
    /// A document with shell texts inside: pipelines, actions, tasks.
    Scripted(Box<ScriptedDocument>),
    /// Recipes of a justfile or makefile.
    Recipes(Box<RecipeFile>),
}

/// A document and the shell texts in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ScriptedDocument {
    /// The tree.
    pub document: Parsed,
    /// The shell texts, by the range of their scalar.
    pub scripts: Vec<(ByteRange, Script)>,
}

impl ScriptedDocument {
    /// The shell text in the scalar at `range`.
    pub fn script(&self, range: ByteRange) -> Option<&Script> {
        let at = self.scripts.binary_search_by_key(&range, |(r, _)| *r).ok()?;
        self.scripts.get(at).map(|(_, script)| script)
    }
}
