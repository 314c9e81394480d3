//! Character sets.

use super::{Translator, push_literal};
use crate::Error;

enum Item {
    Char(char),
    Set(String),
}

impl Translator {
    pub(super) fn class(&mut self) -> Result<(), Error> {
        let begin = self.at;
        self.at += 1;
        self.out.push('[');
        if self.eat('^') {
            self.out.push('^');
        }
        let first = self.at;
        loop {
            let at = self.at;
            let char = self.in_class(begin)?;
            if char == ']' && at != first {
                break;
            }
            let low = self.class_item(char, at, begin)?;
            let is_range = self.peek() == Some('-') && self.peek_at(1) != Some(']');
            if is_range {
                self.at += 1;
                self.range(low, at, begin)?;
                continue;
            }
            match low {
                Item::Char(char) => push_literal(&mut self.out, char),
                Item::Set(set) => self.out.push_str(&set),
            }
        }
        self.out.push(']');
        Ok(())
    }

    /// The next character of the class that began at `class`.
    fn in_class(&mut self, class: usize) -> Result<char, Error> {
        self.next().ok_or_else(|| self.error("unterminated character set", class))
    }

    /// The rest of a range; its first character stands at `at`.
    fn range(&mut self, low: Item, at: usize, class: usize) -> Result<(), Error> {
        let high_at = self.at;
        let high = self.in_class(class)?;
        let high = self.class_item(high, high_at, class)?;
        let (Item::Char(low), Item::Char(high)) = (low, high) else {
            return Err(self.bad_range(at));
        };
        if low > high {
            return Err(self.bad_range(at));
        }
        push_literal(&mut self.out, low);
        self.out.push('-');
        push_literal(&mut self.out, high);
        Ok(())
    }

    fn bad_range(&self, at: usize) -> Error {
        let shown: String = self.chars[at..self.at].iter().collect();
        self.error(&format!("bad character range {shown}"), at)
    }

    fn class_item(&mut self, char: char, at: usize, class: usize) -> Result<Item, Error> {
        if char != '\\' {
            return Ok(Item::Char(char));
        }
        let escaped = self.in_class(class)?;
        Ok(match escaped {
            'd' | 's' | 'w' => Item::Set(self.category(escaped).to_owned()),
            'D' | 'S' | 'W' => Item::Set(format!("[^{}]", self.category(escaped.to_ascii_lowercase()))),
            'b' => Item::Char('\u{8}'),
            '0'..='7' => {
                let code = self.octal(escaped.to_digit(8).unwrap_or(0), 2);
                Item::Char(char::from_u32(code).unwrap_or('\0'))
            }
            '8' | '9' => return Err(self.error(&format!("bad escape \\{escaped}"), at)),
            escaped => Item::Char(self.simple_escape(escaped, at)?),
        })
    }
}
