//! `.dockerignore`: which paths of a build context are left out.
//!
//! Semantics of the Dockerfile reference (".dockerignore file"): patterns are rooted at the context, the last one
//! that matches decides, `!` takes a path back in, and a pattern that matches a folder covers what is in it.

use globset::{GlobBuilder, GlobMatcher};
use serde::{Deserialize, Serialize};

use super::problem::Problem;
use crate::source::{ByteRange, Spanned};

#[cfg(test)]
mod tests;

/// A pattern of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IgnorePattern {
    /// Cleaned: no `!`, no leading or trailing slash, no `.` components; the range covers the line's text.
    pub pattern: Spanned<String>,
    /// It began with `!`.
    pub negated: bool,
}

/// The patterns, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DockerIgnore {
    /// In order of the file.
    pub patterns: Vec<IgnorePattern>,
    /// Comments without `#`, trimmed.
    pub comments: Vec<Spanned<String>>,
    /// Patterns that cannot be read; they match nothing.
    pub problems: Vec<Problem>,
}

/// The patterns, ready to be asked.
pub struct IgnoreMatcher {
    rules: Vec<(GlobMatcher, bool)>,
}

/// Reads the file; ranges are byte offsets into `text`.
pub fn parse_dockerignore(text: &str) -> DockerIgnore {
    let mut file = DockerIgnore::default();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let (start, body) = (at, line.strip_prefix('\u{feff}').filter(|_| at == 0).unwrap_or(line));
        at += line.len();
        let offset = start + line.len() - body.trim_start().len();
        let trimmed = body.trim();
        let range = ByteRange::new(offset, offset + trimmed.len());
        // A comment has its `#` in the first column.
        if let Some(comment) = body.strip_prefix('#') {
            file.comments.push(Spanned::new(comment.trim().to_owned(), range));
            continue;
        }
        let (negated, pattern) =
            trimmed.strip_prefix('!').map_or((false, trimmed), |rest| (true, rest.trim()));
        if pattern.is_empty() {
            if negated {
                file.problems.push(Problem::new("`!` needs a pattern", range));
            }
            continue;
        }
        let pattern = clean(pattern);
        if matcher(&pattern).is_none() {
            file.problems.push(Problem::new("this pattern cannot be read", range));
        }
        file.patterns.push(IgnorePattern { pattern: Spanned::new(pattern, range), negated });
    }
    file
}

impl DockerIgnore {
    /// Compiles the patterns.
    pub fn matcher(&self) -> IgnoreMatcher {
        let rules = self.patterns.iter();
        let rules = rules.filter_map(|rule| Some((matcher(&rule.pattern.value)?, rule.negated))).collect();
        IgnoreMatcher { rules }
    }

    /// True when `path` (relative to the context, with `/`) is left out. For many paths make a matcher once.
    pub fn is_ignored(&self, path: &str) -> bool {
        self.matcher().is_ignored(path)
    }
}

impl IgnoreMatcher {
    /// True when `path` (relative to the context, with `/`) is left out.
    pub fn is_ignored(&self, path: &str) -> bool {
        let path = path.trim_start_matches("./").trim_matches('/');
        let mut ignored = false;
        for (glob, negated) in &self.rules {
            // A pattern that would not change the answer need not be tried.
            if *negated == ignored && parents(path).any(|path| glob.is_match(path)) {
                ignored = !negated;
            }
        }
        ignored
    }
}

/// `a/b/c`, `a/b`, `a`.
fn parents(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| path.rsplit_once('/').map(|(parent, _)| parent))
}

/// Go's `filepath.Clean`, without the leading slash.
fn clean(pattern: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in pattern.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

fn matcher(pattern: &str) -> Option<GlobMatcher> {
    // Docker knows no `{a,b}`.
    let escaped = pattern.replace('{', "\\{").replace('}', "\\}");
    // `**` crosses folders wherever it stands in Docker, but for globset only as a whole component.
    let spread = escaped.split('/').map(spread).collect::<Vec<_>>().join("/");
    let glob = GlobBuilder::new(&spread).literal_separator(true).backslash_escape(true).build().ok()?;
    Some(glob.compile_matcher())
}

/// `**` at the edge of a component crosses folders too: `a**` is `a*` or `a*/**/*`.
fn spread(component: &str) -> String {
    if component == "**" || !component.contains("**") {
        return component.to_owned();
    }
    component
        .strip_suffix("**")
        .filter(|rest| !rest.contains("**"))
        .map(|rest| format!("{{{rest}*,{rest}*/**}}"))
        .or_else(|| {
            component
                .strip_prefix("**")
                .filter(|rest| !rest.contains("**"))
                .map(|rest| format!("{{*{rest},**/*{rest}}}"))
        })
        .unwrap_or_else(|| component.to_owned())
}
