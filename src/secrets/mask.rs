//! Masking: the one place where a value that may be a secret becomes text.

use std::ops::Range;

use super::class::{ValueClass, classify, credentialed_url};
use super::name::is_secret_name;

/// What is shown of a secret: the first four characters of values of 16 or more, else nothing of it.
pub fn mask_value(value: &str) -> String {
    if value.chars().count() >= 16 {
        let head: String = value.chars().take(4).collect();
        format!("{head}****")
    } else {
        "****".into()
    }
}

/// `text` with the bytes of `known` and everything else that is classed as a secret masked.
///
/// Ranges are bytes of `text`; those that do not fit it are passed over. Applied to every line of an audited file
/// and to every message that quotes one.
pub fn mask_line(text: &str, known: &[Range<usize>]) -> String {
    let mut ranges: Vec<Range<usize>> =
        known.iter().filter(|r| text.get((*r).clone()).is_some()).cloned().collect();
    ranges.extend(secret_ranges(text));
    ranges.retain(|r| !r.is_empty());
    ranges.sort_by_key(|r| (r.start, std::cmp::Reverse(r.end)));
    let mut masked = String::with_capacity(text.len());
    let mut at = 0;
    for range in ranges {
        if range.start < at {
            continue;
        }
        masked.push_str(text.get(at..range.start).unwrap_or(""));
        masked.push_str(&mask_value(text.get(range.clone()).unwrap_or("")));
        at = range.end;
    }
    masked.push_str(text.get(at..).unwrap_or(""));
    masked
}

/// The bytes of `text` that are classed as secrets by their own looks: passwords in URLs, provider formats,
/// private keys, random tokens, and values assigned to secret-named keys.
pub fn secret_ranges(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut from = 0;
    while let Some(url) = text.get(from..).and_then(credentialed_url) {
        let range = from + url.password_at.start..from + url.password_at.end;
        from = range.end;
        if classify("", &url.password) != ValueClass::Reference {
            ranges.push(range);
        }
    }
    let tokens = token_ranges(text);
    for (position, range) in tokens.iter().enumerate() {
        let token = text.get(range.clone()).unwrap_or("");
        let name = position.checked_sub(1).and_then(|p| tokens.get(p)).filter(|before| {
            let between = text.get(before.end..range.start).unwrap_or("");
            let assigned = between.contains(['=', ':'])
                && between.chars().all(|c| c.is_whitespace() || "=:\"'`?-".contains(c));
            // `--password hunter2`, also as words of a list.
            let option = text.get((*before).clone()).is_some_and(|name| name.starts_with("--"))
                && between.chars().all(|c| c.is_whitespace() || "\"',".contains(c));
            // `ENV NAME value`, the old form of a Dockerfile.
            let first = tokens.first().and_then(|r| text.get(r.clone())).unwrap_or("");
            let old_form = position == 2 && first.eq_ignore_ascii_case("ENV") && between.trim().is_empty();
            assigned || option || old_form
        });
        let name = name.and_then(|r| text.get(r.clone())).unwrap_or("");
        let class = classify(name, token);
        let before = text.get(..range.start).unwrap_or("");
        let declared = before.ends_with(": ") && is_type(token);
        // What is called is code and no literal: `SECRET = environ.get("SECRET")`.
        let quoted = before.ends_with(['"', '\'', '`']);
        let rest = text.get(range.end..).unwrap_or("");
        let called = !quoted && (rest.starts_with(['(', '[']) || rest.starts_with("::"));
        // `--secret id=…`: a part of a mount, and no secret; `${X:?}`: nothing but signs.
        let part_of_mount = name == "--secret" && rest.starts_with('=') && MOUNT.contains(&token);
        let signs = !token.chars().any(char::is_alphanumeric);
        let named =
            is_secret_name(name) && class.is_literal_secret() && !declared && !called && !part_of_mount;
        if class.is_strong() || named && !(signs && token.contains(['{', '}'])) {
            ranges.push(range.clone());
        }
    }
    ranges.extend(webhooks(text));
    ranges.extend(passwords_of_options(text));
    if let Some(at) = text.find("-----BEGIN")
        && text.contains("PRIVATE KEY")
    {
        ranges.push(at..text.len());
    }
    ranges
}

