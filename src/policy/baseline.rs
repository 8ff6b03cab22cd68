//! Baselines: the findings that were there when a repository began to be checked. They are known and not reported
//! again; those that are gone are counted, so that the list can shrink.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The findings that are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeMap<String, Entry>,
}

/// A known finding.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Entry {
    /// Identity: see [`crate::report::Diagnostic::fingerprint`].
    pub fingerprint: String,
    /// The rule.
    pub rule: String,
    /// Relative to the root; none when the finding has no place.
    pub file: Option<String>,
}

#[derive(Deserialize)]
struct File {
    version: u32,
    findings: Vec<Entry>,
}

impl Baseline {
    /// Reads what `twelvelint baseline` wrote.
    ///
    /// # Errors
    /// When the text is something else, or of a later version.
    pub fn parse(text: &str) -> Result<Baseline, String> {
        let file: File = serde_json::from_str(text).map_err(|error| {
            format!("not a baseline: {error}; `twelvelint baseline --output FILE` writes one")
        })?;
        if file.version != 1 {
            return Err(format!("version {} of the baseline is not known here; known: 1", file.version));
        }
        let entries = file.findings.into_iter().map(|entry| (entry.fingerprint.clone(), entry));
        Ok(Baseline { entries: entries.collect() })
    }

    /// True when the finding with this fingerprint is known.
    pub fn knows(&self, fingerprint: &str) -> bool {
        self.entries.contains_key(fingerprint)
    }

    /// The known findings.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }
}
