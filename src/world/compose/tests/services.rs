//! Single files: short and long forms, variables, places.

use super::helper::{one, repository};
use crate::world::compose::{CommandValue, MountKind, Operator, ServiceRole};

#[test]
fn an_entry_and_its_scalars_have_places() {
    let text = "services:\n  web:\n    image: \"ghcr.io/acme/web:1.2\"\n    command: ['serve', --port, \"80\"]\n    container_name: web\n    deploy: {replicas: 3}\n    stop_grace_period: 30s\n    init: true\n    restart: always\n";
    let repo = one(text);
    let web = repo.service("web");
    assert!(repo.slice(web.span).starts_with("web:\n    image"));
    assert_eq!(repo.slice(web.name.span), "web");
    let image = web.image.as_ref().map(|i| repo.slice(i.span));
    assert_eq!(image, Some("ghcr.io/acme/web:1.2"));
    let Some(CommandValue::List(words)) = &web.command else { panic!("no list") };
    let words: Vec<_> = words.iter().map(|w| (w.value.shown(), repo.slice(w.span))).collect();
    assert_eq!(words, [("serve", "serve"), ("--port", "--port"), ("80", "80")]);
    let replicas = web.replicas.as_ref().map(|r| (r.value, repo.slice(r.span)));
    assert_eq!(replicas, Some((3, "3")));
    assert_eq!(web.container_name.as_ref().map(|c| repo.slice(c.span)), Some("web"));
    assert_eq!(web.stop_grace_period.as_ref().map(|c| repo.slice(c.span)), Some("30s"));
    assert_eq!(web.init.as_ref().map(|i| i.value), Some(true));
    assert_eq!(web.role, ServiceRole::ThirdParty);
}

#[test]
fn anchors_merge_keys_pass_through_and_nested_defaults() {
    let text = "x-env: &env\n  LOG: info\n  URL: ${URL:-http://${HOST:-api}:80}\nservices:\n  a:\n    build: .\n    environment:\n      <<: *env\n      LOG: debug\n      TOKEN:\n      PASSWORD: ${PASSWORD:?set it}\n  b:\n    build: .\n    environment:\n      - LOG=a=b\n      - TOKEN\n      - EMPTY=\n";
    let repo = one(text);
    let a: Vec<_> = repo
        .service("a")
        .environment
        .iter()
        .map(|e| (e.name.value.as_str(), e.value.as_deref(), e.pass_through))
        .collect();
    let wanted = [
        ("LOG", Some("debug"), false),
        ("TOKEN", None, true),
        ("PASSWORD", None, false),
        ("URL", Some("http://api:80"), false),
    ];
    assert_eq!(a, wanted);
    let url = repo.service("a").variable("URL").unwrap_or_else(|| panic!("no URL"));
    let defaults: Vec<_> =
        url.defaults.iter().map(|d| (d.variable.as_str(), repo.slice(d.default.span))).collect();
    assert_eq!(defaults, [("URL", "http://${HOST:-api}:80"), ("HOST", "api")]);
    let password = repo.service("a").variable("PASSWORD").unwrap_or_else(|| panic!("no PASSWORD"));
    let uses: Vec<_> = password.variables.iter().map(|u| (repo.slice(u.name.span), u.operator)).collect();
    assert_eq!(uses, [("PASSWORD", Some(Operator::RequiredIfEmpty))]);
    let b: Vec<_> = repo
        .service("b")
        .environment
        .iter()
        .map(|e| (repo.slice(e.name.span), e.raw.as_ref().map(|r| repo.slice(r.span)), e.pass_through))
        .collect();
    assert_eq!(b, [("LOG", Some("a=b"), false), ("TOKEN", None, true), ("EMPTY", Some(""), false)]);
}

