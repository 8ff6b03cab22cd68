//! Shell texts inside other files: scalars of YAML and TOML, with `${{ … }}` expressions as unknown words.

use crate::source::ByteRange;
use crate::syntax::doc::Scalar;
use crate::syntax::shell::{Script, parse_shell_mapped};
use crate::syntax::text_map::TextMap;

/// Reads the shell text of `scalar`, which stands at `range` of `file`; ranges are those of the file.
pub fn scalar_script(file: &str, scalar: &Scalar, range: ByteRange) -> Script {
    let map = align(&scalar.text, file, range);
    parse_shell_mapped(&hide_expressions(&scalar.text), &map)
}

/// `text` with every `${{ a.b }}` written as a shell variable of the same length, `${__a_b__}`: the shell parser must
/// neither stumble over an expression nor lose what it names.
pub fn hide_expressions(text: &str) -> String {
    hide(text, "${{", "${_")
}

/// `text` with every `{{ name }}` written as a shell variable of the same length, `${_name__}`, or `${name_}`.
pub fn hide_moustaches(text: &str) -> String {
    hide(text, "{{", "${")
}

fn hide(text: &str, open: &str, sign: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once(open) {
        let Some((inner, after)) = behind.split_once("}}") else { break };
        out.push_str(before);
        out.push_str(sign);
        for c in inner.chars() {
            match c.is_ascii_alphanumeric() {
                true => out.push(c),
                false => out.extend(std::iter::repeat_n('_', c.len_utf8())),
            }
        }
        out.push_str("_}");
        rest = after;
    }
    out.push_str(rest);
    out
}

/// The name that a hidden expression stands for, dots as `_`: `matrix_rust` for `__matrix_rust__`. None for what is
/// no hidden expression.
pub fn expression_name(variable: &str) -> Option<&str> {
    variable.strip_prefix('_').map(|name| name.trim_matches('_')).filter(|name| !name.is_empty())
}

/// Where each byte of the decoded `text` stands in the scalar at `range` of `file`: both run in the same order, and
/// differ in indentation, quotes, escapes and folded lines only.
fn align(text: &str, file: &str, range: ByteRange) -> TextMap {
    let source = range.slice(file).as_bytes();
    let base = range.start as usize;
    let mut map = TextMap::default();
    let mut at = body_start(source);
    for (offset, c) in text.char_indices() {
        let mut buffer = [0; 4];
        let wanted = c.encode_utf8(&mut buffer).as_bytes();
        let found = find(source, at, wanted);
        match found {
            Some(start) => {
                map.push(offset, base + start, wanted.len());
                at = start + wanted.len();
            }
            // A folded line end, or an escape: it stands for what comes next.
            None => {
                let len = usize::from(at < source.len());
                map.push_decoded(offset, wanted.len(), base + at, len);
                if source.get(at) == Some(&b'\\') {
                    at += 2;
                } else if source.get(at).is_some_and(u8::is_ascii_whitespace) {
                    at += 1;
                }
            }
        }
    }
    map
}

/// The first byte of the text behind the quote, or behind the line of a block indicator.
fn body_start(source: &[u8]) -> usize {
    match source.first() {
        Some(b'|' | b'>') => memchr::memchr(b'\n', source).map_or(source.len(), |at| at + 1),
        Some(b'"' | b'\'') => 1,
        _ => 0,
    }
}

/// Where `wanted` stands at or behind `at`, white space and one quote sign passed over.
fn find(source: &[u8], at: usize, wanted: &[u8]) -> Option<usize> {
    let rest = source.get(at..)?;
    if rest.starts_with(wanted) {
        return Some(at);
    }
    let escaped_here = matches!(rest.first(), Some(b'\\' | b'\''));
    if escaped_here && rest.get(1..)?.starts_with(wanted) {
        return Some(at + 1);
    }
    if wanted.first().is_some_and(u8::is_ascii_whitespace) {
        return None;
    }
    let blank = rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
    let behind = rest.get(blank..)?;
    if behind.starts_with(wanted) {
        return Some(at + blank);
    }
    let escaped = matches!(behind.first(), Some(b'\\' | b'\''));
    (escaped && behind.get(1..)?.starts_with(wanted)).then_some(at + blank + 1)
}

#[cfg(test)]
mod tests {
    use super::{expression_name, hide_expressions, hide_moustaches, scalar_script};
    use crate::syntax::doc::parse_yaml;

    #[test]
    fn hidden_expressions_keep_their_length_and_name() {
        let text = "docker push ghcr.io/x:${{ github.sha }} ${{ matrix.a && 'ü' }}";
        let hidden = hide_expressions(text);
        assert_eq!(hidden.len(), text.len());
        assert!(hidden.contains("${__github_sha__}"), "{hidden}");
        assert_eq!(expression_name("__github_sha__"), Some("github_sha"));
        assert_eq!(expression_name("HOME"), None);
        assert_eq!(hide_moustaches("a {{name}} {{ b }}"), "a ${name_} ${_b__}");
        assert_eq!(hide_expressions("${{ open"), "${{ open");
    }

    #[test]
    fn words_of_scalars_have_their_places() {
        let cases = [
            "run: cargo test --all\n",
            "run: |\n  set -e\n  cargo \\\n    test --all\n",
            "run: >-\n  cargo\n  test\n  --all\n",
            "run: \"echo \\\"a\\\" && cargo test --all\"\n",
            "run: 'echo ''a'' && cargo test --all'\n",
            "run: echo a &&\n  cargo test\n  --all\n",
        ];
        for file in cases {
            let parsed = parse_yaml(file);
            let node = parsed.root().and_then(|r| r.get("run")).unwrap();
            let script = scalar_script(file, node.as_scalar().unwrap(), node.range());
            let item = script.items.last().unwrap();
            let words = &item.pipeline[0].simple().unwrap().words;
            let shown: Vec<&str> = words.iter().map(|w| w.range.slice(file)).collect();
            assert_eq!(shown, ["cargo", "test", "--all"], "{file}");
        }
    }
}
