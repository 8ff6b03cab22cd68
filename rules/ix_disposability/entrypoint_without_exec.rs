//! `disposability/entrypoint-without-exec`: a start script runs the service as its child.

use crate::rules::{Confidence, Factor, Finding, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::commands::{ends_by_itself, file_name};
use crate::world::image::{Position, ScriptInFront};
use crate::world::{Purpose, Start, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "disposability/entrypoint-without-exec",
    factor: Factor::Disposability,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Images, Need::Compose],
    subject: SubjectKind::File,
    page: include_str!("entrypoint_without_exec.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for start in view.starts() {
        if !start.is_production() || !start.is_container() || start.purpose() > Purpose::Deployed {
            continue;
        }
        for script in &start.tree.scripts {
            if let Some(finding) = judge(view, &start, script, sink) {
                sink.report(finding);
            }
        }
    }
}

fn judge(view: &View<'_>, start: &Start<'_>, script: &ScriptInFront, sink: &Sink<'_>) -> Option<Finding> {
    let words: Vec<&str> = script.tail.iter().map(|w| w.text.as_str()).collect();
    let all_arguments = matches!(words.as_slice(), ["$@" | "${@}" | "$*"]);
    // What `"$@"` stands for is the rest of the start command.
    let given: Vec<&str> = script.arguments.iter().map(|w| w.text.as_str()).collect();
    let run = if all_arguments { &given } else { &words };
    if words.is_empty() || (all_arguments && given.is_empty()) || ends_by_itself(run) {
        return None;
    }
    let line = words.join(" ");
    let program = run.first().map_or("", |w| file_name(w));
    // Quotes are gone from the words: a line that needed some is not written again.
    let plain = |w: &&str| w.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c));
    let typed = match (all_arguments, words.iter().all(plain)) {
        (true, _) => "exec \"$@\"".to_owned(),
        (false, true) => format!("exec {line}"),
        (false, false) => format!("exec {program} …"),
    };
    let mut finding = sink
        .at(script.span)
        .service(start.service)
        .argument("script", file_name(&script.program))
        .argument("command", program)
        .argument("typed", typed)
        .because(format!("shell stays: `{line}`"));
    if let Some(place) = script.via.first().filter(|p| **p != script.span) {
        finding = finding.related(*place, "start");
    }
    // More than one program needs a script that watches them: that is another finding.
    let beside = start.tree.commands.iter().any(|c| matches!(c.position, Position::Background | Position::Managed));
    if beside {
        finding = finding.variant("several").level(Level::Info);
    } else if program == "su" {
        finding = finding.variant("su");
    } else if let Some(init) = &script.init {
        finding = finding.variant("behind-init").argument("init", init.as_str());
    }
    if !view.is_known_service(start, run) {
        finding = finding.level(Level::Info).confidence(Confidence::Low);
    }
    Some(finding)
}
