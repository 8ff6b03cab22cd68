//! `build/deploy-rebuilds-from-source`: a deploy builds where the program runs, instead of taking what was tested.

use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::commands::CommandClass;
use crate::world::pipeline::{CiCommand, Job, command_rows};
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "build/deploy-rebuilds-from-source",
    factor: Factor::BuildReleaseRun,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::Medium,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Pipelines],
    subject: SubjectKind::Repository,
    page: include_str!("deploy_rebuilds_from_source.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let pipelines = &view.world.pipelines;
    let mut said: Vec<Span> = Vec::new();
    for job in &pipelines.jobs {
        let found = remote(job).or_else(|| pipelines.is_deploy(job).then(|| on_runner(job)).flatten());
        let Some((build, start)) = found else { continue };
        // One job, one finding: workflows for each environment repeat it.
        if said.contains(&build.command.span) {
            continue;
        }
        said.push(build.command.span);
        let mut finding = sink.at(build.command.span).argument("command", head(build)).argument("job", &job.name);
        if build.remote {
            finding = finding.variant("remote");
        }
        if let Some(start) = start.filter(|s| s.command.span != build.command.span) {
            finding = finding.related(start.command.span, "start");
        }
        if build.site() != build.command.span {
            finding = finding.related(build.site(), "site");
        }
        sink.report(finding);
    }
}

fn is(command: &CiCommand, class: CommandClass) -> bool {
    !command_rows(&command.command, class).is_empty()
}

/// A build on another machine.
fn remote(job: &Job) -> Option<(&CiCommand, Option<&CiCommand>)> {
    use CommandClass::{BuildsAssets, BuildsImage, Compiles, InstallsDependencies};
    let own = |c: &&CiCommand| {
        // Packages of the system are not what is deployed.
        let program = c.command.program();
        let system = ["apt", "apt-get", "yum", "dnf", "apk", "pip", "brew", "snap"].contains(&program);
        c.remote && !system && [Compiles, BuildsImage, InstallsDependencies, BuildsAssets].iter().any(|class| is(c, *class))
    };
    let build = job.commands().find(own)?;
    Some((build, None))
}

/// An image that is built and started by the deploy itself: the runner is the server.
fn on_runner(job: &Job) -> Option<(&CiCommand, Option<&CiCommand>)> {
    let compose = |c: &CiCommand| c.command.texts().iter().take(2).any(|w| w.ends_with("compose"));
    let build = job.commands().find(|c| compose(c) && is(c, CommandClass::BuildsImage) && !c.in_image)?;
    let has = |c: &CiCommand, words: &[&str]| c.command.texts().iter().any(|w| words.contains(w));
    let start = job.commands().find(|c| compose(c) && has(c, &["up"]) && has(c, &["-d", "--detach", "--wait"]))?;
    // What is taken down again was a test.
    let down = job.commands().any(|c| compose(c) && has(c, &["down"]));
    let tests = job.does(CommandClass::Tests).is_some();
    (!down && !tests).then_some((build, Some(start)))
}

/// The first words of a command.
fn head(command: &CiCommand) -> String {
    let texts = command.command.texts();
    let mut shown: Vec<&str> = Vec::new();
    let mut skip = false;
    for text in texts {
        // Files and projects say nothing here.
        if std::mem::take(&mut skip) || text.contains('$') {
            continue;
        }
        skip = matches!(text, "-f" | "--file" | "-p" | "--project-name" | "--env-file" | "--profile");
        if !skip && shown.len() < 4 {
            shown.push(text);
        }
    }
    shown.join(" ")
}
