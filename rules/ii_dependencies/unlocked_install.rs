//! `dependencies/unlocked-install`: an image build resolves dependencies anew although a lock file is there.

use crate::discover::role::Role;
use crate::rules::{Confidence, Factor, Finding, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::{FileId, Span};
use crate::world::image::{Image, StartCommand, cover};
use crate::world::{SubjectKind, View, World};

/// The rule.
pub static RULE: Rule = Rule {
    name: "dependencies/unlocked-install",
    factor: Factor::Dependencies,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Stable,
    since: "0.1.0",
    needs: &[Need::Images, Need::Cargo, Need::Node, Need::Paths, Need::Pipelines],
    subject: SubjectKind::Repository,
    page: include_str!("unlocked_install.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let mut seen = Vec::new();
    for image in view.world.images.iter().filter(|i| i.role == Role::Production) {
        judge(view, image.targets.iter().flat_map(|t| &t.runs), Some(image), &mut seen, sink);
    }
    // Jobs that only test do not make what is shipped.
    let pipelines = &view.world.pipelines;
    for job in pipelines.jobs.iter().filter(|job| pipelines.is_release(job)) {
        let own = job.commands().filter(|c| !c.in_image && !c.tolerated).map(|c| &c.command);
        judge(view, own, None, &mut seen, sink);
    }
}

fn judge<'w>(
    view: &View<'_>,
    commands: impl Iterator<Item = &'w StartCommand>,
    image: Option<&Image>,
    seen: &mut Vec<(Span, bool)>,
    sink: &mut Sink<'_>,
) {
    for command in commands {
        if seen.iter().any(|(span, _)| *span == command.span) {
            continue;
        }
        let Some(advice) = advise(command, image, view.world) else { continue };
        // One of these says it for the whole file: the community's habit is to leave the option out.
        let said = |(span, cargo): &(Span, bool)| *cargo && span.file == command.span.file;
        if advice.cargo && seen.iter().any(said) {
            continue;
        }
        seen.push((command.span, advice.cargo));
        if let Some(lock) = lock_of(view.world, command, advice.locks) {
            sink.report(finding(command, &advice, lock, sink));
        }
    }
}

fn finding(command: &StartCommand, advice: &Advice, lock: FileId, sink: &Sink<'_>) -> Finding {
    let head = command.words.get(..advice.words.min(command.words.len())).unwrap_or(&command.words);
    let span = head.iter().map(|w| w.span).reduce(cover).unwrap_or(command.span);
    let shown: Vec<&str> = head.iter().map(|w| w.text.as_str()).collect();
    let finding = sink
        .at(span)
        .argument("command", shown.join(" "))
        .argument("locked", advice.locked.as_str())
        .related(Span::whole(lock), "lock");
    if advice.cargo { finding.variant("cargo").level(Level::Info) } else { finding }
}

/// What to type instead.
struct Advice {
    /// How many words of the command are shown.
    words: usize,
    locked: String,
    locks: &'static [&'static str],
    cargo: bool,
}

const NPM: &[&str] = &["package-lock.json", "npm-shrinkwrap.json"];
const YARN: &[&str] = &["yarn.lock"];
const PNPM: &[&str] = &["pnpm-lock.yaml"];
const BUN: &[&str] = &["bun.lock", "bun.lockb"];
const CARGO: &[&str] = &["Cargo.lock"];
const GO: &[&str] = &["go.sum"];
const UV: &[&str] = &["uv.lock"];
const POETRY: &[&str] = &["poetry.lock"];

