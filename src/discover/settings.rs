//! Files in which programs keep settings, and files of private keys, told by their names.

use super::kind::FileKind;

/// Stems of settings files, whatever folder they stand in.
const STEMS: &[&str] =
    &["config", "configuration", "settings", "appsettings", "application", "rocket", "log4rs", "secrets"];

/// Folders that hold settings files of other names.
const FOLDERS: &[&str] = &["config", "configs", "conf", "settings", "configuration"];

/// The kind of a settings or key file; none for other files. `path` is relative to the root.
pub fn settings_kind(path: &str) -> Option<FileKind> {
    let lower = path.to_ascii_lowercase();
    let mut segments = lower.rsplit('/');
    let name = segments.next().unwrap_or("");
    let folder = segments.next().unwrap_or("");
    let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
    if is_key(name, extension) {
        return Some(FileKind::PrivateKey);
    }
    let first = stem.split(['.', '-', '_']).next().unwrap_or(stem);
    let named = STEMS.contains(&first);
    let kept = FOLDERS.contains(&folder);
    match extension {
        "toml" if named || kept => Some(FileKind::SettingsToml),
        // Folders called `config` hold manifests of many tools in YAML and JSON: there the name has to say it.
        "yml" | "yaml" if named => Some(FileKind::SettingsYaml),
        "json" if named && first != "config" || (extension == "json" && stem == "config" && kept) => {
            Some(FileKind::SettingsJson)
        }
        "properties" if named => Some(FileKind::SettingsLines),
        "tfvars" => Some(FileKind::SettingsLines),
        _ => None,
    }
}

fn is_key(name: &str, extension: &str) -> bool {
    matches!(extension, "pem" | "key" | "p8")
        || matches!(name, "id_rsa" | "id_dsa" | "id_ecdsa" | "id_ed25519")
}

#[cfg(test)]
mod tests {
    use super::{FileKind, settings_kind};

    #[test]
    fn names_tell_settings() {
        let cases = [
            ("config/production.toml", Some(FileKind::SettingsToml)),
            ("Rocket.toml", Some(FileKind::SettingsToml)),
            ("src/main/resources/application-prod.yml", Some(FileKind::SettingsYaml)),
            ("appsettings.Production.json", Some(FileKind::SettingsJson)),
            ("infra/prod.tfvars", Some(FileKind::SettingsLines)),
            ("certs/issuer.key", Some(FileKind::PrivateKey)),
            (".ssh/id_ed25519", Some(FileKind::PrivateKey)),
            ("rustfmt.toml", None),
            ("config/crd/patches.yaml", None),
            ("tsconfig.json", None),
            ("src/config.rs", None),
        ];
        for (path, kind) in cases {
            assert_eq!(settings_kind(path), kind, "{path}");
        }
    }
}
