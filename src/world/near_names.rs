//! Variables that are declared under one name and read under another that looks like it.

use std::collections::{BTreeMap, BTreeSet};

use crate::discover::is_below;
use crate::discover::role::Role;
use crate::source::Span;

use super::declared::{Declaration, Declarer, read_by_artefacts};
use super::variables::{Requirement, Variable, VariableRead, is_standard};
use super::{ServiceId, World};

/// A declaration that nothing reads, and a read that nothing declares.
#[derive(Clone, Debug)]
pub struct NearName {
    /// The declaration.
    pub declaration: Declaration,
    /// The read.
    pub read: VariableRead,
    /// The service that both are for.
    pub service: ServiceId,
}

/// A variable without which a service does not run, and that nothing declares.
#[derive(Clone, Debug)]
pub struct Undeclared {
    /// The read.
    pub read: VariableRead,
    /// The service whose start leads to it.
    pub service: ServiceId,
    /// A declaration of another variable of the same service.
    pub neighbour: Declaration,
}

/// Words that people use for one another in names of variables.
const SYNONYMS: &[&[&str]] = &[
    &["DB", "DATABASE"],
    &["URL", "URI", "DSN"],
    &["PASSWORD", "PASS", "PWD", "PASSWD"],
    &["USER", "USERNAME"],
    &["HOST", "HOSTNAME"],
    &["ADDR", "ADDRESS"],
    &["ENV", "ENVIRONMENT"],
    &["DIR", "DIRECTORY"],
];

/// First words that make another variable of the same ending.
const FAMILIES: &[&str] = &[
    "TEST", "CI", "E2E", "DEV", "BUILD", "NEXT", "VITE", "REACT", "PUBLIC", "POSTGRES", "PG", "MYSQL",
    "MARIADB", "REDIS", "MONGO", "RABBITMQ", "MINIO", "SMTP", "READ", "WRITE", "PRIMARY", "REPLICA", "ADMIN",
    "OLD", "NEW", "LEGACY",
];

impl World {
    /// Pairs of a declared and a read name of one service that look alike, each on its own without the other.
    pub fn near_names(&self) -> Vec<NearName> {
        let variables = self.variables();
        let unread: Vec<(&String, &Variable)> =
            variables.iter().filter(|(name, v)| v.reads.is_empty() && !is_standard(name)).collect();
        let undeclared: Vec<(&String, &Variable)> = variables
            .iter()
            .filter(|(name, v)| !v.reads.is_empty() && v.declarations.is_empty() && !is_standard(name))
            .collect();
        if unread.is_empty() || undeclared.is_empty() {
            return Vec::new();
        }
        let words: BTreeSet<&str> = variables
            .iter()
            .filter(|(_, v)| !v.reads.is_empty())
            .flat_map(|(name, _)| name.split('_'))
            .collect();
        let opens = self.open_reads();
        let used = read_by_artefacts(self);
        let mut found = Vec::new();
        for (declared, variable) in unread.into_iter().filter(|(name, _)| !used.contains(*name)) {
            for (read_name, read) in &undeclared {
                if !look_alike(declared, read_name, &words) {
                    continue;
                }
                let pair = variable.declarations.iter().find_map(|d| {
                    let read = read.reads.iter().find_map(|r| Some((r, self.shared_service(d, r)?)));
                    read.map(|(read, service)| (d, read, service))
                });
                let Some((declaration, read, service)) = pair else { continue };
                if !opens.iter().any(|o| o.services.contains(&service) && o.takes(declared)) {
                    found.push(NearName { declaration: declaration.clone(), read: read.clone(), service });
                }
            }
        }
        found
    }

    /// The running service that both a declaration and a read are for.
    fn shared_service(&self, declaration: &Declaration, read: &VariableRead) -> Option<ServiceId> {
        let kept = matches!(declaration.role, Role::Production | Role::Template | Role::Dev);
        let declares = declaration.declarer.is_manifest()
            || matches!(declaration.declarer, Declarer::Sample | Declarer::Dotenv);
        if !kept || !declares {
            return None;
        }
        let running: Vec<ServiceId> = self.running_services();
        let folder = self.path(declaration.file()).rsplit_once('/').map_or("", |(folder, _)| folder);
        read.services.iter().copied().filter(|s| running.contains(s)).find(|id| {
            if !declaration.services.is_empty() {
                return declaration.services.contains(id);
            }
            // A file beside the only program, or in the folder of one of several.
            let home = self.services.get(id.0).map_or("", |s| s.folder.as_str());
            let lies_above = is_below(home, folder);
            matches!(declaration.declarer, Declarer::Sample | Declarer::Dotenv)
                && lies_above
                && (running.len() == 1 || (!folder.is_empty() && folder == home))
        })
    }

    fn running_services(&self) -> Vec<ServiceId> {
        let all = self.services.iter().enumerate();
        all.filter(|(_, s)| s.kind.is_long_running()).map(|(at, _)| ServiceId(at)).collect()
    }

    /// Required reads on the way of a running service that nothing declares, for services of which something else
    /// is declared.
    pub fn undeclared_variables(&self) -> Vec<Undeclared> {
        let variables = self.variables();
        let mut found = Vec::new();
        for (name, variable) in
            variables.iter().filter(|(name, v)| v.declarations.is_empty() && !is_standard(name))
        {
            let required = variable.reads.iter().filter(|r| r.requirement == Requirement::Required);
            let weaker = variable.reads.iter().any(|r| r.requirement != Requirement::Required);
            for read in required.filter(|_| !weaker) {
                let running =
                    |id: &&ServiceId| self.services.get(id.0).is_some_and(|s| s.kind.is_long_running());
                let Some(service) = read.serving.iter().find(running) else { continue };
                if let Some(neighbour) = neighbour(variables, name, *service) {
                    found.push(Undeclared { read: read.clone(), service: *service, neighbour });
                    break;
                }
            }
        }
        found
    }

