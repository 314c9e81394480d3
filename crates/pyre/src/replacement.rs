use crate::{Captures, Error, Pattern};
use rplay_value::str_repr;

/// What matches are replaced with: text with group references.
pub struct Replacement(Vec<Piece>);

enum Piece {
    Text(String),
    Group(usize),
}

impl Replacement {
    /// Adds the replacement of one match.
    pub fn expand(&self, captures: &Captures<'_>, out: &mut String) {
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Group(number) => {
                    out.push_str(captures.get(*number).map_or("", |group| group.as_str()));
                }
            }
        }
    }

    /// Reads a replacement.
    ///
    /// # Errors
    /// Python would refuse it.
    pub fn parse(pattern: &Pattern, text: &str) -> Result<Self, Error> {
        let mut parser =
            Parser { pattern, chars: text.chars().collect(), at: 0, text: String::new(), pieces: Vec::new() };
        parser.run()?;
        Ok(Self(parser.pieces))
    }
}

struct Parser<'a> {
    pattern: &'a Pattern,
    chars: Vec<char>,
    at: usize,
    text: String,
    pieces: Vec<Piece>,
}

fn bad<T>(message: String) -> Result<T, Error> {
    Err(Error::Refused(message))
}

impl Parser<'_> {
    fn run(&mut self) -> Result<(), Error> {
        while let Some(char) = self.chars.get(self.at).copied() {
            let begin = self.at;
            self.at += 1;
            if char == '\\' {
                self.escape(begin)?;
            } else {
                self.text.push(char);
            }
        }
        self.flush();
        Ok(())
    }

    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.pieces.push(Piece::Text(std::mem::take(&mut self.text)));
        }
    }

    fn group(&mut self, number: usize, at: usize) -> Result<(), Error> {
        if number > self.pattern.groups() {
            return bad(format!("invalid group reference {number} at position {at}"));
        }
        self.flush();
        self.pieces.push(Piece::Group(number));
        Ok(())
    }

    fn octal_at(&self, offset: usize) -> Option<u32> {
        self.chars.get(self.at + offset)?.to_digit(8)
    }

    fn escape(&mut self, begin: usize) -> Result<(), Error> {
        let Some(char) = self.chars.get(self.at).copied() else {
            return bad(format!("bad escape (end of pattern) at position {begin}"));
        };
        self.at += 1;
        match char {
            'g' => self.named(),
            '0' => {
                let mut code = 0;
                for _ in 0..2 {
                    if let Some(digit) = self.octal_at(0) {
                        code = code * 8 + digit;
                        self.at += 1;
                    }
                }
                self.text.extend(char::from_u32(code));
                Ok(())
            }
            '1'..='9' => self.numbered(char, begin),
            'a' => self.push('\u{7}'),
            'b' => self.push('\u{8}'),
            'f' => self.push('\u{c}'),
            'n' => self.push('\n'),
            'r' => self.push('\r'),
            't' => self.push('\t'),
            'v' => self.push('\u{b}'),
            '\\' => self.push('\\'),
            char if char.is_ascii_alphabetic() => bad(format!("bad escape \\{char} at position {begin}")),
            char => {
                self.text.push('\\');
                self.push(char)
            }
        }
    }

    fn push(&mut self, char: char) -> Result<(), Error> {
        self.text.push(char);
        Ok(())
    }

    fn numbered(&mut self, first: char, begin: usize) -> Result<(), Error> {
        let mut number = first.to_digit(10).unwrap_or(0);
        if let Some(second) = self.chars.get(self.at).and_then(|char| char.to_digit(10)) {
            if let (Some(a), Some(b), Some(c)) = (first.to_digit(8), self.octal_at(0), self.octal_at(1)) {
                self.at += 2;
                let code = a * 64 + b * 8 + c;
                if code > 0o377 {
                    return bad(format!(
                        "octal escape value \\{a}{b}{c} outside of range 0-0o377 at position {begin}"
                    ));
                }
                self.text.extend(char::from_u32(code));
                return Ok(());
            }
            self.at += 1;
            number = number * 10 + second;
        }
        self.group(number as usize, begin + 1)
    }

    /// `\g<name>` or `\g<number>`
    fn named(&mut self) -> Result<(), Error> {
        if self.chars.get(self.at) != Some(&'<') {
            return bad(format!("missing < at position {}", self.at));
        }
        self.at += 1;
        let start = self.at;
        let Some(length) = self.chars[start..].iter().position(|char| *char == '>') else {
            return bad(if start == self.chars.len() {
                format!("missing group name at position {start}")
            } else {
                format!("missing >, unterminated name at position {start}")
            });
        };
        let name: String = self.chars[start..start + length].iter().collect();
        self.at = start + length + 1;
        if name.is_empty() {
            return bad(format!("missing group name at position {start}"));
        }
        if name.bytes().all(|byte| byte.is_ascii_digit()) {
            return self.group(name.parse().unwrap_or(usize::MAX), start);
        }
        let named = name.chars().all(|char| char.is_alphanumeric() || char == '_')
            && !name.starts_with(|char: char| char.is_ascii_digit());
        if !named {
            let shown = str_repr(&name);
            return bad(format!("bad character in group name {shown} at position {start}"));
        }
        match self.pattern.group_number(&name) {
            Some(number) => self.group(number, start),
            None => Err(Error::UnknownGroup(str_repr(&name))),
        }
    }
}
