//! `.gitignore` files: the patterns and their places. What they match is git's business; rules ask for single names.

use crate::facts::FileFacts;
use crate::facts::artefact::Artefact;
use crate::source::{ByteRange, Spanned};

/// Reads a `.gitignore`.
pub fn patterns(text: &str) -> FileFacts {
    let mut patterns = Vec::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let pattern = line.trim_end();
        if !pattern.is_empty() && !pattern.starts_with('#') {
            let range = ByteRange::new(start, start + pattern.len());
            patterns.push(Spanned::new(pattern.to_owned(), range));
        }
        start += line.len();
    }
    FileFacts { artefact: Artefact::Gitignore(patterns), ..FileFacts::default() }
}

#[cfg(test)]
mod tests {
    use super::patterns;
    use crate::facts::artefact::Artefact;

    #[test]
    fn lines_and_their_places() {
        let text = "# built\n/target\r\n\n*.log  \n!keep.log";
        let Artefact::Gitignore(found) = patterns(text).artefact else { panic!("no patterns") };
        let shown: Vec<_> = found.iter().map(|p| (p.value.as_str(), p.range.slice(text))).collect();
        assert_eq!(shown, [("/target", "/target"), ("*.log", "*.log"), ("!keep.log", "!keep.log")]);
    }
}