    /// The names that have to be looked for in the whole tree before anything is said about them.
    pub fn names_in_question(&self) -> Vec<String> {
        if !self.projects.iter().any(|p| !p.environments.is_empty())
            && self.images.is_empty()
            && self.dotenv_names().next().is_none()
        {
            return Vec::new();
        }
        let mut names = BTreeSet::new();
        names.extend(self.undeclared_variables().into_iter().map(|u| u.read.name));
        for near in self.near_names() {
            names.insert(near.declaration.name.value);
            names.insert(near.read.name);
        }
        names.into_iter().collect()
    }

    /// Places of `name` in other files than those of `but`.
    pub fn places_of_name<'w>(&'w self, name: &str, but: &[Span]) -> Vec<&'w Span> {
        let all = self.name_places.get(name).map(Vec::as_slice).unwrap_or_default();
        all.iter().filter(|s| !but.iter().any(|b| b.file == s.file)).collect()
    }
}

/// A declaration of another variable that the service reads.
fn neighbour(variables: &BTreeMap<String, Variable>, name: &str, service: ServiceId) -> Option<Declaration> {
    let mut others: Vec<&Declaration> = Vec::new();
    let rest = variables.iter().filter(|(other, _)| other.as_str() != name && !is_standard(other));
    for (_, variable) in rest {
        if variable.reads.iter().any(|r| r.services.contains(&service)) {
            others.extend(variable.declarations.iter().filter(|d| {
                let described =
                    d.declarer.is_manifest() || matches!(d.declarer, Declarer::Sample | Declarer::Dotenv);
                described
                    && d.is_for(service)
                    && matches!(d.role, Role::Production | Role::Template | Role::Dev)
            }));
        }
    }
    let rank = |d: &Declaration| match d.declarer {
        Declarer::Sample => 0,
        Declarer::Compose => 1,
        Declarer::ImageEnvironment => 3,
        _ => 2,
    };
    others.sort_by_key(|d| (rank(d), d.name.span));
    others.first().map(|d| (*d).clone())
}

/// True for two spellings of one name. `words` are those of all names that the code reads.
pub fn look_alike(declared: &str, read: &str, words: &BTreeSet<&str>) -> bool {
    if declared == read || declared.len() < 5 || read.len() < 5 {
        return false;
    }
    let (a, b) = (parts(declared), parts(read));
    if a.concat() == b.concat() {
        return true;
    }
    if a.len() == b.len() {
        let differing: Vec<(&String, &String)> = a.iter().zip(&b).filter(|(x, y)| x != y).collect();
        let [(x, y)] = differing.as_slice() else { return false };
        let synonym = SYNONYMS.iter().any(|set| set.contains(&x.as_str()) && set.contains(&y.as_str()));
        return (synonym && a.len() > 1) || is_slip(x, y, words);
    }
    let (longer, shorter) = if a.len() > b.len() { (&a, &b) } else { (&b, &a) };
    let first = longer.first().map(String::as_str).unwrap_or("");
    longer.len() == shorter.len() + 1
        && shorter.len() >= 2
        && longer.ends_with(shorter)
        && !FAMILIES.contains(&first)
}

fn parts(name: &str) -> Vec<String> {
    name.to_ascii_uppercase().split('_').filter(|p| !p.is_empty()).map(str::to_owned).collect()
}

/// True when one word is a slip of the other, and not another word.
fn is_slip(declared: &str, read: &str, words: &BTreeSet<&str>) -> bool {
    let shortest = declared.len().min(read.len());
    let digits = |w: &str| w.chars().any(|c| c.is_ascii_digit());
    if shortest < 5 || digits(declared) || digits(read) || words.contains(declared) {
        return false;
    }
    let allowed = if shortest >= 8 { 2 } else { 1 };
    strsim::damerau_levenshtein(declared, read) <= allowed
        && !matches!((declared, read), ("HTTPS", "HTTP") | ("HTTP", "HTTPS"))
}

#[cfg(test)]
mod tests {
    use super::look_alike;

    #[test]
    fn slips_are_told_from_other_names() {
        let words = ["SHOP", "DATABASE", "URL", "TIMEOUT", "WRITES"].into_iter().collect();
        for (declared, read) in [
            ("DB_URL", "DATABASE_URL"),
            ("SHOP_DATABSE_URL", "SHOP_DATABASE_URL"),
            ("SHOP__QUEUE_URL", "SHOP_QUEUE_URL"),
            ("SMTP_PASS", "SMTP_PASSWORD"),
            ("SHOP_QUEUE_URL", "QUEUE_URL"),
        ] {
            assert!(look_alike(declared, read, &words), "{declared} {read}");
        }
        for (declared, read) in [
            ("TEST_DATABASE_URL", "DATABASE_URL"),
            ("HTTP_PORT", "HTTPS_PORT"),
            ("SMTP_HOST", "SMTP_PORT"),
            ("CACHE_URL_1", "CACHE_URL_2"),
            ("MAX_READS", "MAX_WRITES"),
            ("SHOP_TIMEOUT", "SHOP_LAYOUT"),
            ("PORT", "SHOP_PORT"),
        ] {
            assert!(!look_alike(declared, read, &words), "{declared} {read}");
        }
    }
}
