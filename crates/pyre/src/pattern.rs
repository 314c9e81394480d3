use crate::replacement::Replacement;
use crate::translate::{Flags, translate};
use crate::{Error, from_bytes};
use fancy_regex::{Regex, RegexBuilder};
use std::sync::OnceLock;

/// The groups of a match.
pub type Captures<'t> = fancy_regex::Captures<'t, str>;

/// A compiled pattern.
pub struct Pattern {
    /// As it was given, for messages.
    given: String,
    translated: String,
    search: Regex,
    // Variants of it, compiled when they are first needed.
    anchored: OnceLock<Regex>,
    full: OnceLock<Regex>,
    advancing: OnceLock<Regex>,
}

/// Steps the backtracking matcher may take before it gives up.
const BACKTRACK_LIMIT: usize = 5_000_000;

fn build(translated: &str, given: &str) -> Result<Regex, Error> {
    RegexBuilder::new(translated)
        .backtrack_limit(BACKTRACK_LIMIT)
        .build()
        .map_err(|error| Error::Unsupported { pattern: given.to_owned(), reason: Box::new(error) })
}

fn gave_up(error: fancy_regex::Error) -> Error {
    Error::GaveUp(Box::new(error))
}

impl Pattern {
    /// `re.compile` of a text pattern.
    ///
    /// # Errors
    /// Python would refuse the pattern, or the matcher does.
    pub fn new(pattern: &str, flags: Flags) -> Result<Self, Error> {
        let translated = translate(pattern, flags)?;
        Ok(Self {
            given: pattern.to_owned(),
            search: build(&translated, pattern)?,
            translated,
            anchored: OnceLock::new(),
            full: OnceLock::new(),
            advancing: OnceLock::new(),
        })
    }

    /// `re.compile` of the pattern's bytes; to be used on what [`from_bytes`] makes.
    ///
    /// # Errors
    /// As [`Pattern::new`].
    pub fn of_bytes(pattern: &str, flags: Flags) -> Result<Self, Error> {
        Self::new(&from_bytes(pattern.as_bytes()), Flags { ascii: true, ..flags })
    }

    fn variant<'a>(
        &'a self,
        slot: &'a OnceLock<Regex>,
        before: &str,
        after: &str,
    ) -> Result<&'a Regex, Error> {
        if let Some(regex) = slot.get() {
            return Ok(regex);
        }
        let regex = build(&format!("{before}(?:{}){after}", self.translated), &self.given)?;
        Ok(slot.get_or_init(|| regex))
    }

    fn anchored(&self) -> Result<&Regex, Error> {
        self.variant(&self.anchored, "\\A", "")
    }

    /// `re.search`.
    ///
    /// # Errors
    /// The matcher gave up.
    pub fn search<'t>(&self, text: &'t str) -> Result<Option<Captures<'t>>, Error> {
        self.search.captures(text).map_err(gave_up)
    }

    /// Whether `re.search` finds anything.
    ///
    /// # Errors
    /// The matcher gave up.
    pub fn is_found(&self, text: &str) -> Result<bool, Error> {
        self.search.is_match(text).map_err(gave_up)
    }

    /// `re.match`.
    ///
    /// # Errors
    /// The matcher gave up.
    pub fn match_start<'t>(&self, text: &'t str) -> Result<Option<Captures<'t>>, Error> {
        self.anchored()?.captures(text).map_err(gave_up)
    }

    /// Whether `re.match` finds anything.
    ///
    /// # Errors
    /// The matcher gave up.
    pub fn starts(&self, text: &str) -> Result<bool, Error> {
        self.anchored()?.is_match(text).map_err(gave_up)
    }

    /// Whether `re.fullmatch` finds anything.
    ///
    /// # Errors
    /// The matcher gave up.
    pub fn is_whole(&self, text: &str) -> Result<bool, Error> {
        self.variant(&self.full, "\\A", "\\z")?.is_match(text).map_err(gave_up)
    }

    /// Number of groups.
    pub fn groups(&self) -> usize {
        self.search.captures_len().saturating_sub(1)
    }

    /// The groups' names; nothing for those that have none. The whole match is left out.
    pub fn group_names(&self) -> impl Iterator<Item = Option<&str>> {
        self.search.capture_names().skip(1)
    }

    /// The number of a named group.
    pub fn group_number(&self, name: &str) -> Option<usize> {
        self.search.capture_names().position(|group| group == Some(name))
    }

    /// `re.finditer`.
    pub fn find_iter<'p, 't>(&'p self, text: &'t str) -> Matches<'p, 't> {
        Matches { pattern: self, text, at: 0, after_empty: false }
    }

    /// The first match from `at` on that is not the empty one there.
    fn find_advancing<'t>(&self, text: &'t str, at: usize) -> Result<Option<Captures<'t>>, Error> {
        self.variant(&self.advancing, "", "(?!\\G)")?.captures_from_pos(text, at).map_err(gave_up)
    }

    /// `re.subn`: the text and the number of replacements; `count` 0 replaces all.
    ///
    /// # Errors
    /// Python would refuse the replacement, or the matcher gave up.
    pub fn subn(&self, text: &str, replacement: &str, count: usize) -> Result<(String, usize), Error> {
        self.subn_within(text, replacement, count, |_| Ok(()))
    }

    /// The same; after each replacement `within` is given the length of the result so far, in bytes, and may
    /// end the work.
    ///
    /// # Errors
    /// Python would refuse the replacement, the matcher gave up, or `within` fails.
    pub fn subn_within<E: From<Error>>(
        &self,
        text: &str,
        replacement: &str,
        count: usize,
        mut within: impl FnMut(usize) -> Result<(), E>,
    ) -> Result<(String, usize), E> {
        let replacement = Replacement::parse(self, replacement)?;
        let most = if count == 0 { usize::MAX } else { count };
        let mut out = String::with_capacity(text.len());
        let (mut last, mut done) = (0, 0);
        for captures in self.find_iter(text).take(most) {
            let captures = captures?;
            let Some(whole) = captures.get(0) else { break };
            out.push_str(&text[last..whole.start()]);
            replacement.expand(&captures, &mut out);
            within(out.len())?;
            last = whole.end();
            done += 1;
        }
        out.push_str(&text[last..]);
        Ok((out, done))
    }
}

