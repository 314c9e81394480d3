//! Python's `re` for texts: compiling, matching, `findall`, `sub`, `escape`.

pub(crate) use super::re_pattern::Flags;
use super::re_pattern::translate;
use crate::{Fault, Res};
use fancy_regex::{Regex, RegexBuilder};
use std::{cell::RefCell, collections::HashMap, rc::Rc};

/// The groups of a match.
pub(crate) type Captures<'t> = fancy_regex::Captures<'t, str>;

/// A compiled pattern. The variants are compiled when they are first needed.
pub(crate) struct Pattern {
    translated: String,
    search: Regex,
    anchored: RefCell<Option<Rc<Regex>>>,
    full: RefCell<Option<Rc<Regex>>>,
    advancing: RefCell<Option<Rc<Regex>>>,
}

/// Steps the backtracking matcher may take before it gives up.
const BACKTRACK_LIMIT: usize = 5_000_000;
/// Patterns kept compiled per thread.
const CACHED: usize = 256;

thread_local! {
    static CACHE: RefCell<HashMap<(String, Flags), Rc<Pattern>>> = RefCell::default();
}

/// `re.compile`. Errors are Python's `re.error`.
pub(crate) fn compile(pattern: &str, flags: Flags) -> Res<Rc<Pattern>> {
    let key = (pattern.to_owned(), flags);
    if let Some(found) = CACHE.with_borrow(|cache| cache.get(&key).cloned()) {
        return Ok(found);
    }
    let translated = translate(pattern, flags).map_err(|message| Fault::raised("error", message))?;
    let search = build(&translated, pattern)?;
    let compiled = Rc::new(Pattern {
        translated,
        search,
        anchored: RefCell::default(),
        full: RefCell::default(),
        advancing: RefCell::default(),
    });
    CACHE.with_borrow_mut(|cache| {
        if cache.len() >= CACHED {
            cache.clear();
        }
        cache.insert(key, compiled.clone());
    });
    Ok(compiled)
}

fn build(translated: &str, shown: &str) -> Res<Regex> {
    RegexBuilder::new(translated)
        .backtrack_limit(BACKTRACK_LIMIT)
        .build()
        .map_err(|error| Fault::raised("error", format!("cannot use the pattern {shown:?}: {error}")))
}

fn run_error(error: fancy_regex::Error) -> Fault {
    Fault::limit(format!("the regular expression gave up: {error}"))
}

impl Pattern {
    fn variant(&self, slot: &RefCell<Option<Rc<Regex>>>, text: impl Fn(&str) -> String) -> Res<Rc<Regex>> {
        if let Some(regex) = slot.borrow().clone() {
            return Ok(regex);
        }
        let regex = Rc::new(build(&text(&self.translated), &self.translated)?);
        *slot.borrow_mut() = Some(regex.clone());
        Ok(regex)
    }

    /// `re.search`
    pub(crate) fn search<'t>(&self, text: &'t str) -> Res<Option<Captures<'t>>> {
        self.search.captures(text).map_err(run_error)
    }

    /// Whether `re.search` finds anything.
    pub(crate) fn is_found(&self, text: &str) -> Res<bool> {
        self.search.is_match(text).map_err(run_error)
    }

    /// `re.match`
    pub(crate) fn match_start<'t>(&self, text: &'t str) -> Res<Option<Captures<'t>>> {
        let regex = self.variant(&self.anchored, |pattern| format!("\\A(?:{pattern})"))?;
        regex.captures(text).map_err(run_error)
    }

    /// `re.fullmatch`
    pub(crate) fn full_match<'t>(&self, text: &'t str) -> Res<Option<Captures<'t>>> {
        let regex = self.variant(&self.full, |pattern| format!("\\A(?:{pattern})\\z"))?;
        regex.captures(text).map_err(run_error)
    }

    /// Number of groups.
    pub(crate) fn groups(&self) -> usize {
        self.search.captures_len().saturating_sub(1)
    }

    /// The number of a named group.
    pub(crate) fn group_number(&self, name: &str) -> Option<usize> {
        self.search.capture_names().position(|group| group == Some(name))
    }

    /// `re.finditer`: an empty match may follow a match directly, but not another empty one.
    pub(crate) fn each<'t>(
        &self,
        text: &'t str,
        most: usize,
        mut act: impl FnMut(&Captures<'t>, usize, usize) -> Res<()>,
    ) -> Res<()> {
        let (mut at, mut after_empty, mut count) = (0, false, 0);
        while count < most {
            let found = if after_empty {
                self.find_advancing(text, at)?
            } else {
                self.search.captures_from_pos(text, at).map_err(run_error)?
            };
            let Some(captures) = found else { break };
            let Some(whole) = captures.get(0) else { break };
            let (start, end) = (whole.start(), whole.end());
            act(&captures, start, end)?;
            after_empty = start == end;
            at = end;
            count += 1;
        }
        Ok(())
    }

    /// The next match that is not the empty one at `at`.
    fn find_advancing<'t>(&self, text: &'t str, at: usize) -> Res<Option<Captures<'t>>> {
        let regex = self.variant(&self.advancing, |pattern| format!("(?:{pattern})(?!\\G)"))?;
        regex.captures_from_pos(text, at).map_err(run_error)
    }

    /// `re.subn`: the text and the number of replacements; `count` 0 replaces all.
    pub(crate) fn sub(&self, text: &str, replacement: &str, count: usize) -> Res<(String, usize)> {
        let template = Template::parse(self, replacement)?;
        let most = if count == 0 { usize::MAX } else { count };
        let mut out = String::with_capacity(text.len());
        let (mut last, mut done) = (0, 0);
        self.each(text, most, |captures, start, end| {
            out.push_str(&text[last..start]);
            template.expand(captures, &mut out);
            last = end;
            done += 1;
            Ok(())
        })?;
        out.push_str(&text[last..]);
        Ok((out, done))
    }
}

