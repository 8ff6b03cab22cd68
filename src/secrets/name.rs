//! Which names hold secrets, judged from the last words of the name only: `TOKENSERVER_URL` holds none.

/// The words of an identifier: split at `_`, `-`, `.`, `/`, spaces, and where camel case turns, in lower case.
pub fn words(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let characters: Vec<char> = name.chars().collect();
    for (at, c) in characters.iter().enumerate() {
        if !c.is_alphanumeric() {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            continue;
        }
        let before = at.checked_sub(1).and_then(|p| characters.get(p));
        let after = characters.get(at + 1);
        let turns = c.is_uppercase()
            && before.is_some_and(|b| {
                b.is_lowercase()
                    || b.is_numeric()
                    || (b.is_uppercase() && after.is_some_and(|a| a.is_lowercase()))
            });
        if turns && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        word.extend(c.to_lowercase());
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// True when a variable, key or field of this name holds a secret value itself.
///
/// Names that say where a secret is (`…_FILE`, `…_PATH`), what it is called (`…_NAME`), or something about it
/// (`…_ENABLED`, `…_TTL`) do not.
pub fn is_secret_name(name: &str) -> bool {
    let words = words(name);
    let Some(last) = words.last().map(String::as_str) else { return false };
    let second = words.len().checked_sub(2).and_then(|at| words.get(at)).map_or("", String::as_str);
    match last {
        "password" | "passwd" | "pwd" | "passphrase" | "secret" | "passwort" | "secretkey" | "apikey"
        | "privatekey" | "jwtsecret" => true,
        "pass" => words.len() > 1,
        "key" => {
            matches!(
                second,
                "api"
                    | "secret"
                    | "private"
                    | "signing"
                    | "encryption"
                    | "session"
                    | "access"
                    | "jwt"
                    | "cookie"
                    | "hmac"
                    | "master"
                    | "auth"
            ) && !words.iter().any(|w| w == "public" || w == "pub")
        }
        "token" => {
            words.len() == 1
                || matches!(
                    second,
                    "auth"
                        | "access"
                        | "bearer"
                        | "api"
                        | "secret"
                        | "refresh"
                        | "bot"
                        | "admin"
                        | "oauth"
                        | "github"
                        | "gitlab"
                        | "slack"
                        | "personal"
                        | "registry"
                )
        }
        "base" => second == "key" && words.iter().any(|w| w == "secret"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{is_secret_name, words};

    #[test]
    fn words_split() {
        assert_eq!(words("JWT_SECRET"), ["jwt", "secret"]);
        assert_eq!(words("jwtSecretKey"), ["jwt", "secret", "key"]);
        assert_eq!(words("spring.datasource.password"), ["spring", "datasource", "password"]);
        assert_eq!(words("APIKey"), ["api", "key"]);
    }

    #[test]
    fn secret_names() {
        for name in [
            "JWT_SECRET",
            "POSTGRES_PASSWORD",
            "api_key",
            "secretKeyBase",
            "SECRET_KEY_BASE",
            "session_key",
            "DB_PASS",
            "auth.token",
        ] {
            assert!(is_secret_name(name), "{name}");
        }
        for name in [
            "TOKENSERVER_URL",
            "TOKEN_SERVER",
            "SECRET_NAME",
            "PASSWORD_FILE",
            "PASSWORD_MIN_LENGTH",
            "KEY",
            "PUBLIC_KEY",
            "SECRETS_DIR",
            "password_hash_cost",
            "CACHE_KEY",
            "JWT_SECRET_FILE",
            "next_token",
            "PASS",
        ] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
