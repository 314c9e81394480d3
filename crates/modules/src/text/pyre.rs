//! Python's `re` for modules that edit and search files.
//!
//! Modules that Python runs on bytes (`lineinfile`, `blockinfile`, `wait_for`) see every byte as
//! the character of its number ([`from_bytes`]), pattern and text alike: what a byte pattern
//! matches is then the same, and content of any encoding survives.

pub use super::re_pattern::Flags;
use super::re_pattern::translate;
use super::re_template::Template;
use fancy_regex::{Captures, Regex, RegexBuilder};
use std::borrow::Cow;
use std::cell::OnceCell;

/// A compiled pattern. The variants are compiled when they are first needed.
pub struct Pattern {
    translated: String,
    search: Regex,
    anchored: OnceCell<Regex>,
    advancing: OnceCell<Regex>,
}

/// Steps the backtracking matcher may take before it gives up.
const BACKTRACK_LIMIT: usize = 5_000_000;

fn build(translated: &str) -> Result<Regex, String> {
    RegexBuilder::new(translated)
        .backtrack_limit(BACKTRACK_LIMIT)
        .build()
        .map_err(|error| format!("cannot use this pattern: {error}"))
}

fn gave_up(error: fancy_regex::Error) -> String {
    format!("the regular expression gave up: {error}")
}

fn variant<'a>(slot: &'a OnceCell<Regex>, text: &str) -> Result<&'a Regex, String> {
    if let Some(regex) = slot.get() {
        return Ok(regex);
    }
    let regex = build(text)?;
    Ok(slot.get_or_init(|| regex))
}

impl Pattern {
    /// `re.compile` of a text pattern.
    ///
    /// # Errors
    /// Python's message when it would refuse the pattern.
    pub fn new(pattern: &str, flags: Flags) -> Result<Self, String> {
        let translated = translate(pattern, flags)?;
        let search = build(&translated)?;
        Ok(Self { translated, search, anchored: OnceCell::new(), advancing: OnceCell::new() })
    }

    /// `re.compile` of the pattern's bytes; to be used on what [`from_bytes`] makes.
    ///
    /// # Errors
    /// As [`Pattern::new`].
    pub(crate) fn of_bytes(pattern: &str, flags: Flags) -> Result<Self, String> {
        Self::new(&from_bytes(pattern.as_bytes()), Flags { ascii: true, ..flags })
    }

    /// `re.search`.
    ///
    /// # Errors
    /// The matcher gave up.
    pub(crate) fn search<'t>(&self, text: &'t str) -> Result<Option<Captures<'t, str>>, String> {
        self.search.captures(text).map_err(gave_up)
    }

    /// Whether `re.search` finds anything.
    ///
    /// # Errors
    /// The matcher gave up.
    pub fn is_found(&self, text: &str) -> Result<bool, String> {
        self.search.is_match(text).map_err(gave_up)
    }

    /// Whether `re.match` finds anything.
    ///
    /// # Errors
    /// The matcher gave up.
    pub(crate) fn starts(&self, text: &str) -> Result<bool, String> {
        let regex = variant(&self.anchored, &format!("\\A(?:{})", self.translated))?;
        regex.is_match(text).map_err(gave_up)
    }

    /// Number of groups.
    pub(crate) fn groups(&self) -> usize {
        self.search.captures_len().saturating_sub(1)
    }

    /// The groups' names; nothing for those that have none. The whole match is left out.
    pub(crate) fn group_names(&self) -> impl Iterator<Item = Option<&str>> {
        self.search.capture_names().skip(1)
    }

    /// The number of a named group.
    pub(crate) fn group_number(&self, name: &str) -> Option<usize> {
        self.search.capture_names().position(|group| group == Some(name))
    }

    /// `re.subn` of all matches: the text and the number of replacements.
    ///
    /// # Errors
    /// The replacement refers to no group, or the matcher gave up.
    pub(crate) fn replace(&self, text: &str, replacement: &str) -> Result<(String, usize), String> {
        let template = Template::parse(self, replacement)?;
        let mut out = String::with_capacity(text.len());
        let (mut at, mut last, mut after_empty, mut done) = (0, 0, false, 0);
        loop {
            let found = if after_empty {
                // An empty match may follow a match directly, but not another empty one.
                let regex = variant(&self.advancing, &format!("(?:{})(?!\\G)", self.translated))?;
                regex.captures_from_pos(text, at).map_err(gave_up)?
            } else {
                self.search.captures_from_pos(text, at).map_err(gave_up)?
            };
            let Some(captures) = found else { break };
            let Some(whole) = captures.get(0) else { break };
            out.push_str(&text[last..whole.start()]);
            template.expand(&captures, &mut out);
            after_empty = whole.start() == whole.end();
            (at, last) = (whole.end(), whole.end());
            done += 1;
        }
        out.push_str(&text[last..]);
        Ok((out, done))
    }
}

/// Every byte as the character of its number.
pub(crate) fn from_bytes(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) if text.is_ascii() => Cow::Borrowed(text),
        _ => Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect()),
    }
}

/// The bytes of a text [`from_bytes`] made.
pub(crate) fn to_bytes(text: &str) -> Vec<u8> {
    text.chars().map(|letter| u8::try_from(u32::from(letter)).unwrap_or(b'?')).collect()
}

#[cfg(test)]
mod tests {
    use super::{Flags, Pattern, from_bytes, to_bytes};

    #[test]
    fn replaces_as_python_does() {
        let table = [
            ("b*", "-", "abc", "-a--c-"),
            ("x*", "-", "abxd", "-a-b--d-"),
            ("(a)(b)?", "[\\1\\2]", "aab", "[a][ab]"),
            ("(?P<x>.)", "\\g<x>\\g<x>\\g<0>", "ab", "aaabbb"),
            ("a$", "X", "a\na\n", "a\nX\n"),
            ("(.)\\1", "<\\1>", "aab", "<a>b"),
            ("\\.", "\\.", "a.b", "a\\.b"),
        ];
        for (pattern, replacement, text, wanted) in table {
            let made = Pattern::new(pattern, Flags::default()).and_then(|it| it.replace(text, replacement));
            assert_eq!(made.map(|(text, _)| text).as_deref(), Ok(wanted), "{pattern} {replacement} {text}");
        }
        let refused = Pattern::new("(", Flags::default()).err();
        assert_eq!(refused.as_deref(), Some("missing ), unterminated subpattern at position 0"));
    }

    #[test]
    fn bytes_match_as_bytes() {
        let pattern = Pattern::of_bytes("é.", Flags::default()).unwrap();
        assert!(pattern.is_found(&from_bytes("aéb".as_bytes())).unwrap());
        assert!(!pattern.is_found(&from_bytes(b"a\xe9b")).unwrap());
        assert_eq!(to_bytes(&from_bytes(b"a\xff\xc3")), b"a\xff\xc3");
    }
}
