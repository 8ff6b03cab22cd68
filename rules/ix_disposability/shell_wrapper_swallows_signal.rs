//! `disposability/shell-wrapper-swallows-signal`: a shell stays in front of the service and keeps SIGTERM.

use crate::rules::{Confidence, Factor, Finding, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::commands::{CommandClass, command_table};
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

/// Nobody waits for a stop of what ends anyway.
fn ends_by_itself(words: &[&str]) -> bool {
    use CommandClass::{BuildsAssets, FetchesSource, InstallsDependencies, MigratesSchema, OneShot, Tail};
    let found = command_table().matches(words);
    let short = |class| {
        matches!(class, BuildsAssets | FetchesSource | InstallsDependencies | MigratesSchema | OneShot | Tail)
    };
    found.iter().any(|m| short(m.row.class)) && !found.iter().any(|m| m.row.class.is_long_running())
}

/// The words as a JSON array.
fn exec_form(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|w| format!("{w:?}")).collect();
    format!("[{}]", quoted.join(", "))
}
