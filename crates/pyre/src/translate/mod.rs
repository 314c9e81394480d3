//! Python's regular expression syntax in terms of `fancy-regex`'s.

mod class;
mod escape;
mod group;

use crate::Error;
use std::fmt::Write;

/// What a pattern's characters mean.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Flags {
    /// `re.I`
    pub ignore_case: bool,
    /// `re.M`
    pub multi_line: bool,
    /// `re.S`
    pub dot_all: bool,
    /// `re.X`
    pub verbose: bool,
    /// `re.A`
    pub ascii: bool,
}

/// Translates a pattern.
///
/// # Errors
/// Python would refuse the pattern.
pub(crate) fn translate(pattern: &str, flags: Flags) -> Result<String, Error> {
    let mut translator = Translator {
        chars: pattern.chars().collect(),
        at: 0,
        out: String::with_capacity(pattern.len() + 8),
        flags,
        groups: Vec::new(),
        open: Vec::new(),
    };
    translator.global_flags()?;
    let ignore_case = translator.flags.ignore_case;
    translator.alternatives(0)?;
    if translator.at < translator.chars.len() {
        return Err(translator.error("unbalanced parenthesis", translator.at));
    }
    let prefix = if ignore_case { "(?i)" } else { "" };
    Ok(format!("{prefix}{}", translator.out))
}

/// What has just been read, as far as a quantifier behind it has to know.
#[derive(Clone, Copy)]
enum Atom {
    /// Nothing yet, or only a comment.
    Nothing,
    /// A place between characters.
    Position,
    Item,
    Repeated,
}

struct Translator {
    chars: Vec<char>,
    at: usize,
    out: String,
    flags: Flags,
    /// Names of the groups so far; unnamed ones are `None`.
    groups: Vec<Option<String>>,
    /// Whether each group is still open.
    open: Vec<bool>,
}

/// Groups nested deeper than this are refused (Python's own parser ends near it).
const MOST_LEVELS: usize = 200;