/// A replacement with its group references.
struct Template(Vec<Piece>);

enum Piece {
    Text(String),
    Group(usize),
}

impl Template {
    fn expand(&self, captures: &Captures<'_>, out: &mut String) {
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Group(number) => {
                    out.push_str(captures.get(*number).map_or("", |group| group.as_str()));
                }
            }
        }
    }

    fn parse(pattern: &Pattern, text: &str) -> Res<Self> {
        let mut parser = TemplateParser {
            pattern,
            chars: text.chars().collect(),
            at: 0,
            text: String::new(),
            pieces: Vec::new(),
        };
        parser.run()?;
        Ok(Self(parser.pieces))
    }
}

struct TemplateParser<'a> {
    pattern: &'a Pattern,
    chars: Vec<char>,
    at: usize,
    text: String,
    pieces: Vec<Piece>,
}

fn bad<T>(message: String) -> Res<T> {
    Err(Fault::raised("error", message))
}

impl TemplateParser<'_> {
    fn run(&mut self) -> Res<()> {
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

    fn group(&mut self, number: usize, at: usize) -> Res<()> {
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

    fn escape(&mut self, begin: usize) -> Res<()> {
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

    fn push(&mut self, char: char) -> Res<()> {
        self.text.push(char);
        Ok(())
    }

    fn numbered(&mut self, first: char, begin: usize) -> Res<()> {
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
    fn named(&mut self) -> Res<()> {
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
            let shown = rplay_value::str_repr(&name);
            return bad(format!("bad character in group name {shown} at position {start}"));
        }
        match self.pattern.group_number(&name) {
            Some(number) => self.group(number, start),
            None => {
                let shown = rplay_value::str_repr(&name);
                Err(Fault::index_error(format!("unknown group name {shown}")))
            }
        }
    }
}

/// `re.escape`
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for char in text.chars() {
        if "()[]{}?*+-|^$\\.&~# \t\n\r\u{b}\u{c}".contains(char) {
            out.push('\\');
        }
        out.push(char);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sub(pattern: &str, replacement: &str, text: &str) -> String {
        match compile(pattern, Flags::default()).and_then(|regex| regex.sub(text, replacement, 0)) {
            Ok((text, _)) => text,
            Err(fault) => format!("{}: {}", fault.cause().kind, fault.cause().message),
        }
    }

    #[test]
    fn replaces_as_python_does() {
        for (pattern, replacement, text, result) in [
            ("b*", "-", "abc", "-a--c-"),
            ("x*", "-", "abxd", "-a-b--d-"),
            ("|a", "-", "a", "---"),
            ("(a)(b)?", "[\\1\\2]", "aab", "[a][ab]"),
            ("(?P<x>.)", "\\g<x>\\g<x>\\g<0>", "ab", "aaabbb"),
            ("a$", "X", "a\na\n", "a\nX\n"),
            ("(?i)B", "x", "abB", "axx"),
            ("[[]x", "y", "[x", "y"),
            ("a{,2}", "-", "aaab", "---b-"),
            ("{x", "y", "{x", "y"),
            ("a", "\\q", "a", "error: bad escape \\q at position 0"),
            ("(", "", "a", "error: missing ), unterminated subpattern at position 0"),
            ("*a", "", "a", "error: nothing to repeat at position 0"),
            ("a(?i)b", "", "a", "error: global flags not at the start of the expression at position 1"),
            ("(.)\\1", "<\\1>", "aab", "<a>b"),
            ("[\\w.-]+@", "x", "é.a-b@", "x"),
            ("\\.", "\\.", "a.b", "a\\.b"),
        ] {
            assert_eq!(sub(pattern, replacement, text), result, "{pattern} {replacement} {text}");
        }
    }
}
