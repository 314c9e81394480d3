//! Python literals, which ini inventories hold as values (`ast.literal_eval`).

use num_bigint::BigInt;
use rplay_value::{Dict, Key, Str, Tag, Value};
use std::sync::Arc;

const MAX_DEPTH: usize = 100;
const MAX_DIGITS: usize = 4300;

/// The value of a literal; text that is none stays text. Every string gets `tag`. Tuples and sets become
/// lists, bytes text, as in Ansible.
pub(crate) fn value(text: &str, tag: &Tag) -> Value {
    let mut parser = Parser { rest: text.trim_start_matches([' ', '\t']), tag, depth: 0 };
    parser.whole().unwrap_or_else(|| Value::Str(Str::tagged(text, tag.clone())))
}

struct Parser<'a> {
    rest: &'a str,
    tag: &'a Tag,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn whole(&mut self) -> Option<Value> {
        let first = self.expression()?;
        let value = match self.eat(',') {
            true => self.items(first, None)?,
            false => first,
        };
        self.blanks();
        (self.rest.is_empty() || self.rest.starts_with('#')).then_some(value)
    }

    fn blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\u{c}']);
    }

    fn eat(&mut self, char: char) -> bool {
        self.blanks();
        match self.rest.strip_prefix(char) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn text(&self, text: &str) -> Value {
        Value::Str(Str::tagged(text, self.tag.clone()))
    }

    fn expression(&mut self) -> Option<Value> {
        self.blanks();
        if self.depth >= MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let value = self.atom();
        self.depth -= 1;
        value
    }

    fn atom(&mut self) -> Option<Value> {
        let first = self.rest.chars().next()?;
        match first {
            '[' => self.list(']'),
            '(' => self.parenthesised(),
            '{' => self.braces(),
            '-' | '+' => self.signed(),
            '0'..='9' => self.number(),
            '.' if self.rest.starts_with("...") => {
                self.rest = &self.rest[3..];
                Some(self.text("..."))
            }
            '.' => self.number(),
            _ => self.word(),
        }
    }

    fn list(&mut self, close: char) -> Option<Value> {
        self.rest = &self.rest[1..];
        if self.eat(close) {
            return Some(Value::list([]));
        }
        let first = self.expression()?;
        if self.eat(close) {
            return Some(Value::list([first]));
        }
        if !self.eat(',') {
            return None;
        }
        self.items(first, Some(close))
    }

    /// The items behind `first` and its comma; without a closing bracket up to the end of the text.
    fn items(&mut self, first: Value, close: Option<char>) -> Option<Value> {
        let mut items = vec![first];
        loop {
            if self.ends(close) {
                return Some(Value::list(items));
            }
            items.push(self.expression()?);
            if !self.eat(',') {
                return self.ends(close).then(|| Value::list(items));
            }
        }
    }

    fn ends(&mut self, close: Option<char>) -> bool {
        match close {
            Some(close) => self.eat(close),
            None => {
                self.blanks();
                self.rest.is_empty() || self.rest.starts_with('#')
            }
        }
    }

    fn parenthesised(&mut self) -> Option<Value> {
        self.rest = &self.rest[1..];
        if self.eat(')') {
            return Some(Value::list([]));
        }
        let first = self.expression()?;
        if self.eat(')') {
            return Some(first);
        }
        self.eat(',').then(|| self.items(first, Some(')')))?
    }

    fn braces(&mut self) -> Option<Value> {
        self.rest = &self.rest[1..];
        if self.eat('}') {
            return Some(Value::from(Dict::new()));
        }
        let first = self.expression()?;
        if !self.eat(':') {
            if self.eat('}') {
                return Some(Value::list([first]));
            }
            return self.eat(',').then(|| self.items(first, Some('}')))?;
        }
        let mut dict = Dict::new();
        dict.insert(Key::new(first)?, self.expression()?);
        while self.eat(',') {
            if self.eat('}') {
                return Some(Value::from(dict));
            }
            let key = Key::new(self.expression()?)?;
            if !self.eat(':') {
                return None;
            }
            dict.insert(key, self.expression()?);
        }
        self.eat('}').then(|| Value::from(dict))
    }

    fn signed(&mut self) -> Option<Value> {
        let negative = self.rest.starts_with('-');
        self.rest = &self.rest[1..];
        match (self.expression()?, negative) {
            (Value::Int(int), true) => {
                Some(int.checked_neg().map_or_else(|| big(-BigInt::from(int)), Value::Int))
            }
            (Value::BigInt(int), true) => Some(big(-(*int).clone())),
            (Value::Float(float), true) => Some(Value::Float(-float)),
            (number @ (Value::Int(_) | Value::BigInt(_) | Value::Float(_)), false) => Some(number),
            _ => None,
        }
    }

    fn number(&mut self) -> Option<Value> {
        let bytes = self.rest.as_bytes();
        let is_radix = |byte: Option<&u8>| matches!(byte, Some(b'x' | b'X' | b'o' | b'O' | b'b' | b'B'));
        let radix = bytes.first() == Some(&b'0') && is_radix(bytes.get(1));
        let mut length = 0;
        while let Some(&byte) = bytes.get(length) {
            let exponent = !radix && length > 0 && matches!(bytes[length - 1], b'e' | b'E');
            match byte {
                b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'_' => {}
                b'.' if !radix => {}
                b'+' | b'-' if exponent => {}
                _ => break,
            }
            length += 1;
        }
        let (digits, rest) = self.rest.split_at(length);
        self.rest = rest;
        if digits.starts_with('_') || digits.ends_with('_') || digits.contains("__") {
            return None;
        }
        let plain = digits.replace('_', "");
        if let Some(imaginary) = plain.strip_suffix(['j', 'J']).filter(|_| !radix) {
            return imaginary.parse().ok().map(|float: f64| self.imaginary(float));
        }
        if radix { radix_number(&plain) } else { decimal(&plain, digits) }
    }

    /// Imaginary numbers are text, as Python prints them.
    fn imaginary(&self, float: f64) -> Value {
        let shown = rplay_value::float_repr(float);
        self.text(&format!("{}j", shown.strip_suffix(".0").unwrap_or(&shown)))
    }

    fn word(&mut self) -> Option<Value> {
        let end =
            self.rest.find(|char: char| !char.is_alphanumeric() && char != '_').unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        if rest.starts_with(['"', '\'']) {
            return self.strings();
        }
        self.rest = rest;
        match word {
            "None" => Some(Value::None),
            "True" => Some(Value::Bool(true)),
            "False" => Some(Value::Bool(false)),
            "set" if self.eat('(') && self.eat(')') => Some(Value::list([])),
            _ => None,
        }
    }

    /// One or several adjacent strings; bytes become text that is no template.
    fn strings(&mut self) -> Option<Value> {
        let mut text = String::new();
        let mut bytes = false;
        loop {
            let end = self.rest.find(['"', '\''])?;
            let prefix = self.rest[..end].to_lowercase();
            if !matches!(prefix.as_str(), "" | "r" | "u" | "b" | "br" | "rb") {
                return None;
            }
            bytes |= prefix.contains('b');
            self.rest = &self.rest[end..];
            self.string(prefix.contains('r'), &mut text)?;
            self.blanks();
            let next = self.rest.trim_start_matches(|char: char| char.is_ascii_alphabetic());
            if !next.starts_with(['"', '\'']) {
                return Some(if bytes { Value::from(text) } else { self.text(&text) });
            }
        }
    }

    fn string(&mut self, raw: bool, text: &mut String) -> Option<()> {
        let quote = self.rest.chars().next()?;
        let triple: String = [quote; 3].iter().collect();
        let close = if self.rest.starts_with(&triple) { triple } else { quote.to_string() };
        self.rest = &self.rest[close.len()..];
        loop {
            if let Some(rest) = self.rest.strip_prefix(close.as_str()) {
                self.rest = rest;
                return Some(());
            }
            let char = self.next()?;
            match (char, raw) {
                ('\\', true) => text.extend(['\\', self.next()?]),
                ('\\', false) => self.escape(text)?,
                (char, _) => text.push(char),
            }
        }
    }

    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let char = chars.next()?;
        self.rest = chars.as_str();
        Some(char)
    }

    fn escape(&mut self, text: &mut String) -> Option<()> {
        let char = self.next()?;
        let meant = match char {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'v' => '\u{b}',
            '\\' | '\'' | '"' => char,
            'x' => self.code(2)?,
            'u' => self.code(4)?,
            'U' => self.code(8)?,
            'N' => return None,
            '0'..='7' => self.octal(char)?,
            other => {
                text.extend(['\\', other]);
                return Some(());
            }
        };
        text.push(meant);
        Some(())
    }

    fn code(&mut self, length: usize) -> Option<char> {
        let digits = self.rest.get(..length)?;
        let code = u32::from_str_radix(digits, 16).ok()?;
        self.rest = &self.rest[length..];
        char::from_u32(code)
    }

    fn octal(&mut self, first: char) -> Option<char> {
        let mut code = first.to_digit(8)?;
        for _ in 0..2 {
            let Some(digit) = self.rest.chars().next().and_then(|char| char.to_digit(8)) else { break };
            code = code * 8 + digit;
            self.rest = &self.rest[1..];
        }
        char::from_u32(code)
    }
}

