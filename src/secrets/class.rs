//! What a configuration value looks like.

use super::name::words;

/// The class of a value, by its text and the name it is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ValueClass {
    /// Nothing there.
    Empty,
    /// Stands for a value that comes from elsewhere: `${X}`, `{{ x }}`, `<…>`, `vault:…`, encrypted envelopes.
    Reference,
    /// A stand-in to be replaced: `changeme`, `example`, `your-key-here`.
    Placeholder,
    /// A credential that anybody guesses: `password`, `admin`, `123456`.
    Weak,
    /// A word or sentence: identifiers, paths, names of variables, human text.
    Text,
    /// A hash or checksum.
    Hash,
    /// Too random for a word: length at least 16, at least 3.5 bits a character, mixed classes.
    HighEntropy,
    /// The format of a provider's credential.
    Provider,
    /// A PEM private key, also when encoded in base64.
    PrivateKey,
}

impl ValueClass {
    /// True for values that are secrets whatever they are bound to.
    pub fn is_strong(self) -> bool {
        matches!(self, ValueClass::HighEntropy | ValueClass::Provider | ValueClass::PrivateKey)
    }

    /// True for values that a person typed in the place of a secret.
    pub fn is_literal_secret(self) -> bool {
        self.is_strong()
            || matches!(
                self,
                ValueClass::Weak | ValueClass::Placeholder | ValueClass::Text | ValueClass::Hash
            )
    }
}

/// Classifies `value`, bound to `name` (empty when it is bound to none).
pub fn classify(name: &str, value: &str) -> ValueClass {
    let value = value.trim();
    if value.is_empty() {
        return ValueClass::Empty;
    }
    if is_reference(value) {
        return ValueClass::Reference;
    }
    if is_private_key(value) {
        return ValueClass::PrivateKey;
    }
    if is_provider(value) {
        return ValueClass::Provider;
    }
    if is_placeholder(value) {
        return ValueClass::Placeholder;
    }
    if is_weak(value) {
        return ValueClass::Weak;
    }
    if is_word_like(name, value) {
        return ValueClass::Text;
    }
    let hash_named = words(name).iter().any(|w| {
        matches!(
            w.as_str(),
            "hash" | "sha" | "sha1" | "sha256" | "sha512" | "digest" | "checksum" | "commit" | "rev"
        )
    });
    if hash_named && matches!(value.len(), 32 | 40 | 64) && value.chars().all(|c| c.is_ascii_hexdigit()) {
        return ValueClass::Hash;
    }
    if value.chars().count() >= 16 && entropy(value) >= 3.5 && mixed(value) {
        return ValueClass::HighEntropy;
    }
    ValueClass::Text
}

fn is_reference(value: &str) -> bool {
    value.starts_with("${")
        || value.starts_with("$(")
        || (value.starts_with('$')
            && value.len() > 1
            && value.chars().skip(1).all(|c| c.is_alphanumeric() || c == '_'))
        || value.contains("{{")
        || (value.starts_with('{') && value.ends_with('}') && !value.contains(' ') && !value.contains(':'))
        || (value.starts_with('%') && value.ends_with('%') && value.len() > 2)
        || (value.starts_with('<') && value.ends_with('>'))
        || [
            "ENC[",
            "ENC(",
            "vault:",
            "op://",
            "sops",
            "arn:aws:secretsmanager",
            "!vault",
            "file:",
            "secret://",
        ]
        .iter()
        .any(|p| value.starts_with(p))
}

fn is_private_key(value: &str) -> bool {
    let pem = |text: &str| text.contains("-----BEGIN") && text.contains("PRIVATE KEY");
    // `LS0tLS1CRUdJTi` is base64 of `-----BEGIN `; the words behind it decide between key and certificate.
    pem(value)
        || (value.starts_with("LS0tLS1CRUdJTi")
            && (value.contains("UFJJVkFURSBLRV")
                || value.contains("BSSVZBVEUgS0VZ")
                || value.contains("QUklWQVRFIEtFW")))
}

/// Prefix, smallest number of characters behind it, and whether those are letters and digits only.
const PROVIDERS: &[(&str, usize, bool)] = &[
    ("AKIA", 16, true),
    ("ASIA", 16, true),
    ("ghp_", 36, true),
    ("gho_", 36, true),
    ("ghs_", 36, true),
    ("ghu_", 36, true),
    ("github_pat_", 60, false),
    ("glpat-", 20, false),
    ("xoxb-", 20, false),
    ("xoxp-", 20, false),
    ("xapp-", 20, false),
    ("sk_live_", 20, true),
    ("rk_live_", 20, true),
    ("whsec_", 24, false),
    ("sk-proj-", 40, false),
    ("sk-ant-", 40, false),
    ("AIza", 35, false),
    ("ya29.", 40, false),
    ("npm_", 36, true),
    ("SG.", 60, false),
    ("dop_v1_", 60, true),
    ("hvs.", 24, false),
    ("shpat_", 32, true),
    ("pypi-", 60, false),
];

