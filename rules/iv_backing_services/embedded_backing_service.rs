//! `backing/embedded-backing-service`: one container runs the application and its database.

use crate::rules::{Confidence, Factor, Finding, Grade, Level, Need, Rule, Sink, Stage};
use crate::world::backing::{ImageClass, image_kind};
use crate::world::commands::CommandClass;
use crate::world::image::{Position, StartCommand};
use crate::world::image_reference::image_reference;
use crate::world::{Start, SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "backing/embedded-backing-service",
    factor: Factor::BackingServices,
    also: &[Factor::Concurrency],
    level: Level::Error,
    confidence: Confidence::High,
    grade: Grade::A,
    // No hit on the projects it was measured on.
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Images, Need::Node, Need::Procfile, Need::Compose],
    subject: SubjectKind::File,
    page: include_str!("embedded_backing_service.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    for start in view.starts() {
        if !start.is_production() || start.is_release_step() || start.process_type().is_some() || is_packaged_store(&start) {
            continue;
        }
        let stores = start.tree.commands.iter().filter(|c| c.class(CommandClass::Datastore).is_some());
        let mut seen: Vec<&str> = Vec::new();
        for store in stores {
            let Some(kind) = store_of(store).filter(|k| !seen.contains(&k.title)) else { continue };
            if let Some(finding) = judge(view, sink, &start, store, kind) {
                seen.push(kind.title);
                sink.report(finding);
            }
        }
    }
}

fn judge(view: &View<'_>, sink: &Sink<'_>, start: &Start<'_>, store: &StartCommand, kind: &Store) -> Option<Finding> {
    let app = start.tree.commands.iter().find(|c| is_application(c))?;
    let mut finding = sink
        .at(store.span)
        .service(start.service)
        .argument("store", kind.title)
        .argument("app", app.program())
        .argument("image", kind.image)
        .argument("variable", kind.variable)
        .related(app.span, "app");
    if let Some((image, built)) = start.image() {
        let installs = |c: &&StartCommand| {
            let words = c.texts();
            ["apt-get", "apt", "apk", "dnf", "yum", "microdnf", "zypper"].contains(&c.program())
                && words.iter().any(|w| kind.packages.iter().any(|p| w.starts_with(p)))
        };
        if let Some(found) = view.world.layer_commands(image, built).into_iter().find(installs) {
            finding = finding.related(found.span, "install");
        }
        let path = view.world.path(image.dockerfile).to_ascii_lowercase();
        if ["all-in-one", "allinone", "all_in_one", "aio", "standalone", "demo"].iter().any(|w| path.contains(w)) {
            finding = finding.level(Level::Warning);
        }
    }
    // Only when nothing is attached, or somebody asks for it.
    Some(if store.is_unconditional() { finding } else { finding.level(Level::Info).variant("optional") })
}

/// A process that the container is there for, beside its database.
fn is_application(command: &StartCommand) -> bool {
    use CommandClass::{
        BuildsAssets, Cron, Datastore, FetchesSource, Helper, InstallsDependencies, MigratesSchema, OneShot, ProcessManager, Proxy, Tail,
    };
    let classes: Vec<CommandClass> = command.matches().iter().map(|m| m.row.class).collect();
    let other = [BuildsAssets, Cron, Datastore, FetchesSource, Helper, InstallsDependencies, MigratesSchema, OneShot, ProcessManager, Proxy, Tail];
    command.position != Position::Helper && !command.expanded && !classes.iter().any(|c| other.contains(c))
}

/// The image packages the database itself.
fn is_packaged_store(start: &Start<'_>) -> bool {
    let base = start.built().and_then(|b| b.base.as_deref()).map(image_reference);
    base.as_ref().and_then(image_kind).is_some_and(|k| k.class == ImageClass::Backing)
}

struct Store {
    programs: &'static [&'static str],
    title: &'static str,
    image: &'static str,
    variable: &'static str,
    packages: &'static [&'static str],
}

const STORES: &[Store] = &[
    Store { programs: &["postgres", "pg_ctl", "postmaster"], title: "PostgreSQL", image: "postgres:17", variable: "DATABASE_URL", packages: &["postgresql"] },
    Store { programs: &["mysql", "mariadb"], title: "MySQL", image: "mysql:8.4", variable: "DATABASE_URL", packages: &["mysql", "mariadb", "default-mysql"] },
    Store { programs: &["redis", "valkey", "keydb"], title: "Redis", image: "redis:7", variable: "REDIS_URL", packages: &["redis", "valkey"] },
    Store { programs: &["mongo"], title: "MongoDB", image: "mongo:7", variable: "MONGODB_URL", packages: &["mongodb"] },
    Store { programs: &["rabbitmq"], title: "RabbitMQ", image: "rabbitmq:4", variable: "AMQP_URL", packages: &["rabbitmq"] },
    Store { programs: &["memcached"], title: "Memcached", image: "memcached:1.6", variable: "MEMCACHED_URL", packages: &["memcached"] },
    Store { programs: &["elasticsearch", "opensearch"], title: "Elasticsearch", image: "elasticsearch:8.17.0", variable: "ELASTICSEARCH_URL", packages: &["elasticsearch"] },
    Store { programs: &["minio"], title: "MinIO", image: "minio/minio:RELEASE.<date>", variable: "S3_ENDPOINT", packages: &["minio"] },
];

static OTHER: Store = Store { programs: &[], title: "the datastore", image: "<image>:<version>", variable: "DATABASE_URL", packages: &[] };

/// The system that a command starts.
fn store_of(command: &StartCommand) -> Option<&'static Store> {
    let found = command.class(CommandClass::Datastore)?;
    // `service redis-server start`: the word behind the program.
    let words = command.words.iter().take(found.last + 1).map(|w| w.text.rsplit('/').next().unwrap_or(&w.text));
    let all: Vec<&str> = words.collect();
    let is = |store: &&Store| store.programs.iter().any(|p| all.iter().any(|w| w.starts_with(p)));
    Some(STORES.iter().find(is).unwrap_or(&OTHER))
}
