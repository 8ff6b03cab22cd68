//! Pipelines: what continuous integration does to this repository, linked with the recipes, scripts, images and
//! package scripts that it leads to.

mod class;
mod containers;
mod github;
mod gitlab;
mod images;
mod matrix;
mod model;
mod release;
mod resolve;
mod runners;
mod scope;
mod stages;
mod targets;
mod tested;
#[cfg(test)]
mod tests;

use crate::discover::kind::{FileKind, ci_system};
use crate::discover::role::Role;
use crate::facts::artefact::Artefact;
use crate::source::{FileId, Span};
use crate::world::Located;
use crate::world::image::Tree;

pub use class::{ActionRow, ToolRow, action_rows, command_rows, tool_of, words_of};
pub use containers::compose_run_target;
pub use gitlab::included_files;
pub use images::{ImageStep, ImageTag, PublishedImage};
pub use model::*;
pub use release::names_deploy;
pub use scope::{Scope, is_known};
pub use stages::{Stage, StageState};
pub use targets::is_script_path;
pub use tested::language_name;

/// Reads all pipelines of the tree.
pub fn link(tree: Tree<'_>) -> Pipelines {
    let mut pipelines = Pipelines::default();
    for (at, found) in tree.inventory.files.iter().enumerate().filter(|(_, f)| !f.above) {
        let Ok(at) = u32::try_from(at) else { break };
        pipelines.root_seen |= !found.path.contains('/');
        let ci =
            matches!(found.kind, Some(FileKind::GithubWorkflow | FileKind::GitlabCi | FileKind::OtherCi));
        if let Some(system) = ci_system(&found.path).filter(|_| ci && found.role != Role::Template) {
            let read = matches!(tree.artefact(FileId(at)), Artefact::Scripted(_));
            pipelines.files.push(CiFile { file: FileId(at), system, read });
        }
        if found.kind == Some(FileKind::PreCommit) && found.role != Role::Vendored {
            hooks(tree, FileId(at), &mut pipelines);
        }
    }
    github::load(tree, &mut pipelines);
    gitlab::load(tree, &mut pipelines);
    pipelines
}

/// The hooks that `.pre-commit-config.yaml` names.
fn hooks(tree: Tree<'_>, file: FileId, pipelines: &mut Pipelines) {
    let Artefact::Scripted(document) = tree.artefact(file) else { return };
    let repositories = document.document.root().and_then(|r| r.get("repos"));
    for repository in repositories.iter().flat_map(|r| r.items()) {
        for hook in repository.get("hooks").iter().flat_map(|h| h.items()) {
            if let Some(id) = hook.get("id") {
                let span = Span::new(file, id.range());
                pipelines.hooks.extend(id.as_str().map(|name| Located::new(name.to_owned(), span)));
            }
        }
    }
}

/// Paths of the repository that shell texts of a pipeline or recipe run as programs: they are read on demand.
pub fn referenced_scripts(artefact: &Artefact) -> Vec<String> {
    let mut found = Vec::new();
    let scripts: Vec<&crate::syntax::shell::Script> = match artefact {
        Artefact::Scripted(document) => document.scripts.iter().map(|(_, s)| s).collect(),
        Artefact::Recipes(recipes) => recipes.recipes.iter().map(|r| &r.script).collect(),
        Artefact::Shell(script) => vec![script],
        _ => Vec::new(),
    };
    for script in scripts {
        crate::syntax::shell::visit_commands(&script.items, &mut |command| {
            for word in command.simple().iter().flat_map(|s| s.words.iter().take(3)) {
                let text = word.text.trim_start_matches("./");
                if text.contains('/') && !word.has_expansion && is_script_path(text) {
                    found.push(text.to_owned());
                }
            }
        });
    }
    found
}
