//! `build/toolchain-in-runtime-image`: the image that runs is the one that builds.

use crate::facts::code::Language;
use crate::facts::value::ValueKind;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::commands::CommandClass;
use crate::world::image::{BuiltImage, Image, StartCommand};
use crate::world::image_reference::image_reference;
use crate::world::{Purpose, ServiceId, Start, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "build/toolchain-in-runtime-image",
    factor: Factor::BuildReleaseRun,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Stable,
    since: "0.1.0",
    needs: &[Need::Images, Need::Compose, Need::Source(Language::Rust)],
    subject: SubjectKind::Dockerfile,
    page: include_str!("toolchain_in_runtime_image.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for start in view.starts() {
        let Some((image, built)) = start.image() else { continue };
        if !start.is_production() || start.purpose() != Purpose::Deployed || starts_nothing_built(&start) {
            continue;
        }
        let compiles = view.world.layer_commands(image, built).into_iter().find(|c| compiler(c).is_some());
        let base = built.base.as_deref().and_then(toolchain);
        let Some(found) = judge(sink, image, built, compiles, base) else { continue };
        let finding = found.service(start.service);
        // Without a stage to copy from, somebody chose the toolchain's image for what it brings.
        let chosen = compiles.is_none() && !copies_from_a_stage(view, image, built);
        let needed = chosen || start.service.is_some_and(|id| runs_a_toolchain(view, id));
        let finding = if needed { finding.level(Level::Info) } else { finding };
        sink.report(match start.selected_at().filter(|_| has_lean_stage(view, image, built)) {
            Some(span) => finding.variant("target").related(span, "target"),
            None => finding,
        });
    }
}

fn judge(
    sink: &Sink<'_>,
    image: &Image,
    built: &BuiltImage,
    compiles: Option<&StartCommand>,
    base: Option<&'static str>,
) -> Option<crate::rules::Finding> {
    let stage = image.stages.get(built.target).and_then(|s| s.name.clone());
    let finding = sink
        .at(built.base_span)
        .argument("base", built.base.as_deref().unwrap_or("its base"))
        .argument("stage", stage.unwrap_or_default());
    Some(match (compiles, base) {
        (Some(command), _) => {
            let shown = command.head(command.class(CommandClass::Compiles)?);
            let names = ["go", "mvn", "gradle", "dotnet"];
            let variant = names.into_iter().find(|n| command.program().starts_with(n)).unwrap_or("");
            let artefact = match variant {
                "go" => "/out/app /usr/local/bin/app",
                "mvn" => "/src/target/app.jar /app.jar",
                "gradle" => "/src/build/libs/app.jar /app.jar",
                "dotnet" => "/src/out /app",
                _ => "/src/target/release/app /usr/local/bin/app",
            };
            finding.argument("command", shown).argument("artefact", artefact).related(command.span, "compiles")
        }
        (None, Some(tool)) => finding.variant("base").argument("tool", tool),
        (None, None) => return None,
    })
}

fn copies_from_a_stage(view: &View<'_>, image: &Image, built: &BuiltImage) -> bool {
    view.world.layers(image, built).iter().filter_map(|i| i.flag("from")).any(|from| {
        let name = from.value.as_deref().unwrap_or("");
        name.parse::<usize>().is_ok()
            || image.stages.iter().any(|s| s.name.as_deref().is_some_and(|n| n.eq_ignore_ascii_case(name)))
    })
}

/// A later stage copies from this one, on a base without a toolchain: it is there, and not chosen.
fn has_lean_stage(view: &View<'_>, image: &Image, built: &BuiltImage) -> bool {
    view.world.base_of_last_copy(image, built).is_some_and(|base| toolchain(&base).is_none())
}

/// A program that compiles a service, not one that builds a helper in C for an interpreter.
fn compiler(command: &StartCommand) -> Option<()> {
    let found = command.class(CommandClass::Compiles)?;
    let program = command.program();
    let known = ["cargo", "go", "mvn", "mvnw", "mvnd", "gradle", "gradlew", "sbt", "dotnet", "rustc", "javac", "swift", "zig"];
    let words = command.texts();
    let subcommand = words.get(found.last).copied().unwrap_or("");
    (known.contains(&program) && !matches!(subcommand, "generate" | "watch")).then_some(())
}

/// The toolchain that an image is, by its name.
fn toolchain(base: &str) -> Option<&'static str> {
    let image = image_reference(base);
    let repository = image.repository.as_str();
    let known = [
        ("rust", "Rust"), ("golang", "Go"), ("maven", "Maven"), ("gradle", "Gradle"), ("dotnet/sdk", ".NET SDK"),
        ("gcc", "GCC"), ("swift", "Swift"), ("sbt", "sbt"), ("cargo-chef", "Rust"), ("rust-musl-cross", "Rust"),
    ];
    let slim_swift = repository == "swift" && image.tag.as_deref().is_some_and(|t| t.contains("slim"));
    let is = |name: &str| repository == name || repository.ends_with(&format!("/{name}"));
    known.iter().find(|(name, _)| is(name) && !slim_swift).map(|(_, title)| *title)
}

/// Nothing starts, or what starts is the toolchain itself: another rule's matter.
fn starts_nothing_built(start: &Start<'_>) -> bool {
    use CommandClass::{Compiles, DevelopmentServer};
    let mut commands = start.tree.commands.iter().peekable();
    let shell = |c: &StartCommand| matches!(c.program(), "bash" | "sh" | "ash" | "zsh" | "cargo" | "rustc" | "go" | "mvn" | "gradle" | "dotnet-sdk" | "make");
    commands.peek().is_none()
        || start.mains().all(shell)
        || commands.any(|c| c.class(Compiles).is_some() || c.class(DevelopmentServer).is_some())
}

/// The service starts a compiler itself, so it needs one.
fn runs_a_toolchain(view: &View<'_>, service: ServiceId) -> bool {
    let world = view.world;
    let Some(service) = world.services.get(service.0) else { return false };
    let files = world.code.files.iter().filter(|f| !f.test && f.package.is_some_and(|p| service.packages.contains(&p)));
    files.flat_map(|f| &f.facts.calls).filter(|c| c.callee.as_str().ends_with("Command::new")).any(|call| {
        let program = call.arguments.first().map(|a| &a.value.kind);
        matches!(program, Some(ValueKind::Text(name)) if matches!(name.as_str(), "cargo" | "rustc" | "rustup" | "go" | "rustdoc" | "gcc"))
    })
}
