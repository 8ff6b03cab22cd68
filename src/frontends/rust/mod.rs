//! Rust source through syn: calls, values, names and scopes of one file, whatever state the file is in.
//!
//! Stack: [`bounds`] refuses what would make the parser recurse without end, so on a thread with a 64 MiB stack
//! [`extract`] never overflows. Everything else (broken items, unknown macros) costs a problem, never a failure.

mod attributes;
mod body;
mod bounds;
mod calls;
mod changed;
mod comments;
mod control;
mod ending;
mod expressions;
mod format;
mod items;
mod lines;
mod macros;
mod methods;
mod names;
mod scopes;
#[cfg(test)]
mod tests;
mod tokens;
mod types;
mod walker;

use proc_macro2::{Delimiter, LexError, TokenStream, TokenTree};
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};

use crate::facts::artefact::Artefact;
use crate::facts::{FileFacts, Problem, allow, collect_allows};
use crate::source::ByteRange;

pub use ending::without_tests;
use walker::Walker;

/// Reads one Rust file. Never fails: what could not be read is listed in [`FileFacts::problems`].
pub fn extract(text: &str) -> FileFacts {
    // Spans live in a table of the thread that only grows; nothing of it outlives this call.
    let _spans = DropSpans;
    let (content, offset) = strip_prefix_lines(text);
    let wants_allows = memchr::memmem::find(text.as_bytes(), allow::MARKER.as_bytes()).is_some();
    let production = if wants_allows { content } else { without_tests(content) };
    let whole = |parts: &Parts| parts.skipped.is_empty();
    let parts = match Some(production).filter(|p| p.len() < content.len()).and_then(|p| read(p).ok()) {
        Some(parts) if whole(&parts) => parts,
        _ => match read(content) {
            Ok(parts) => parts,
            Err(problem) => {
                let range = clamp(problem.range.shifted(offset), text);
                return refused(Problem::new(problem.message, range));
            }
        },
    };
    let mut walker = Walker::new(content, offset, wants_allows);
    walker.file(&parts.attributes, &parts.items);
    for skipped in parts.skipped {
        let range = skipped.range.shifted(offset);
        walker.problems.push(Problem::new(skipped.message, clamp(range, text)));
        walker.scan(skipped.tokens);
    }
    let bound = std::mem::take(&mut walker.bound);
    let (mut facts, regions, problems) = walker.finish();
    mark_unused(&mut facts, &bound, text);
    let mut allows = Vec::new();
    // Rarely wanted, so the text is cut into tokens once more instead of keeping them all for it.
    if wants_allows && let Ok(tokens) = content.parse::<TokenStream>() {
        let comments = comments::find(&tokens, content, offset);
        allows = collect_allows(text, &comments, &regions);
    }
    FileFacts { artefact: Artefact::Code(Box::new(facts)), allows, problems }
}

/// Marks the calls whose results are bound to names that their functions mention only once: where they are bound.
fn mark_unused(facts: &mut crate::facts::code::CodeFacts, bound: &[(String, u32)], text: &str) {
    for (name, call) in bound {
        let function = facts.calls.get(*call as usize).and_then(|c| c.function);
        let range = function.and_then(|f| facts.functions.get(f as usize)).map(|f| f.range);
        let Some(body) = range.map(|r| r.slice(text)) else { continue };
        let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let whole = |at: &usize| {
            let before = body.get(..*at).and_then(|b| b.chars().next_back());
            let after = body.get(at + name.len()..).and_then(|b| b.chars().next());
            !part(before) && !part(after)
        };
        let mentions = body.match_indices(name.as_str()).map(|(at, _)| at).filter(whole).take(2).count();
        if let Some(call) = facts.calls.get_mut(*call as usize).filter(|_| mentions == 1) {
            call.unused = true;
        }
    }
}

