//! Strings that remember where they came from and whether they may be templates.

use std::{
    borrow::Borrow,
    fmt,
    hash::{Hash, Hasher},
    ops::Deref,
    sync::Arc,
};

/// A place in a source: file (or a description such as `<CLI option '-e'>`), line and column from 1.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Origin {
    /// File path or description of the source.
    pub file: Arc<str>,
    /// Line, from 1; 0 when unknown.
    pub line: u32,
    /// Column in characters, from 1; 0 when unknown.
    pub column: u32,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.column) {
            (0, _) => write!(f, "{}", self.file),
            (line, 0) => write!(f, "{}:{line}", self.file),
            (line, column) => write!(f, "{}:{line}:{column}", self.file),
        }
    }
}

/// What a string carries beside its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tag {
    /// The string may be a template: it was written by the content's author (playbook, variables,
    /// inventory), not returned by a host. Ansible's `TrustedAsTemplate`.
    pub trusted: bool,
    /// Where the text stands.
    pub origin: Option<Origin>,
    /// The text was decrypted from a vault: it must not be shown.
    pub secret: bool,
    /// What the text is written as in YAML: itself, encrypted.
    pub ciphertext: Option<Arc<str>>,
    /// The text is HTML already: `Markup`, for the length of one templating operation.
    pub markup: bool,
}

/// An immutable shared string with an optional [`Tag`]. Equality, order and hash look at the text only.
#[derive(Clone)]
pub struct Str {
    text: Arc<str>,
    tag: Option<Arc<Tag>>,
}

impl Str {
    /// An untagged string.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self { text: text.into(), tag: None }
    }

    /// A string with a tag.
    pub fn tagged(text: impl Into<Arc<str>>, tag: Tag) -> Self {
        Self { text: text.into(), tag: Some(Arc::new(tag)) }
    }

    /// A string that may be a template, of unknown origin.
    pub fn trusted(text: impl Into<Arc<str>>) -> Self {
        Self::tagged(text, Tag { trusted: true, ..Tag::default() })
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The shared text itself.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// The tag, if any.
    pub fn tag(&self) -> Option<&Tag> {
        self.tag.as_deref()
    }

    /// Whether templating may interpret this string.
    pub fn is_trusted(&self) -> bool {
        self.tag.as_ref().is_some_and(|tag| tag.trusted)
    }

    /// Whether this string came out of a vault.
    pub fn is_secret(&self) -> bool {
        self.tag.as_ref().is_some_and(|tag| tag.secret)
    }

    /// Whether this string is `Markup`: escaping leaves it as it is.
    pub fn is_markup(&self) -> bool {
        self.tag.as_ref().is_some_and(|tag| tag.markup)
    }

    /// Where the text stands in its source.
    pub fn origin(&self) -> Option<&Origin> {
        self.tag.as_ref().and_then(|tag| tag.origin.as_ref())
    }

    /// The same text with the tag of `other`.
    pub fn with_tag_of(mut self, other: &Str) -> Self {
        self.tag.clone_from(&other.tag);
        self
    }

    /// The same text without the right to be a template; origin and secrecy stay.
    pub fn untrusted(&self) -> Self {
        match self.tag() {
            Some(tag) if tag.trusted => {
                Self::tagged(self.text.clone(), Tag { trusted: false, ..tag.clone() })
            }
            _ => self.clone(),
        }
    }
}

impl Deref for Str {
    type Target = str;
    fn deref(&self) -> &str {
        &self.text
    }
}
impl AsRef<str> for Str {
    fn as_ref(&self) -> &str {
        &self.text
    }
}
impl Borrow<str> for Str {
    fn borrow(&self) -> &str {
        &self.text
    }
}
impl PartialEq for Str {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}
impl Eq for Str {}
impl PartialOrd for Str {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Str {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.text.cmp(&other.text)
    }
}
impl PartialEq<str> for Str {
    fn eq(&self, other: &str) -> bool {
        &*self.text == other
    }
}
impl PartialEq<&str> for Str {
    fn eq(&self, other: &&str) -> bool {
        &*self.text == *other
    }
}
impl Hash for Str {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}
impl From<&str> for Str {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}
impl From<String> for Str {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}
impl fmt::Display for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
impl fmt::Debug for Str {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.text, f)
    }
}
