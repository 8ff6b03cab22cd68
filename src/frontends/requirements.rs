//! pip's requirements files (pip's documentation, "Requirements File Format").

use crate::facts::artefact::Artefact;
use crate::facts::manifest::{PythonRequirement, PythonRequirements};
use crate::facts::{FileFacts, allow, collect_allows};
use crate::source::{ByteRange, Spanned};

/// Reads a requirements file.
pub fn extract(text: &str) -> FileFacts {
    let mut file = PythonRequirements::default();
    let mut comments = Vec::new();
    let mut regions = Vec::new();
    let mut joined: Option<ByteRange> = None;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.trim_end_matches(['\n', '\r']).len();
        let here = ByteRange::new(start, end);
        start += line.len();
        // A backslash joins the next line, whatever a comment before it says.
        let whole = joined.take().map_or(here, |before| before.to(here));
        if line.trim_end_matches(['\n', '\r']).ends_with('\\') && start < text.len() {
            joined = Some(whole);
            continue;
        }
        let comment = comment_at(text, whole);
        if let Some(at) = comment {
            comments.push(ByteRange::new(at, whole.end as usize));
        }
        let body = ByteRange::new(whole.start as usize, comment.unwrap_or(whole.end as usize));
        if body.slice(text).trim().is_empty() {
            continue;
        }
        regions.push(trimmed(text, body));
        line_of(text, trimmed(text, body), &mut file);
    }
    let allows =
        if text.contains(allow::MARKER) { collect_allows(text, &comments, &regions) } else { Vec::new() };
    FileFacts { artefact: Artefact::Requirements(Box::new(file)), allows, ..FileFacts::default() }
}

/// Where a comment starts: a `#` at the beginning or behind white space.
fn comment_at(text: &str, range: ByteRange) -> Option<usize> {
    let line = range.slice(text);
    let starts = |at: &usize| {
        let before = line.get(..*at).unwrap_or("");
        before.is_empty() || before.ends_with(char::is_whitespace)
    };
    memchr::memchr_iter(b'#', line.as_bytes()).find(starts).map(|at| range.start as usize + at)
}

fn trimmed(text: &str, range: ByteRange) -> ByteRange {
    let body = range.slice(text);
    let start = range.start as usize + body.len() - body.trim_start().len();
    ByteRange::new(start, start + body.trim().len())
}

fn line_of(text: &str, range: ByteRange, file: &mut PythonRequirements) {
    let line = range.slice(text);
    let (option, rest) = line.split_once([' ', '=', '\t']).unwrap_or((line, ""));
    match option {
        "-c" | "--constraint" => file.constrained = true,
        "-e" | "--editable" => {
            let start = range.end as usize - rest.trim_start().len();
            let target = ByteRange::new(start, range.end as usize);
            file.requirements.push(requirement(target.slice(text), target));
        }
        _ if line.starts_with('-') => {}
        _ => file.requirements.push(requirement(line, range)),
    }
}

fn requirement(line: &str, range: ByteRange) -> PythonRequirement {
    let head = line.split(" --").next().unwrap_or(line);
    let head = head.split([';', '\\']).next().unwrap_or(head).trim();
    let name_end =
        head.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(head.len());
    let (name, rest) = head.split_at_checked(name_end).unwrap_or((head, ""));
    let rest = rest.trim_start();
    let rest = match rest.strip_prefix('[') {
        Some(extras) => extras.split_once(']').map_or("", |(_, rest)| rest).trim_start(),
        None => rest,
    };
    let direct = rest.strip_prefix('@').map(str::trim);
    let is_location = head.contains("://") || head.starts_with(['.', '/']) || name.is_empty();
    let location = direct.or_else(|| is_location.then_some(head)).map(str::to_owned);
    let name = if is_location && direct.is_none() {
        head.rsplit_once("#egg=").map_or("", |(_, name)| name)
    } else {
        name
    };
    PythonRequirement {
        name: name.to_owned(),
        specifier: if location.is_some() { String::new() } else { rest.trim_matches(['(', ')']).to_owned() },
        location: location.map(|l| Spanned::new(l, range)),
        range: ByteRange::new(range.start as usize, range.start as usize + head.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::extract;
    use crate::facts::artefact::Artefact;

    #[test]
    fn lines_are_told_apart() {
        let text = "# tools\nflask\nrequests[socks] >= 2.0 ; python_version > '3' # why\nx==1.0 \\\n  --hash=sha256:ab\n-r more.txt\n-c limits.txt\ngit+https://host/a/b@main#egg=b\ny @ https://host/y.whl\n-e ./lib\n";
        let Artefact::Requirements(file) = extract(text).artefact else { panic!("nothing was read") };
        let shown: Vec<String> = file
            .requirements
            .iter()
            .map(|r| {
                let location = r.location.as_ref().map_or("", |l| l.value.as_str());
                format!("{}|{}|{location}|{}", r.name, r.specifier, r.range.slice(text))
            })
            .collect();
        assert_eq!(
            shown,
            [
                "flask|||flask",
                "requests|>= 2.0||requests[socks] >= 2.0",
                "x|==1.0||x==1.0",
                "b||git+https://host/a/b@main#egg=b|git+https://host/a/b@main#egg=b",
                "y||https://host/y.whl|y @ https://host/y.whl",
                "||./lib|./lib",
            ]
        );
        assert!(file.constrained);
    }
}
