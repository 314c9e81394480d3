//! Python's regular expression syntax in terms of `fancy-regex`'s.

use std::fmt::Write;

/// `re.I`, `re.M`, `re.S`, `re.X`, `re.A`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Flags {
    pub ignore_case: bool,
    pub multi_line: bool,
    pub dot_all: bool,
    pub verbose: bool,
    pub ascii: bool,
}

/// What Python says of a pattern it refuses, with ` at position N`.
pub(crate) type PatternError = String;

/// Translates a pattern.
///
/// # Errors
/// Python's message when it would refuse the pattern.
pub(crate) fn translate(pattern: &str, flags: Flags) -> Result<String, PatternError> {
    let mut translator = Translator {
        chars: pattern.chars().collect(),
        at: 0,
        out: String::with_capacity(pattern.len() + 8),
        flags,
        groups: Vec::new(),
        open: Vec::new(),
        conditions: Vec::new(),
    };
    translator.global_flags()?;
    let ignore_case = translator.flags.ignore_case;
    translator.alternatives(0)?;
    if translator.at < translator.chars.len() {
        return Err(translator.error("unbalanced parenthesis", translator.at));
    }
    if let Some((group, at)) =
        translator.conditions.iter().find(|(group, _)| *group > translator.groups.len())
    {
        return Err(translator.error(&format!("invalid group reference {group}"), *at));
    }
    let prefix = if ignore_case { "(?i)" } else { "" };
    Ok(format!("{prefix}{}", translator.out))
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
    /// Groups that conditions name by number, which may come later, and where.
    conditions: Vec<(usize, usize)>,
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
    fn error(&self, message: &str, at: usize) -> PatternError {
        let newlines: Vec<usize> =
            self.chars.iter().enumerate().filter(|(_, char)| **char == '\n').map(|(at, _)| at).collect();
        if newlines.is_empty() {
            return format!("{message} at position {at}");
        }
        let line = newlines.iter().filter(|newline| **newline < at).count() + 1;
        let start = newlines.iter().rev().find(|newline| **newline < at).map_or(0, |newline| newline + 1);
        format!("{message} at position {at} (line {line}, column {})", at + 1 - start)
    }
    fn literal(&mut self, char: char) {
        push_literal(&mut self.out, char);
    }

    fn global_flags(&mut self) -> Result<(), PatternError> {
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

    fn set_flag(&mut self, letter: char, on: bool, at: usize) -> Result<(), PatternError> {
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
    fn alternatives(&mut self, level: usize) -> Result<(), PatternError> {
        if level > MOST_LEVELS {
            return Err(self.error("too many nested groups", self.at));
        }
        // Where the item that a quantifier would repeat begins in the output.
        let mut item: Option<usize> = None;
        let mut repeated = false;
        while let Some(char) = self.peek() {
            if self.flags.verbose && (char.is_ascii_whitespace() || char == '\u{b}') {
                self.at += 1;
                continue;
            }
            if self.flags.verbose && char == '#' {
                while self.next().is_some_and(|char| char != '\n') {}
                continue;
            }
            let begin = self.at;
            let start = self.out.len();
            match char {
                ')' => break,
                '|' => {
                    self.at += 1;
                    self.out.push('|');
                    item = None;
                    repeated = false;
                    continue;
                }
                '*' | '+' | '?' => {
                    self.at += 1;
                    self.check_repeat(item, repeated, begin)?;
                    self.out.push(char);
                    self.repeat_suffix();
                    repeated = true;
                    continue;
                }
                '{' => {
                    if let Some(bounds) = self.bounds()? {
                        self.check_repeat(item, repeated, begin)?;
                        self.out.push_str(&bounds);
                        self.repeat_suffix();
                        repeated = true;
                        continue;
                    }
                    self.at += 1;
                    self.literal('{');
                }
                '(' => {
                    if !self.group(level)? {
                        continue;
                    }
                }
                '[' => self.class()?,
                '\\' => self.escape()?,
                '.' => {
                    self.at += 1;
                    self.out.push_str(if self.flags.dot_all { "(?s:.)" } else { "[^\\n]" });
                }
                '^' => {
                    self.at += 1;
                    self.out.push_str(if self.flags.multi_line { "(?m:^)" } else { "\\A" });
                }
                '$' => {
                    self.at += 1;
                    self.out.push_str(if self.flags.multi_line { "(?m:$)" } else { "(?=\\n?\\z)" });
                }
                char => {
                    self.at += 1;
                    self.literal(char);
                }
            }
            item = Some(start);
            repeated = false;
        }
        Ok(())
    }

    fn check_repeat(&self, item: Option<usize>, repeated: bool, at: usize) -> Result<(), PatternError> {
        match item {
            None => Err(self.error("nothing to repeat", at)),
            Some(start) if self.out[start..].starts_with("\\A") => Err(self.error("nothing to repeat", at)),
            Some(_) if repeated => Err(self.error("multiple repeat", at)),
            Some(_) => Ok(()),
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
    fn bounds(&mut self) -> Result<Option<String>, PatternError> {
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

    /// A group; false when it was only a comment.
    fn group(&mut self, level: usize) -> Result<bool, PatternError> {
        let begin = self.at;
        self.at += 1;
        let saved = self.flags;
        let mut number = None;
        if self.eat('?') {
            match self.next() {
                Some('P') => number = self.python_group(begin)?,
                Some('#') => {
                    while let Some(char) = self.next() {
                        if char == ')' {
                            return Ok(false);
                        }
                    }
                    return Err(self.error("missing ), unterminated comment", begin));
                }
                Some(':') => self.out.push_str("(?:"),
                Some('>') => self.out.push_str("(?>"),
                Some('=') => self.out.push_str("(?="),
                Some('!') => self.out.push_str("(?!"),
                Some('<') => match self.next() {
                    Some('=') => self.out.push_str("(?<="),
                    Some('!') => self.out.push_str("(?<!"),
                    Some(char) => {
                        return Err(self.error(&format!("unknown extension ?<{char}"), begin + 1));
                    }
                    None => return Err(self.error("unexpected end of pattern", self.at)),
                },
                Some('(') => self.conditional()?,
                Some(char) if char.is_ascii_alphabetic() || char == '-' => self.flag_group(begin)?,
                Some(char) => return Err(self.error(&format!("unknown extension ?{char}"), begin + 1)),
                None => return Err(self.error("unexpected end of pattern", self.at)),
            }
            if number == Some(usize::MAX) {
                return Ok(true);
            }
        } else {
            number = Some(self.open_group(None));
            self.out.push('(');
        }
        self.alternatives(level + 1)?;
        if !self.eat(')') {
            return Err(self.error("missing ), unterminated subpattern", begin));
        }
        self.out.push(')');
        if let Some(number) = number {
            self.open[number - 1] = false;
        }
        self.flags = saved;
        Ok(true)
    }

    fn open_group(&mut self, name: Option<String>) -> usize {
        self.groups.push(name);
        self.open.push(true);
        self.groups.len()
    }

    /// After `(?P`. `usize::MAX` for a finished back-reference.
    fn python_group(&mut self, begin: usize) -> Result<Option<usize>, PatternError> {
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
                        rplay_value::str_repr(&name),
                        old + 1
                    );
                    return Err(self.error(&message, at));
                }
                let number = self.open_group(Some(name.clone()));
                let _ = write!(self.out, "(?P<{name}>");
                Ok(Some(number))
            }
            Some('=') => {
                let at = self.at;
                let name = self.until(')', "group name")?;
                self.check_name(&name, at)?;
                let number = self.number_of(&name, at)?;
                let _ = write!(self.out, "(?:\\{number})");
                Ok(Some(usize::MAX))
            }
            Some(char) => Err(self.error(&format!("unknown extension ?P{char}"), begin + 1)),
            None => Err(self.error("unexpected end of pattern", self.at)),
        }
    }

    fn number_of(&self, name: &str, at: usize) -> Result<usize, PatternError> {
        match self.groups.iter().position(|group| group.as_deref() == Some(name)) {
            Some(index) => Ok(index + 1),
            None => Err(self.error(&format!("unknown group name {}", rplay_value::str_repr(name)), at)),
        }
    }

    fn check_name(&self, name: &str, at: usize) -> Result<(), PatternError> {
        let mut chars = name.chars();
        let first = chars.next().is_some_and(|char| char.is_alphabetic() || char == '_');
        if first && chars.all(|char| char.is_alphanumeric() || char == '_') {
            return Ok(());
        }
        Err(self.error(&format!("bad character in group name {}", rplay_value::str_repr(name)), at))
    }

    fn until(&mut self, end: char, what: &str) -> Result<String, PatternError> {
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

    fn conditional(&mut self) -> Result<(), PatternError> {
        let at = self.at;
        let name = self.until(')', "group name")?;
        let number = match name.parse::<usize>() {
            Ok(0) => return Err(self.error("bad group number", at)),
            Ok(number) => {
                self.conditions.push((number, at));
                number
            }
            Err(_) => {
                self.check_name(&name, at)?;
                self.number_of(&name, at)?
            }
        };
        let _ = write!(self.out, "(?({number})");
        Ok(())
    }

    /// `(?i:…)`, `(?-i:…)`; the first letter has been read.
    fn flag_group(&mut self, begin: usize) -> Result<(), PatternError> {
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
                Some(_) => return Err(self.error("missing -, : or )", at)),
                None => return Err(self.error("missing -, : or )", at)),
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

    /// An escape outside a class.
    fn escape(&mut self) -> Result<(), PatternError> {
        let begin = self.at;
        self.at += 1;
        let Some(char) = self.next() else { return Err(self.error("bad escape (end of pattern)", begin)) };
        match char {
            'A' => self.out.push_str("\\A"),
            'Z' => self.out.push_str("\\z"),
            'b' | 'B' => {
                let _ = if self.flags.ascii {
                    write!(self.out, "(?-u:\\{char})")
                } else {
                    write!(self.out, "\\{char}")
                };
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
        Ok(())
    }

    fn category(&self, letter: char) -> &'static str {
        match (letter, self.flags.ascii) {
            ('d', false) => "\\p{Nd}",
            ('d', true) => "0-9",
            ('s', false) => "\\s\\x1c-\\x1f",
            ('s', true) => "\\x20\\t\\n\\r\\x0c\\x0b",
            (_, false) => "\\p{L}\\p{N}_",
            (_, true) => "a-zA-Z0-9_",
        }
    }

    fn octal(&mut self, mut code: u32, most: usize) -> u32 {
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

    fn push_code(&mut self, code: u32, begin: usize) -> Result<(), PatternError> {
        match char::from_u32(code) {
            Some(char) => self.literal(char),
            None => return Err(self.error("bad escape", begin)),
        }
        Ok(())
    }

    fn back_reference(&mut self, first: char, begin: usize) -> Result<(), PatternError> {
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
    fn simple_escape(&mut self, char: char, begin: usize) -> Result<char, PatternError> {
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

    fn hex(&mut self, begin: usize, digits: usize) -> Result<char, PatternError> {
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

    fn class(&mut self) -> Result<(), PatternError> {
        let begin = self.at;
        self.at += 1;
        self.out.push('[');
        if self.eat('^') {
            self.out.push('^');
        }
        let first = self.at;
        loop {
            let at = self.at;
            let Some(char) = self.next() else {
                return Err(self.error("unterminated character set", begin));
            };
            if char == ']' && at != first {
                break;
            }
            let low = self.class_item(char, at, begin)?;
            let is_range = self.peek() == Some('-') && self.peek_at(1).is_some_and(|char| char != ']');
            if !is_range {
                if self.peek() == Some('-') && self.peek_at(1).is_none() {
                    return Err(self.error("unterminated character set", begin));
                }
                match low {
                    Item::Char(char) => push_literal(&mut self.out, char),
                    Item::Set(set) => self.out.push_str(&set),
                }
                continue;
            }
            self.at += 1;
            let high_at = self.at;
            let Some(high) = self.next() else {
                return Err(self.error("unterminated character set", begin));
            };
            let high = self.class_item(high, high_at, begin)?;
            match (low, high) {
                (Item::Char(low), Item::Char(high)) if low <= high => {
                    push_literal(&mut self.out, low);
                    self.out.push('-');
                    push_literal(&mut self.out, high);
                }
                _ => {
                    let shown: String = self.chars[at..self.at].iter().collect();
                    return Err(self.error(&format!("bad character range {shown}"), at));
                }
            }
        }
        self.out.push(']');
        Ok(())
    }

    fn class_item(&mut self, char: char, at: usize, class: usize) -> Result<Item, PatternError> {
        if char != '\\' {
            return Ok(Item::Char(char));
        }
        let Some(escaped) = self.next() else {
            return Err(self.error("unterminated character set", class));
        };
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

enum Item {
    Char(char),
    Set(String),
}

fn push_literal(out: &mut String, char: char) {
    if char.is_alphanumeric() || char == '_' || (char > '\u{7f}' && !char.is_whitespace()) {
        out.push(char);
    } else {
        let _ = write!(out, "\\x{{{:x}}}", u32::from(char));
    }
}
