//! Suppression comments: `twelvelint: allow(rule[, rule]) -- reason` and `allow-file(…)`.

use serde::{Deserialize, Serialize};

use crate::source::{ByteRange, Spanned};

/// The word that starts a suppression comment; a prefilter word for every front-end.
pub const MARKER: &str = "twelvelint:";

/// A suppression comment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllowComment {
    /// The comment, from the marker on.
    pub range: ByteRange,
    /// The rule names and their places.
    pub rules: Vec<Spanned<String>>,
    /// The text behind `--`; none when it is missing or empty.
    pub reason: Option<String>,
    /// `allow-file(…)`.
    pub whole_file: bool,
    /// A finding whose primary span starts in one of these bytes is covered: the comment's own line, and the
    /// smallest region that starts on the next line of code. Unused when `whole_file`.
    pub covers: Vec<ByteRange>,
    /// What is wrong with the comment's form, when it cannot be read.
    pub malformed: Option<String>,
}

/// Reads the suppression comments among `comments`.
///
/// `regions` are the bytes of statements, items, mapping entries, instructions and tables.
pub fn collect(text: &str, comments: &[ByteRange], regions: &[ByteRange]) -> Vec<AllowComment> {
    let mut sorted = comments.to_vec();
    sorted.sort();
    let mut allows = Vec::new();
    for comment in &sorted {
        let body = comment.slice(text);
        let Some(at) = body.find(MARKER) else { continue };
        // Only white space and comment signs may stand before the marker: a sentence that mentions it is prose.
        let is_sign = |c: char| c.is_whitespace() || "/*#!-<;%\"'".contains(c);
        if !body.get(..at).unwrap_or("").chars().all(is_sign) {
            continue;
        }
        let start = comment.start as usize + at;
        let mut allow = read_comment(text, start, comment.end as usize, &sorted, regions);
        let first_item = regions.iter().map(|r| r.start as usize).min();
        if allow.whole_file && allow.malformed.is_none() && first_item.is_some_and(|first| first < start) {
            allow.malformed = Some("allow-file stands before the first item only".into());
        }
        allows.push(allow);
    }
    allows
}

fn read_comment(
    text: &str,
    start: usize,
    end: usize,
    comments: &[ByteRange],
    regions: &[ByteRange],
) -> AllowComment {
    let range = ByteRange::new(start, end);
    let body_start = start + MARKER.len();
    let body = text.get(body_start..end).unwrap_or("").lines().next().unwrap_or("");
    let mut allow = AllowComment {
        range: ByteRange::new(start, (body_start + body.trim_end().len()).min(range.end as usize)),
        rules: Vec::new(),
        reason: None,
        whole_file: false,
        covers: covered(text, start, end, comments, regions),
        malformed: None,
    };
    let trimmed = body.trim_start();
    let indent = body.len() - trimmed.len();
    let (head, list_offset) = match (trimmed.strip_prefix("allow-file("), trimmed.strip_prefix("allow(")) {
        (Some(rest), _) => {
            allow.whole_file = true;
            (rest, "allow-file(".len())
        }
        (None, Some(rest)) => (rest, "allow(".len()),
        (None, None) => {
            allow.malformed = Some("expected allow(rule) or allow-file(rule) behind the marker".into());
            return allow;
        }
    };
    let Some(close) = head.find(')') else {
        allow.malformed = Some("the list of rules is not closed".into());
        return allow;
    };
    let list = head.get(..close).unwrap_or("");
    let mut offset = body_start + indent + list_offset;
    for item in list.split(',') {
        let name = item.trim();
        let lead = item.len() - item.trim_start().len();
        if !name.is_empty() {
            let at = offset + lead;
            allow.rules.push(Spanned::new(name.to_owned(), ByteRange::new(at, at + name.len())));
        }
        offset += item.len() + 1;
    }
    if allow.rules.is_empty() {
        allow.malformed = Some("no rule is named".into());
    }
    let rest = head.get(close + 1..).unwrap_or("").trim_start();
    if let Some(reason) = rest.strip_prefix("--") {
        let reason = reason.trim().trim_end_matches("*/").trim_end_matches("-->").trim();
        if !reason.is_empty() {
            allow.reason = Some(reason.to_owned());
        }
    }
    allow
}

