//! `config/compile-time-config`: what differs from deploy to deploy is read while the program is compiled.

use crate::facts::code::Language;
use crate::facts::value::Value;
use crate::knowledge::Concept;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::secrets::is_secret_name;
use crate::secrets::name::words;
use crate::world::environment::contains_call;
use crate::world::literal::{Standing, is_developer_path};
use crate::world::{EventRef, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "config/compile-time-config",
    factor: Factor::Config,
    also: &[Factor::BuildReleaseRun],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Source(Language::Rust)],
    subject: SubjectKind::Repository,
    page: include_str!("compile_time_config.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for event in view.events(Concept::CompileTimeRead) {
        let Standing::Service(service) = view.world.standing(event.file) else { continue };
        let scope = event.event.scope;
        if scope.debug_only || scope.message || view.is_test_helper(event) || is_developer_path(&event.file.path, event.file.role) {
            continue;
        }
        let finding = sink.at(event.span()).service(service);
        if let Some(path) = view.role(event, "path").and_then(|p| p.text().map(str::to_owned)) {
            if is_dotenv(&path) {
                sink.report(finding.argument("name", path).variant("file"));
            }
            continue;
        }
        let Some(name) = view.role(event, "key").and_then(|k| k.text().map(str::to_owned)) else { continue };
        if !is_of_a_deploy(&name) {
            continue;
        }
        let finding = finding.argument("name", name).argument("macro", event.callee().rsplit(':').next().unwrap_or(""));
        sink.report(match runtime_read(view, event) {
            Some(read) => finding.level(Level::Info).variant("fallback").related(read, "read"),
            None => finding,
        });
    }
}

/// Locators and secrets; nothing that describes the build.
fn is_of_a_deploy(name: &str) -> bool {
    let all = words(name);
    let about_the_build = |w: &String| {
        matches!(
            w.as_str(),
            "cargo" | "vergen" | "git" | "version" | "build" | "built" | "commit" | "target" | "profile" | "rustc" | "comptime" | "docs" | "repository" | "homepage" | "public"
        )
    };
    if all.iter().any(about_the_build) || name == "OUT_DIR" {
        return false;
    }
    let last = all.last().map(String::as_str).unwrap_or("");
    let locator = matches!(
        last,
        "url" | "uri" | "dsn" | "host" | "endpoint" | "addr" | "address" | "bucket" | "domain" | "region" | "token"
    );
    (locator && all.len() > 1) || is_secret_name(name)
}

/// A read of the running program that comes first, so that this value is its default only.
fn runtime_read(view: &View<'_>, event: EventRef<'_>) -> Option<crate::source::Span> {
    let call = event.event.call?;
    let holds = |value: &Value| contains_call(value, call);
    let fallback = event.file.facts.fallbacks.iter().find(|f| holds(&f.value))?;
    let meaning = view.world.code.meaning(event.at, fallback.function, &fallback.value);
    meaning.environment_reads().first().map(|read| read.read_at)
}

fn is_dotenv(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name == ".env" || (name.starts_with(".env.") && !name.contains("example") && !name.contains("sample"))
}
