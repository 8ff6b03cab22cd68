//! The test modules that many files end with: nothing in them is production code, and reading them would cost a
//! third of the time.

/// After so many other conditions a file is read whole.
const ATTEMPTS: usize = 64;

/// `text` without the test modules at its end. Goes by lines at the margin, as rustfmt sets them: what is given back
/// must still be a whole file, else all of `text` is to be read.
pub fn without_tests(text: &str) -> &str {
    for (found, _) in text.match_indices("\n#[cfg(").take(ATTEMPTS) {
        let start = found + 1;
        if ends_with_tests(text.get(start..).unwrap_or("")) {
            return text.get(..start).unwrap_or(text);
        }
    }
    text
}

/// True for a text that holds test modules, blank lines and nothing else.
fn ends_with_tests(text: &str) -> bool {
    let mut lines = text.lines();
    let mut modules = 0_usize;
    while let Some(line) = lines.find(|line| !line.trim().is_empty()) {
        let attribute = line.trim_end();
        let all_test = attribute.starts_with("#[cfg(all(test,") && attribute.ends_with("))]");
        if attribute != "#[cfg(test)]" && !all_test {
            return false;
        }
        let head = lines.find(|line| !line.starts_with("#[") && !line.starts_with("//"));
        let module = head.is_some_and(|head| {
            let head = head.trim_end();
            let name = head.strip_prefix("mod ").or_else(|| head.strip_prefix("pub mod "));
            name.and_then(|rest| rest.strip_suffix(" {"))
                .is_some_and(|name| name.chars().all(|c| c.is_alphanumeric() || c == '_'))
        });
        if !module || !lines.any(|line| line.trim_end() == "}" && line.starts_with('}')) {
            return false;
        }
        modules += 1;
    }
    modules > 0
}

#[cfg(test)]
mod tests {
    use super::without_tests;

    #[test]
    fn only_test_modules_at_the_end_are_left_out() {
        let code = "fn a() {}\n\n";
        let tests = "#[cfg(test)]\nmod tests {\n    #[test]\n    fn t() {}\n}\n";
        let more = "#[cfg(all(test, feature = \"x\"))]\n#[allow(dead_code)]\n// Slow.\nmod slow {\n    fn t() {}\n}\n";
        assert_eq!(without_tests(&format!("{code}{tests}")), code);
        assert_eq!(without_tests(&format!("{code}{tests}\n{more}\n")), code);
        for whole in [
            format!("{code}{tests}fn b() {{}}\n"),
            format!("{code}#[cfg(unix)]\nmod system {{\n}}\n"),
            format!("{code}#[cfg(any(test, unix))]\nmod system {{\n}}\n"),
            format!("{code}#[cfg(test)]\nfn helper() {{\n}}\n"),
            format!("{code}#[cfg(test)]\nmod tests {{\n    fn t() {{}}\n"),
            format!("{code}#[cfg(test)]\nmod tests;\n"),
        ] {
            assert_eq!(without_tests(&whole), whole);
        }
    }
}
