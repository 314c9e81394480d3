//! Text forms as Python's `str()` and `repr()` give them.

use crate::{Dict, Value};
use std::fmt::Write;

impl Value {
    /// Python's `str()`.
    pub fn to_text(&self) -> String {
        match self {
            Value::Str(text) => text.to_string(),
            Value::Date(date) => date.to_string(),
            Value::DateTime(time) => datetime_text(time),
            other => other.repr(),
        }
    }

    /// Python's `repr()`.
    pub fn repr(&self) -> String {
        let mut out = String::new();
        write_repr(&mut out, self);
        out
    }
}

fn write_repr(out: &mut String, value: &Value) {
    match value {
        Value::None => out.push_str("None"),
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Int(int) => {
            let _ = write!(out, "{int}");
        }
        Value::BigInt(int) => {
            let _ = write!(out, "{int}");
        }
        Value::Float(float) => out.push_str(&float_repr(*float)),
        Value::Str(text) => out.push_str(&str_repr(text)),
        Value::Bytes(bytes) => write_bytes(out, bytes),
        Value::List(items) => write_list(out, items),
        Value::Dict(dict) => write_dict(out, dict),
        Value::Date(date) => {
            let _ = write!(out, "datetime.date({}, {}, {})", date.year(), date.month(), date.day());
        }
        Value::DateTime(time) => write_datetime(out, time),
        Value::Vaulted(vaulted) => {
            let _ = write!(out, "EncryptedString(ciphertext={})", str_repr(&vaulted.ciphertext));
        }
    }
}

fn write_list(out: &mut String, items: &[Value]) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        write_repr(out, item);
    }
    out.push(']');
}

fn write_dict(out: &mut String, dict: &Dict) {
    out.push('{');
    for (index, (key, value)) in dict.iter().enumerate() {
        if index > 0 {
            out.push_str(", ");
        }
        write_repr(out, key.as_value());
        out.push_str(": ");
        write_repr(out, value);
    }
    out.push('}');
}

fn write_bytes(out: &mut String, bytes: &[u8]) {
    let quote = if bytes.contains(&b'\'') && !bytes.contains(&b'"') { '"' } else { '\'' };
    out.push('b');
    out.push(quote);
    for byte in bytes {
        match byte {
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b'\\' => out.push_str("\\\\"),
            byte if char::from(*byte) == quote => {
                out.push('\\');
                out.push(quote);
            }
            0x20..=0x7e => out.push(char::from(*byte)),
            byte => {
                let _ = write!(out, "\\x{byte:02x}");
            }
        }
    }
    out.push(quote);
}

fn datetime_text(time: &crate::DateTime) -> String {
    let civil = time.civil;
    let mut out = format!("{} {:02}:{:02}:{:02}", civil.date(), civil.hour(), civil.minute(), civil.second());
    let micros = civil.subsec_nanosecond() / 1000;
    if micros != 0 {
        let _ = write!(out, ".{micros:06}");
    }
    if let Some(offset) = time.offset {
        let sign = if offset < 0 { '-' } else { '+' };
        let _ = write!(out, "{sign}{:02}:{:02}", offset.abs() / 3600, offset.abs() / 60 % 60);
    }
    out
}

fn write_datetime(out: &mut String, time: &crate::DateTime) {
    let c = time.civil;
    let _ = write!(
        out,
        "datetime.datetime({}, {}, {}, {}, {}",
        c.year(),
        c.month(),
        c.day(),
        c.hour(),
        c.minute()
    );
    let micros = c.subsec_nanosecond() / 1000;
    if c.second() != 0 || micros != 0 {
        let _ = write!(out, ", {}", c.second());
    }
    if micros != 0 {
        let _ = write!(out, ", {micros}");
    }
    match time.offset {
        Some(0) => out.push_str(", tzinfo=datetime.timezone.utc"),
        Some(offset) => {
            // Python normalises a negative timedelta to whole days and a positive rest.
            let days = if offset < 0 { "days=-1, " } else { "" };
            let seconds = offset.rem_euclid(86_400);
            let _ = write!(out, ", tzinfo=datetime.timezone(datetime.timedelta({days}seconds={seconds}))");
        }
        None => {}
    }
    out.push(')');
}

/// A float as Python prints it: shortest digits that read back, exponent below 1e-4 and from 1e16.
pub fn float_repr(float: f64) -> String {
    if float.is_nan() {
        return "nan".into();
    }
    if float.is_infinite() {
        return if float > 0.0 { "inf".into() } else { "-inf".into() };
    }
    let scientific = format!("{float:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        let plain = format!("{float}");
        return if plain.contains('.') { plain } else { plain + ".0" };
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// A string as Python's `repr()` shows it: single quotes unless only they occur in the text.
pub fn str_repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for char in text.chars() {
        push_repr_char(&mut out, char, quote);
    }
    out.push(quote);
    out
}

fn push_repr_char(out: &mut String, char: char, quote: char) {
    match char {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\\' => out.push_str("\\\\"),
        char if char == quote => {
            out.push('\\');
            out.push(char);
        }
        ' '..='~' => out.push(char),
        char if is_printable(char) => out.push(char),
        char => {
            let _ = match rplay_surrogates::code_point(char) {
                code @ ..=0xff => write!(out, "\\x{code:02x}"),
                code @ ..=0xffff => write!(out, "\\u{code:04x}"),
                code => write!(out, "\\U{code:08x}"),
            };
        }
    }
}

/// Python's `str.isprintable` for one character: neither control, format, surrogate, private, unassigned
/// nor a separator other than the space. Rust's own escape table decides about the last three groups.
fn is_printable(char: char) -> bool {
    if char.is_control() || (char.is_whitespace() && char != ' ') {
        return false;
    }
    // At the start of a text, `escape_debug` also escapes combining marks, which Python prints.
    String::from_iter(['a', char]).escape_debug().nth(1) != Some('\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_print_as_python_prints_them() {
        for (float, text) in [
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1e16, "1e+16"),
            (1e15, "1000000000000000.0"),
            (1.5e-5, "1.5e-05"),
            (0.0001, "0.0001"),
            (1e100, "1e+100"),
            (-0.0, "-0.0"),
        ] {
            assert_eq!(float_repr(float), text);
        }
    }

    #[test]
    fn strings_quote_as_python_quotes_them() {
        for (text, repr) in [
            ("a", "'a'"),
            ("it's", "\"it's\""),
            ("it's \"x\"", "'it\\'s \"x\"'"),
            ("é\u{a0}\u{200b}\n", "'é\\xa0\\u200b\\n'"),
        ] {
            assert_eq!(str_repr(text), repr);
        }
    }

    #[test]
    fn containers_print_as_python_prints_them() {
        let value = Value::list([Value::from(1), Value::None, Value::dict([("a", Value::from(true))])]);
        assert_eq!(value.repr(), "[1, None, {'a': True}]");
    }
}
