//! Build arguments and variables of a Dockerfile that are there while it builds assets.

use crate::source::{ByteRange, Span};
use crate::syntax::docker::{Body, CommandForm, Dockerfile};
use crate::syntax::docker_stages::chain;

use super::World;
use super::commands::CommandClass;
use super::image::Image;

/// An `ARG` or `ENV` that a build step sees.
#[derive(Clone, Debug)]
pub struct BuildInput {
    /// Its name.
    pub name: String,
    /// The default or value as written, quotes removed; none for `ARG NAME`.
    pub value: Option<String>,
    /// The name, or the value where there is one.
    pub span: Span,
    /// The command that builds assets behind it.
    pub used_by: Span,
    /// Some `RUN` names it: what for is written there.
    pub mentioned: bool,
}

impl World {
    /// The build arguments and variables behind which `image` builds assets; each name once.
    pub fn build_inputs(&self, image: &Image) -> Vec<BuildInput> {
        let Some((file, stages)) = self.recipe(image) else { return Vec::new() };
        let runs = image.targets.iter().flat_map(|t| &t.runs);
        let builds: Vec<(ByteRange, Span)> = runs
            .filter(|c| c.class(CommandClass::BuildsAssets).is_some_and(|m| !m.row.has_note("light")))
            .filter_map(|c| Some((c.via.first()?.range?, c.span)))
            .collect();
        let mut found: Vec<BuildInput> = Vec::new();
        for stage in &stages {
            for at in stage.instructions.clone() {
                // Instructions of this stage behind it, and those of the stages that build on it.
                let behind = stages.iter().filter(|s| chain(&stages, s.index).contains(&stage.index));
                let mut behind = behind.flat_map(|s| s.instructions.clone()).filter(|n| *n > at);
                let used = behind.find_map(|n| {
                    let range = file.instructions.get(n)?.range;
                    builds.iter().find(|(run, _)| *run == range).map(|(_, span)| *span)
                });
                let Some(used_by) = used else { continue };
                for (name, value, range) in settings(file, at) {
                    if found.iter().any(|f| f.name == name) {
                        continue;
                    }
                    let mentioned = mentions(file, &name);
                    let span = Span::new(image.dockerfile, range);
                    found.push(BuildInput { name, value, span, used_by, mentioned });
                }
            }
        }
        found
    }
}

/// What instruction number `at` declares: names, values, places.
fn settings(file: &Dockerfile, at: usize) -> Vec<(String, Option<String>, ByteRange)> {
    match file.instructions.get(at).map(|i| &i.body) {
        Some(Body::Arg(arguments)) => arguments
            .iter()
            .map(|a| {
                let range =
                    a.default.as_ref().filter(|d| !d.value.is_empty()).map_or(a.name.range, |d| d.range);
                (a.name.value.clone(), a.default.as_ref().map(|d| d.value.clone()), range)
            })
            .collect(),
        Some(Body::Env(settings)) => settings
            .iter()
            .map(|s| (s.name.value.clone(), Some(s.value.value.clone()), s.value.range))
            .collect(),
        _ => Vec::new(),
    }
}

/// True when a `RUN` names the variable.
fn mentions(file: &Dockerfile, name: &str) -> bool {
    let forms = [format!("${name}"), format!("${{{name}")];
    file.instructions.iter().any(|i| match &i.body {
        Body::Run(CommandForm::Shell { text, .. }) => forms.iter().any(|f| text.contains(f.as_str())),
        _ => false,
    })
}
