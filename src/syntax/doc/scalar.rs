//! Types of unquoted scalars by the YAML 1.2 core schema.

use super::ScalarKind;

/// The type of an unquoted scalar, or none for null.
pub(crate) fn resolve_plain(text: &str) -> Option<ScalarKind> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return None,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => return Some(ScalarKind::Boolean),
        ".nan" | ".NaN" | ".NAN" => return Some(ScalarKind::Float),
        _ => {}
    }
    let numeric = text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'));
    Some(match numeric {
        true if is_integer(text) => ScalarKind::Integer,
        true if is_float(text) => ScalarKind::Float,
        _ => ScalarKind::Text,
    })
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['+', '-']).unwrap_or(text)
}

fn all(text: &str, accept: impl Fn(char) -> bool) -> bool {
    !text.is_empty() && text.chars().all(accept)
}

fn is_integer(text: &str) -> bool {
    if let Some(digits) = text.strip_prefix("0o") {
        return all(digits, |c| c.is_digit(8));
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return all(digits, |c| c.is_ascii_hexdigit());
    }
    all(unsigned(text), |c| c.is_ascii_digit())
}

fn is_float(text: &str) -> bool {
    let number = unsigned(text);
    if matches!(number, ".inf" | ".Inf" | ".INF") {
        return true;
    }
    let (mantissa, exponent) = match number.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (number, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    let mantissa = !(whole.is_empty() && fraction.is_empty()) && digits(whole) && digits(fraction);
    mantissa && exponent.is_none_or(|exponent| all(unsigned(exponent), |c| c.is_ascii_digit()))
}

/// The value of a scalar of kind integer; none when it does not fit.
pub(crate) fn integer(text: &str) -> Option<i64> {
    for (prefix, radix) in [("0o", 8), ("0x", 16), ("0b", 2)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            return i64::from_str_radix(digits, radix).ok();
        }
    }
    text.parse().ok()
}

/// The value of a scalar of kind float or integer.
pub(crate) fn float(text: &str) -> Option<f64> {
    let number = unsigned(text);
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    match number.to_ascii_lowercase().as_str() {
        ".inf" | "inf" => Some(sign * f64::INFINITY),
        ".nan" | "nan" => Some(f64::NAN),
        _ => number.parse::<f64>().ok().map(|value| sign * value),
    }
}
