//! Which role a file plays, judged from its path below the root alone (and, for generated code, its first lines).

use serde::{Deserialize, Serialize};

/// What a file is for. Rules look at [`Role::Production`] unless they say otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Part of what is shipped.
    #[default]
    Production,
    /// For tests.
    Test,
    /// Shows how to use something.
    Example,
    /// Measures speed.
    Bench,
    /// Documentation.
    Docs,
    /// Somebody else's code.
    Vendored,
    /// Written by a program.
    Generated,
    /// For the developer's machine only.
    Dev,
    /// For continuous integration only.
    Ci,
    /// A sample or template to be filled in.
    Template,
    /// Runs while the package is built (`build.rs`).
    BuildScript,
}

/// The role of the file at `path` (relative to the root, `/` between names).
pub fn role_of_path(path: &str) -> Role {
    let lower = path.to_ascii_lowercase();
    let mut segments: Vec<&str> = lower.split('/').collect();
    let name = segments.pop().unwrap_or("");
    for segment in &segments {
        if let Some(role) = folder_role(segment) {
            return role;
        }
    }
    if is_dockerfile(name) && segments.last().is_some_and(|s| BUILD_IMAGES.contains(s)) {
        return Role::Ci;
    }
    name_role(name).unwrap_or_default()
}

/// Folders of images in which something is built, and that nobody deploys.
const BUILD_IMAGES: &[&str] = &["builder", "builders", "build-image", "build-env", "buildenv"];

fn is_dockerfile(name: &str) -> bool {
    name.contains("dockerfile") || name.contains("containerfile")
}

fn folder_role(segment: &str) -> Option<Role> {
    let role = match segment {
        "tests" | "test" | "testfiles" | "e2e" | "__tests__" | "testdata" | "test-data" | "test_data"
        | "fixtures" | "fixture" | "testing" | "spec" | "specs" | "mocks" | "__mocks__" | "mock"
        | "fakes" | "fuzz" | "cypress" | "integration-tests" | "integration_tests" | "integration-test"
        | "test-utils" | "test_utils" | "testkit" | "test-support" | "test_support" | "load-tests"
        | "loadtest" | "load_tests" | "testsuite" => Role::Test,
        "examples" | "example" | "samples" | "sample" | "demos" | "tutorials" | "tutorial" => Role::Example,
        "benches" | "bench" | "benchmarks" | "benchmark" => Role::Bench,
        "docs" | "doc" | "documentation" | "book" | "website" => Role::Docs,
        "vendor" | "vendored" | "third_party" | "third-party" | "thirdparty" | "node_modules"
        | "bower_components" | "site-packages" => Role::Vendored,
        "genproto" | "generated" | "__generated__" | "gen" => Role::Generated,
        ".devcontainer" | "devcontainer" | ".vscode" | ".idea" | "dev" | "_dev" | "hack" | ".dev" => {
            Role::Dev
        }
        ".github" | ".gitlab" | ".circleci" | ".buildkite" | "ci" | ".ci" | "cross" => Role::Ci,
        _ => return test_like_segment(segment),
    };
    Some(role)
}

fn test_like_segment(segment: &str) -> Option<Role> {
    let test = ["-test", "-tests", "_test", "_tests", "-testing", "_testing", "-mock", "_mock"];
    if test.iter().any(|suffix| segment.ends_with(suffix))
        || segment.starts_with("integration-test")
        || segment.starts_with("testfile")
    {
        return Some(Role::Test);
    }
    if segment.ends_with("-bench") || segment.ends_with("_bench") || segment.ends_with("-benchmarks") {
        return Some(Role::Bench);
    }
    if segment.ends_with("-example") || segment.ends_with("-examples") {
        return Some(Role::Example);
    }
    None
}

