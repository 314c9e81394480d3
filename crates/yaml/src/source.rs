//! What is read, and places in it.

use std::sync::Arc;

/// A named text: a file's content or another source such as `<CLI option '-e'>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The path as diagnostics show it.
    pub name: Arc<str>,
    /// The whole text.
    pub text: Arc<str>,
}

impl Source {
    /// A source from its name and text.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self { name: name.into(), text: text.into() }
    }
}

/// Where something stands: lines and columns in characters, from 1; the end is just behind the last character.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// First line.
    pub line: u32,
    /// First column.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// Column behind the end.
    pub end_column: u32,
}

impl Span {
    /// A span of one position.
    pub fn at(line: u32, column: u32) -> Self {
        Self { line, column, end_line: line, end_column: column }
    }
}

/// Whether the strings of a source may be templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// Written by the content's author: strings may be templates.
    Trusted,
    /// From elsewhere (a host's answer, downloaded data): strings are plain text.
    Untrusted,
}
