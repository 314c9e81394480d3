//! Keyword values that are either known when the playbook is read or templates.

use rplay_value::{Str, Value};

/// A keyword's value: checked and typed at once when it is literal, kept for later when it is a template.
#[derive(Clone, Debug, PartialEq)]
pub enum Field<T> {
    /// The value itself.
    Literal(T),
    /// A template whose result must have the type. In strict mode also a literal that has not: it fails the
    /// task that needs it.
    Template(Value),
}

impl<T> Field<T> {
    /// The literal value, if it is one.
    pub fn literal(&self) -> Option<&T> {
        match self {
            Field::Literal(value) => Some(value),
            Field::Template(_) => None,
        }
    }
}

impl Field<Str> {
    /// The text as written: the literal, or the template's source.
    pub fn source(&self) -> Option<&Str> {
        match self {
            Field::Literal(text) | Field::Template(Value::Str(text)) => Some(text),
            Field::Template(_) => None,
        }
    }
}