fn name_role(name: &str) -> Option<Role> {
    if name == "build.rs" {
        return Some(Role::BuildScript);
    }
    let template = [".example", ".sample", ".template", ".tpl", ".tmpl", ".j2", ".dist", ".in", ".default"];
    if template.iter().any(|suffix| name.ends_with(suffix)) {
        return Some(Role::Template);
    }
    if name.contains(".example.") || name.contains(".sample.") || name.contains(".template.") {
        return Some(Role::Template);
    }
    let stem = name.split('.').next().unwrap_or(name);
    if name.ends_with(".rs") {
        let test = stem == "tests" || stem == "test" || stem.ends_with("_test") || stem.ends_with("_tests");
        return test.then_some(Role::Test);
    }
    if name.ends_with(".py") {
        let test =
            stem.starts_with("test_") || stem.ends_with("_test") || stem == "conftest" || stem == "tests";
        return test.then_some(Role::Test);
    }
    if is_deployment_file(name) { deployment_role(name) } else { None }
}

fn is_deployment_file(name: &str) -> bool {
    is_dockerfile(name)
        || name.contains("compose")
        || name.starts_with(".env")
        || name.ends_with(".env")
        || name.starts_with("procfile")
}

/// Roles told by a word in the name of a Dockerfile, compose file, dotenv file or Procfile.
fn deployment_role(name: &str) -> Option<Role> {
    let words: Vec<&str> = name.split(['.', '-', '_']).filter(|w| !w.is_empty()).collect();
    let has = |list: &[&str]| words.iter().any(|word| list.contains(word));
    if has(&["test", "tests", "testing", "e2e", "integration", "cypress", "playwright"]) {
        Some(Role::Test)
    } else if has(&["ci", "cicd"]) {
        Some(Role::Ci)
    } else if has(&["dev", "develop", "development", "local", "override", "devcontainer", "debug"]) {
        Some(Role::Dev)
    } else if has(&["bench", "benchmark"]) {
        Some(Role::Bench)
    } else if has(&["example", "sample", "template", "demo"]) {
        Some(Role::Template)
    } else {
        None
    }
}

/// True when the first lines of `text` say that a program wrote the file.
pub fn says_generated(text: &str) -> bool {
    let mut head = String::new();
    for line in text.lines().take(5) {
        head.push_str(line.get(..line.len().min(200)).unwrap_or(""));
        head.push('\n');
    }
    let head = head.to_ascii_lowercase();
    head.contains("@generated")
        || (head.contains("generated") && (head.contains("do not edit") || head.contains("do not modify")))
}

#[cfg(test)]
mod tests {
    use super::{Role, role_of_path, says_generated};

    #[test]
    fn paths_tell_roles() {
        let cases = [
            ("src/main.rs", Role::Production),
            ("crates/server/src/tests.rs", Role::Test),
            ("crates/server/tests/api.rs", Role::Test),
            ("crates/test-utils/src/lib.rs", Role::Test),
            ("latest/src/main.rs", Role::Production),
            ("contest/src/main.rs", Role::Production),
            ("build.rs", Role::BuildScript),
            ("Dockerfile", Role::Production),
            ("Dockerfile.dev", Role::Dev),
            ("docker-compose.override.yml", Role::Dev),
            ("docker-compose.dev.yml", Role::Dev),
            ("docker-compose.prod.yml", Role::Production),
            ("docker/builder/Dockerfile", Role::Ci),
            ("crates/builder/src/lib.rs", Role::Production),
            ("compose.e2e.yaml", Role::Test),
            (".env", Role::Production),
            (".env.example", Role::Template),
            (".env_test", Role::Test),
            (".env_docker", Role::Production),
            (".devcontainer/Dockerfile", Role::Dev),
            ("examples/hello/src/main.rs", Role::Example),
            ("benches/parse.rs", Role::Bench),
            ("docs/setup.py", Role::Docs),
            ("vendor/x/src/lib.rs", Role::Vendored),
            ("app/devices/main.py", Role::Production),
            ("app/test_views.py", Role::Test),
        ];
        for (path, role) in cases {
            assert_eq!(role_of_path(path), role, "{path}");
        }
    }

    #[test]
    fn generated_headers() {
        assert!(says_generated("// Code generated by protoc. DO NOT EDIT.\n"));
        assert!(says_generated("// This file is @generated by prost.\n"));
        assert!(!says_generated("//! Tokens are generated at start-up.\n"));
    }
}
