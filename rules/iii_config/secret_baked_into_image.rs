//! `config/secret-baked-into-image`: an instruction of a Dockerfile puts a secret into the image.

use crate::discover::role::Role;
use crate::rules::{Confidence, Factor, Finding, Grade, Level, Need, Rule, Sink, Stage};
use crate::secrets::name::words;
use crate::secrets::{ValueClass, classify, credentialed_url, is_secret_name};
use crate::world::baked::{Baked, BakedKind};
use crate::world::literal::part_of;
use crate::world::{SubjectKind, View};

/// The rule.
pub static RULE: Rule = Rule {
    name: "config/secret-baked-into-image",
    factor: Factor::Config,
    also: &[Factor::BuildReleaseRun],
    level: Level::Error,
    confidence: Confidence::High,
    grade: Grade::A,
    stage: Stage::Preview,
    since: "0.1.0",
    needs: &[Need::Images],
    subject: SubjectKind::Dockerfile,
    page: include_str!("secret_baked_into_image.md"),
    check,
};

fn check(view: &View<'_>, sink: &mut Sink<'_>) {
    let Some(image) = view.image().filter(|i| i.role == Role::Production) else { return };
    for baked in view.world.baked(image.dockerfile) {
        let finding = match &baked.kind {
            BakedKind::Environment(name, value) => value_of(sink, &baked, name, value),
            BakedKind::Argument(name, value) => value_of(sink, &baked, name, value).map(|f| match f.variant {
                "guessable" => f.level(Level::Warning).variant("argument-default"),
                _ => f.variant("argument-default"),
            }),
            BakedKind::OpenArgument(name) => argument(sink, &baked, name),
            BakedKind::File(path) => file(view, sink, &baked, path),
            BakedKind::Word(word) => command(sink, &baked, word),
        };
        let Some(finding) = finding else { continue };
        let finding = finding.service(view.world.service_of_image(image.dockerfile));
        sink.report(if baked.shipped {
            finding
        } else if finding.level == Level::Error {
            // Only the build cache keeps the layers of a stage that does not ship.
            finding.level(Level::Warning)
        } else {
            finding.level(Level::Info)
        });
    }
}

/// A value behind the name of a secret. URLs with passwords are judged by another rule.
fn value_of(sink: &Sink<'_>, baked: &Baked, name: &str, value: &str) -> Option<Finding> {
    if !is_secret_name(name) || is_public(name) || credentialed_url(value).is_some() || opens_nothing(value) {
        return None;
    }
    let finding = sink.at(baked.span).argument("name", name).secret(baked.span);
    match classify(name, value) {
        ValueClass::Empty | ValueClass::Reference | ValueClass::Hash => None,
        ValueClass::Placeholder => Some(finding.variant("guessable").level(Level::Warning)),
        ValueClass::Weak => Some(finding.variant("guessable")),
        _ => Some(finding),
    }
}

/// Switches, numbers, paths and expansions are no secrets, whatever the name says.
fn opens_nothing(value: &str) -> bool {
    let text = value.trim();
    let lower = text.to_ascii_lowercase();
    text.contains('$')
        || text.starts_with(['/', '.', '~'])
        || matches!(lower.as_str(), "true" | "false" | "yes" | "no" | "on" | "off" | "none" | "null" | "auto")
        || text.len() <= 2
        || [".pem", ".key", ".crt", ".json", ".txt"].iter().any(|e| lower.ends_with(e))
}

/// Names of what a browser is given anyway.
fn is_public(name: &str) -> bool {
    let words = words(name);
    let has = |word: &str| words.iter().any(|w| w == word);
    has("public") || has("publishable") || has("anon") || has("vite") || name.starts_with("REACT_APP_")
}

/// A secret that the builder types on the command line: the history of the image shows it.
fn argument(sink: &Sink<'_>, baked: &Baked, name: &str) -> Option<Finding> {
    let token = words(name).last().is_some_and(|w| w == "token");
    if !(is_secret_name(name) || token) || is_public(name) || !baked.commands_follow {
        return None;
    }
    let id = name.to_ascii_lowercase();
    let finding = sink.at(baked.span).argument("name", name).argument("id", id);
    Some(finding.variant("argument").level(Level::Warning).confidence(Confidence::Medium))
}

/// A file that holds nothing but a private key or logins.
fn file(view: &View<'_>, sink: &Sink<'_>, baked: &Baked, path: &str) -> Option<Finding> {
    let name = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
    let key = ["id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", ".netrc", ".pypirc", ".git-credentials"].contains(&name.as_str())
        || path.ends_with(".aws/credentials")
        || (name.ends_with(".pem") || name.ends_with(".key")) && name.contains("priv")
        || matches!(name.rsplit('.').next(), Some("p12" | "pfx"));
    let dummy = ["test", "example", "sample", "dummy", "dev", "local"];
    let low = path.to_ascii_lowercase();
    if !key || dummy.iter().any(|w| low.split(['/', '.', '-', '_']).any(|p| p == *w)) {
        return None;
    }
    let finding = sink.at(baked.span).argument("name", path).variant("file");
    // Whether the file is one of the repository decides how sure this is.
    let here = view.world.file_at(path.trim_start_matches("./")).is_some();
    Some(if here { finding } else { finding.confidence(Confidence::Medium).level(Level::Warning) })
}

/// A token or a password in a URL among the words of a command.
fn command(sink: &Sink<'_>, baked: &Baked, word: &str) -> Option<Finding> {
    if let Some(url) = credentialed_url(word) {
        let filled = url.password.contains(['$', '{', '<', '*']) || url.user.contains('$');
        let class = classify("password", &url.password);
        if filled || matches!(class, ValueClass::Reference | ValueClass::Placeholder | ValueClass::Weak) {
            return None;
        }
        let secret = part_of(baked.span, word, url.password_at);
        return Some(sink.at(baked.span).secret(secret).argument("name", url.host).variant("command-url"));
    }
    let strong = word.split(['=', ' ', ':', '"', '\'', ',']).any(|part| {
        matches!(classify("", part), ValueClass::Provider | ValueClass::PrivateKey)
    });
    strong.then(|| sink.at(baked.span).secret(baked.span).variant("command"))
}
