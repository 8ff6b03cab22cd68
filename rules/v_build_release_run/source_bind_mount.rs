//! `build/source-bind-mount`: the code of the host is mounted over the code of the image.

use crate::discover::is_below;
use crate::discover::role::Role;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::compose::{ComposeEnvironment, ComposeService, Mount, MountKind};
use crate::world::image::{BuiltImage, names_development};
use crate::world::{SubjectKind, View, World};

/// The rule.
pub static RULE: Rule = Rule {
    name: "build/source-bind-mount",
    factor: Factor::BuildReleaseRun,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::Medium,
    grade: Grade::B,
    stage: Stage::Stable,
    since: "0.1.0",
    needs: &[Need::Compose, Need::Images],
    subject: SubjectKind::Project,
    page: include_str!("source_bind_mount.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some(project) = view.project() else { return };
    for environment in project.environments.iter().filter(|e| e.role == Role::Production) {
        for service in environment.services.iter().filter(|s| !is_for_development(s)) {
            let Some(built) = image_of(view.world, service) else { continue };
            let folder = service.build.as_ref().and_then(|b| b.context_folder.as_deref());
            let Some(folder) = folder else { continue };
            let mut mounts = service.volumes.iter().filter(|m| covers_code(view.world, folder, built, m));
            let Some(mount) = mounts.next() else { continue };
            let mut finding = sink
                .at(mount.span)
                .argument("service", &service.name.value)
                .argument("source", mount.source.as_ref().map_or("", |s| s.value.shown()))
                .argument("target", mount.target.value.shown());
            for other in mounts {
                finding = finding.related(other.span, "other");
            }
            sink.report(match project.environments.iter().find_map(|e| production_over(e, mount)) {
                Some(file) => finding.variant("extended").confidence(Confidence::High).related(file, "production"),
                None => finding,
            });
        }
    }
}

/// The file for production that is merged over the one with the mount.
fn production_over(environment: &ComposeEnvironment, mount: &Mount) -> Option<crate::source::Span> {
    let named = environment.label.split(['-', '_', '.', '/']).any(|w| matches!(w, "prod" | "production"));
    let last = environment.files.last().filter(|f| named && **f != mount.span.file)?;
    let mut mounts = environment.services.iter().flat_map(|s| &s.volumes);
    mounts.find(|m| m.span == mount.span)?;
    Some(crate::source::Span::whole(*last))
}

fn is_for_development(service: &ComposeService) -> bool {
    let mut profiles = service.profiles.iter().map(|p| p.value.shown()).peekable();
    profiles.peek().is_some() && profiles.all(names_development)
}

/// What the service's Dockerfile builds.
fn image_of<'w>(world: &'w World, service: &ComposeService) -> Option<&'w BuiltImage> {
    let path = service.build.as_ref()?.dockerfile.as_deref()?;
    let image = world.image_of(world.file_at(path)?).filter(|i| i.role == Role::Production)?;
    image.targets.first()
}

/// Ends of the names of source files.
const SOURCE_ENDS: &[&str] = &[
    ".rs", ".py", ".js", ".mjs", ".cjs", ".ts", ".jsx", ".tsx", ".vue", ".svelte", ".go", ".java", ".kt", ".rb", ".php",
    ".cs", ".ex", ".exs", ".scala", ".clj",
];

/// A folder of sources below the build context, mounted where the image keeps the program.
fn covers_code(world: &World, context: &str, built: &BuiltImage, mount: &Mount) -> bool {
    let Some(source) = mount.source_path.as_deref().filter(|_| mount.kind == MountKind::Bind) else { return false };
    let target = mount.target.value.shown().trim_end_matches('/');
    let below = source == context || is_below(source, context);
    let settings = ["config", "conf", "data", "static", "media", "assets", "public", "certs", "secrets", "logs", "log", "migrations", "templates", "fixtures", "scripts", "coverage", "tests", "test", "docs"];
    let name = source.rsplit('/').next().unwrap_or("");
    if !below || settings.contains(&name) && source != context {
        return false;
    }
    let home = match built.workdir.as_ref().and_then(|w| w.value.as_deref()) {
        Some(workdir) => related(workdir.trim_end_matches('/'), target),
        None => ["/app", "/src", "/code", "/srv", "/usr/src", "/var/www", "/opt", "/home"].iter().any(|h| related(h, target)),
    };
    let inside = |path: &str| source.is_empty() || is_below(path, source);
    home && world.inventory.files.iter().any(|f| inside(&f.path) && SOURCE_ENDS.iter().any(|end| f.path.ends_with(end)))
}

/// One of the two folders is the other or holds it; the root holds everything and counts for nothing.
fn related(one: &str, other: &str) -> bool {
    let holds = |a: &str, b: &str| !a.is_empty() && (a == b || is_below(b, a));
    holds(one, other) || holds(other, one)
}
