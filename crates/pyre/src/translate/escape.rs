//! Backslashes.

use super::{Atom, Translator};
use crate::Error;
use std::fmt::Write;

impl Translator {
    /// An escape outside a class.
    pub(super) fn escape(&mut self) -> Result<Atom, Error> {
        let begin = self.at;
        self.at += 1;
        let Some(char) = self.next() else { return Err(self.error("bad escape (end of pattern)", begin)) };
        match char {
            'A' | 'Z' | 'b' | 'B' => {
                self.position(char);
                return Ok(Atom::Position);
            }
            'd' | 'D' | 's' | 'S' | 'w' | 'W' => {
                let set = self.category(char.to_ascii_lowercase());
                let not = if char.is_ascii_uppercase() { "^" } else { "" };
                let _ = write!(self.out, "[{not}{set}]");
            }
            '0' => {
                let code = self.octal(0, 2);
                self.push_code(code, begin)?;
            }
            '1'..='9' => self.back_reference(char, begin)?,
            char => {
                let literal = self.simple_escape(char, begin)?;
                self.literal(literal);
            }
        }
        Ok(Atom::Item)
    }

    fn position(&mut self, letter: char) {
        let _ = match letter {
            'Z' => write!(self.out, "\\z"),
            'b' | 'B' if self.flags.ascii => write!(self.out, "(?-u:\\{letter})"),
            letter => write!(self.out, "\\{letter}"),
        };
    }

    pub(super) fn category(&self, letter: char) -> &'static str {
        match (letter, self.flags.ascii) {
            ('d', false) => "\\p{Nd}",
            ('d', true) => "0-9",
            ('s', false) => "\\s\\x1c-\\x1f",
            ('s', true) => "\\x20\\t\\n\\r\\x0c\\x0b",
            (_, false) => "\\p{L}\\p{N}_",
            (_, true) => "a-zA-Z0-9_",
        }
    }

    pub(super) fn octal(&mut self, mut code: u32, most: usize) -> u32 {
        for _ in 0..most {
            match self.peek().and_then(|char| char.to_digit(8)) {
                Some(digit) => {
                    code = code * 8 + digit;
                    self.at += 1;
                }
                None => break,
            }
        }
        code
    }

    fn push_code(&mut self, code: u32, begin: usize) -> Result<(), Error> {
        match char::from_u32(code) {
            Some(char) => self.literal(char),
            None => return Err(self.error("bad escape", begin)),
        }
        Ok(())
    }

    fn back_reference(&mut self, first: char, begin: usize) -> Result<(), Error> {
        let digit = |char: char| char.to_digit(10).unwrap_or(0);
        let octal = |char: Option<char>| char.and_then(|char| char.to_digit(8));
        let mut group = digit(first);
        if let Some(second) = self.peek().filter(char::is_ascii_digit) {
            if let (Some(a), Some(b), Some(c)) =
                (octal(Some(first)), octal(Some(second)), octal(self.peek_at(1)))
            {
                self.at += 2;
                let code = a * 64 + b * 8 + c;
                if code > 0o377 {
                    let shown: String = self.chars[begin..self.at].iter().collect();
                    let message = format!("octal escape value {shown} outside of range 0-0o377");
                    return Err(self.error(&message, begin));
                }
                return self.push_code(code, begin);
            }
            self.at += 1;
            group = group * 10 + digit(second);
        }
        let index = group as usize;
        if index > self.groups.len() {
            return Err(self.error(&format!("invalid group reference {group}"), begin + 1));
        }
        if self.open[index - 1] {
            return Err(self.error("cannot refer to an open group", begin));
        }
        let _ = write!(self.out, "(?:\\{group})");
        Ok(())
    }

    /// The character of an escape that means the same inside and outside a class.
    pub(super) fn simple_escape(&mut self, char: char, begin: usize) -> Result<char, Error> {
        Ok(match char {
            'a' => '\u{7}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            'x' => self.hex(begin, 2)?,
            'u' => self.hex(begin, 4)?,
            'U' => self.hex(begin, 8)?,
            char if char.is_ascii_alphabetic() => {
                return Err(self.error(&format!("bad escape \\{char}"), begin));
            }
            char => char,
        })
    }

    fn hex(&mut self, begin: usize, digits: usize) -> Result<char, Error> {
        let text: String =
            self.chars[self.at..].iter().take(digits).take_while(|char| char.is_ascii_hexdigit()).collect();
        self.at += text.len();
        let shown: String = self.chars[begin..self.at].iter().collect();
        if text.len() < digits {
            return Err(self.error(&format!("incomplete escape {shown}"), begin));
        }
        let code = u32::from_str_radix(&text, 16).unwrap_or(u32::MAX);
        char::from_u32(code).ok_or_else(|| self.error(&format!("bad escape {shown}"), begin))
    }
}
