//! Python source through tree-sitter: calls, assignments, values, names and scopes of one file, whatever state it is in.
//!
//! The walk recurses no deeper than [`walker::MAX_DEPTH`]; everything that has to see the whole tree is a loop.

mod expressions;
mod names;
mod statements;
#[cfg(test)]
mod tests;
mod walker;

use tree_sitter::{Node, Parser, Tree};

use crate::facts::artefact::Artefact;
use crate::facts::{FileFacts, Problem, allow, collect_allows};
use crate::source::ByteRange;

use walker::Walker;

/// At most this many places of broken syntax are listed.
const MAX_PROBLEMS: usize = 20;

/// Reads one Python file. Never fails: what could not be read is listed in [`FileFacts::problems`].
pub fn extract(text: &str) -> FileFacts {
    let Some(tree) = parse(text) else {
        let problem = Problem::new("the Python parser gave up", ByteRange::at(0));
        return FileFacts { problems: vec![problem], ..FileFacts::default() };
    };
    let root = tree.root_node();
    let wants_allows = memchr::memmem::find(text.as_bytes(), allow::MARKER.as_bytes()).is_some();
    let mut walker = Walker::new(text);
    walker.module(root);
    let (facts, mut problems) = walker.finish();
    if root.has_error() {
        problems.extend(broken(root));
        problems.sort_by_key(|p| p.range);
    }
    let mut allows = Vec::new();
    if wants_allows {
        let (comments, regions) = comments_and_regions(root);
        allows = collect_allows(text, &comments, &regions);
    }
    FileFacts { artefact: Artefact::Code(Box::new(facts)), allows, problems }
}

fn parse(text: &str) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&tree_sitter_python::LANGUAGE.into()).ok()?;
    parser.parse(text, None)
}

/// Calls `see` on every node below `root`; children only where `see` says so.
pub fn each_node<'t>(root: Node<'t>, see: &mut dyn FnMut(Node<'t>) -> bool) {
    let mut cursor = root.walk();
    let mut deeper = see(root);
    let mut depth = 0_usize;
    loop {
        if deeper && cursor.goto_first_child() {
            depth += 1;
        } else {
            loop {
                if depth == 0 {
                    return;
                }
                if cursor.goto_next_sibling() {
                    break;
                }
                cursor.goto_parent();
                depth -= 1;
            }
        }
        deeper = see(cursor.node());
    }
}

fn broken(root: Node<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    each_node(root, &mut |node| {
        if node.is_error() || node.is_missing() {
            if problems.len() < MAX_PROBLEMS {
                problems.push(Problem::new("the Python parser does not understand this", range_of(node)));
            }
            return false;
        }
        node.has_error()
    });
    problems
}

fn comments_and_regions(root: Node<'_>) -> (Vec<ByteRange>, Vec<ByteRange>) {
    let (mut comments, mut regions) = (Vec::new(), Vec::new());
    each_node(root, &mut |node| {
        match node.kind() {
            "comment" => comments.push(range_of(node)),
            "pair" | "keyword_argument" => regions.push(range_of(node)),
            // What a module says about itself stands before its first item.
            "expression_statement" if is_docstring(node, root) => {}
            kind if kind.ends_with("_statement") || kind.ends_with("_definition") => {
                regions.push(range_of(node));
            }
            _ => {}
        }
        true
    });
    (comments, regions)
}

fn is_docstring(statement: Node<'_>, root: Node<'_>) -> bool {
    let text =
        statement.named_child_count() == 1 && statement.named_child(0).is_some_and(|n| n.kind() == "string");
    let before = std::iter::successors(statement.prev_named_sibling(), Node::prev_named_sibling);
    text && statement.parent() == Some(root) && before.into_iter().all(|node| node.kind() == "comment")
}

fn range_of(node: Node<'_>) -> ByteRange {
    ByteRange::from(node.byte_range())
}
