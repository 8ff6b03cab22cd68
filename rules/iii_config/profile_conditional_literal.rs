//! `config/profile-conditional-literal`: the build profile chooses between two addresses.

use crate::facts::code::{Language, UrlLiteral};
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::literal::{Standing, is_developer_path};
use crate::world::locator::{HostKind, host_kind, locator};
use crate::world::{CodeFile, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "config/profile-conditional-literal",
    factor: Factor::Config,
    also: &[Factor::DevProdParity],
    level: Level::Info,
    confidence: Confidence::Medium,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust)],
    subject: SubjectKind::Repository,
    page: include_str!("profile_conditional_literal.md"),
    check,
};

/// How far apart two branches of one expression stand at most (bytes).
const NEAR: u32 = 300;

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for (_, file) in view.code_files() {
        let Standing::Service(service) = view.world.standing(file) else { continue };
        if is_developer_path(&file.path, file.role) {
            continue;
        }
        let literals: Vec<&UrlLiteral> = file.facts.url_literals.iter().filter(|l| speaks(l)).collect();
        for debug in literals.iter().filter(|l| l.scope.debug_only) {
            let Some(release) = literals.iter().find(|l| !l.scope.debug_only && is_other_branch(file, debug, l)) else {
                continue;
            };
            if host_of(debug) == host_of(release) {
                continue;
            }
            let finding = sink
                .at(Span::new(file.file, release.text.range))
                .service(service)
                .argument("host", host_of(release).unwrap_or_default())
                .related(Span::new(file.file, debug.text.range), "debug");
            sink.report(finding);
        }
    }
}

/// An address that the program may use.
fn speaks(literal: &UrlLiteral) -> bool {
    let scope = literal.scope;
    let used = !scope.test && !scope.message && !scope.comparison;
    used && host_of(literal).is_some_and(|h| host_kind(&h) != HostKind::Documentation)
}

fn host_of(literal: &UrlLiteral) -> Option<String> {
    let text = literal.text.value.trim();
    if text.contains(char::is_whitespace) {
        return None;
    }
    locator(text, false).map(|l| l.host).filter(|h| !h.is_empty() && !h.contains('{'))
}

/// The branches of one `if`, or two constants of one name.
fn is_other_branch(file: &CodeFile, debug: &UrlLiteral, release: &UrlLiteral) -> bool {
    let constant = |literal: &UrlLiteral| {
        let range = literal.text.range;
        file.facts.constants.iter().find(|c| c.value.range.contains(range)).map(|c| c.name.value.as_str())
    };
    match (constant(debug), constant(release)) {
        (Some(a), Some(b)) => a == b,
        (None, None) => {
            let (a, b) = (debug.text.range, release.text.range);
            debug.function.is_some() && debug.function == release.function && a.end < b.start && b.start - a.end < NEAR
        }
        _ => false,
    }
}
