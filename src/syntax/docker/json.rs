//! The exec form: a JSON array of strings inside an instruction line.

use super::lines::Joined;
use crate::source::Spanned;
use crate::syntax::text_map::TextMap;

/// The strings of an array, and the way from each decoded string to the file.
pub(super) struct Strings {
    pub(super) words: Vec<Spanned<String>>,
    pub(super) maps: Vec<TextMap>,
}

/// Reads `joined` from `start` to its end as a JSON array of strings; nothing when it is anything else.
pub(super) fn strings(joined: &Joined, start: usize) -> Option<Strings> {
    let mut reader = Reader { joined, pos: start };
    let mut strings = Strings { words: Vec::new(), maps: Vec::new() };
    reader.expect(b'[')?;
    if reader.expect(b']').is_none() {
        loop {
            let (word, map) = reader.string()?;
            strings.words.push(word);
            strings.maps.push(map);
            if reader.expect(b',').is_none() {
                reader.expect(b']')?;
                break;
            }
        }
    }
    reader.blanks();
    reader.peek().is_none().then_some(strings)
}

/// True when `text` is a JSON array after all, only not one of strings: an error in BuildKit.
pub(super) fn is_other_array(text: &str) -> bool {
    text.trim_start().starts_with('[') && serde_json::from_str::<Vec<serde_json::Value>>(text).is_ok()
}

struct Reader<'j> {
    joined: &'j Joined,
    pos: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.joined.text.as_bytes().get(self.pos).copied()
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.pos += 1;
        }
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.blanks();
        (self.peek() == Some(byte)).then(|| self.pos += 1)
    }

    fn string(&mut self) -> Option<(Spanned<String>, TextMap)> {
        self.blanks();
        let start = self.pos;
        self.expect(b'"')?;
        let (mut value, mut map) = (String::new(), TextMap::default());
        loop {
            let at = self.pos;
            match self.peek()? {
                b'"' => break,
                b'\\' => {
                    let decoded = self.escape()?;
                    let source = self.joined.source(at, self.pos);
                    map.push_decoded(value.len(), decoded.len_utf8(), source.start as usize, source.len());
                    value.push(decoded);
                }
                0..=0x1f => return None,
                _ => {
                    let rest = self.joined.text.get(at..).unwrap_or("");
                    let len =
                        rest.bytes().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..=0x1f)).count();
                    self.pos += len;
                    map.push_through(value.len(), &self.joined.map, at, len);
                    value.push_str(rest.get(..len).unwrap_or(""));
                }
            }
        }
        self.pos += 1;
        Some((Spanned::new(value, self.joined.source(start, self.pos)), map))
    }

    fn escape(&mut self) -> Option<char> {
        self.pos += 1;
        let decoded = match self.peek()? {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            byte @ (b'"' | b'\\' | b'/') => char::from(byte),
            b'u' => return self.unicode(),
            _ => return None,
        };
        self.pos += 1;
        Some(decoded)
    }

    /// `\u0041`, or a surrogate pair; a lone surrogate becomes U+FFFD, as in Go.
    fn unicode(&mut self) -> Option<char> {
        let unit = self.hex()?;
        if !(0xd800..0xdc00).contains(&unit) {
            return Some(char::from_u32(unit).unwrap_or('\u{fffd}'));
        }
        let before = self.pos;
        if self.joined.text.get(before..).is_some_and(|rest| rest.starts_with("\\u")) {
            self.pos += 1;
            let low = self.hex()?;
            if (0xdc00..0xe000).contains(&low) {
                return char::from_u32(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
            }
            self.pos = before;
        }
        Some('\u{fffd}')
    }

    /// The four digits behind `u`, which the cursor stands at.
    fn hex(&mut self) -> Option<u32> {
        let digits = self.joined.text.get(self.pos + 1..self.pos + 5)?;
        let unit =
            digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok());
        self.pos += 5;
        unit.flatten()
    }
}
