//! What Python's strings can hold and Rust's cannot: half surrogates (U+D800 to U+DFFF).
//!
//! Python reads a byte that is no UTF-8 as U+DC80 to U+DCFF (`surrogateescape`) and writes it back as the
//! byte. Here each half stands as the private character 0x10_0000 above it, one for one, so lengths, slices
//! and searches come out as Python's. A text that really has one of those 2,048 characters is read byte by
//! byte as if it were no UTF-8: its bytes too come back unaltered.

use std::borrow::Cow;

/// How far above a half surrogate its character lies.
const OFFSET: u32 = 0x10_0000;

const HALVES: std::ops::RangeInclusive<u32> = 0xd800..=0xdfff;

/// The halves that stand for a byte: U+DC00 and the byte, which is never ASCII.
const ESCAPES: std::ops::RangeInclusive<u32> = 0xdc80..=0xdcff;

/// The first byte of all characters that stand for halves, and of few others.
const LEAD: u8 = 0xf4;

/// A text that is to be UTF-8 and has half surrogates.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotUtf8 {
    /// One of them.
    #[error("'utf-8' codec can't encode character '\\u{code:04x}' in position {at}: surrogates not allowed")]
    One {
        /// Which.
        code: u32,
        /// Characters before it.
        at: usize,
    },
    /// Several in a row.
    #[error("'utf-8' codec can't encode characters in position {from}-{to}: surrogates not allowed")]
    Run {
        /// Characters before the first of them.
        from: usize,
        /// Characters before the last of them.
        to: usize,
    },
}

/// The code point Python would have here: the half surrogate a character stands for, else its own.
pub fn code_point(char: char) -> u32 {
    half(char).unwrap_or(u32::from(char))
}

/// The character for a code point of Python's, `None` above U+10FFFF.
pub fn char_of(code: u32) -> Option<char> {
    char::from_u32(if HALVES.contains(&code) { code + OFFSET } else { code })
}

fn half(char: char) -> Option<u32> {
    u32::from(char).checked_sub(OFFSET).filter(|code| HALVES.contains(code))
}

/// Whether a text has no half surrogates; quick.
fn is_plain(text: &str) -> bool {
    !text.as_bytes().contains(&LEAD) || text.chars().all(|char| half(char).is_none())
}

/// UTF-8 read with `surrogateescape`.
pub fn decode(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        push_valid(&mut out, chunk.valid());
        push_escaped(&mut out, chunk.invalid());
    }
    out
}

fn push_valid(out: &mut String, text: &str) {
    if is_plain(text) {
        out.push_str(text);
        return;
    }
    for char in text.chars() {
        match half(char) {
            None => out.push(char),
            Some(_) => push_escaped(out, char.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

fn push_escaped(out: &mut String, bytes: &[u8]) {
    out.extend(bytes.iter().filter_map(|byte| char_of(0xdc00 + u32::from(*byte))));
}

/// Text that was UTF-8 before, for whoever takes nothing else: free of characters that stand for halves.
pub fn decoded(text: String) -> String {
    if is_plain(&text) { text } else { decode(text.as_bytes()) }
}

/// UTF-8 written with `surrogateescape`: every byte [`decode`] took in as it was.
///
/// # Errors
/// A half surrogate that stands for no byte.
pub fn encode(text: &str) -> Result<Cow<'_, [u8]>, NotUtf8> {
    if is_plain(text) {
        return Ok(Cow::Borrowed(text.as_bytes()));
    }
    let mut out = Vec::with_capacity(text.len());
    for (at, char) in text.chars().enumerate() {
        match half(char) {
            None => out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes()),
            Some(code) => out.push(byte_of(code).ok_or(NotUtf8::One { code, at })?),
        }
    }
    Ok(Cow::Owned(out))
}

fn byte_of(code: u32) -> Option<u8> {
    u8::try_from(code.checked_sub(0xdc00)?).ok().filter(|_| ESCAPES.contains(&code))
}

/// The byte a character stands for.
pub fn escaped_byte(char: char) -> Option<u8> {
    half(char).and_then(byte_of)
}

/// Whether a text can be written as UTF-8, as Python's `str.encode()` asks.
///
/// # Errors
/// In Python's words, with the place of the first half surrogate.
pub fn check(text: &str) -> Result<(), NotUtf8> {
    if is_plain(text) {
        return Ok(());
    }
    let Some((from, code)) = text.chars().enumerate().find_map(|(at, char)| Some((at, half(char)?))) else {
        return Ok(());
    };
    let run = text.chars().skip(from).take_while(|char| half(*char).is_some()).count();
    Err(match run {
        1 => NotUtf8::One { code, at: from },
        _ => NotUtf8::Run { from, to: from + run - 1 },
    })
}

/// The text for a screen: `?` for half surrogates, however many in a row.
pub fn shown(text: &str) -> Cow<'_, str> {
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut in_run = false;
    for char in text.chars() {
        let is_half = half(char).is_some();
        match (is_half, in_run) {
            (false, _) => out.push(char),
            (true, false) => out.push('?'),
            (true, true) => {}
        }
        in_run = is_half;
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_as_they_were() {
        let inputs: [&[u8]; 6] = [
            b"plain",
            "é \u{10ffff} \u{1f600}".as_bytes(),
            b"caf\xe9",
            b"\xff\xfe\x80\xed\xb2\x80",
            "\u{10dc80}\u{10d800}x".as_bytes(),
            b"",
        ];
        for bytes in inputs {
            assert_eq!(encode(&decode(bytes)).unwrap(), bytes);
        }
    }

    #[test]
    fn halves_are_one_character_each_and_have_their_number() {
        let text = decode(b"caf\xe9");
        assert_eq!(text.chars().count(), 4);
        assert_eq!(text.chars().last().map(code_point), Some(0xdce9));
        assert_eq!(char_of(0xdce9), text.chars().last());
        assert_eq!(char_of(0x11_0000), None);
    }

    #[test]
    fn errors_are_pythons() {
        let message = |text: &str| check(text).unwrap_err().to_string();
        assert_eq!(
            message(&decode(b"caf\xe9 \xff")),
            "'utf-8' codec can't encode character '\\udce9' in position 3: surrogates not allowed"
        );
        assert_eq!(
            message(&decode(b"a\xe9\xff")),
            "'utf-8' codec can't encode characters in position 1-2: surrogates not allowed"
        );
        assert_eq!(check("\u{10ffff}"), Ok(()));
        let half: String = char_of(0xd800).into_iter().collect();
        assert_eq!(encode(&half), Err(NotUtf8::One { code: 0xd800, at: 0 }));
    }

    #[test]
    fn screens_see_question_marks() {
        assert_eq!(shown(&decode(b"caf\xe9\xff x\xff")), "caf? x?");
        assert_eq!(shown("é\u{10ffff}"), "é\u{10ffff}");
    }

    #[test]
    fn real_private_characters_are_not_taken_for_halves() {
        assert_eq!(decoded("a\u{10dc80}".into()), decode("a\u{10dc80}".as_bytes()));
        assert_eq!(decoded("é".into()), "é");
    }
}
