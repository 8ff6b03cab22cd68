//! The environment variables of the services: which ones the code reads and whether it can do without, joined with
//! what declares and documents them.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::code::{CallKind, Language};
use crate::facts::value::ValueKind;
use crate::knowledge::Concept;
use crate::source::Span;

use super::declared::Declaration;
use super::environment::PlacedRead;
use super::meaning::{Meaning, MeaningKind};
use super::view::{EventRef, Need, View};
use super::{ServiceId, Subject, World};

/// Whether code can do without a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Requirement {
    /// Nothing is told about it.
    Optional,
    /// Another value stands in.
    Default,
    /// It fails without it in some cases only, or when an option of the command line is not given either.
    Conditional,
    /// The program or function fails without it.
    Required,
}

impl Requirement {
    /// The name in outputs.
    pub fn slug(self) -> &'static str {
        match self {
            Requirement::Optional => "optional",
            Requirement::Default => "default",
            Requirement::Conditional => "conditional",
            Requirement::Required => "required",
        }
    }
}

/// A read of a variable by its name.
#[derive(Clone, Debug)]
pub struct VariableRead {
    /// The variable.
    pub name: String,
    /// Its name in the code, else the whole read.
    pub span: Span,
    /// Position of the file in [`super::CodeWorld::files`].
    pub at: usize,
    /// Whether the code can do without.
    pub requirement: Requirement,
    /// What stands in for it.
    pub default: Option<Meaning>,
    /// The services whose code reads it; none for code that no service is built from.
    pub services: BTreeSet<ServiceId>,
    /// Those of them whose start leads to the read.
    pub serving: BTreeSet<ServiceId>,
    /// A command line can give the value too.
    pub option: bool,
}

/// Variables that are read by other means than their names.
#[derive(Clone, Debug)]
pub struct OpenRead {
    /// What all names start with; none when any name can be read.
    pub prefix: Option<String>,
    /// The call.
    pub span: Span,
    /// The services whose code reads them.
    pub services: BTreeSet<ServiceId>,
}

impl OpenRead {
    /// True when a variable of this name is among those read.
    pub fn takes(&self, name: &str) -> bool {
        let Some(prefix) = &self.prefix else { return true };
        let prefix = prefix.to_ascii_uppercase();
        let (name, bare) = (name.to_ascii_uppercase(), prefix.trim_end_matches(['_', '-', '.']));
        name.strip_prefix(bare).is_some_and(|rest| rest.starts_with('_'))
    }
}

/// A variable with all that is known of it.
#[derive(Clone, Debug, Default)]
pub struct Variable {
    /// Where it is read.
    pub reads: Vec<VariableRead>,
    /// Where it is declared.
    pub declarations: Vec<Declaration>,
}

impl Variable {
    /// The strongest need of all reads; none when nothing reads it.
    pub fn requirement(&self) -> Option<Requirement> {
        self.reads.iter().map(|r| r.requirement).max()
    }
}

const LANGUAGES: &[Need] = &[Need::Source(Language::Rust), Need::Source(Language::Python)];

impl World {
    /// Every read of a variable by its name in production code, by file and place.
    pub fn variable_reads(&self) -> Vec<VariableRead> {
        let view = View { world: self, subject: Subject::Repository, needs: LANGUAGES };
        let mut reads: Vec<VariableRead> =
            view.environment_reads().into_iter().filter_map(|read| self.variable_read(read)).collect();
        reads.sort_by_key(|r| r.span);
        reads
    }

    fn variable_read(&self, placed: PlacedRead) -> Option<VariableRead> {
        let file = self.code.files.get(placed.at)?;
        let name = placed.read.key?;
        if name.is_empty() || name.contains(char::is_whitespace) {
            return None;
        }
        let key_at = placed.read.key_at.filter(|key| key.file == placed.read.read_at.file);
        let services: BTreeSet<ServiceId> = self.services_of(file).into_iter().map(|(id, _)| id).collect();
        let function = placed.function.map(|function| super::FunctionRef { file: placed.at, function });
        let leads = |id: &&ServiceId| {
            let service = self.services.get(id.0);
            service.is_some_and(|s| function.is_some_and(|f| s.serving.contains_key(&f)))
        };
        let serving = services.iter().filter(leads).copied().collect();
        let here = placed.read.read_at;
        let call = file.facts.calls.iter().find(|c| Span::new(file.file, c.range) == here);
        // What a helper reads is known, and listed, where the helper is called.
        let of_helper = |e: &&crate::knowledge::Event| {
            e.concept == Concept::EnvRead
                && Span::new(file.file, e.range) == here
                && matches!(e.role("key").map(|k| &k.kind), Some(ValueKind::Parameter(_)))
        };
        let hands_on =
            call.is_some_and(|c| c.arguments.iter().any(|a| matches!(a.value.kind, ValueKind::Parameter(_))));
        let inside = function.is_some_and(|f| self.code.helpers.contains_key(&f));
        if file.events.iter().any(|e| of_helper(&e)) || hands_on && inside {
            return None;
        }
        let option = call.is_some_and(|c| {
            c.kind == CallKind::Attribute && matches!(c.callee.last(), "#[arg]" | "#[clap]" | "#[structopt]")
                || c.callee.last() == "env"
        });
        let conditional = call.is_some_and(|c| !c.conditions.is_empty() || !c.arms.is_empty());
        Some(VariableRead {
            name,
            span: key_at.unwrap_or(here),
            at: placed.at,
            requirement: match (&placed.read.default, placed.read.required) {
                (Some(_), _) => Requirement::Default,
                (None, true) if option || conditional => Requirement::Conditional,
                (None, true) => Requirement::Required,
                (None, false) => Requirement::Optional,
            },
            default: placed.read.default,
            services,
            serving,
            option,
        })
    }

