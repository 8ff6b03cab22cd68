//! Recipes: what stands behind `make run` and `just serve`.

use crate::facts::artefact::Artefact;
use crate::source::{FileId, Span};
use crate::syntax::recipes::RecipeFile;
use crate::world::commands::file_name;

use super::expand::{DEPTH, Expander, Frame};
use super::files::{Found, join};
use super::model::{Position, StartWord};
use super::script::{Walk, functions};

impl Expander<'_> {
    /// Follows the recipes that `words` call; false when none is found.
    pub(super) fn recipes(&mut self, words: &[StartWord], frame: &Frame) -> bool {
        let texts: Vec<&str> = words.iter().map(|w| w.text.as_str()).collect();
        let Some((program, rest)) = texts.split_first() else { return false };
        let names: &[&str] = match file_name(program) {
            "make" | "gmake" => &["GNUmakefile", "makefile", "Makefile"],
            "just" => &["justfile", "Justfile", ".justfile"],
            _ => return false,
        };
        let (mut folder, mut written, mut targets) = (None, None, Vec::new());
        let mut rest = rest.iter().copied();
        while let Some(word) = rest.next() {
            match word {
                "-C" | "--directory" | "-d" | "--working-directory" => folder = rest.next(),
                "-f" | "--file" | "--makefile" | "--justfile" => written = rest.next(),
                "-j" | "--jobs" => {}
                _ if word.starts_with('-') || word.contains('=') => {}
                _ => targets.push(word),
            }
        }
        // `just serve fast` hands an argument to one recipe.
        if file_name(program) == "just" {
            targets.truncate(1);
        }
        let mut frame = frame.clone();
        if let Some(to) = folder {
            frame.folder = frame.folder.as_deref().map(|from| join(from, to));
        }
        let found = written.iter().chain(names).find_map(|name| self.recipe_file(name, &frame));
        let Some((file, recipes)) = found else { return false };
        let recipes = recipes.clone();
        let first = recipes.recipes.iter().map(|r| r.name.value.as_str()).find(|n| !n.starts_with('.'));
        if targets.is_empty() {
            targets.extend(first);
        }
        let last = targets.len().saturating_sub(1);
        let mut known = false;
        for (at, target) in targets.into_iter().enumerate() {
            let inner = if at == last { frame.clone() } else { frame.at(Position::Helper) };
            known |= self.recipe(file, &recipes, target, &inner);
        }
        known
    }

    fn recipe(&mut self, file: FileId, recipes: &RecipeFile, name: &str, frame: &Frame) -> bool {
        let Some(recipe) = recipes.recipe(name) else { return false };
        if frame.depth > DEPTH || !self.spend() {
            self.out.complete = false;
            return true;
        }
        let inner = frame.deeper(Some(Span::new(file, recipe.name.range)));
        // A recipe that runs nothing itself stands for what it depends on.
        let empty = recipe.script.items.is_empty();
        let last = recipe.dependencies.len().saturating_sub(1);
        for (at, dependency) in recipe.dependencies.iter().enumerate() {
            let main = empty && at == last;
            let before = if main { inner.clone() } else { inner.at(Position::Helper) };
            self.recipe(file, recipes, dependency, &before);
        }
        let script = &recipe.script;
        let walk =
            Walk { file, functions: functions(&script.items), arguments: Vec::new(), replaced_by: None };
        self.list(&script.items, &walk, &inner);
        true
    }

    fn recipe_file(&self, name: &str, frame: &Frame) -> Option<(FileId, &RecipeFile)> {
        let Some(Found::File(file)) = self.locate(name, frame) else { return None };
        match self.site.tree.artefact(file) {
            Artefact::Recipes(recipes) => Some((file, recipes)),
            _ => None,
        }
    }
}
