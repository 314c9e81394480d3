//! Groups: captured, named, looking around, conditional, with flags.

use super::{Atom, Translator};
use crate::Error;
use rplay_value::str_repr;
use std::fmt::Write;

/// How a group begins.
enum Opening {
    /// A numbered group.
    Captured(usize),
    /// A group without a number.
    Plain,
    /// It is read to its end already.
    Finished(Atom),
}

impl Translator {
    pub(super) fn group(&mut self, level: usize) -> Result<Atom, Error> {
        let begin = self.at;
        self.at += 1;
        let saved = self.flags;
        let number = match self.opening(begin)? {
            Opening::Captured(number) => Some(number),
            Opening::Plain => None,
            Opening::Finished(atom) => return Ok(atom),
        };
        self.alternatives(level + 1)?;
        if !self.eat(')') {
            return Err(self.error("missing ), unterminated subpattern", begin));
        }
        self.out.push(')');
        if let Some(number) = number {
            self.open[number - 1] = false;
        }
        self.flags = saved;
        Ok(Atom::Item)
    }

    /// What follows the parenthesis and says what the group is.
    fn opening(&mut self, begin: usize) -> Result<Opening, Error> {
        if !self.eat('?') {
            self.out.push('(');
            return Ok(Opening::Captured(self.open_group(None)));
        }
        match self.next() {
            Some('P') => return self.python_group(begin),
            Some('#') => return self.comment(begin),
            Some('(') => self.conditional()?,
            Some('<') => match self.next() {
                Some(char @ ('=' | '!')) => {
                    let _ = write!(self.out, "(?<{char}");
                }
                other => return Err(self.unknown_extension("<", other, begin)),
            },
            Some(char @ (':' | '>' | '=' | '!')) => {
                let _ = write!(self.out, "(?{char}");
            }
            Some(char) if char.is_ascii_alphabetic() || char == '-' => self.flag_group(begin)?,
            other => return Err(self.unknown_extension("", other, begin)),
        }
        Ok(Opening::Plain)
    }

    fn unknown_extension(&self, before: &str, char: Option<char>, begin: usize) -> Error {
        match char {
            Some(char) => self.error(&format!("unknown extension ?{before}{char}"), begin + 1),
            None => self.error("unexpected end of pattern", self.at),
        }
    }

    fn comment(&mut self, begin: usize) -> Result<Opening, Error> {
        while let Some(char) = self.next() {
            if char == ')' {
                return Ok(Opening::Finished(Atom::Nothing));
            }
        }
        Err(self.error("missing ), unterminated comment", begin))
    }

    fn open_group(&mut self, name: Option<String>) -> usize {
        self.groups.push(name);
        self.open.push(true);
        self.groups.len()
    }

    /// After `(?P`.
    fn python_group(&mut self, begin: usize) -> Result<Opening, Error> {
        match self.next() {
            Some('<') => {
                let at = self.at;
                let name = self.until('>', "group name")?;
                self.check_name(&name, at)?;
                if let Some(old) =
                    self.groups.iter().position(|group| group.as_deref() == Some(name.as_str()))
                {
                    let number = self.groups.len() + 1;
                    let message = format!(
                        "redefinition of group name {} as group {number}; was group {}",
                        str_repr(&name),
                        old + 1
                    );
                    return Err(self.error(&message, at));
                }
                let number = self.open_group(Some(name.clone()));
                let _ = write!(self.out, "(?P<{name}>");
                Ok(Opening::Captured(number))
            }
            Some('=') => {
                let at = self.at;
                let name = self.until(')', "group name")?;
                self.check_name(&name, at)?;
                let number = self.number_of(&name, at)?;
                let _ = write!(self.out, "(?:\\{number})");
                Ok(Opening::Finished(Atom::Item))
            }
            other => Err(self.unknown_extension("P", other, begin)),
        }
    }

    fn number_of(&self, name: &str, at: usize) -> Result<usize, Error> {
        match self.groups.iter().position(|group| group.as_deref() == Some(name)) {
            Some(index) => Ok(index + 1),
            None => Err(self.error(&format!("unknown group name {}", str_repr(name)), at)),
        }
    }

    fn check_name(&self, name: &str, at: usize) -> Result<(), Error> {
        let mut chars = name.chars();
        let first = chars.next().is_some_and(|char| char.is_alphabetic() || char == '_');
        if first && chars.all(|char| char.is_alphanumeric() || char == '_') {
            return Ok(());
        }
        Err(self.error(&format!("bad character in group name {}", str_repr(name)), at))
    }

    fn until(&mut self, end: char, what: &str) -> Result<String, Error> {
        let begin = self.at;
        let mut text = String::new();
        while let Some(char) = self.next() {
            if char == end {
                if text.is_empty() {
                    return Err(self.error(&format!("missing {what}"), begin));
                }
                return Ok(text);
            }
            text.push(char);
        }
        if text.is_empty() {
            return Err(self.error(&format!("missing {what}"), begin));
        }
        Err(self.error(&format!("missing {end}, unterminated name"), begin))
    }

    fn conditional(&mut self) -> Result<(), Error> {
        let at = self.at;
        let name = self.until(')', "group name")?;
        let number = match name.parse::<usize>() {
            Ok(0) => return Err(self.error("bad group number", at)),
            Ok(number) => number,
            Err(_) => {
                self.check_name(&name, at)?;
                self.number_of(&name, at)?
            }
        };
        let _ = write!(self.out, "(?({number})");
        Ok(())
    }

    /// `(?i:…)`, `(?-i:…)`; the first letter has been read.
    fn flag_group(&mut self, begin: usize) -> Result<(), Error> {
        self.at -= 1;
        let mut on = true;
        let (mut add, mut remove) = (String::new(), String::new());
        loop {
            let at = self.at;
            match self.next() {
                Some('-') if on => on = false,
                Some(':') => break,
                Some(')') => {
                    return Err(self.error("global flags not at the start of the expression", begin));
                }
                Some(letter) if letter.is_ascii_alphabetic() => {
                    self.set_flag(letter, on, at)?;
                    if letter == 'i' {
                        if on { &mut add } else { &mut remove }.push('i');
                    }
                }
                _ => return Err(self.error("missing -, : or )", at)),
            }
        }
        self.out.push_str("(?");
        self.out.push_str(&add);
        if !remove.is_empty() {
            self.out.push('-');
            self.out.push_str(&remove);
        }
        self.out.push(':');
        Ok(())
    }
}
