//! Patterns over qualified names.

/// A pattern over a [`crate::facts::name::QName`], compiled from its written form.
///
/// `{a,b}` stands for either word. `()..` stands for a returned value and any number of further calls chained to
/// it: `actix_web::HttpServer::new()..bind` matches `actix_web::HttpServer::new().bind` and
/// `actix_web::HttpServer::new().workers().bind`.
/// `*.name` stands for that method of anything, `*::name` for that function of any module or type; a row with such
/// a name says in `imports` what the file must bring in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// What the name begins with: all of it, when there is no chain.
    head: String,
    /// The last segment behind `..`.
    chained: Option<String>,
    /// What every matching name ends with, `.` or `::` in front.
    suffix: Option<String>,
}

impl Pattern {
    /// Expands the alternatives of `text` into patterns.
    ///
    /// # Errors
    /// When a brace is not closed or nested.
    pub fn parse(text: &str) -> Result<Vec<Pattern>, String> {
        let mut patterns = Vec::new();
        for name in expand(text)? {
            if let Some(suffix) = name.strip_prefix('*') {
                patterns.push(Pattern {
                    head: String::new(),
                    chained: None,
                    suffix: Some(suffix.to_owned()),
                });
                continue;
            }
            patterns.push(match name.split_once("()..") {
                Some((head, last)) => {
                    Pattern { head: format!("{head}()"), chained: Some(last.to_owned()), suffix: None }
                }
                None => Pattern { head: name, chained: None, suffix: None },
            });
        }
        Ok(patterns)
    }

    /// The last segment that every matching name has.
    pub fn last_segment(&self) -> &str {
        let name = self.suffix.as_deref().or(self.chained.as_deref()).unwrap_or(&self.head);
        let tail = name.rsplit("::").next().unwrap_or(name);
        tail.rsplit('.').next().unwrap_or(tail)
    }

    /// True when the name may begin with anything.
    pub fn is_open(&self) -> bool {
        self.suffix.is_some()
    }

    /// What every matching name begins with.
    pub fn head(&self) -> &str {
        &self.head
    }

    /// True when `name` matches.
    pub fn matches(&self, name: &str) -> bool {
        if let Some(suffix) = &self.suffix {
            return name.len() > suffix.len() && name.ends_with(suffix.as_str());
        }
        let Some(last) = &self.chained else { return name == self.head };
        let Some(rest) = name.strip_prefix(&self.head) else { return false };
        let Some(middle) = rest.strip_suffix(last.as_str()) else { return false };
        // What is left is `.`, or `.a().b().`: calls all the way.
        middle == "." || (middle.starts_with('.') && middle.ends_with("()."))
    }
}

fn expand(text: &str) -> Result<Vec<String>, String> {
    let Some((head, rest)) = text.split_once('{') else { return Ok(vec![text.to_owned()]) };
    let Some((list, tail)) = rest.split_once('}') else {
        return Err(format!("`{text}`: a brace is not closed"));
    };
    if list.contains('{') {
        return Err(format!("`{text}`: braces are nested"));
    }
    let mut names = Vec::new();
    for tail in expand(tail)? {
        names.extend(list.split(',').map(|word| format!("{head}{}{tail}", word.trim())));
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    fn matches(pattern: &str, name: &str) -> bool {
        Pattern::parse(pattern).is_ok_and(|all| all.iter().any(|p| p.matches(name)))
    }

    #[test]
    fn patterns_match_names() {
        assert!(matches("std::env::{var,var_os}", "std::env::var_os"));
        assert!(!matches("std::env::{var,var_os}", "my::env::var"));
        assert!(matches("actix_web::HttpServer::new()..bind", "actix_web::HttpServer::new().bind"));
        assert!(matches("actix_web::HttpServer::new()..bind", "actix_web::HttpServer::new().workers().bind"));
        assert!(!matches("actix_web::HttpServer::new()..bind", "actix_web::HttpServer::new().rebind"));
        assert!(!matches("actix_web::HttpServer::new()..bind", "actix_web::HttpServer::new"));
        assert!(matches("*.stop_graceful", "?.stop_graceful"));
        assert!(!matches("*.stop_graceful", "?.do_stop_graceful"));
        assert!(matches("*::{up,reset}", "migration::Migrator::reset"));
        assert!(!matches("*::up", "up"));
    }
}
