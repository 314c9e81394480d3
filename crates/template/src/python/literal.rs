//! `ast.literal_eval`: Python's literals.

use crate::{Fault, HashKey, PyDict, Res, Val};

const DEPTH: usize = 100;

/// The value of a literal: numbers, strings, `None`, booleans, lists, tuples and dictionaries of them.
pub(crate) fn eval(text: &str) -> Res<Val> {
    let chars: Vec<char> = text.trim_start_matches([' ', '\t']).chars().collect();
    let mut parser = Parser { chars: &chars, at: 0 };
    let value = parser.value(0)?;
    parser.blanks();
    if parser.at < chars.len() { Err(malformed()) } else { Ok(value) }
}

fn malformed() -> Fault {
    Fault::value_error("malformed node or string")
}

struct Parser<'a> {
    chars: &'a [char],
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn blanks(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    fn takes(&mut self, wanted: char) -> bool {
        self.blanks();
        let there = self.peek() == Some(wanted);
        self.at += usize::from(there);
        there
    }

    fn value(&mut self, depth: usize) -> Res<Val> {
        if depth > DEPTH {
            return Err(Fault::raised("RecursionError", "maximum recursion depth exceeded"));
        }
        self.blanks();
        match self.peek().ok_or_else(malformed)? {
            '[' => self.items(']', depth).map(|(items, _)| Val::from(items)),
            '(' => self.items(')', depth).map(|(mut items, comma)| match items.pop() {
                Some(only) if items.is_empty() && !comma => only,
                last => Val::tuple(items.into_iter().chain(last)),
            }),
            '{' => self.dict(depth),
            '\'' | '"' => self.text(),
            '-' => {
                self.at += 1;
                match self.value(depth + 1)? {
                    Val::Float(float) => Ok(Val::Float(-float)),
                    value => crate::val::integer_of(&value).map(|int| Val::int(-int)).ok_or_else(malformed),
                }
            }
            char if char.is_ascii_digit() || char == '.' => self.number(),
            _ => self.word(),
        }
    }

    fn items(&mut self, close: char, depth: usize) -> Res<(Vec<Val>, bool)> {
        self.at += 1;
        let (mut items, mut comma) = (Vec::new(), false);
        while !self.takes(close) {
            if !items.is_empty() && !comma {
                return Err(malformed());
            }
            items.push(self.value(depth + 1)?);
            comma = self.takes(',');
        }
        Ok((items, comma))
    }

    fn dict(&mut self, depth: usize) -> Res<Val> {
        self.at += 1;
        let out = PyDict::new();
        let mut comma = true;
        while !self.takes('}') {
            if !comma {
                return Err(malformed());
            }
            let key = self.value(depth + 1)?;
            if !self.takes(':') {
                return Err(malformed());
            }
            let value = self.value(depth + 1)?;
            out.insert(HashKey::new(key)?, value)?;
            comma = self.takes(',');
        }
        Ok(Val::Dict(out))
    }

    fn word(&mut self) -> Res<Val> {
        let rest: String = self.chars[self.at..].iter().take_while(|char| char.is_alphanumeric()).collect();
        self.at += rest.chars().count();
        match rest.as_str() {
            "None" => Ok(Val::None),
            "True" => Ok(Val::Bool(true)),
            "False" => Ok(Val::Bool(false)),
            _ => Err(malformed()),
        }
    }

    fn number(&mut self) -> Res<Val> {
        let start = self.at;
        while let Some(char) = self.peek() {
            let exponent = self.at > start && matches!(self.chars[self.at - 1], 'e' | 'E');
            if !(char.is_ascii_alphanumeric() || "._".contains(char) || (exponent && "+-".contains(char))) {
                break;
            }
            self.at += 1;
        }
        let text: String = self.chars[start..self.at].iter().filter(|char| **char != '_').collect();
        let radix = match text.get(..2).map(str::to_ascii_lowercase).as_deref() {
            Some("0x") => 16,
            Some("0o") => 8,
            Some("0b") => 2,
            _ => 10,
        };
        let digits = if radix == 10 { &text[..] } else { &text[2..] };
        if let Some(int) = crate::val::parse_integer(digits, radix) {
            return Ok(Val::int(int));
        }
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(malformed());
        }
        text.parse().map(Val::Float).map_err(|_| malformed())
    }

    /// One string or several side by side.
    fn text(&mut self) -> Res<Val> {
        let mut out = String::new();
        while let Some(quote @ ('\'' | '"')) = self.peek() {
            self.at += 1;
            loop {
                let char = self.peek().ok_or_else(malformed)?;
                self.at += 1;
                match char {
                    char if char == quote => break,
                    '\\' => out.extend(self.escape()?),
                    '\n' => return Err(malformed()),
                    char => out.push(char),
                }
            }
            self.blanks();
        }
        Ok(Val::from(out))
    }

    fn escape(&mut self) -> Res<Option<char>> {
        let char = self.peek().ok_or_else(malformed)?;
        self.at += 1;
        let width = match char {
            'x' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        if width > 0 {
            let digits: String = self.chars.iter().skip(self.at).take(width).collect();
            self.at += width;
            let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
            return code.map(Some).ok_or_else(malformed);
        }
        Ok(Some(match char {
            '\n' => return Ok(None),
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'a' => '\x07',
            'b' => '\x08',
            'f' => '\x0c',
            'v' => '\x0b',
            '0' => '\0',
            '\\' | '\'' | '"' => char,
            other => return Err(Fault::value_error(format!("invalid escape sequence \\{other}"))),
        }))
    }
}
