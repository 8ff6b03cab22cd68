//! The lines that a change adds, read from a unified diff that the caller made: twelvelint itself runs no git.

use std::collections::{BTreeMap, BTreeSet};

use diffy::Line;
use diffy::patch_set::{FileOperation, ParseOptions, PatchKind, PatchSet};

/// What a unified diff changes. Paths are as the diff has them, without `a/` and `b/`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// Lines that the new side of a file has and the old one has not: 1-based, half-open runs in order.
    added: BTreeMap<String, Vec<(usize, usize)>>,
    /// Places where lines are gone: the 1-based line of the new side in front of the cut.
    cuts: BTreeMap<String, Vec<usize>>,
    /// Paths that exist no longer.
    removed: BTreeSet<String>,
}

impl Diff {
    /// Reads a unified diff, with or without git's extended headers and with any amount of context.
    ///
    /// # Errors
    /// When the text is not empty and no diff can be read from it.
    pub fn parse(text: &str) -> Result<Diff, String> {
        if text.trim().is_empty() {
            return Ok(Diff::default());
        }
        let git = text.starts_with("diff --git ") || text.contains("\ndiff --git ");
        let options = if git { ParseOptions::gitdiff() } else { ParseOptions::unidiff() };
        let mut diff = Diff::default();
        for file in PatchSet::parse(text, options) {
            let file =
                file.map_err(|error| format!("not a unified diff, such as `git diff -U0` makes: {error}"))?;
            let (old, new) = sides(file.operation());
            if let Some(old) = &old
                && old != new.as_ref().unwrap_or(&String::new())
                && !matches!(file.operation(), FileOperation::Copy { .. })
            {
                diff.removed.insert(old.clone());
            }
            let Some(new) = new else { continue };
            let cuts = diff.cuts.entry(new.clone()).or_default();
            let runs = diff.added.entry(new).or_default();
            let PatchKind::Text(patch) = file.patch() else { continue };
            for hunk in patch.hunks() {
                // A run of no lines is counted from the line in front of it.
                let mut line = hunk.new_range().start() + usize::from(hunk.new_range().is_empty());
                for part in hunk.lines() {
                    match part {
                        Line::Insert(_) => {
                            match runs.last_mut() {
                                Some((_, end)) if *end == line => *end += 1,
                                _ => runs.push((line, line + 1)),
                            }
                            line += 1;
                        }
                        Line::Context(_) => line += 1,
                        Line::Delete(_) => cuts.push(line.saturating_sub(1)),
                    }
                }
            }
        }
        Ok(diff)
    }

    /// True when a line from `first` to `last` (1-based, both included) of the file at `path` is new, or lines
    /// between them are gone.
    pub fn changes(&self, path: &str, first: usize, last: usize) -> bool {
        let runs = self.added.get(path).map_or(&[][..], Vec::as_slice);
        let cuts = self.cuts.get(path).map_or(&[][..], Vec::as_slice);
        runs.iter().any(|(start, end)| *start <= last && first < *end)
            || cuts.iter().any(|line| first <= *line && *line < last)
    }

    /// True when the diff changes, creates or removes the file at `path`.
    pub fn touches(&self, path: &str) -> bool {
        self.added.contains_key(path) || self.removed.contains(path)
    }
}

/// The old and the new path; none on the side where there is no file.
fn sides(operation: &FileOperation<'_, str>) -> (Option<String>, Option<String>) {
    let bare = |path: &str| strip_prefix(path).to_owned();
    match operation {
        FileOperation::Delete(path) => (Some(bare(path)), None),
        FileOperation::Create(path) => (None, Some(bare(path))),
        // Equal names were written without prefixes.
        FileOperation::Modify { original, modified } if original == modified => {
            (Some(original.to_string()), Some(modified.to_string()))
        }
        FileOperation::Modify { original, modified } => (Some(bare(original)), Some(bare(modified))),
        // These headers have no prefixes.
        FileOperation::Rename { from, to } | FileOperation::Copy { from, to } => {
            (Some(from.to_string()), Some(to.to_string()))
        }
    }
}

/// Without the prefix that git puts before a path: `a/` and `b/`, or by what is compared `c/`, `i/`, `o/`, `w/`.
fn strip_prefix(path: &str) -> &str {
    ["a/", "b/", "c/", "i/", "o/", "w/"].iter().find_map(|prefix| path.strip_prefix(prefix)).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn added_lines_of_a_git_diff() {
        let text = "diff --git a/src/main.rs b/src/main.rs\nindex 1..2 100644\n--- a/src/main.rs\n\
                    +++ b/src/main.rs\n@@ -3,0 +4,2 @@ fn main() {\n+one\n+two\n@@ -9 +11 @@\n-old\n+new\n\
                    diff --git a/Cargo.lock b/Cargo.lock\ndeleted file mode 100644\nindex 1..0\n\
                    --- a/Cargo.lock\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n\
                    diff --git a/old.yml b/new.yml\nsimilarity index 100%\nrename from old.yml\nrename to new.yml\n";
        let diff = Diff::parse(text).unwrap();
        assert!(
            diff.changes("src/main.rs", 4, 4)
                && diff.changes("src/main.rs", 1, 5)
                && diff.changes("src/main.rs", 11, 11)
        );
        assert!(!diff.changes("src/main.rs", 6, 10) && !diff.changes("src/main.rs", 1, 3));
        assert!(diff.touches("Cargo.lock") && diff.touches("old.yml") && diff.touches("new.yml"));
        assert!(!diff.touches("src/lib.rs") && !diff.changes("new.yml", 1, 99));
    }

    #[test]
    fn context_lines_are_not_added_and_a_plain_diff_is_read() {
        let text = "--- a/x\n+++ b/x\n@@ -1,3 +1,4 @@\n one\n+two\n three\n four\n";
        let diff = Diff::parse(text).unwrap();
        assert!(diff.changes("x", 2, 2) && !diff.changes("x", 1, 1) && !diff.changes("x", 3, 4));
    }

    #[test]
    fn lines_cut_out_of_a_place_change_it() {
        let diff = Diff::parse("--- a/x\n+++ b/x\n@@ -5,2 +4,0 @@\n-five\n-six\n").unwrap();
        assert!(diff.changes("x", 4, 5) && diff.changes("x", 1, 9));
        assert!(!diff.changes("x", 4, 4) && !diff.changes("x", 5, 9));
    }

    #[test]
    fn a_folder_called_a_keeps_its_name_without_prefixes() {
        let diff =
            Diff::parse("diff --git a/x a/x\nindex 1..2 100644\n--- a/x\n+++ a/x\n@@ -1 +1 @@\n-o\n+n\n");
        assert!(diff.unwrap().changes("a/x", 1, 1));
    }

    #[test]
    fn an_empty_diff_changes_nothing_and_prose_is_refused() {
        assert_eq!(Diff::parse("").unwrap(), Diff::default());
        assert!(Diff::parse("hello\n").is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "([-+@ abd/0-9,\n]|diff --git a/x b/x\n|@@ -1 \\+1 @@\n){0,60}") {
            let _ = Diff::parse(&text);
        }
    }
}
