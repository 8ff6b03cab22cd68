//! Which rules run.

use crate::config::{Config, selects};
use crate::rules::{Grade, Rule};

/// The rules of a run.
#[derive(Clone, Debug)]
pub struct Selection {
    rules: Vec<&'static Rule>,
    /// Findings about ourselves that are not wanted.
    silenced: Vec<String>,
}

impl Selection {
    /// The rules that the command line and the config ask for; the command line's `select` replaces the config's.
    ///
    /// Rules of grade C run when `pedantic`, or when a selector names them.
    pub fn new(select: &[String], ignore: &[String], config: &Config, pedantic: bool) -> Self {
        let from_config: Vec<String> = config.select.iter().flatten().map(|s| s.get_ref().clone()).collect();
        let select = if select.is_empty() { &from_config } else { select };
        let ignored = |rule: &Rule| {
            ignore.iter().any(|s| selects(s, rule))
                || config.ignore.iter().any(|s| selects(s.get_ref(), rule))
        };
        let rules = Rule::all()
            .filter(|rule| {
                if select.is_empty() {
                    rule.grade != Grade::C || pedantic
                } else {
                    select.iter().any(|s| selects(s, rule))
                }
            })
            .filter(|rule| !ignored(rule))
            .collect();
        let ignored = ignore.iter().chain(config.ignore.iter().map(|s| s.get_ref()));
        let silenced = ignored.filter(|s| s.starts_with("twelvelint/")).cloned().collect();
        Selection { rules, silenced }
    }

    /// Only the rule `rule`.
    pub fn only(rule: &'static Rule) -> Self {
        Selection { rules: vec![rule], silenced: Vec::new() }
    }

    /// The rules, by factor.
    pub fn rules(&self) -> &[&'static Rule] {
        &self.rules
    }

    /// True when the finding `name` (`twelvelint/…`) about ourselves is not to be reported.
    pub fn silences(&self, name: &str) -> bool {
        self.silenced.iter().any(|silenced| silenced == name)
    }

    /// True when the rule named `name` runs.
    pub fn runs(&self, name: &str) -> bool {
        self.rules.iter().any(|rule| rule.name == name)
    }
}
