//! Characters beyond the BMP: libyaml calls them unprintable and escapes them, `libyaml-safer` does not.
//!
//! Each such character travels through the emitter as U+FFFE, which is escaped (six columns), and four
//! private-use characters, which are not: together as wide as the escape `\U0001F600` they stand for.

use std::{borrow::Cow, fmt::Write};

const MARK: char = '\u{fffe}';
const ESCAPED_MARK: &str = "\\uFFFE";
const DIGITS: u32 = 0xe000;

pub(super) fn hide(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|char| char > '\u{ffff}') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 12);
    for char in text.chars() {
        match u32::from(char).checked_sub(0x10000) {
            None => out.push(char),
            Some(code) => {
                out.push(MARK);
                out.extend((0..4).rev().filter_map(|at| char::from_u32(DIGITS + ((code >> (5 * at)) & 31))));
            }
        }
    }
    Cow::Owned(out)
}

pub(super) fn show(written: String) -> String {
    if !written.contains(ESCAPED_MARK) {
        return written;
    }
    let mut out = String::with_capacity(written.len());
    let mut parts = written.split(ESCAPED_MARK);
    out.extend(parts.next());
    for part in parts {
        match code(part) {
            Some((code, rest)) => {
                let _ = write!(out, "\\U{code:08X}");
                out.push_str(rest);
            }
            None => {
                out.push_str(ESCAPED_MARK);
                out.push_str(part);
            }
        }
    }
    out
}

fn code(text: &str) -> Option<(u32, &str)> {
    let mut chars = text.chars();
    let mut code = 0;
    for _ in 0..4 {
        let digit = u32::from(chars.next()?).checked_sub(DIGITS).filter(|digit| *digit < 32)?;
        code = code << 5 | digit;
    }
    Some((code + 0x10000, chars.as_str()))
}