/// The paths of addresses at which whoever knows them may post.
fn webhooks(text: &str) -> Vec<Range<usize>> {
    const HOSTS: &[&str] =
        &["hooks.slack.com/services/", "discord.com/api/webhooks/", "discordapp.com/api/webhooks/"];
    let found = HOSTS.iter().flat_map(|host| text.match_indices(host));
    let paths = found.filter_map(|(at, host)| {
        let start = at + host.len();
        let rest = text.get(start..)?;
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"/_-".contains(c)).unwrap_or(rest.len());
        (end > 0).then(|| start..start + end)
    });
    paths.collect()
}

/// `mysql -phunter2`, `redis-server --requirepass hunter2`.
fn passwords_of_options(text: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let tokens = token_ranges(text);
    let client = text.contains("mysql") || text.contains("mariadb");
    for (at, range) in tokens.iter().enumerate() {
        let token = text.get(range.clone()).unwrap_or("");
        if client && token.strip_prefix("-p").is_some_and(|rest| rest.len() > 2 && !rest.contains(['$', '{']))
        {
            ranges.push(range.start + 2..range.end);
        }
        if matches!(token, "--requirepass" | "--masterauth")
            && let Some(next) = tokens.get(at + 1)
            && text.get(next.clone()).is_some_and(|value| !value.contains(['$', '{']))
        {
            ranges.push(next.clone());
        }
    }
    ranges
}

/// Keys of the value of docker's `--secret`.
const MOUNT: &[&str] = &["id", "src", "source", "env", "type", "target"];

/// Types that fields for secrets are declared with; a list, because a password may be written in camel case too.
fn is_type(token: &str) -> bool {
    matches!(
        token,
        "String"
            | "Option"
            | "SecretString"
            | "SecretBox"
            | "SecretVec"
            | "Vec"
            | "Box"
            | "Arc"
            | "Cow"
            | "Zeroizing"
    )
}

/// Runs of characters that values are made of.
fn token_ranges(text: &str) -> Vec<Range<usize>> {
    let part = |c: char| c.is_alphanumeric() || "_-./+$*!%~{}".contains(c);
    let mut ranges = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices() {
        match (part(c), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                ranges.push(from..at);
                start = None;
            }
            _ => {}
        }
    }
    ranges.extend(start.map(|from| from..text.len()));
    ranges
}

#[cfg(test)]
mod tests {
    use super::mask_line;

    #[test]
    fn lines_are_masked() {
        let cases = [
            ("DATABASE_URL=postgres://app:hunter2@db/app", "DATABASE_URL=postgres://app:****@db/app"),
            ("  JWT_SECRET: letmein", "  JWT_SECRET: ****"),
            ("let key = \"h4Kq9vX2mZ7pLw3Rt8Yb\";", "let key = \"h4Kq****\";"),
            ("password = \"${PASSWORD}\"", "password = \"${PASSWORD}\""),
            ("    jwt_secret: String,", "    jwt_secret: String,"),
            ("    jwt_secret: Option<String>,", "    jwt_secret: Option<String>,"),
            ("jwt_secret = String", "jwt_secret = ****"),
            ("image: postgres:16", "image: postgres:16"),
            (
                "object_store = { branch = \"openobserve-v0.13.2\" }",
                "object_store = { branch = \"openobserve-v0.13.2\" }",
            ),
            (
                "curl https://hooks.slack.com/services/T0/B0/abcdEFGH",
                "curl https://hooks.slack.com/services/****",
            ),
            ("mysql -uroot -phunter2 < dump", "mysql -uroot -p**** < dump"),
            ("redis-server --requirepass hunter2", "redis-server --requirepass ****"),
            ("redis-server --requirepass ${PASS}", "redis-server --requirepass ${PASS}"),
            ("struct CheckoutPipelineState {", "struct CheckoutPipelineState {"),
            ("let token = std::env::var(\"X\");", "let token = std::env::var(\"X\");"),
            ("build with `--secret id=npm,env=NPM_TOKEN`", "build with `--secret id=npm,env=NPM_TOKEN`"),
            ("PASSWORD: ${PASSWORD:?}", "PASSWORD: ${PASSWORD:?}"),
            ("app --password hunter2 --port 80", "app --password **** --port 80"),
            ("[\"app\", \"--api-token\", \"letmein\"]", "[\"app\", \"--api-token\", \"****\"]"),
            ("SECRET = os.environ.get(\"X\")", "SECRET = os.environ.get(\"X\")"),
            ("url: https://example.org/some/path", "url: https://example.org/some/path"),
        ];
        for (line, masked) in cases {
            assert_eq!(mask_line(line, &[]), masked);
        }
    }

    #[test]
    fn known_ranges_are_masked() {
        assert_eq!(mask_line("sign(\"hunter2\")", &[6..13]), "sign(\"****\")");
    }
}
