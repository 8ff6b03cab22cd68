//! The rules, by factor: the product. A rule is a pure function of the [`View`] of one subject; it sees no syntax
//! tree, no other rule, no severity override, suppression, baseline or language, and reports only on its subject.

pub mod evidence;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::source::Span;
pub use crate::world::view::Need;
use crate::world::{ServiceId, SubjectKind, View};

macro_rules! factors {
    ($($module:ident => $variant:ident, $slug:literal, $numeral:literal, $en:literal, $zh:literal;)*) => {
        $(pub mod $module;)*

        /// A factor of the twelve.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Factor { $(#[doc = $en] $variant,)* }

        impl Factor {
            /// All factors in the order of the text of 2011.
            pub const ALL: &'static [Factor] = &[$(Factor::$variant,)*];

            /// The word that rule names of the factor begin with.
            pub fn slug(self) -> &'static str { match self { $(Factor::$variant => $slug,)* } }

            /// The roman numeral in the edition of 2011.
            pub fn numeral(self) -> &'static str { match self { $(Factor::$variant => $numeral,)* } }

            /// The factor's name in English.
            pub fn english(self) -> &'static str { match self { $(Factor::$variant => $en,)* } }

            /// The factor's name in the Chinese twelve-factor text.
            pub fn chinese(self) -> &'static str { match self { $(Factor::$variant => $zh,)* } }

            /// The factor's page here: TOML front matter and Markdown.
            pub fn page(self) -> &'static str {
                match self { $(Factor::$variant => include_str!(concat!(stringify!($module), "/factor.md")),)* }
            }

            /// What collects the factor's evidence.
            pub fn evidence(self) -> &'static evidence::Collector {
                match self { $(Factor::$variant => &$module::evidence::EVIDENCE,)* }
            }

            /// The factor's rules in order.
            pub fn rules(self) -> &'static [&'static Rule] {
                match self { $(Factor::$variant => $module::RULES,)* }
            }
        }
    };
}

factors! {
    i_codebase => Codebase, "codebase", "I", "Codebase", "基准代码";
    ii_dependencies => Dependencies, "dependencies", "II", "Dependencies", "依赖";
    iii_config => Config, "config", "III", "Config", "配置";
    iv_backing_services => BackingServices, "backing", "IV", "Backing services", "后端服务";
    v_build_release_run => BuildReleaseRun, "build", "V", "Build, release, run", "构建、发布、运行";
    vi_processes => Processes, "processes", "VI", "Processes", "进程";
    vii_port_binding => PortBinding, "port-binding", "VII", "Port binding", "端口绑定";
    viii_concurrency => Concurrency, "concurrency", "VIII", "Concurrency", "并发";
    ix_disposability => Disposability, "disposability", "IX", "Disposability", "易处理";
    x_dev_prod_parity => DevProdParity, "parity", "X", "Dev/prod parity", "开发环境与线上环境等价";
    xi_logs => Logs, "logs", "XI", "Logs", "日志";
    xii_admin_processes => AdminProcesses, "admin", "XII", "Admin processes", "管理进程";
}

impl Factor {
    /// The factor's page on 12factor.net.
    pub fn url(self) -> &'static str {
        match self {
            Factor::Codebase => "https://12factor.net/codebase",
            Factor::Dependencies => "https://12factor.net/dependencies",
            Factor::Config => "https://12factor.net/config",
            Factor::BackingServices => "https://12factor.net/backing-services",
            Factor::BuildReleaseRun => "https://12factor.net/build-release-run",
            Factor::Processes => "https://12factor.net/processes",
            Factor::PortBinding => "https://12factor.net/port-binding",
            Factor::Concurrency => "https://12factor.net/concurrency",
            Factor::Disposability => "https://12factor.net/disposability",
            Factor::DevProdParity => "https://12factor.net/dev-prod-parity",
            Factor::Logs => "https://12factor.net/logs",
            Factor::AdminProcesses => "https://12factor.net/admin-processes",
        }
    }

    /// The factor with this slug, numeral or English name, letter case aside.
    pub fn find(text: &str) -> Option<Factor> {
        Factor::ALL
            .iter()
            .copied()
            .find(|f| [f.slug(), f.numeral(), f.english()].iter().any(|name| name.eq_ignore_ascii_case(text)))
    }
}

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth knowing.
    Info,
    /// Breaks the factor in most readings.
    Warning,
    /// Breaks the factor; gates by default.
    Error,
}

/// How sure a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// A guess.
    Low,
    /// Likely.
    Medium,
    /// All that could make it wrong was looked at.
    High,
}

/// The catalogue's grade, without its sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Grade {
    /// Weighs in verdicts.
    A,
    /// Weighs less.
    B,
    /// Runs only when asked for.
    C,
}

/// Whether a rule may gate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// Shown, never gating, outside verdicts.
    Preview,
    /// In full force.
    Stable,
}

