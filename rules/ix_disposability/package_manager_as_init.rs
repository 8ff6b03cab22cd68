//! `disposability/package-manager-as-init`: npm, yarn or pnpm is the container's main process.

use crate::rules::{Confidence, Factor, Finding, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::commands::{CommandClass, ends_by_itself, exec_form, file_name};
use crate::world::image::{Position, StartCommand};
use crate::world::{Purpose, Start, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "disposability/package-manager-as-init",
    factor: Factor::Disposability,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Images, Need::Node, Need::Compose],
    subject: SubjectKind::File,
    page: include_str!("package_manager_as_init.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for start in view.starts() {
        if !start.is_production() || !start.is_container() || start.purpose() > Purpose::Deployed {
            continue;
        }
        if let Some(finding) = judge(view, &start, sink) {
            sink.report(finding);
        }
    }
}

fn judge(view: &View<'_>, start: &Start<'_>, sink: &Sink<'_>) -> Option<Finding> {
    let command = start.mains().find(|c| c.is_unconditional() && manager(c).is_some())?;
    let manager = manager(command)?;
    let behind: Vec<&StartCommand> =
        start.tree.commands.iter().filter(|c| c.span != command.span && c.via.contains(&command.span)).collect();
    let program = behind.iter().rev().find(|c| c.position == Position::Main && !c.expanded).copied();
    let script = program.and_then(|p| p.via.last().copied()).filter(|s| *s != command.span);
    if runs_something_else(command, program) || manager == "yarn" && is_modern_yarn(view, script) {
        return None;
    }
    // Both let a script that execs finish; yarn 1 ends first all the same.
    if manager != "yarn" && program.is_some_and(|p| p.wrappers.iter().any(|w| w.name == "exec")) {
        return None;
    }
    let place = start.place(command);
    let shown = program.map(StartCommand::line).unwrap_or_default();
    let mut finding = sink
        .at(place)
        .service(start.service)
        .argument("command", call(command))
        .argument("manager", manager)
        .argument("program", program.map_or("the service", |p| p.program()))
        .argument("script", shown.as_str());
    if place != command.span {
        finding = finding.related(command.span, "command");
    }
    if let Some(script) = script {
        finding = finding.related(script, "script");
    }
    let exec = program.filter(|p| is_plain(p)).map(direct);
    // Between the two, another package script would keep the signal.
    let near = behind.iter().all(|c| !c.expanded);
    let variant = match (manager, &exec, program) {
        ("pnpm", Some(_), _) => "pnpm",
        ("pnpm", None, Some(_)) if near => "pnpm-script",
        ("pnpm", None, _) => "pnpm-unknown",
        (_, Some(_), _) => "",
        (_, None, Some(_)) => "script",
        (_, None, None) => "unknown",
    };
    Some(finding.variant(variant).argument("exec_form", exec.unwrap_or_default()))
}

/// The package manager of a command that runs a script with it.
fn manager(command: &StartCommand) -> Option<&'static str> {
    let words = command.texts();
    let rest = words.get(1..).unwrap_or_default();
    let first = rest.iter().find(|w| !w.starts_with('-')).copied();
    match file_name(words.first()?) {
        "npm" if matches!(first, Some("start" | "run" | "run-script" | "exec" | "x")) => Some("npm"),
        "npx" if first.is_some() => Some("npm"),
        // Anything else is a built-in command of it, or no script that can be found.
        "yarn" if command.expanded || matches!(first, Some("start" | "run")) => Some("yarn"),
        "pnpm" if command.expanded || matches!(first, Some("start" | "run")) => Some("pnpm"),
        _ => None,
    }
}

/// True when another rule speaks about it, or when it ends by itself.
fn runs_something_else(command: &StartCommand, program: Option<&StartCommand>) -> bool {
    let words = program.unwrap_or(command).texts();
    let develops = |c: &StartCommand| c.class(CommandClass::DevelopmentServer).is_some();
    ends_by_itself(&words) || develops(command) || program.is_some_and(develops)
}

/// Yarn from version 2 on passes SIGTERM to the program and waits for it.
fn is_modern_yarn(view: &View<'_>, script: Option<crate::source::Span>) -> bool {
    let world = view.world;
    let manifests = script.map(|s| world.path(s.file)).into_iter().chain(["package.json"]);
    let version = manifests.filter_map(|path| world.package_manager_at(path)).next();
    let modern = version.and_then(|v| v.strip_prefix("yarn@")).is_some_and(|v| !v.starts_with('1') && !v.starts_with('0'));
    modern || world.inventory.files.iter().any(|f| f.path.ends_with(".yarnrc.yml"))
}

/// The words of the call, options left out.
fn call(command: &StartCommand) -> String {
    let words = command.texts();
    let named = words.iter().map(|w| file_name(w)).filter(|w| !w.starts_with('-')).take(3);
    let limit = if words.iter().any(|w| matches!(*w, "run" | "run-script" | "exec" | "x")) { 3 } else { 2 };
    named.take(limit).collect::<Vec<_>>().join(" ")
}

/// One program without variables: what it says can be the image's own command.
fn is_plain(program: &StartCommand) -> bool {
    program.assignments.is_empty()
        && program.redirects.is_empty()
        && program.wrappers.is_empty()
        && program.words.iter().all(|w| !w.expands)
}

/// The program as the image's own command: without a package manager, its tools are not on the path.
fn direct(program: &StartCommand) -> String {
    const SYSTEM: &[&str] = &["node", "nodejs", "bun", "deno", "java", "python", "python3", "nginx", "php", "ruby"];
    let mut words = program.texts();
    let tool = words.first().filter(|w| !w.contains('/') && !SYSTEM.contains(w)).map(|w| format!("node_modules/.bin/{w}"));
    if let (Some(tool), Some(first)) = (&tool, words.first_mut()) {
        *first = tool.as_str();
    }
    exec_form(&words)
}
