use crate::config::Config;
use crate::engine::{Request, analyse};
use crate::vfs::MemFs;
use crate::world::World;
use crate::world::commands::CommandClass;

fn world(files: &[(&str, &str)]) -> World {
    let mut vfs = MemFs::new();
    for (path, text) in files {
        vfs.add(*path, text.as_bytes());
    }
    let config = Config::default();
    let request = Request {
        vfs: &vfs,
        starts: vec![String::new()],
        config: &config,
        config_folder: "",
        exclude: globset::GlobSet::empty(),
        tracked: None,
        jobs: 1,
    };
    analyse(&request).unwrap_or_else(|error| panic!("{error:?}")).world
}

/// Each job with its needs and the lines of its commands.
fn shown(world: &World) -> Vec<String> {
    let p = &world.pipelines;
    let name = |at: &usize| p.jobs.get(*at).map_or("", |j| j.name.as_str()).to_owned();
    p.jobs
        .iter()
        .map(|job| {
            let needs: Vec<String> = job.needs.iter().map(name).collect();
            let lines: Vec<String> = job.commands().map(|c| c.command.line()).collect();
            format!("{} <{}> {}", job.name, needs.join(","), lines.join(" ; "))
        })
        .collect()
}

#[test]
fn commands_are_followed_three_levels_deep_and_cycles_end() {
    let found = world(&[
        (
            ".github/workflows/ci.yml",
            "on: push\njobs:\n  t:\n    steps:\n    - run: make check\n      working-directory: api\n    - run: |\n        echo \"cargo test\"\n        cat <<EOF\n        cargo test\n        EOF\n        # cargo test\n",
        ),
        ("api/Makefile", "check: lint\n\t@npm run ci\nlint:\n\tcargo clippy\n\t$(MAKE) check\n"),
        ("api/package.json", "{\"scripts\":{\"ci\":\"just verify && npm run ci\"}}"),
        ("api/justfile", "verify: (a \"x\")\n    ./scripts/test\na x:\n    just verify\n"),
        ("api/scripts/test", "#!/bin/sh\ncargo test --locked\n"),
    ]);
    let job = shown(&found);
    let [job] = job.as_slice() else { panic!("{job:?}") };
    assert!(job.contains("cargo clippy"), "{job}");
    assert_eq!(job.matches("cargo test --locked").count(), 1, "{job}");
    let tests = found.pipelines.jobs[0].doings(CommandClass::Tests);
    assert_eq!(tests.len(), 1, "{tests:?}");
    assert_eq!(found.path(tests[0].span.file), "api/scripts/test");
    let command =
        found.pipelines.jobs[0].commands().find(|c| c.command.line() == "cargo test --locked").unwrap();
    assert_eq!(found.path(command.site().file), ".github/workflows/ci.yml");
}

#[test]
fn called_workflows_and_actions_stand_where_they_are_called() {
    let found = world(&[
        (
            ".github/workflows/ci.yml",
            "on: [push]\njobs:\n  all:\n    uses: ./.github/workflows/inner.yml\n    with: {package: api}\n  ship:\n    needs: all\n    steps:\n    - uses: ./.github/actions/push\n      with: {tag: \"${{ github.sha }}\"}\n",
        ),
        (
            ".github/workflows/inner.yml",
            "on:\n  workflow_call:\n    inputs:\n      package: {default: web}\njobs:\n  build:\n    steps:\n    - run: cargo build\n  test:\n    needs: [build]\n    strategy:\n      matrix:\n        cmd: [\"cargo test -p ${{ inputs.package }}\", cargo clippy]\n    steps:\n    - run: ${{ matrix.cmd }}\n",
        ),
        (
            ".github/actions/push/action.yml",
            "inputs:\n  tag: {default: latest}\nruns:\n  using: composite\n  steps:\n  - run: docker push app:${{ inputs.tag }}\n    shell: bash\n",
        ),
    ]);
    let expected = [
        "all / build <> cargo build",
        "all / test <all / build> cargo test -p api ; cargo clippy",
        "ship <all / build,all / test> docker push app:${__github_sha__}",
    ];
    assert_eq!(shown(&found), expected);
}

