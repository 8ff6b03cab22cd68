//! Which front-end reads a file, judged from its path alone.

use serde::{Deserialize, Serialize};

use super::settings::settings_kind;

/// The kind of a file that some front-end reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileKind {
    /// Rust source.
    Rust,
    /// Python source.
    Python,
    /// `Cargo.toml`.
    CargoManifest,
    /// `Cargo.lock`.
    CargoLock,
    /// `rust-toolchain` or `rust-toolchain.toml`.
    RustToolchain,
    /// `.cargo/config.toml` or `.cargo/config`.
    CargoConfig,
    /// `package.json`.
    PackageJson,
    /// A lock file of npm, yarn, pnpm or bun; only its presence counts.
    NodeLock,
    /// A requirements file of pip.
    Requirements,
    /// A Dockerfile or Containerfile.
    Dockerfile,
    /// `.dockerignore`, also `Dockerfile.dockerignore`.
    Dockerignore,
    /// `.gitignore`.
    Gitignore,
    /// A Compose file.
    Compose,
    /// A file of the `.env` family.
    Dotenv,
    /// A Procfile.
    Procfile,
    /// A shell script.
    Shell,
    /// An INI file of a process manager: supervisord, uWSGI, circus.
    ProcessConfig,
    /// `type` or `up` of an s6-rc service.
    S6,
    /// A YAML file with manifests of Kubernetes.
    Kubernetes,
    /// `kustomization.yaml`.
    Kustomization,
    /// `Chart.yaml`.
    HelmChart,
    /// `values.yaml` of a chart.
    HelmValues,
    /// A template of a chart.
    HelmTemplate,
    /// A settings file of a program, in TOML.
    SettingsToml,
    /// A settings file of a program, in YAML.
    SettingsYaml,
    /// A settings file of a program, in JSON.
    SettingsJson,
    /// Settings as lines of `key = value`: Java properties, variables of Terraform.
    SettingsLines,
    /// A file that may hold a private key.
    PrivateKey,
    /// A unit of systemd, or a file that adds to one.
    SystemdUnit,
    /// A configuration of logback or Log4j 2 in XML.
    LoggingXml,
    /// A workflow of GitHub Actions, or of Forgejo and Gitea, which read the same.
    GithubWorkflow,
    /// An action of the repository's own (`action.yml`).
    GithubAction,
    /// A pipeline of GitLab CI, or a part of one.
    GitlabCi,
    /// A pipeline of a CI system that is recognised and not read.
    OtherCi,
    /// `.pre-commit-config.yaml`.
    PreCommit,
    /// A justfile.
    Justfile,
    /// A makefile.
    Makefile,
    /// Tasks of a task runner: Taskfile, mise, Nx.
    Tasks,
}

impl FileKind {
    /// The kind's name in outputs.
    pub fn slug(self) -> &'static str {
        match self {
            FileKind::Rust => "rust",
            FileKind::Python => "python",
            FileKind::CargoManifest => "cargo-manifest",
            FileKind::CargoLock => "cargo-lock",
            FileKind::RustToolchain => "rust-toolchain",
            FileKind::CargoConfig => "cargo-config",
            FileKind::PackageJson => "package-json",
            FileKind::NodeLock => "node-lock",
            FileKind::Requirements => "requirements",
            FileKind::Dockerfile => "dockerfile",
            FileKind::Dockerignore => "dockerignore",
            FileKind::Gitignore => "gitignore",
            FileKind::Compose => "compose",
            FileKind::Dotenv => "dotenv",
            FileKind::Procfile => "procfile",
            FileKind::Shell => "shell",
            FileKind::ProcessConfig => "process-config",
            FileKind::S6 => "s6",
            FileKind::Kubernetes => "kubernetes",
            FileKind::Kustomization => "kustomization",
            FileKind::HelmChart => "helm-chart",
            FileKind::HelmValues => "helm-values",
            FileKind::HelmTemplate => "helm-template",
            FileKind::SettingsToml => "settings-toml",
            FileKind::SettingsYaml => "settings-yaml",
            FileKind::SettingsJson => "settings-json",
            FileKind::SettingsLines => "settings-lines",
            FileKind::PrivateKey => "private-key",
            FileKind::SystemdUnit => "systemd-unit",
            FileKind::LoggingXml => "logging-xml",
            FileKind::GithubWorkflow => "github-workflow",
            FileKind::GithubAction => "github-action",
            FileKind::GitlabCi => "gitlab-ci",
            FileKind::OtherCi => "other-ci",
            FileKind::PreCommit => "pre-commit",
            FileKind::Justfile => "justfile",
            FileKind::Makefile => "makefile",
            FileKind::Tasks => "tasks",
        }
    }

    /// True for source code, which is parsed only when it holds a trigger word.
    pub fn is_source(self) -> bool {
        matches!(self, FileKind::Rust | FileKind::Python)
    }

    /// True for what may be read above the checked path: manifests and lock files.
    pub fn is_manifest(self) -> bool {
        matches!(
            self,
            FileKind::CargoManifest
                | FileKind::CargoLock
                | FileKind::RustToolchain
                | FileKind::CargoConfig
                | FileKind::PackageJson
                | FileKind::NodeLock
                | FileKind::Requirements
        )
    }
}