#[test]
fn ports_in_all_forms() {
    let cases = [
        ("\"80\"", None, None, Some((80, 80)), "tcp"),
        ("8080:80", None, Some((8080, 8080)), Some((80, 80)), "tcp"),
        ("127.0.0.1:8080:80", Some("127.0.0.1"), Some((8080, 8080)), Some((80, 80)), "tcp"),
        ("127.0.0.1::80", Some("127.0.0.1"), None, Some((80, 80)), "tcp"),
        ("\"[::1]:8080:80\"", Some("::1"), Some((8080, 8080)), Some((80, 80)), "tcp"),
        ("9000-9002:80/udp", None, Some((9000, 9002)), Some((80, 80)), "udp"),
        ("3000-3005", None, None, Some((3000, 3005)), "tcp"),
        ("\"${PORT}:80\"", None, None, Some((80, 80)), "tcp"),
        ("\"${PORT:-8080}:${IN:-80}\"", None, Some((8080, 8080)), Some((80, 80)), "tcp"),
        ("\"${BIND:-127.0.0.1:8080}:80\"", Some("127.0.0.1"), Some((8080, 8080)), Some((80, 80)), "tcp"),
        (
            "{target: 80, published: \"8080-8081\", protocol: udp}",
            None,
            Some((8080, 8081)),
            Some((80, 80)),
            "udp",
        ),
        ("{target: 80, host_ip: 127.0.0.1}", Some("127.0.0.1"), None, Some((80, 80)), "tcp"),
    ];
    for (written, host, published, target, protocol) in cases {
        let repo = one(&format!("services:\n  web:\n    image: x\n    ports:\n      - {written}\n"));
        let Some(port) = repo.service("web").ports.first() else { panic!("{written}") };
        assert_eq!(port.host_ip.as_deref(), host, "{written}");
        assert_eq!(port.published.map(|p| (p.start, p.end)), published, "{written}");
        assert_eq!(port.target.map(|p| (p.start, p.end)), target, "{written}");
        assert_eq!(port.protocol, protocol, "{written}");
        assert_eq!(repo.slice(port.span).trim_matches('"'), written.trim_matches('"'));
    }
    let repo = one("services:\n  w:\n    image: x\n    ports: [\"${P}:80\", \"81\", \"0:82\", 83:83]\n");
    let fixed: Vec<_> = repo.service("w").ports.iter().map(|p| p.is_published_fixed()).collect();
    assert_eq!(fixed, [true, false, false, true]);
    let raw = repo.service("w").ports.first().and_then(|p| p.published_raw.as_ref());
    assert_eq!(raw.map(|r| repo.slice(r.span)), Some("${P}"));
    assert_eq!(repo.service("w").ports.last().and_then(|p| p.published).map(|p| p.count()), Some(1));
}

#[test]
fn mounts_in_all_forms() {
    use MountKind::*;
    let cases = [
        ("/data", Anonymous, None, "/data", false),
        ("data:/data", Named, None, "/data", false),
        ("./src:/app:ro", Bind, Some("src"), "/app", true),
        (".:/app:cached", Bind, Some(""), "/app", false),
        ("../up:/app", Bind, None, "/app", false),
        ("/etc/x:/etc/x:z,ro", Bind, None, "/etc/x", true),
        ("~/x:/x", Bind, None, "/x", false),
        ("${DIR}:/x", Bind, None, "/x", false),
        ("${DIR:-./d}:/x", Bind, Some("d"), "/x", false),
        ("C:\\d:/x", Bind, None, "/x", false),
        ("{type: bind, source: ./a, target: /b, read_only: true}", Bind, Some("a"), "/b", true),
        ("{type: volume, source: a, target: /b}", Named, None, "/b", false),
        ("{type: tmpfs, target: /b}", Tmpfs, None, "/b", false),
    ];
    for (written, kind, path, target, read_only) in cases {
        let repo = one(&format!("services:\n  web:\n    image: x\n    volumes:\n      - {written}\n"));
        let Some(mount) = repo.service("web").volumes.first() else { panic!("{written}") };
        let seen = (mount.kind, mount.source_path.as_deref(), mount.target.value.shown(), mount.read_only);
        assert_eq!(seen, (kind, path, target, read_only), "{written}");
        assert_eq!(repo.slice(mount.target.span), target, "{written}");
    }
}

#[test]
fn builds_in_both_forms() {
    let cases = [
        (".", Some("svc"), Some("svc/Dockerfile")),
        ("..", Some(""), Some("Dockerfile")),
        ("../..", None, None),
        ("https://github.com/a/b.git", None, None),
        (
            "{context: app, dockerfile: docker/Dockerfile.prod, target: run}",
            Some("svc/app"),
            Some("svc/app/docker/Dockerfile.prod"),
        ),
        ("{context: app, dockerfile: ../Dockerfile}", Some("svc/app"), Some("svc/Dockerfile")),
        ("{dockerfile: D}", Some("svc"), Some("svc/D")),
        ("{dockerfile_inline: FROM x}", Some("svc"), None),
        ("{context: \"${CTX}\"}", None, None),
        ("{context: \"${CTX:-app}\"}", Some("svc/app"), Some("svc/app/Dockerfile")),
    ];
    for (written, folder, dockerfile) in cases {
        let text = format!("services:\n  web:\n    build: {written}\n");
        let repo = repository(&[("svc/compose.yaml", text.as_str())]);
        let service = repo.service("web");
        let Some(build) = &service.build else { panic!("{written}") };
        assert_eq!(build.context_folder.as_deref(), folder, "{written}");
        assert_eq!(build.dockerfile.as_deref(), dockerfile, "{written}");
        assert_eq!(service.role, ServiceRole::App);
    }
}