#[test]
fn gitlab_includes_extends_and_references() {
    let found = world(&[
        (
            ".gitlab-ci.yml",
            "include:\n- local: /ci/base.yml\n- project: other/x\nstages: [check, ship]\ndefault:\n  image: rust:1.90\n  before_script: [rustup component add clippy]\nvariables: {IMAGE: app}\ntest:\n  extends: .rust\n  services:\n  - postgres:16\nlint:\n  extends: [.rust, .quiet]\n  script:\n  - !reference [.rust, script]\n  - cargo clippy\n  allow_failure: true\npush:\n  stage: ship\n  before_script: []\n  script:\n  - docker push $IMAGE:$CI_COMMIT_SHA\n",
        ),
        (
            "ci/base.yml",
            ".rust:\n  stage: check\n  variables: {A: b}\n  script:\n  - cargo test $A\n.quiet:\n  before_script: [echo]\n",
        ),
    ]);
    let expected = [
        "lint <> echo ; cargo test b ; cargo clippy",
        "push <test> docker push app:$CI_COMMIT_SHA",
        "test <> rustup component add clippy ; cargo test b",
    ];
    assert_eq!(shown(&found), expected);
    let job = &found.pipelines.jobs[2];
    assert_eq!(job.services[0].references[0].tag.as_deref(), Some("16"));
    assert_eq!(job.container.as_ref().map(|c| c.value.as_str()), Some("rust:1.90"));
    assert_eq!(found.pipelines.unknown.len(), 1);
}

#[test]
fn other_systems_are_recognised_and_not_read() {
    let found = world(&[
        (".circleci/config.yml", "jobs: {}"),
        ("Jenkinsfile", "pipeline {}"),
        ("vendor/x/.travis.yml", "a: b"),
        ("README.md", ""),
    ]);
    let systems: Vec<&str> = found.pipelines.unread().iter().map(|f| f.system).collect();
    assert_eq!(systems, ["CircleCI", "Jenkins"]);
    assert!(found.pipelines.root_seen);
}

#[test]
fn hostile_pipelines_do_no_harm() {
    let cases = [
        "on: push\njobs: [a, b]\n",
        "jobs:\n  a: &a\n    needs: a\n    steps: *a\n",
        "jobs:\n  a:\n    uses: ./.github/workflows/ci.yml\n",
        "jobs:\n  a:\n    strategy: {matrix: {a: [1,2,3,4,5,6,7,8,9], b: [1,2,3,4,5,6,7,8,9], c: [1,2,3,4,5,6,7,8,9]}}\n    steps: [{run: \"echo ${{ matrix.a }}\"}]\n",
        "jobs:\n  a:\n    env: {X: $X$X, Y: $X$X}\n    steps: [{run: \"f() { f; f; }; f; eval $X; bash -c 'bash -c \\\"$0\\\"'\"}]\n",
        "{{{{",
        "",
    ];
    for text in cases {
        let found = world(&[
            (".github/workflows/ci.yml", text),
            (
                ".gitlab-ci.yml",
                ".a: {extends: .b}\n.b: {extends: .a}\nc: {extends: .a, script: [!reference [c, script]]}\ninclude: .gitlab-ci.yml\n",
            ),
        ]);
        assert!(found.pipelines.jobs.len() < 500, "{text}");
    }
}

mod arbitrary {
    use proptest::prelude::*;

    /// Pieces that pipelines are made of, in any order.
    fn piece() -> impl Strategy<Value = String> {
        const WORDS: &[&str] = &[
            "jobs:",
            "on:",
            "push",
            "steps:",
            "- run: |",
            "  ",
            "\n",
            "- uses: ./a",
            "make x",
            "${{ matrix.a }}",
            "needs: [a]",
            "strategy:",
            "matrix:",
            "a:",
            "include:",
            "extends: .a",
            "- !reference [a, b]",
            "&a",
            "*a",
            "<<: *a",
            "'",
            "\"",
            "{",
            "}",
            "[",
            "]",
            "$(",
            ")",
            "<<EOF",
            "\t",
            "x:",
            "script:",
            "test:",
            "|",
            ">-",
            "ü",
            "\u{feff}",
            "docker run -t",
            "cd ..",
            "if",
            "fi",
            ":",
            "- ",
        ];
        prop_oneof![prop::sample::select(WORDS).prop_map(str::to_owned), "[ -~\\n]{0,12}"]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]
        #[test]
        fn front_ends_never_panic(pieces in prop::collection::vec(piece(), 0..60)) {
            let text = pieces.concat();
            let found = super::world(&[
                (".github/workflows/ci.yml", &text),
                (".gitlab-ci.yml", &text),
                ("a/action.yml", &text),
                ("Makefile", &text),
                ("justfile", &text),
                ("mise.toml", &text),
            ]);
            prop_assert!(found.pipelines.jobs.len() < 5_000);
        }
    }
}
