//! Factor pages: TOML front matter with the templates of evidence and of reasons, then prose and examples.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::page::fill;
use crate::rules::Factor;
use crate::rules::evidence::{Evidence, Reason};

/// The templates of one language. Holes are written `{name}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct FactorTemplates {
    /// What keeps the factor, by kind of evidence.
    pub keeps: BTreeMap<String, String>,
    /// What was missing for a judgement.
    pub unknown: BTreeMap<String, String>,
    /// Why the factor does not apply to a service that is judged at all.
    #[serde(default)]
    pub not_applicable: BTreeMap<String, String>,
}

/// What a program that is no service is, by kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Roles {
    /// English.
    pub en: BTreeMap<String, String>,
    /// Chinese.
    pub zh: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontMatter {
    en: FactorTemplates,
    zh: FactorTemplates,
}

/// A factor's page.
#[derive(Clone, Debug, Default)]
pub struct FactorPage {
    /// English templates.
    pub en: FactorTemplates,
    /// Chinese templates.
    pub zh: FactorTemplates,
    /// Markdown behind the front matter.
    pub body: String,
}

static ROLES: LazyLock<Roles> =
    LazyLock::new(|| toml::from_str(include_str!("../rules/roles.toml")).unwrap_or_default());

/// What programs that are no services are.
pub fn roles() -> &'static Roles {
    &ROLES
}

impl FactorPage {
    /// Reads a page.
    ///
    /// # Errors
    /// When the front matter is missing or is not as the schema says.
    pub fn parse(text: &str) -> Result<FactorPage, String> {
        let rest = text.strip_prefix("+++\n").ok_or("the page does not begin with `+++`")?;
        let (front, body) = rest.split_once("\n+++\n").ok_or("the front matter is not closed by `+++`")?;
        let front: FrontMatter = toml::from_str(front).map_err(|error| error.to_string())?;
        Ok(FactorPage { en: front.en, zh: front.zh, body: body.to_owned() })
    }

    /// The page of `factor`; an empty one when it does not parse, which a test keeps from being shipped.
    pub fn of(factor: Factor) -> FactorPage {
        FactorPage::parse(factor.page()).unwrap_or_default()
    }
}

impl FactorTemplates {
    /// The words of a piece of evidence.
    pub fn evidence(&self, evidence: &Evidence) -> String {
        fill(self.keeps.get(evidence.kind).map_or(evidence.kind, String::as_str), &evidence.arguments)
    }

    /// Why the factor does not apply.
    pub fn why_not_applicable(&self, reason: &Reason) -> String {
        fill(self.not_applicable.get(reason.key).map_or(reason.key, String::as_str), &reason.arguments)
    }

    /// What was missing.
    pub fn why_unknown(&self, reason: &Reason) -> String {
        fill(self.unknown.get(reason.key).map_or(reason.key, String::as_str), &reason.arguments)
    }
}
