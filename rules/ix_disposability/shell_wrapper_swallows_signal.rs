//! `disposability/shell-wrapper-swallows-signal`: a shell stays in front of the service and keeps SIGTERM.

use crate::rules::{Confidence, Factor, Finding, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::commands::{ends_by_itself, exec_form};
use crate::world::image::ShellInFront;
use crate::world::{Start, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "disposability/shell-wrapper-swallows-signal",
    factor: Factor::Disposability,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Stable,
    since: "0.1.0",
    needs: &[Need::Images, Need::Compose],
    subject: SubjectKind::File,
    page: include_str!("shell_wrapper_swallows_signal.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for start in view.starts().iter().filter(|s| s.is_production()) {
        for shell in &start.tree.shells {
            if let Some(finding) = judge(start, shell, sink) {
                sink.report(finding);
            }
        }
    }
}

fn judge(start: &Start<'_>, shell: &ShellInFront, sink: &Sink<'_>) -> Option<Finding> {
    let words: Vec<&str> = shell.tail.iter().map(|w| w.text.as_str()).collect();
    let program = words.first().map_or("", |w| w.rsplit('/').next().unwrap_or(w));
    let finding = sink
        .at(shell.span)
        .service(start.service)
        .argument("shell", shell.program.as_str())
        .argument("command", program)
        .argument("exec_form", exec_form(&words));
    let finding = match start.image() {
        Some((_, built)) => finding.related(built.base_span, "base"),
        None => finding,
    };
    if shell.missing && start.image().is_some() {
        return Some(finding.variant("no-shell").level(Level::Error));
    }
    if !shell.stays || words.is_empty() || ends_by_itself(&words) {
        return None;
    }
    let finding = finding.because(match shell.family {
        Some(family) => format!("shell family {family:?} stays"),
        None => "all shell families stay".to_owned(),
    });
    Some(match (&shell.init, shell.is_plain) {
        (Some(init), _) => finding.variant("behind-init").argument("init", init.as_str()),
        (None, true) => finding.variant("plain"),
        (None, false) => finding,
    })
}
