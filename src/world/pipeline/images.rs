//! Which images the pipelines build and publish: `docker build`, `docker push`, and the actions that do the same.

use crate::source::{FileId, Span};
use crate::world::World;
use crate::world::commands::{CommandClass, file_name};
use crate::world::image::{StartCommand, Tree, cover};
use crate::world::image_reference::image_reference;
use crate::world::packages::{join, normalise};

use super::containers::docker_call;
use super::model::{ActionUse, CiCommand, Job, Pipelines, Step};
use super::scope::is_known;

/// An image that a job builds or publishes.
#[derive(Clone, Debug)]
pub struct ImageStep {
    /// The job, by position in [`Pipelines::jobs`].
    pub job: usize,
    /// The command or action.
    pub span: Span,
    /// It builds the image, and not only pushes it.
    pub builds: bool,
    /// The Dockerfile, where it is in the tree.
    pub dockerfile: Option<FileId>,
    /// It pushes to a registry.
    pub publishes: bool,
    /// Names with tags, as far as they are known.
    pub tags: Vec<ImageTag>,
    /// All names and tags are in [`ImageStep::tags`].
    pub complete: bool,
}

/// A name with a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageTag {
    /// `ghcr.io/acme/api:${__github_sha__}`, filled in as far as it is known.
    pub text: String,
    /// What stands before the tag.
    pub repository: String,
    /// The tag; none for an image without one.
    pub tag: Option<String>,
    /// Whether the tag names one build for ever; none where that cannot be told.
    pub immutable: Option<bool>,
    /// Where it stands.
    pub span: Span,
}

/// An image that the repository publishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedImage {
    /// Registry and repository, with `${…}` for what is not known.
    pub repository: String,
    /// The last part of the repository, where it is known.
    pub basename: Option<String>,
    /// The Dockerfile it is built from, where that is known.
    pub dockerfile: Option<FileId>,
    /// Where it is published.
    pub span: Span,
}

impl ImageTag {
    /// True for a registry beside the job, which nothing is deployed from.
    pub fn is_local(&self) -> bool {
        ["localhost", "127.0.0.1", "registry:"].iter().any(|host| self.repository.starts_with(host))
    }
}

impl World {
    /// The images that the pipelines of this repository publish.
    pub fn published_images(&self) -> Vec<PublishedImage> {
        let tree = self.tree();
        let steps = self.pipelines.image_steps(tree);
        let mut found: Vec<PublishedImage> = Vec::new();
        for step in steps.iter().filter(|s| s.publishes) {
            for tag in step.tags.iter().filter(|t| !t.is_local()) {
                let last = tag.repository.rsplit('/').next().filter(|l| is_known(l) && !l.is_empty());
                // `docker push` publishes what another step has built under the same name.
                let built = steps
                    .iter()
                    .filter(|s| s.builds && s.tags.iter().any(|t| t.repository == tag.repository));
                let image = PublishedImage {
                    repository: tag.repository.clone(),
                    basename: last.map(str::to_owned),
                    dockerfile: step.dockerfile.or_else(|| built.into_iter().find_map(|s| s.dockerfile)),
                    span: tag.span,
                };
                if !found.iter().any(|f| f.repository == image.repository && f.dockerfile == image.dockerfile)
                {
                    found.push(image);
                }
            }
        }
        found
    }
}

impl Pipelines {
    /// All steps that build or publish images.
    pub fn image_steps(&self, tree: Tree<'_>) -> Vec<ImageStep> {
        let mut found = Vec::new();
        for (at, job) in self.jobs.iter().enumerate() {
            for step in &job.steps {
                if let Some(action) = &step.action {
                    found.extend(of_action(tree, at, job, step, action));
                }
                for command in step.commands.iter().filter(|c| !c.in_image) {
                    found.extend(of_command(tree, at, command));
                }
            }
        }
        found
    }
}

