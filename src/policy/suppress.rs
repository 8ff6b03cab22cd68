//! Suppressions: comments in the file and entries of the config. They are debts with a reason: one without a reason
//! has no effect, one that matches nothing is reported.

use std::collections::BTreeSet;

use globset::GlobSet;

use crate::config::{Config, glob_set};
use crate::facts::allow::AllowComment;
use crate::rules::{Finding, Rule};
use crate::source::{ByteRange, FileId};

use super::selection::Selection;

/// What is wrong with a suppression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllowProblem {
    /// There is no reason, or the comment cannot be read.
    WithoutReason(Option<String>),
    /// The rule does not exist.
    UnknownRule(String),
    /// It matches no finding.
    Unused(String),
}

/// An entry of the config that matches nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnusedEntry {
    /// Its rule.
    pub rule: String,
    /// The bytes of the rule's name in the config, a byte order mark not counted.
    pub range: ByteRange,
}

/// A suppression that is itself worth a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllowFinding {
    /// The file.
    pub file: FileId,
    /// Where.
    pub range: ByteRange,
    /// What is wrong.
    pub problem: AllowProblem,
}

/// The suppressions of a run.
pub struct Suppressions<'a> {
    comments: Vec<(FileId, &'a [AllowComment])>,
    config: &'a Config,
    globs: Vec<Option<GlobSet>>,
    used: BTreeSet<(FileId, u32, String)>,
    /// By position in the config.
    used_entries: BTreeSet<usize>,
}

impl<'a> Suppressions<'a> {
    /// The comments of the given files, and the config's entries, whose paths are relative to `base`.
    pub fn new(comments: Vec<(FileId, &'a [AllowComment])>, config: &'a Config, base: &str) -> Self {
        let globs = config
            .allow
            .iter()
            .map(|a| a.path.as_ref().map(|p| glob_set(std::iter::once(p.get_ref().as_str()), base)))
            .collect();
        Suppressions { comments, config, globs, used: BTreeSet::new(), used_entries: BTreeSet::new() }
    }

    /// The reason why a finding is suppressed; none when it is not. `path` is that of its primary file, `service`
    /// the name of its service.
    pub fn reason(&mut self, finding: &Finding, path: &str, service: Option<&str>) -> Option<String> {
        let start = finding.primary.range.map_or(0, |r| r.start);
        let in_file = self.comments.iter().filter(|(file, _)| *file == finding.primary.file);
        for (file, comment) in in_file.flat_map(|(file, comments)| comments.iter().map(move |c| (*file, c))) {
            let Some(reason) = comment.reason.as_ref().filter(|_| comment.malformed.is_none()) else {
                continue;
            };
            let named = comment
                .rules
                .iter()
                .find(|rule| Rule::find(&rule.value).is_some_and(|r| r.name == finding.rule.name));
            let Some(named) = named else { continue };
            let covered = comment.whole_file
                || comment
                    .covers
                    .iter()
                    .any(|range| range.start <= start && start < range.end.max(range.start + 1));
            if covered {
                self.used.insert((file, comment.range.start, named.value.clone()));
                return Some(reason.clone());
            }
        }
        for (at, (entry, globs)) in self.config.allow.iter().zip(&self.globs).enumerate() {
            let rule = Rule::find(entry.rule.get_ref()).is_some_and(|r| r.name == finding.rule.name);
            let path = globs.as_ref().is_none_or(|g| g.is_match(path));
            let service = entry.service.as_deref().is_none_or(|wanted| Some(wanted) == service);
            if rule && path && service {
                self.used_entries.insert(at);
                return Some(entry.reason.get_ref().clone());
            }
        }
        None
    }

    /// The entries of the config that matched nothing though their rule ran, after [`Suppressions::reason`] was asked
    /// for every finding.
    pub fn unused_entries(&self, selection: &Selection) -> Vec<UnusedEntry> {
        let unused = self.config.allow.iter().enumerate().filter(|(at, _)| !self.used_entries.contains(at));
        let ran = |name: &str| Rule::find(name).is_some_and(|rule| selection.runs(rule.name));
        unused
            .filter(|(_, entry)| ran(entry.rule.get_ref()))
            .map(|(_, entry)| UnusedEntry {
                rule: entry.rule.get_ref().clone(),
                range: entry.rule.span().into(),
            })
            .collect()
    }

    /// What is wrong with the comments, after [`Suppressions::reason`] was asked for every finding.
    pub fn problems(&self, selection: &Selection) -> Vec<AllowFinding> {
        let mut problems = Vec::new();
        for (file, comment) in
            self.comments.iter().flat_map(|(file, comments)| comments.iter().map(move |c| (*file, c)))
        {
            let mut add = |range, problem| problems.push(AllowFinding { file, range, problem });
            if comment.malformed.is_some() || comment.reason.is_none() {
                add(comment.range, AllowProblem::WithoutReason(comment.malformed.clone()));
                continue;
            }
            for rule in &comment.rules {
                match Rule::find(&rule.value) {
                    None => add(rule.range, AllowProblem::UnknownRule(rule.value.clone())),
                    Some(known) => {
                        let used = self.used.contains(&(file, comment.range.start, rule.value.clone()));
                        if !used && selection.runs(known.name) {
                            add(rule.range, AllowProblem::Unused(rule.value.clone()));
                        }
                    }
                }
            }
        }
        problems
    }
}