    /// Reads of variables whose names the code does not spell out.
    pub fn open_reads(&self) -> Vec<OpenRead> {
        let view = View { world: self, subject: Subject::Repository, needs: LANGUAGES };
        let mut found = Vec::new();
        let services_of =
            |event: EventRef<'_>| self.services_of(event.file).into_iter().map(|(id, _)| id).collect();
        for event in view.events(Concept::EnvPrefix) {
            let prefix = view.role(event, "prefix").and_then(|m| m.text().map(str::to_owned));
            found.push(OpenRead { prefix, span: event.name_span(), services: services_of(event) });
        }
        for event in view.events(Concept::EnvRead) {
            let Some(key) = event.event.role("key") else { continue };
            // A helper's parameter is known where the helper is called.
            if matches!(key.kind, ValueKind::Parameter(_) | ValueKind::Boolean(_)) {
                continue;
            }
            if !matches!(view.meaning(event, key).kind, MeaningKind::Text(_)) {
                found.push(OpenRead { prefix: None, span: event.span(), services: services_of(event) });
            }
        }
        found.sort_by_key(|read| read.span);
        found
    }

    /// The variables by name. Those that only scripts set for themselves are left out.
    pub fn variables(&self) -> &BTreeMap<String, Variable> {
        self.variable_table.get_or_init(|| self.collect_variables())
    }

    fn collect_variables(&self) -> BTreeMap<String, Variable> {
        let mut variables: BTreeMap<String, Variable> = BTreeMap::new();
        for read in self.variable_reads() {
            variables.entry(read.name.clone()).or_default().reads.push(read);
        }
        for declaration in self.declarations() {
            use super::declared::Declarer;
            let own = matches!(declaration.declarer, Declarer::Script | Declarer::BuildArgument);
            if !own || variables.contains_key(&declaration.name.value) {
                variables.entry(declaration.name.value.clone()).or_default().declarations.push(declaration);
            }
        }
        variables
    }
}

/// Names that the platform, the system or a library of its own reads or sets, whatever the repository says.
pub fn is_standard(name: &str) -> bool {
    const NAMES: &[&str] = &[
        "PATH",
        "HOME",
        "USER",
        "HOSTNAME",
        "PWD",
        "TMPDIR",
        "TEMP",
        "TMP",
        "LANG",
        "TZ",
        "TERM",
        "SHELL",
        "EDITOR",
        "VISUAL",
        "PAGER",
        "DISPLAY",
        "COLUMNS",
        "NO_COLOR",
        "FORCE_COLOR",
        "CI",
        "PORT",
        "DYNO",
        "NODE_ENV",
        "JOURNAL_STREAM",
        "NOTIFY_SOCKET",
        "LISTEN_FDS",
        "LISTEN_PID",
        "WATCHDOG_USEC",
        "INVOCATION_ID",
        "OUT_DIR",
        "PROFILE",
        "TARGET",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "ALL_PROXY",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "LOGNAME",
        "USERNAME",
        "APPDATA",
        "USERPROFILE",
        "COMPUTERNAME",
        "STATE_DIRECTORY",
        "CREDENTIALS_DIRECTORY",
        "RUNTIME_DIRECTORY",
        "CONFIGURATION_DIRECTORY",
        "CACHE_DIRECTORY",
        "LOGS_DIRECTORY",
    ];
    const PREFIXES: &[&str] = &[
        "LC_",
        "XDG_",
        "RUST_",
        "CARGO_",
        "OTEL_",
        "KUBERNETES_",
        "AWS_",
        "HEROKU_",
        "FLY_",
        "RAILWAY_",
        "VERCEL_",
        "RENDER_",
        "GITHUB_",
        "GITLAB_CI",
        "CI_",
        "PYTHON",
        "TOKIO_",
        "SYSTEMD_",
        "DBUS_",
        "SSH_",
        "GIT_",
        "npm_",
    ];
    let upper = name.to_ascii_uppercase();
    NAMES.contains(&upper.as_str()) || PREFIXES.iter().any(|p| name.starts_with(p))
}