/// The kind of the file at `path` (relative to the root); none when no front-end reads it.
pub fn kind_of_path(path: &str) -> Option<FileKind> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let lower = name.to_ascii_lowercase();
    let folder = path.rsplit('/').nth(1).unwrap_or("");
    let kind = match lower.as_str() {
        "cargo.toml" => FileKind::CargoManifest,
        "cargo.lock" => FileKind::CargoLock,
        "rust-toolchain" | "rust-toolchain.toml" => FileKind::RustToolchain,
        "config.toml" | "config" if folder == ".cargo" => FileKind::CargoConfig,
        "package.json" => FileKind::PackageJson,
        "package-lock.json"
        | "npm-shrinkwrap.json"
        | "yarn.lock"
        | "pnpm-lock.yaml"
        | "bun.lock"
        | "bun.lockb" => FileKind::NodeLock,
        ".gitignore" => FileKind::Gitignore,
        _ if is_requirements(&lower, folder) => FileKind::Requirements,
        "procfile" => FileKind::Procfile,
        "kustomization.yaml" | "kustomization.yml" | "kustomization" => FileKind::Kustomization,
        "chart.yaml" => FileKind::HelmChart,
        _ if is_process_config(&lower, path) => FileKind::ProcessConfig,
        ".envrc" => return None,
        "type" | "up" if path.contains("s6-rc.d/") => FileKind::S6,
        "circus.ini" => FileKind::ProcessConfig,
        _ if folder.ends_with(".service.d") && lower.ends_with(".conf") => FileKind::SystemdUnit,
        "action.yml" | "action.yaml" => FileKind::GithubAction,
        ".pre-commit-config.yaml" | ".pre-commit-config.yml" => FileKind::PreCommit,
        "justfile" | ".justfile" => FileKind::Justfile,
        "makefile" | "gnumakefile" => FileKind::Makefile,
        "taskfile.yml" | "taskfile.yaml" | "mise.toml" | ".mise.toml" => FileKind::Tasks,
        "project.json" => FileKind::Tasks,
        _ if let Some(kind) = pipeline_kind(path, &lower) => kind,
        _ => return kind_of_name(&lower).or_else(|| settings_kind(path)),
    };
    Some(kind)
}

