//! Variable expansion of instruction arguments (Dockerfile reference, "Environment replacement").

/// Deepest nesting of `${A:-${B:-…}}`; beyond it nothing is known.
const MAX_DEPTH: usize = 64;

/// Longest value that is followed: `ENV A=$A$A` doubles with each line.
const MAX_LEN: usize = 8 * 1024;

/// What is known about a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// Its value.
    Value(String),
    /// It is certainly not set.
    Unset,
    /// It may be set, outside of what can be seen.
    Unknown,
}

/// Expands `$NAME`, `${NAME}`, `${NAME:-word}`, `${NAME:+word}` and removes quotes and escapes.
///
/// Gives nothing when an unknown variable decides the outcome, or a form is used that is not followed here
/// (`${NAME#pattern}` and its like): never a guess.
pub fn expand(text: &str, escape: char, lookup: &dyn Fn(&str) -> Lookup) -> Option<String> {
    let mut expander = Expander { text, pos: 0, escape, lookup };
    expander.until(None, 0).filter(|value| value.len() <= MAX_LEN)
}

struct Expander<'a> {
    text: &'a str,
    pos: usize,
    escape: char,
    lookup: &'a dyn Fn(&str) -> Lookup,
}

impl Expander<'_> {
    fn peek(&self) -> Option<char> {
        self.text.get(self.pos..)?.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.pos += c.len_utf8();
        Some(c)
    }

    /// Expands up to `stop` (taken) or the end. The text is read to there even when the outcome is unknown.
    fn until(&mut self, stop: Option<char>, depth: usize) -> Option<String> {
        if depth > MAX_DEPTH {
            self.pos = self.text.len();
            return None;
        }
        let mut out = Some(String::new());
        let mut in_double = false;
        while let Some(c) = self.next() {
            match c {
                _ if Some(c) == stop && !in_double => return out,
                '\'' if !in_double => {
                    while let Some(c) = self.next().filter(|c| *c != '\'') {
                        push(&mut out, c);
                    }
                }
                '"' => in_double = !in_double,
                '$' => {
                    let value = self.variable(depth);
                    out = out
                        .zip(value)
                        .map(|(before, value)| before + &value)
                        .filter(|text| text.len() <= MAX_LEN);
                }
                _ if c == self.escape => match self.peek() {
                    Some(next) if !in_double || next == '"' || next == '$' || next == self.escape => {
                        self.next();
                        push(&mut out, next);
                    }
                    Some(_) => push(&mut out, c),
                    None => {}
                },
                _ => push(&mut out, c),
            }
        }
        // An unclosed `${` is an error in BuildKit.
        out.filter(|_| stop.is_none())
    }

    fn variable(&mut self, depth: usize) -> Option<String> {
        if self.peek() != Some('{') {
            let name = self.name();
            return match name.as_str() {
                "" => Some("$".to_owned()),
                name => value((self.lookup)(name)),
            };
        }
        self.next();
        let name = self.name();
        let colon = self.peek() == Some(':');
        if colon {
            self.next();
        }
        let operator = self.next()?;
        if operator == '}' && !colon && !name.is_empty() {
            return value((self.lookup)(&name));
        }
        let word = self.until(Some('}'), depth + 1);
        let found = match (self.lookup)(&name) {
            // With a colon an empty value counts as unset.
            Lookup::Value(value) if colon && value.is_empty() => Lookup::Unset,
            other => other,
        };
        match (operator, found) {
            _ if name.is_empty() => None,
            ('-', Lookup::Unset) => word,
            ('-' | '?', Lookup::Value(value)) => Some(value),
            ('+', Lookup::Value(_)) => word,
            ('+', Lookup::Unset) => Some(String::new()),
            _ => None,
        }
    }

    fn name(&mut self) -> String {
        let rest = self.text.get(self.pos..).unwrap_or("");
        // A positional parameter is a single digit, a special one a single sign.
        let len = match rest.bytes().next() {
            Some(byte) if byte.is_ascii_digit() => 1,
            _ => rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count(),
        };
        self.pos += len;
        rest.get(..len).unwrap_or("").to_owned()
    }
}

fn value(found: Lookup) -> Option<String> {
    match found {
        Lookup::Value(value) => Some(value),
        // An unset variable expands to nothing.
        Lookup::Unset => Some(String::new()),
        Lookup::Unknown => None,
    }
}

fn push(out: &mut Option<String>, c: char) {
    if let Some(out) = out {
        out.push(c);
    }
}
