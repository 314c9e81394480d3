//! Tokens inside tags, cut as Jinja's lexer cuts them.

use super::{SyntaxFault, escape};
use num_bigint::BigInt;
use rplay_value::Value;
use std::{borrow::Cow, sync::Arc};

/// The kind of a token.
#[derive(Debug)]
pub(super) enum Kind<'a> {
    Name,
    /// A string literal with its value.
    Text(Cow<'a, str>),
    Integer(Value),
    Float(f64),
    Op,
}

/// A token and its place in the source.
#[derive(Debug)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind<'a>,
    pub(super) text: &'a str,
    pub(super) at: usize,
}

impl Token<'_> {
    pub(super) fn is_op(&self, op: &str) -> bool {
        matches!(self.kind, Kind::Op) && self.text == op
    }
    pub(super) fn is_name(&self, name: &str) -> bool {
        matches!(self.kind, Kind::Name) && self.text == name
    }
    /// How messages name the token.
    pub(super) fn describe(&self) -> &str {
        match self.kind {
            Kind::Name | Kind::Op => self.text,
            Kind::Text(_) => "string",
            Kind::Integer(_) => "integer",
            Kind::Float(_) => "float",
        }
    }
}

/// The length of the operator a text begins with.
fn operator_len(text: &[u8]) -> Option<usize> {
    match text {
        [b'/', b'/', ..] | [b'*', b'*', ..] | [b'=' | b'!' | b'>' | b'<', b'=', ..] => Some(2),
        [first, ..] if b"+-/*%~[](){}><=.:|,;".contains(first) => Some(1),
        _ => None,
    }
}

/// Reads the token at `at`; white space is skipped before. `raw` leaves backslashes in strings alone.
pub(super) fn next<'a>(source: &'a str, at: usize, raw: bool) -> Result<Token<'a>, SyntaxFault> {
    let rest = &source[at..];
    let first = rest.chars().next().unwrap_or('\0');
    if first.is_ascii_digit()
        && let Some((len, kind)) = number(rest, source[..at].ends_with('.'))
    {
        return Ok(Token { kind, text: &rest[..len], at });
    }
    if first == '_' || first.is_alphanumeric() {
        let len = rest.find(|char: char| char != '_' && !char.is_alphanumeric()).unwrap_or(rest.len());
        if !crate::methods::is_identifier(&rest[..len]) {
            return Err(SyntaxFault::new("Invalid character in identifier", at));
        }
        return Ok(Token { kind: Kind::Name, text: &rest[..len], at });
    }
    if matches!(first, '\'' | '"')
        && let Some(len) = string_len(rest, first)
    {
        let body = &rest[1..len - 1];
        let escaped = !raw && body.contains('\\');
        let value = match escaped {
            true => Cow::Owned(escape::decode(body).map_err(|message| SyntaxFault::new(message, at))?),
            false => Cow::Borrowed(body),
        };
        return Ok(Token { kind: Kind::Text(value), text: &rest[..len], at });
    }
    match operator_len(rest.as_bytes()) {
        Some(len) => Ok(Token { kind: Kind::Op, text: &rest[..len], at }),
        None => Err(SyntaxFault::new(
            format!(
                "unexpected char {} at {}",
                rplay_value::str_repr(&first.to_string()),
                source[..at].chars().count()
            ),
            at,
        )),
    }
}

fn string_len(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, char) in text.char_indices().skip(1) {
        match char {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            char if char == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// `(\d+_)*\d+`: digits with single underscores between.
fn digits(text: &[u8]) -> usize {
    let mut at = 0;
    while at < text.len() {
        if text[at].is_ascii_digit() || (text[at] == b'_' && at > 0 && text[at - 1] != b'_') {
            at += 1;
        } else {
            break;
        }
    }
    while at > 0 && text[at - 1] == b'_' {
        at -= 1;
    }
    if text.first().is_some_and(u8::is_ascii_digit) { at } else { 0 }
}

fn number(text: &str, after_dot: bool) -> Option<(usize, Kind<'_>)> {
    let bytes = text.as_bytes();
    if !after_dot && let Some(len) = float_len(bytes) {
        let value = text[..len].replace('_', "").parse().ok()?;
        return Some((len, Kind::Float(value)));
    }
    let prefixed = |radix: u32, accepted: fn(&u8) -> bool| {
        let body = &bytes[2..];
        let len = body.iter().take_while(|byte| **byte == b'_' || accepted(byte)).count();
        Some((2 + len, Kind::Integer(integer(&text[2..2 + len], radix)?)))
    };
    let special = match bytes.get(1).map(u8::to_ascii_lowercase) {
        Some(b'x') if bytes[0] == b'0' => prefixed(16, u8::is_ascii_hexdigit),
        Some(b'o') if bytes[0] == b'0' => prefixed(8, |byte| (b'0'..=b'7').contains(byte)),
        Some(b'b') if bytes[0] == b'0' => prefixed(2, |byte| matches!(byte, b'0' | b'1')),
        _ => None,
    };
    if special.is_some() {
        return special;
    }
    let zeros = if bytes[0] == b'0' {
        bytes.iter().take_while(|byte| matches!(byte, b'0' | b'_')).count()
    } else {
        bytes.len()
    };
    let len = digits(&bytes[..zeros]);
    Some((len, Kind::Integer(integer(&text[..len], 10)?)))
}

fn integer(digits: &str, radix: u32) -> Option<Value> {
    if let Ok(int) = i64::from_str_radix(digits, radix) {
        return Some(Value::Int(int));
    }
    let int = BigInt::parse_bytes(digits.replace('_', "").as_bytes(), radix)?;
    Some(i64::try_from(&int).map_or_else(|_| Value::BigInt(Arc::new(int)), Value::Int))
}

fn float_len(bytes: &[u8]) -> Option<usize> {
    let whole = digits(bytes);
    let mut len = whole;
    if bytes.get(len) == Some(&b'.') {
        let fraction = digits(&bytes[len + 1..]);
        if fraction > 0 {
            len += 1 + fraction;
        }
    }
    if matches!(bytes.get(len), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(len + 1), Some(b'+' | b'-')));
        let exponent = digits(bytes.get(len + 1 + sign..)?);
        if exponent > 0 {
            len += 1 + sign + exponent;
        }
    }
    (len > whole).then_some(len)
}