/// The name of the CI system whose pipeline stands at `path`. Systems look at the root of a repository only.
pub fn ci_system(path: &str) -> Option<&'static str> {
    let lower = path.to_ascii_lowercase();
    let yaml = lower.ends_with(".yml") || lower.ends_with(".yaml");
    let below = |folder: &str| yaml && lower.starts_with(folder);
    let system = match lower.as_str() {
        ".travis.yml" => "Travis CI",
        "azure-pipelines.yml" | "azure-pipelines.yaml" => "Azure Pipelines",
        "bitbucket-pipelines.yml" => "Bitbucket Pipelines",
        ".drone.yml" | ".drone.yaml" | ".drone.star" | ".drone.jsonnet" => "Drone",
        ".woodpecker.yml" | ".woodpecker.yaml" => "Woodpecker CI",
        "appveyor.yml" | ".appveyor.yml" => "AppVeyor",
        ".cirrus.yml" | ".cirrus.star" => "Cirrus CI",
        "cloudbuild.yml" | "cloudbuild.yaml" => "Google Cloud Build",
        "buildspec.yml" | "buildspec.yaml" => "AWS CodeBuild",
        ".semaphore/semaphore.yml" => "Semaphore",
        "codefresh.yml" => "Codefresh",
        ".build.yml" => "SourceHut builds",
        "wercker.yml" => "Wercker",
        "earthfile" => "Earthly",
        _ if lower == "jenkinsfile" || lower.starts_with("jenkinsfile.") => "Jenkins",
        _ if below(".github/workflows/") => "GitHub Actions",
        _ if below(".forgejo/workflows/") => "Forgejo Actions",
        _ if below(".gitea/workflows/") => "Gitea Actions",
        _ if below(".circleci/") => "CircleCI",
        _ if below(".buildkite/") => "Buildkite",
        _ if below(".woodpecker/") => "Woodpecker CI",
        _ if below(".tekton/") => "Tekton",
        _ if below(".azure-pipelines/") || below("azure-pipelines/") => "Azure Pipelines",
        _ if below(".concourse/") || lower == "ci/pipeline.yml" || lower == "concourse/pipeline.yml" => {
            "Concourse"
        }
        _ if lower == ".gitlab-ci.yml" => "GitLab CI",
        _ => return None,
    };
    Some(system)
}

fn pipeline_kind(path: &str, name: &str) -> Option<FileKind> {
    match ci_system(path) {
        Some("GitHub Actions" | "Forgejo Actions" | "Gitea Actions") => {
            return Some(FileKind::GithubWorkflow);
        }
        Some("GitLab CI") => return Some(FileKind::GitlabCi),
        Some(_) => return Some(FileKind::OtherCi),
        None => {}
    }
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        "yml" | "yaml" if name.contains("gitlab-ci") => Some(FileKind::GitlabCi),
        "just" => Some(FileKind::Justfile),
        "mk" => Some(FileKind::Makefile),
        _ => None,
    }
}

fn kind_of_name(name: &str) -> Option<FileKind> {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    if matches!(extension, "patch" | "diff" | "orig" | "bak" | "rej" | "swp") || name.ends_with('~') {
        return None;
    }
    let kind = if name.ends_with(".dockerignore") {
        FileKind::Dockerignore
    } else if is_dockerfile(name, extension) {
        FileKind::Dockerfile
    } else if is_compose(name, extension) {
        FileKind::Compose
    } else if is_dotenv(name, extension) {
        FileKind::Dotenv
    } else if name.starts_with("procfile.") {
        FileKind::Procfile
    } else {
        match extension {
            "rs" => FileKind::Rust,
            "py" => FileKind::Python,
            "sh" | "bash" | "ash" | "dash" => FileKind::Shell,
            "service" | "timer" => FileKind::SystemdUnit,
            "xml" if is_logging(name) => FileKind::LoggingXml,
            _ if !name.contains('.') && is_start_script(name) => FileKind::Shell,
            _ => return None,
        }
    };
    Some(kind)
}

fn is_requirements(name: &str, folder: &str) -> bool {
    name.strip_suffix(".txt").is_some_and(|stem| stem.starts_with("requirements") || folder == "requirements")
}

/// Names of start scripts that are written without an extension.
fn is_start_script(name: &str) -> bool {
    name.contains("entrypoint")
        || ["start", "run", "boot", "launch", "serve"].contains(&name)
        || ["start-", "start_", "run-", "run_", "docker-start", "docker-run"]
            .iter()
            .any(|p| name.starts_with(p))
}

fn is_process_config(name: &str, path: &str) -> bool {
    let supervisor = name.ends_with(".conf")
        && (name.contains("supervisor") || path.contains("supervisor/") || path.contains("supervisord/"));
    supervisor || (name.contains("uwsgi") && name.ends_with(".ini")) || name == "supervisord.ini"
}

/// `logback-spring.xml`, `log4j2.xml`.
fn is_logging(name: &str) -> bool {
    let stem = name.split(['.', '-', '_']).next().unwrap_or(name);
    matches!(stem, "logback" | "log4j" | "log4j2")
}

