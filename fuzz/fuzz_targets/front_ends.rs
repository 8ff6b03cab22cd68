//! Every front-end on any text: the first byte chooses the kind. `cargo fuzz run front_ends`
#![no_main]

use libfuzzer_sys::fuzz_target;
use twelvelint::discover::kind::FileKind;
use twelvelint::frontends::extract;

const KINDS: &[FileKind] = &[
    FileKind::Rust,
    FileKind::Python,
    FileKind::CargoManifest,
    FileKind::CargoLock,
    FileKind::PackageJson,
    FileKind::Dockerfile,
    FileKind::Dockerignore,
    FileKind::Compose,
    FileKind::Dotenv,
    FileKind::Procfile,
    FileKind::Shell,
    FileKind::Kubernetes,
    FileKind::HelmTemplate,
];

fuzz_target!(|data: &[u8]| {
    let Some((choice, rest)) = data.split_first() else { return };
    let Ok(text) = std::str::from_utf8(rest) else { return };
    let Some(kind) = KINDS.get(usize::from(*choice) % KINDS.len()) else { return };
    let facts = extract(*kind, text);
    for problem in &facts.problems {
        assert!(problem.range.end as usize <= text.len());
    }
});