fn is_provider(value: &str) -> bool {
    PROVIDERS.iter().any(|(prefix, length, plain)| {
        value.strip_prefix(prefix).is_some_and(|rest| {
            rest.len() >= *length
                && rest.chars().all(|c| c.is_ascii_alphanumeric() || (!plain && matches!(c, '-' | '_' | '.')))
                && !rest.to_ascii_lowercase().contains("example")
                && rest.chars().collect::<std::collections::BTreeSet<_>>().len() > 6
        })
    })
}

fn squeeze(value: &str) -> String {
    value.chars().filter(|c| c.is_alphanumeric() || *c == '*').flat_map(char::to_lowercase).collect()
}

fn is_placeholder(value: &str) -> bool {
    let text = squeeze(value);
    const WHOLE: &[&str] = &[
        "none",
        "null",
        "foobar",
        "redacted",
        "notset",
        "deadbeef",
        "dummy",
        "fake",
        "sample",
        "todo",
        "fixme",
        "undefined",
        "unset",
        "tbd",
        "test",
    ];
    const PART: &[&str] = &[
        "changeme",
        "changeit",
        "changethis",
        "changethat",
        "placeholder",
        "yoursecret",
        "yourkey",
        "yourtoken",
        "yourpassword",
        "yourapi",
        "replaceme",
        "replacewith",
        "inserthere",
        "insertyour",
        "example",
        "xxxx",
        "dummy",
        "notasecret",
        "notsecret",
        "supersecret",
        "fillme",
    ];
    text.is_empty()
        || WHOLE.contains(&text.as_str())
        || PART.iter().any(|p| text.contains(p))
        || text.chars().all(|c| c == '*' || c == 'x')
        || (text.starts_with("your") && text.ends_with("here"))
        || (text.starts_with("test") && text.len() <= 12)
}

fn is_weak(value: &str) -> bool {
    const WEAK: &[&str] = &[
        "password",
        "passwd",
        "secret",
        "admin",
        "root",
        "postgres",
        "guest",
        "user",
        "mysql",
        "welcome",
        "letmein",
        "qwerty",
        "password1",
        "password123",
        "passw0rd",
        "admin123",
        "administrator",
        "secret123",
        "mysecret",
        "mysecretpassword",
        "mypassword",
        "rabbitmq",
        "redis",
        "mongo",
        "pass",
        "keyboardcat",
        "secretkey",
        "mysecretkey",
        "default",
        "minio",
        "minioadmin",
        "app",
        "demo",
        "dev",
        "development",
        "local",
    ];
    let text = squeeze(value);
    WEAK.contains(&text.as_str()) || (text.len() <= 10 && "12345678901234567890".contains(text.as_str()))
}

fn is_word_like(name: &str, value: &str) -> bool {
    if value.contains(char::is_whitespace)
        || value.starts_with('/')
        || value.starts_with("./")
        || value.starts_with("urn:")
    {
        return true;
    }
    let lower_name = squeeze(name);
    let lower_value = squeeze(value);
    if !lower_name.is_empty() && (lower_name == lower_value || lower_name.ends_with(&lower_value)) {
        return true;
    }
    // Words joined by punctuation: each part has letters of one case pattern and no digits among them.
    let parts: Vec<&str> = value.split(['_', '-', '.', ':', '/', '@']).filter(|p| !p.is_empty()).collect();
    let plain = |part: &&str| {
        // `oauth2`, `sha256`: a word may end in a short number.
        let word = part.trim_end_matches(|c: char| c.is_ascii_digit());
        let word = if part.len() - word.len() <= 3 && word.len() > 1 { word } else { part };
        let letters = word.chars().all(char::is_alphabetic) && part.len() <= 40 && !camel_noise(word);
        // `v0` of `name-v0.13.2`.
        let number = part.strip_prefix(['v', 'V']).filter(|rest| !rest.is_empty()).unwrap_or(part);
        letters || (number.len() <= 5 && number.chars().all(|c| c.is_ascii_digit()))
    };
    !parts.is_empty() && parts.iter().all(plain)
}

/// True when letters change case more often than words of a name do.
fn camel_noise(part: &str) -> bool {
    let mut changes = 0;
    let mut previous: Option<char> = None;
    for c in part.chars() {
        if previous.is_some_and(|p| p.is_lowercase() && c.is_uppercase()) {
            changes += 1;
        }
        previous = Some(c);
    }
    changes * 4 > part.len()
}

fn entropy(value: &str) -> f64 {
    let mut counts = std::collections::BTreeMap::new();
    let mut total = 0_u32;
    for c in value.chars() {
        *counts.entry(c).or_insert(0_u32) += 1;
        total += 1;
    }
    let total = f64::from(total.max(1));
    counts.values().map(|n| f64::from(*n) / total).map(|p| -p * p.log2()).sum()
}

fn mixed(value: &str) -> bool {
    let has = |test: fn(char) -> bool| usize::from(value.chars().any(test));
    has(|c| c.is_ascii_digit()) + has(|c| c.is_ascii_lowercase()) + has(|c| c.is_ascii_uppercase()) >= 2
}