fn big(int: BigInt) -> Value {
    i64::try_from(&int).map_or_else(|_| Value::BigInt(Arc::new(int)), Value::Int)
}

fn radix_number(digits: &str) -> Option<Value> {
    let radix = match digits.as_bytes().get(1)? {
        b'x' | b'X' => 16,
        b'o' | b'O' => 8,
        _ => 2,
    };
    BigInt::parse_bytes(digits.get(2..)?.as_bytes(), radix).map(big)
}

/// A decimal integer or a float.
fn decimal(plain: &str, digits: &str) -> Option<Value> {
    if plain.bytes().all(|byte| byte.is_ascii_digit()) {
        let zeros = plain.bytes().all(|byte| byte == b'0');
        let readable = (zeros || !plain.starts_with('0')) && plain.len() <= MAX_DIGITS;
        return readable.then(|| BigInt::parse_bytes(plain.as_bytes(), 10).map(big))?;
    }
    let numeric = plain.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'));
    let misplaced =
        digits.contains("_.") || digits.contains("._") || digits.contains("_e") || digits.contains("e_");
    (numeric && !misplaced && plain != ".").then(|| plain.parse().ok().map(Value::Float))?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_as_python_reads_them() {
        for (text, repr) in [
            ("1", "1"),
            ("010", "'010'"),
            ("0x1f", "31"),
            ("0o17", "15"),
            ("1_000", "1000"),
            ("-5", "-5"),
            ("1.5e3", "1500.0"),
            ("1e3", "1000.0"),
            (".5", "0.5"),
            ("True", "True"),
            ("yes", "'yes'"),
            ("true", "'true'"),
            ("None", "None"),
            ("", "''"),
            ("a b", "'a b'"),
            ("'a b'", "'a b'"),
            ("\"a\" 'b'", "'ab'"),
            ("[1, 'a', [True,],]", "[1, 'a', [True]]"),
            ("(1,)", "[1]"),
            ("(1)", "1"),
            ("1, 2", "[1, 2]"),
            ("{'a': 1, \"b\": {'c': None}}", "{'a': 1, 'b': {'c': None}}"),
            ("{1, 2}", "[1, 2]"),
            ("5 # five", "5"),
            ("five # 5", "'five # 5'"),
            ("b'x'", "'x'"),
            ("r'\\n'", "'\\\\n'"),
            ("'\\x41\\n'", "'A\\n'"),
            ("1.2.3.4", "'1.2.3.4'"),
            ("10.0.0.1/24", "'10.0.0.1/24'"),
            ("[a, b]", "'[a, b]'"),
            ("{{ x }}", "'{{ x }}'"),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
            ("12:30", "'12:30'"),
            ("1j", "'1j'"),
            ("[..., 1.50J, set(), b'x']", "['...', '1.5j', [], 'x']"),
            ("'unclosed", "\"'unclosed\""),
            ("-'a'", "\"-'a'\""),
            ("1 2", "'1 2'"),
            ("...", "'...'"),
        ] {
            assert_eq!(value(text, &Tag::default()).repr(), repr, "{text}");
        }
        value(&"[".repeat(100_000), &Tag::default());
    }
}
