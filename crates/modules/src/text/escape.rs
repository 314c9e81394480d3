//! `codecs.escape_decode`: backslash escapes in text.

/// The bytes a text with backslash escapes stands for; what is no escape stays as written.
#[must_use]
pub fn decode(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::new(), 0);
    while let Some(byte) = bytes.get(at) {
        at += 1;
        let Some(escaped) = bytes.get(at).filter(|_| *byte == b'\\') else {
            out.push(*byte);
            continue;
        };
        at += 1;
        match escaped {
            b'\n' => {}
            b'a' => out.push(7),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'n' => out.push(b'\n'),
            b'r' => out.push(b'\r'),
            b't' => out.push(b'\t'),
            b'v' => out.push(11),
            b'\\' | b'\'' | b'"' => out.push(*escaped),
            b'0'..=b'7' => {
                let (code, used) = number(&bytes[at - 1..], 3, 8);
                at += used - 1;
                out.push(code);
            }
            b'x' if number(&bytes[at..], 2, 16).1 == 2 => {
                out.push(number(&bytes[at..], 2, 16).0);
                at += 2;
            }
            other => out.extend([b'\\', *other]),
        }
    }
    out
}

/// A number of at most so many digits at the start: its low byte, and how many digits it has.
fn number(bytes: &[u8], most: usize, radix: u32) -> (u8, usize) {
    let digits = bytes.iter().take(most).map_while(|byte| char::from(*byte).to_digit(radix));
    let (code, used) = digits.fold((0, 0), |(code, used), digit| (code * radix + digit, used + 1));
    (u8::try_from(code & 0xff).unwrap_or(0), used)
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn escapes_are_pythons() {
        let table: [(&str, &[u8]); 5] = [
            ("a\\nb", b"a\nb"),
            ("\\x41\\101\\0", b"AA\0"),
            ("\\q\\\\", b"\\q\\"),
            ("caf\\303\\251", "café".as_bytes()),
            ("end\\", b"end\\"),
        ];
        for (text, wanted) in table {
            assert_eq!(decode(text), wanted, "{text}");
        }
    }
}
