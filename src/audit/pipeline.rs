//! The pipeline report: which stages of delivery a repository has, and where.

use crate::report::build::{Input, Sources, place};
use crate::secrets::mask_line;
use crate::world::pipeline::{Stage, StageState};

use super::Kept;

/// Places of a stage that are told.
const MOST: usize = 20;

/// One stage of delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageAudit {
    /// The stage.
    pub stage: Stage,
    /// `found`, `missing` or `unknown`.
    pub state: &'static str,
    /// Why it is missing or unknown; empty where it is found.
    pub reason: String,
    /// Where it is.
    pub places: Vec<Kept>,
}

/// The name of a stage for people.
pub fn title(stage: Stage) -> &'static str {
    match stage {
        Stage::BuilderImage => "builder image",
        Stage::StaticChecks => "static checks",
        Stage::Tests => "tests",
        Stage::Build => "build",
        Stage::Image => "image",
        Stage::EnvironmentConfiguration => "environment",
        Stage::SmokeTest => "smoke test",
        Stage::Deploy => "deploy",
    }
}

/// The stages of the repository's delivery.
pub fn stages(input: &Input<'_>, sources: &Sources<'_>) -> Vec<StageAudit> {
    let world = &input.analysis.world;
    let stages = world.pipeline_stages().into_iter();
    stages
        .map(|(stage, state)| match state {
            StageState::Found(found) => {
                let mut places: Vec<Kept> = found
                    .iter()
                    .filter_map(|f| {
                        let place = place(input, sources, f.span)?;
                        let message = mask_line(&f.value, &[]);
                        Some(Kept { file: place.file, line: place.line, message, supporting: false })
                    })
                    .collect();
                places.sort();
                places.dedup_by(|a, b| a.file == b.file && a.line == b.line);
                places.truncate(MOST);
                StageAudit { stage, state: "found", reason: String::new(), places }
            }
            StageState::Missing(reason) => StageAudit { stage, state: "missing", reason, places: Vec::new() },
            StageState::Unknown(reason) => {
                StageAudit { stage, state: "unknown", reason: mask_line(&reason, &[]), places: Vec::new() }
            }
        })
        .collect()
}

impl StageAudit {
    /// What is known, in one line: the first places, or why there is none.
    pub fn told(&self) -> String {
        let places: Vec<String> =
            self.places.iter().take(2).map(|p| format!("{}:{}", p.file, p.line)).collect();
        match self.places.len().saturating_sub(places.len()) {
            _ if places.is_empty() => self.reason.clone(),
            0 => places.join(", "),
            more => format!("{} and {more} more", places.join(", ")),
        }
    }
}