impl Translator {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }
    fn peek_at(&self, offset: usize) -> Option<char> {
        self.chars.get(self.at + offset).copied()
    }
    fn next(&mut self) -> Option<char> {
        let char = self.peek()?;
        self.at += 1;
        Some(char)
    }
    fn eat(&mut self, char: char) -> bool {
        let found = self.peek() == Some(char);
        self.at += usize::from(found);
        found
    }
    /// A refusal, with its place in Python's words.
    fn error(&self, message: &str, at: usize) -> Error {
        let newlines: Vec<usize> =
            self.chars.iter().enumerate().filter(|(_, char)| **char == '\n').map(|(at, _)| at).collect();
        if newlines.is_empty() {
            return Error::Refused(format!("{message} at position {at}"));
        }
        let line = newlines.iter().filter(|newline| **newline < at).count() + 1;
        let start = newlines.iter().rev().find(|newline| **newline < at).map_or(0, |newline| newline + 1);
        let column = at + 1 - start;
        Error::Refused(format!("{message} at position {at} (line {line}, column {column})"))
    }
    fn literal(&mut self, char: char) {
        push_literal(&mut self.out, char);
    }

    fn global_flags(&mut self) -> Result<(), Error> {
        while self.peek() == Some('(') && self.peek_at(1) == Some('?') {
            let letters: String =
                self.chars[self.at + 2..].iter().take_while(|char| char.is_ascii_alphabetic()).collect();
            let end = self.at + 2 + letters.chars().count();
            if letters.is_empty() || self.chars.get(end) != Some(&')') || letters.starts_with('P') {
                break;
            }
            for (offset, letter) in letters.chars().enumerate() {
                self.set_flag(letter, true, self.at + 2 + offset)?;
            }
            self.at = end + 1;
        }
        Ok(())
    }

    fn set_flag(&mut self, letter: char, on: bool, at: usize) -> Result<(), Error> {
        match letter {
            'i' => self.flags.ignore_case = on,
            'm' => self.flags.multi_line = on,
            's' => self.flags.dot_all = on,
            'x' => self.flags.verbose = on,
            'a' => self.flags.ascii = on,
            'u' => self.flags.ascii = false,
            'L' => return Err(self.error("bad inline flags: cannot use 'L' flag with a str pattern", at + 1)),
            _ => return Err(self.error("unknown flag", at)),
        }
        Ok(())
    }

    /// Alternatives up to the closing parenthesis or the end.
    fn alternatives(&mut self, level: usize) -> Result<(), Error> {
        if level > MOST_LEVELS {
            return Err(self.error("too many nested groups", self.at));
        }
        let mut last = Atom::Nothing;
        while let Some(char) = self.peek() {
            if self.flags.verbose && self.skip_remark(char) {
                continue;
            }
            let begin = self.at;
            if let Some(bounds) = self.quantifier(char)? {
                self.check_repeat(last, begin)?;
                self.out.push_str(&bounds);
                self.repeat_suffix();
                last = Atom::Repeated;
                continue;
            }
            match char {
                ')' => break,
                '|' => {
                    self.at += 1;
                    self.out.push('|');
                    last = Atom::Nothing;
                }
                _ => match self.atom(char, level)? {
                    Atom::Nothing => {}
                    atom => last = atom,
                },
            }
        }
        Ok(())
    }

    /// Skips a space or a comment of a verbose pattern.
    fn skip_remark(&mut self, char: char) -> bool {
        if char == '#' {
            while self.next().is_some_and(|char| char != '\n') {}
            return true;
        }
        let space = char.is_ascii_whitespace() || char == '\u{b}';
        self.at += usize::from(space);
        space
    }

    /// One thing to match.
    fn atom(&mut self, char: char, level: usize) -> Result<Atom, Error> {
        match char {
            '(' => return self.group(level),
            '\\' => return self.escape(),
            '[' => {
                self.class()?;
                return Ok(Atom::Item);
            }
            _ => self.at += 1,
        }
        let flags = self.flags;
        let (text, atom) = match char {
            '.' => (if flags.dot_all { "(?s:.)" } else { "[^\\n]" }, Atom::Item),
            '^' => (if flags.multi_line { "(?m:^)" } else { "\\A" }, Atom::Position),
            '$' => (if flags.multi_line { "(?m:$)" } else { "(?=\\n?\\z)" }, Atom::Position),
            char => {
                self.literal(char);
                return Ok(Atom::Item);
            }
        };
        self.out.push_str(text);
        Ok(atom)
    }

    /// A quantifier as it is to be written, if one stands here.
    fn quantifier(&mut self, char: char) -> Result<Option<String>, Error> {
        match char {
            '*' | '+' | '?' => {
                self.at += 1;
                Ok(Some(char.into()))
            }
            '{' => self.bounds(),
            _ => Ok(None),
        }
    }

    fn check_repeat(&self, last: Atom, at: usize) -> Result<(), Error> {
        match last {
            Atom::Nothing | Atom::Position => Err(self.error("nothing to repeat", at)),
            Atom::Repeated => Err(self.error("multiple repeat", at)),
            Atom::Item => Ok(()),
        }
    }

    fn repeat_suffix(&mut self) {
        if self.eat('?') {
            self.out.push('?');
        } else if self.eat('+') {
            self.out.push('+');
        }
    }

    /// `{m}`, `{m,}`, `{,n}`, `{m,n}`; anything else is text.
    fn bounds(&mut self) -> Result<Option<String>, Error> {
        let begin = self.at;
        let close = self.chars[begin..].iter().position(|char| *char == '}').map(|offset| begin + offset);
        let Some(close) = close else { return Ok(None) };
        let inner: String = self.chars[begin + 1..close].iter().collect();
        let (low, high) = match inner.split_once(',') {
            Some((low, high)) => (low, Some(high)),
            None => (inner.as_str(), None),
        };
        let number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if inner.is_empty() || !number(low) || !high.is_none_or(number) {
            return Ok(None);
        }
        self.at = close + 1;
        let least: u64 = if low.is_empty() { 0 } else { low.parse().unwrap_or(u64::MAX) };
        let most = high.filter(|high| !high.is_empty()).map(|high| high.parse().unwrap_or(u64::MAX));
        if most.is_some_and(|most| most < least) {
            return Err(self.error("min repeat greater than max repeat", begin + 1));
        }
        Ok(Some(match (high, most) {
            (None, _) => format!("{{{least}}}"),
            (Some(_), None) => format!("{{{least},}}"),
            (Some(_), Some(most)) => format!("{{{least},{most}}}"),
        }))
    }
}

