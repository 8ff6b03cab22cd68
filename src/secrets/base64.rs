//! Base64, as Secrets of Kubernetes hold their values.

/// Longest text that is decoded.
const MAX_LENGTH: usize = 64 * 1024;

/// The text that `encoded` stands for; none when it is no base64 of a text.
pub fn decode_base64(encoded: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(encoded.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0_u32);
    let mut padding = false;
    for c in encoded.bytes().filter(|c| !c.is_ascii_whitespace()) {
        if bytes.len() > MAX_LENGTH {
            return None;
        }
        let value = match c {
            b'A'..=b'Z' => c - b'A',
            b'a'..=b'z' => c - b'a' + 26,
            b'0'..=b'9' => c - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => {
                padding = true;
                continue;
            }
            _ => return None,
        };
        if padding {
            return None;
        }
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from((bits >> count) & 0xff).ok()?);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::decode_base64;

    #[test]
    fn texts_are_decoded() {
        let cases = [
            ("", Some("")),
            ("YQ==", Some("a")),
            ("YWI=", Some("ab")),
            ("cGFzc3dvcmQ=", Some("password")),
            ("cGFzc3dvcmQ", Some("password")),
            ("cGFz\nc3dvcmQ=", Some("password")),
            ("5pel", Some("日")),
            ("/w==", None),
            ("a b!", None),
            ("=YQ", None),
        ];
        for (encoded, text) in cases {
            assert_eq!(decode_base64(encoded).as_deref(), text, "{encoded}");
        }
    }
}
