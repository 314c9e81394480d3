//! What can be wrong with a YAML text.

use crate::{Source, Span, excerpt_at};
use std::sync::Arc;

/// A line and column, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl From<Span> for Place {
    fn from(span: Span) -> Self {
        Self { line: span.line, column: span.column }
    }
}

/// A YAML text that cannot be read. `Display` gives one line; [`YamlError::report`] the whole diagnostic.
#[derive(Clone, Debug, thiserror::Error)]
#[error("YAML parsing failed: {}", self.message())]
pub struct YamlError {
    /// The text in question.
    pub origin: Arc<Source>,
    /// Where the problem shows.
    pub place: Place,
    /// What is wrong, in PyYAML's words.
    pub problem: String,
    /// What was being read, in PyYAML's words.
    pub context: Option<String>,
    /// Where that began.
    pub context_place: Option<Place>,
    /// What the author probably meant, and how to write it.
    pub hint: Option<String>,
}

impl YamlError {
    /// Context and problem as one sentence.
    pub fn message(&self) -> String {
        let joined = match &self.context {
            Some(context) => format!("{context} {}", self.problem),
            None => self.problem.clone(),
        };
        let mut chars = joined.chars();
        let mut text: String = chars.next().map(|first| first.to_uppercase().collect()).unwrap_or_default();
        text.push_str(chars.as_str());
        if !text.ends_with('.') {
            text.push('.');
        }
        text
    }

    /// Line of the problem, from 1.
    pub fn line(&self) -> u32 {
        self.place.line
    }

    /// Column of the problem, from 1.
    pub fn column(&self) -> u32 {
        self.place.column
    }

    /// Message, origin, source excerpt and hint, as several lines without a final newline.
    pub fn report(&self) -> String {
        let Place { line, column } = self.place;
        let mut out = format!("{self}\nOrigin: {}:{line}:{column}\n\n{}", self.origin.name, self.excerpt());
        if let Some(hint) = &self.hint {
            out.push_str("\n\n");
            out.push_str(hint);
        }
        out
    }

    /// The source lines at the problem.
    pub fn excerpt(&self) -> String {
        excerpt_at(&self.origin, self.place.line, self.place.column)
    }
}