/// A rule. Its identity is its address; there is one `static` for each.
#[derive(Debug)]
pub struct Rule {
    /// `factor-slug/what-is-found`.
    pub name: &'static str,
    /// The factor it judges.
    pub factor: Factor,
    /// Further factors whose verdict its findings count in.
    pub also: &'static [Factor],
    /// The level of a finding that does not set its own.
    pub level: Level,
    /// The confidence of a finding that does not set its own.
    pub confidence: Confidence,
    /// The catalogue's grade.
    pub grade: Grade,
    /// Whether it may gate.
    pub stage: Stage,
    /// The version that brought it.
    pub since: &'static str,
    /// What it must see.
    pub needs: &'static [Need],
    /// What it judges, one at a time.
    pub subject: SubjectKind,
    /// Its page: TOML front matter and Markdown.
    pub page: &'static str,
    /// The judgement.
    pub check: fn(&View<'_>, &mut Sink<'_>),
}

impl Rule {
    /// All rules, by factor.
    pub fn all() -> impl Iterator<Item = &'static Rule> {
        Factor::ALL.iter().flat_map(|factor| factor.rules().iter().copied())
    }

    /// The rule of this name, or of a former name of it.
    pub fn find(name: &str) -> Option<&'static Rule> {
        let current = Rule::renamed(name).unwrap_or(name);
        Rule::all().find(|rule| rule.name == current)
    }

    /// The name that a rule has today, when `name` is a former one.
    pub fn renamed(name: &str) -> Option<&'static str> {
        ALIASES.iter().find(|(old, _)| *old == name).map(|(_, new)| *new)
    }
}

/// Former names of rules: `(old, new)`.
pub const ALIASES: &[(&str, &str)] = &[
    ("disposability/work-at-start", "build/build-at-run-time"),
    ("parity/dev-server-in-image", "build/dev-server-in-image"),
];

/// What a rule found. Prose lives in the rule's page; here are places and the words that fill its holes.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// The service it is about, where there is one.
    pub service: Option<ServiceId>,
    /// Where it is: the smallest text that proves the point.
    pub primary: Span,
    /// Further places, each with the name of its label in the page.
    pub related: Vec<(Span, &'static str)>,
    /// Which of the page's messages applies; empty for the main one.
    pub variant: &'static str,
    /// What fills the holes of message and help.
    pub arguments: BTreeMap<&'static str, String>,
    /// How much it weighs.
    pub level: Level,
    /// How sure it is.
    pub confidence: Confidence,
    /// Places that hold a secret: masked wherever they are shown.
    pub secrets: Vec<Span>,
    /// How it was decided: facts and table rows, for `explain`.
    pub trace: Vec<String>,
    /// Paths, relative to the root, that were looked for in vain, where the finding is about an absence.
    pub absent: Vec<String>,
}

impl Finding {
    /// Labels another place; `label` is a key of the page's `[related]` table.
    pub fn related(mut self, span: Span, label: &'static str) -> Self {
        if !self.related.iter().any(|(s, l)| *s == span && *l == label) {
            self.related.push((span, label));
        }
        self
    }

    /// Fills the hole `{name}`.
    pub fn argument(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.arguments.insert(name, value.into());
        self
    }

    /// Takes the page's message `variant` instead of the main one.
    pub fn variant(mut self, variant: &'static str) -> Self {
        self.variant = variant;
        self
    }

    /// Sets the level.
    pub fn level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// Sets the confidence.
    pub fn confidence(mut self, confidence: Confidence) -> Self {
        self.confidence = confidence;
        self
    }

    /// Marks a place as holding a secret.
    pub fn secret(mut self, span: Span) -> Self {
        self.secrets.push(span);
        self
    }

    /// Names the service it is about.
    pub fn service(mut self, service: Option<ServiceId>) -> Self {
        self.service = service;
        self
    }

    /// Names a path, relative to the root, that was looked for in vain.
    pub fn looked_for(mut self, path: impl Into<String>) -> Self {
        self.absent.push(path.into());
        self
    }

    /// Notes a fact or table row that decided.
    pub fn because(mut self, fact: impl Into<String>) -> Self {
        self.trace.push(fact.into());
        self
    }
}

/// The only thing a rule can write to; bound to the rule and the subject's service.
pub struct Sink<'a> {
    rule: &'static Rule,
    service: Option<ServiceId>,
    findings: &'a mut Vec<Finding>,
}

impl<'a> Sink<'a> {
    /// A sink for what `rule` finds about one subject.
    pub fn new(rule: &'static Rule, service: Option<ServiceId>, findings: &'a mut Vec<Finding>) -> Self {
        Self { rule, service, findings }
    }

    /// A finding at `primary`, to be completed and handed to [`Sink::report`].
    pub fn at(&self, primary: Span) -> Finding {
        Finding {
            rule: self.rule,
            service: self.service,
            primary,
            related: Vec::new(),
            variant: "",
            arguments: BTreeMap::new(),
            level: self.rule.level,
            confidence: self.rule.confidence,
            secrets: Vec::new(),
            trace: Vec::new(),
            absent: Vec::new(),
        }
    }

    /// Reports a finding.
    pub fn report(&mut self, finding: Finding) {
        self.findings.push(finding);
    }
}