/// What an action builds or publishes.
fn of_action(tree: Tree<'_>, job: usize, of: &Job, step: &Step, action: &ActionUse) -> Option<ImageStep> {
    let does = |class| super::class::action_rows(action).any(|row| row.class == class);
    let (builds, publishes) = (does(CommandClass::BuildsImage), does(CommandClass::PublishesImage));
    if !builds && !publishes {
        return None;
    }
    let mut made = ImageStep {
        job,
        span: action.span,
        builds,
        dockerfile: None,
        publishes,
        tags: Vec::new(),
        complete: action.name.ends_with("build-push-action"),
    };
    if !made.complete {
        return Some(made);
    }
    let context = action.input("context").map_or(".", |c| c.value.as_str());
    let context = context.strip_prefix("./").unwrap_or(context);
    let file = match action.input("file") {
        Some(path) => normalise(&path.value),
        None => normalise(context).map(|context| join(&context, "Dockerfile")),
    };
    made.dockerfile = file.filter(|f| is_known(f)).and_then(|path| tree.file_at(&path));
    // `outputs: push-by-digest=true` names the image by its content.
    let outputs = action.input("outputs");
    if outputs.is_some_and(|o| o.value.contains("push-by-digest")) {
        made.complete = false;
    }
    let Some(tags) = action.input("tags") else {
        made.complete = false;
        return Some(made);
    };
    for part in tags.value.split([',', '\n']).map(str::trim).filter(|t| !t.is_empty()) {
        match metadata_step(part, of, step) {
            Some(Some(metadata)) => {
                let (tags, complete) = metadata_tags(metadata);
                made.tags.extend(tags);
                made.complete &= complete;
            }
            Some(None) => made.complete = false,
            None => made.tags.push(image_tag(part, tags.span)),
        }
    }
    Some(made)
}

/// The `docker/metadata-action` whose output a tag is: `${{ steps.meta.outputs.tags }}`. `Some(None)` for the output of
/// something else.
fn metadata_step<'j>(part: &str, job: &'j Job, step: &Step) -> Option<Option<&'j ActionUse>> {
    let whole = part.strip_prefix("${").and_then(|p| p.strip_suffix('}'))?;
    let name = whole.trim_matches('_');
    let of = job.steps.iter().filter(|s| s.id.is_some() && s.id != step.id);
    let found = of.into_iter().find(|s| {
        let id = super::scope::expression_key(s.id.as_deref().unwrap_or(""));
        name.starts_with(&format!("steps_{id}_outputs_"))
    });
    let action = found.and_then(|s| s.action.as_ref());
    Some(action.filter(|a| a.name == "docker/metadata-action" || a.name == "crazy-max/ghaction-docker-meta"))
}

/// The tags that `docker/metadata-action` makes, and whether they are all.
fn metadata_tags(action: &ActionUse) -> (Vec<ImageTag>, bool) {
    let mut found = Vec::new();
    let lines = |name: &str| -> Vec<(String, Span)> {
        let input = action.input(name);
        let all = input.iter().flat_map(|i| i.value.lines().map(|l| (l.trim().to_owned(), i.span)));
        all.filter(|(l, _)| !l.is_empty() && !l.starts_with('#')).collect()
    };
    let mut kinds: Vec<(String, Span)> = lines("tags");
    if kinds.is_empty() {
        // Without `tags`: schedule, branch, tag and pull request.
        kinds.push(("type=ref,event=branch".into(), action.span));
        kinds.push(("type=ref,event=tag".into(), action.span));
    }
    let latest = action.input("flavor").is_some_and(|f| f.value.contains("latest=true"));
    if latest {
        kinds.push(("type=raw,value=latest".into(), action.span));
    }
    let mut complete = true;
    for (image, _) in lines("images")
        .iter()
        .flat_map(|(l, s)| l.split(',').map(|p| (p.trim().to_owned(), *s)).collect::<Vec<_>>())
    {
        let Some(repository) =
            image.strip_prefix("name=").or(Some(image.as_str()).filter(|i| !i.contains('=')))
        else {
            continue;
        };
        for (kind, span) in &kinds {
            let field = |name: &str| {
                kind.split(',').find_map(|f| f.trim().strip_prefix(name)?.strip_prefix('=')).unwrap_or("")
            };
            let value = field("value");
            let (tag, immutable) = match field("type") {
                "sha" => ("<commit>".to_owned(), Some(true)),
                "semver" | "pep440" | "match" => ("<version>".to_owned(), Some(true)),
                "ref" if field("event") == "tag" => ("<tag>".to_owned(), Some(true)),
                "ref" => (format!("<{}>", field("event")), Some(false)),
                "edge" => ("edge".to_owned(), Some(false)),
                "schedule" => ("nightly".to_owned(), Some(field("pattern").contains("date"))),
                "raw" => (value.to_owned(), immutability(Some(value))),
                _ if !kind.contains('=') => (kind.clone(), immutability(Some(kind))),
                _ => {
                    complete = false;
                    continue;
                }
            };
            found.push(ImageTag {
                text: format!("{repository}:{tag}"),
                repository: repository.to_owned(),
                tag: Some(tag),
                immutable,
                span: *span,
            });
        }
    }
    (found, complete)
}

