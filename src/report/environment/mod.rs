//! The inventory of environment variables: what the code reads, what declares it, what documents it. Values are
//! masked here, before any format sees them.

pub mod example;
pub mod json;
pub mod markdown;
pub mod text;

use std::collections::BTreeMap;

use super::build::{Sources, relative_to};
use super::window::visible;
use crate::secrets::{ValueClass, classify as class_of, is_secret_name};
use crate::source::Span;
use crate::world::declared::{Declaration, Shown};
use crate::world::meaning::{Meaning, MeaningKind};
use crate::world::variables::{Requirement, Variable, VariableRead, is_standard};
use crate::world::{ServiceId, World};

/// A place in a file: relative path and line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    /// Relative to the path that was asked about.
    pub file: String,
    /// Counted from 1.
    pub line: usize,
}

impl std::fmt::Display for Line {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}:{}", self.file, self.line)
    }
}

/// A read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    /// Where.
    pub place: Line,
    /// Whether it can do without.
    pub requirement: Requirement,
    /// What stands in for it, masked; none when it is not a literal.
    pub default: Option<String>,
    /// The services whose code it is.
    pub services: Vec<String>,
    /// A command line can give the value too.
    pub option: bool,
}

/// A declaration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Where.
    pub place: Line,
    /// By what: `compose`, `sample` ….
    pub by: &'static str,
    /// The workload or process type it is for.
    pub workload: Option<String>,
    /// The value, masked; none when it is only passed on.
    pub value: Option<String>,
}

/// A variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub name: String,
    /// The strongest need of all reads; none when no code that was seen reads it.
    pub requirement: Option<Requirement>,
    /// The only default that reads fall back to, masked.
    pub default: Option<String>,
    /// The prefix by which it is read, when no code spells its name out.
    pub by_prefix: Option<String>,
    /// It holds a secret, by its name or by a value that is given to it.
    pub secret: bool,
    /// The platform, the system or a library gives it a meaning.
    pub standard: bool,
    /// A running service reads it.
    pub of_service: bool,
    /// Where it is read.
    pub reads: Vec<Read>,
    /// Where it is declared.
    pub declared: Vec<Declared>,
    /// Where documents name it.
    pub documented: Vec<Line>,
}

/// Variables that are read without their names being spelled out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// What all names start with; none when any name can be read.
    pub prefix: Option<String>,
    /// Where.
    pub place: Line,
}

/// The inventory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// The path as typed.
    pub root: String,
    /// The variables by name.
    pub variables: Vec<Entry>,
    /// What else is read.
    pub open: Vec<Open>,
    /// Names of the services.
    pub services: Vec<String>,
    /// Files that could not be read whole.
    pub gaps: usize,
}

impl Inventory {
    /// The inventory of `world`; `documented` says where documents name variables, `base` what paths are relative to.
    pub fn new(
        world: &World,
        sources: &Sources<'_>,
        documented: &BTreeMap<String, Vec<Span>>,
        base: &str,
        root: &str,
    ) -> Self {
        let build = Build { world, sources, base };
        let opens = world.open_reads();
        let mut variables = Vec::new();
        for (name, variable) in world.variables() {
            let mut entry = build.entry(name, variable, documented.get(name).map_or(&[], Vec::as_slice));
            if entry.requirement.is_none() {
                let taken = opens.iter().filter(|o| o.prefix.is_some()).find(|o| o.takes(name));
                entry.by_prefix = taken.and_then(|o| o.prefix.as_deref()).map(visible);
            }
            variables.push(entry);
        }
        let mut open: Vec<Open> = opens
            .into_iter()
            .filter_map(|o| Some(Open { prefix: o.prefix.map(|p| visible(&p)), place: build.line(o.span)? }))
            .collect();
        open.sort_by(|a, b| a.place.cmp(&b.place));
        let services = world.services.iter().map(|s| s.name.clone()).collect();
        Inventory { root: root.to_owned(), variables, open, services, gaps: world.coverage.gaps.len() }
    }

    /// The variables that code reads, and those that nothing does; standard ones of the latter left out.
    pub fn parted(&self) -> (Vec<&Entry>, Vec<&Entry>) {
        let (read, mut unread): (Vec<&Entry>, Vec<&Entry>) =
            self.variables.iter().partition(|v| v.requirement.is_some() || v.by_prefix.is_some());
        unread.retain(|v| !v.standard);
        (read, unread)
    }

    /// How many variables of that need are read.
    pub fn count(&self, requirement: Requirement) -> usize {
        self.variables.iter().filter(|v| v.requirement == Some(requirement)).count()
    }