fn push_literal(out: &mut String, char: char) {
    if char.is_alphanumeric() || char == '_' || (char > '\u{7f}' && !char.is_whitespace()) {
        out.push(char);
    } else {
        let _ = write!(out, "\\x{{{:x}}}", u32::from(char));
    }
}

#[cfg(test)]
mod tests {
    use super::{Flags, translate};

    #[test]
    fn refuses_in_pythons_words() {
        for (pattern, message) in [
            ("$*", "nothing to repeat at position 1"),
            ("^*", "nothing to repeat at position 1"),
            ("\\b+", "nothing to repeat at position 2"),
            ("\\A{2}", "nothing to repeat at position 2"),
            ("a{2}{3}", "multiple repeat at position 4"),
            ("a|*", "nothing to repeat at position 2"),
            ("(*)", "nothing to repeat at position 1"),
            ("(?#c)*", "nothing to repeat at position 5"),
            ("a{3,2}", "min repeat greater than max repeat at position 2"),
            ("(?P<1>a)", "bad character in group name '1' at position 4"),
            ("(?P<a>x)(?P<a>y)", "redefinition of group name 'a' as group 2; was group 1 at position 12"),
            ("(?P=b)", "unknown group name 'b' at position 4"),
            ("(?<x", "unknown extension ?<x at position 1"),
            ("(?<", "unexpected end of pattern at position 3"),
            ("(?Px", "unknown extension ?Px at position 1"),
            ("(?i", "missing -, : or ) at position 3"),
            ("[a", "unterminated character set at position 0"),
            ("[z-a]", "bad character range z-a at position 1"),
            ("[\\d-z]", "bad character range \\d-z at position 1"),
            ("[a-", "unterminated character set at position 0"),
            ("\\", "bad escape (end of pattern) at position 0"),
            ("\\q", "bad escape \\q at position 0"),
            ("\\x1", "incomplete escape \\x1 at position 0"),
            ("(?(x)a)", "unknown group name 'x' at position 3"),
            ("\\1", "invalid group reference 1 at position 1"),
            ("(\\1)", "cannot refer to an open group at position 1"),
            ("a\nb\n(", "missing ), unterminated subpattern at position 4 (line 3, column 1)"),
            ("a)", "unbalanced parenthesis at position 1"),
            ("(?:a", "missing ), unterminated subpattern at position 0"),
            ("\\400", "octal escape value \\400 outside of range 0-0o377 at position 0"),
            ("[\\8]", "bad escape \\8 at position 1"),
            ("(?L)a", "bad inline flags: cannot use 'L' flag with a str pattern at position 3"),
            ("\\u00", "incomplete escape \\u00 at position 0"),
            ("(?P<", "missing group name at position 4"),
            ("(?P<>a)", "missing group name at position 4"),
            ("(?P<a", "missing >, unterminated name at position 4"),
            ("a?+?", "multiple repeat at position 3"),
        ] {
            let refused = translate(pattern, Flags::default()).map_err(|error| error.to_string());
            assert_eq!(refused, Err(message.to_owned()), "{pattern}");
        }
    }
}