fn is_dockerfile(name: &str, extension: &str) -> bool {
    let source = [
        "rs", "py", "go", "js", "ts", "tsx", "md", "yml", "yaml", "json", "toml", "sh", "html", "txt", "java",
    ];
    if source.contains(&extension) {
        return false;
    }
    name == "dockerfile"
        || name == "containerfile"
        || extension == "dockerfile"
        || extension == "containerfile"
        || ["dockerfile.", "dockerfile-", "dockerfile_", "containerfile."].iter().any(|p| name.starts_with(p))
}

/// The names of the Compose Specification, and the variants that `-f` is used with.
fn is_compose(name: &str, extension: &str) -> bool {
    (extension == "yml" || extension == "yaml")
        && (name.starts_with("compose.")
            || name.starts_with("compose-")
            || name.starts_with("compose_")
            || name.contains("docker-compose")
            || name.contains("docker_compose")
            || name.ends_with("-compose.yml")
            || name.ends_with("-compose.yaml")
            || name.ends_with(".compose.yml")
            || name.ends_with(".compose.yaml"))
}

fn is_dotenv(name: &str, extension: &str) -> bool {
    name == ".env"
        || name.starts_with(".env.")
        || name.starts_with(".env_")
        || name.starts_with(".env-")
        || extension == "env"
}

#[cfg(test)]
mod tests {
    use super::{FileKind, kind_of_path};

    #[test]
    fn names_tell_kinds() {
        let cases = [
            ("a/Cargo.toml", Some(FileKind::CargoManifest)),
            (".cargo/config.toml", Some(FileKind::CargoConfig)),
            ("src/config.toml", Some(FileKind::SettingsToml)),
            ("src/shapes.toml", None),
            ("Dockerfile", Some(FileKind::Dockerfile)),
            ("deploy/Dockerfile.alpine", Some(FileKind::Dockerfile)),
            ("prod.Dockerfile", Some(FileKind::Dockerfile)),
            ("src/dockerfile.rs", Some(FileKind::Rust)),
            ("Dockerfile.dockerignore", Some(FileKind::Dockerignore)),
            ("compose.yaml", Some(FileKind::Compose)),
            ("docker-compose.prod.yml", Some(FileKind::Compose)),
            ("docs/compose.md", None),
            (".env.production", Some(FileKind::Dotenv)),
            (".env_docker", Some(FileKind::Dotenv)),
            ("config/db.env", Some(FileKind::Dotenv)),
            (".envrc", None),
            (".env.patch", None),
            ("Dockerfile.orig", None),
            ("docker/entrypoint", Some(FileKind::Shell)),
            ("docker/start-web", Some(FileKind::Shell)),
            ("docker/uwsgi.ini", Some(FileKind::ProcessConfig)),
            ("etc/supervisor/conf.d/web.conf", Some(FileKind::ProcessConfig)),
            ("rootfs/etc/s6-overlay/s6-rc.d/web/type", Some(FileKind::S6)),
            ("src/type", None),
            ("src/main/resources/logback-spring.xml", Some(FileKind::LoggingXml)),
            ("pom.xml", None),
            ("systemd/shop@.service", Some(FileKind::SystemdUnit)),
            ("systemd/shop.service.d/10-port.conf", Some(FileKind::SystemdUnit)),
            (".github/workflows/ci.yaml", Some(FileKind::GithubWorkflow)),
            ("sub/.github/workflows/ci.yaml", None),
            (".gitlab-ci.yml", Some(FileKind::GitlabCi)),
            ("ci/build.gitlab-ci.yml", Some(FileKind::GitlabCi)),
            (".circleci/config.yml", Some(FileKind::OtherCi)),
            ("Jenkinsfile", Some(FileKind::OtherCi)),
            ("lib/.travis.yml", None),
            ("Justfile", Some(FileKind::Justfile)),
            ("docs/common.mk", Some(FileKind::Makefile)),
            ("requirements.txt", Some(FileKind::Requirements)),
            ("requirements/base.txt", Some(FileKind::Requirements)),
            ("requirements.in", None),
            ("README.md", None),
        ];
        for (path, kind) in cases {
            assert_eq!(kind_of_path(path), kind, "{path}");
        }
    }
}