#[test]
fn env_files_in_all_forms() {
    let files = [
        (
            "app/compose.yaml",
            "services:\n  a:\n    image: x\n    env_file: .env.a\n  b:\n    image: x\n    env_file:\n      - .env.a\n      - path: ./gone.env\n        required: false\n      - path: more.env\n    environment:\n      SHARED: own\n  c:\n    image: x\n    env_file: missing.env\n    environment: [TAG, IMG=x:$TAG]\n",
        ),
        ("app/.env", "TAG=1.2\nTWICE=$TAG-$TAG\n"),
        ("app/.env.a", "A=1\nSHARED=file\nT=${TWICE}\nL='$TAG'\n"),
        ("app/more.env", "A=2\n"),
    ];
    let repo = repository(&files);
    let values = |name: &str| -> Vec<(String, Option<String>)> {
        let entries = repo.service(name).environment.iter();
        entries.map(|e| (e.name.value.clone(), e.value.clone())).collect()
    };
    let pair = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
    assert_eq!(
        values("a"),
        [pair("A", "1"), pair("SHARED", "file"), pair("T", "1.2-1.2"), pair("L", "$TAG")]
    );
    assert_eq!(values("b"), [pair("SHARED", "own"), pair("A", "2"), pair("T", "1.2-1.2"), pair("L", "$TAG")]);
    assert_eq!(values("c"), [pair("TAG", "1.2"), pair("IMG", "x:1.2")]);
    let found: Vec<_> = repo.service("b").env_files.iter().map(|e| (e.file.is_some(), e.required)).collect();
    assert_eq!(found, [(true, true), (false, false), (true, true)]);
    assert_eq!(repo.unresolved(), [("env_file `missing.env` was not read", "missing.env")]);
    assert!(!repo.service("c").environment_complete());
}

#[test]
fn networks_links_and_modes() {
    let text = "services:\n  a:\n    image: x\n    network_mode: service:b\n    links: [\"b:db\", c]\n    external_links: [old:new]\n  b:\n    image: x\n    networks:\n      back: {ipv4_address: 172.16.0.2, aliases: [bb]}\n      front:\n    depends_on:\n      c: {condition: service_healthy}\n  c:\n    image: x\n    networks: [back]\n    depends_on: [a]\nnetworks:\n  back:\n    driver: overlay\n    ipam: {config: [{subnet: 172.16.0.0/24}]}\n  front: {external: true}\n";
    let repo = one(text);
    let a = repo.service("a");
    assert_eq!(a.network_mode.as_ref().map(|m| repo.slice(m.span)), Some("service:b"));
    let link =
        a.links.first().and_then(|l| Some((l.target.value.as_str(), l.alias.as_ref()?.value.as_str())));
    assert_eq!(link, Some(("b", "db")));
    assert_eq!(a.external_links.len(), 1);
    let b = repo.service("b");
    let back = b.networks.first().and_then(|n| n.ipv4_address.as_ref());
    assert_eq!(back.map(|ip| repo.slice(ip.span)), Some("172.16.0.2"));
    assert_eq!(b.networks.len(), 2);
    let condition = b.depends_on.first().and_then(|d| d.condition.as_ref());
    assert_eq!(condition.map(|c| repo.slice(c.span)), Some("service_healthy"));
    let c = repo.service("c").depends_on.first().map(|d| repo.slice(d.service.span));
    assert_eq!(c, Some("a"));
    let networks = &repo.environment("default").networks;
    let seen: Vec<_> = networks
        .iter()
        .map(|n| {
            (n.name.value.as_str(), n.driver.as_ref().map(|d| d.value.shown()), n.external, n.subnets.len())
        })
        .collect();
    assert_eq!(seen, [("back", Some("overlay"), false, 1), ("front", None, true, 0)]);
}

#[test]
fn roles_come_from_builds_and_the_table() {
    let text = "services:\n  web: {build: ., image: acme/web}\n  worker: {image: \"acme/web:2\", command: work}\n  db: {image: \"postgis/postgis:16\"}\n  ui: {image: adminer}\n  proxy: {image: nginx}\n  dev: {image: \"node:20\", volumes: [\".:/app\"]}\n  other: {image: acme/other}\n  unknown: {image: \"${IMAGE}\"}\n";
    let repo = one(text);
    let role = |name: &str| match repo.service(name).role {
        ServiceRole::App => "app",
        ServiceRole::Backing(kind) | ServiceRole::Tool(kind) | ServiceRole::Proxy(kind) => kind.slug.as_str(),
        ServiceRole::ThirdParty => "third party",
    };
    let roles = ["web", "worker", "db", "ui", "proxy", "dev", "other", "unknown"].map(role);
    assert_eq!(roles, ["app", "app", "postgres", "adminer", "nginx", "app", "third party", "third party"]);
}

#[test]
fn odd_files_are_no_trouble() {
    let texts = [
        "",
        "services:",
        "services: 3",
        "services: [a]",
        "services:\n  a:\n  b: 4\n  c: [x]\n",
        "services:\n  a: {ports: 3, environment: x, volumes: {a: b}, build: [], depends_on: 7, env_file: {}, networks: x}\n",
        "a: &a\n  services: *a\n",
        "include: [compose.yaml, '', {path: []}]\nservices: {}\n",
        "services:\n  a: {image: , command: , ports: [ , ':', '::', ':::80', '/', 'x/y/z'], volumes: ['', ':', '::']}\n",
    ];
    for text in texts {
        let repo = one(text);
        assert!(repo.projects.len() <= 1, "{text}");
    }
    let old = one("web:\n  image: x\n  links: [db]\ndb:\n  image: postgres\n");
    assert_eq!(old.environment("default").services.len(), 2);
}