/// What a command builds or publishes.
fn of_command(tree: Tree<'_>, job: usize, of: &CiCommand) -> Option<ImageStep> {
    let command = &of.command;
    let does = |class| !super::class::command_rows(command, class).is_empty();
    let (builds, publishes) = (does(CommandClass::BuildsImage), does(CommandClass::PublishesImage));
    if !builds && !publishes {
        return None;
    }
    let mut made = ImageStep {
        job,
        span: command.words.iter().map(|w| w.span).reduce(cover).unwrap_or(command.span),
        builds,
        dockerfile: None,
        publishes,
        tags: Vec::new(),
        complete: false,
    };
    let program = command.words.first().map_or("", |w| file_name(&w.text));
    if !matches!(program, "docker" | "podman" | "nerdctl" | "buildah") {
        return Some(made);
    }
    let call = docker_call(command)?;
    if call.is_compose() || call.verb() == "bake" {
        return Some(made);
    }
    if builds {
        made.dockerfile = dockerfile(tree, command);
        made.tags.extend(call.values(&["-t", "--tag"]).into_iter().map(|(t, word)| image_tag(&t, word.span)));
        made.complete = !call.has("--output") && !call.has("-o");
    } else {
        let words = call.plain.iter().filter_map(|at| command.words.get(*at));
        let all = call.has("--all-tags") || call.has("-a");
        let named: Vec<ImageTag> = words.map(|w| image_tag(&w.text, w.span)).collect();
        made.complete = !all && call.verb() == "push" && named.len() == 1;
        made.tags = named;
        made.tags.retain(|t| !t.text.contains("$(") && !t.text.contains('@') && !t.text.contains("[@]"));
        if call.verb() == "create" {
            made.complete = false;
            made.tags =
                call.values(&["-t", "--tag"]).into_iter().map(|(t, word)| image_tag(&t, word.span)).collect();
        }
    }
    Some(made)
}

fn dockerfile(tree: Tree<'_>, command: &StartCommand) -> Option<FileId> {
    let folder = command.folder.as_deref()?;
    let call = docker_call(command)?;
    let context = call.plain.first().and_then(|at| command.words.get(*at)).map_or(".", |w| w.text.as_str());
    let file = match call.values(&["-f", "--file"]).first() {
        Some((path, _)) => normalise(&join(folder, path))?,
        None => join(&normalise(&join(folder, context))?, "Dockerfile"),
    };
    tree.file_at(&file)
}

