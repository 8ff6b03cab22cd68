//! `config/dotenv-in-image`: a `COPY` takes the developer's `.env` along.

use crate::discover::role::Role;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::baked::BakedKind;
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "config/dotenv-in-image",
    factor: Factor::Config,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::Medium,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Images, Need::Compose, Need::Dotenv, Need::Paths],
    subject: SubjectKind::Dockerfile,
    page: include_str!("dotenv_in_image.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some(image) = view.image().filter(|i| i.role == Role::Production) else { return };
    let world = view.world;
    let contexts = world.build_contexts(image.dockerfile);
    for baked in world.baked(image.dockerfile).into_iter().filter(|b| b.shipped) {
        let BakedKind::File(source) = &baked.kind else { continue };
        let finding = sink.at(baked.span).service(world.service_of_image(image.dockerfile));
        if is_dotenv(source) {
            // Level and message do not ask whether it is there: the build fails if it is not.
            sink.report(finding.argument("source", source).variant("named").confidence(Confidence::High));
            return;
        }
        let inside = source.trim_start_matches("./").trim_end_matches('/');
        let inside = if inside == "." { "" } else { inside };
        if inside.contains(['$', '*', '?', '[']) || inside.starts_with('/') {
            continue;
        }
        // Every folder that it can be built in has to let the file through.
        let mut proofs = Vec::new();
        for context in &contexts {
            let folder = crate::world::packages::join(&context.folder, inside);
            let path = if inside.is_empty() { ".env".to_owned() } else { format!("{inside}/.env") };
            let open = world.is_kept_out(image.dockerfile, context, &path) != Some(true);
            let kept = if inside.is_empty() { world.keeps_dotenv(&folder) } else { world.dotenv_sample(&folder) };
            proofs.push(kept.filter(|_| open));
        }
        let all = !proofs.is_empty() && proofs.iter().all(Option::is_some);
        let Some(Some(proof)) = proofs.into_iter().next().filter(|_| all) else { continue };
        sink.report(finding.argument("source", source).related(proof, "kept"));
        return;
    }
}

/// `.env`, `.env.production`, `./.env*`; no samples.
fn is_dotenv(source: &str) -> bool {
    let name = source.rsplit('/').next().unwrap_or(source).to_ascii_lowercase();
    let rest = name.strip_prefix(".env");
    rest.is_some_and(|rest| {
        (rest.is_empty() || rest.starts_with(['.', '*', '_', '-']))
            && !rest.split(['.', '_', '-']).any(|w| matches!(w, "example" | "sample" | "template" | "dist" | "defaults" | "test"))
    })
}
