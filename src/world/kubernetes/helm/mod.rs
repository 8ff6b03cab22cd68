//! Helm charts: what a chart gives with the values it comes with.

mod data;
mod evaluate;
mod functions;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeMap;

use crate::source::FileId;
use crate::syntax::doc::Parsed;
use crate::syntax::helm::Template;

use data::{Data, Datum, Field};
use evaluate::{Definitions, Evaluator};

pub use text::{NAMESPACE, RELEASE, Rendered, Source, UNKNOWN};

/// Most nodes of all values files of one chart.
const MAX_VALUES: usize = 50_000;

/// A chart's files.
pub struct Chart<'a> {
    /// `Chart.yaml`.
    pub metadata: Option<(FileId, &'a Parsed)>,
    /// `values.yaml`.
    pub values: Option<(FileId, &'a Parsed)>,
    /// `values.yaml` of the chart around it, and the key under which that one sets values of this chart.
    pub parent: Option<(FileId, &'a Parsed, String)>,
    /// The templates, of all charts that are installed together: a subchart uses what its parent defines.
    pub definitions: Vec<(FileId, &'a Template)>,
    /// The templates that are rendered.
    pub templates: Vec<(FileId, &'a Template)>,
}

/// A rendered template.
pub struct RenderedFile {
    /// The template.
    pub file: FileId,
    /// What it gives.
    pub rendered: Rendered,
    /// False when bounds cut it short.
    pub complete: bool,
}

/// Renders the templates of a chart with its own values.
pub fn render(chart: &Chart<'_>) -> Vec<RenderedFile> {
    let mut definitions: Definitions<'_> = BTreeMap::new();
    for (file, template) in &chart.definitions {
        for (name, nodes) in &template.definitions {
            definitions.insert(name.as_str(), (*file, template.text.as_str(), nodes.as_slice()));
        }
    }
    let mut evaluator = Evaluator::new(&definitions, root(chart));
    let mut found = Vec::new();
    for (file, template) in &chart.templates {
        let (pieces, complete) = evaluator.file(*file, &template.text, &template.nodes);
        found.push(RenderedFile { file: *file, rendered: Rendered::new(pieces), complete });
    }
    found
}

/// What the dot of a chart's templates is.
fn root(chart: &Chart<'_>) -> Datum {
    let mut budget = MAX_VALUES;
    let mut read = |file: &Option<(FileId, &Parsed)>| {
        let (file, parsed) = (*file)?;
        Some(parsed.root().map_or_else(Datum::default, |root| Datum::read(root, file, &mut budget)))
    };
    let metadata = read(&chart.metadata);
    let values = read(&chart.values);
    let parent = chart.parent.as_ref().and_then(|(file, parsed, key)| {
        let all = read(&Some((*file, *parsed)))?;
        let own = all.field(key);
        let global = all.field("global");
        let mut fields = match own.value {
            Data::Map(fields) => fields.to_vec(),
            _ => Vec::new(),
        };
        if matches!(global.value, Data::Map(_)) {
            fields.push(Field { key: "global".into(), key_place: None, value: global });
        }
        Some(Datum::of(Data::Map(fields.into())))
    });
    let values = match (parent, values) {
        (Some(parent), Some(values)) => functions::call("merge", &[parent, values]),
        (None, Some(values)) if !matches!(values.value, Data::Nil) => values,
        (None, Some(_)) => Datum::map(Vec::new()),
        (Some(parent), None) => parent,
        (None, None) => Datum::unknown(),
    };
    let metadata = metadata.map_or_else(Datum::unknown, |data| {
        // Templates name the fields in the spelling of the program, files in that of YAML.
        let Data::Map(fields) = &data.value else { return Datum::unknown() };
        let capital = |key: &str| {
            let mut characters = key.chars();
            characters
                .next()
                .map(|c| c.to_uppercase().chain(characters).collect::<String>())
                .unwrap_or_default()
        };
        let renamed = fields.iter().map(|f| Field { key: capital(&f.key), ..f.clone() });
        Datum::of(Data::Map(renamed.collect::<Vec<_>>().into()))
    });
    let release = Datum::map(vec![
        ("Name".into(), Datum::text(RELEASE)),
        ("Namespace".into(), Datum::text(NAMESPACE)),
        ("Service".into(), Datum::text("Helm")),
        ("IsUpgrade".into(), Datum::unknown()),
        ("IsInstall".into(), Datum::unknown()),
        ("Revision".into(), Datum::unknown()),
    ]);
    Datum::map(vec![
        ("Values".into(), values),
        ("Chart".into(), metadata),
        ("Release".into(), release),
        ("Capabilities".into(), Datum::unknown()),
        ("Template".into(), Datum::unknown()),
        ("Files".into(), Datum::unknown()),
        ("Subcharts".into(), Datum::unknown()),
    ])
}
