//! `dependencies/implicit-system-library`: a binary links a library that the image that runs does not install.

use std::collections::BTreeSet;

use crate::facts::artefact::Artefact;
use crate::facts::manifest::LockedPackage;
use crate::rules::{Confidence, Factor, Grade, Level, Need, Rule, Sink, Stage};
use crate::source::Span;
use crate::world::build_steps::transfer;
use crate::world::image::{BuiltImage, Image};
use crate::world::image_reference::image_reference;
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "dependencies/implicit-system-library",
    factor: Factor::Dependencies,
    also: &[],
    level: Level::Info,
    confidence: Confidence::Medium,
    grade: Grade::B,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Images, Need::Cargo],
    subject: SubjectKind::Service,
    page: include_str!("implicit_system_library.md"),
    check,
};

/// A crate that links a library of the system.
struct Linked {
    krate: &'static str,
    /// The crate that brings the library's source, so that nothing is linked from the system.
    source: &'static str,
    /// The command that asks for it.
    vendored: &'static str,
    library: &'static str,
    /// The package to install.
    package: &'static str,
    /// Beginnings of the names of packages that bring it, as a dependency too.
    packages: &'static [&'static str],
}

const LINKED: &[Linked] = &[
    Linked {
        krate: "openssl-sys",
        source: "openssl-src",
        vendored: "cargo add openssl --features vendored",
        library: "libssl",
        package: "libssl3",
        packages: &["libssl", "openssl", "ca-certificates", "curl", "libcurl", "libpq", "postgresql", "git", "wget", "python", "nodejs"],
    },
    Linked {
        krate: "pq-sys",
        source: "pq-src",
        vendored: "cargo add pq-sys --features bundled",
        library: "libpq",
        package: "libpq5",
        packages: &["libpq", "postgresql"],
    },
    Linked {
        krate: "mysqlclient-sys",
        source: "mysqlclient-src",
        vendored: "cargo add mysqlclient-sys --features bundled",
        library: "libmariadb",
        package: "libmariadb3",
        packages: &["libmariadb", "libmysqlclient", "default-libmysqlclient", "mariadb", "mysql", "default-mysql"],
    },
];

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some((_, service)) = view.service() else { return };
    let Some(package) = service.package.and_then(|p| view.world.packages.get(p.0)) else { return };
    let Some(lock) = view.world.cargo_lock_of(package.manifest_file) else { return };
    let Artefact::CargoLock(packages) = view.world.artefact(lock) else { return };
    let used = closure(packages, &package.name);
    for linked in LINKED.iter().filter(|l| used.contains(l.krate) && !used.contains(l.source)) {
        for deployment in view.deployments() {
            if !lacks(view, deployment.image, deployment.built, linked) {
                continue;
            }
            let finding = sink
                .at(deployment.built.base_span)
                .argument("name", &service.name)
                .argument("crate", linked.krate)
                .argument("library", linked.library)
                .argument("package", linked.package)
                .argument("vendored", linked.vendored)
                .related(Span::whole(lock), "lock");
            sink.report(finding);
        }
    }
}

/// The names of all packages that `name` is built from, tests included: the lock file does not tell them apart.
fn closure<'l>(packages: &'l [LockedPackage], name: &'l str) -> BTreeSet<&'l str> {
    let mut seen = BTreeSet::from([name]);
    let mut queue = vec![name];
    while let Some(at) = queue.pop() {
        for next in packages.iter().filter(|p| p.name == at).flat_map(|p| &p.dependencies) {
            if seen.insert(next.as_str()) {
                queue.push(next);
            }
        }
    }
    seen
}

/// True when the image that runs is a bare Debian or Ubuntu and nothing puts the library there.
fn lacks(view: &View<'_>, image: &Image, built: &BuiltImage, linked: &Linked) -> bool {
    let Some(base) = built.base.as_deref() else { return false };
    let bare = matches!(image_reference(base).repository.rsplit('/').next(), Some("debian" | "ubuntu"));
    let compiled = |word: &str| word.contains("musl") || word.contains("vendored");
    let is_static = built.runs.iter().flat_map(|c| c.texts()).any(compiled);
    if !bare || is_static {
        return false;
    }
    let commands = view.world.layer_commands(image, built);
    let brings = |word: &str| linked.packages.iter().any(|p| word.starts_with(p)) || word.contains('$') || word.ends_with(".sh");
    let installed = commands.iter().flat_map(|c| c.texts()).any(brings);
    let copied = view.world.layers(image, built).into_iter().filter_map(transfer).any(|t| {
        t.sources.iter().any(|s| s.value.contains(linked.library) || s.value.contains("/lib") || s.value.trim_end_matches('/').is_empty())
    });
    !installed && !copied
}
