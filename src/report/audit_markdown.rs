//! Audits as Markdown: a table of services and factors, then the reasons, folded.

use std::fmt::Write as _;

use super::Diagnostic;
use super::audit_rows::{folded, grouped, label, repository_wide, rows, services_of};
use super::window::visible;
use crate::audit::{Audit, Verdict};
use crate::rules::Factor;

/// The table and, unless only it is wanted, the reasons.
pub fn render(audits: &[Audit], quiet: bool) -> String {
    let mut text = String::from("| service | kind |");
    for factor in Factor::ALL {
        let _ = write!(text, " [{}]({} \"{}\") |", factor.numeral(), factor.url(), factor.english());
    }
    text.push_str("\n| --- | --- |");
    text.push_str(&" :-: |".repeat(Factor::ALL.len()));
    text.push('\n');
    for row in rows(audits) {
        let name = escaped(row.name.trim());
        let name = if row.is_repository { format!("<b>{name}</b>") } else { name };
        let _ = write!(text, "| {name} | {} |", row.kind);
        for judged in row.factors {
            let _ = write!(text, " {} |", symbol(judged.verdict));
        }
        text.push('\n');
    }
    text.push_str("\n✓ pass · \\~ partial · ✗ fail · ? unknown · – n/a\n");
    for audit in audits {
        for line in folded(audit) {
            let _ = writeln!(text, "\nNot judged in {}: {}", escaped(&audit.report.root), escaped(&line));
        }
    }
    if quiet {
        return text;
    }
    for audit in audits {
        for service in services_of(audit) {
            let name = match audits.len() {
                1 => escaped(label(service, &services_of(audit))),
                _ => {
                    let name = label(service, &services_of(audit));
                    format!("{}: {}", escaped(&audit.report.root), escaped(name))
                }
            };
            let _ = write!(text, "\n<details>\n<summary><b>{name}</b> ({})</summary>\n\n", service.kind);
            for judged in &service.factors {
                let (factor, verdict) = (judged.factor, judged.verdict);
                let _ = writeln!(
                    text,
                    "- <b>{}. {}</b>: {} {}. {}",
                    factor.numeral(),
                    factor.english(),
                    symbol(verdict),
                    verdict.word(),
                    escaped(&judged.reason)
                );
                let fingerprints = judged.findings.iter();
                for diagnostic in
                    fingerprints.filter_map(|f| audit.report.diagnostics.iter().find(|d| d.fingerprint == *f))
                {
                    let _ = writeln!(text, "  - ✗ {}", breaks(diagnostic));
                }
                for line in grouped(&judged.evidence) {
                    let _ = writeln!(text, "  - ✓ {}", escaped(&line));
                }
            }
            text.push_str("\n</details>\n");
        }
        if !services_of(audit).is_empty() {
            let root = escaped(&audit.report.root);
            let _ = write!(text, "\n<details>\n<summary><b>{root}</b>, pipeline</summary>\n\n");
            for stage in &audit.pipeline {
                let title = crate::audit::pipeline::title(stage.stage);
                let _ = writeln!(text, "- <b>{title}</b>: {}. {}", stage.state, escaped(&stage.told()));
            }
            text.push_str("\n</details>\n");
        }
        let shared = repository_wide(audit);
        if !shared.is_empty() {
            let root = escaped(&audit.report.root);
            let _ = write!(text, "\n<details>\n<summary><b>{root}</b>, all services</summary>\n\n");
            for (judged, findings) in shared {
                let factor = judged.factor;
                let _ = writeln!(
                    text,
                    "- <b>{}. {}</b>: {}",
                    factor.numeral(),
                    factor.english(),
                    judged.verdict.word()
                );
                for diagnostic in findings {
                    let _ = writeln!(text, "  - ✗ {}", breaks(diagnostic));
                }
            }
            text.push_str("\n</details>\n");
        }
    }
    text
}

fn breaks(diagnostic: &Diagnostic) -> String {
    let place = diagnostic.place.as_ref();
    let place = place.map_or(String::new(), |p| format!(" ({}:{})", escaped(&p.file), p.line));
    format!("<code>{}</code>: {}{place}", escaped(&diagnostic.rule), escaped(&diagnostic.message))
}

fn symbol(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "✓",
        Verdict::Partial => "\\~",
        Verdict::Fail => "✗",
        Verdict::Unknown => "?",
        Verdict::NotApplicable => "–",
    }
}

/// `text` so that it shows as it is: what stands between backticks as code, and nothing of it as Markdown or HTML.
fn escaped(text: &str) -> String {
    let text = visible(text);
    let mut out = String::with_capacity(text.len());
    let pairs = text.matches('`').count() / 2;
    let mut ticks = 0;
    for c in text.chars() {
        match c {
            '`' if ticks < pairs * 2 => {
                out.push_str(if ticks % 2 == 0 { "<code>" } else { "</code>" });
                ticks += 1;
            }
            c if c.is_alphanumeric()
                || matches!(c, ' ' | ',' | '.' | '/' | '-' | ':' | ';' | '(' | ')')
                || !c.is_ascii() =>
            {
                out.push(c);
            }
            c => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
        }
    }
    out.replace("://", "&#58;//").replace("www.", "www&#46;")
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn nothing_of_the_tree_becomes_markup() {
        assert_eq!(escaped("`a` reads <b>"), "<code>a</code> reads &#60;b&#62;");
        assert_eq!(escaped("`a|b`"), "<code>a&#124;b</code>");
        assert_eq!(escaped("[x](http://a)"), "&#91;x&#93;(http&#58;//a)");
        assert_eq!(escaped("odd ` tick"), "odd &#96; tick");
        assert_eq!(escaped("*a* _b_ #c"), "&#42;a&#42; &#95;b&#95; &#35;c");
    }
}