    /// Required variables that nothing declares and no document names.
    pub fn undeclared(&self) -> impl Iterator<Item = &Entry> {
        self.variables.iter().filter(|v| {
            v.requirement == Some(Requirement::Required)
                && v.declared.is_empty()
                && v.documented.is_empty()
                && !v.standard
        })
    }
}

struct Build<'a> {
    world: &'a World,
    sources: &'a Sources<'a>,
    base: &'a str,
}

impl Build<'_> {
    fn line(&self, span: Span) -> Option<Line> {
        let path = self.sources.path(span.file);
        let file = visible(&relative_to(path, self.base));
        let Some(range) = span.range else { return Some(Line { file, line: 1 }) };
        let text = self.sources.text(span.file)?;
        Some(Line { file, line: text.position(range.start).0 })
    }

    fn entry(&self, name: &str, variable: &Variable, documented: &[Span]) -> Entry {
        let reads: Vec<Read> = variable.reads.iter().filter_map(|r| self.read(name, r)).collect();
        let declared = variable.declarations.iter().filter_map(|d| self.declaration(name, d)).collect();
        let mut documented: Vec<Line> = documented.iter().filter_map(|s| self.line(*s)).collect();
        documented.sort();
        let mut defaults: Vec<&String> = reads.iter().filter_map(|r| r.default.as_ref()).collect();
        defaults.sort();
        defaults.dedup();
        let default = match defaults.as_slice() {
            [only] => Some((*only).clone()),
            _ => None,
        };
        let holds_secret = |d: &Declaration| {
            let value = d.value.as_ref().map_or("", |v| v.value.as_str());
            let url = crate::secrets::credentialed_url(value);
            matches!(class_of(name, value), ValueClass::Provider | ValueClass::PrivateKey)
                || url.is_some_and(|u| class_of("", &u.password) != ValueClass::Reference)
        };
        Entry {
            name: visible(name),
            requirement: variable.requirement(),
            default,
            by_prefix: None,
            secret: (is_secret_name(name) && name != "PWD") || variable.declarations.iter().any(holds_secret),
            standard: is_standard(name),
            of_service: variable.reads.is_empty() || variable.reads.iter().any(|r| self.is_of_service(r)),
            reads,
            declared,
            documented,
        }
    }

    fn is_of_service(&self, read: &VariableRead) -> bool {
        let runs = |id: &ServiceId| {
            let kind = self.world.services.get(id.0).map(|s| s.kind);
            kind.is_some_and(|k| k.is_long_running() || k == crate::world::ServiceKind::Admin)
        };
        read.services.is_empty() || read.services.iter().any(runs)
    }

    fn read(&self, name: &str, read: &VariableRead) -> Option<Read> {
        let services = read.services.iter().filter_map(|id| self.world.services.get(id.0));
        Some(Read {
            place: self.line(read.span)?,
            requirement: read.requirement,
            default: read.default.as_ref().and_then(default_text).map(|t| shown(name, &t)),
            services: services.map(|s| s.name.clone()).collect(),
            option: read.option,
        })
    }

    fn declaration(&self, name: &str, declaration: &Declaration) -> Option<Declared> {
        Some(Declared {
            place: self.line(declaration.name.span)?,
            by: declaration.declarer.slug(),
            workload: declaration.workload.as_deref().map(visible),
            value: declaration.value.as_ref().map(|v| shown(name, &v.value)),
        })
    }
}

/// A value on one line, masked.
fn shown(name: &str, value: &str) -> String {
    visible(&Shown::of(name, value).0.replace("\r\n", "\\n").replace('\n', "\\n"))
}

/// A default that the code spells out.
fn default_text(meaning: &Meaning) -> Option<String> {
    match &meaning.kind {
        MeaningKind::Text(text) => Some(text.clone()),
        MeaningKind::Integer(number) => Some(number.to_string()),
        MeaningKind::Boolean(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// How the need is told in words.
fn need(entry: &Entry) -> String {
    match (entry.requirement, &entry.default) {
        (None, _) => match &entry.by_prefix {
            Some(prefix) => format!("read by prefix {prefix}"),
            None => "not read".into(),
        },
        (Some(Requirement::Conditional), _) if entry.reads.iter().any(|r| r.option) => {
            "required unless given as an option".into()
        }
        (Some(Requirement::Conditional), _) => "required in some cases".into(),
        (Some(Requirement::Default), Some(default)) if default.is_empty() => "default: empty".into(),
        (Some(Requirement::Default), Some(default)) => format!("default {default}"),
        (Some(Requirement::Default), None) => "has a default".into(),
        (Some(requirement), _) => requirement.slug().into(),
    }
}
