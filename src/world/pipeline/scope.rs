//! Variables and expressions of a pipeline, filled in as far as they are known.

use std::collections::BTreeMap;

use crate::syntax::embedded::{expression_name, hide_expressions};

/// Longest text that filling in may give.
const MAX_TEXT: usize = 64 * 1024;

/// What is known about variables and expressions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// Variables of the environment.
    pub environment: BTreeMap<String, String>,
    /// Expressions by name, dots and dashes as `_`: `matrix_rust`, `inputs_tag`.
    pub expressions: BTreeMap<String, String>,
}

/// `a.b-c` as expressions are named.
pub fn expression_key(path: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    path.chars().map(plain).collect::<String>().trim_matches('_').to_owned()
}

impl Scope {
    /// Adds a variable, its value filled in.
    pub fn set(&mut self, name: &str, value: &str) {
        let value = self.fill(value);
        self.environment.insert(name.to_owned(), value);
    }

    /// Adds an expression.
    pub fn define(&mut self, path: &str, value: &str) {
        self.expressions.insert(expression_key(path), value.to_owned());
    }

    /// `text` with what is known filled in; what is not stays as `${name}`, expressions as `${_name_}`.
    pub fn fill(&self, text: &str) -> String {
        let mut text = hide_expressions(text);
        // A value may hold another variable.
        for _ in 0..3 {
            if !text.contains('$') {
                break;
            }
            let next = self.fill_once(&text);
            if next == text || next.len() > MAX_TEXT {
                break;
            }
            text = next;
        }
        text
    }

    fn fill_once(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('$') {
            out.push_str(before);
            let (name, len) = match behind.strip_prefix('{') {
                Some(inner) => match inner.find('}') {
                    Some(end) => (inner.get(..end).unwrap_or(""), end + 2),
                    None => ("", 0),
                },
                None => {
                    let end = behind.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
                    let end = end.unwrap_or(behind.len());
                    (behind.get(..end).unwrap_or(""), end)
                }
            };
            match self.lookup(name) {
                Some(value) if out.len() < MAX_TEXT => out.push_str(value),
                _ => {
                    out.push('$');
                    out.push_str(behind.get(..len).unwrap_or(""));
                }
            }
            rest = behind.get(len..).unwrap_or("");
        }
        out.push_str(rest);
        out
    }

    fn lookup<'s>(&'s self, name: &'s str) -> Option<&'s str> {
        let plain = name.split([':', '-', '=']).next().unwrap_or(name);
        if let Some(expression) = expression_name(plain) {
            let known = self.expressions.get(expression);
            let environment = || self.environment.get(expression.strip_prefix("env_")?);
            if let Some(value) = known.or_else(environment) {
                return Some(value);
            }
        }
        if let Some(value) = self.environment.get(plain) {
            return Some(value);
        }
        name.split_once(":-").map(|(_, default)| default).filter(|d| !d.is_empty() && !d.contains('$'))
    }
}

/// True when nothing in `text` is left to be filled in.
pub fn is_known(text: &str) -> bool {
    !text.contains('$')
}

#[cfg(test)]
mod tests {
    use super::Scope;

    #[test]
    fn known_values_are_filled_in() {
        let mut scope = Scope::default();
        scope.define("matrix.rust-version", "1.90");
        scope.set("REGISTRY", "ghcr.io");
        scope.set("IMAGE", "${{ env.REGISTRY }}/app");
        let cases = [
            ("${{ env.IMAGE }}:${{ matrix.rust-version }}", "ghcr.io/app:1.90"),
            ("$IMAGE:${TAG:-latest}", "ghcr.io/app:latest"),
            ("$IMAGE:$TAG ${{ github.sha }}", "ghcr.io/app:$TAG ${__github_sha__}"),
            ("cost: 5$", "cost: 5$"),
        ];
        for (text, filled) in cases {
            assert_eq!(scope.fill(text), filled, "{text}");
        }
        scope.set("A", "$B");
        scope.set("B", "$A$A");
        assert!(scope.fill("$A").len() < 100);
    }
}