/// Splits a text into tokens and reads its items; places are bytes of `content`.
fn read(content: &str) -> Result<Parts, Problem> {
    let tokens: TokenStream = content.parse().map_err(|error: LexError| {
        Problem::new("the text cannot be split into Rust tokens", error.span().byte_range().into())
    })?;
    match read_tokens.parse2(tokens) {
        Ok(Ok(parts)) => Ok(parts),
        Ok(Err(excess)) => Err(Problem::new(excess.message, excess.span.byte_range().into())),
        Err(error) => Err(Problem::new(error.to_string(), error.span().byte_range().into())),
    }
}

fn refused(problem: Problem) -> FileFacts {
    FileFacts { problems: vec![problem], ..FileFacts::default() }
}

fn clamp(range: ByteRange, text: &str) -> ByteRange {
    let mut start = (range.start as usize).min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = (range.end as usize).clamp(start, text.len());
    while !text.is_char_boundary(end) {
        end += 1;
    }
    ByteRange::new(start, end)
}

/// Forgets this thread's spans, on every way out.
struct DropSpans;

impl Drop for DropSpans {
    fn drop(&mut self) {
        proc_macro2::extra::invalidate_current_thread_spans();
    }
}

/// The text behind a byte order mark and a shebang line, and how many bytes those take: the parser knows
/// neither, and every span would be off by their length.
fn strip_prefix_lines(text: &str) -> (&str, usize) {
    let without_bom = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut content = without_bom;
    if let Some(rest) = without_bom.strip_prefix("#!") {
        // `#![attribute]` is no shebang, also with white space or comments before the bracket.
        let first = comments::skip_blank(rest);
        if !first.starts_with('[') {
            let end = memchr::memchr(b'\n', without_bom.as_bytes()).unwrap_or(without_bom.len());
            content = without_bom.get(end..).unwrap_or("");
        }
    }
    (content, text.len() - content.len())
}

#[derive(Default)]
struct Parts {
    attributes: Vec<syn::Attribute>,
    items: Vec<syn::Item>,
    skipped: Vec<Skipped>,
}

struct Skipped {
    message: String,
    range: ByteRange,
    tokens: TokenStream,
}

/// Checks the bounds, then reads the file; one token buffer serves all of it.
fn read_tokens(input: ParseStream<'_>) -> syn::Result<Result<Parts, bounds::Excess>> {
    if let Err(excess) = bounds::check_cursor(input.cursor()) {
        skip_all(input)?;
        return Ok(Err(excess));
    }
    let ahead = input.fork();
    if let Ok(file) = ahead.parse::<syn::File>() {
        input.advance_to(&ahead);
        return Ok(Ok(Parts { attributes: file.attrs, items: file.items, skipped: Vec::new() }));
    }
    read_item_by_item(input).map(Ok)
}

fn skip_all(input: ParseStream<'_>) -> syn::Result<()> {
    input.step(|cursor| {
        let mut rest = *cursor;
        while let Some((_, next)) = rest.token_tree() {
            rest = next;
        }
        Ok(((), rest))
    })
}

/// Reads what can be read of a file that does not parse as a whole: an item that fails is skipped up to the next
/// `;` or closing brace at the top level.
fn read_item_by_item(input: ParseStream<'_>) -> syn::Result<Parts> {
    let mut parts = Parts::default();
    let ahead = input.fork();
    if let Ok(attributes) = ahead.call(syn::Attribute::parse_inner) {
        input.advance_to(&ahead);
        parts.attributes = attributes;
    }
    while !input.is_empty() {
        let ahead = input.fork();
        match ahead.parse::<syn::Item>() {
            Ok(item) => {
                input.advance_to(&ahead);
                parts.items.push(item);
            }
            Err(error) => {
                let range = ByteRange::from(error.span().byte_range());
                let tokens = skip_item(input)?;
                parts.skipped.push(Skipped { message: error.to_string(), range, tokens });
            }
        }
    }
    Ok(parts)
}

fn skip_item(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let mut skipped = Vec::new();
    while !input.is_empty() {
        let tree: TokenTree = input.parse()?;
        let ends = match &tree {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            _ => false,
        };
        skipped.push(tree);
        if ends {
            break;
        }
    }
    Ok(skipped.into_iter().collect())
}