/// The parts of a URL with credentials, as byte offsets into the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialedUrl {
    /// The scheme, without `://`.
    pub scheme: String,
    /// The user.
    pub user: String,
    /// The password.
    pub password: String,
    /// Bytes of the password in the searched text.
    pub password_at: std::ops::Range<usize>,
    /// Host, without port.
    pub host: String,
}

/// Finds the first `scheme://user:password@host` in `text`, both user and password not empty.
///
/// Lenient on purpose: a DSN with `${VAR}` in it is no valid URL.
pub fn credentialed_url(text: &str) -> Option<CredentialedUrl> {
    let mut from = 0;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find("://")).map(|at| from + at) {
        from = at + 3;
        let scheme_start = text
            .get(..at)?
            .rfind(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.')))
            .map_or(0, |p| p + 1);
        let scheme = text.get(scheme_start..at).unwrap_or("");
        let rest = text.get(from..).unwrap_or("");
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | ')' | ';' | '?' | '#'))
            .unwrap_or(rest.len());
        let authority = rest.get(..end).unwrap_or("");
        let Some(sign) = userinfo_end(authority) else { continue };
        let Some((user, password)) = authority.get(..sign).unwrap_or("").split_once(':') else { continue };
        if scheme.is_empty()
            || user.is_empty() && !matches!(scheme, "redis" | "rediss")
            || password.is_empty()
        {
            continue;
        }
        let host_part = authority.get(sign + 1..).unwrap_or("");
        let bracket = host_part.starts_with('[').then(|| host_part.find(']')).flatten().map(|at| at + 1);
        let host_end = bracket.or_else(|| host_part.find([':', '/', ','])).unwrap_or(host_part.len());
        let password_start = from + user.len() + 1;
        return Some(CredentialedUrl {
            scheme: scheme.to_owned(),
            user: user.to_owned(),
            password: password.to_owned(),
            password_at: password_start..password_start + password.len(),
            host: host_part.get(..host_end).unwrap_or("").to_owned(),
        });
    }
    None
}

/// The `@` that ends the user information: the last one before the path, outside `${…}`.
fn userinfo_end(authority: &str) -> Option<usize> {
    let mut depth = 0_i32;
    let mut sign = None;
    for (at, c) in authority.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            '/' if depth <= 0 => break,
            '@' if depth <= 0 => sign = Some(at),
            _ => {}
        }
    }
    sign
}

#[cfg(test)]
mod tests {
    use super::{ValueClass, classify, credentialed_url};

    #[test]
    fn classes() {
        let cases = [
            ("JWT_SECRET", "", ValueClass::Empty),
            ("JWT_SECRET", "${JWT_SECRET}", ValueClass::Reference),
            ("JWT_SECRET", "changeme", ValueClass::Placeholder),
            ("JWT_SECRET", "your-256-bit-secret-here", ValueClass::Placeholder),
            ("POSTGRES_PASSWORD", "postgres", ValueClass::Weak),
            ("PASSWORD", "123456", ValueClass::Weak),
            ("ATTR_CLIENT_SECRET", "client_secret", ValueClass::Text),
            ("X", "read_replica_pool", ValueClass::Text),
            ("object_store", "openobserve-v0.13.2", ValueClass::Text),
            ("X", "v1-h4Kq9vX2mZ7pLw3Rt8Yb", ValueClass::HighEntropy),
            ("JWT_SECRET", "h4Kq9vX2mZ7pLw3Rt8Yb", ValueClass::HighEntropy),
            ("GIT_COMMIT", "9fceb02d0ae598e95dc970b74767f19372d61af8", ValueClass::Hash),
        ];
        for (name, value, class) in cases {
            assert_eq!(classify(name, value), class, "{name}={value}");
        }
    }

    #[test]
    fn provider_formats() {
        let id = ["AKIA", "Q4ZP7XKTM2WLR6VB"].concat();
        assert_eq!(classify("", &id), ValueClass::Provider);
        assert_eq!(classify("", &["AKIA", "EXAMPLEEXAMPLE12"].concat()), ValueClass::Placeholder);
    }

    #[test]
    fn urls_with_credentials() {
        let url = credentialed_url("postgres://app:s3cr3t@db:5432/app").expect("found");
        assert_eq!((url.user.as_str(), url.password.as_str(), url.host.as_str()), ("app", "s3cr3t", "db"));
        let text = "X=redis://:pw@cache";
        let url = credentialed_url(text).expect("found");
        assert_eq!(text.get(url.password_at), Some("pw"));
        let url = credentialed_url("postgres://u:${PW:-a@b}@db/x").expect("found");
        assert_eq!(url.password, "${PW:-a@b}");
        let url = credentialed_url("http://x:y@[::1]:80/").expect("found");
        assert_eq!(url.host, "[::1]");
        assert_eq!(credentialed_url("https://example.org/a:b@c"), None);
        assert_eq!(credentialed_url("postgres://db:5432/app"), None);
    }
}
