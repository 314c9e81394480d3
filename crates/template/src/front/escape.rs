//! Python's `unicode-escape` decoding, as Jinja applies it to string literals.

use rplay_value::surrogates;
use std::{iter::Peekable, str::Chars};

/// The text a literal's body stands for, or Python's words for an escape that is none.
pub(super) fn decode(body: &str) -> Result<String, String> {
    let mut out = String::with_capacity(body.len());
    let mut chars = body.chars().peekable();
    while let Some(char) = chars.next() {
        if char != '\\' {
            out.push(char);
            continue;
        }
        let Some(code) = chars.next() else { return Err("\\ at end of string".into()) };
        match code {
            '\n' => {}
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'a' => out.push('\x07'),
            'b' => out.push('\x08'),
            'f' => out.push('\x0c'),
            'v' => out.push('\x0b'),
            '\\' | '\'' | '"' => out.push(code),
            'x' => out.push(hexadecimal(&mut chars, 2, "truncated \\xXX escape")?),
            'u' => out.push(hexadecimal(&mut chars, 4, "truncated \\uXXXX escape")?),
            'U' => out.push(hexadecimal(&mut chars, 8, "truncated \\UXXXXXXXX escape")?),
            '0'..='7' => out.extend(char::from_u32(octal(code, &mut chars))),
            other => {
                out.push('\\');
                // Jinja makes the literal ASCII first, whose escapes lose their backslash to this one.
                match u32::from(other) {
                    code @ 0x80..=0xff => out.push_str(&format!("x{code:02x}")),
                    code @ 0x100..=0xffff => out.push_str(&format!("u{code:04x}")),
                    code @ 0x10000.. => out.push_str(&format!("U{code:08x}")),
                    _ => out.push(other),
                }
            }
        }
    }
    Ok(out)
}

fn hexadecimal(chars: &mut Peekable<Chars<'_>>, width: usize, truncated: &str) -> Result<char, String> {
    let mut code = 0;
    for _ in 0..width {
        let digit = chars.next().and_then(|char| char.to_digit(16)).ok_or(truncated)?;
        code = code * 16 + digit;
    }
    surrogates::char_of(code).ok_or_else(|| "illegal Unicode character".into())
}

fn octal(first: char, chars: &mut Peekable<Chars<'_>>) -> u32 {
    let mut value = first.to_digit(8).unwrap_or(0);
    for _ in 0..2 {
        let Some(digit) = chars.peek().and_then(|digit| digit.to_digit(8)) else { break };
        value = value * 8 + digit;
        chars.next();
    }
    value
}
