//! `config/undeclared-env-var`: a service cannot start without a variable that nothing declares.

use crate::facts::code::Language;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::declared::Declarer;
use crate::world::literal::is_developer_path;
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "config/undeclared-env-var",
    factor: Factor::Config,
    also: &[],
    level: Level::Warning,
    confidence: Confidence::Medium,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[
        Need::Source(Language::Rust),
        Need::Compose,
        Need::Images,
        Need::Dotenv,
        Need::Procfile,
        Need::Paths,
    ],
    subject: SubjectKind::Repository,
    page: include_str!("undeclared_env_var.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let world = view.world;
    let near = world.near_names();
    for undeclared in world.undeclared_variables() {
        let (read, neighbour) = (&undeclared.read, &undeclared.neighbour);
        let Some(file) = world.code.files.get(read.at) else { continue };
        // A declaration under another spelling is a cause of its own.
        let misspelt = near.iter().any(|n| n.read.name == read.name);
        if misspelt || is_developer_path(&file.path, file.role) {
            continue;
        }
        let places = world.places_of_name(&read.name, &[read.span]);
        let of_source = |path: &str| path.ends_with(".rs");
        let document = |path: &str| [".md", ".mdx", ".rst", ".adoc"].iter().any(|e| path.ends_with(e));
        // A file that nobody understands may well declare it.
        if places.iter().any(|s| !of_source(world.path(s.file)) && !document(world.path(s.file))) {
            continue;
        }
        let documented = places.into_iter().find(|s| document(world.path(s.file)));
        let variant = match neighbour.declarer {
            Declarer::Sample | Declarer::Dotenv | Declarer::EnvFile => "sample",
            Declarer::ImageEnvironment => "image",
            _ => "",
        };
        let manifest = world.path(neighbour.file());
        let finding = sink
            .at(read.span)
            .service(Some(undeclared.service))
            .argument("name", &read.name)
            .argument("manifest", manifest.rsplit('/').next().unwrap_or(manifest))
            .related(neighbour.name.span, "neighbour");
        sink.report(match documented {
            Some(place) => finding.variant("documented").level(Level::Info).related(*place, "document"),
            None => finding.variant(variant),
        });
    }
}
