//! Comments, read from the gaps between tokens: the token stream does not hold them.

use proc_macro2::{TokenStream, TokenTree};

use crate::source::ByteRange;

/// The ranges of all comments that are no doc comments, in order. `content` is the text the stream was read from,
/// `offset` where it starts in the file.
pub fn find(stream: &TokenStream, content: &str, offset: usize) -> Vec<ByteRange> {
    let mut comments = Vec::new();
    let mut end_of_last = 0;
    let mut stack = vec![(stream.clone().into_iter(), None)];
    while let Some((trees, close)) = stack.last_mut() {
        let (range, group) = match trees.next() {
            Some(TokenTree::Group(group)) => (group.span_open().byte_range(), Some(group)),
            Some(tree) => (tree.span().byte_range(), None),
            None => {
                let close: Option<std::ops::Range<usize>> = close.take();
                stack.pop();
                match close {
                    Some(range) => (range, None),
                    None => continue,
                }
            }
        };
        if range.start > end_of_last {
            in_gap(content, end_of_last, range.start, offset, &mut comments);
        }
        end_of_last = end_of_last.max(range.end);
        if let Some(group) = group {
            let close = group.span_close().byte_range();
            stack.push((group.stream().into_iter(), Some(close)));
        }
    }
    in_gap(content, end_of_last, content.len(), offset, &mut comments);
    comments
}

/// A gap holds white space and comments only, so no string can be mistaken for one.
fn in_gap(content: &str, start: usize, end: usize, offset: usize, comments: &mut Vec<ByteRange>) {
    let mut at = start;
    while let Some(rest) = content.get(at..end) {
        let Some(slash) = rest.find('/') else { return };
        let comment = rest.get(slash..).unwrap_or("");
        let length = if comment.starts_with("//") {
            comment.find('\n').unwrap_or(comment.len())
        } else if comment.starts_with("/*") {
            block_length(comment)
        } else {
            1
        };
        if length > 1 {
            comments.push(ByteRange::new(at + slash, at + slash + length).shifted(offset));
        }
        at += slash + length.max(1);
    }
}

/// Length of the (nested) block comment that `text` starts with.
fn block_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr::memchr2(b'/', b'*', rest)) {
        at += found;
        match bytes.get(at..at + 2) {
            Some(b"/*") => depth += 1,
            Some(b"*/") => depth = depth.saturating_sub(1),
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// `text` behind leading white space and comments.
pub fn skip_blank(text: &str) -> &str {
    let mut rest = text.trim_start();
    loop {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_length(rest)
        } else {
            return rest;
        };
        rest = rest.get(length..).unwrap_or("").trim_start();
    }
}