/// The comment's own line, and the smallest region that starts on the next line of code behind it.
fn covered(
    text: &str,
    start: usize,
    comment_end: usize,
    comments: &[ByteRange],
    regions: &[ByteRange],
) -> Vec<ByteRange> {
    let bytes = text.as_bytes();
    let line_start =
        bytes.get(..start).and_then(|b| b.iter().rposition(|b| *b == b'\n')).map_or(0, |p| p + 1);
    let mut covers = vec![ByteRange::new(line_start, line_end(bytes, start))];
    let before = text.get(line_start..start).unwrap_or("");
    let alone = before.chars().all(|c| c.is_whitespace() || "/*#!-<;%\"'".contains(c));
    if !alone {
        return covers;
    }
    // `/* twelvelint: allow(…) -- reason */ statement` is about the statement behind it.
    let behind = comment_end..line_end(bytes, comment_end);
    if text.get(behind.clone()).is_some_and(|rest| !rest.trim().is_empty()) {
        let starts_here = |r: &&ByteRange| behind.contains(&(r.start as usize));
        covers.extend(regions.iter().filter(starts_here).min_by_key(|r| (r.start, r.len())));
        return covers;
    }
    let mut line = line_end(bytes, start) + 1;
    while line < bytes.len() {
        let end = line_end(bytes, line);
        let content = text.get(line..end).unwrap_or("");
        let first = line + (content.len() - content.trim_start().len());
        let at = comments.partition_point(|c| c.start as usize <= first);
        let comment = at.checked_sub(1).and_then(|at| comments.get(at)).filter(|c| first < c.end as usize);
        if let Some(comment) = comment {
            let rest = text.get(comment.end as usize..line_end(bytes, comment.end as usize)).unwrap_or("");
            if rest.trim().is_empty() {
                line = line_end(bytes, (comment.end as usize).max(line)) + 1;
                continue;
            }
        }
        if content.trim().is_empty() {
            line = end + 1;
            continue;
        }
        let smallest = regions
            .iter()
            .filter(|r| line <= r.start as usize && (r.start as usize) < end.max(line + 1))
            .min_by_key(|r| r.len());
        covers.push(smallest.copied().unwrap_or_else(|| ByteRange::new(line, end)));
        break;
    }
    covers
}

fn line_end(bytes: &[u8], from: usize) -> usize {
    bytes.get(from..).and_then(|b| memchr::memchr(b'\n', b)).map_or(bytes.len(), |p| from + p)
}

#[cfg(test)]
mod tests {
    use super::collect;
    use crate::source::ByteRange;

    fn range_of(text: &str, part: &str) -> ByteRange {
        let at = text.find(part).unwrap_or(0);
        ByteRange::new(at, at + part.len())
    }

    #[test]
    fn a_comment_covers_its_line_and_the_smallest_region_behind_it() {
        let text = "a: 1\n# twelvelint: allow(x/y, x/z) -- because\n\n# more\nb:\n  c: 2\n";
        let comments = [range_of(text, "# twelvelint: allow(x/y, x/z) -- because"), range_of(text, "# more")];
        let regions = [range_of(text, "a: 1"), range_of(text, "b:\n  c: 2"), range_of(text, "c: 2")];
        let allows = collect(text, &comments, &regions);
        assert_eq!(allows.len(), 1);
        let rules: Vec<&str> = allows[0].rules.iter().map(|r| r.range.slice(text)).collect();
        assert_eq!(rules, ["x/y", "x/z"]);
        assert_eq!(allows[0].reason.as_deref(), Some("because"));
        assert_eq!(allows[0].covers.last().map(|r| r.slice(text)), Some("b:\n  c: 2"));
    }

    #[test]
    fn a_comment_in_front_of_a_statement_on_its_line_covers_that_statement() {
        let text = "/* twelvelint: allow(x/y) -- because */ call(\n  1);\nother();\n";
        let comment = range_of(text, "/* twelvelint: allow(x/y) -- because */");
        let regions = [range_of(text, "call(\n  1);"), range_of(text, "other();")];
        let allows = collect(text, &[comment], &regions);
        assert_eq!(allows[0].reason.as_deref(), Some("because"));
        assert_eq!(allows[0].covers.last().map(|r| r.slice(text)), Some("call(\n  1);"));
        let covered =
            |at: usize| allows[0].covers.iter().any(|r| r.start as usize <= at && at < r.end as usize);
        assert!(covered(text.find("1)").unwrap()) && !covered(text.find("other").unwrap()));
    }

    #[test]
    fn forms_are_checked() {
        let read = |comment: &str| {
            let text = format!("{comment}\nitem\n");
            let item = range_of(&text, "item");
            collect(&text, &[range_of(&text, comment)], &[item]).pop()
        };
        assert_eq!(read("// prose about twelvelint: allow(x/y) -- r"), None);
        assert!(read("// twelvelint: allow(x/y").is_some_and(|a| a.malformed.is_some()));
        assert!(read("// twelvelint: permit(x/y) -- r").is_some_and(|a| a.malformed.is_some()));
        assert!(read("// twelvelint: allow() -- r").is_some_and(|a| a.malformed.is_some()));
        assert!(read("// twelvelint: allow(x/y)").is_some_and(|a| a.reason.is_none()));
        assert!(
            read("// twelvelint: allow-file(x/y) -- r")
                .is_some_and(|a| a.whole_file && a.malformed.is_none())
        );
        let late = "item\n// twelvelint: allow-file(x/y) -- r\n";
        let comment = range_of(late, "// twelvelint: allow-file(x/y) -- r");
        let allows = collect(late, &[comment], &[range_of(late, "item")]);
        assert!(allows[0].malformed.is_some());
    }
}