/// What the command should say, when it leaves the lock file aside.
fn advise(command: &StartCommand, image: Option<&Image>, world: &World) -> Option<Advice> {
    let texts = command.texts();
    let program = texts.first().map(|p| p.rsplit('/').next().unwrap_or(p))?;
    let rest = texts.get(1..).unwrap_or_default();
    let plain: Vec<&str> = rest.iter().copied().filter(|w| !w.starts_with('-')).collect();
    let first = plain.first().copied().unwrap_or("");
    let has = |options: &[&str]| {
        rest.iter().any(|w| options.iter().any(|o| w == o || w.strip_prefix(o).is_some_and(|v| v.starts_with('='))))
    };
    let set = |name: &str| {
        let assigned = command.assignments.iter().any(|(n, value)| n == name && is_on(value));
        let env = image.iter().flat_map(|i| &i.targets).flat_map(|t| &t.env);
        assigned || env.filter(|(n, _)| n == name).any(|(_, v)| v.value.as_deref().is_none_or(is_on))
    };
    let advice = |words: usize, locked: String, locks| Advice { words, locked, locks, cargo: false };
    if has(&["--version", "--help", "-g", "--global", "--location"]) || plain.contains(&"global") {
        return None;
    }
    match (program, first) {
        ("npm", "install" | "i" | "add") if plain.len() == 1 && !has(&["--package-lock-only"]) => {
            Some(advice(texts.len(), npm_ci(rest), NPM))
        }
        ("yarn", "" | "install") if plain.len() <= 1 => {
            let locked = has(&["--immutable", "--frozen-lockfile", "--pure-lockfile", "--mode"]);
            // On a CI system Yarn 2 and later keep to the lock file by themselves.
            let by_itself = image.is_none() && yarn_is_modern(command, world);
            if locked || by_itself || set("YARN_ENABLE_IMMUTABLE_INSTALLS") || set("CI") {
                return None;
            }
            let option = if yarn_is_modern(command, world) { "--immutable" } else { "--frozen-lockfile" };
            Some(advice(texts.len(), with(if first.is_empty() { &["yarn", "install"] } else { &texts }, option), YARN))
        }
        ("pnpm", "install" | "i") if has(&["--no-frozen-lockfile"]) => {
            Some(advice(texts.len(), "pnpm install --frozen-lockfile".into(), PNPM))
        }
        ("bun", "install" | "i") if plain.len() == 1 && !has(&["--frozen-lockfile"]) => {
            Some(advice(texts.len(), with(&texts, "--frozen-lockfile"), BUN))
        }
        ("uv", "sync") if !has(&["--locked", "--frozen"]) && !set("UV_LOCKED") && !set("UV_FROZEN") => {
            Some(advice(2, with(&texts, "--locked"), UV))
        }
        ("poetry", "update" | "lock") if !has(&["--check"]) => {
            Some(advice(texts.len(), "poetry install --sync".into(), POETRY))
        }
        ("go", "get") if !plain.iter().any(|w| w.contains('@')) => {
            Some(advice(texts.len(), "go mod download".into(), GO))
        }
        ("go", "build" | "run" | "install" | "test") if has(&["-mod=mod"]) => {
            Some(advice(2, format!("go {first} -mod=readonly"), GO))
        }
        ("cargo", "build" | "b" | "install" | "test" | "run") => {
            let own = first != "install" || has(&["--path"]);
            if !own || has(&["--locked", "--frozen", "--offline"]) || set("CARGO_NET_OFFLINE") {
                return None;
            }
            Some(Advice { words: 2, locked: format!("cargo {first} --locked"), locks: CARGO, cargo: true })
        }
        _ => None,
    }
}

/// Yarn 2 and later call the option otherwise.
fn yarn_is_modern(command: &StartCommand, world: &World) -> bool {
    let Some(path) = command.manifest.map(|file| world.path(file)) else { return false };
    let folder = path.strip_suffix("package.json").unwrap_or("");
    let named = world.package_manager_at(path).is_some_and(|tool| {
        tool.strip_prefix("yarn@").is_some_and(|version| !version.starts_with("1."))
    });
    named || world.file_at(&format!("{folder}.yarnrc.yml")).is_some()
}

fn is_on(value: &str) -> bool {
    !matches!(value, "0" | "false" | "")
}

fn npm_ci(rest: &[&str]) -> String {
    let mut words = vec!["npm", "ci"];
    for word in rest.iter().filter(|w| !matches!(**w, "install" | "i" | "add")) {
        words.push(match *word {
            "--production" | "--only=production" | "--only=prod" | "--production=true" => "--omit=dev",
            word => word,
        });
    }
    words.join(" ")
}

/// The command with an option behind its subcommand.
fn with(texts: &[&str], option: &str) -> String {
    let mut words = texts.to_vec();
    let at = words.iter().skip(1).position(|w| !w.starts_with('-')).map_or(words.len(), |at| at + 2);
    words.insert(at.min(words.len()), option);
    words.join(" ")
}

/// The lock file beside the manifest that the command reads, or above it, if version control knows it.
fn lock_of(world: &World, command: &StartCommand, names: &[&str]) -> Option<FileId> {
    let manifest = world.path(command.manifest?);
    let mut folder = manifest.rsplit_once('/').map_or("", |(folder, _)| folder);
    loop {
        for name in names {
            let path = if folder.is_empty() { (*name).to_owned() } else { format!("{folder}/{name}") };
            let Some(file) = world.file_at(&path) else { continue };
            let tracked = world.inventory.files.get(file.0 as usize).and_then(|f| f.tracked);
            return (tracked != Some(false)).then_some(file);
        }
        if folder.is_empty() {
            return None;
        }
        folder = folder.rsplit_once('/').map_or("", |(parent, _)| parent);
    }
}