/// Takes a name with a tag apart.
fn image_tag(text: &str, span: Span) -> ImageTag {
    let text = text.trim().trim_start_matches("docker://");
    if is_known(text) {
        let reference = image_reference(text);
        let name = text.split('@').next().unwrap_or(text);
        let tag = reference.tag.clone();
        let repository = match &tag {
            Some(tag) => name.strip_suffix(tag.as_str()).map_or(name, |n| n.trim_end_matches(':')),
            None => name,
        };
        let digest = reference.digest.is_some();
        return ImageTag {
            text: text.to_owned(),
            repository: repository.to_owned(),
            immutable: if digest { Some(true) } else { immutability(tag.as_deref()) },
            tag,
            span,
        };
    }
    // The colon of the tag stands behind the last slash, outside of `${…}`.
    let mut depth = 0;
    let mut colon = None;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            '/' if depth == 0 => colon = None,
            ':' if depth == 0 => colon = Some(at),
            _ => {}
        }
    }
    let (repository, tag) = match colon {
        Some(at) => (text.get(..at).unwrap_or(text), text.get(at + 1..)),
        None => (text, None),
    };
    // A whole name in one variable may hold its tag.
    let whole = tag.is_none() && text.ends_with('}') || tag.is_none() && text.contains('$');
    ImageTag {
        text: text.to_owned(),
        repository: repository.to_owned(),
        immutable: if whole { None } else { immutability(tag) },
        tag: tag.map(str::to_owned),
        span,
    }
}

/// Tags that point to another build tomorrow.
const MOVING: &[&str] = &[
    "latest",
    "main",
    "master",
    "dev",
    "develop",
    "development",
    "edge",
    "nightly",
    "stable",
    "staging",
    "stage",
    "production",
    "prod",
    "test",
    "testing",
    "canary",
    "beta",
    "alpha",
    "next",
    "rc",
    "unstable",
    "trunk",
    "ci",
    "local",
    "qa",
    "snapshot",
    "head",
    "buildcache",
    "cache",
];

/// Words in the names of variables that hold something new for each build.
const FRESH: &[&str] = &[
    "sha",
    "commit",
    "version",
    "tag",
    "number",
    "run",
    "build",
    "date",
    "time",
    "timestamp",
    "rev",
    "revision",
    "release",
    "semver",
    "digest",
    "id",
    "hash",
    "describe",
    "short",
];

/// Whether a tag names one build for ever.
pub fn immutability(tag: Option<&str>) -> Option<bool> {
    let Some(tag) = tag.filter(|t| !t.is_empty()) else { return Some(false) };
    let lower = tag.to_ascii_lowercase();
    if tag.contains('$') {
        let fresh = lower.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| FRESH.contains(&word));
        return fresh.then_some(true);
    }
    if MOVING.contains(&lower.as_str()) || lower.starts_with("latest-") {
        return Some(false);
    }
    let version = lower.trim_start_matches('v');
    (version.starts_with(|c: char| c.is_ascii_digit()) && version.contains(['.', '-'])).then_some(true)
}

#[cfg(test)]
mod tests {
    use super::{image_tag, immutability};
    use crate::source::{FileId, Span};

    #[test]
    fn tags_are_told_apart() {
        let cases = [
            (None, Some(false)),
            (Some("latest"), Some(false)),
            (Some("latest-alpine"), Some(false)),
            (Some("1.2.3"), Some(true)),
            (Some("${__github_sha__}"), Some(true)),
            (Some("${__steps_v_outputs_version__}"), Some(true)),
            (Some("${CHANNEL}"), None),
            (Some("alpine"), None),
        ];
        for (tag, expected) in cases {
            assert_eq!(immutability(tag), expected, "{tag:?}");
        }
        let span = Span::whole(FileId(0));
        let tag = image_tag("ghcr.io/${__github_repository__}/api:${TAG:-x}", span);
        assert_eq!(
            (tag.repository.as_str(), tag.tag.as_deref()),
            ("ghcr.io/${__github_repository__}/api", Some("${TAG:-x}"))
        );
        assert_eq!(image_tag("localhost:5000/a", span).tag, None);
        assert_eq!(image_tag("${IMAGE}", span).immutable, None);
    }
}
