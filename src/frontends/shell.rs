//! Shell scripts.

use crate::facts::artefact::Artefact;
use crate::facts::{FileFacts, allow, collect_allows};
use crate::source::ByteRange;
use crate::syntax::shell::{CommandKind, Item, parse_shell};

/// Reads a shell script. A script whose `#!` names no shell has no commands.
pub fn extract(text: &str) -> FileFacts {
    let script = parse_shell(text);
    let allows = if text.contains(allow::MARKER) {
        let comments: Vec<ByteRange> = script.comments.iter().map(|c| c.range).collect();
        let mut regions = Vec::new();
        statements(&script.items, &mut regions, 0);
        collect_allows(text, &comments, &regions)
    } else {
        Vec::new()
    };
    let problems = script.problems.clone();
    FileFacts { artefact: Artefact::Shell(Box::new(script)), allows, problems }
}

/// The statements of a list and of what is nested in it.
fn statements(items: &[Item], regions: &mut Vec<ByteRange>, depth: usize) {
    if depth > 64 {
        return;
    }
    for item in items {
        regions.push(item.range);
        for command in &item.pipeline {
            if let CommandKind::Compound(compound) = &command.kind {
                statements(&compound.conditions, regions, depth + 1);
                for body in &compound.bodies {
                    statements(body, regions, depth + 1);
                }
            }
        }
    }
}