/// The matches of a pattern in a text, in order, not overlapping; ends after an error.
pub struct Matches<'p, 't> {
    pattern: &'p Pattern,
    text: &'t str,
    at: usize,
    after_empty: bool,
}

impl<'t> Iterator for Matches<'_, 't> {
    type Item = Result<Captures<'t>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        // An empty match may follow a match directly, but not another empty one.
        let found = if self.after_empty {
            self.pattern.find_advancing(self.text, self.at)
        } else {
            self.pattern.search.captures_from_pos(self.text, self.at).map_err(gave_up)
        };
        let captures = found.transpose()?;
        if let Ok(captures) = &captures {
            let whole = captures.get(0)?;
            self.after_empty = whole.start() == whole.end();
            self.at = whole.end();
        }
        Some(captures)
    }
}

/// `re.escape`.
pub fn escape(text: &str) -> String {
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
    use super::{Flags, Pattern};

    fn replaced(pattern: &str, replacement: &str, text: &str) -> String {
        let made = Pattern::new(pattern, Flags::default()).and_then(|it| it.subn(text, replacement, 0));
        match made {
            Ok((text, _)) => text,
            Err(error) => format!("error: {error}"),
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
            ("a", "\\g<x>", "a", "error: unknown group name 'x'"),
            ("(", "", "a", "error: missing ), unterminated subpattern at position 0"),
            ("*a", "", "a", "error: nothing to repeat at position 0"),
            ("a**", "", "a", "error: multiple repeat at position 2"),
            ("a(?i)b", "", "a", "error: global flags not at the start of the expression at position 1"),
            ("(?P<a>.)(?P=a)", "<\\1>", "aab", "<a>b"),
            ("(.)\\1", "<\\1>", "aab", "<a>b"),
            ("[\\w.-]+@", "x", "é.a-b@", "x"),
            ("\\.", "\\.", "a.b", "a\\.b"),
            ("a(?#note)b", "x", "ab", "x"),
            ("(a)?(?(1)b|c)", "x", "abc", "xx"),
        ] {
            assert_eq!(replaced(pattern, replacement, text), result, "{pattern} {replacement} {text}");
        }
    }
}
