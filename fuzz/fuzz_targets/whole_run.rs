//! A small repository with two fuzzed files through all stages. `cargo fuzz run whole_run`
#![no_main]

use globset::GlobSet;
use libfuzzer_sys::fuzz_target;
use twelvelint::config::Config;
use twelvelint::engine::{Request, analyse, judge};
use twelvelint::rules::Rule;
use twelvelint::vfs::MemFs;

fuzz_target!(|data: (&[u8], &[u8])| {
    let mut tree = MemFs::new();
    tree.add("Cargo.toml", "[package]\nname = \"a\"\n");
    tree.add("src/main.rs", data.0);
    tree.add("compose.yaml", data.1);
    tree.add("Dockerfile", data.1);
    tree.add("k8s/app.yaml", data.1);
    tree.add("k8s/kustomization.yaml", data.1);
    tree.add("chart/Chart.yaml", "name: a\n");
    tree.add("chart/values.yaml", data.0);
    tree.add("chart/templates/all.yaml", data.1);
    let config = Config::default();
    let request = Request {
        vfs: &tree,
        starts: vec![String::new()],
        config: &config,
        config_folder: "",
        exclude: GlobSet::empty(),
        tracked: None,
        jobs: 1,
    };
    let analysis = analyse(&request).expect("built-in tables load");
    let rules: Vec<_> = Rule::all().collect();
    let (_, broken) = judge(&analysis.world, &rules, 1);
    assert!(broken.is_empty(), "a rule panicked: {broken:?}");
});
