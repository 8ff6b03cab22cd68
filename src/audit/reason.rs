//! Reasons: one sentence for each verdict, from which a reader knows whether to look further.

use std::collections::BTreeMap;

use crate::report::Diagnostic;
use crate::rules::{Factor, Level};

use super::{FactorVerdict, Verdict};

/// What counts against a factor: `2 warnings: config/x (twice)`, `1 error and 1 warning: config/x, config/y`.
pub fn of_findings(counted: &[&Diagnostic]) -> String {
    let number = |level: Level| counted.iter().filter(|d| d.level == level).count();
    let levels = [(Level::Error, "error"), (Level::Warning, "warning"), (Level::Info, "info")];
    let numbers: Vec<String> = levels
        .iter()
        .map(|(level, word)| (number(*level), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| plural(count, word))
        .collect();
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    for diagnostic in counted {
        *rules.entry(&diagnostic.rule).or_default() += 1;
    }
    let shown: Vec<String> = rules
        .iter()
        .map(|(rule, count)| match count {
            1 => (*rule).to_owned(),
            2 => format!("{rule} (twice)"),
            more => format!("{rule} ({more} times)"),
        })
        .collect();
    format!("{}: {}", joined(&numbers), shown.join(", "))
}

/// What keeps a factor: the first of it, and how much more there is.
pub fn of_evidence(messages: &[&str]) -> String {
    let Some((first, rest)) = messages.split_first() else { return String::new() };
    match rest.len() {
        0 => (*first).to_owned(),
        more => format!("{first}, and {more} more"),
    }
}

/// That a deciding file was not read.
pub fn of_unread(path: &str, reason: &str) -> String {
    format!("`{path}` was not read whole: {reason}")
}

/// That nothing of the tree can be judged.
pub const NO_SERVICE: &str = "no service was found";

/// That a collector failed.
pub fn of_failure(factor: Factor) -> String {
    format!("the evidence of factor {} could not be collected", factor.numeral())
}

/// Why the repository got its verdict: which services have it, and why the first of them.
pub fn of_repository(verdict: Verdict, services: &[(&str, &FactorVerdict)]) -> String {
    let worst: Vec<&(&str, &FactorVerdict)> =
        services.iter().filter(|(_, judged)| judged.verdict == verdict).collect();
    let Some((name, first)) = worst.first() else { return NO_SERVICE.to_owned() };
    let one = services.len() == 1;
    let same = worst.iter().all(|(_, judged)| judged.reason == first.reason);
    let names: Vec<&str> = worst.iter().map(|(name, _)| *name).collect();
    match (one, same, names.len()) {
        (true, ..) => first.reason.clone(),
        (_, true, count) if count == services.len() => first.reason.clone(),
        (_, _, 1) => format!("{name}: {}", first.reason),
        (_, true, _) => format!("{}: {}", few(&names), first.reason),
        _ => format!("{}; {name}: {}", few(&names), first.reason),
    }
}

/// `a`, `a and b`, `a, b and 5 more`.
pub fn few(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [a, b] => format!("{a} and {b}"),
        [a, b, c] => format!("{a}, {b} and {c}"),
        [a, b, rest @ ..] => format!("{a}, {b} and {} more", rest.len()),
    }
}

/// `1 error`, `2 errors`.
pub fn plural(count: usize, word: &str) -> String {
    if count == 1 { format!("1 {word}") } else { format!("{count} {word}s") }
}

fn joined(parts: &[String]) -> String {
    match parts {
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        [one] => one.clone(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{few, of_evidence, of_repository};
    use crate::audit::{FactorVerdict, Verdict};
    use crate::rules::Factor;

    fn judged(verdict: Verdict, reason: &str) -> FactorVerdict {
        let (evidence, findings) = (Vec::new(), Vec::new());
        FactorVerdict { factor: Factor::Logs, verdict, reason: reason.into(), evidence, findings }
    }

    #[test]
    fn a_repository_names_what_is_worst() {
        let (a, b) = (judged(Verdict::Fail, "1 error: x/y"), judged(Verdict::Pass, "kept"));
        let c = judged(Verdict::Fail, "2 errors: x/y (twice)");
        assert_eq!(of_repository(Verdict::Fail, &[("one", &a)]), "1 error: x/y");
        assert_eq!(of_repository(Verdict::Fail, &[("one", &a), ("two", &b)]), "one: 1 error: x/y");
        assert_eq!(of_repository(Verdict::Fail, &[("one", &a), ("two", &a)]), "1 error: x/y");
        let mixed = of_repository(Verdict::Fail, &[("one", &a), ("two", &b), ("three", &c)]);
        assert_eq!(mixed, "one and three; one: 1 error: x/y");
        assert_eq!(of_repository(Verdict::NotApplicable, &[]), "no service was found");
    }

    #[test]
    fn lists_stay_short() {
        assert_eq!(few(&["a", "b", "c", "d"]), "a, b and 2 more");
        assert_eq!(of_evidence(&["a"]), "a");
        assert_eq!(of_evidence(&["a", "b", "c"]), "a, and 2 more");
    }
}
